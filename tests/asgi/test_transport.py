"""What reaches the connection under a request; on the wire, the tests of faults show it."""

import socket
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from talentlms_mock.asgi import transport


class Connection:
    """A connection of uvicorn's, as far as it is used."""

    def __init__(self, beneath: Any) -> None:
        self.scopes: list[Any] = []
        self.did: list[str] = []
        self.app: Callable[..., None] = self._answer
        self.transport = SimpleNamespace(
            get_extra_info=lambda name: beneath,
            abort=lambda: self.did.append("abort"),
            close=lambda: self.did.append("close"),
        )

    def _answer(self, scope: Any, receive: Any, send: Any) -> None:
        self.scopes.append(scope)


def scope_of(connection: Connection) -> Any:
    transport.name_itself(connection)
    connection.app({"type": "http"}, None, None)
    return connection.scopes[0]


def test_a_connection_is_closed_and_aborted() -> None:
    connection = Connection(None)
    scope = scope_of(connection)
    transport.close(scope)
    transport.abort(scope)
    assert connection.did == ["close", "abort"]


def test_a_connection_that_the_client_has_closed_is_reset_all_the_same() -> None:
    gone = socket.socket()
    gone.close()
    for beneath in (None, gone):
        connection = Connection(beneath)
        transport.reset(scope_of(connection))
        assert connection.did == ["abort"]


def test_a_server_that_names_no_connection_gets_an_error() -> None:
    for end in (transport.close, transport.abort, transport.reset):
        with pytest.raises(ConnectionResetError, match="of which the server gives none"):
            end({"type": "http"})
