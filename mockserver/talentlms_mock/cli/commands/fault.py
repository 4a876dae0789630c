"""talentlms-mock fault, and scenario."""

import json
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import click

from talentlms_mock.cli import choices
from talentlms_mock.cli.commands import options
from talentlms_mock.cli.commands.tables import done, echo_json, print_table
from talentlms_mock.cli.groups import Commands, examples
from talentlms_mock.errors import SetupError

if TYPE_CHECKING:
    from talentlms_mock.cli.commands.client import PortalClient


@click.group(cls=Commands, epilog=examples("fault add GET '/users/*' --status 503 --times 2"))
def fault() -> None:
    """Make requests to a portal fail."""


@fault.command(
    epilog=examples(
        "fault add GET '/users/*' --status 429 --times 2",
        "fault add createUser --after-commit --timeout",
        "fault add --latency 0.1-0.5 --probability 0.2",
    )
)
@click.argument("method", required=False)
@click.argument("path", required=False)
@click.option("--status", type=int, help="The status of the response, with the vendor's error.")
@click.option("--body", help="The body of the response: JSON, or text.")
@click.option(
    "--latency",
    help="Seconds until the response, a range of them (0.1-0.5), or percentiles: p50=0.1,p99=2.",
)
@click.option("--timeout", is_flag=True, help="Never respond.")
@click.option("--reset", is_flag=True, help="Reset the connection.")
@click.option("--empty", is_flag=True, help="Close the connection without a response.")
@click.option(
    "--truncate-at", type=int, help="Close the connection after this many bytes of the body."
)
@click.option("--drip", type=float, help="Send the body at this many bytes per second.")
@click.option("--malformed-json", is_flag=True, help="Send a body that is not valid JSON.")
@click.option("--wrong-content-type", is_flag=True, help="Send another Content-Type.")
@click.option("--drop-field", multiple=True, metavar="FIELD", help="Remove a field.")
@click.option("--null-field", multiple=True, metavar="FIELD", help="Set a field to null.")
@click.option("--rename-field", multiple=True, metavar="OLD=NEW", help="Rename a field.")
@click.option("--after-commit", is_flag=True, help="Run the operation, then lose the response.")
@click.option("--times", type=int, help="Fire at most this many times.")
@click.option("--on-call", type=int, help="Fire only on this request, counted from 1.")
@click.option("--after", type=int, help="Skip this many requests first.")
@click.option("--probability", type=float, help="The probability of firing, from 0 to 1.")
@click.option("--sequence", help="What happens to one request after the other: 503,timeout,normal.")
@click.option("--match", metavar="JSON", help='What a request must contain: {"query": {...}}.')
@click.option("--name", help="A name, for `fault remove`.")
@options.as_json
@options.of_portal
def add(portal: "PortalClient", as_json: bool, **settings: Any) -> None:
    """Make requests with METHOD to PATH fail.

    PATH is a path, a pattern like /users/*, or an operation like getUsers. Without METHOD and PATH,
    every request fails. A single argument that is not in capitals is the path.
    """
    made = portal.call("POST", "/faults", _rule(settings))
    if as_json:
        echo_json(made)
    else:
        click.echo(f"Fault {made['number']}: {_where(made)}: {_what(made)}.")


def _rule(settings: dict[str, Any]) -> dict[str, Any]:
    rule = options.set_fields(settings)
    method = rule.get("method")
    if method is not None and "path" not in rule and not method.isupper():
        rule["path"] = rule.pop("method")
    if "latency" in rule:
        rule["latency"] = _seconds(rule["latency"])
    if "sequence" in rule:
        steps = [step.strip() for step in rule["sequence"].split(",")]
        rule["sequence"] = [int(step) if step.isdecimal() else step for step in steps]
    if "rename_field" in rule:
        rule["rename_field"] = options.pairs("--rename-field", settings["rename_field"])
    if "match" in rule:
        rule["match"] = _json(rule["match"])
    if "body" in rule:
        with suppress(ValueError):  # plain text
            rule["body"] = json.loads(rule["body"])
    return rule


