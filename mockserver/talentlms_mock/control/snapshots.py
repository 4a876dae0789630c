"""Named snapshots of a portal."""

from typing import Annotated

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from talentlms_mock.control.parsing import portal_of, read_body, read_query
from talentlms_mock.control.problems import Problem
from talentlms_mock.control.responses import (
    JsonResponse,
    NoContent,
    PortalState,
    RowChangeState,
    SnapshotState,
    portal_state,
)
from talentlms_mock.control.route import Body, Query, route
from talentlms_mock.portal.contract.suggest import suggest
from talentlms_mock.portal.portal import Portal

_TAG = "Snapshots"
_SNAPSHOTS = "/portals/{domain}/snapshots"


class SnapshotInput(Body):
    """A snapshot to take."""

    name: Annotated[str, Field(min_length=1)]
    journal: bool = False


class CompareQuery(Query):
    """`to` is the name of the later snapshot; left out it is how the portal is now."""

    to: str | None = None


@route(
    "GET",
    _SNAPSHOTS,
    tag=_TAG,
    summary="List the snapshots, oldest first",
    response=list[SnapshotState],
    python=("Portal.snapshots", "Snapshot.as_data"),
)
def list_snapshots(request: Request) -> Response:
    """Return the snapshots with their times and sizes."""
    snapshots = portal_of(request).snapshots
    return JsonResponse([snapshot.as_data() for snapshot in snapshots.values()])


@route(
    "POST",
    _SNAPSHOTS,
    tag=_TAG,
    summary="Take a snapshot of the whole portal, in place of an older one of the same name",
    body=SnapshotInput,
    response=SnapshotState,
    status=201,
    python=("Portal.snapshot", "Snapshots.keep"),
)
def take_snapshot(request: Request) -> Response:
    """Keep the whole state of the portal under a name."""
    portal = portal_of(request)
    body = read_body(request, SnapshotInput)
    return JsonResponse(portal.snapshot(body.name, journal=body.journal).as_data(), 201)


@route(
    "POST",
    f"{_SNAPSHOTS}/{{name}}/restore",
    tag=_TAG,
    summary="Put the portal back to what it was",
    response=PortalState,
    python=("Portal.restore", "Snapshot.restore"),
)
def restore_snapshot(request: Request) -> Response:
    """Put data, clock, limits, faults and settings back to those of the snapshot, which is kept."""
    portal = portal_of(request)
    portal.restore(_name(portal, request))
    return JsonResponse(portal_state(portal, request))


@route(
    "GET",
    f"{_SNAPSHOTS}/{{name}}/compare",
    tag=_TAG,
    summary="Compare a snapshot with another, or with how the portal is now",
    query=CompareQuery,
    response=list[RowChangeState],
    python=("Portal.compare", "Portal.diff", "Snapshot.differences"),
)
def compare_snapshots(request: Request) -> Response:
    """Return the rows that differ between a snapshot and now, or another snapshot."""
    portal = portal_of(request)
    query = read_query(request, CompareQuery)
    found = portal.compare(_name(portal, request), query.to)
    return JsonResponse(found.as_data())


@route(
    "DELETE",
    f"{_SNAPSHOTS}/{{name}}",
    tag=_TAG,
    summary="Delete a snapshot",
    python=("Snapshots.drop",),
)
def delete_snapshot(request: Request) -> Response:
    """Forget a snapshot; the portal does not change."""
    portal = portal_of(request)
    portal.snapshots.drop(_name(portal, request))
    return NoContent()


def _name(portal: Portal, request: Request) -> str:
    """Return the name in the path, under which there is a snapshot.

    Raises:
        Problem: there is none.
    """
    name: str = request.path_params["name"]
    if name not in portal.snapshots:
        near = suggest(name, portal.snapshots)
        raise Problem(404, f"There is no snapshot {name!r}{near}.")
    return name
