"""A connection parsed by httptools."""

from typing import Any, cast

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from talentlms_mock.asgi.refused import Refused, Scope, refuse, spoil_body
from talentlms_mock.serving.wire.head import (
    BODY_NOT_HTTP,
    NOT_HTTP,
    HeadReader,
    TooLarge,
    lines_of,
    scope_of,
    unknown_method,
)
from talentlms_mock.serving.wire.refusal import Refusal

_KNOWN_METHOD = b"POST"
_SLASH = b"/"
_ONE_HOST = Refused(400, "A request must have one Host header.")


class HttpToolsConnection(HttpToolsProtocol):
    """uvicorn's protocol, without its own response to what is not HTTP.

    Besides, httptools takes only a list of methods, ends a request with an `Upgrade` header before
    its body, and reports trailers as headers. uvicorn changes none of it.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._head = HeadReader()
        self._reads_body = False
        # Of a request that is read again with others:
        self._method = self._target = b""
        self._sent_headers: list[tuple[bytes, bytes]] | None = (
            None  # of one read again without some
        )
        self._refusal: Refusal | None = None

    def data_received(self, data: bytes) -> None:
        self._unset_keepalive_if_required()
        while data and self._refusal is None:
            if self._reads_body:  # and what follows it, where the client does not wait
                self._parse(data)
                return
            try:
                piece, data = self._head.take(data)
            except TooLarge as error:
                self._refuse(error.refused, error.lines)
            else:
                self._parse(piece)
        if self._refusal is not None:
            self._refusal.data_received()

    def eof_received(self) -> bool:  # type: ignore[override] # asyncio takes one
        return self._refusal is not None and self._refusal.eof_received()

    def on_headers_complete(self) -> None:
        if self.parser.should_upgrade():
            return  # it is read again
        target, self._target = self._target or self.url, b""
        is_path = target.startswith(_SLASH)
        if not is_path:
            self.url = _origin_form(target)
        if self._sent_headers is not None:
            self.headers[:] = self._sent_headers
            self._sent_headers = None
        super().on_headers_complete()
        if not is_path and self.url == _SLASH:
            self._set_target(target)
        if self._method:
            self.scope["method"], self._method = self._method.decode(), b""
        hosts = [name for name, _ in self.headers if name == b"host"]
        if len(hosts) != 1 and (hosts or self.scope["http_version"] != "1.0"):
            refuse(cast(Scope, self.scope), _ONE_HOST)
        self.headers = []  # for the trailers, which are no headers (RFC 9110, 6.5.1)
        self._reads_body = True
        self._head.clear()

    def on_message_complete(self) -> None:
        if not self.parser.should_upgrade():
            self._reads_body = False
            super().on_message_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self._refusal is not None and not self._is_answering():
            self._refusal.respond()

    def _parse(self, data: bytes) -> None:
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            # Nothing is upgraded, so the request goes on (RFC 9110, 7.8).
            self._read_again(self._head_without_upgrade())
            self.data_received(data[upgrade.args[0] :])
        except httptools.HttpParserInvalidMethodError as error:
            method = unknown_method(self._head.received)
            if method is None or self._reads_body:
                self._refuse_for(error)
                return
            self._method = method
            _, _, rest = self._head.received.partition(b" ")
            self._read_again(b"%b %b" % (_KNOWN_METHOD, rest))
        except httptools.HttpParserError as error:
            self._refuse_for(error)

    def _read_again(self, head: bytes) -> None:
        self.parser = httptools.HttpRequestParser(self)
        self._parse(head)

    def _head_without_upgrade(self) -> bytes:
        self._sent_headers = self.headers
        method, target = self.parser.get_method(), self.url
        if method == b"CONNECT":  # which upgrades too
            self._method, self._target = method, target
            method, target = _KNOWN_METHOD, _SLASH
        lines = [b"%b %b HTTP/%b" % (method, target, self.parser.get_http_version().encode())]
        lines += [b"%b: %b" % header for header in self.headers if header[0] != b"upgrade"]
        return b"\r\n".join([*lines, b"", b""])

    def _set_target(self, target: bytes) -> None:
        """Set a target that names no path: `*`, or the host of a CONNECT."""
        self.scope |= {"path": target.decode(), "raw_path": target, "query_string": b""}

    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _refuse_for(self, error: httptools.HttpParserError) -> None:
        what = str(error)
        if not self._reads_body:
            self._refuse(Refused(400, NOT_HTTP.format(what=what)), lines_of(self._head.received))
        elif self._is_answering():
            spoil_body(cast(Scope, self.cycle.scope), BODY_NOT_HTTP.format(what=what))
            self.cycle.more_body = self.cycle.keep_alive = False
            self.cycle.message_event.set()
        else:
            self.transport.close()

    def _refuse(self, refused: Refused, lines: list[bytes]) -> None:
        self._refusal = Refusal(self, scope_of(lines), refused)
        if not self._is_answering():
            self._refusal.respond()


def _origin_form(target: bytes) -> bytes:
    """Return the path of an absolute URL; a slash for what names none."""
    url = httptools.parse_url(target) if b"://" in target else None
    if url is None or url.path is None:
        return _SLASH
    return url.path if url.query is None else b"%b?%b" % (url.path, url.query)
