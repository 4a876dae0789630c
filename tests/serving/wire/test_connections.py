"""What parsers refuse, and what uvicorn makes of them, over raw sockets, with both parsers."""

import json
import socket
from collections.abc import Iterator
from itertools import count
from typing import Any, NamedTuple

import pytest

from talentlms_mock import MockServer, Portal
from talentlms_mock.serving.wire import connection_class

PARSERS = ("httptools", "h11")
SCHEMES = ("http", "https")
LIMIT = 60.0
"""Seconds within which a response comes, on any machine."""

_numbers = count(1)


class Reply(NamedTuple):
    """A response as it was received."""

    status: int
    headers: dict[str, str]
    json: Any


class Wire:
    """Sends raw bytes to a portal."""

    def __init__(self, server: MockServer, portal: Portal, scheme: str) -> None:
        self.server, self.portal, self.scheme = server, portal, scheme
        values = {"Host": portal.host, **portal.headers}
        self.head = "".join(f"{name}: {value}\r\n" for name, value in values.items())

    def connect(self) -> socket.socket:
        tls = self.scheme == "https"
        port = self.server.https_port if tls else self.server.http_port
        connection = socket.create_connection(("127.0.0.1", port), LIMIT)
        if not tls:
            return connection
        return self.portal.ssl_context().wrap_socket(connection, server_hostname=self.portal.host)

    def send(self, *parts: str | bytes) -> Reply:
        """Send a request in one or more parts, and return its response."""
        with self.connect() as connection:
            for part in parts:
                connection.sendall(part.encode() if isinstance(part, str) else part)
            return read_reply(connection)

    def ask(self, target: str, *, method: str = "GET", more: str = "", body: str = "") -> Reply:
        """Send a request with the portal's headers and `more` of them."""
        length = f"Content-Length: {len(body.encode())}\r\n" if body else ""
        return self.send(f"{method} {target} HTTP/1.1\r\n{self.head}{more}{length}\r\n{body}")


def read_reply(connection: socket.socket, *, has_body: bool = True) -> Reply:
    received = b""
    while b"\r\n\r\n" not in received:
        block = connection.recv(1)  # what follows is another response
        assert block, f"the connection ended after {received!r}"
        received += block
    head, body = received.removesuffix(b"\r\n\r\n"), b""
    first, *lines = head.decode().split("\r\n")
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
    while has_body and (missing := int(headers.get("content-length", 0)) - len(body)):
        block = connection.recv(missing)
        assert block, f"the connection ended after {body!r}"
        body += block
    return Reply(int(first.split()[1]), headers, json.loads(body) if body else None)


@pytest.fixture(scope="module", params=PARSERS)
def served(request: pytest.FixtureRequest) -> Iterator[MockServer]:
    class Server(MockServer):
        http_implementation = request.param

    with Server(allow_http=True) as server:
        server.create_portal(domain="other", dataset="empty")  # so that the host decides
        yield server


@pytest.fixture(params=SCHEMES)
def wire(served: MockServer, request: pytest.FixtureRequest) -> Iterator[Wire]:
    portal = served.create_portal(domain=f"wire{next(_numbers)}", dataset="empty")
    yield Wire(served, portal, request.param)
    served.remove_portal(portal)


def refused(wire: Wire, reply: Reply, status: int, message: str, method: str, target: str) -> None:
    """Assert that a request got the portal's error, and that the journal has it."""
    error = {"type": "invalid_request_error", "message": message}
    assert (reply.status, reply.json) == (status, {"error": error})
    assert reply.headers["content-type"] == "application/json"
    exchange = wire.portal.requests[-1]
    assert (exchange.method, exchange.target, exchange.status) == (method, target, status)
    assert exchange.reason


def test_raw_utf_8_in_a_query_is_what_it_stands_for(wire: Wire) -> None:
    wire.portal.add_user("zoe", name="Zoé")
    reply = wire.ask("/api/v2/users?filter[keyword][like]=Zoé")
    assert [user["login"] for user in reply.json["_data"]] == ["zoe"]
    assert wire.portal.requests[-1].target == "/api/v2/users?filter[keyword][like]=Zo%C3%A9"
    assert wire.portal.requests[-1].query == {"filter[keyword][like]": "Zoé"}


def test_raw_utf_8_may_arrive_in_pieces(wire: Wire) -> None:
    wire.portal.add_user("zoe", name="Zoé")
    request = f"GET /api/v2/users?filter[keyword][like]=Zoé HTTP/1.1\r\n{wire.head}\r\n".encode()
    with wire.connect() as connection:
        for number in range(len(request)):
            connection.sendall(request[number : number + 1])
        reply = read_reply(connection)
    assert [user["login"] for user in reply.json["_data"]] == ["zoe"]


