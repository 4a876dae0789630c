"""The proxy: a client configured to use it reaches the mock under the vendor's names.

Nothing is copied from one socket to another. Once a client has named a portal, its connection is
handed to the protocol that the mock's own ports use, behind TLS for port 443. So it behaves as
there, resets and back-pressure included, and a request costs what it costs there. Every other host
is refused, and never looked up.
"""

import asyncio
import logging
import re
import ssl
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any, Literal
from urllib.parse import urlsplit

import h11

from talentlms_mock.hosts import VENDOR_SUFFIX
from talentlms_mock.portal.journal.redaction import Redactor, redacted_target
from talentlms_mock.portal.journal.secret_values import SecretValues
from talentlms_mock.serving.wire.head import LARGEST_HEAD, HeadReader, TooLarge

log = logging.getLogger("talentlms_mock")

HEAD_SECONDS = 30.0
"""The maximum time a client may take to send it."""

LINGER_SECONDS = 2.0
"""The maximum time a refused client may continue to send before it is disconnected."""

_PORTAL = re.compile(rf"[a-z0-9-]+{re.escape(VENDOR_SUFFIX)}\.?", re.ASCII | re.IGNORECASE)
_AUTHORITY = re.compile(r"(\[[^\]]+\]|[^:\[\]@/]+):(\d{1,5})", re.ASCII)
_ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"
_HOP_BY_HOP = (b"host", b"connection", b"keep-alive", b"proxy-", b"upgrade")
_SHOWN = 200  # characters of a request that was refused
_TLS_RECORD = b"\x16"

Scheme = Literal["http", "https"]


@dataclass(frozen=True, slots=True)
class ProxyRefusal:
    """A request that the proxy did not hand to the mock, and the reason, one sentence.

    `request` is its first line without the version. `status` is None where the proxy accepted it,
    but the client did not trust the mock.
    """

    request: str
    status: int | None
    reason: str


class _Refused(Exception):
    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class Proxy:
    """Hands connections to the mock, or refuses them.

    Args:
        connection: makes the protocol of one connection to the mock.
        context: the TLS context of the mock's port 443.
        tasks: the set of running handshakes, which the server cancels when it stops.
        on_refusal: is called with each refusal; without it they are logged as warnings.
        secrets: are hidden in refusals.
    """

    def __init__(
        self,
        connection: Callable[[], asyncio.Protocol],
        context: ssl.SSLContext,
        *,
        tasks: set[asyncio.Task[None]],
        on_refusal: Callable[[ProxyRefusal], None] | None,
        secrets: Iterable[SecretValues],
    ) -> None:
        self.connection = connection
        self.context = context
        self.tasks = tasks
        self._on_refusal = on_refusal or _log
        self._secrets = secrets
        self.transports: set[asyncio.Transport] = set()
        self.ended = False

    def on_refusal(self, refusal: ProxyRefusal) -> None:
        """Report a refusal, without keys and passwords."""
        hide = Redactor(self._secrets).text
        request = hide(redacted_target(refusal.request))
        self._on_refusal(replace(refusal, request=request, reason=hide(refusal.reason)))

    def accept(self) -> asyncio.Protocol:
        """Return the protocol of a new client."""
        return _Client(self)

    def abort(self) -> None:
        """Disconnect every client that has not been handed over yet."""
        self.ended = True
        for transport in list(self.transports):
            transport.abort()


def _log(refusal: ProxyRefusal) -> None:
    log.warning("The proxy refused %s: %s", refusal.request, refusal.reason)


