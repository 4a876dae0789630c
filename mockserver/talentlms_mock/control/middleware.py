"""What stands around the routes of the control API: who may use them, and responses to errors."""

import logging
from collections.abc import Collection
from urllib.parse import quote

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from talentlms_mock.asgi.refused import refused_of
from talentlms_mock.control.host import PortalHost
from talentlms_mock.control.problems import ASSERTION_FAILED, Problem, of_refusal
from talentlms_mock.control.responses import JsonResponse
from talentlms_mock.errors import MockError

log = logging.getLogger("talentlms_mock")

_INTERNAL = "An error inside the mock; its log has it."
_CLIENT_CLOSED = 499

SAFE_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
"""Of every response: they keep a browser from storing it, or guessing its type."""


class PathAsSent:
    """Lets the routes see the path as it was sent, without slashes at its end.

    There an escaped slash is a part of a name, which it is not in the decoded path.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        sent: bytes | None = scope.get("raw_path")
        path = quote(scope["path"]) if sent is None else sent.decode("latin-1")
        await self._app({**scope, "path": path.rstrip("/")}, receive, send)


class CheckAccess:
    """Refuses a client that may not use the control API, whatever the path.

    Args:
        app: what follows, which finds `host` in the state of the request.
        host: has the portals, and says who may use the control API.
        public: methods and paths of the requests that need no token.
    """

    def __init__(self, app: ASGIApp, host: PortalHost, public: Collection[tuple[str, str]]) -> None:
        self._app = app
        self._host = host
        self._public = public

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refused = refused_of(scope)
        if refused is not None:
            raise Problem(refused.status, refused.reason)
        is_public = (scope["method"], scope["path"]) in self._public
        self._host.access.check(scope["headers"], scope["scheme"], is_public=is_public)
        scope.setdefault("state", {})["portal_host"] = self._host
        await self._app(scope, receive, send)


async def error_response(request: Request, error: Exception) -> Response:
    """Return the response to an error of an endpoint, of a middleware, or of the routing."""
    if isinstance(error, ClientDisconnect):
        return Response(status_code=_CLIENT_CLOSED)  # nobody receives it
    problem = error if isinstance(error, Problem) else _problem_of(request, error)
    return JsonResponse(problem.as_data(), problem.status, problem.headers)


def _problem_of(request: Request, error: Exception) -> Problem:
    if isinstance(error, MockError):
        return of_refusal(error)
    if isinstance(error, AssertionError):
        return Problem(ASSERTION_FAILED, str(error))
    path = request.scope["path"]
    log.error("%s %s failed inside the mock", request.method, path, exc_info=error)
    return Problem(500, _INTERNAL)
