"""talentlms-mock archive."""

from typing import TYPE_CHECKING
from urllib.parse import quote

import click

from talentlms_mock.cli.commands import options
from talentlms_mock.cli.commands.tables import done, echo_json, print_table
from talentlms_mock.cli.groups import Commands, examples

if TYPE_CHECKING:
    from talentlms_mock.cli.commands.client import PortalClient

_kind = click.argument("kind", type=click.Choice(["user", "course"]))
_name = click.argument("name")


@click.group(cls=Commands, epilog=examples("archive add user ada.lovelace", "archive list"))
def archive() -> None:
    """List what is archived in a portal, archive a user or course, and restore it."""


@archive.command("list", epilog=examples("archive list"))
@options.as_json
@options.of_portal
def list_(portal: "PortalClient", as_json: bool) -> None:
    """List what is archived."""
    found = portal.call("GET", "/archived")
    if as_json:
        echo_json(found)
        return
    print_table(
        ("Kind", "Id", "Name", "Archived"),
        [(each["kind"], str(each["id"]), each["name"], each["archived_at"]) for each in found],
        empty=f"Nothing is archived in the portal {portal.domain}.",
    )


@archive.command(epilog=examples("archive add user ada.lovelace"))
@_kind
@_name
@options.as_json
@options.of_portal
def add(portal: "PortalClient", kind: str, name: str, as_json: bool) -> None:
    """Archive what has this id or login, with everything that hangs on it."""
    archived = portal.call("POST", f"/{kind}s/{quote(name, safe='')}/archive")
    sentence = f"The {kind} {archived['id']}, {archived['name']}, is archived."
    done(archived, as_json, sentence)


@archive.command(epilog=examples("archive restore course 4"))
@_kind
@_name
@options.as_json
@options.of_portal
def restore(portal: "PortalClient", kind: str, name: str, as_json: bool) -> None:
    """Restore what had this id or login, with everything that was archived with it."""
    restored = portal.call("POST", f"/{kind}s/{quote(name, safe='')}/restore")
    done(restored, as_json, f"The {kind} {restored['id']} is restored.")
