"""The parts of the reference that are made from the registries of portals and of the plugin."""

import inspect

import click

from pytest_talentlms.options import OPTIONS, Option
from talentlms_mock import MockServer
from talentlms_mock.cli.main import main
from talentlms_mock.portal import scenarios
from talentlms_mock.portal.state.settings import PLANS, QUIRKS
from tests.generated.marks import Parts, table


def _quirks_table() -> str:
    rows = [
        (f"`{quirk.name}`", ", ".join(map(_code, quirk.values)), _code(quirk.recorded), quirk.why)
        for quirk in QUIRKS.values()
    ]
    return table(("quirk", "values, the default first", "as `recorded`", "why"), rows)


def _code(text: str) -> str:
    return f"`{text}`" if text else ""


def _plans_table() -> str:
    rows = [
        (_code(name), "set it with `--hourly-limit`" if limit is None else f"{limit:,}")
        for name, limit in PLANS.items()
    ]
    return table(("plan", "requests an hour"), rows)


def _scenarios_table() -> str:
    rows = [(_code(name), scenarios.load(name).description) for name in scenarios.built_in_names()]
    return table(("scenario", ""), rows)


def _pytest_options_table() -> str:
    rows = [
        (_code(_flag(option)), _code(option.key), _code(_default(option)), option.help)
        for option in OPTIONS.values()
    ]
    return table(("option", "in the configuration", "default", ""), rows)


_OF_THE_MARKER = {
    "clock": "The time of the portal's clock, which stands still until it is moved.",
    "quirks": 'Choose where the vendor\'s documents are unclear: a dict, or `"all"`.',
    "intercept": "Lead this process's connections to \\*.talentlms.com to the portal.",
}
"""What the command has no option for, or another one."""


def _marker_table() -> str:
    """Return the arguments of the marker: those of `create_portal`, and one of its own."""
    parameters = inspect.signature(MockServer.create_portal).parameters.values()
    defaults = {each.name: each.default for each in parameters if each.name != "self"}
    options = [each for each in main.commands["serve"].params if isinstance(each, click.Option)]
    helps = {each.name: each.help or "" for each in options}
    rows = [
        (
            _code(name),
            "" if default is None else _code(str(default)),
            (helps | _OF_THE_MARKER)[name],
        )
        for name, default in {**defaults, "intercept": False}.items()
    ]
    return table(("argument", "default", ""), rows)


def _flag(option: Option) -> str:
    if not option.has_flag:
        return ""
    value = "" if option.kind == "bool" else f" {option.metavar or option.name.upper()}"
    return f"{option.flag}{value}"


def _default(option: Option) -> str:
    return "" if option.default is None else str(option.default).lower()


QUIRK_PARTS: Parts = {"quirks": _quirks_table}
PLAN_PARTS: Parts = {"plans": _plans_table}
SCENARIO_PARTS: Parts = {"scenarios": _scenarios_table}
PYTEST_PARTS: Parts = {"marker": _marker_table, "pytest-options": _pytest_options_table}
