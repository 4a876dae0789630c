"""Which server answers for a name, and what happens where none does."""

import asyncio
import http.client
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

import aiodns
import pytest
import requests
import uvloop

from talentlms_mock import HostUnanswered, MockError, MockServer, Portal
from talentlms_mock.intercept.routes import ROUTES
from talentlms_mock.portal.state.settings import Settings
from tests.intercept.conftest import users_of

_TIME_LIMIT = 10


def _get(host: str, *, port: int = 443, key: str = "any") -> int:
    """Ask for the users of a name over a new connection."""
    connection = http.client.HTTPSConnection(host, port, timeout=_TIME_LIMIT)
    with closing(connection):
        headers = {"X-API-Key": key, "X-API-Version": "2025-01-01", "Accept": "application/json"}
        connection.request("GET", "/api/v2/users", headers=headers)
        return connection.getresponse().status


@pytest.fixture
def two() -> Iterator[tuple[MockServer, MockServer]]:
    with MockServer() as first, MockServer() as second:
        first.create_portal(domain="one", api_key="first", users=1)
        first.create_portal(domain="both", api_key="both-first", users=1)
        second.create_portal(domain="two", api_key="second", users=1)
        second.create_portal(domain="both", api_key="both-second", users=1)
        yield first, second


def test_of_two_servers_the_latest_that_has_the_portal_answers(
    two: tuple[MockServer, MockServer],
) -> None:
    first, second = two
    with first.intercept():
        with second.intercept():
            assert _get("one.talentlms.com", key="first") == 200
            assert _get("two.talentlms.com", key="second") == 200
            assert _get("both.talentlms.com", key="both-second") == 200
            assert _get("both.talentlms.com", key="both-first") == 401
            assert _get("nobody.talentlms.com") == 403
        assert _get("both.talentlms.com", key="both-first") == 200
        assert _get("two.talentlms.com", key="second") == 403


def test_the_host_of_a_branch_leads_to_the_server_of_its_portal(
    two: tuple[MockServer, MockServer],
) -> None:
    first, second = two
    one = first.portals.of_domain("one")
    assert one is not None
    one.add_branch("sales")
    with first.intercept(), second.intercept():
        assert _get("sales-one.talentlms.com", key="first") == 200
        assert _get("sales-two.talentlms.com", key="second") == 403


def test_one_server_may_intercept_again_inside(acme: Portal) -> None:
    with acme.intercept():
        with acme.intercept():
            assert _get(acme.host, key=acme.api_key) == 200
        assert _get(acme.host, key=acme.api_key) == 200


def test_a_server_that_has_stopped_answers_no_more() -> None:
    server = MockServer()
    server.start()
    with server.intercept():
        server.stop()
        with pytest.raises(HostUnanswered) as refused:
            _get("acme.talentlms.com")

    assert str(refused.value).endswith(": the server that intercepted it has stopped.")


def test_a_server_that_has_stopped_leaves_it_to_the_one_before(acme: Portal) -> None:
    other = MockServer()
    other.start()
    with acme.intercept(), other.intercept():
        other.stop()
        assert _get(acme.host, key=acme.api_key) == 200


def test_a_portal_that_is_removed_is_answered_as_the_vendor_does() -> None:
    with MockServer() as server:
        portal = server.create_portal(domain="acme", users=1)
        with portal.intercept():
            server.remove_portal(portal)
            assert _get("acme.talentlms.com") == 403


def test_a_portal_that_is_on_no_server_cannot_intercept() -> None:
    portal = Portal(Settings(domain="acme", api_key="key"))
    with closing(portal), pytest.raises(MockError) as refused:
        portal.intercept()
    assert str(refused.value) == "The portal 'acme' is on no running server."


@pytest.mark.parametrize(
    "name", ["ACME.TalentLMS.com", "acme.talentlms.com.", b"acme.talentlms.com"], ids=repr
)
def test_a_name_is_known_however_it_is_written(acme: Portal, name: Any) -> None:
    with acme.intercept(), socket.create_connection((name, 80), _TIME_LIMIT) as plain:
        assert plain.getpeername()[0] == "127.0.0.1"


@pytest.mark.parametrize("name", ["talentlms.com", "nottalentlms.com", "acme.talentlms.com.test"])
def test_other_names_are_left_alone(acme: Portal, name: str) -> None:
    with acme.intercept():
        assert ROUTES.vendor_name(name) is None
        assert ROUTES.vendor_name(acme.host) == acme.host


def test_ports_that_the_vendor_does_not_have_are_refused(acme: Portal) -> None:
    with acme.intercept(), pytest.raises(HostUnanswered) as refused:
        _get("acme.talentlms.com", port=8443)

    assert str(refused.value).endswith(": the mock answers on ports 443 and 80 of it, not on 8443.")


def test_only_tcp_is_spoken(acme: Portal) -> None:
    with acme.intercept():
        with pytest.raises(HostUnanswered, match="the mock supports only TCP"):
            socket.getaddrinfo(acme.host, 443, type=socket.SOCK_DGRAM)
        with (
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams,
            pytest.raises(HostUnanswered, match="the mock supports only TCP"),
        ):
            datagrams.connect((acme.host, 443))


