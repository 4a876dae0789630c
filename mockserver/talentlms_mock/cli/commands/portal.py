"""talentlms-mock portal, and reset."""

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import click

from talentlms_mock.cli.commands import options
from talentlms_mock.cli.commands.tables import echo_json, print_facts, print_table
from talentlms_mock.errors import SetupError
from talentlms_mock.portal.state.settings import QUIRKS

if TYPE_CHECKING:
    from talentlms_mock.cli.commands.client import Mock, PortalClient

_quirk = click.option(
    "--quirk", "quirks", multiple=True, metavar="NAME=VALUE", help="Decide a quirk."
)


@click.group()
def portal() -> None:
    """List, create, show, change and delete the portals of the running mock."""


@portal.command("list")
@options.as_json
@options.of_mock
def list_(mock: "Mock", as_json: bool) -> None:
    """List the portals."""
    portals = mock.call("GET", "/portals")
    if as_json:
        echo_json(portals)
        return
    print_table(
        ("Domain", "API key", "Plan", "Left", "Faults", "Requests", "State"),
        [
            (
                each["domain"],
                each["api_key"],
                each["plan"],
                f"{each['rate_limit']['hour']['remaining']:,}",
                str(each["faults"]),
                str(each["requests"]),
                _state(each),
            )
            for each in portals
        ],
        empty="The mock has no portal.",
    )


def _state(each: dict[str, Any]) -> str:
    states = {
        "inactive": not each["active"],
        "API off": not each["api_enabled"],
        "key revoked": each["key_revoked"],
    }
    return ", ".join(name for name, is_so in states.items() if is_so) or "on"


@portal.command()
@click.argument("domain", required=False)
@click.option("--api-key", help="The key that clients must send; one is made up else.")
@click.option("--plan", help="Sets the hourly limit.")
@click.option("--hourly-limit", type=int, help="Requests allowed in an hour.")
@click.option("--burst-limit", type=int, help="Requests allowed in five seconds.")
@click.option("--users", type=int, help="How many users; by default, as many as the dataset has.")
@click.option("--seed", type=int, help="The same seed gives the same data.")
@click.option("--dataset", help="The name of the dataset to start from.")
@click.option("--clock", help="The moment at which its clock stands still.")
@click.option("--tasks", help="When a background task is completed.")
@click.option("--scenario", help="The name of the scenario to begin with.")
@click.option("--preset", help="All quirks at once: documented or recorded.")
@_quirk
@options.as_json
@options.of_mock
def create(mock: "Mock", as_json: bool, quirks: tuple[str, ...], **settings: Any) -> None:
    """Create a portal DOMAIN; `samples` if nothing is said."""
    body = options.set_fields({**settings, "quirks": options.pairs("--quirk", quirks)})
    _show(mock.call("POST", "/portals", body), as_json)


@portal.command()
@options.as_json
@options.of_portal
def show(portal: "PortalClient", as_json: bool) -> None:
    """Show one portal."""
    _show(portal.call("GET"), as_json)


@portal.command()
@click.option("--plan", help="Another plan, and with it another hourly limit.")
@click.option("--hourly-limit", type=int, help="Requests allowed in an hour.")
@click.option("--api/--no-api", "api_enabled", default=None, help="Switch the API on or off.")
@click.option("--active/--inactive", default=None, help="Make the domain active or inactive.")
@click.option("--gamification/--no-gamification", default=None, help="Points, levels and badges.")
@click.option("--tasks", help="When a background task is completed.")
@click.option("--rotate-key", is_flag=True, help="Put another API key in force.")
@click.option("--api-key", help="Put this API key in force.")
@click.option("--revoke-key", is_flag=True, help="Make the API key invalid.")
@_quirk
@options.as_json
@options.of_portal
def change(
    portal: "PortalClient",
    as_json: bool,
    quirks: tuple[str, ...],
    rotate_key: bool,
    api_key: str | None,
    revoke_key: bool,
    **settings: Any,
) -> None:
    """Change one portal: plan, switches, key, quirks."""
    changes = {name: value for name, value in settings.items() if value is not None}
    if quirks:
        changes["quirks"] = options.pairs("--quirk", quirks)
    if not changes and not (rotate_key or api_key or revoke_key):
        raise SetupError("Nothing is to be changed: say what, as with --plan grow.")
    state = portal.call("PATCH", "", changes)
    if rotate_key or api_key:
        state = portal.call("POST", "/rotate-key", options.set_fields({"api_key": api_key}))
    if revoke_key:
        state = portal.call("POST", "/revoke-key")
    _show(state, as_json)


@portal.command()
@click.argument("domain")
@options.of_mock
def delete(mock: "Mock", domain: str) -> None:
    """Remove the portal DOMAIN, with all that is in it."""
    mock.call("DELETE", f"/portals/{quote(domain, safe='')}")
    click.echo(f"The portal {domain} is gone.")


@click.command()
@options.of_portal
def reset(portal: "PortalClient") -> None:
    """Put a portal back to what it was when it was created."""
    portal.call("POST", "/reset")
    click.echo(f"The portal {portal.domain} is as it was at first.")


def _show(state: dict[str, Any], as_json: bool) -> None:
    if as_json:
        echo_json(state)
        return
    hour, burst = state["rate_limit"]["hour"], state["rate_limit"]["burst"]
    print_facts(
        {
            "Domain": state["domain"],
            "Base URL": state["base_url"],
            "API key": state["api_key"],
            "Authority": state["ca_file"],
            "State": _state(state),
            "Plan": state["plan"],
            "Left": f"{hour['remaining']:,} of {hour['limit']:,} in {hour['window']:,.0f} s, "
            f"{burst['remaining']:,} of {burst['limit']:,} in {burst['window']:,.0f} s",
            "Clock": clock_words(state["clock"]),
            "Tasks": state["tasks"],
            "Faults": str(state["faults"]),
            "Requests": str(state["requests"]),
            "Quirks": _quirks(state["quirks"]),
        }
    )


def _quirks(values: dict[str, str]) -> str:
    """Return the quirks that are not as they are for everybody."""
    changed = [f"{name}={value}" for name, value in values.items() if value != QUIRKS[name].default]
    return ", ".join(changed) or "all by default"


def clock_words(clock: dict[str, Any]) -> str:
    """Return what a clock shows, and how it goes."""
    how = "as the system's" if clock["follows_system"] else f"{clock['factor']:g} times as fast"
    if clock["follows_system"] is False and clock["factor"] == 1:
        how = "running"
    return f"{clock['now']}, {'standing still' if clock['frozen'] else how}"
