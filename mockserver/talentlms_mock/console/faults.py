"""The page of what goes wrong on purpose: faults, scenarios, switches and quirks."""

from typing import Any, get_args

import orjson
from starlette.requests import Request
from starlette.responses import Response

from talentlms_mock.console.forms import EMPTY, Field, Form, fields_of, on_page, read_model
from talentlms_mock.console.rendering import go, page
from talentlms_mock.control.parsing import portal_of
from talentlms_mock.control.portals import KeyInput, PortalChanges, make_changes
from talentlms_mock.control.problems import MALFORMED, REFUSED, Problem
from talentlms_mock.portal import scenarios
from talentlms_mock.portal.faults.rule import CONTRADICTIONS, NORMAL, FaultRule, Kind, make_rule
from talentlms_mock.portal.state.settings import PLANS, PRESETS, QUIRKS
from talentlms_mock.portal.state.task_rule import RULES
from talentlms_mock.toml_files import is_path

_SWITCHES = {"timeout", "reset", "empty", "malformed_json", "wrong_content_type"}
_SWITCHES |= {"after_commit", "optional"}
_INTEGERS = {"status", "truncate_at", "times", "on_call", "after"}
_NUMBERS = {"drip", "probability"}
_LISTS = {"drop_field", "null_field"}
_TEXTS = {"method", "path", "name"}

_CHANGES = fields_of(PortalChanges)
_KEY = fields_of(KeyInput)


def show(request: Request, problem: Problem | None = None, form: Form = EMPTY) -> Response:
    """Show the faults and what each did, and the forms for all that can be wrong."""
    portal = portal_of(request)
    fired: dict[int, list[Any]] = {fault.number: [] for fault in portal.faults}
    for exchange in portal.requests:
        for number in exchange.faults:
            if number in fired:
                fired[number].append(exchange)
    return page(
        request,
        "faults.html",
        portal=portal,
        problem=problem,
        form=form,
        faults=[(fault, fired[fault.number]) for fault in portal.faults],
        contradictions=orjson.dumps([sorted(pair) for pair in CONTRADICTIONS]).decode(),
        methods=sorted({entry.method for entry in portal.catalogue}),
        operations=[entry.operation_id for entry in portal.catalogue],
        steps=[*get_args(Kind), NORMAL],
        scenarios=[(name, scenarios.load(name).description) for name in scenarios.built_in_names()],
        settings=portal.settings,
        plans=list(PLANS),
        presets=list(PRESETS),
        rules=RULES,
        quirks=[(quirk, portal.quirks[quirk.name]) for quirk in QUIRKS.values()],
    )


def get(request: Request) -> Response:
    """Show the page."""
    return show(request)


def _done(request: Request, word: str) -> Response:
    return go(f"/portals/{portal_of(request).domain}/faults", done=word)


@on_page(show)
def add(request: Request, form: Form) -> Response:
    """Declare a fault."""
    portal = portal_of(request)
    rule = make_rule({name: _value(name, form[name]) for name in _options(form)})
    portal.faults.add(rule)
    return _done(request, "added")


def _options(form: Form) -> list[str]:
    return [name for name in form if name in FaultRule.model_fields]


def _value(name: str, text: str) -> object:
    """Return what the option of a fault is, as a person writes it in a form.

    Raises:
        Problem: it cannot be that.
    """
    if name in _SWITCHES:
        return True
    kinds = (_INTEGERS, "integer"), (_NUMBERS, "number"), (_LISTS, "list"), (_TEXTS, "text")
    for names, kind in kinds:
        if name in names:
            return Field(name, kind).value(text)
    if name == "latency" and "=" in text:
        points = [part.partition("=") for part in text.split(",")]
        return {share.strip(): Field(name, "number").value(part) for share, _, part in points}
    if name == "latency":
        ends = [Field(name, "number").value(part) for part in text.split("-")]
        return ends[0] if len(ends) == 1 else ends
    if name == "rename_field":
        return Field(name, "table").value(text)
    if name == "sequence":
        parts = text.replace(",", " ").split()
        return [int(part) if part.isdecimal() else part for part in parts]
    if name == "match":
        return Field(name, "json").value(text)
    return _body(text)


def _body(text: str) -> object:
    """Return a body: JSON where it is some, else the text."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text


@on_page(show)
def remove(request: Request, form: Form) -> Response:
    """Remove a fault, or all of them."""
    portal = portal_of(request)
    if not form["number"]:
        portal.clear_faults()
        return _done(request, "cleared")
    for fault in portal.faults:
        if str(fault.number) == form["number"]:
            fault.remove()
    return _done(request, "removed")


@on_page(show)
def apply(request: Request, form: Form) -> Response:
    """Apply a scenario that is built in."""
    if is_path(form["scenario"]):
        raise Problem(REFUSED, "Only a built-in scenario can be chosen here.", "scenario")
    portal_of(request).apply_scenario(form["scenario"])
    return _done(request, "applied")


@on_page(show)
def change(request: Request, form: Form) -> Response:
    """Change switches, plan, preset, quirks, or the rule for tasks."""
    portal = portal_of(request)
    quirks = {name: form[f"quirk-{name}"] for name in QUIRKS if f"quirk-{name}" in form}
    body = read_model(PortalChanges, _CHANGES, form)
    if quirks:
        body = body.model_copy(update={"quirks": quirks})
    make_changes(portal, body)
    return _done(request, "changed")


@on_page(show)
def change_key(request: Request, form: Form) -> Response:
    """Rotate the API key, or revoke it."""
    portal = portal_of(request)
    match form["how"]:
        case "rotate":
            portal.rotate_key(read_model(KeyInput, _KEY, form).api_key)
        case "revoke":
            portal.revoke_key()
        case _:
            raise Problem(MALFORMED, "A key is rotated or revoked.", "how")
    return _done(request, "changed")
