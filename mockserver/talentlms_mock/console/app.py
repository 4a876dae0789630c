"""The application of the console, and how a browser gets there."""

from collections.abc import Callable
from functools import cached_property

from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.routing import Router
from starlette.types import ASGIApp, Receive, Scope, Send

from talentlms_mock.console import PREFIX
from talentlms_mock.control.host import PortalHost


class ConsoleApp:
    """The ASGI application of the console for the portals of `host`."""

    def __init__(self, host: PortalHost) -> None:
        self._host = host

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._router(scope, receive, send)

    @cached_property
    def _router(self) -> Router:
        # Its templates and forms would cost every start of a server; most never show a page.
        from talentlms_mock.console.routes import router  # noqa: PLC0415

        return router(self._host)


class BrowserEntry:
    """Leads a browser to the console from a path that is something else for programs.

    Args:
        otherwise: answers everybody else.
        names_a_portal: whether a host is that of a portal, where the path is the portal's own; by
            default it is never so.
    """

    def __init__(
        self, otherwise: ASGIApp, *, names_a_portal: Callable[[str], bool] = lambda host: False
    ) -> None:
        self._otherwise = otherwise
        self._names_a_portal = names_a_portal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = RedirectResponse(f"{PREFIX}/", 303) if self._is_for(scope) else self._otherwise
        await app(scope, receive, send)

    def _is_for(self, scope: Scope) -> bool:
        request = Request(scope)
        is_page = request.method == "GET" and "text/html" in request.headers.get("accept", "")
        return is_page and not self._names_a_portal(request.headers.get("host", ""))
