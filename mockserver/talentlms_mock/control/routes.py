"""The routes of the control API, and how one is found.

The first that matches a request answers it.
"""

from starlette.middleware import Middleware
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Router
from starlette.types import Receive, Scope, Send

from talentlms_mock.asgi.response_headers import ResponseHeaders
from talentlms_mock.control import (
    PREFIX,
    archive,
    clock,
    faults,
    learners,
    mock,
    portals,
    rate_limit,
    requests,
    resources,
    snapshots,
    tasks,
)
from talentlms_mock.control.host import PortalHost
from talentlms_mock.control.middleware import SAFE_HEADERS, CheckAccess, PathAsSent, error_response
from talentlms_mock.control.problems import Problem
from talentlms_mock.control.route import ControlRoute
from talentlms_mock.portal.contract.suggest import suggest

ROUTES: list[ControlRoute] = [
    mock.health,
    mock.list_operations,
    mock.get_document,
    mock.get_api_document,
    mock.get_authority,
    portals.list_portals,
    portals.create_portal,
    portals.open_portal,
    portals.get_portal,
    portals.change_portal,
    portals.delete_portal,
    portals.rotate_key,
    portals.revoke_key,
    portals.reset_portal,
    portals.save_portal,
    portals.get_dataset,
    portals.list_messages,
    requests.list_requests,
    requests.clear_requests,
    requests.stream_requests,  # else it were a request of the number "events"
    requests.get_request,
    requests.find_requests,
    requests.assert_requested,
    requests.assert_not_requested,
    requests.assert_order,
    requests.assert_no_warnings,
    requests.assert_no_writes,
    requests.list_warnings,
    requests.wait_for_request,
    faults.list_faults,
    faults.add_fault,
    faults.clear_faults,
    faults.get_fault,
    faults.remove_fault,
    faults.list_scenarios,
    faults.apply_scenario,
    clock.get_clock,
    clock.list_upcoming,
    clock.freeze_clock,
    clock.travel_clock,
    clock.advance_clock,
    clock.simulate_days,
    clock.tick_clock,
    clock.reset_clock,
    rate_limit.get_rate_limit,
    rate_limit.change_rate_limit,
    rate_limit.exhaust_rate_limit,
    rate_limit.refill_rate_limit,
    snapshots.list_snapshots,
    snapshots.take_snapshot,
    snapshots.restore_snapshot,
    snapshots.compare_snapshots,
    snapshots.delete_snapshot,
    *(route for resource in resources.RESOURCES for route in resource.routes),
    resources.get_attendees_of_unit_session,
    archive.get_archived_user,
    archive.get_archived_course,
    archive.archive_user,
    archive.restore_user,
    archive.archive_course,
    archive.restore_course,
    learners.log_in,
    learners.log_out,
    learners.open_course,
    learners.open_unit,
    learners.complete_unit,
    learners.fail_unit,
    learners.answer_questions,
    learners.grade_test,
    learners.submit_assignment,
    learners.grade_assignment,
    learners.book_session,
    learners.attend_session,
    learners.complete_course,
    learners.fail_course,
    learners.expire_enrollment,
    learners.join_group,
    tasks.advance_task,
    tasks.complete_task,
    tasks.fail_task,
]
"""What the control API answers to, below `/__mock__`."""

_LONGEST = 200
_PUBLIC = frozenset((each.method, PREFIX + each.path) for each in ROUTES if each.public)


def router(host: PortalHost) -> Router:
    """Return the application that answers for the portals of `host`."""
    handlers = {405: _wrong_method, Exception: error_response}
    return Router(
        ROUTES,
        redirect_slashes=False,  # a redirected POST loses its body
        default=_unknown_path,
        middleware=[
            Middleware(PathAsSent),
            Middleware(ResponseHeaders, SAFE_HEADERS),
            Middleware(ExceptionMiddleware, handlers=handlers),
            Middleware(CheckAccess, host=host, public=_PUBLIC),
        ],
    )


async def _unknown_path(scope: Scope, receive: Receive, send: Send) -> None:
    path = scope["path"][:_LONGEST]
    templates = {route.path for route in ROUTES}
    near = suggest(path.removeprefix(PREFIX), templates, most=0)
    raise Problem(404, f"The control API has no path {path}{near}.")


async def _wrong_method(request: Request, error: Exception) -> Response:
    allowed = [route.method for route in ROUTES if route.matches(request.scope)[0] is Match.PARTIAL]
    methods, path = ", ".join(allowed), request.scope["path"][:_LONGEST]
    problem = Problem(
        405, f"The path {path} has no {request.method}, but {methods}.", headers={"Allow": methods}
    )
    return await error_response(request, problem)
