"""Moving the background tasks of a portal by hand."""

from typing import Any

from talentlms_mock.control.operation import operation
from talentlms_mock.control.responses import Stepped
from talentlms_mock.control.things import one
from talentlms_mock.portal.portal import Portal

_TAG = "Tasks"
_TASK = "/portals/{domain}/tasks/{which}"


@operation(
    "POST",
    f"{_TASK}/advance",
    "advanceTask",
    tag=_TAG,
    summary="Move a task one step, from pending to running to completed",
    answer=Stepped,
    python=("Portal.advance_task",),
)
def advance(portal: Portal, which: str) -> dict[str, Any]:
    return {"status": portal.advance_task(one(portal.tasks, which))}


@operation(
    "POST",
    f"{_TASK}/complete",
    "completeTask",
    tag=_TAG,
    summary="Do all that a task is to do",
    answer=Stepped,
    python=("Portal.complete_task",),
)
def complete(portal: Portal, which: str) -> dict[str, Any]:
    portal.complete_task(one(portal.tasks, which))
    return {"status": "completed"}


@operation(
    "POST",
    f"{_TASK}/fail",
    "failTask",
    tag=_TAG,
    summary="End a task as failed, with nothing of it done",
    answer=Stepped,
    python=("Portal.fail_task",),
)
def fail(portal: Portal, which: str) -> dict[str, Any]:
    portal.fail_task(one(portal.tasks, which))
    return {"status": "failed"}
