"""The page of a portal's snapshots: take, restore, compare, delete."""

from itertools import groupby

from starlette.requests import Request
from starlette.responses import Response

from talentlms_mock.console.forms import EMPTY, Form, fields_of, on_page, read_model
from talentlms_mock.console.rendering import go, page
from talentlms_mock.control.parsing import portal_of
from talentlms_mock.control.problems import Problem
from talentlms_mock.control.snapshots import SnapshotInput
from talentlms_mock.errors import SetupError

_FIELDS = fields_of(SnapshotInput)
_SHOWN = 200
"""Rows of a comparison that a page shows of each table."""


def show(request: Request, problem: Problem | None = None, form: Form = EMPTY) -> Response:
    """Show the snapshots, the newest first."""
    portal = portal_of(request)
    found = [snapshot.as_data() for snapshot in portal.snapshots.values()]
    return page(
        request,
        "snapshots.html",
        portal=portal,
        problem=problem,
        form=form,
        snapshots=found[::-1],
    )


def get(request: Request) -> Response:
    """Show the page."""
    return show(request)


@on_page(show)
def take(request: Request, form: Form) -> Response:
    """Take a snapshot of the whole portal."""
    portal = portal_of(request)
    body = read_model(SnapshotInput, _FIELDS, form)
    portal.snapshot(body.name, journal=body.journal)
    return go(f"/portals/{portal.domain}/snapshots", done="taken")


@on_page(show)
def restore(request: Request, form: Form) -> Response:
    """Put the portal back to what it was."""
    portal = portal_of(request)
    portal.restore(form["name"])
    return go(f"/portals/{portal.domain}/snapshots", done="restored")


@on_page(show)
def drop(request: Request, form: Form) -> Response:
    """Delete a snapshot."""
    portal = portal_of(request)
    portal.snapshots.drop(form["name"])
    return go(f"/portals/{portal.domain}/snapshots", done="removed")


def compare(request: Request) -> Response:
    """Show what was added, changed and removed between a snapshot and a later state."""
    portal = portal_of(request)
    before, after = (request.query_params.get(name, "") for name in ("before", "after"))
    try:
        found = portal.compare(before, after or None)
    except SetupError as error:
        return show(request, Problem(404, str(error), error.at or None))
    tables = [(name, list(rows)) for name, rows in groupby(found, key=lambda each: each.table)]
    return page(
        request,
        "differences.html",
        portal=portal,
        before=before,
        after=after,
        count=len(found),
        tables=[(name, rows[:_SHOWN], len(rows)) for name, rows in tables],
    )
