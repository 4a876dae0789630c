"""The connection under a request, for what no ASGI message can do: to cut it, or reset it.

uvicorn hands an application no connection, so each is made to name itself in the scope of
its requests. This relies on what uvicorn does not document, that its HTTP protocols have `app`
and `transport`.
"""

import asyncio
import socket
import struct
import sys
from collections.abc import Awaitable, MutableMapping
from contextlib import suppress
from typing import Any

_EXTENSION = "talentlms_mock.connection"
# On, and no time to linger: closing then sends RST instead of FIN.
_NO_LINGER = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)

Scope = MutableMapping[str, Any]


def name_itself(connection: Any) -> None:
    """Make a connection of uvicorn's (its protocol) known to the application that it calls."""
    app = connection.app

    # No coroutine of its own, which each request would pay for.
    def call(scope: Scope, receive: Any, send: Any) -> Awaitable[None]:
        scope.setdefault("extensions", {})[_EXTENSION] = connection
        answering: Awaitable[None] = app(scope, receive, send)
        return answering

    connection.app = call


def close(scope: Scope) -> None:
    """Close the connection of a request, after what has been sent.

    Raises:
        ConnectionResetError: the server is not ours, and gives no connection.
    """
    _transport(scope).close()


def abort(scope: Scope) -> None:
    """Close the connection of a request at once.

    Raises:
        ConnectionResetError: as `close`.
    """
    _transport(scope).abort()


def reset(scope: Scope) -> None:
    """Close the connection of a request at once, such that the client gets an RST.

    Raises:
        ConnectionResetError: as `close`.
    """
    transport = _transport(scope)
    beneath = transport.get_extra_info("socket")
    if beneath is not None:  # as when the client has closed it
        with suppress(OSError, ValueError):  # as when it does just now; uvloop's is a ValueError
            beneath.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
    transport.abort()


def _transport(scope: Scope) -> asyncio.Transport:
    connection = scope.get("extensions", {}).get(_EXTENSION)
    if connection is None:
        raise ConnectionResetError("A fault ends the connection, of which the server gives none.")
    transport: asyncio.Transport = connection.transport
    return transport
