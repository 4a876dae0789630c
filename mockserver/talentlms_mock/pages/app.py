"""The application of the portals' own pages, and which requests are theirs."""

from functools import cached_property

from starlette.types import ASGIApp, Receive, Scope, Send

from talentlms_mock.pages.settings import PagesSettings

FOLDERS = ("/index/", "/learner/", "/unit/", "/catalog/", "/certificates/", "/checkout/")
"""What the paths of the pages start with that the API hands out addresses of."""
_OTHERS = ("/index", "/favicon.ico")


class PagesApp:
    """The ASGI application of the pages.

    Args:
        settings: of the server.
        otherwise: answers what is no page: every request that does not ask for HTML, unless an
            address of its folder was handed out.
    """

    def __init__(self, settings: PagesSettings, otherwise: ASGIApp) -> None:
        self._settings = settings
        self._otherwise = otherwise

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self._pages if _is_page(scope) else self._otherwise
        await app(scope, receive, send)

    @cached_property
    def _pages(self) -> ASGIApp:
        # The templates would cost every start of a server; most never show a page.
        from talentlms_mock.pages.routes import application  # noqa: PLC0415

        return application(self._settings)


def _is_page(scope: Scope) -> bool:
    if scope["type"] != "http":
        return False
    path: str = scope["path"]
    if path in _OTHERS or path.startswith(FOLDERS):
        return True
    accept = dict(scope["headers"]).get(b"accept", b"")
    return scope["method"] in ("GET", "HEAD") and b"text/html" in accept
