"""Faults on real sockets: plain and TLS, both HTTP parsers of uvicorn, both event loops."""

import http.client
import json
import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import Any

import httpx
import pytest

from talentlms_mock import MockServer, Portal
from talentlms_mock.api import sending
from talentlms_mock.portal.journal.journal import Exchange

LIMIT = 10.0
"""Seconds for what is certain to come."""
PATIENCE = 0.3
"""Seconds that a client waits for what never comes."""

SCHEMES = pytest.mark.parametrize("scheme", ["http", "https"])
_numbers = count(1)


@dataclass
class Mock:
    """A server, and what it told of every exchange once that was over."""

    server: MockServer
    told: "queue.Queue[Exchange]"

    def new_portal(self, **options: Any) -> Portal:
        name = f"faulty{next(_numbers)}"
        return self.server.create_portal(domain=name, api_key=f"key-of-{name}", **options)

    def url(self, scheme: str) -> str:
        port = self.server.http_port if scheme == "http" else self.server.https_port
        return f"{scheme}://127.0.0.1:{port}/api/v2"

    def over(self, portal: Portal) -> Exchange:
        """Return the next exchange of the portal that is over."""
        while True:
            exchange = self.told.get(timeout=LIMIT)
            if any(exchange is kept for kept in portal.journal):
                return exchange


@pytest.fixture(scope="module", params=["httptools", "h11", "httptools on asyncio"])
def running(request: pytest.FixtureRequest) -> Iterator[Mock]:
    parser, _, loop = request.param.partition(" on ")
    told: queue.Queue[Exchange] = queue.Queue()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(MockServer, "http_implementation", parser)
        if loop:
            patch.setattr("uvicorn.Config.get_loop_factory", lambda config: None)
        with MockServer(allow_http=True, on_exchange=told.put) as server:
            yield Mock(server, told)


@pytest.fixture
def mock(running: Mock, caplog: pytest.LogCaptureFixture) -> Iterator[Mock]:
    """The server, which must not take any fault for a mistake of its own."""
    yield running
    for portal in running.server.portals:
        running.server.remove_portal(portal)
    assert errors_of(running.server._thread, caplog) == []


