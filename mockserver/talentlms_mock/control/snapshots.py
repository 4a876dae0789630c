"""Named snapshots of a portal."""

from typing import Annotated, Any

from pydantic import Field

from talentlms_mock.control.operation import Body, operation
from talentlms_mock.control.problems import Problem
from talentlms_mock.control.responses import PortalState, SnapshotState, portal_state
from talentlms_mock.portal.contract.suggest import suggest
from talentlms_mock.portal.portal import Portal

_TAG = "Snapshots"
_SNAPSHOTS = "/portals/{domain}/snapshots"


class NewSnapshot(Body):
    """`journal` says whether restoring puts the journal back too."""

    name: Annotated[str, Field(min_length=1)]
    journal: bool = False


@operation(
    "GET",
    _SNAPSHOTS,
    "listSnapshots",
    tag=_TAG,
    summary="Every snapshot, oldest first",
    answer=list[SnapshotState],
    python=("Portal.snapshots", "Snapshot.as_data"),
)
def list_snapshots(portal: Portal) -> list[dict[str, Any]]:
    return [snapshot.as_data() for snapshot in portal.snapshots.values()]


@operation(
    "POST",
    _SNAPSHOTS,
    "takeSnapshot",
    tag=_TAG,
    summary="Remember everything that the portal is, in the place of an older one of the name",
    body=NewSnapshot,
    answer=SnapshotState,
    status=201,
    python=("Portal.snapshot", "Snapshots.keep"),
)
def take_snapshot(portal: Portal, body: NewSnapshot) -> dict[str, Any]:
    return portal.snapshot(body.name, journal=body.journal).as_data()


@operation(
    "POST",
    f"{_SNAPSHOTS}/{{name}}/restore",
    "restoreSnapshot",
    tag=_TAG,
    summary="Put the portal back to what it was",
    answer=PortalState,
    python=("Portal.restore", "Snapshot.restore"),
)
def restore_snapshot(portal: Portal, name: str) -> dict[str, Any]:
    _check(portal, name)
    portal.restore(name)
    return portal_state(portal)


@operation(
    "DELETE",
    f"{_SNAPSHOTS}/{{name}}",
    "dropSnapshot",
    tag=_TAG,
    summary="Forget a snapshot",
    python=("Snapshots.drop",),
)
def drop_snapshot(portal: Portal, name: str) -> None:
    _check(portal, name)
    portal.snapshots.drop(name)


def _check(portal: Portal, name: str) -> None:
    if name not in portal.snapshots:
        near = suggest(name, portal.snapshots)
        raise Problem(404, f"There is no snapshot {name!r}{near}.")