def test_raw_utf_8_in_a_path_leads_nowhere(wire: Wire) -> None:
    reply = wire.ask("/api/v2/kurse/größe")
    refused(wire, reply, 404, "Not Found", "GET", "/api/v2/kurse/größe")


def test_raw_utf_8_in_a_header_is_kept(wire: Wire) -> None:
    assert wire.ask("/api/v2/users", more="X-Name: Zoé\r\n").status == 200
    assert wire.portal.requests[-1].headers["X-Name"].encode("latin-1").decode() == "Zoé"


def test_long_url_is_refused(wire: Wire) -> None:
    target = "/api/v2/users?filter[keyword][like]=" + "a" * 100_000
    reply = wire.ask(target)
    kept = wire.portal.requests[-1].target
    assert target.startswith(kept)
    assert len(kept) > 1000
    refused(wire, reply, 414, "URI Too Long", "GET", kept)


def test_url_within_the_limit_is_read(wire: Wire) -> None:
    assert wire.ask("/api/v2/users?filter[keyword][like]=" + "a" * 60_000).status == 200


def test_headers_within_the_limit_are_read(wire: Wire) -> None:
    assert wire.ask("/api/v2/users", more=f"X-A: {'a' * 60_000}\r\n").status == 200


@pytest.mark.parametrize(
    "headers",
    [f"X-A: {'a' * 70_000}\r\n", f"X-A: {'a' * 2**20}\r\n", "X-A: a\r\n" * 10_000],
    ids=["one", "one of 1 MiB", "many"],
)
def test_large_headers_are_refused(wire: Wire, headers: str) -> None:
    reply = wire.ask("/api/v2/users", more=headers)
    refused(wire, reply, 431, "Request Header Fields Too Large", "GET", "/api/v2/users")
    kept = sum(len(name) + len(value) for name, value in wire.portal.requests[-1].raw_headers)
    assert kept < 20_000


def test_headers_without_an_end_are_refused(wire: Wire) -> None:
    reply = wire.send(f"GET /api/v2/users HTTP/1.1\r\n{wire.head}", b"X-A: " + b"a" * 9 * 2**20)
    refused(wire, reply, 431, "Request Header Fields Too Large", "GET", "/api/v2/users")


@pytest.mark.parametrize("method", ["FOO", "PROPFIND", "M-SEARCH", "get"])
def test_method_that_the_api_has_not_is_405(wire: Wire, method: str) -> None:
    reply = wire.ask("/api/v2/users", method=method, body='{"login": "ada"}')
    refused(wire, reply, 405, "Method Not Allowed", method, "/api/v2/users")
    assert reply.headers["allow"] == "GET, POST"
    assert wire.portal.requests[-1].json == {"login": "ada"}


def test_connect_is_a_method_that_the_api_has_not(wire: Wire) -> None:
    reply = wire.ask(f"{wire.portal.host}:443", method="CONNECT")
    refused(wire, reply, 404, "Not Found", "CONNECT", f"{wire.portal.host}:443")


def test_connection_is_kept_after_an_unknown_method(wire: Wire) -> None:
    with wire.connect() as connection:
        for method, status in (("FOO", 405), ("GET", 200), ("BAR", 405), ("GET", 200)):
            connection.sendall(f"{method} /api/v2/users HTTP/1.1\r\n{wire.head}\r\n".encode())
            assert read_reply(connection).status == status


@pytest.mark.parametrize(
    ("line", "method", "target"),
    [
        ("GET /api/v2/users and more HTTP/1.1", "GET", "/api/v2/users%20and%20more"),
        ("GET /api/v2/users HTTP/1.x", "GET", "/api/v2/users"),
        ("GET /api/v2/users HTTQ/1.1", "GET", "/api/v2/users%20HTTQ/1.1"),
        ("G@T /api/v2/users HTTP/1.1", "-", ""),
        ("hello", "-", ""),
    ],
)
def test_bad_request_line_is_refused(wire: Wire, line: str, method: str, target: str) -> None:
    reply = wire.send(f"{line}\r\n{wire.head}\r\n")
    refused(wire, reply, 400, "Bad Request", method, target)


@pytest.mark.parametrize("header", ["Bad Name: x", "Content-Length: x", "no colon"])
def test_bad_header_is_refused(wire: Wire, header: str) -> None:
    reply = wire.ask("/api/v2/users", more=f"{header}\r\n")
    refused(wire, reply, 400, "Bad Request", "GET", "/api/v2/users")