def test_the_address_of_a_name_is_the_same_the_next_time_and_leads_nowhere_in_between(
    acme: Portal,
) -> None:
    with acme.intercept():
        address = (socket.gethostbyname(acme.host), 443)
    with pytest.raises(HostUnanswered, match=r"answers for acme\.talentlms\.com"):
        socket.create_connection(address, _TIME_LIMIT)
    with acme.intercept(), socket.create_connection(address, _TIME_LIMIT) as connection:
        assert connection.getpeername()[0] == "127.0.0.1"
    assert socket.inet_aton(address[0])[0] in range(224, 240)  # multicast: no TCP goes there


def test_each_name_has_an_address_of_its_own(acme: Portal) -> None:
    with acme.intercept():
        assert socket.gethostbyname("a.talentlms.com") != socket.gethostbyname("b.talentlms.com")
        assert socket.gethostbyname("a.talentlms.com") == socket.gethostbyname("A.talentlms.com")


def _answers(connection: socket.socket, portal: Portal) -> bool:
    connection.settimeout(_TIME_LIMIT)
    context = ssl.create_default_context()
    with context.wrap_socket(connection, server_hostname=portal.host) as secure:
        secure.sendall(f"GET / HTTP/1.1\r\nHost: {portal.host}\r\n\r\n".encode())
        return secure.recv(12) == b"HTTP/1.1 404"


@contextmanager
def _socket(family: int = socket.AF_INET) -> Iterator[socket.socket]:
    with socket.socket(family, socket.SOCK_STREAM) as connection:
        connection.settimeout(_TIME_LIMIT)
        yield connection


def test_a_socket_that_connects_by_name_is_led_there(acme: Portal) -> None:
    with acme.intercept(), _socket() as connection:
        connection.connect((acme.host, 443))
        assert _answers(connection, acme)


def test_connect_ex_is_led_there(acme: Portal) -> None:
    with acme.intercept(), _socket() as connection:
        assert connection.connect_ex((acme.host, 443)) == 0
        assert _answers(connection, acme)


def test_the_older_ways_to_resolve_are_led_there(acme: Portal) -> None:
    with acme.intercept():
        name, aliases, addresses = socket.gethostbyname_ex(acme.host)
        assert (name, aliases) == (acme.host, [])
        assert addresses == [socket.gethostbyname(acme.host)]
        assert socket.gethostbyname("127.0.0.1") == "127.0.0.1"
        assert socket.gethostbyname_ex("127.0.0.1")[2] == ["127.0.0.1"]
        with _socket() as connection:
            connection.connect((addresses[0], 443))
            assert _answers(connection, acme)


def test_getaddrinfo_gives_what_was_asked_for(acme: Portal) -> None:
    with acme.intercept():
        ((family, kind, protocol, canonical, address),) = socket.getaddrinfo(
            acme.host, "https", flags=socket.AI_CANONNAME
        )
        assert (family, kind, protocol) == (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        assert (canonical, address[1]) == (acme.host, 443)
        with pytest.raises(socket.gaierror) as refused:
            socket.getaddrinfo(acme.host, 443, flags=socket.AI_NUMERICHOST)
        assert refused.value.errno == socket.EAI_NONAME


def _has_ipv6() -> bool:
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


needs_ipv6 = pytest.mark.skipif(not _has_ipv6(), reason="this machine has no IPv6")


@needs_ipv6
def test_an_ipv6_socket_is_led_to_a_server_on_ipv4(acme: Portal) -> None:
    with acme.intercept():
        ((family, *_, address),) = socket.getaddrinfo(acme.host, 443, socket.AF_INET6)
        assert family == socket.AF_INET6
        with _socket(socket.AF_INET6) as connection:
            connection.connect(address)
            assert _answers(connection, acme)


@needs_ipv6
def test_a_server_on_ipv6_is_reached() -> None:
    with MockServer(host="::1") as server:
        portal = server.create_portal(domain="acme", users=1)
        with portal.intercept():
            assert _get(portal.host, key=portal.api_key) == 200
            answer = requests.get(users_of(portal), headers=portal.headers, timeout=_TIME_LIMIT)
            assert answer.status_code == 200


def test_a_unix_socket_is_left_alone(acme: Portal, tmp_path: Any) -> None:
    path = str(tmp_path / "socket")
    with acme.intercept(), socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen()
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(path)


@pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_event_loops_resolve_other_names_as_ever(
    acme: Portal, server: MockServer, loop: Callable[[], asyncio.AbstractEventLoop]
) -> None:
    async def call() -> tuple[str, int]:
        _, writer = await asyncio.open_connection("localhost", server.http_port)
        address: tuple[str, int] = writer.get_extra_info("peername")[:2]
        writer.close()
        await writer.wait_closed()
        return address

    with acme.intercept(), asyncio.Runner(loop_factory=loop) as runner:
        assert runner.run(call()) == ("127.0.0.1", server.http_port)


def test_aiodns_resolves_other_names_as_ever(acme: Portal) -> None:
    async def call() -> list[bytes]:
        async with aiodns.DNSResolver() as resolver:
            found = await resolver.getaddrinfo("192.0.2.1", family=socket.AF_INET)
            return [node.addr[0] for node in found.nodes]

    with acme.intercept():
        assert asyncio.run(call()) == [b"192.0.2.1"]
