"""The mock on real sockets: TLS and plain HTTP, in a thread or in the foreground.

One uvicorn server with two listeners runs in one event loop. The sockets are bound before the loop
starts, so that a taken port raises in the caller's thread and not in the server's.
"""

import asyncio
import atexit
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self
from urllib.parse import urlsplit

from talentlms_mock.app import create_app
from talentlms_mock.control.access import Access, check_token
from talentlms_mock.errors import MockError, SetupError
from talentlms_mock.hosts import ServerAddress, check_public_url, in_url
from talentlms_mock.intercept import intercept
from talentlms_mock.portal.clients import Connections
from talentlms_mock.portal.contract.corrections import load
from talentlms_mock.portal.core import Server
from talentlms_mock.portal.journal.journal import Exchange
from talentlms_mock.portal.keeping import KeptPortal
from talentlms_mock.portal.portal import Portal
from talentlms_mock.portal.portals import Portals
from talentlms_mock.portal.saving import Saved, read_back
from talentlms_mock.portal.seed.templates import stopped_when
from talentlms_mock.portal.state.settings import (
    BURST_LIMIT,
    DEFAULT_API_KEY,
    DEFAULT_DATASET,
    DEFAULT_DOMAIN,
    DEFAULT_PLAN,
    DEFAULT_PRESET,
    DEFAULT_SEED,
    Plan,
    Preset,
    QuirkName,
    QuirkValue,
    Settings,
)
from talentlms_mock.portal.state.task_rule import DEFAULT_TASKS
from talentlms_mock.serving.addressed import Addressed
from talentlms_mock.serving.database_folder import DatabaseFolder
from talentlms_mock.serving.event_loop import run
from talentlms_mock.serving.listening import listen
from talentlms_mock.serving.new_portals import free_key, ready_portal
from talentlms_mock.serving.patched import refuse_patched_threads
from talentlms_mock.serving.ports import Ports, configuration
from talentlms_mock.tls.contexts import ca_file, server_context

if TYPE_CHECKING:
    from talentlms_mock.serving.proxy import ProxyRefusal

START_LIMIT = 10.0
"""The maximum seconds until the server's thread accepts requests."""

STOP_LIMIT = 5.0
"""The maximum seconds until the server's thread has ended."""