def _seconds(text: str) -> float | list[float] | dict[str, float]:
    try:
        if "=" in text:
            points = options.pairs("--latency", tuple(text.split(",")))
            return {name.strip(): float(seconds) for name, seconds in points.items()}
        ends = [float(part) for part in text.split("-")]
    except ValueError:
        raise SetupError(
            f"--latency {text} is not a number of seconds, like 0.5, 0.1-0.5 or p50=0.1,p99=2."
        ) from None
    return ends[0] if len(ends) == 1 else ends


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise SetupError(f"--match is not JSON: {error}.") from None


@fault.command("list", epilog=examples("fault list"))
@options.as_json
@options.of_portal
def list_(portal: "PortalClient", as_json: bool) -> None:
    """List the faults, and how often each fired."""
    faults = portal.call("GET", "/faults")
    if as_json:
        echo_json(faults)
        return
    print_table(
        ("#", "Requests", "Effect", "Calls", "Fired"),
        [
            (
                str(each["number"]),
                _where(each),
                _what(each),
                str(each["calls"]),
                str(each["fired"]),
            )
            for each in faults
        ],
        empty=f"The portal {portal.domain} has no faults.",
    )


_NOT_WHAT = ("number", "method", "path", "calls", "fired")


def _where(each: dict[str, Any]) -> str:
    words = [each[name] for name in ("method", "path") if name in each]
    return " ".join(words) or "every request"


def _what(each: dict[str, Any]) -> str:
    return ", ".join(
        name if value is True else f"{name} {_said(value)}"
        for name, value in each.items()
        if name not in _NOT_WHAT
    )


def _said(value: Any) -> str:
    return str(value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


@fault.command(epilog=examples("fault remove 1"))
@click.argument("number", metavar="NUMBER|NAME")
@options.as_json
@options.of_portal
def remove(portal: "PortalClient", number: str, as_json: bool) -> None:
    """Remove a fault."""
    state = portal.call("DELETE", f"/faults/{quote(number, safe='')}")
    done(state, as_json, f"Removed the fault {number}.")


@fault.command(epilog=examples("fault clear"))
@options.as_json
@options.of_portal
def clear(portal: "PortalClient", as_json: bool) -> None:
    """Remove all faults."""
    state = portal.call("DELETE", "/faults")
    done(state, as_json, f"Removed all faults of the portal {portal.domain}.")


@click.group(cls=Commands, epilog=examples("scenario list", "scenario apply flaky"))
def scenario() -> None:
    """List scenarios, and apply one to a portal."""


@scenario.command("list", epilog=examples("scenario list"))
@options.as_json
@options.of_portal
def list_scenarios(portal: "PortalClient", as_json: bool) -> None:
    """List the built-in scenarios."""
    found = portal.call("GET", "/scenarios")
    if as_json:
        echo_json(found)
        return
    rows = [(each["name"], each["description"]) for each in found]
    print_table(("Scenario", "What it does"), rows, empty="There are no scenarios.")


@scenario.command(epilog=examples("scenario apply flaky", "scenario apply ./outage.toml"))
@click.argument("name", metavar="NAME|FILE", type=choices.SCENARIO)
@options.as_json
@options.of_portal
def apply(portal: "PortalClient", name: str, as_json: bool) -> None:
    """Apply a scenario: a built-in one, or that of a TOML file."""
    from talentlms_mock.toml_files import is_path, parse  # noqa: PLC0415  # for this command alone

    what = parse(Path(name), "scenario") if is_path(name) else name
    faults = portal.call("POST", "/scenarios", {"scenario": what})
    if as_json:
        echo_json(faults)
        return
    counted = "no faults" if not faults else f"{len(faults)} fault{'s' * (len(faults) != 1)}"
    click.echo(f"Applied the scenario {name}, with {counted}.")
