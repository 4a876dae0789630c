"""The proxy: it leads the vendor's names to the mock as if it were not there; others it refuses."""

import asyncio
import http.client
import logging
import shutil
import socket
import ssl
import struct
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, suppress
from typing import Any

import httpx
import pytest

from talentlms_mock import MockServer, Portal, SetupError
from talentlms_mock.portal.journal.journal import Exchange
from talentlms_mock.serving.ports import Ports
from talentlms_mock.serving.proxy import ProxyRefusal
from tests.leftovers import Leftovers

HOST = "acme.talentlms.com"
ELSEWHERE = (
    "The mock's proxy serves only *.talentlms.com, not {}: add that to NO_PROXY to reach it."
)
CONNECT = f"CONNECT {HOST}:443 HTTP/1.1\r\nHost: {HOST}:443\r\n\r\n".encode()
HEALTH = f"GET /api/v2/health HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode()
ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"

_TIME_LIMIT = 10


@pytest.fixture(params=["auto", "asyncio"])
def loop(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "asyncio":
        monkeypatch.setattr("uvicorn.Config.get_loop_factory", lambda config: None)


@pytest.fixture
def refusals() -> list[ProxyRefusal]:
    return []


@pytest.fixture
def mock(loop: None, refusals: list[ProxyRefusal]) -> Iterator[MockServer]:
    with MockServer(proxy_port=0, on_refusal=refusals.append) as server:
        server.create_portal(domain="acme", users=3)
        yield server


@pytest.fixture
def sockets() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def _client(server: MockServer) -> httpx.Client:
    (portal,) = server.portals
    return httpx.Client(
        proxy=f"http://127.0.0.1:{server.proxy_port}",
        verify=server.ssl_context(),
        headers=portal.headers,
        trust_env=False,
        timeout=_TIME_LIMIT,
    )


def _connect(server: MockServer) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.proxy_port), timeout=_TIME_LIMIT)


def _until_eof(connection: socket.socket) -> bytes:
    received = b""
    while data := connection.recv(65_536):
        received += data
    return received


def _ask(server: MockServer, request: bytes) -> bytes:
    with _connect(server) as connection:
        connection.sendall(request)
        return _until_eof(connection)


def _tunnel(server: MockServer) -> ssl.SSLSocket:
    connection = _connect(server)
    connection.sendall(CONNECT)
    assert _exactly(connection, len(ESTABLISHED)) == ESTABLISHED
    return server.ssl_context().wrap_socket(connection, server_hostname=HOST)


def _exactly(connection: socket.socket, count: int) -> bytes:
    received = b""
    while len(received) < count:
        data = connection.recv(count - len(received))
        assert data, received
        received += data
    return received


def _until(
    step: Callable[[], Any],
    connection: socket.socket,
    incoming: ssl.MemoryBIO,
    outgoing: ssl.MemoryBIO,
) -> Any:
    """Take a step of TLS, sending and receiving what it needs."""
    while True:
        try:
            result = step()
        except ssl.SSLWantReadError:
            connection.sendall(outgoing.read())
            incoming.write(connection.recv(65_536))
        else:
            connection.sendall(outgoing.read())
            return result


def test_it_leads_port_443_to_the_api(mock: MockServer) -> None:
    (portal,) = mock.portals
    with _client(mock) as client:
        answers = [client.get(f"https://{HOST}/api/v2/users/{id}") for id in (1, 2, 999)]

    assert [answer.status_code for answer in answers] == [200, 200, 404]
    assert answers[1].json()["_data"]["id"] == 2
    _wait_for(lambda: len(portal.journal) == 3)


def test_links_carry_the_host_that_the_client_named(mock: MockServer) -> None:
    with _client(mock) as client:
        page = client.get(f"https://{HOST}/api/v2/users").json()

    assert page["_links"]["self"].startswith(f"https://{HOST}/api/v2/users?")


