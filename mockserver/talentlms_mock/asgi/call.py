"""A call: one HTTP request on its way through the gateway and the adapter."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, quote

from talentlms_mock.asgi.refused import body_problem
from talentlms_mock.hosts import is_loopback
from talentlms_mock.portal.faults.effect import Effect
from talentlms_mock.portal.portal import Portal

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

LARGEST_BODY = 1024 * 1024

KEPT_WARNINGS = 100
"""The maximum number of contract warnings of a request, with the one that counts the others."""

_LONGEST_WARNING = 500  # characters


@dataclass(slots=True)
class Response:
    """What leaves for the client; with a status of 0 nothing does.

    `reason` says what decided it when it is not 2xx, `effect` what faults do to it.
    """

    status: int
    body: bytes = b""
    reason: str = ""
    effect: Effect | None = None


def media_type(headers: Mapping[str, str]) -> str:
    """Return the media type of a body, in lower case and without parameters; "" where none is."""
    return headers.get("content-type", "").partition(";")[0].strip().lower()


def used_scheme(scope: Scope, *, behind_tls_proxy: bool) -> str:
    """Return the scheme by which a client asks: http or https.

    Args:
        scope: of the request.
        behind_tls_proxy: believe `X-Forwarded-Proto` of a client on the loopback address.
    """
    client = scope.get("client")
    if behind_tls_proxy and client and is_loopback(str(client[0])):
        for name, value in scope["headers"]:
            if name == b"x-forwarded-proto":
                forwarded: str = value.decode("latin-1")
                return forwarded.partition(",")[0].strip().lower()
    scheme: str = scope["scheme"]
    return scheme


async def wait_for_disconnect(receive: Receive) -> None:
    """Wait until the client of a request goes away; what it sends meanwhile is lost."""
    while (await receive())["type"] != "http.disconnect":
        pass


class ClientLeft(Exception):  # it is no error of anyone's
    """The client closed the connection before its request had arrived."""


def _shortened(text: str) -> str:
    return f"{text[:_LONGEST_WARNING]}..."


@dataclass
class Call:
    """One request: what the checks and the operation want to know of it."""

    scope: Scope
    receive: Receive
    portal: Portal | None = None
    operation_id: str | None = None
    warnings: list[str] = field(default_factory=list)
    further_warnings: int = 0
    """The number of those that are not kept."""
    changes: list[tuple[str, int]] = field(default_factory=list)
    body: bytes | None = None
    body_too_large: bool = False
    body_problem: str | None = None
    """What is wrong with the body as such, one sentence."""

    def __post_init__(self) -> None:
        self.method: str = self.scope["method"]
        self.path: str = self.scope["path"].removesuffix("/")
        self.scheme: str = self.scope["scheme"]
        self.headers: dict[bytes, bytes] = dict(self.scope["headers"])
        self.host: str = self.headers.get(b"host", b"").decode("latin-1")

    @property
    def origin(self) -> str:
        """The scheme and host, with its port, that the client used; "" where it named no host."""
        return f"{self.scheme}://{self.host}" if self.host else ""

    def warn(self, text: str) -> None:
        """Record a contract warning, up to KEPT_WARNINGS; it never changes the response."""
        if len(self.warnings) < KEPT_WARNINGS - 1:
            self.warnings.append(text if len(text) <= _LONGEST_WARNING else _shortened(text))
        else:
            self.further_warnings += 1

    def all_warnings(self) -> list[str]:
        """Return the contract warnings that are kept, and how many there are besides."""
        if not self.further_warnings:
            return self.warnings
        return [*self.warnings, f"and {self.further_warnings:,} more contract warnings"]

    def header(self, name: bytes) -> str | None:
        """Return the value of the header with this lower-case name, or None."""
        value = self.headers.get(name)
        return None if value is None else value.decode("latin-1")

    @cached_property
    def query(self) -> dict[str, str]:
        """The parameters of the query; of one given twice, the last counts."""
        text = self.scope["query_string"].decode("utf-8", "replace")
        return dict(parse_qsl(text, keep_blank_values=True)) if text else {}

    @property
    def sent_path(self) -> str:
        """The path as it was sent, with its escapes."""
        sent: bytes | None = self.scope.get("raw_path")
        path = quote(self.scope["path"]) if sent is None else sent.decode("latin-1")
        return path.removesuffix("/")

    @property
    def path_with_query(self) -> str:
        """The path and query as they were sent."""
        query = self.scope["query_string"]
        path: str = self.scope["path"]
        return f"{path}?{query.decode('latin-1')}" if query else path

    @property
    def _has_body(self) -> bool:
        return b"transfer-encoding" in self.headers or self.headers.get(
            b"content-length", b"0"
        ) not in (b"0", b"")

    async def wait_for_disconnect(self) -> None:
        """Wait until the client goes away."""
        await wait_for_disconnect(self.receive)

    async def stays(self, seconds: float) -> bool:
        """Wait; return whether the client is still there then."""
        try:
            async with asyncio.timeout(seconds):
                await self.wait_for_disconnect()
        except TimeoutError:
            return True
        return False

    async def read_body(self) -> None:
        """Read the body, once, and keep it; of one larger than 1 MiB keep the start, and say so.

        Raises:
            ClientLeft: the client went away before the end.
        """
        if self.body is not None:
            return
        pieces, length = [], 0
        more = self._has_body
        while more and not self.body_too_large:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                raise ClientLeft
            pieces.append(message.get("body", b""))
            length += len(pieces[-1])
            self.body_too_large = length > LARGEST_BODY
            more = message.get("more_body", False)
        self.body = b"".join(pieces)  # one copy, or none
        if self.body_too_large:
            self.body = self.body[:LARGEST_BODY]
        if self._has_body and not self.body_too_large:
            self.body_problem = body_problem(self.scope, len(self.body))
