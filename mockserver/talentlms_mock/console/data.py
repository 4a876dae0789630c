"""The pages of a portal's data: every collection, and one record with what hangs on it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from talentlms_mock.console import links
from talentlms_mock.console.acting import ACTS
from talentlms_mock.console.forms import EMPTY, Field, Form, fields_of, on_page, read_model
from talentlms_mock.console.rendering import go, page
from talentlms_mock.control.parsing import portal_of
from talentlms_mock.control.problems import Problem
from talentlms_mock.control.resources import (
    RESOURCES,
    ResourceRoutes,
    arranged,
    find,
    parts_of,
)
from talentlms_mock.errors import MockError
from talentlms_mock.portal.portal import Portal
from talentlms_mock.portal.records import lookup
from talentlms_mock.portal.records.collection import SOURCES, Collection

_BY_NAME = {each.name: each for each in RESOURCES}
_ON_A_PAGE = 100
_IN_A_PART = 25
_LAST_EVENTS = 30
_ARCHIVABLE = ("users", "courses")

_COLUMNS: dict[str, tuple[str, ...]] = {
    "User": ("id", "login", "name", "surname", "email", "user_type", "status", "last_login"),
    "Course": ("id", "name", "code", "category_id", "status", "price", "last_updated_on"),
    "CourseUnit": ("id", "name", "type", "course_id", "position", "pass_score", "is_required"),
    "Enrollment": (
        *("id", "user_id", "course_id", "role", "completion_status"),
        *("completion_percentage", "score", "enrolled_on", "expires_on"),
    ),
    "UnitProgress": ("unit_id", "completion_status", "score", "total_time", "completed_on"),
    "UnitSession": ("id", "name", "type", "starts_at", "ends_at", "location", "capacity"),
    "Certificate": ("id", "name", "user_id", "course_id", "issued_on", "expires_on", "is_expired"),
    "Group": ("id", "name", "description", "key", "key_redemptions", "branch_id"),
    "Branch": ("id", "name", "title", "active", "default_locale", "owner_id"),
    "LearningPath": ("id", "name", "status", "category_id", "starts_at", "expires_at"),
    "Badge": ("id", "name", "type", "criteria", "completions"),
    "Event": ("id", "created_at", "event_type", "message", "user_id", "course_id"),
    "Task": ("id", "type", "status", "progress", "total", "failed", "created_at", "completed_at"),
}
"""The columns of the tables of records that have many fields; others show them all."""
_LONG = ("description", "units", "announcement_internal", "announcement_external")


def _columns(record: Any) -> tuple[str, ...]:
    every = tuple(item.name for item in fields(record) if not item.name.startswith("_"))
    return _COLUMNS.get(record.__name__, every)


def index(request: Request) -> Response:
    """Show how much there is of everything."""
    portal = portal_of(request)
    counts = [(each.name, each.source.many, len(each.collection(portal))) for each in RESOURCES]
    return page(request, "data.html", portal=portal, counts=counts)


def list_records(request: Request) -> Response:
    """Show a page of a collection, searched and sorted as the query says."""
    portal, resource = portal_of(request), _resource(request)
    query = request.query_params
    text, sort = query.get("q", ""), query.get("sort", "")
    found = arranged(resource.collection(portal), text, sort)
    count = len(found)
    last = max(-(-count // _ON_A_PAGE), 1)
    number = min(max(_number(query.get("page", "")), 1), last)
    records = found[(number - 1) * _ON_A_PAGE : number * _ON_A_PAGE]
    return page(
        request,
        "records.html",
        portal=portal,
        resource=resource,
        table=_table(portal, resource.record, records),
        count=count,
        number=number,
        last=last,
        text=text,
        sort=sort,
    )


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 1


def _table(portal: Portal, record: type[Any], records: Sequence[Any]) -> dict[str, Any]:
    """Return what a table of records shows.

    Its columns, each with whether they are numbers, and each record with its address.
    """
    columns = _columns(record)
    resource = _of_record(record)
    names = _names(portal, record, columns, records)
    return {
        "columns": [
            (name, bool(records) and _is_number(getattr(records[0], name)) and name not in names)
            for name in columns
        ],
        "rows": [
            {
                "address": _address(portal, resource, each),
                "cells": [_cell(portal, name, getattr(each, name), names) for name in columns],
                "record": each,
            }
            for each in records
        ],
    }


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _of_record(record: type[Any]) -> ResourceRoutes[Any] | None:
    return next((each for each in RESOURCES if each.record is record), None)


def _address(portal: Portal, resource: ResourceRoutes[Any] | None, record: Any) -> str | None:
    if resource is None or not hasattr(record, "id") or resource.name == "archived":
        return None
    return links.of_record(portal, resource.name, record.id)


def _names(
    portal: Portal, record: type[Any], columns: Iterable[str], records: Sequence[Any]
) -> dict[str, dict[int, str]]:
    """Return the names of what fields like `user_id` refer to, by id, by the name of the field."""
    found = {}
    with portal.transaction() as transaction:
        for name in columns:
            linked = SOURCES[record].links.get(name.removesuffix("_id"))
            ids = [getattr(each, name) for each in records] if linked and name[-3:] == "_id" else []
            present = [id for id in ids if id is not None]
            if present and linked is not None and SOURCES[linked].name:
                found[name] = lookup.names(transaction, linked, present)
    return found


def _cell(
    portal: Portal, name: str, value: Any, names: dict[str, dict[int, str]]
) -> tuple[str, Any, str | None]:
    """Return the name of a field, what to show of its value, and where that leads."""
    shown = names.get(name, {}).get(value, value) if isinstance(value, int) else value
    return name, shown, links.of_field(portal, name, value)


def show_new(request: Request, problem: Problem | None = None, form: Form = EMPTY) -> Response:
    """Show the form that adds a record."""
    portal, resource = portal_of(request), _resource(request)
    return page(
        request,
        "new.html",
        portal=portal,
        problem=problem,
        form=form,
        resource=resource,
        fields=_add_fields(resource),
    )


def _add_fields(resource: ResourceRoutes[Any]) -> tuple[Field, ...]:
    if resource.add is None:
        raise Problem(404, f"No {resource.source.one} is added by hand.")
    return _fields(resource.add.body)


def _fields(model: Any) -> tuple[Field, ...]:
    kinds = dict.fromkeys(_LONG[:1], "long") | {"custom_fields": "table"}
    return fields_of(model, **kinds)


def new(request: Request) -> Response:
    """Show the form that adds a record."""
    return show_new(request)


@on_page(show_new)
def add(request: Request, form: Form) -> Response:
    """Add a record, and go to it."""
    portal, resource = portal_of(request), _resource(request)
    body_fields = _add_fields(resource)
    assert resource.add is not None
    body = read_model(resource.add.body, body_fields, form)
    made = resource.add.function(portal)(**body.set_fields())
    return go(f"/portals/{portal.domain}/data/{resource.name}/{made.id}", done="added")


def show_record(request: Request, problem: Problem | None = None, form: Form = EMPTY) -> Response:
    """Show a record with everything that hangs on it, and the forms for what can be done to it."""
    portal, resource = portal_of(request), _resource(request)
    record = _record(request)
    change = resource.change
    names = _names(portal, resource.record, _all(resource.record), [record])
    return page(
        request,
        "record.html",
        portal=portal,
        problem=problem,
        form=form,
        resource=resource,
        record=record,
        title=_title(resource, record),
        cells=[_cell(portal, name, getattr(record, name), names) for name in _all(resource.record)],
        parts=[_part(request, portal, record, name) for name in parts_of(resource.record)],
        events=_events(portal, resource.name, record),
        change=() if change is None else [(f, _text(record, f)) for f in _fields(change.body)],
        can_archive=resource.name in _ARCHIVABLE,
        acts=ACTS if resource.name == "users" else {},
    )


def get_record(request: Request) -> Response:
    """Show a record."""
    return show_record(request)


def _all(record: Any) -> tuple[str, ...]:
    return tuple(item.name for item in fields(record) if not item.name.startswith("_"))


def _title(resource: ResourceRoutes[Any], record: Any) -> str:
    name = getattr(record, resource.source.name, None) or record.id
    return f"{resource.source.one.capitalize()} {name}"


def _part(request: Request, portal: Portal, record: Any, name: str) -> dict[str, Any]:
    """Return what belongs to a record under a name: a table, of one row where it is one record.

    It has the first rows, or those of the page that the query asks for.
    """
    found = getattr(record, name)
    if not isinstance(found, Collection):
        one = _table(portal, type(found), [found])
        return {"name": name, "count": 1, "table": one, "number": 0, "last": 0}
    count = len(found)
    number, last = 0, max(-(-count // _ON_A_PAGE), 1)
    records = found[:_IN_A_PART]
    if request.query_params.get("part") == name:
        number = min(max(_number(request.query_params.get("page", "")), 1), last)
        records = found[(number - 1) * _ON_A_PAGE : number * _ON_A_PAGE]
    table = _table(portal, found.record, records)
    return {"name": name, "count": count, "table": table, "number": number, "last": last}


def _events(portal: Portal, collection: str, record: Any) -> list[Any]:
    """Return the last events of a user or a course, the newest first."""
    name = {"users": "user_id", "courses": "course_id"}.get(collection)
    if name is None:
        return []
    events = portal.events.filter(**{name: record.id})
    return events[max(len(events) - _LAST_EVENTS, 0) :][::-1]


def _text(record: Any, field: Field) -> str:
    """Return the value of a field as its form has it."""
    value = getattr(record, field.name, None)
    if field.name == "category":
        value = record.category_id
    if value is None:
        return ""
    if field.kind == "table":
        return "\n".join(f"{name} = {one}" for name, one in value.items() if one is not None)
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else _written(value)


def _written(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


@on_page(show_record)
def change(request: Request, form: Form) -> Response:
    """Change what differs from what the record is; a field that is emptied becomes null."""
    portal, resource, record = portal_of(request), _resource(request), _record(request)
    if resource.change is None:
        raise Problem(404, f"No {resource.source.one} is changed by hand.")
    every = _fields(resource.change.body)
    changed = [each for each in every if form[each.name] != _text(record, each)]
    given = read_model(resource.change.body, tuple(changed), form).set_fields()
    given |= {each.name: None for each in changed if not form[each.name]}
    resource.change.function(portal)(record, **given)
    return go(f"/portals/{portal.domain}/data/{resource.name}/{record.id}", done="changed")


@on_page(show_record)
def archive(request: Request, form: Form) -> Response:
    """Archive a user or a course."""
    portal, resource, record = portal_of(request), _resource(request), _record(request)
    do: dict[str, Callable[[Any], object]] = {
        "users": portal.archive_user,
        "courses": portal.archive_course,
    }
    if resource.name not in do:
        raise Problem(404, f"No {resource.source.one} is archived.")
    do[resource.name](record)
    return go(f"/portals/{portal.domain}/data/archived", done="archived")


def _show_archived(request: Request, problem: Problem | None, form: Form) -> Response:
    portal = portal_of(request)
    return page(request, "problem.html", portal=portal, problem=problem)


@on_page(_show_archived)
def restore(request: Request, form: Form) -> Response:
    """Restore an archived user or course, and go to it."""
    portal, id = portal_of(request), _number(form["id"])
    if form["kind"] == "user":
        portal.restore_user(id)
        return go(f"/portals/{portal.domain}/data/users/{id}", done="restored")
    portal.restore_course(id)
    return go(f"/portals/{portal.domain}/data/courses/{id}", done="restored")


@on_page(show_record)
def move_task(request: Request, form: Form) -> Response:
    """Move a background task: advance, complete or fail it."""
    portal, task = portal_of(request), _record(request)
    steps: dict[str, Callable[[Any], object]] = {
        "advance": portal.advance_task,
        "complete": portal.complete_task,
        "fail": portal.fail_task,
    }
    step = steps.get(form["step"])
    if step is None:
        raise Problem(422, "A task is advanced, completed or failed.", "step")
    step(task)
    return go(f"/portals/{portal.domain}/data/tasks/{task.id}", done="done")


def _resource(request: Request) -> ResourceRoutes[Any]:
    """Return the collection that the path names; a form for tasks is theirs alone.

    Raises:
        Problem: there is none of this name.
    """
    name = request.path_params.get("collection", "tasks")
    if name not in _BY_NAME:
        raise Problem(404, f"A portal has no collection {name!r}.")
    return _BY_NAME[name]


def _record(request: Request) -> Any:
    """Return the record that the path names.

    Raises:
        Problem: there is none.
    """
    resource = _resource(request)
    if "id" not in resource.source.fields or resource.name == "archived":
        raise Problem(404, f"{resource.source.many.capitalize()} have no page of their own.")
    try:
        return find(resource.collection(portal_of(request)), request.path_params["id"])
    except MockError as error:
        raise Problem(404, str(error)) from None
