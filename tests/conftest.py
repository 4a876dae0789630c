"""What most tests use: one server for the run, and a portal of its own for each test."""

import os
import signal
import tempfile
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

# Before anything of the package asks where it keeps its authority and templates.
_data = tempfile.TemporaryDirectory(prefix="talentlms-mock-tests-")
os.environ["TALENTLMS_MOCK_DATA_DIR"] = _data.name

# A shell starts `make test &` so that SIGINT is ignored, and programs inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

import httpx  # noqa: E402
import pytest  # noqa: E402

from talentlms_mock import MockServer, Portal  # noqa: E402
from tests.conformance import responses  # noqa: E402
from tests.skips import pytest_sessionfinish, pytest_terminal_summary  # noqa: E402

__all__ = ["pytest_sessionfinish", "pytest_terminal_summary"]  # hooks

NOW = "2025-05-07T09:30:00+00:00"
"""Where the clock of an `empty` portal stands."""

NewPortal = Callable[..., Portal]
NewClient = Callable[[Portal], httpx.Client]

_numbers = count(1)


@pytest.fixture(scope="session")
def server() -> Iterator[MockServer]:
    with MockServer() as server:
        yield server


@pytest.fixture
def new_portal(server: MockServer) -> Iterator[NewPortal]:
    """Make portals that are gone at the end of the test."""
    made: list[Portal] = []

    def make(**options: Any) -> Portal:
        options.setdefault("domain", f"test{next(_numbers)}")
        options.setdefault("api_key", f"key-of-{options['domain']}")
        portal = server.create_portal(**options)
        made.append(portal)
        return portal

    yield make
    for portal in made:
        server.remove_portal(portal)


@pytest.fixture
def new_client() -> Iterator[NewClient]:
    """Make clients that send what the vendor asks for, and whose host name says the portal.

    Every answer that they get is held against our OpenAPI document, unless a fault made it.
    """
    made: list[httpx.Client] = []

    def make(portal: Portal) -> httpx.Client:
        def check(response: httpx.Response) -> None:
            if not portal.faults:
                response.read()
                responses.check(response)

        client = httpx.Client(
            event_hooks={"response": [check]},
            base_url=portal.base_url,
            headers={**portal.headers, "Host": portal.host},
            verify=portal.ssl_context(),
        )
        made.append(client)
        return client

    yield make
    for client in made:
        client.close()


@pytest.fixture
def portal(new_portal: NewPortal) -> Portal:
    """A portal of 50 users, with a clock that runs."""
    return new_portal()


@pytest.fixture
def client(portal: Portal, new_client: NewClient) -> httpx.Client:
    return new_client(portal)


@pytest.fixture
def empty(new_portal: NewPortal) -> Portal:
    """A portal with nothing in it, whose clock stands at NOW."""
    return new_portal(dataset="empty", clock=NOW)


@pytest.fixture
def api(empty: Portal, new_client: NewClient) -> httpx.Client:
    """A client of the empty portal."""
    client = new_client(empty)
    client.headers["X-API-Version"] = "2025-01-01"
    return client
