"""talentlms-mock requests."""

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import click

from talentlms_mock.cli.commands import options
from talentlms_mock.cli.commands.tables import echo_json, print_table
from talentlms_mock.cli.groups import examples

if TYPE_CHECKING:
    from talentlms_mock.cli.commands.client import PortalClient


@click.command(epilog=examples("requests --status 4xx", "requests --operation createUser --follow"))
@click.option("--method", help="Only this method, like POST.")
@click.option("--path", help="Only this path, or pattern like /users/*.")
@click.option("--operation", help="Only this operation, like createUser.")
@click.option("--status", help="Only these statuses: 404, 4xx, or 404,409.")
@click.option("--after", type=int, help="Only those after this number.")
@click.option("--limit", type=int, help="Only the last N requests.")
@click.option("--follow", "-f", is_flag=True, help="Then print new requests as they arrive.")
@options.as_json
@options.of_portal
def requests(portal: "PortalClient", as_json: bool, follow: bool, **picked: Any) -> None:
    """List the requests that reached a portal, and follow new ones."""
    query = options.set_fields(picked)
    if not follow:
        found = portal.call("GET", "/requests", query=query)
        if as_json:
            echo_json(found)
        else:
            empty = f"No request{' like this' if query else ''} reached the portal {portal.domain}."
            rows = [_row(each) for each in found]
            print_table(_HEADS, rows, empty=empty, colours={"Status": _colour})
        return
    with suppress(KeyboardInterrupt):
        _follow(portal, query, as_json)


_HEADS = ("#", "Time", "Method", "Path", "Status", "ms", "Decided by")


def _row(each: dict[str, Any]) -> tuple[str, ...]:
    written = each["changes"]
    target = each["path"] + (f"?{urlencode(each['query'], safe='[]')}" if each["query"] else "")
    return (
        str(each["number"]),
        each["time"][11:19],
        each["method"],
        target,
        str(each["status"] or "none"),
        f"{each['duration'] * 1000:.1f}",
        each["reason"] or ", ".join(f"wrote {one['entity']} {one['id']}" for one in written),
    )


def _colour(status: str) -> str:
    from talentlms_mock.cli import printing  # noqa: PLC0415  # imports rich

    return printing.status_colour(status)


def _follow(portal: "PortalClient", query: dict[str, Any], as_json: bool) -> None:
    from talentlms_mock.cli import printing  # noqa: PLC0415  # imports rich

    limit = query.pop("limit", None)
    if "after" not in query:
        query["after"] = _before_the_last(portal, query, limit)
    out = printing.console()
    for each in portal.events("/requests/events", query):
        if as_json:
            click.echo(json.dumps(each, ensure_ascii=False))
        else:
            printing.print_request(out, _row(each), each["warnings"])
        if out.quiet:  # the reader is gone
            return


def _before_the_last(portal: "PortalClient", query: dict[str, Any], limit: int | None) -> int:
    """Return the number before the last `limit` requests; 0 without a limit."""
    if limit is None:
        return 0
    found = portal.call("GET", "/requests", query={**query, "limit": limit})
    return int(found[0]["number"]) - 1 if found else 0
