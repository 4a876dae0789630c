"""The mock on real sockets: TLS and plain HTTP, in a thread or in the foreground.

One uvicorn server with two listeners runs in one event loop. The sockets are bound before the loop
starts, so that a port that is taken is an error in the caller's thread and not in the server's.
"""

import asyncio
import errno
import signal
import socket
import ssl
import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Self

import uvicorn

from mockserver.app import create_app
from mockserver.errors import MockError, SetupError
from mockserver.portal.journal import Exchange
from mockserver.portal.portal import Address, Portal
from mockserver.portal.portals import Portals
from mockserver.portal.settings import (
    BURST_LIMIT,
    DEFAULT_API_KEY,
    DEFAULT_DOMAIN,
    DEFAULT_PLAN,
    DEFAULT_PORTAL,
    DEFAULT_SEED,
    Settings,
)
from mockserver.tls import EVERY_ADDRESS, ca_file, client_context, server_context

START_LIMIT = 10.0
"""Seconds that the server's thread may take until it answers."""

STOP_LIMIT = 5.0
"""Seconds that the server's thread may take to end."""

_ABORT_LIMIT = 0.25
_BACKLOG = 2048


class _TwoPorts(uvicorn.Server):
    """A uvicorn server that listens with TLS and without, and ends at once when told to."""

    def __init__(
        self,
        config: uvicorn.Config,
        tls: socket.socket,
        context: ssl.SSLContext,
        plain: socket.socket,
    ) -> None:
        super().__init__(config)
        self._tls, self._context, self._plain = tls, context, plain
        self._told_to_stop = asyncio.Event()
        self.on_ready: Callable[[], None] = lambda: None

    def stop(self) -> None:
        """End the main loop; for the thread of the event loop."""
        self.should_exit = True
        self._told_to_stop.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to whoever runs the loop: uvicorn raises them again at the end."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        loop = asyncio.get_running_loop()
        self._app = self.config.loaded_app
        self.config.loaded_app = self._until_stopped
        self.servers = [
            await loop.create_server(
                self._connection, sock=self._tls, ssl=self._context, backlog=_BACKLOG
            ),
            await loop.create_server(self._connection, sock=self._plain, backlog=_BACKLOG),
        ]
        self.started = True
        loop.call_soon(self.on_ready)  # after the first tick, which sets the Date header

    async def main_loop(self) -> None:
        # uvicorn's looks ten times a second whether to stop; it renews the Date
        # header whenever the count is a multiple of ten.
        while not await self.on_tick(0):
            with suppress(TimeoutError):
                await asyncio.wait_for(self._told_to_stop.wait(), timeout=1)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # Not uvicorn's: that one waits 30 seconds for an idle TLS client to say
        # good-bye, and for ever for a request that hangs.
        for server in self.servers:
            server.close()
            if sys.version_info >= (3, 13) and isinstance(server, asyncio.Server):
                server.abort_clients()  # those too whose TLS handshake never ended
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        loop = asyncio.get_running_loop()
        deadline = loop.time() + _ABORT_LIMIT
        while self.server_state.connections and loop.time() < deadline:
            await asyncio.sleep(0)
        for task in self.server_state.tasks:
            task.cancel()
        if self.server_state.tasks:
            await asyncio.wait(self.server_state.tasks, timeout=_ABORT_LIMIT)

    def _connection(self) -> asyncio.Protocol:
        protocol: Any = self.config.http_protocol_class
        connection = protocol(
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )
        # Per connection, since Config(access_log=False) silences the logger of
        # every uvicorn in the process.
        connection.access_log = False
        assert isinstance(connection, asyncio.Protocol)
        return connection

    async def _until_stopped(self, scope: Any, receive: Any, send: Any) -> None:
        try:
            await self._app(scope, receive, send)
        except asyncio.CancelledError:
            if not self.should_exit:
                raise