class _Client(asyncio.Protocol):
    """A client that has not named its destination yet, or was refused."""

    _transport: Any  # an asyncio.Transport, from which uvloop's do not inherit
    _timer: asyncio.TimerHandle

    def __init__(self, proxy: Proxy) -> None:
        self._proxy = proxy
        self._head = h11.Connection(h11.SERVER, max_incomplete_event_size=LARGEST_HEAD)
        self._reader = HeadReader(waits_for_end=False)
        self._first_byte = b""
        self._refused = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._proxy.transports.add(self._transport)
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(HEAD_SECONDS, self._out_of_time)

    def connection_lost(self, exc: Exception | None) -> None:
        self._timer.cancel()
        self._proxy.transports.discard(self._transport)

    def data_received(self, data: bytes) -> None:
        if self._refused:
            return
        self._first_byte = self._first_byte or data[:1]
        asked = "a request"
        try:
            self._head.receive_data(self._escaped(data))
            request = _next_request(self._head, self._first_byte)
            if request is not None:
                asked = f"{request.method.decode()} {request.target.decode()}"[:_SHOWN]
                self._route(request)
        except _Refused as refused:
            self._refuse(asked, refused.status, str(refused), body=not asked.startswith("HEAD "))

    def _escaped(self, data: bytes) -> bytes:
        """Return what h11 reads: bytes that no URL has are escaped.

        Raises:
            _Refused: the head of the request is too large.
        """
        try:
            head, following = self._reader.take(data)
        except TooLarge as error:
            raise _Refused(error.refused.status, error.refused.reason) from None
        return head + following

    def _route(self, request: h11.Request) -> None:
        if request.method == b"CONNECT":
            target = request.target.decode()
            scheme = _tunnel(target)
            self._release()
            self._head.next_event()  # a CONNECT has no body: the rest is for the mock
            following = self._head.trailing_data[0]
            if scheme == "https":
                self._start_tls(target, following)
            else:
                self._transport.write(_ESTABLISHED)
                self._hand_over(self._transport, following)
            return
        scheme, head = _forwarded(request)
        self._release()
        self._hand_over(self._transport, head + self._head.trailing_data[0], scheme)

    def _release(self) -> None:
        self._timer.cancel()
        self._proxy.transports.discard(self._transport)

    def _hand_over(
        self, transport: asyncio.Transport, received: bytes, scheme: Scheme | None = None
    ) -> None:
        connection: Any = self._proxy.connection()
        transport.set_protocol(connection)
        connection.connection_made(transport)
        if scheme is not None:
            connection.scheme = scheme  # uvicorn passes it to the application
        if received:
            connection.data_received(received)

    def _start_tls(self, target: str, received: bytes) -> None:
        # Without this, bytes of the handshake could arrive here and not at TLS.
        self._transport.pause_reading()
        self._proxy.transports.add(self._transport)
        task = asyncio.get_running_loop().create_task(self._secure(target, received))
        self._proxy.tasks.add(task)
        task.add_done_callback(self._proxy.tasks.discard)

    async def _secure(self, target: str, received: bytes) -> None:
        loop = asyncio.get_running_loop()
        waiting = _Waiting()
        try:
            self._transport.write(_ESTABLISHED)
            starting = loop.create_task(
                loop.start_tls(self._transport, waiting, self._proxy.context, server_side=True)
            )
            if received:
                # In the next iteration of the loop TLS has taken over the transport and asked to
                # read from it; this call runs right after that, before anything is read.
                await asyncio.sleep(0)
                loop.call_soon(_feed, self._transport, received)
            secure = await starting
        except (OSError, RuntimeError) as error:
            if not self._proxy.ended:
                self._proxy.on_refusal(_no_handshake(target, error))
            return
        finally:
            self._proxy.transports.discard(self._transport)
        if secure is not None and not waiting.lost:
            self._hand_over(secure, bytes(waiting.received))

    def _out_of_time(self) -> None:
        if self._refused or not self._first_byte:
            self._transport.abort()
        else:
            reason = f"The proxy waited {HEAD_SECONDS:g} seconds for the end of the request's head."
            self._refuse("a request", 408, reason)

    def _refuse(self, asked: str, status: int, reason: str, *, body: bool = True) -> None:
        self._refused = True
        content = f"{reason}\n".encode()
        head = (
            f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n"
            "Content-Type: text/plain; charset=utf-8\r\n"
            f"Content-Length: {len(content)}\r\nConnection: close\r\n\r\n"
        )
        # Recorded before the client gets the response.
        self._proxy.on_refusal(ProxyRefusal(asked, status, reason))
        self._transport.write(head.encode() + (content if body else b""))
        self._timer.cancel()
        # Closing while the client still sends would reset the connection, and the
        # client would lose the response.
        with suppress(OSError, RuntimeError):  # it has disconnected already
            self._transport.write_eof()
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(LINGER_SECONDS, self._out_of_time)


