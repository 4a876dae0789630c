"""The server: two ports, ready when start() returns, gone when stop() does."""

import asyncio
import gc
import http.client
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
import warnings
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from talentlms_mock import MockError, MockServer, SetupError
from talentlms_mock.portal.seed import build
from talentlms_mock.serving.listening import listen
from talentlms_mock.serving.ports import Ports
from tests.leftovers import Leftovers
from tests.ports import held_port

App = Callable[[Any, Any, Any], Awaitable[None]]


@pytest.fixture
def told() -> threading.Event:
    """Is set when a request arrives at a path that hangs."""
    return threading.Event()


@pytest.fixture
def plain_app(monkeypatch: pytest.MonkeyPatch, told: threading.Event) -> None:
    """Serve an application that answers with the scheme, or never."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["path"] == "/sleep":
            told.set()
            await asyncio.sleep(1000)
        if scope["path"] == "/wait":
            told.set()
            while (await receive())["type"] != "http.disconnect":
                pass
            return
        body = scope["scheme"].encode()
        headers = [(b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    monkeypatch.setattr("talentlms_mock.serving.server.create_app", lambda portals, **options: app)


@pytest.fixture(params=["httptools", "h11"])
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MockServer, "http_implementation", request.param)


@pytest.fixture(params=["auto", "asyncio"])
def loop(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "asyncio":
        monkeypatch.setattr("uvicorn.Config.get_loop_factory", lambda config: None)


@pytest.fixture
def connections() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def _secure(server: MockServer) -> http.client.HTTPSConnection:
    return http.client.HTTPSConnection(
        "127.0.0.1", server.https_port, context=server.ssl_context(), timeout=5
    )


def _plain(server: MockServer) -> http.client.HTTPConnection:
    return http.client.HTTPConnection("127.0.0.1", server.http_port, timeout=5)


def _get(connection: http.client.HTTPConnection) -> tuple[int, bytes, list[str]]:
    connection.request("GET", "/")
    answer = connection.getresponse()
    return answer.status, answer.read(), sorted(name.lower() for name in answer.headers)


@pytest.mark.usefixtures("plain_app", "parser", "loop")
def test_both_ports_answer_each_with_its_scheme() -> None:
    with (
        MockServer() as server,
        closing(_secure(server)) as secure,
        closing(_plain(server)) as plain,
    ):
        headers = ["content-length", "date"]
        assert _get(secure) == (200, b"https", headers)
        assert _get(plain) == (200, b"http", headers)
        assert _get(secure) == (200, b"https", headers)


def test_sockets_are_such_that_asyncio_switches_nagle_off() -> None:
    with ExitStack() as opened:
        listeners = listen("127.0.0.1", {"--https-port": 0, "--http-port": 0})
        for each in listeners:
            opened.callback(each.close)
        assert [each.proto for each in listeners] == [socket.IPPROTO_TCP] * 2


@pytest.mark.usefixtures("plain_app", "parser", "loop")
def test_stop_waits_for_nobody(connections: ExitStack, told: threading.Event) -> None:
    server = MockServer()
    server.start()
    for make in (_secure, _plain):
        idle = connections.enter_context(closing(make(server)))
        _get(idle)
        for path in ("/sleep", "/wait"):
            hung = connections.enter_context(closing(make(server)))
            told.clear()
            hung.request("GET", path)
            assert told.wait(5)
    for port in (server.https_port, server.http_port):
        connections.enter_context(socket.create_connection(("127.0.0.1", port)))
    server.stop()  # raises when it takes longer than STOP_LIMIT
    with warnings.catch_warnings():
        # Under Python 3.13 uvloop lets go of an unfinished handshake only here.
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


@pytest.mark.usefixtures("plain_app")
def test_stop_leaves_no_thread_and_no_file_open(loop: None) -> None:
    def cycle() -> None:
        with MockServer() as server, closing(_secure(server)) as secure:
            _get(secure)

    cycle()  # what is opened once for the process
    leftovers = Leftovers()
    for _ in range(3):
        cycle()
        assert (leftovers.threads, leftovers.files) == ([], [])


@pytest.mark.usefixtures("plain_app")
def test_server_starts_again_after_a_stop() -> None:
    server = MockServer()
    for _ in range(2):
        with server, closing(_secure(server)) as secure:
            assert _get(secure)[1] == b"https"
    server.stop()


@pytest.mark.usefixtures("plain_app")
def test_server_that_runs_is_not_started_twice() -> None:
    with MockServer() as server, pytest.raises(SetupError) as refused:
        server.start()
    assert str(refused.value) == "The server is running already: start another one."


def test_server_that_does_not_run_has_no_ports() -> None:
    server = MockServer()
    for use in (lambda: server.https_port, server.ssl_context, server.create_portal):
        with pytest.raises(SetupError) as refused:
            use()
        assert str(refused.value) == (
            "The server is not running: use it in a with block, or start() it."
        )


@pytest.mark.parametrize("name", ["https_port", "http_port"])
def test_taken_port_is_named(name: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(SetupError) as refused:
            MockServer(**{name: port}).start()
    flag = f"--{name.replace('_', '-')}"
    assert str(refused.value) == (
        f"Port {port} on 127.0.0.1 is taken: end the program that uses it, or choose another "
        f"({flag} 0, {name}=0 picks a free one)."
    )


def test_one_port_for_both_is_refused() -> None:
    with (
        held_port() as port,
        pytest.raises(SetupError, match=f"^Port {port} on 127.0.0.1 is taken"),
    ):
        MockServer(https_port=port, http_port=port).start()


@pytest.mark.usefixtures("plain_app")
def test_port_is_free_again_at_once() -> None:
    with held_port() as port:
        for _ in range(2):
            with MockServer(https_port=port) as server, closing(_secure(server)) as secure:
                assert _get(secure)[0] == 200


@pytest.mark.parametrize(
    ("host", "message"),
    [
        (
            "no-such-host.invalid",
            "The host 'no-such-host.invalid' has no address: use one of this machine's, like "
            "127.0.0.1.",
        ),
        (
            "192.0.2.7",
            "Cannot listen on 192.0.2.7 port 0 (Cannot assign requested address): use an address "
            "of this machine, like 127.0.0.1.",
        ),
    ],
)
def test_host_that_is_not_this_machine_is_refused(host: str, message: str) -> None:
    with pytest.raises(SetupError) as refused:
        MockServer(host=host).start()
    assert str(refused.value) == message


@pytest.mark.usefixtures("plain_app")
def test_failure_of_the_thread_is_an_error_of_start(monkeypatch: pytest.MonkeyPatch) -> None:
    async def startup(server: Ports, sockets: object = None) -> None:
        raise OSError("no more sockets")

    monkeypatch.setattr(Ports, "startup", startup)
    with pytest.raises(SetupError) as refused:
        MockServer().start()
    assert str(refused.value) == "The server did not start: no more sockets."


@pytest.mark.usefixtures("plain_app")
def test_failed_start_reports_its_own_reason_though_the_stop_fails_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(server: MockServer) -> None:
        raise MockError("The server did not stop within 5 seconds.")

    async def startup(ports: Ports, sockets: object = None) -> None:
        ports.servers = []
        ports.started = True

    monkeypatch.setattr(Ports, "startup", startup)
    monkeypatch.setattr("talentlms_mock.serving.server.START_LIMIT", 0.05)
    stop = MockServer.stop
    monkeypatch.setattr(MockServer, "stop", fail)
    server = MockServer()
    with pytest.raises(SetupError, match=r"did not start: not ready within 0\.05 seconds"):
        server.start()
    with pytest.raises(ValueError, match="its own"), MockServer().opened() as opened:
        raise ValueError("its own")
    for each in (server, opened):
        stop(each)


@pytest.mark.parametrize("name", ["gevent", "eventlet"])
def test_patched_threads_are_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    modules = {"gevent": "gevent.monkey", "eventlet": "eventlet.patcher"}
    for each in modules.values():
        fake = SimpleNamespace(
            is_module_patched=lambda module: False, is_monkey_patched=lambda module: False
        )
        monkeypatch.setitem(sys.modules, each, fake)
    with MockServer():
        pass
    patched = SimpleNamespace(
        is_module_patched=lambda module: module == "threading",
        is_monkey_patched=lambda module: module == "thread",
    )
    monkeypatch.setitem(sys.modules, modules[name], patched)
    with pytest.raises(SetupError, match=f"^{name} has patched the threads or sockets"):
        MockServer().start()


def test_interpreter_that_ends_without_a_stop_ends_well() -> None:
    code = "from talentlms_mock import MockServer; MockServer().start()"
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


@pytest.mark.usefixtures("plain_app")
def test_start_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    async def startup(server: Ports, sockets: object = None) -> None:
        server.servers = []
        server.started = True

    monkeypatch.setattr(Ports, "startup", startup)
    monkeypatch.setattr("talentlms_mock.serving.server.START_LIMIT", 0.05)
    with pytest.raises(SetupError) as refused:
        MockServer().start()
    assert str(refused.value) == "The server did not start: not ready within 0.05 seconds."


@pytest.mark.usefixtures("plain_app")
def test_stop_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    blocked = threading.Event()

    async def shutdown(server: Ports, sockets: object = None) -> None:
        blocked.wait(10)
        await original(server)

    original = Ports.shutdown
    monkeypatch.setattr(Ports, "shutdown", shutdown)
    monkeypatch.setattr("talentlms_mock.serving.server.STOP_LIMIT", 0.05)
    server = MockServer()
    server.start()
    (thread,) = (
        thread
        for thread in threading.enumerate()
        if thread.name == "talentlms-mock" and thread is server._thread
    )
    with pytest.raises(MockError) as late:
        server.stop()
    blocked.set()
    thread.join(10)
    server.stop()
    assert str(late.value) == "The server did not stop within 0.05 seconds."


def test_stop_ends_the_seeding_of_a_portal(monkeypatch: pytest.MonkeyPatch) -> None:
    seeding = threading.Event()

    def seed(*arguments: Any, **options: Any) -> None:
        seeding.set()
        build_in(*arguments, **options)

    build_in = build.build_in
    monkeypatch.setattr(build, "build_in", seed)
    with MockServer() as server, ThreadPoolExecutor(1) as other:
        portal = other.submit(server.create_portal, users=20_000, seed=77)
        seeding.wait(60)
        server.stop()
        with pytest.raises(SetupError) as stopped:
            portal.result(60)
    assert str(stopped.value) == "The server was stopped while it seeded the portal."


@pytest.mark.usefixtures("plain_app")
def test_server_silences_no_logger_of_uvicorn() -> None:
    with MockServer() as server, closing(_plain(server)) as plain:
        _get(plain)
    script = (
        "import logging; from talentlms_mock import MockServer; "
        "s = MockServer(); s.start(); s.stop();"
        "log = logging.getLogger('uvicorn.access'); assert log.propagate and log.level == 0"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=30)


@pytest.mark.skipif(not socket.has_ipv6, reason="needs IPv6")
@pytest.mark.usefixtures("plain_app")
def test_listens_on_an_ipv6_address() -> None:
    try:
        server = MockServer(host="::1")
        server.start()
    except SetupError:
        pytest.skip("this machine has no ::1")
    try:
        url = f"https://[::1]:{server.https_port}/"
        assert httpx.get(url, verify=server.ssl_context()).text == "https"
    finally:
        server.stop()


@pytest.mark.usefixtures("plain_app")
def test_portal_below_localhost_has_a_certificate_of_its_own(loop: None) -> None:
    with MockServer() as server:
        portal = server.create_portal(domain="acme")
        portal.add_branch("sales")
        before = sorted(server.ca_file.parent.iterdir())
        context = server.ssl_context()
        for name in ("acme.localhost", "sales-acme.localhost", "acme.talentlms.com", "localhost"):
            raw = socket.create_connection(("127.0.0.1", server.https_port), timeout=5)
            with raw, context.wrap_socket(raw, server_hostname=name) as secure:
                assert secure.version() == "TLSv1.3"
        raw = socket.create_connection(("127.0.0.1", server.https_port), timeout=5)
        with raw, pytest.raises(ssl.SSLCertVerificationError):
            context.wrap_socket(raw, server_hostname="acme.example.com")
        assert sorted(server.ca_file.parent.iterdir()) == before


@pytest.mark.usefixtures("plain_app")
def test_names_that_no_portal_has_get_no_certificate() -> None:
    with MockServer() as server:
        server.create_portal(domain="acme")
        before = sorted(server.ca_file.parent.iterdir())
        context = server.ssl_context()
        for number in range(300):
            raw = socket.create_connection(("127.0.0.1", server.https_port), timeout=5)
            with raw, pytest.raises(ssl.SSLCertVerificationError):
                context.wrap_socket(raw, server_hostname=f"n{number}.localhost")
        assert sorted(server.ca_file.parent.iterdir()) == before


def _serve_until(stop: Callable[[MockServer], None]) -> None:
    server = MockServer()
    server.bind()
    answers: list[bytes] = []

    def ask_and_stop() -> None:
        with closing(_secure(server)) as secure:
            answers.append(_get(secure)[1])
            stop(server)

    client = threading.Thread(target=ask_and_stop)
    client.start()
    server.serve_forever()
    client.join(5)
    assert answers == [b"https"]
    with pytest.raises(SetupError):
        _ = server.https_port


@pytest.mark.usefixtures("plain_app", "loop")
def test_foreground_ends_when_asked_to() -> None:
    _serve_until(MockServer.request_stop)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.usefixtures("plain_app", "loop")
def test_foreground_ends_by_signal_and_gives_the_handlers_back(number: int) -> None:
    before = signal.getsignal(number)
    _serve_until(lambda server: os.kill(os.getpid(), number))
    assert signal.getsignal(number) == before


def test_portals_get_keys_of_their_own() -> None:
    with MockServer() as server:
        first = server.create_portal()
        second = server.create_portal(domain="acme")
        third = server.create_portal(domain="umbrella")
        keys = [(portal.domain, portal.api_key) for portal in server.portals]
        assert keys == [
            ("samples", "mock-api-key"),
            ("acme", "mock-api-key-2"),
            ("umbrella", "mock-api-key-3"),
        ]
        server.remove_portal(second)
        assert server.create_portal(domain="wayne").api_key == "mock-api-key-2"
        assert {first.base_url, third.base_url} == {f"https://127.0.0.1:{server.https_port}/api/v2"}


def test_domain_is_given_once() -> None:
    with MockServer() as server:
        server.create_portal(domain="acme")
        with pytest.raises(SetupError, match="'acme'"):
            server.create_portal(domain="ACME", api_key="another")
        assert len(list(server.portals)) == 1


def test_portal_answers_a_client() -> None:
    with MockServer() as server:
        portal = server.create_portal(users=3, quirks={"error_shape": "flat"})
        with httpx.Client(verify=portal.ssl_context(), headers=portal.headers) as client:
            users = client.get(f"{portal.base_url}/users")
            assert (users.status_code, len(users.json()["_data"])) == (200, 3)
            server.remove_portal(portal)
            assert client.get(f"{portal.base_url}/users").status_code != 200
