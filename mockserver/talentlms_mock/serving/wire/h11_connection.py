"""A connection parsed by h11."""

import sys
from typing import Any, cast

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from talentlms_mock.asgi.refused import Refused, Scope, spoil_body
from talentlms_mock.serving.wire.head import (
    BODY_NOT_HTTP,
    HEADERS_LIMIT,
    NOT_HTTP,
    HeadReader,
    TooLarge,
    lines_of,
    scope_of,
)
from talentlms_mock.serving.wire.refusal import Refusal


class H11Connection(H11Protocol):
    """uvicorn's protocol, without its own response to what is not HTTP."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._head = HeadReader()
        self._waiting = b""  # what follows a request that has no response yet
        self._refusal: Refusal | None = None

    def data_received(self, data: bytes) -> None:
        self._unset_keepalive_if_required()
        if self._refusal is not None:
            self._refusal.data_received()
            return
        self._waiting += data
        self._parse()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._parse()

    def _parse(self) -> None:
        while self._waiting and self._refusal is None:
            if self.conn.their_state is h11.IDLE:
                try:
                    data, self._waiting = self._head.take(self._waiting)
                except TooLarge as error:
                    self._refuse(error.refused, error.lines)
                    return
            elif self.conn.their_state is h11.SEND_BODY:
                data, self._waiting = self._waiting, b""
            else:
                if len(self._waiting) > HEADERS_LIMIT:
                    self.flow.pause_reading()
                return  # the request before has no response yet
            if data:  # none would be the end of the connection
                self.conn.receive_data(data)
                self.handle_events()
            if self.conn.their_state is not h11.IDLE:
                self._head.clear()

    def eof_received(self) -> bool:  # type: ignore[override] # asyncio takes one
        return self._refusal is not None and self._refusal.eof_received()

    def send_400_response(self, msg: str) -> None:
        """Let the application respond to what h11 has just refused."""
        what = sys.exception()
        cycle = self.cycle
        if cycle is None or cycle.response_complete:
            self._refuse(Refused(400, NOT_HTTP.format(what=what)), lines_of(self._head.received))
            return
        spoil_body(cast(Scope, cycle.scope), BODY_NOT_HTTP.format(what=what))
        cycle.more_body = cycle.keep_alive = False
        cycle.message_event.set()

    def _should_upgrade(self) -> bool:
        return False  # without uvicorn's warning: the request is served as it is

    def _refuse(self, refused: Refused, lines: list[bytes]) -> None:
        self._refusal = Refusal(self, scope_of(lines), refused)
        self._refusal.respond()
