"""What stands around the pages of the console: who may see them, and what a browser may do there.

It comes before the routing, and both look at the decoded path.
"""

from starlette.types import ASGIApp, Receive, Scope, Send

from talentlms_mock.console import PREFIX
from talentlms_mock.control.host import PortalHost

SIGN_IN = "/sign-in"
"""The path of the page that asks for the token."""
STATIC = "/static/"
"""What the paths of the stylesheet and the scripts start with."""

_POLICY = (
    "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    "object-src 'none'"
)
HEADERS = {
    "Content-Security-Policy": _POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",  # no-referrer would hide the origin of a form too
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""Of every response: they keep scripts, frames and other sites out of a page."""
DEFAULT_HEADERS = {"Cache-Control": "no-store"}
"""Of a response that says nothing else: files may be stored."""


class Gate:
    """Refuses whoever may not use the console, whatever the path.

    Args:
        app: what follows, which finds `host` in the state of the request.
        host: has the portals, and says who may use the console.
    """

    def __init__(self, app: ASGIApp, host: PortalHost) -> None:
        self._app = app
        self._host = host

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"].removeprefix(PREFIX)
        is_public = path == SIGN_IN or path.startswith(STATIC)
        self._host.access.check_page(
            scope["headers"], scope["scheme"], scope["method"], is_public=is_public
        )
        scope.setdefault("state", {})["portal_host"] = self._host
        await self._app(scope, receive, send)
