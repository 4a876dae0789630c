"""talentlms-mock snapshot."""

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import click

from talentlms_mock.cli.commands import options
from talentlms_mock.cli.commands.tables import done, echo_json, print_table
from talentlms_mock.cli.groups import Commands, examples

if TYPE_CHECKING:
    from talentlms_mock.cli.commands.client import PortalClient

_name = click.argument("name")
_KINDS = {"added": "green", "changed": "yellow", "removed": "red"}


@click.group(cls=Commands, epilog=examples("snapshot take before", "snapshot compare before"))
def snapshot() -> None:
    """Take snapshots of a portal, compare and restore them."""


@snapshot.command("list", epilog=examples("snapshot list"))
@options.as_json
@options.of_portal
def list_(portal: "PortalClient", as_json: bool) -> None:
    """List the snapshots, oldest first."""
    found = portal.call("GET", "/snapshots")
    if as_json:
        echo_json(found)
        return
    print_table(
        ("Snapshot", "Taken", "Bytes", "Requests"),
        [
            (each["name"], each["taken_at"], f"{each['bytes']:,}", "yes" if each["journal"] else "")
            for each in found
        ],
        empty=f"The portal {portal.domain} has no snapshots.",
    )


@snapshot.command(epilog=examples("snapshot take before", "snapshot take before --journal"))
@_name
@click.option("--journal", is_flag=True, help="Keep the requests as well.")
@options.as_json
@options.of_portal
def take(portal: "PortalClient", name: str, journal: bool, as_json: bool) -> None:
    """Keep the whole state of a portal under NAME, in place of an older snapshot of that name."""
    state = portal.call("POST", "/snapshots", {"name": name, "journal": journal})
    done(state, as_json, f"Took the snapshot {name} of the portal {portal.domain}.")


@snapshot.command(epilog=examples("snapshot restore before"))
@_name
@options.as_json
@options.of_portal
def restore(portal: "PortalClient", name: str, as_json: bool) -> None:
    """Put a portal back to what it was in the snapshot NAME, which is kept."""
    state = portal.call("POST", f"{_path(name)}/restore")
    done(state, as_json, f"Restored the portal {portal.domain} from the snapshot {name}.")


@snapshot.command(epilog=examples("snapshot compare before", "snapshot compare before --to after"))
@_name
@click.option("--to", metavar="NAME", help="A later snapshot; by default, the portal now.")
@options.as_json
@options.of_portal
def compare(portal: "PortalClient", name: str, to: str | None, as_json: bool) -> None:
    """List what differs between the snapshot NAME and the portal now, or a later snapshot."""
    query = options.set_fields({"to": to})
    found = portal.call("GET", f"{_path(name)}/compare", query=query)
    if as_json:
        echo_json(found)
        return
    print_table(
        ("Change", "Table", "Row", "Fields"),
        [
            (each["kind"], each["table"], each["name"] or each["key"], _fields(each["fields"]))
            for each in found
        ],
        empty=f"Nothing differs from the snapshot {name}.",
        colours={"Change": _KINDS.__getitem__},
    )


def _fields(fields: dict[str, Any]) -> str:
    return ", ".join(
        f"{name} {change['before']!r} -> {change['after']!r}" for name, change in fields.items()
    )


@snapshot.command(epilog=examples("snapshot delete before"))
@_name
@options.as_json
@options.of_portal
def delete(portal: "PortalClient", name: str, as_json: bool) -> None:
    """Delete the snapshot NAME; the portal does not change."""
    state = portal.call("DELETE", _path(name))
    done(state, as_json, f"Deleted the snapshot {name}.")


def _path(name: str) -> str:
    return f"/snapshots/{quote(name, safe='')}"
