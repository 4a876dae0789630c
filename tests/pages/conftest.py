"""A portal with a learner and a course, and a browser that asks for its pages in this process."""

import asyncio
from collections.abc import Callable, Iterator

import httpx
import pytest
from starlette.applications import Starlette

from talentlms_mock import Portal, create_app
from talentlms_mock.portal.portals import Portals
from talentlms_mock.portal.state.settings import Settings
from tests.conftest import NOW

Visitor = Callable[..., httpx.Client]


class InProcess(httpx.BaseTransport):
    """Asks an application in this process, each time in an event loop of its own."""

    def __init__(self, app: Starlette) -> None:
        self._transport = httpx.ASGITransport(app)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        async def respond() -> httpx.Response:
            response = await self._transport.handle_async_request(request)
            body = await response.aread()
            return httpx.Response(response.status_code, headers=response.headers, content=body)

        return asyncio.run(respond())


def make_portal(domain: str) -> Portal:
    return Portal(Settings(domain=domain, api_key=f"key-of-{domain}"), dataset="empty", clock=NOW)


@pytest.fixture
def portals() -> Iterator[Portals]:
    portals = Portals()
    yield portals
    portals.close()


@pytest.fixture
def acme(portals: Portals) -> Portal:
    """A portal with Ada, who is in the course Safety of two units and a certificate."""
    portal = make_portal("acme")
    portals.add(portal)
    portal.add_user("ada.lovelace")
    portal.add_course("Safety", units=["Reading", "More"], certification="Safe")
    portal.enroll("ada.lovelace", "Safety")
    return portal


@pytest.fixture
def app(portals: Portals) -> Starlette:
    return create_app(portals)


@pytest.fixture
def visitor(app: Starlette) -> Visitor:
    """Make browsers, by the origin that they ask by; they follow no redirect."""

    def make(origin: str, cookies: dict[str, str] | None = None) -> httpx.Client:
        accept = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
        return httpx.Client(
            transport=InProcess(app), base_url=origin, headers=accept, cookies=cookies
        )

    return make


@pytest.fixture
def browser(acme: Portal, visitor: Visitor) -> httpx.Client:
    """A browser that asks by the portal's own host name."""
    return visitor(f"https://{acme.host}")