def test_portal_that_does_not_exist_gets_the_vendors_403(mock: MockServer) -> None:
    with _client(mock) as client:
        answer = client.get("https://nobody.talentlms.com/api/v2/users")

    assert answer.status_code == 403
    assert answer.json()["error"]["message"] == (
        "API is not enabled for the specified domain or the domain is currently inactive."
    )


@pytest.mark.parametrize("tunnel", [True, False])
def test_it_leads_port_80_to_the_error_about_https(mock: MockServer, tunnel: bool) -> None:
    if tunnel:
        connection = http.client.HTTPConnection("127.0.0.1", mock.proxy_port, _TIME_LIMIT)
        with closing(connection):
            connection.set_tunnel(HOST, 80)
            connection.request("GET", "/api/v2/users")
            answer = connection.getresponse()
            status, body = answer.status, answer.read().decode()
    else:
        with _client(mock) as client:
            found = client.get(f"http://{HOST}/api/v2/users")
            status, body = found.status_code, found.text

    assert status == 400
    assert "The API is available over HTTPS only." in body


def test_what_follows_a_connect_to_port_80_at_once_is_not_lost(mock: MockServer) -> None:
    request = f"GET /api/v2/health HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n"
    answer = _ask(mock, f"CONNECT {HOST}:80 HTTP/1.1\r\nHost: x\r\n\r\n{request}".encode())

    assert answer.startswith(ESTABLISHED + b"HTTP/1.1 400 ")


@pytest.mark.parametrize("cut", [0, 1, 50])
def test_handshake_may_begin_before_the_proxy_has_answered(mock: MockServer, cut: int) -> None:
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    secure = mock.ssl_context().wrap_bio(incoming, outgoing, server_hostname=HOST)
    with suppress(ssl.SSLWantReadError):
        secure.do_handshake()
    hello = outgoing.read()
    with _connect(mock) as connection:
        connection.sendall(CONNECT + hello[: len(hello) - cut])
        connection.sendall(hello[len(hello) - cut :])
        assert _exactly(connection, len(ESTABLISHED)) == ESTABLISHED

        _until(secure.do_handshake, connection, incoming, outgoing)
        secure.write(HEALTH)
        answer = _until(lambda: secure.read(12), connection, incoming, outgoing)
    assert answer == b"HTTP/1.1 200"


def test_request_sent_with_the_end_of_the_handshake_is_not_lost(mock: MockServer) -> None:
    # The end of the handshake and the request leave in one packet: they are decrypted at once.
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    secure = mock.ssl_context().wrap_bio(incoming, outgoing, server_hostname=HOST)
    with _connect(mock) as connection:
        connection.sendall(CONNECT)
        assert _exactly(connection, len(ESTABLISHED)) == ESTABLISHED
        with pytest.raises(ssl.SSLWantReadError):
            secure.do_handshake()
        connection.sendall(outgoing.read())
        while not outgoing.pending:
            incoming.write(connection.recv(65_536))
            with suppress(ssl.SSLWantReadError):
                secure.do_handshake()
        secure.write(HEALTH)
        answer = _until(lambda: secure.read(12), connection, incoming, outgoing)
    assert answer == b"HTTP/1.1 200"


def _only_exchange(portal: Portal) -> Exchange:
    _wait_for(lambda: len(portal.journal) > 0)  # it is kept after the answer was sent
    (exchange,) = portal.journal
    return exchange


def test_absolute_url_over_https_is_served_as_https(mock: MockServer) -> None:
    # What axios before version 1.13 and others make of an HTTPS_PROXY.
    (portal,) = mock.portals
    answer = _ask(
        mock,
        f"GET https://{HOST.upper()}/api/v2/users?page[size]=1 HTTP/1.1\r\nHost: other\r\n"
        f"X-API-Key: {portal.api_key}\r\nX-API-Version: 2025-01-01\r\n"
        "Proxy-Connection: keep-alive\r\nConnection: keep-alive\r\n\r\n".encode(),
    )

    assert answer.startswith(b"HTTP/1.1 200 ")
    exchange = _only_exchange(portal)
    assert exchange.target == "/api/v2/users?page[size]=1"
    assert (b"host", HOST.encode()) in exchange.raw_headers
    assert not [name for name, _ in exchange.raw_headers if name.startswith(b"proxy-")]


