"""talentlms-mock learner."""

from typing import TYPE_CHECKING
from urllib.parse import quote

import click

from talentlms_mock.cli.commands import options

if TYPE_CHECKING:
    from talentlms_mock.cli.commands.client import PortalClient


@click.group()
def learner() -> None:
    """Act as a user does on the portal's own pages."""


@learner.command("join-group")
@click.argument("user")
@click.argument("key")
@options.of_portal
def join_group(portal: "PortalClient", user: str, key: str) -> None:
    """Let the user with this id or login join the group that has the key."""
    portal.call("POST", f"/learners/{quote(user, safe='')}/join-group", {"key": key})
    click.echo(f"The user {user} has joined the group with the key {key}.")
