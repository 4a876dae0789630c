"""The console of the server that all tests share, without a browser."""

from collections.abc import Callable, Iterator

import httpx
import pytest

from talentlms_mock import MockServer, Portal
from talentlms_mock.console import PREFIX
from tests.console.pages import Page

Open = Callable[..., Page]


@pytest.fixture
def browser(server: MockServer) -> Iterator[httpx.Client]:
    """A client of the console that follows redirects, as a browser does."""
    with httpx.Client(
        base_url=f"http://127.0.0.1:{server.http_port}{PREFIX}", follow_redirects=True, timeout=20
    ) as client:
        yield client


@pytest.fixture
def visit(browser: httpx.Client) -> Open:
    """Open a page of the console."""

    def open_page(path: str, /, **query: str) -> Page:
        return Page(browser, browser.get(path, params=query))

    return open_page


@pytest.fixture
def see(visit: Open, empty: Portal) -> Open:
    """Open a page of the empty portal."""

    def open_page(path: str = "", /, **query: str) -> Page:
        return visit(f"/portals/{empty.domain}{path}", **query)

    return open_page