def test_absolute_url_takes_its_body_along(mock: MockServer) -> None:
    (portal,) = mock.portals
    body = b'{"user_id": 1, "course_id": 1}'
    head = (
        f"POST https://{HOST}/api/v2/enrollments HTTP/1.1\r\nHost: {HOST}\r\n"
        f"X-API-Key: {portal.api_key}\r\nX-API-Version: 2025-01-01\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    with _connect(mock) as connection:
        connection.sendall(head.encode() + body[:10])
        connection.sendall(body[10:])
        _until_eof(connection)

    exchange = _only_exchange(portal)
    assert exchange.body == body


def test_absolute_url_leads_once(mock: MockServer, refusals: list[ProxyRefusal]) -> None:
    ask = "GET http://{} HTTP/1.1\r\nHost: x\r\n\r\n"
    answer = _ask(mock, (ask.format(f"{HOST}/") + ask.format("example.com/")).encode())

    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.count(b"HTTP/1.1 ") == 1
    assert not refusals


def test_other_hosts_are_refused_without_being_looked_up(
    mock: MockServer, refusals: list[ProxyRefusal], monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_up = []
    original = socket.getaddrinfo

    def getaddrinfo(*arguments: Any, **options: Any) -> Any:
        looked_up.append(arguments[0])
        return original(*arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    with _client(mock) as client:
        with pytest.raises(httpx.ProxyError, match=r"^403"):
            client.get("https://example.com/")
        plain = client.get("http://example.com/path")

    reason = ELSEWHERE.format("example.com")
    assert (plain.status_code, plain.text) == (403, f"{reason}\n")
    assert refusals == [
        ProxyRefusal("CONNECT example.com:443", 403, reason),
        ProxyRefusal("GET http://example.com/path", 403, reason),
    ]
    assert "example.com" not in looked_up


@pytest.mark.parametrize(
    ("request_line", "status", "reason"),
    [
        (
            f"CONNECT {HOST}:8443",
            403,
            f"The mock's proxy serves only ports 443 and 80 of {HOST}, not 8443.",
        ),
        ("CONNECT talentlms.com:443", 403, ELSEWHERE.format("talentlms.com")),
        (
            "CONNECT acme.talentlms.com.example:443",
            403,
            ELSEWHERE.format("acme.talentlms.com.example"),
        ),
        ("CONNECT xtalentlms.com:443", 403, ELSEWHERE.format("xtalentlms.com")),
        ("CONNECT 127.0.0.1:443", 403, ELSEWHERE.format("127.0.0.1")),
        ("CONNECT [::1]:443", 403, ELSEWHERE.format("[::1]")),
        (
            f"CONNECT {HOST}",
            400,
            "A CONNECT must name a host and a port, like acme.talentlms.com:443.",
        ),
        (f"GET http://{HOST}:443/", 400, f"Port 443 of {HOST} does not speak http."),
        (f"GET http://{HOST}:port/", 400, "The proxy cannot read the URL of the request."),
        (
            "GET /api/v2/users",
            400,
            "This is the mock's proxy, which accepts CONNECT and absolute URLs: set it as "
            "HTTPS_PROXY, as `talentlms-mock env` does.",
        ),
    ],
)
def test_refusal_is_one_clear_line(
    mock: MockServer, refusals: list[ProxyRefusal], request_line: str, status: int, reason: str
) -> None:
    answer = _ask(mock, f"{request_line} HTTP/1.1\r\nHost: x\r\n\r\n".encode())

    head, _, body = answer.decode().partition("\r\n\r\n")
    assert head.startswith(f"HTTP/1.1 {status} ")
    assert f"\r\nContent-Length: {len(body)}\r\n" in head
    assert body == f"{reason}\n"
    assert refusals == [ProxyRefusal(request_line, status, reason)]


def test_head_is_refused_without_a_body(mock: MockServer) -> None:
    answer = _ask(mock, b"HEAD http://example.com/ HTTP/1.1\r\nHost: x\r\n\r\n")

    assert answer.startswith(b"HTTP/1.1 403 ")
    assert answer.endswith(b"\r\n\r\n")


@pytest.mark.parametrize(
    ("sent", "status", "said"),
    [
        (b"nonsense\r\n\r\n", 400, "cannot read the request"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n", 400, "http://, not https://"),
        (b"GET http://a/ HTTP/1.1\r\nX: " + b"x" * 70_000, 431, "headers of the request"),
    ],
)
def test_what_is_no_request_is_refused(
    mock: MockServer, refusals: list[ProxyRefusal], sent: bytes, status: int, said: str
) -> None:
    answer = _ask(mock, sent)

    assert answer.startswith(f"HTTP/1.1 {status} ".encode())
    (refusal,) = refusals
    assert refusal.request == "a request"
    assert said in refusal.reason


def test_long_request_is_told_in_short(mock: MockServer, refusals: list[ProxyRefusal]) -> None:
    _ask(mock, b"GET http://example.com/%b HTTP/1.1\r\nHost: x\r\n\r\n" % (b"x" * 5_000))

    assert len(refusals[0].request) == 200


def test_refused_client_may_finish_sending_and_read_the_answer(mock: MockServer) -> None:
    length = 3_000_000
    head = f"POST http://example.com/ HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n"
    with _connect(mock) as connection:
        connection.sendall(head.encode())
        connection.sendall(b"x" * length)
        connection.shutdown(socket.SHUT_WR)
        answer = _until_eof(connection)

    assert answer.startswith(b"HTTP/1.1 403 ")


def test_refused_client_that_stays_is_cut_off(
    mock: MockServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("talentlms_mock.serving.proxy.LINGER_SECONDS", 0.05)
    with _connect(mock) as connection:
        connection.sendall(b"GET http://example.com/ HTTP/1.1\r\nHost: x\r\n\r\n")
        assert _until_eof(connection).startswith(b"HTTP/1.1 403 ")  # and after that it stays
        _wait_for(lambda: _is_cut_off(connection))


def _is_cut_off(connection: socket.socket) -> bool:
    try:
        connection.send(b"x")
    except (BrokenPipeError, ConnectionResetError):
        return True
    return False


def _wait_for(condition: Callable[[], bool]) -> None:
    reached = threading.Event()
    for _ in range(1_000):
        if condition():
            return
        reached.wait(0.01)
    raise AssertionError("waited for too long")


def test_head_that_does_not_end_is_refused_in_time(
    mock: MockServer, refusals: list[ProxyRefusal], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("talentlms_mock.serving.proxy.HEAD_SECONDS", 0.05)

    answer = _ask(mock, b"CONNECT acme.talentlms.com:443 HTTP/1.1\r\n")

    assert answer.startswith(b"HTTP/1.1 408 ")
    assert [refusal.status for refusal in refusals] == [408]


def test_client_that_says_nothing_is_cut_off_in_time(
    mock: MockServer, refusals: list[ProxyRefusal], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("talentlms_mock.serving.proxy.HEAD_SECONDS", 0.05)

    assert _ask(mock, b"") == b""
    assert not refusals


def test_head_may_come_byte_by_byte(mock: MockServer) -> None:
    with _connect(mock) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in CONNECT:
            connection.sendall(bytes([byte]))
        assert _exactly(connection, len(ESTABLISHED)) == ESTABLISHED


def test_client_that_does_not_trust_the_mock_is_told_of(
    mock: MockServer, refusals: list[ProxyRefusal]
) -> None:
    with _connect(mock) as connection:
        connection.sendall(CONNECT)
        assert _exactly(connection, len(ESTABLISHED)) == ESTABLISHED
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # trusts nobody
        with pytest.raises(ssl.SSLCertVerificationError):
            context.wrap_socket(connection, server_hostname=HOST)

    _wait_for(lambda: bool(refusals))
    assert refusals == [
        ProxyRefusal(
            f"CONNECT {HOST}:443",
            None,
            "The TLS handshake failed (TLSV1_ALERT_UNKNOWN_CA): does the client trust the "
            "authority that `talentlms-mock ca` names?",
        )
    ]


@pytest.mark.parametrize(
    ("sent", "why"),
    [(b"", "the client disconnected"), (b"no handshake at all", "WRONG_VERSION_NUMBER")],
)
def test_client_that_ends_the_handshake_is_told_of(
    mock: MockServer, refusals: list[ProxyRefusal], sent: bytes, why: str
) -> None:
    with _connect(mock) as connection:
        connection.sendall(CONNECT)
        assert _exactly(connection, len(ESTABLISHED)) == ESTABLISHED
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        with suppress(ConnectionResetError):
            _until_eof(connection)

    _wait_for(lambda: bool(refusals))
    (refusal,) = refusals
    assert refusal.request == f"CONNECT {HOST}:443"
    assert refusal.reason.startswith(f"The TLS handshake failed ({why}): ")


def test_refusals_are_logged_where_nobody_listens(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "talentlms_mock"), MockServer(proxy_port=0) as server:
        _ask(server, b"CONNECT example.com:443 HTTP/1.1\r\nHost: x\r\n\r\n")

    reason = ELSEWHERE.format("example.com")
    said = [entry.getMessage() for entry in caplog.records if entry.name == "talentlms_mock"]
    assert said == [f"The proxy refused CONNECT example.com:443: {reason}"]


Script = Callable[[Any, bytes], None]
Scripted = Callable[[Script], MockServer]


@pytest.fixture
def scripted(loop: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scripted]:
    """Start a server that does with its transport what the test says when bytes arrive."""
    with ExitStack() as servers:

        def start(script: Script) -> MockServer:
            class Connection(asyncio.Protocol):
                def connection_made(self, transport: Any) -> None:
                    self.transport = transport

                def data_received(self, data: bytes) -> None:
                    script(self.transport, data)

            monkeypatch.setattr(Ports, "_connection", lambda server: Connection())
            return servers.enter_context(MockServer(proxy_port=0))

        yield start


def _reset(transport: Any, data: bytes) -> None:
    linger = struct.pack("ii", 1, 0)
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    transport.abort()


def test_reset_is_a_reset(scripted: Scripted) -> None:
    server = scripted(_reset)
    with _connect(server) as connection:
        connection.sendall(f"CONNECT {HOST}:80 HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        assert _exactly(connection, len(ESTABLISHED)) == ESTABLISHED
        connection.sendall(b"request")
        with pytest.raises(ConnectionResetError):
            connection.recv(1)


def test_reset_behind_tls_is_a_reset(scripted: Scripted) -> None:
    server = scripted(_reset)
    # Without Python's TLS, which before 3.13 takes a reset for the end (gh-115627).
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    secure = server.ssl_context().wrap_bio(incoming, outgoing, server_hostname=HOST)
    with _connect(server) as connection:
        connection.sendall(CONNECT)
        assert _exactly(connection, len(ESTABLISHED)) == ESTABLISHED
        _until(secure.do_handshake, connection, incoming, outgoing)
        secure.write(b"request")
        connection.sendall(outgoing.read())
        with pytest.raises(ConnectionResetError):
            _until_eof(connection)


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@pytest.mark.parametrize(
    ("fault", "status"),
    [
        ({"reset": True}, 56),
        ({"empty": True}, 52),
        ({"truncate_at": 100}, 18),
        ({"timeout": True}, 28),
    ],
)
def test_faults_look_the_same_as_without_the_proxy(
    mock: MockServer, fault: dict[str, Any], status: int
) -> None:
    (portal,) = mock.portals
    portal.fault("GET", "/users", **fault)
    headers = [word for pair in portal.headers.items() for word in ("-H", ": ".join(pair))]
    curl = ("curl", "-s", "--max-time", "1", "--cacert", str(portal.ca_file), *headers)
    by_proxy = (f"https://{HOST}/api/v2/users", "-x", f"http://127.0.0.1:{mock.proxy_port}")
    direct = (f"{portal.base_url}/users", "--noproxy", "*")

    ended = [
        subprocess.run([*curl, *way], check=False, capture_output=True, timeout=_TIME_LIMIT)
        for way in (direct, by_proxy)
    ]
    assert [done.returncode for done in ended] == [status, status]


def test_end_of_the_answer_arrives_as_an_end(scripted: Scripted) -> None:
    def answer_and_close(transport: Any, data: bytes) -> None:
        transport.write(data[::-1])
        transport.close()

    with _tunnel(scripted(answer_and_close)) as secure:
        secure.sendall(b"abc")
        assert _until_eof(secure) == b"cba"


def test_client_that_reads_slowly_holds_the_mock_up(
    loop: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    chunks, chunk = 500, b"x" * 100_000
    held_up = threading.Event()

    class Producer(asyncio.Protocol):
        def connection_made(self, transport: Any) -> None:
            self.transport, self.left, self.may_write = transport, chunks, True

        def data_received(self, data: bytes) -> None:
            self.produce()

        def produce(self) -> None:
            while self.may_write and self.left:
                self.left -= 1
                self.transport.write(chunk)

        def pause_writing(self) -> None:
            self.may_write = False
            held_up.set()

        def resume_writing(self) -> None:
            self.may_write = True
            self.produce()

    monkeypatch.setattr(Ports, "_connection", lambda server: Producer())
    with MockServer(proxy_port=0) as server, _tunnel(server) as secure:
        secure.sendall(b"request")
        assert held_up.wait(_TIME_LIMIT)
        received = 0
        while received < chunks * len(chunk):
            received += len(secure.recv(1 << 20))
    assert received == chunks * len(chunk)


def test_stop_waits_for_nobody(
    mock: MockServer, sockets: ExitStack, refusals: list[ProxyRefusal]
) -> None:
    idle = sockets.enter_context(_tunnel(mock))
    idle.sendall(HEALTH)
    assert idle.recv(12) == b"HTTP/1.1 200"
    for sent in (b"", b"CONNECT ", CONNECT, b"GET http://example.com/ HTTP/1.1\r\nHost: x\r\n\r\n"):
        connection = sockets.enter_context(_connect(mock))
        connection.sendall(sent)
        if sent.endswith(b"\r\n\r\n"):
            connection.recv(12)

    mock.stop()  # raises when it takes longer than STOP_LIMIT

    # Not that of the client that was in the middle of its handshake.
    assert [refusal.request for refusal in refusals] == ["GET http://example.com/"]


def test_stop_leaves_no_file_open(loop: None) -> None:
    def cycle() -> None:
        with (
            MockServer(proxy_port=0, on_refusal=lambda refusal: None) as server,
            _tunnel(server) as secure,
            _connect(server) as unfinished,
        ):
            unfinished.sendall(CONNECT)
            assert _exactly(unfinished, len(ESTABLISHED)) == ESTABLISHED
            secure.sendall(HEALTH)
            assert secure.recv(12) == b"HTTP/1.1 403"
            _ask(server, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            server.stop()

    cycle()  # what is opened once for the process
    leftovers = Leftovers()
    for _ in range(3):
        cycle()
        assert leftovers.files == []


def test_server_has_no_proxy_unless_asked_for() -> None:
    with MockServer() as server, pytest.raises(SetupError) as refused:
        _ = server.proxy_port
    assert str(refused.value) == (
        "The server has no proxy: give it a proxy_port; 0 picks a free one."
    )


def test_taken_proxy_port_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(SetupError) as refused:
            MockServer(proxy_port=port).start()
    assert str(refused.value) == (
        f"Port {port} on 127.0.0.1 is taken: end the program that uses it, or choose another "
        "(--proxy-port 0, proxy_port=0 picks a free one)."
    )
