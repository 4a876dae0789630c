"""talentlms-mock fault, and scenario."""

import json
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import click

from talentlms_mock.cli.commands import options
from talentlms_mock.cli.commands.tables import echo_json, print_table
from talentlms_mock.errors import SetupError

if TYPE_CHECKING:
    from talentlms_mock.cli.commands.client import PortalClient


@click.group()
def fault() -> None:
    """Make requests to a portal fail."""


@fault.command()
@click.argument("method", required=False)
@click.argument("path", required=False)
@click.option("--status", type=int, help="What is answered, with the vendor's error.")
@click.option("--body", help="What is answered with the status: JSON, or a text.")
@click.option("--latency", help="Seconds until it is answered, or the least and the most: 0.1-0.5.")
@click.option("--timeout", is_flag=True, help="No answer ever.")
@click.option("--reset", is_flag=True, help="The connection is reset.")
@click.option("--empty", is_flag=True, help="The connection is closed without an answer.")
@click.option("--truncate-at", type=int, help="The answer ends after so many bytes.")
@click.option("--drip", type=float, help="The answer comes at so many bytes a second.")
@click.option("--malformed-json", is_flag=True, help="The answer is no JSON.")
@click.option("--wrong-content-type", is_flag=True, help="The answer says to be something else.")
@click.option("--drop-field", multiple=True, metavar="FIELD", help="A field is missing.")
@click.option("--null-field", multiple=True, metavar="FIELD", help="A field is null.")
@click.option("--rename-field", multiple=True, metavar="OLD=NEW", help="A field has another name.")
@click.option("--after-commit", is_flag=True, help="It is done, and then the answer is lost.")
@click.option("--times", type=int, help="At most so often.")
@click.option("--on-call", type=int, help="On that request alone.")
@click.option("--after", type=int, help="Not on the first so many.")
@click.option("--probability", type=float, help="By chance, between 0 and 1.")
@click.option("--sequence", help="What each request gets in its turn: 503,timeout,normal.")
@click.option("--match", metavar="JSON", help='What a request must have: {"query": {...}}.')
@click.option("--name", help="A name to remove it by.")
@options.as_json
@options.of_portal
def add(portal: "PortalClient", as_json: bool, **settings: Any) -> None:
    """Let requests of METHOD to PATH fail; a pattern like /users/*, or an operation like getUsers.

    Without METHOD and PATH it is every request; what stands alone is the path, where it looks
    like one.
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
        with suppress(ValueError):  # a text
            rule["body"] = json.loads(rule["body"])
    return rule


def _seconds(text: str) -> float | list[float]:
    try:
        ends = [float(part) for part in text.split("-")]
    except ValueError:
        raise SetupError(
            f"--latency {text} is no number of seconds, like 0.5 or 0.1-0.5."
        ) from None
    return ends[0] if len(ends) == 1 else ends


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise SetupError(f"--match is no JSON: {error}.") from None


@fault.command("list")
@options.as_json
@options.of_portal
def list_(portal: "PortalClient", as_json: bool) -> None:
    """List the faults, and what each has done."""
    faults = portal.call("GET", "/faults")
    if as_json:
        echo_json(faults)
        return
    print_table(
        ("#", "Requests", "What happens", "Calls", "Fired"),
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


@fault.command()
@click.argument("number", metavar="NUMBER|NAME")
@options.of_portal
def remove(portal: "PortalClient", number: str) -> None:
    """Take a fault away."""
    portal.call("DELETE", f"/faults/{quote(number, safe='')}")
    click.echo(f"The fault {number} is gone.")


@fault.command()
@options.of_portal
def clear(portal: "PortalClient") -> None:
    """Take all faults away."""
    portal.call("DELETE", "/faults")
    click.echo(f"The portal {portal.domain} has no faults any more.")


@click.group()
def scenario() -> None:
    """List scenarios, and apply one to a portal."""


@scenario.command("list")
@options.as_json
@options.of_portal
def list_scenarios(portal: "PortalClient", as_json: bool) -> None:
    """List the scenarios that are built in."""
    found = portal.call("GET", "/scenarios")
    if as_json:
        echo_json(found)
        return
    rows = [(each["name"], each["description"]) for each in found]
    print_table(("Scenario", "What it does"), rows, empty="There is none.")


@scenario.command()
@click.argument("name", metavar="NAME|FILE")
@options.as_json
@options.of_portal
def apply(portal: "PortalClient", name: str, as_json: bool) -> None:
    """Do what a scenario says: one that is built in, or that of a TOML file."""
    from talentlms_mock.toml_files import is_path, parse  # noqa: PLC0415  # no other command reads any

    what = parse(Path(name), "scenario") if is_path(name) else name
    faults = portal.call("POST", "/scenarios", {"scenario": what})
    if as_json:
        echo_json(faults)
        return
    counted = "no faults" if not faults else f"{len(faults)} fault{'s' * (len(faults) != 1)}"
    click.echo(f"The scenario {name} is on, with {counted}.")