def test_second_bad_request_of_a_connection_is_refused(wire: Wire) -> None:
    good = f"GET /api/v2/users HTTP/1.1\r\n{wire.head}\r\n"
    with wire.connect() as connection:
        connection.sendall(f"{good}{good[:-2]}no colon\r\n\r\n".encode())
        replies = [read_reply(connection), read_reply(connection)]
    assert [reply.status for reply in replies] == [200, 400]
    refused(wire, replies[1], 400, "Bad Request", "GET", "/api/v2/users")


def test_body_that_is_not_chunked_as_it_says_is_refused(wire: Wire) -> None:
    head = f"POST /api/v2/groups HTTP/1.1\r\n{wire.head}Transfer-Encoding: chunked\r\n\r\n"
    for parts in ([f"{head}zz\r\n"], [head, "zz\r\n"]):
        reply = wire.send(*parts)
        refused(wire, reply, 400, "Bad Request", "POST", "/api/v2/groups")
    assert "The body of the request is not HTTP/1.1" in wire.portal.requests[-1].reason


@pytest.mark.parametrize(
    "upgrade",
    [
        "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n",
        "Upgrade: TLS/1.2\r\nConnection: Upgrade\r\n",
        "Connection: keep-alive, upgrade\r\nupgrade: websocket\r\n",
    ],
    ids=["h2c", "TLS", "websocket"],
)
@pytest.mark.parametrize("whole", [True, False], ids=["at once", "in parts"])
def test_body_after_an_upgrade_header_is_read(wire: Wire, upgrade: str, whole: bool) -> None:
    body = '{"name": "Staff"}'
    kind = "Content-Type: application/json\r\n"
    head = f"POST /api/v2/groups HTTP/1.1\r\n{wire.head}{kind}{upgrade}Content-Length: 17\r\n\r\n"
    reply = wire.send(head + body) if whole else wire.send(head, body)
    assert (reply.status, reply.json["_data"]["name"]) == (200, "Staff")
    assert wire.portal.requests[-1].headers["Upgrade"] == upgrade.lower().split("upgrade: ")[
        1
    ].split("\r")[0].replace("tls", "TLS")


def test_requests_after_one_with_an_upgrade_header_are_read(wire: Wire) -> None:
    upgrade = "Upgrade: h2c\r\nConnection: Upgrade\r\n"
    request = f"GET /api/v2/users HTTP/1.1\r\n{wire.head}{upgrade}\r\n"
    chunked = (
        f"POST /api/v2/groups HTTP/1.1\r\n{wire.head}{upgrade}Content-Type: application/json\r\n"
        'Transfer-Encoding: chunked\r\n\r\n11\r\n{"name": "Staff"}\r\n0\r\n\r\n'
    )
    with wire.connect() as connection:
        connection.sendall((chunked + request + request).encode())
        assert [read_reply(connection).status for _ in range(3)] == [200, 200, 200]
    assert [item.method for item in wire.portal.requests] == ["POST", "GET", "GET"]


@pytest.mark.parametrize("whole", [True, False], ids=["at once", "in parts"])
def test_trailers_are_no_headers(wire: Wire, whole: bool) -> None:
    kind = "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n"
    head = f"POST /api/v2/groups HTTP/1.1\r\n{wire.head}{kind}\r\n"
    body, end = '11\r\n{"name": "Staff"}\r\n', "0\r\nX-API-Key: evil\r\nX-B: c\r\n\r\n"
    reply = wire.send(head + body + end) if whole else wire.send(head, body, end)
    assert (reply.status, reply.json["_data"]["name"]) == (200, "Staff")
    assert wire.portal.requests[-1].headers["X-API-Key"] == wire.portal.api_key
    assert "X-B" not in wire.portal.requests[-1].headers


def test_request_without_a_host_is_refused(wire: Wire) -> None:
    head = wire.head.partition("\r\n")[2]  # the key says the portal
    reply = wire.send(f"GET /api/v2/users HTTP/1.1\r\n{head}\r\n")
    refused(wire, reply, 400, "Bad Request", "GET", "/api/v2/users")


def test_request_with_two_hosts_is_refused(wire: Wire) -> None:
    reply = wire.ask("/api/v2/users", more=f"Host: {wire.portal.host}\r\n")
    refused(wire, reply, 400, "Bad Request", "GET", "/api/v2/users")


