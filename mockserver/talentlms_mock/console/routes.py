"""The pages of the console, and how one is found.

All but the way of a request through the gate is in `PAGES`: a GET shows a page, a POST is a form.
"""

import logging

from starlette.middleware import Middleware
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route, Router
from starlette.types import Receive, Scope, Send

from talentlms_mock.asgi.response_headers import ResponseHeaders
from talentlms_mock.console import (
    PREFIX,
    acting,
    api,
    clock,
    data,
    faults,
    live,
    outbox,
    portals,
    requests,
    snapshots,
    verification,
)
from talentlms_mock.console.forms import Endpoint
from talentlms_mock.console.gate import DEFAULT_HEADERS, HEADERS, Gate
from talentlms_mock.console.rendering import page
from talentlms_mock.control.access import SignInNeeded
from talentlms_mock.control.host import PortalHost
from talentlms_mock.control.problems import Problem, of_refusal
from talentlms_mock.errors import MockError

log = logging.getLogger("talentlms_mock")

_ONE = "/portals/{domain}"
_CLIENT_CLOSED = 499

PAGES: tuple[tuple[str, str, Endpoint], ...] = (
    ("GET", "/", portals.list_portals),
    ("GET", "/events", live.all_events),
    ("GET", "/static/{name}", portals.get_static),
    ("GET", "/sign-in", portals.show_sign_in),
    ("POST", "/sign-in", portals.sign_in),
    ("POST", "/create", portals.create),
    ("POST", "/open", portals.open_saved),
    ("GET", _ONE, portals.get_portal),
    ("GET", f"{_ONE}/portal.sqlite", portals.save),
    ("GET", f"{_ONE}/events", live.events),
    ("POST", f"{_ONE}/reset", portals.reset),
    ("POST", f"{_ONE}/remove", portals.remove),
    ("GET", f"{_ONE}/requests", requests.list_requests),
    ("GET", f"{_ONE}/requests.har", requests.get_archive),
    ("GET", f"{_ONE}/requests/compare", requests.compare),  # else it were a number
    ("GET", f"{_ONE}/requests/{{number}}", requests.get_request),
    ("POST", f"{_ONE}/requests/clear", requests.clear),
    ("GET", f"{_ONE}/data", data.index),
    ("GET", f"{_ONE}/data/{{collection}}", data.list_records),
    ("GET", f"{_ONE}/data/{{collection}}/new", data.new),  # else it were an id
    ("POST", f"{_ONE}/data/{{collection}}/add", data.add),
    ("GET", f"{_ONE}/data/{{collection}}/{{id}}", data.get_record),
    ("POST", f"{_ONE}/data/{{collection}}/{{id}}/change", data.change),
    ("POST", f"{_ONE}/data/{{collection}}/{{id}}/archive", data.archive),
    ("GET", f"{_ONE}/data/users/{{id}}/act", acting.get),
    ("POST", f"{_ONE}/data/users/{{id}}/act/{{action}}", acting.act),
    ("POST", f"{_ONE}/tasks/{{id}}", data.move_task),
    ("POST", f"{_ONE}/restore", data.restore),
    ("GET", f"{_ONE}/faults", faults.get),
    ("POST", f"{_ONE}/faults/add", faults.add),
    ("POST", f"{_ONE}/faults/remove", faults.remove),
    ("POST", f"{_ONE}/faults/scenario", faults.apply),
    ("POST", f"{_ONE}/faults/change", faults.change),
    ("POST", f"{_ONE}/faults/key", faults.change_key),
    ("GET", f"{_ONE}/clock", clock.get),
    ("POST", f"{_ONE}/clock/{{how}}", clock.move),
    ("POST", f"{_ONE}/limits/{{how}}", clock.limit),
    ("GET", f"{_ONE}/outbox", outbox.get),
    ("GET", f"{_ONE}/api", api.index),
    ("GET", f"{_ONE}/api/{{operation}}", api.get),
    ("POST", f"{_ONE}/api/{{operation}}/send", api.send_form),
    ("POST", f"{_ONE}/api/verify", verification.compare),
    ("GET", f"{_ONE}/openapi.json", api.get_document),
    ("GET", f"{_ONE}/control-openapi.json", api.get_control_document),
    ("GET", f"{_ONE}/snapshots", snapshots.get),
    ("POST", f"{_ONE}/snapshots/take", snapshots.take),
    ("POST", f"{_ONE}/snapshots/restore", snapshots.restore),
    ("POST", f"{_ONE}/snapshots/delete", snapshots.drop),
    ("GET", f"{_ONE}/snapshots/compare", snapshots.compare),
)
"""What the console answers to, below its prefix: method, path, and who answers."""


def router(host: PortalHost) -> Router:
    """Return the application of the console for the portals of `host`."""
    handlers = {404: _failed, 405: _failed, Exception: _failed}
    return Router(
        [Route(path, endpoint, methods=[method]) for method, path, endpoint in PAGES],
        redirect_slashes=False,
        default=_unknown_path,
        middleware=[
            Middleware(ResponseHeaders, HEADERS, DEFAULT_HEADERS),
            Middleware(ExceptionMiddleware, handlers=handlers),
            Middleware(Gate, host=host),
        ],
    )


async def _unknown_path(scope: Scope, receive: Receive, send: Send) -> None:
    raise Problem(404, "The console has no such page.")


async def _failed(request: Request, error: Exception) -> Response:
    """Return the page that says what went wrong, or the one that asks for the token."""
    if isinstance(error, ClientDisconnect):
        return Response(status_code=_CLIENT_CLOSED)  # nobody receives it
    problem = _problem_of(request, error)
    if isinstance(error, SignInNeeded):
        query = f"?{request.url.query}" if request.url.query else ""
        return portals.sign_in_page(request, problem, request.url.path[len(PREFIX) :] + query)
    response = page(request, "problem.html", problem=problem)
    response.headers.update(problem.headers or {})
    return response


def _problem_of(request: Request, error: Exception) -> Problem:
    if isinstance(error, Problem):
        return error
    if isinstance(error, MockError):
        return of_refusal(error)
    path = request.url.path
    if getattr(error, "status_code", None) == 405:
        return Problem(405, f"The page has no form of the method {request.method}.")
    log.error("%s %s failed inside the mock", request.method, path, exc_info=error)
    return Problem(500, "An error inside the mock; its log has it.")
