"""What the control API needs of the server whose portals it serves."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Protocol

from talentlms_mock.control.access import Access
from talentlms_mock.hosts import ServerAddress
from talentlms_mock.portal.portal import Portal
from talentlms_mock.portal.portals import Portals
from talentlms_mock.portal.state.settings import Plan, Preset, QuirkName, QuirkValue


class PortalHost(Protocol):
    """Who has the portals, and makes and removes them: a `MockServer`."""

    @property
    def portals(self) -> Portals: ...

    @property
    def access(self) -> Access: ...

    @property
    def address(self) -> ServerAddress: ...

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
        preset: Preset = ...,
        quirks: Mapping[QuirkName, QuirkValue] | None = None,
        tasks: str = ...,
        clock: str | datetime | None = None,
        scenario: str | None = None,
    ) -> Portal: ...

    def open_portal(
        self, file: Path, *, domain: str | None = None, api_key: str | None = None
    ) -> Portal: ...

    def remove_portal(self, portal: Portal) -> None: ...
