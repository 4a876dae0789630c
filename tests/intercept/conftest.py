"""A portal called acme, and nothing that leaves the machine, whatever a test does wrong."""

import socket
from collections.abc import Iterator

import pytest

from talentlms_mock import Portal, guard
from tests.conftest import NewPortal


def users_of(portal: Portal) -> str:
    """Return the address that clients have built in."""
    return f"https://{portal.host}/api/v2/users"


@pytest.fixture(autouse=True)
def nothing_escapes() -> Iterator[None]:
    with guard():
        yield


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def acme(new_portal: NewPortal) -> Portal:
    return new_portal(domain="acme", users=3)


@pytest.fixture
def dead_proxy(monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """Name a proxy in the environment that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        for name in ("HTTPS_PROXY", "HTTP_PROXY", "https_proxy", "http_proxy"):
            monkeypatch.setenv(name, address)
        yield listener
