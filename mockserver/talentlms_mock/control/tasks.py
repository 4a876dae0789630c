"""Moving the background tasks of a portal by hand."""

from starlette.requests import Request
from starlette.responses import Response

from talentlms_mock.control.parsing import portal_of
from talentlms_mock.control.resources import find
from talentlms_mock.control.responses import JsonResponse, TaskState
from talentlms_mock.control.route import route

_TAG = "Tasks"
_TASK = "/portals/{domain}/tasks/{task}"


@route(
    "POST",
    f"{_TASK}/advance",
    tag=_TAG,
    summary="Move a task one step, from pending to running to completed",
    response=TaskState,
    python=("Portal.advance_task",),
)
def advance_task(request: Request) -> Response:
    """Move a task by one step, whatever the portal's rule for tasks is."""
    portal = portal_of(request)
    task = find(portal.tasks, request.path_params["task"])
    return JsonResponse({"status": portal.advance_task(task)})


@route(
    "POST",
    f"{_TASK}/complete",
    tag=_TAG,
    summary="Complete a task",
    response=TaskState,
    python=("Portal.complete_task",),
)
def complete_task(request: Request) -> Response:
    """Do all items of a task now, and complete it."""
    portal = portal_of(request)
    portal.complete_task(find(portal.tasks, request.path_params["task"]))
    return JsonResponse({"status": "completed"})


@route(
    "POST",
    f"{_TASK}/fail",
    tag=_TAG,
    summary="Fail a task, of which nothing is done",
    response=TaskState,
    python=("Portal.fail_task",),
)
def fail_task(request: Request) -> Response:
    """End a task as failed; none of its items is done."""
    portal = portal_of(request)
    portal.fail_task(find(portal.tasks, request.path_params["task"]))
    return JsonResponse({"status": "failed"})
