"""The application of the control API."""

from functools import cached_property

from starlette.routing import BaseRoute, Router
from starlette.types import Receive, Scope, Send

from talentlms_mock.control.host import PortalHost


class ControlApp:
    """The ASGI application of the control API for the portals of `host`."""

    def __init__(self, host: PortalHost) -> None:
        self._host = host

    @property
    def routes(self) -> list[BaseRoute]:
        """What it answers to, as Starlette has it."""
        return self._router.routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._router(scope, receive, send)

    @cached_property
    def _router(self) -> Router:
        # Its models take a tenth of the mock's start, and most servers of tests never need them.
        from talentlms_mock.control.routes import router  # noqa: PLC0415

        return router(self._host)