class MockServer:
    """A server of any number of portals, on a TLS port and a plain one.

    As a context manager it runs in a thread of its own and answers from the first line of the
    block on:

        with MockServer() as server:
            portal = server.create_portal()

    Args:
        host: the address, or the name of one, to listen on.
        https_port: the TLS port; 0 picks a free one.
        http_port: the plain port; 0 picks a free one.
        allow_http: serve the API on the plain port too.
        behind_tls_proxy: trust X-Forwarded-Proto from loopback.
        on_exchange: is called after each request, on the server's thread.
    """

    http_implementation: ClassVar[str] = "auto"
    """uvicorn's name of the HTTP parser: httptools or h11."""

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        https_port: int = 0,
        http_port: int = 0,
        allow_http: bool = False,
        behind_tls_proxy: bool = False,
        on_exchange: Callable[[Exchange], None] | None = None,
    ) -> None:
        self._host = host
        self._asked_ports = (https_port, http_port)
        self._portals = Portals()
        self._app = create_app(
            self._portals,
            allow_http=allow_http,
            behind_tls_proxy=behind_tls_proxy,
            on_exchange=on_exchange,
        )
        self._address: Address | None = None
        self._server: _TwoPorts | None = None
        self._sockets: tuple[socket.socket, ...] = ()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ready = threading.Event()
        self._failure: BaseException | None = None
        self._naming = threading.Lock()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def portals(self) -> Portals:
        """The portals that this server answers for."""
        return self._portals

    @property
    def https_port(self) -> int:
        """The TLS port listened on."""
        return self._opened().https_port

    @property
    def http_port(self) -> int:
        """The plain port listened on."""
        return self._opened().http_port

    @property
    def ca_file(self) -> Path:
        """The certificate of the authority that clients are to trust."""
        return self._opened().ca_file

    def ssl_context(self) -> ssl.SSLContext:
        """Return the context of a client that trusts this server."""
        return client_context(self.ca_file)

    def open(self) -> None:
        """Take the ports and make the certificate; does nothing when that has been done.

        Connections wait from here on, and are answered once the server runs.

        Raises:
            SetupError: a port or the host cannot be had, or the authority cannot be read.
        """
        if self._address is not None:
            return
        context = server_context(self._host)
        tls = _listen(self._host, self._asked_ports[0], "--https-port")
        try:
            plain = _listen(self._host, self._asked_ports[1], "--http-port")
        except SetupError:
            tls.close()
            raise
        self._sockets = (tls, plain)
        self._server = _TwoPorts(self._config(), tls, context, plain)
        address, https_port = tls.getsockname()[:2]
        self._address = Address(
            host=_reachable(address),
            https_port=https_port,
            http_port=plain.getsockname()[1],
            ca_file=ca_file(),
            app=self._app,
        )

    def start(self) -> None:
        """Run in a thread of its own; the server answers when this returns.

        Raises:
            SetupError: as `open`, or the thread is not ready within START_LIMIT seconds.
        """
        if self._thread is not None:
            raise SetupError("The server runs already: start another one.")
        self.open()
        self._ready.clear()
        self._failure = None
        self._thread = threading.Thread(
            target=self._run_in_thread, name="talentlms-mock", daemon=True
        )
        self._thread.start()
        ready = self._ready.wait(START_LIMIT)
        failure = self._failure
        if failure is not None or not ready:
            self.stop()
            reason = failure or f"not ready within {START_LIMIT:g} seconds"
            raise SetupError(f"The server did not start: {reason}.") from failure

    def stop(self) -> None:
        """End the server, its connections and its portals; does nothing when it has ended.

        Raises:
            MockError: the thread did not end within STOP_LIMIT seconds.
        """
        thread, self._thread = self._thread, None
        if thread is not None:
            self.request_stop()
            thread.join(STOP_LIMIT)
            if thread.is_alive():
                raise MockError(f"The server did not stop within {STOP_LIMIT:g} seconds.")
        for listener in self._sockets:
            listener.close()
        self._sockets, self._server, self._address = (), None, None
        self._portals.close()

    def serve_forever(self) -> None:
        """Run in this thread until Ctrl-C, SIGTERM or `request_stop`, then end everything.

        Raises:
            SetupError: as `open`.
        """
        self.open()
        try:
            self._run(until_signal=threading.current_thread() is threading.main_thread())
        finally:
            self.stop()

    def request_stop(self) -> None:
        """Tell the server to end, without waiting for it; for any thread."""
        loop, server = self._loop, self._server
        if loop is not None and server is not None:
            with suppress(RuntimeError):  # the loop has just been closed
                loop.call_soon_threadsafe(server.stop)

    def create_portal(
        self,
        *,
        domain: str | None = None,
        api_key: str | None = None,
        plan: str = DEFAULT_PLAN,
        hourly_limit: int | None = None,
        burst_limit: int = BURST_LIMIT,
        users: int | None = None,
        seed: int = DEFAULT_SEED,
        portal: str = DEFAULT_PORTAL,
        quirks: Mapping[str, str] | None = None,
        clock: str | datetime | None = None,
        database: Path | str | None = None,
    ) -> Portal:
        """Add a portal to this server.

        Args:
            domain: the label before `.talentlms.com`; `samples` when not given.
            api_key: one that no other portal of the server has is made up when not given.
            plan, hourly_limit, burst_limit, quirks: as in `Settings`.
            portal, users, seed, clock, database: as in `Portal`.

        Raises:
            SetupError: a value is impossible, or the domain or the key is taken.
        """
        self._opened()
        with self._naming:
            settings = Settings(
                domain=DEFAULT_DOMAIN if domain is None else domain,
                api_key=self._free_key() if api_key is None else api_key,
                plan=plan,
                hourly_limit=hourly_limit,
                burst_limit=burst_limit,
                quirks=quirks or {},
            )
            file = None if database is None else Path(database)
            return self._add(
                Portal(settings, portal=portal, users=users, seed=seed, clock=clock, database=file)
            )

    def remove_portal(self, portal: Portal) -> None:
        """Answer no more for a portal, and close it.

        Raises:
            SetupError: it is not one of this server's.
        """
        self._portals.remove(portal)

    def _add(self, portal: Portal) -> Portal:
        portal.address = self._opened()
        try:
            self._portals.add(portal)
        except SetupError:
            portal.close()
            raise
        return portal

    def _opened(self) -> Address:
        if self._address is None:
            raise SetupError("The server is not running: use it in a with block, or start() it.")
        return self._address

    def _free_key(self) -> str:
        taken = {portal.settings.api_key for portal in self._portals}
        key, number = DEFAULT_API_KEY, 1
        while key in taken:
            number += 1
            key = f"{DEFAULT_API_KEY}-{number}"
        return key

    def _config(self) -> uvicorn.Config:
        return uvicorn.Config(
            self._app,
            http=self.http_implementation,
            ws="none",
            interface="asgi3",
            lifespan="off",
            log_config=None,
            workers=1,
            proxy_headers=False,  # it would let any client get around the HTTPS check
            server_header=False,
            timeout_keep_alive=300,
        )

    def _run_in_thread(self) -> None:
        try:
            self._run(until_signal=False)
        except BaseException as error:
            self._failure = error
        finally:
            self._ready.set()

    def _run(self, *, until_signal: bool) -> None:
        server = self._server
        assert server is not None
        server.on_ready = self._ready.set
        runner = asyncio.Runner(loop_factory=server.config.get_loop_factory())
        self._loop = loop = runner.get_loop()
        try:
            with _stopped_by_signals(loop, server) if until_signal else nullcontext():
                runner.run(server.serve())
        finally:
            self._loop = None
            _close(runner)


