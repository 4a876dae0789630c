"""The control API as an application that the mock's own mounts, and whose portals it serves."""

from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Protocol

from starlette.routing import BaseRoute, Router
from starlette.types import Receive, Scope, Send

from talentlms_mock.control.access import Access
from talentlms_mock.portal.portal import Portal
from talentlms_mock.portal.portals import Portals


class PortalHost(Protocol):
    """Who has the portals, and makes and removes them: a `MockServer`."""

    @property
    def portals(self) -> Portals: ...

    @property
    def access(self) -> Access: ...

    def create_portal(
        self,
        *,
        domain: str | None = None,
        api_key: str | None = None,
        plan: str = ...,
        hourly_limit: int | None = None,
        burst_limit: int = ...,
        users: int | None = None,
        seed: int = ...,
        dataset: str = ...,
        quirks: Mapping[str, str] | None = None,
        tasks: str = ...,
        clock: str | datetime | None = None,
        scenario: str | None = None,
    ) -> Portal: ...

    def open_portal(
        self, file: Path, *, domain: str | None = None, api_key: str | None = None
    ) -> Portal: ...

    def remove_portal(self, portal: Portal) -> None: ...


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
