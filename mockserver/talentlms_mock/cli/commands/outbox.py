"""talentlms-mock outbox."""

from typing import TYPE_CHECKING

import click

from talentlms_mock.cli.commands import options
from talentlms_mock.cli.commands.tables import echo_json, print_table
from talentlms_mock.cli.groups import examples

if TYPE_CHECKING:
    from talentlms_mock.cli.commands.client import PortalClient


@click.command(epilog=examples("outbox", "outbox --domain acme --json"))
@options.as_json
@options.of_portal
def outbox(portal: "PortalClient", as_json: bool) -> None:
    """List the emails that a portal would have sent, oldest first; none is ever sent."""
    found = portal.call("GET", "/outbox")
    if as_json:
        echo_json(found)
        return
    print_table(
        ("Sent", "To", "Subject", "Link"),
        [(each["created_at"], each["recipient"], each["subject"], each["link"]) for each in found],
        empty=f"The portal {portal.domain} has sent nothing.",
    )