def _close(runner: asyncio.Runner) -> None:
    # A connection whose TLS handshake never ended is out of reach until the loop
    # closes. uvloop warns about it then, and waits for ever where warnings are errors.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        runner.close()


@contextmanager
def _stopped_by_signals(loop: asyncio.AbstractEventLoop, server: _TwoPorts) -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for number in before:
        try:
            loop.add_signal_handler(number, server.stop)
        except NotImplementedError:  # Windows
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(server.stop))
    try:
        yield
    finally:
        with suppress(NotImplementedError):
            for number in before:
                loop.remove_signal_handler(number)
        for number, handler in before.items():
            signal.signal(number, handler)


def _listen(host: str, port: int, flag: str) -> socket.socket:
    """Return a listening socket.

    Raises:
        SetupError: the port is taken, or the host is none of this machine's.
    """
    family, address = _resolve(host, port)
    # The protocol is named since asyncio leaves Nagle's algorithm on without it,
    # which costs 40 ms a request.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if sys.platform != "win32":  # there it would share a port that is in use
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise _cannot_listen(host, port, flag, error) from None
    return listener


def _resolve(host: str, port: int) -> tuple[socket.AddressFamily, Any]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError):
        raise SetupError(
            f"The host {host!r} has no address: use one of this machine's, like 127.0.0.1."
        ) from None
    found.sort(key=lambda entry: entry[0] != socket.AF_INET)
    family, _, _, _, address = found[0]
    return family, address


def _cannot_listen(host: str, port: int, flag: str, error: OSError) -> SetupError:
    name = flag.removeprefix("--").replace("-", "_")
    if isinstance(error, PermissionError):
        return SetupError(
            f"Port {port} needs more rights than this user has: use one above 1023 ({flag} 0, "
            f"{name}=0 picks a free one)."
        )
    if error.errno == errno.EADDRINUSE:
        return SetupError(
            f"Port {port} on {host} is taken: end the program that uses it, or choose another "
            f"({flag} 0, {name}=0 picks a free one)."
        )
    return SetupError(
        f"Cannot listen on {host} port {port} ({error.strerror}): use an address of this machine, "
        "like 127.0.0.1."
    )


def _reachable(address: str) -> str:
    """Return how a URL names the `address` that is listened on."""
    if address in EVERY_ADDRESS:
        return "127.0.0.1"
    return f"[{address}]" if ":" in address else address
