"""The connections of the clients that portals hand out: shared, and closed with the server."""

import gc
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest
import requests

from talentlms_mock import MockServer, Portal
from talentlms_mock.portal import clients

Address = tuple[str, int]


def _used(response: httpx.Response) -> Address:
    """Return the address of the connection that a response came by, on the client's side."""
    address: Address = response.extensions["network_stream"].get_extra_info("client_addr")
    return address


def _ask(portal: Portal, **options: Any) -> Address:
    with portal.httpx_client(**options) as client:
        response = client.get("/users")
        assert response.status_code == 200
        return _used(response)


def _ask_requests(portal: Portal) -> Address:
    with (
        portal.requests_session() as session,
        session.get("/users", stream=True, timeout=60) as response,
    ):
        connection: Any = response.raw.connection
        address: Address = connection.sock.getsockname()
        assert len(response.json()["_data"]) > 0
    return address


@pytest.mark.parametrize("ask", [_ask, _ask_requests])
def test_clients_of_a_servers_portals_share_a_connection(ask: Callable[[Portal], Address]) -> None:
    with MockServer() as server:
        one = server.create_portal(domain="one", users=2)
        other = server.create_portal(domain="other", users=2)
        assert ask(one) == ask(other) == ask(one)
        assert (len(one.requests), len(other.requests)) == (2, 1)


def test_a_server_has_connections_of_its_own() -> None:
    with MockServer() as first, MockServer() as second:
        assert _ask(first.create_portal(users=2)) != _ask(second.create_portal(users=2))


def test_a_client_that_is_used_after_another_is_closed(portal: Portal) -> None:
    first, second = portal.httpx_client(), portal.httpx_client()
    first.get("/users")
    first.close()
    assert second.get("/users").status_code == 200
    second.close()
    with pytest.raises(RuntimeError, match="closed"):
        first.get("/users")


def test_a_response_that_is_not_read_is_closed_with_its_client(portal: Portal) -> None:
    client = portal.httpx_client()
    portal.fault("GET", "/users", drip=100, times=1)
    unread = client.send(client.build_request("GET", "/users"), stream=True)
    used = _used(unread)
    assert _ask(portal) != used  # it is in use
    client.close()
    with pytest.raises(httpx.ReadError):
        unread.read()


@pytest.mark.parametrize(
    "options", [{"limits": httpx.Limits()}, {"http1": True}, {"trust_env": False}]
)
def test_options_of_connections_make_connections_of_their_own(
    options: dict[str, Any], portal: Portal
) -> None:
    assert _ask(portal, **options) != _ask(portal)
    assert _ask(portal, timeout=60) == _ask(portal)


def test_connections_end_with_the_server() -> None:
    with MockServer() as server:
        portal = server.create_portal(users=2)
        client, session = portal.httpx_client(), portal.requests_session()
        client.get("/users")
        session.get("/users", timeout=60)
    with pytest.raises(httpx.ConnectError):
        client.get("/users")
    with pytest.raises(requests.ConnectionError):
        session.get("/users", timeout=60)


def test_clients_of_what_shares_nothing_close_their_connections(portal: Portal) -> None:
    endpoint = cast(
        clients.Endpoint,
        SimpleNamespace(
            base_url=portal.base_url,
            headers=portal.headers,
            ca_file=portal.ca_file,
            connections=None,
            ssl_context=portal.ssl_context,
        ),
    )
    with clients.requests_session(endpoint) as session:
        response = session.get("/users", stream=True, timeout=60)
        connection: Any = response.raw.connection
        assert len(response.json()["_data"]) > 0
        assert connection.sock is not None
    del response  # which holds the pool that the connection is in
    gc.collect()
    assert connection.sock is None
    with clients.httpx_client(endpoint) as client:
        stream = client.get("/users").extensions["network_stream"]
    assert stream.get_extra_info("socket").fileno() == -1