def test_http_1_0_needs_no_host_and_links_have_the_portals(wire: Wire) -> None:
    wire.portal.add_user("ada")
    head = wire.head.partition("\r\n")[2]
    reply = wire.send(f"GET /api/v2/users HTTP/1.0\r\n{head}\r\n")
    assert reply.status == 200
    address = f"{wire.scheme}://{wire.portal.host}"
    assert reply.json["_links"]["self"].startswith(f"{address}/api/v2/users")


def test_dot_at_the_end_of_a_host_changes_nothing(wire: Wire) -> None:
    for host in (f"{wire.portal.host}.", f"{wire.portal.host}.:443", wire.portal.host.upper()):
        head = wire.head.replace(f"Host: {wire.portal.host}", f"Host: {host}")
        assert wire.send(f"GET /api/v2/users HTTP/1.1\r\n{head}\r\n").status == 200


def test_head_gets_no_body_with_an_error(wire: Wire) -> None:
    with wire.connect() as connection:
        connection.sendall(f"HEAD /api/v2/users HTTP/1.1\r\n{wire.head}no colon\r\n\r\n".encode())
        reply = read_reply(connection, has_body=False)
        assert (reply.status, reply.headers["connection"]) == (400, "close")
        assert connection.recv(1) == b""


@pytest.mark.parametrize("wire", ["http"], indirect=True)  # TLS has no half to end
def test_client_that_ends_its_side_gets_its_error(wire: Wire) -> None:
    with wire.connect() as connection:
        connection.sendall(f"GET /api/v2/users HTTP/9\r\n{wire.head}\r\n".encode())
        connection.shutdown(socket.SHUT_WR)
        assert read_reply(connection).status == 400
        assert connection.recv(1) == b""


def test_refused_client_may_finish_sending(wire: Wire) -> None:
    with wire.connect() as connection:
        connection.sendall(f"GET /api/v2/users HTTP/9\r\n{wire.head}\r\n".encode())
        assert read_reply(connection).status == 400
        for _ in range(20):
            connection.sendall(b"a" * 65_536)


def test_refused_client_that_stays_is_disconnected(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("talentlms_mock.serving.wire.refusal.IDLE_SECONDS", 0.05)
    with wire.connect() as connection:
        connection.sendall(f"GET /api/v2/users HTTP/9\r\n{wire.head}\r\n".encode())
        assert read_reply(connection).status == 400
        assert connection.recv(1) == b""


def control_refused(reply: Reply, status: int, start: str) -> None:
    assert reply.status == status
    assert list(reply.json) == ["error"]
    assert reply.json["error"]["message"].startswith(start)
    assert reply.json["error"]["at"] is None


def test_control_api_has_its_own_errors(served: MockServer) -> None:
    portal = next(iter(served.portals))
    wire = Wire(served, portal, "http")
    wire.head = "Host: localhost\r\n"
    health = "/__mock__/health"
    control_refused(wire.ask(health, more="no colon\r\n"), 400, "The request is not HTTP/1.1")
    control_refused(wire.ask(f"{health}?a={'a' * 70_000}"), 414, "The URL of the request is")
    control_refused(wire.ask(health, more=f"X-A: {'a' * 70_000}\r\n"), 431, "The headers of the")
    control_refused(wire.ask(health, more="Host: localhost\r\n"), 400, "")
    control_refused(wire.ask(health, method="FOO"), 405, "The path /__mock__/health has no FOO")
    control_refused(wire.ask("/__mock__/portals/größe"), 404, "This server has no portal 'größe'")
    wire.head = ""
    control_refused(wire.ask(health), 400, "")


def test_control_api_reads_the_body_that_was_declared(wire: Wire) -> None:
    users = f"/__mock__/portals/{wire.portal.domain}/users"
    wire.head = "Host: localhost\r\n"
    upgrade = "Upgrade: h2c\r\nConnection: Upgrade\r\n"
    reply = wire.ask(users, method="POST", more=upgrade, body='{"login": "ada"}')
    assert (reply.status, reply.json["login"]) == (201, "ada")
    head = f"POST {users} HTTP/1.1\r\n{wire.head}Transfer-Encoding: chunked\r\n\r\n"
    control_refused(wire.send(head, "zz\r\n"), 400, "The body of the request is not HTTP/1.1")
    assert [user.login for user in wire.portal.users] == ["ada"]


def test_parser_is_httptools_where_it_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert connection_class("auto") is connection_class("httptools")
    assert connection_class("auto") is not connection_class("h11")
    monkeypatch.setattr("talentlms_mock.serving.wire.find_spec", lambda name: None)
    assert connection_class("auto") is connection_class("h11")
