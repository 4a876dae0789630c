"""The response to a request that a parser refused, and the end of its connection."""

import asyncio
from collections.abc import MutableMapping
from contextlib import suppress
from http import HTTPStatus
from typing import Any, Protocol

from uvicorn.server import ServerState

from talentlms_mock.asgi.refused import Refused, refuse

IDLE_SECONDS = 1.0
"""How long a refused client may send nothing before it is disconnected."""

LINGER_SECONDS = 5.0
"""The maximum time that it may continue to send."""

Message = MutableMapping[str, Any]


class Connection(Protocol):
    """What a refusal needs of a connection of uvicorn's."""

    app: Any
    flow: Any
    transport: Any  # an asyncio.Transport, from which uvloop's do not inherit
    client: tuple[str, int] | None
    server: tuple[str, int | None] | None
    scheme: Any
    server_state: ServerState


class Refusal:
    """Lets the application respond to a request, and lets its client finish sending.

    Closing while the client still sends would reset the connection, and the client would lose the
    response.

    Args:
        connection: of the client.
        scope: the request, as far as it could be read.
        refused: what is wrong with it.
    """

    def __init__(self, connection: Connection, scope: dict[str, Any], refused: Refused) -> None:
        self._connection = connection
        refuse(scope, refused)
        self._scope = scope
        self._start: Message = {}
        self._has_sent = False
        self._is_idle = False
        self._deadline = 0.0

    def respond(self) -> None:
        """Start to respond; earlier requests of the connection must have their responses."""
        connection = self._connection
        self._scope |= {
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "client": connection.client,
            "server": connection.server,
            "scheme": connection.scheme,
        }
        tasks = connection.server_state.tasks
        task = asyncio.get_running_loop().create_task(self._respond())
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    def data_received(self) -> None:
        """Drop what the client continues to send."""
        self._is_idle = False

    def eof_received(self) -> bool:
        """Return whether the connection is still needed when the client has sent everything."""
        return not self._has_sent

    async def _respond(self) -> None:
        await self._connection.app(self._scope, self._receive, self._send)
        self._has_sent = True
        transport = self._connection.transport
        self._connection.flow.resume_reading()
        with suppress(OSError, RuntimeError, NotImplementedError):  # TLS, or it has disconnected
            if transport.can_write_eof():
                transport.write_eof()
        loop = asyncio.get_running_loop()
        self._deadline = loop.time() + LINGER_SECONDS
        self._linger()

    def _linger(self) -> None:
        transport, loop = self._connection.transport, asyncio.get_running_loop()
        if transport.is_closing():
            return
        if self._is_idle or loop.time() > self._deadline:
            transport.close()
            return
        self._is_idle = True
        loop.call_later(IDLE_SECONDS, self._linger)

    async def _receive(self) -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def _send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
            return
        status = HTTPStatus(self._start["status"])
        headers = [
            *self._connection.server_state.default_headers,
            *self._start["headers"],
            (b"connection", b"close"),
        ]
        lines = [b"HTTP/1.1 %d %b" % (status, status.phrase.encode())]
        lines += [b"%b: %b" % header for header in headers]
        body = b"" if self._scope["method"] == "HEAD" else message["body"]
        self._connection.transport.write(b"\r\n".join([*lines, b"", body]))