def errors_of(thread: threading.Thread | None, caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return the errors that the thread of a server has logged; other servers run besides it."""
    assert thread is not None
    return [
        record.getMessage()
        for record in caplog.records
        if (record.levelname, record.thread) == ("ERROR", thread.ident)
    ]


@pytest.fixture
def portal(mock: Mock) -> Portal:
    return mock.new_portal(users=20)


@contextmanager
def by_httpx(mock: Mock, portal: Portal, scheme: str) -> Iterator[httpx.Client]:
    with httpx.Client(
        base_url=mock.url(scheme),
        headers=portal.headers,
        verify=portal.ssl_context(),
        timeout=httpx.Timeout(LIMIT, read=LIMIT),
    ) as client:
        yield client


@contextmanager
def by_http_client(
    portal: Portal, scheme: str, mock: Mock, timeout: float = LIMIT
) -> Iterator[http.client.HTTPConnection]:
    connection = (
        http.client.HTTPConnection("127.0.0.1", mock.server.http_port, timeout=timeout)
        if scheme == "http"
        else http.client.HTTPSConnection(
            "127.0.0.1", mock.server.https_port, timeout=timeout, context=portal.ssl_context()
        )
    )
    with closing(connection):
        yield connection


def ask(
    connection: http.client.HTTPConnection, portal: Portal
) -> tuple[int, http.client.HTTPMessage, bytes]:
    connection.request("GET", "/api/v2/users", headers=portal.headers)
    answer = connection.getresponse()
    return answer.status, answer.headers, answer.read()


def eventually(condition: Callable[[], bool]) -> None:
    """Wait until what is certain to happen has happened."""
    deadline = time.monotonic() + LIMIT
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def has_fired(portal: Portal) -> bool:
    return portal.faults[0].fired == 1


# A client on Python 3.11 takes an RST within TLS for the end of the connection.
RESET_BY_HTTPX: dict[str, set[type[Exception]]] = {
    "http": {httpx.ReadError},
    "https": {httpx.ReadError, httpx.RemoteProtocolError},
}
RESET_BY_HTTP_CLIENT: dict[str, set[type[Exception]]] = {
    "http": {ConnectionResetError},
    "https": {ConnectionResetError, http.client.RemoteDisconnected},
}


@SCHEMES
def test_a_reset(mock: Mock, portal: Portal, scheme: str) -> None:
    portal.fault("GET", "/users", reset=True)

    with by_httpx(mock, portal, scheme) as client, pytest.raises(httpx.TransportError) as seen:
        client.get("/users")
    assert seen.type in RESET_BY_HTTPX[scheme]
    with by_http_client(portal, scheme, mock) as connection, pytest.raises(OSError) as refused:
        ask(connection, portal)
    assert refused.type in RESET_BY_HTTP_CLIENT[scheme]
    assert [(it.status, it.reason, it.faults) for it in portal.journal] == [
        (0, "fault 1: GET /users -> reset", (1,))
    ] * 2


def send_raw(mock: Mock, portal: Portal, scheme: str) -> socket.socket:
    """Send a request, and return the socket beneath."""
    port = mock.server.http_port if scheme == "http" else mock.server.https_port
    raw: socket.socket = socket.create_connection(("127.0.0.1", port), timeout=LIMIT)
    if scheme == "https":
        raw = portal.ssl_context().wrap_socket(raw, server_hostname="127.0.0.1")
    lines = ["GET /api/v2/users HTTP/1.1", f"Host: 127.0.0.1:{port}"]
    lines += [f"{name}: {value}" for name, value in portal.headers.items()]
    raw.sendall("\r\n".join([*lines, "", ""]).encode())
    return raw


def test_a_reset_is_one_on_the_wire(mock: Mock, portal: Portal) -> None:
    portal.fault(reset=True)
    with closing(send_raw(mock, portal, "http")) as raw, pytest.raises(ConnectionResetError):
        raw.recv(100)


def test_an_empty_answer_is_none_on_the_wire(mock: Mock, portal: Portal) -> None:
    portal.fault(empty=True)
    with closing(send_raw(mock, portal, "http")) as raw:
        assert raw.recv(100) == b""


@SCHEMES
def test_an_empty_answer(mock: Mock, portal: Portal, scheme: str) -> None:
    portal.fault("GET", "/users", empty=True)

    with by_httpx(mock, portal, scheme) as client, pytest.raises(httpx.RemoteProtocolError) as seen:
        client.get("/users")
    assert str(seen.value) == "Server disconnected without sending a response."
    with (
        by_http_client(portal, scheme, mock) as connection,
        pytest.raises(http.client.RemoteDisconnected),
    ):
        ask(connection, portal)
    assert [(it.status, it.reason) for it in portal.journal] == [
        (0, "fault 1: GET /users -> empty")
    ] * 2


@SCHEMES
def test_a_timeout(mock: Mock, portal: Portal, scheme: str) -> None:
    portal.fault("GET", "/users", timeout=True)

    with by_httpx(mock, portal, scheme) as client, pytest.raises(httpx.ReadTimeout):
        client.get("/users", timeout=httpx.Timeout(LIMIT, read=PATIENCE))
    assert (mock.over(portal).status, len(portal.journal)) == (0, 1)
    with (
        by_http_client(portal, scheme, mock, timeout=PATIENCE) as connection,
        pytest.raises(TimeoutError),
    ):
        ask(connection, portal)
    over = mock.over(portal)
    assert (over.status, over.reason) == (0, "fault 1: GET /users -> timeout")
    assert over.duration > PATIENCE / 2


@SCHEMES
@pytest.mark.parametrize(("asked", "arrives"), [(0, 0), (100, 100), (10**6, -1)])
def test_a_truncated_answer(
    mock: Mock, portal: Portal, scheme: str, asked: int, arrives: int
) -> None:
    with by_httpx(mock, portal, scheme) as client:
        whole = len(client.get("/users").content)
    portal.fault("GET", "/users", truncate_at=asked)
    received = arrives % whole  # of a body that is shorter, one byte is missing

    with by_httpx(mock, portal, scheme) as client, pytest.raises(httpx.RemoteProtocolError) as seen:
        client.get("/users")
    assert f"(received {received} bytes, expected {whole})" in str(seen.value)
    with (
        by_http_client(portal, scheme, mock) as connection,
        pytest.raises(http.client.IncompleteRead) as cut,
    ):
        ask(connection, portal)
    assert (len(cut.value.partial), cut.value.expected) == (received, whole - received)
    assert list(portal.journal)[-1].status == 200


@SCHEMES
def test_a_drip(mock: Mock, portal: Portal, scheme: str) -> None:
    portal.fault("GET", "/users", status=200, body="x" * 60, drip=250)

    with (
        by_httpx(mock, portal, scheme) as client,
        client.stream("GET", "/users") as answer,
    ):
        assert b"".join(answer.iter_raw()) == b"x" * 60
    assert mock.over(portal).duration > 0.1
    with by_http_client(portal, scheme, mock) as connection:
        assert ask(connection, portal)[2] == b"x" * 60


@SCHEMES
def test_a_drip_comes_little_by_little(mock: Mock, portal: Portal, scheme: str) -> None:
    portal.fault("GET", "/users", status=200, body="x" * 1000, drip=50)

    with by_http_client(portal, scheme, mock) as connection:
        connection.request("GET", "/api/v2/users", headers=portal.headers)
        answer = connection.getresponse()
        assert answer.headers["content-length"] == "1000"
        assert 0 < len(answer.read1()) < 1000
    assert mock.over(portal).reason.endswith("; the client gave up")


@SCHEMES
def test_a_latency(mock: Mock, portal: Portal, scheme: str) -> None:
    portal.fault("GET", "/users", latency=(0.05, 0.1))

    with by_httpx(mock, portal, scheme) as client:
        assert client.get("/users").status_code == 200
    assert mock.over(portal).duration > 0.04
    with by_http_client(portal, scheme, mock) as connection:
        assert ask(connection, portal)[0] == 200
    over = mock.over(portal)
    assert (over.duration > 0.04, over.reason) == (
        True,
        "fault 1: GET /users -> after 0.05 to 0.1 s",
    )


@SCHEMES
def test_malformed_json(mock: Mock, portal: Portal, scheme: str) -> None:
    portal.fault("GET", "/users", malformed_json=True)

    with by_httpx(mock, portal, scheme) as client:
        answer = client.get("/users")
        assert answer.status_code == 200
        with pytest.raises(json.JSONDecodeError):
            answer.json()
    with by_http_client(portal, scheme, mock) as connection:
        status, headers, body = ask(connection, portal)
    assert (status, headers["content-type"]) == (200, "application/json")
    with pytest.raises(json.JSONDecodeError):
        json.loads(body)


@SCHEMES
def test_a_wrong_content_type(mock: Mock, portal: Portal, scheme: str) -> None:
    portal.fault("GET", "/users", wrong_content_type=True)

    with by_httpx(mock, portal, scheme) as client:
        answer = client.get("/users")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert len(answer.json()["_data"]) == 10
    with by_http_client(portal, scheme, mock) as connection:
        status, headers, body = ask(connection, portal)
    assert (status, headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert len(json.loads(body)["_data"]) == 10


@SCHEMES
def test_a_status(mock: Mock, portal: Portal, scheme: str) -> None:
    portal.fault("GET", "/users", status=503)
    expected = {"error": {"type": "api_error", "message": "Service Unavailable."}}

    with by_httpx(mock, portal, scheme) as client:
        answer = client.get("/users")
    assert (answer.status_code, answer.json()) == (503, expected)
    with by_http_client(portal, scheme, mock) as connection:
        status, _, body = ask(connection, portal)
    assert (status, json.loads(body)) == (503, expected)


@SCHEMES
def test_schema_drift(mock: Mock, portal: Portal, scheme: str) -> None:
    portal.fault(
        "GET", "/users", drop_field="email", null_field="name", rename_field={"login": "username"}
    )

    def check(document: Any) -> None:
        for user in document["_data"]:
            assert "email" not in user
            assert user["name"] is None
            assert list(user)[1] == "username"
        assert len(document["_data"]) == 10

    with by_httpx(mock, portal, scheme) as client:
        check(client.get("/users").json())
    with by_http_client(portal, scheme, mock) as connection:
        check(json.loads(ask(connection, portal)[2]))


@SCHEMES
def test_a_connection_is_kept_where_the_fault_allows_it(
    mock: Mock, portal: Portal, scheme: str
) -> None:
    portal.fault("GET", "/users", status=503, drip=10**6, times=1)
    with by_http_client(portal, scheme, mock) as connection:
        assert ask(connection, portal)[0] == 503
        before = connection.sock
        assert ask(connection, portal)[0] == 200
        assert connection.sock is before


@SCHEMES
def test_a_client_that_gives_up_in_between_is_told_of(
    mock: Mock, portal: Portal, scheme: str
) -> None:
    waiting = portal.fault("GET", "/users", latency=1000)
    with closing(send_raw(mock, portal, scheme)) as raw:
        raw.settimeout(PATIENCE)
        with pytest.raises(TimeoutError):
            raw.recv(1)
    over = mock.over(portal)
    assert (over.status, over.reason) == (
        0,
        "fault 1: GET /users -> after 1000 s; the client gave up",
    )

    waiting.remove()
    portal.fault("GET", "/users", drip=10)
    with closing(send_raw(mock, portal, scheme)) as raw:
        assert raw.recv(5).startswith(b"HTTP/")
    over = mock.over(portal)
    assert (over.status, over.reason) == (
        200,
        "fault 2: GET /users -> drip of 10 bytes a second; the client gave up",
    )


@SCHEMES
@pytest.mark.parametrize("lost", ["reset", "empty", "timeout"])
def test_a_client_that_gives_up_before_its_answer_is_lost_disturbs_nobody(
    mock: Mock, portal: Portal, scheme: str, lost: str
) -> None:
    portal.fault(latency=1000, times=1)
    portal.fault("GET", "/users", sequence=[lost])
    with closing(send_raw(mock, portal, scheme)):
        eventually(partial(has_fired, portal))
    over = mock.over(portal)
    assert (over.status, over.faults) == (0, (2, 1))
    assert over.reason.endswith("; the client gave up")


def test_a_client_that_leaves_before_its_request_is_there_is_told_of(
    mock: Mock, portal: Portal
) -> None:
    with closing(
        socket.create_connection(("127.0.0.1", mock.server.http_port), timeout=LIMIT)
    ) as raw:
        lines = ["POST /api/v2/users HTTP/1.1", "Host: 127.0.0.1", "Content-Length: 100"]
        lines += [f"{name}: {value}" for name, value in portal.headers.items()]
        raw.sendall("\r\n".join([*lines, "", "{"]).encode())
    over = mock.over(portal)
    assert (over.status, over.reason) == (
        0,
        "the client went away before its request had arrived",
    )


@SCHEMES
def test_a_fault_holds_up_nobody_else(mock: Mock, portal: Portal, scheme: str) -> None:
    other = mock.new_portal(users=1)
    portal.fault("GET", "/users", timeout=True)
    with closing(send_raw(mock, portal, scheme)):
        eventually(lambda: len(portal.journal) == 1)
        with by_httpx(mock, portal, scheme) as client:
            assert client.get("/statistics").status_code == 200
        with by_httpx(mock, other, scheme) as client:
            assert client.get("/users").status_code == 200
        assert (mock.over(portal).reason, mock.over(other).reason) == ("", "")
    assert mock.over(portal).reason == "fault 1: GET /users -> timeout"


def test_a_client_that_never_says_goodbye_is_cut_off(
    mock: Mock, portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "_CLOSE_LIMIT", 0.05)
    portal.fault(empty=True)
    with closing(send_raw(mock, portal, "https")):
        assert mock.over(portal).status == 0


@pytest.mark.parametrize("parser", ["httptools", "h11"])
@pytest.mark.parametrize("loop", ["auto", "asyncio"])
def test_stopping_waits_for_no_fault(
    parser: str, loop: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(MockServer, "http_implementation", parser)
    if loop == "asyncio":
        monkeypatch.setattr("uvicorn.Config.get_loop_factory", lambda config: None)
    server = MockServer(allow_http=True)
    server.start()
    sockets = []
    for scheme in ("http", "https"):
        for options in ({"timeout": True}, {"latency": 1000}, {"drip": 1}):
            mock = Mock(server, queue.Queue())
            portal = mock.new_portal(users=20)
            portal.fault(**options)
            sockets.append(send_raw(mock, portal, scheme))
            eventually(partial(has_fired, portal))
    thread = server._thread
    server.stop()  # raises when it takes longer than STOP_LIMIT
    for raw in sockets:
        raw.close()
    assert errors_of(thread, caplog) == []


def test_the_portal_is_answered_after_a_commit_that_was_lost(mock: Mock, portal: Portal) -> None:
    portal.fault("POST", "/users", empty=True, after_commit=True)
    body = {
        "name": "Ada",
        "surname": "Lovelace",
        "login": "ada",
        "email": "ada@example.com",
        "password": "Passw0rd",
    }
    with by_httpx(mock, portal, "https") as client:
        with pytest.raises(httpx.RemoteProtocolError):
            client.post("/users", json=body)
        found = client.get("/users", params={"filter[login][eq]": "ada"}).json()["_data"]
    assert [user["email"] for user in found] == ["ada@example.com"]


def test_tls_is_what_it_says(mock: Mock, portal: Portal) -> None:
    with closing(send_raw(mock, portal, "https")) as raw:
        assert isinstance(raw, ssl.SSLSocket)
        assert raw.recv(12) == b"HTTP/1.1 200"
