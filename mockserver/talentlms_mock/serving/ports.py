"""The uvicorn server on all of the mock's ports."""

import asyncio
import socket
import ssl
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import uvicorn

from talentlms_mock.asgi import transport
from talentlms_mock.portal.journal.secret_values import SecretValues
from talentlms_mock.serving.listening import BACKLOG
from talentlms_mock.serving.wire import connection_class
from talentlms_mock.serving.wire.head import LARGEST_HEAD

if TYPE_CHECKING:
    from talentlms_mock.serving.proxy import Proxy, ProxyRefusal

_ABORT_TIMEOUT = 0.25


def configuration(app: Any, parser: str) -> uvicorn.Config:
    """Return the settings of uvicorn to serve `app`, with the HTTP parser of that name."""
    return uvicorn.Config(
        app,
        http=connection_class(parser),
        h11_max_incomplete_event_size=LARGEST_HEAD,
        ws="none",
        interface="asgi3",
        lifespan="off",
        log_config=None,
        workers=1,
        proxy_headers=False,  # it would let any client bypass the HTTPS check
        server_header=False,
        timeout_keep_alive=300,
    )


class Ports(uvicorn.Server):
    """A uvicorn server that listens with TLS and without, and stops at once when asked.

    A proxy in front of both can be added as a third port.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        tls: socket.socket,
        context: ssl.SSLContext,
        plain: socket.socket,
    ) -> None:
        super().__init__(config)
        self._tls, self._context, self._plain = tls, context, plain
        self._stop_requested = asyncio.Event()
        self.on_ready: Callable[[], None] = lambda: None
        self._proxies: list[tuple[Proxy, socket.socket]] = []

    def add_proxy(
        self,
        listener: socket.socket,
        on_refusal: Callable[["ProxyRefusal"], None] | None,
        secrets: Iterable[SecretValues],
    ) -> None:
        """Serve the clients of a proxy on another port too."""
        from talentlms_mock.serving.proxy import Proxy  # noqa: PLC0415  # few servers have one

        proxy = Proxy(
            self._connection,
            self._context,
            tasks=self.server_state.tasks,
            on_refusal=on_refusal,
            secrets=secrets,
        )
        self._proxies.append((proxy, listener))

    def stop(self) -> None:
        """End the main loop; called on the thread of the event loop."""
        self.should_exit = True
        self._stop_requested.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the code that runs the loop: uvicorn would raise them again."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        loop = asyncio.get_running_loop()
        self._app = self.config.loaded_app
        self.config.loaded_app = self._until_stopped
        self.servers = [
            await loop.create_server(
                self._connection, sock=self._tls, ssl=self._context, backlog=BACKLOG
            ),
            await loop.create_server(self._connection, sock=self._plain, backlog=BACKLOG),
        ]
        self.servers += [
            await loop.create_server(proxy.accept, sock=listener, backlog=BACKLOG)
            for proxy, listener in self._proxies
        ]
        self.started = True
        loop.call_soon(self.on_ready)  # after the first tick, which sets the Date header

    async def main_loop(self) -> None:
        # uvicorn's polls ten times a second; it renews the Date header whenever the
        # count is a multiple of ten.
        while not await self.on_tick(0):
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stop_requested.wait(), timeout=1)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # Not uvicorn's, which waits 30 seconds for an idle TLS client to close the
        # connection, and forever for a request that hangs.
        for server in self.servers:
            server.close()
            if sys.version_info >= (3, 13) and isinstance(server, asyncio.Server):
                server.abort_clients()  # also those whose TLS handshake never ended
        for proxy, _ in self._proxies:
            proxy.abort()
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        loop = asyncio.get_running_loop()
        deadline = loop.time() + _ABORT_TIMEOUT
        while self.server_state.connections and loop.time() < deadline:
            await asyncio.sleep(0)
        for task in self.server_state.tasks:
            task.cancel()
        if self.server_state.tasks:
            await asyncio.wait(self.server_state.tasks, timeout=_ABORT_TIMEOUT)

    def _connection(self) -> asyncio.Protocol:
        protocol: Any = self.config.http_protocol_class
        connection = protocol(
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )
        # Per connection, since Config(access_log=False) silences the logger of
        # every uvicorn in the process.
        connection.access_log = False
        transport.name_itself(connection)
        assert isinstance(connection, asyncio.Protocol)
        return connection

    async def _until_stopped(self, scope: Any, receive: Any, send: Any) -> None:
        try:
            await self._app(scope, receive, send)
        except asyncio.CancelledError:
            if not self.should_exit:
                raise
