"""The control API as an application beside that of the vendor's API.

What takes time to import is imported when the first request for it comes: most servers of tests
never get one.
"""

from collections.abc import Mapping
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Protocol

from talentlms_mock.asgi.call import Receive, Scope, Send
from talentlms_mock.control.access import Access
from talentlms_mock.portal.portal import Portal
from talentlms_mock.portal.portals import Portals
from talentlms_mock.portal.state.settings import Plan, QuirkName, QuirkValue


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
        plan: Plan = ...,
        hourly_limit: int | None = None,
        burst_limit: int = ...,
        users: int | None = None,
        seed: int = ...,
        dataset: str = ...,
        quirks: Mapping[QuirkName, QuirkValue] | None = None,
        tasks: str = ...,
        clock: str | datetime | None = None,
        scenario: str | None = None,
    ) -> Portal: ...

    def open_portal(
        self, file: Path, *, domain: str | None = None, api_key: str | None = None
    ) -> Portal: ...

    def remove_portal(self, portal: Portal) -> None: ...


class Control:
    """The ASGI application of the control API for the portals of `host`."""

    def __init__(self, host: PortalHost) -> None:
        self._keeper = host

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        answer = import_module("talentlms_mock.control.adapter").answer
        await answer(self._keeper, scope, receive, send)
