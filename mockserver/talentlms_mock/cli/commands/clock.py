"""talentlms-mock clock."""

from typing import TYPE_CHECKING, Any

import click

from talentlms_mock.cli.commands import options
from talentlms_mock.cli.commands.portal import clock_words
from talentlms_mock.cli.commands.tables import echo_json, print_table
from talentlms_mock.cli.groups import Commands, examples
from talentlms_mock.errors import SetupError

if TYPE_CHECKING:
    from talentlms_mock.cli.commands.client import PortalClient

_backwards = click.option("--backwards", is_flag=True, help="Allow an earlier moment.")


_LONGEST_SIMULATION = 1_800.0
"""Seconds: as much as the mock allows takes a slow machine some minutes."""


@click.group(cls=Commands, epilog=examples("clock freeze 2025-05-07T09:30:00Z", "clock show"))
def clock() -> None:
    """Show, stop and move the clock of a portal."""


@clock.command(epilog=examples("clock show"))
@options.as_json
@options.of_portal
def show(portal: "PortalClient", as_json: bool) -> None:
    """Show the time of the portal."""
    _show(portal.call("GET", "/clock"), as_json)


@clock.command(epilog=examples("clock freeze", "clock freeze 2025-05-07T09:30:00Z"))
@click.argument("at", required=False)
@_backwards
@options.as_json
@options.of_portal
def freeze(portal: "PortalClient", as_json: bool, **settings: Any) -> None:
    """Stop the clock AT a moment (ISO 8601), or now."""
    _show(portal.call("POST", "/clock/freeze", options.set_fields(settings)), as_json)


@clock.command(epilog=examples("clock travel 2026-01-01 --backwards"))
@click.argument("to")
@_backwards
@options.as_json
@options.of_portal
def travel(portal: "PortalClient", as_json: bool, **settings: Any) -> None:
    """Move the clock TO a moment (ISO 8601), and continue from there."""
    _show(portal.call("POST", "/clock/travel", options.set_fields(settings)), as_json)


@clock.command(epilog=examples("clock advance --days 30", "clock advance --hours 1 --minutes 5"))
@click.option("--days", type=float, help="Days to add.")
@click.option("--hours", type=float, help="Hours to add.")
@click.option("--minutes", type=float, help="Minutes to add.")
@click.option("--seconds", type=float, help="Seconds to add.")
@_backwards
@options.as_json
@options.of_portal
def advance(portal: "PortalClient", as_json: bool, backwards: bool, **step: Any) -> None:
    """Move the clock forward by the sum of the options."""
    body = options.set_fields(step)
    if not body:
        raise SetupError("Give --days, --hours, --minutes or --seconds.")
    state = portal.call("POST", "/clock/advance", body | {"backwards": backwards})
    _show(state, as_json)


@clock.command(epilog=examples("clock simulate --days 30"))
@click.option("--days", type=int, required=True, help="How many days go by.")
@options.as_json
@options.of_portal
def simulate(portal: "PortalClient", as_json: bool, days: int) -> None:
    """Move the clock forward by days in which people are at work.

    They sign in, begin, finish and fail courses, as the portal's seed and its clock decide, and
    certificates expire. The table lists the new events of the timeline.
    """
    lapse = portal.call("POST", "/clock/simulate", {"days": days}, limit=_LONGEST_SIMULATION)
    if as_json:
        echo_json(lapse)
        return
    click.echo(f"{lapse['began_at']} to {lapse['ended_at']}")
    rows = [(name, f"{count:,}") for name, count in lapse["events"].items()]
    print_table(("Event", "Count"), rows, empty="Nobody did anything.")


@clock.command(epilog=examples("clock tick 60"))
@click.argument("factor", type=float, default=1.0)
@options.as_json
@options.of_portal
def tick(portal: "PortalClient", as_json: bool, factor: float) -> None:
    """Run the clock FACTOR times as fast as real time."""
    _show(portal.call("POST", "/clock/tick", {"factor": factor}), as_json)


@clock.command(epilog=examples("clock reset"))
@options.as_json
@options.of_portal
def reset(portal: "PortalClient", as_json: bool) -> None:
    """Follow the system's clock again."""
    _show(portal.call("POST", "/clock/reset"), as_json)


def _show(state: dict[str, Any], as_json: bool) -> None:
    if as_json:
        echo_json(state)
    else:
        click.echo(clock_words(state))