class MockServer(Addressed):
    """A server of any number of portals, on a TLS port and a plain one.

    As a context manager it runs in its own thread, and accepts requests when the block starts:

        with MockServer() as server:
            portal = server.create_portal()

    Args:
        host: the address, or the name of one, to listen on.
        https_port: the TLS port; 0 picks a free one.
        http_port: the plain port; 0 picks a free one.
        proxy_port: the port of a proxy to this server; 0 picks a free one, None is no proxy.
        allow_http: serve the API on the plain port too.
        behind_tls_proxy: trust X-Forwarded-Proto from loopback.
        databases: a folder that keeps each portal in a file of its own. The portals in it are
            opened with the ports; removing one removes its file.
        control_token: the token of the control API; by default one is generated off loopback.
        public_url: the address by which clients reach the server through a TLS proxy or a
            container's port; it stands in the addresses that the server gives.
        on_exchange: is called after each request, on the server's thread.
        on_refusal: is called with what the proxy refused, on that thread too; by default that is
            logged.
    """

    http_implementation: ClassVar[str] = "auto"
    """The HTTP parser: httptools, h11, or auto, which is httptools where it is installed."""

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        https_port: int = 0,
        http_port: int = 0,
        proxy_port: int | None = None,
        allow_http: bool = False,
        behind_tls_proxy: bool = False,
        databases: Path | str | None = None,
        control_token: str | None = None,
        public_url: str | None = None,
        on_exchange: Callable[[Exchange], None] | None = None,
        on_refusal: Callable[["ProxyRefusal"], None] | None = None,
    ) -> None:
        self._host = host
        self._asked_ports = {"--https-port": https_port, "--http-port": http_port}
        if proxy_port is not None:
            self._asked_ports["--proxy-port"] = proxy_port
        self._on_refusal = on_refusal
        self._portals = Portals()
        self._public_url = check_public_url(public_url)
        self._portals.public_host = urlsplit(self._public_url or "").hostname
        self._folder = None if databases is None else DatabaseFolder(Path(databases))
        self._app = create_app(
            self._portals,
            allow_http=allow_http,
            behind_tls_proxy=behind_tls_proxy,
            on_exchange=on_exchange,
            portal_host=self,
        )
        self._control_token = check_token(control_token)
        self._access: Access | None = None
        self._address: ServerAddress | None = None
        self._server: Ports | None = None
        self._open = ExitStack()
        self._connections: Connections | None = None
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ready = threading.Event()
        self._failure: BaseException | None = None
        self._naming = threading.Lock()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def __repr__(self) -> str:
        address = self._address
        if address is None:
            return "<MockServer, not running>"
        count = len(self._portals)
        return f"<MockServer {address.https_url} {address.http_url}, {count} portals>"

    @property
    def portals(self) -> Portals:
        """The portals of this server."""
        return self._portals

    @property
    def access(self) -> Access:
        """Who may use the control API.

        Raises:
            SetupError: the server is not running.
        """
        self._opened()
        assert self._access is not None
        return self._access

    @classmethod
    def open(cls, file: Path | str, **options: Any) -> Self:
        """Return a server with the portal that `Portal.save` wrote to `file`, ready to run.

            with MockServer.open("portal.sqlite") as server:
                (portal,) = server.portals

        The file is only read. It may also be one of `--database` or of `seed`.

        Args:
            file: a portal.
            options: those of `MockServer`.

        Raises:
            SetupError: as `bind`, or as `open_portal`.
        """
        server = cls(**options)
        server.bind()
        try:
            server.open_portal(file)
        except BaseException:
            server._stop_after_failure()
            raise
        return server

    def bind(self) -> None:
        """Open the ports, the certificate and the kept portals; does nothing if that is done.

        Connections are accepted from here on, and served once the server runs.

        Raises:
            SetupError: a port or the host is not available, the authority cannot be read, gevent
                or eventlet has patched this process, or one of the kept portals cannot be opened.
        """
        if self._address is not None:
            return
        self._bind()
        try:
            self._open_kept()
        except BaseException:
            self._stop_after_failure()
            raise

    def _bind(self) -> None:
        refuse_patched_threads()
        with ExitStack() as taken:  # released if anything below fails
            sockets = listen(self._host, self._asked_ports)
            for one in sockets:
                taken.callback(one.close)
            # Last: the host must be one of this machine.
            hosts = (self._host, self._portals.public_host)
            context = server_context(*hosts, is_served=self._portals.serves)
            self._connections = Connections(ca_file())
            taken.callback(self._connections.close)
            self._open = taken.pop_all()
        tls, plain, *proxy = sockets
        self._server = Ports(
            configuration(self._app, self.http_implementation), tls, context, plain
        )
        if proxy:
            self._server.add_proxy(proxy[0], self._on_refusal, self._portals.secrets)
        address, https_port = tls.getsockname()[:2]
        self._access = Access.to(address, self._control_token)
        self._address = ServerAddress(
            host=in_url(address),
            https_port=https_port,
            http_port=plain.getsockname()[1],
            ca_file=ca_file(),
            proxy_port=proxy[0].getsockname()[1] if proxy else None,
            token=self._access.token,
            public_url=self._public_url,
        )

    def _open_kept(self) -> None:
        if self._folder is None:
            return
        for file in self._folder.hold():
            kept = KeptPortal(file)
            portal = kept.open()
            try:
                self._add(portal, any_key=not kept.has_key)
            except SetupError as error:
                raise SetupError(f"The portal {file} cannot be opened: {error}") from None

    def start(self) -> None:
        """Run in a thread of its own; the server accepts requests when this returns.

        Raises:
            SetupError: as `bind`, or the thread is not ready within START_LIMIT seconds.
        """
        if self._thread is not None:
            raise SetupError("The server is running already: start another one.")
        self.bind()
        self._ready.clear()
        self._failure = None
        # An event loop that still runs while the interpreter ends can spoil its exit status.
        atexit.register(self._stop_after_failure)
        self._thread = threading.Thread(
            target=self._run_in_thread, name="talentlms-mock", daemon=True
        )
        self._thread.start()
        ready = self._ready.wait(START_LIMIT)
        failure = self._failure
        if failure is not None or not ready:
            reason = failure or f"not ready within {START_LIMIT:g} seconds"
            self._stop_after_failure()
            raise SetupError(f"The server did not start: {reason}.") from failure

    def stop(self) -> None:
        """Stop the server, its connections and its portals; does nothing if it is stopped.

        Raises:
            MockError: the thread did not end within STOP_LIMIT seconds.
        """
        atexit.unregister(self._stop_after_failure)
        thread, self._thread = self._thread, None
        if thread is not None:
            self.request_stop()
            thread.join(STOP_LIMIT)
            if thread.is_alive():
                raise MockError(f"The server did not stop within {STOP_LIMIT:g} seconds.")
        self._open.close()
        self._server, self._address = None, None
        self._portals.close()
        if self._folder is not None:
            self._folder.release()

    def _stop_after_failure(self) -> None:
        """Stop as far as possible: what failed before is what the caller is to hear of."""
        with suppress(MockError):
            self.stop()

    @contextmanager
    def opened(self) -> Iterator[Self]:
        """Open the ports for the block, and stop the server after it.

        Raises:
            SetupError: as `bind`.
        """
        self.bind()
        try:
            yield self
        except BaseException:
            self._stop_after_failure()
            raise
        self.stop()

    def serve_forever(self) -> None:
        """Run in this thread until Ctrl-C, SIGTERM, SIGHUP or `request_stop`, then stop.

        Raises:
            SetupError: as `bind`.
        """
        with self.opened():
            self._run(until_signal=threading.current_thread() is threading.main_thread())

    def request_stop(self) -> None:
        """Ask the server to stop, without waiting for it; may be called from any thread."""
        loop, server = self._loop, self._server
        if loop is not None and server is not None:
            with suppress(RuntimeError):  # the loop has just been closed
                loop.call_soon_threadsafe(server.stop)

    def create_portal(
        self,
        *,
        domain: str | None = None,
        api_key: str | None = None,
        plan: Plan = DEFAULT_PLAN,
        hourly_limit: int | None = None,
        burst_limit: int = BURST_LIMIT,
        users: int | None = None,
        seed: int = DEFAULT_SEED,
        dataset: str = DEFAULT_DATASET,
        preset: Preset = DEFAULT_PRESET,
        quirks: Mapping[QuirkName, QuirkValue] | None = None,
        tasks: str = DEFAULT_TASKS,
        clock: str | datetime | None = None,
        database: Path | str | None = None,
        scenario: str | None = None,
        corrections: Path | str | None = None,
    ) -> Portal:
        """Add a portal to this server.

        Args:
            domain: the label before `.talentlms.com`; `samples` by default.
            api_key: by default one that no other portal of the server has.
            plan: as in `Settings`, like `hourly_limit`, `burst_limit`, `preset`, `quirks`, `tasks`.
            dataset: as in `Portal`, like `users`, `seed`, `clock`, `database`.
            corrections: a file of `talentlms-mock verify --write`, applied like the `scenario`.

        Raises:
            SetupError: a value is invalid, the domain or the key is taken, or the server stopped.
        """
        self._check_running()
        settings = Settings(
            domain=DEFAULT_DOMAIN if domain is None else domain,
            api_key=DEFAULT_API_KEY if api_key is None else api_key,
            plan=plan,
            hourly_limit=hourly_limit,
            burst_limit=burst_limit,
            preset=preset,
            quirks=dict((quirks or {}).items()),
            tasks=tasks,
            correction_text="" if corrections is None else load(Path(corrections)),
        )
        self._portals.check_domain(settings.domain)
        with stopped_when(self._is_stopping):
            portal = ready_portal(
                settings, dataset=dataset, users=users, seed=seed, clock=clock, database=database
            )
        with self._naming:
            return self._keep(self._add(portal, scenario, any_key=api_key is None))

    def open_portal(
        self, file: Path | str, *, domain: str | None = None, api_key: str | None = None
    ) -> Portal:
        """Add the portal that `Portal.save` wrote to `file`, in the state of that time.

        A clock that followed the system's does so again; any other continues from its saved time.

        Args:
            file: a portal; it is only read.
            domain: replaces the saved one, as `api_key` does.

        Raises:
            SetupError: the file cannot be read, is not a portal, is corrupt, or of another version;
                or the domain or the key is taken.
        """
        self._check_running()
        saved = Saved(Path(file))
        with self._naming:
            portal = Portal(saved.settings(domain=domain, api_key=api_key), content=saved.data)
            portal.open()  # not on the event loop, at the first request
            self._add(portal)
        try:
            saved.revive(portal)
            read_back(portal, Path(file))
        except BaseException:
            self.remove_portal(portal)
            raise
        portal.remember_start()
        return self._keep(portal)

    def remove_portal(self, portal: Portal) -> None:
        """Remove a portal from this server, and close it; one kept in the folder loses its file.

        Raises:
            SetupError: it is not a portal of this server, or its file cannot be removed.
        """
        self._portals.remove(portal)
        if self._folder is not None:
            self._folder.remove(portal)

    def intercept(self) -> AbstractContextManager[None]:
        """Lead connections of this process to `*.talentlms.com` to this server."""
        self._opened()
        return intercept(self._portals, lambda: self._address)

    def _add(self, portal: Portal, scenario: str | None = None, *, any_key: bool = False) -> Portal:
        if any_key:
            portal.keys.replace([free_key(self._portals)])
            portal.remember_start()
        portal.server = Server(
            self._opened, lambda: self._address, self._app, self.intercept, self._shared
        )
        try:
            self._portals.add(portal, scenario)
        except SetupError:
            portal.close()
            raise
        return portal

    def _keep(self, portal: Portal) -> Portal:
        if self._folder is not None:
            try:
                self._folder.keep(portal)
            except BaseException:
                self._portals.remove(portal)
                raise
        return portal

    def _shared(self) -> Connections:
        self._opened()
        assert self._connections is not None
        return self._connections

    def _check_running(self) -> None:
        self._opened()

    def _is_stopping(self) -> bool:
        return self._server is None or self._server.should_exit

    def _opened(self) -> ServerAddress:
        if self._address is None:
            raise SetupError("The server is not running: use it in a with block, or start() it.")
        return self._address

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
        run(server, on_loop=self._set_loop, until_signal=until_signal)

    def _set_loop(self, loop: asyncio.AbstractEventLoop | None) -> None:
        self._loop = loop