def _no_handshake(target: str, error: Exception) -> ProxyRefusal:
    why = getattr(error, "reason", None) or "the client disconnected"
    reason = (
        f"The TLS handshake failed ({why}): does the client trust the authority that "
        "`talentlms-mock ca` names?"
    )
    return ProxyRefusal(f"CONNECT {target}", None, reason)


class _Waiting(asyncio.Protocol):
    """Stands in for the mock's protocol until the handshake is over.

    The client's first bytes can be decrypted before `start_tls` returns the transport.
    """

    def __init__(self) -> None:
        self.received = bytearray()
        self.lost = False

    def data_received(self, data: bytes) -> None:
        self.received += data

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost = True


def _feed(transport: asyncio.Transport, data: bytes) -> None:
    """Pass bytes to the protocol of a transport, as if they had just been read from it."""
    receiver: Any = transport.get_protocol()  # an asyncio.BufferedProtocol
    while data:
        buffer = receiver.get_buffer(len(data))
        count = min(len(buffer), len(data))
        buffer[:count] = data[:count]
        receiver.buffer_updated(count)
        data = data[count:]


def _next_request(head: h11.Connection, first_byte: bytes) -> h11.Request | None:
    try:
        event = head.next_event()
    except h11.RemoteProtocolError as error:
        if first_byte == _TLS_RECORD:
            reason = (
                "The proxy itself is reached over plain HTTP: write http://, not https://, for it."
            )
            raise _Refused(400, reason) from None
        status = error.error_status_hint
        reason = f"The proxy cannot read the request: {error}."
        raise _Refused(status, reason) from None
    return event if isinstance(event, h11.Request) else None


def _tunnel(target: str) -> Scheme:
    """Return the scheme of the host and port that a CONNECT names."""
    named = _AUTHORITY.fullmatch(target)
    if named is None:
        raise _Refused(400, f"A CONNECT must name a host and a port, like acme{VENDOR_SUFFIX}:443.")
    return _scheme_of(named[1], int(named[2]))


def _scheme_of(host: str, port: int) -> Scheme:
    if not _PORTAL.fullmatch(host):
        raise _Refused(
            403,
            f"The mock's proxy serves only *{VENDOR_SUFFIX}, not {host}: add that to NO_PROXY to "
            "reach it.",
        )
    if port not in (443, 80):
        raise _Refused(403, f"The mock's proxy serves only ports 443 and 80 of {host}, not {port}.")
    return "https" if port == 443 else "http"


def _forwarded(request: h11.Request) -> tuple[Scheme, bytes]:
    """Return the scheme of a request with an absolute URL, and its head as the mock reads it."""
    try:
        url = urlsplit(request.target.decode())
        host, port = url.hostname, url.port
    except ValueError:
        raise _Refused(400, "The proxy cannot read the URL of the request.") from None
    if url.scheme not in ("http", "https") or not host:
        raise _Refused(
            400,
            "This is the mock's proxy, which accepts CONNECT and absolute URLs: set it as "
            "HTTPS_PROXY, as `talentlms-mock env` does.",
        )
    scheme: Scheme = "https" if url.scheme == "https" else "http"
    default = 443 if scheme == "https" else 80
    if _scheme_of(host, port or default) != scheme:
        raise _Refused(400, f"Port {port} of {host} does not speak {scheme}.")
    path = f"{url.path or '/'}{'?' * bool(url.query)}{url.query}"
    lines = [
        b"%b %b HTTP/%b" % (request.method, path.encode(), request.http_version),
        b"Host: " + host.encode(),
        # Each connection is routed once, so its next request must not name another host.
        b"Connection: close",
    ]
    lines += [
        b"%b: %b" % (name, value)
        for name, value in request.headers
        if not name.startswith(_HOP_BY_HOP)
    ]
    return scheme, b"\r\n".join([*lines, b"", b""])
