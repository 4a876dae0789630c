"""The head of a request as it arrives: its size is limited, raw bytes in its URL are escaped."""

import re
from typing import Any

from talentlms_mock.asgi.refused import Refused

HEADERS_LIMIT = 64 * 1024
"""The maximum size of all headers of a request, in bytes."""

TARGET_LIMIT = 64 * 1024
"""The maximum size of its first line, in bytes."""

LARGEST_HEAD = TARGET_LIMIT + HEADERS_LIMIT

TARGET_TOO_LONG = Refused(414, "The URL of the request is longer than 64 KiB.")
HEADERS_TOO_LARGE = Refused(431, "The headers of the request are larger than 64 KiB.")
NOT_HTTP = "The request is not HTTP/1.1: {what}."
BODY_NOT_HTTP = "The body of the request is not HTTP/1.1: {what}."

_END = b"\r\n\r\n"
_LINE_KEPT = 8 * 1024
_LINES_KEPT = 100
_ABANDONED = 8 * 1024 * 1024
"""Bytes of a head that is too large anyway, after which its end is not waited for."""
_TOKEN = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}")
_NO_URL = re.compile(rb"[^\x21-\x7e]")
_RAW = re.compile(rb"[\x80-\xff]")


class TooLarge(Exception):
    """The head of a request is too large; `refused` says how, `lines` are the start of it."""

    def __init__(self, refused: Refused, lines: list[bytes]) -> None:
        super().__init__(refused.reason)
        self.refused = refused
        self.lines = lines


class HeadReader:
    """Splits the head of the next request from what a client sends.

    Args:
        waits_for_end: read a head that is too large to its end, to find the headers that say
            which portal it is for.
    """

    def __init__(self, *, waits_for_end: bool = True) -> None:
        self._waits_for_end = waits_for_end
        self.received = b""
        """What has arrived of the head, as a parser should read it."""
        self._oversized: _OversizedHead | None = None

    def take(self, data: bytes) -> tuple[bytes, bytes]:
        """Return what of `data` belongs to the head, and what follows it.

        Raises:
            TooLarge: the head is, and it has ended, or is too large to wait for its end.
        """
        if self._oversized is None:
            before = len(self.received)
            if not data.isascii() and b"\n" not in self.received:
                data = _with_escapes(data)
            whole = self.received + data if before else data
            end = whole.find(_END, max(before - len(_END) + 1, 0))
            head = whole if end < 0 else whole[: end + len(_END)]
            problem = _size_problem(head) if len(head) > HEADERS_LIMIT else None
            if problem is None:
                self.received = head
                return head[before:], whole[len(head) :]
            if not self._waits_for_end:
                raise TooLarge(problem, [])
            self._oversized = _OversizedHead(problem)
            data = whole
        self._oversized.feed(data)
        return b"", b""

    def clear(self) -> None:
        """Expect the head of another request."""
        self.received = b""


class _OversizedHead:
    """Keeps the start of each line of a head, until it has ended."""

    def __init__(self, refused: Refused) -> None:
        self._refused = refused
        self._lines: list[bytes] = []
        self._line = b""
        self._count = 0

    def feed(self, data: bytes) -> None:
        """Read more of the head.

        Raises:
            TooLarge: it has ended, or is too large to wait for its end.
        """
        self._count += len(data)
        *ended, rest = data.split(b"\n")
        for line in ended:
            self._add(line)
            whole, self._line = self._line.rstrip(b"\r"), b""
            if not whole and self._lines:
                raise TooLarge(self._refused, self._lines)
            if whole and len(self._lines) < _LINES_KEPT:
                self._lines.append(whole)
        self._add(rest)
        if self._count > _ABANDONED:
            raise TooLarge(self._refused, self._lines or [self._line])

    def _add(self, part: bytes) -> None:
        self._line += part[: _LINE_KEPT - len(self._line)]


def lines_of(head: bytes) -> list[bytes]:
    """Return the lines of a head that a parser refused, as far as it arrived."""
    return [line.rstrip(b"\r") for line in head.lstrip(b"\r\n").split(b"\n")]


def scope_of(lines: list[bytes]) -> dict[str, Any]:
    """Return the ASGI scope of a request that is refused, as far as its lines can be read."""
    method, target = _method_and_target(lines[0] if lines else b"")
    path, _, query = target.partition(b"?")
    return {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "path": path.decode("ascii"),
        "raw_path": path,
        "query_string": query,
        "root_path": "",
        "headers": [header for line in lines[1:] if (header := _header(line)) is not None],
        "extensions": {},
    }


def unknown_method(head: bytes) -> bytes | None:
    """Return the method of a head where its first line is HTTP but for a parser that knows few."""
    method, space, _ = head.lstrip(b"\r\n").partition(b" ")
    return method if space and _TOKEN.fullmatch(method) else None


def _method_and_target(line: bytes) -> tuple[str, bytes]:
    method, space, rest = line.partition(b" ")
    if not space or not _TOKEN.fullmatch(method):
        return "-", b""
    target, _, version = rest.rpartition(b" ")
    if not version.startswith(b"HTTP/"):
        target = rest
    return method.decode(), _NO_URL.sub(_escape, target.strip())


def _header(line: bytes) -> tuple[bytes, bytes] | None:
    name, colon, value = line.partition(b":")
    return (name.lower(), value.strip()) if colon and _TOKEN.fullmatch(name) else None


def _size_problem(head: bytes) -> Refused | None:
    """Return why a head, or its start, is too large; None where it is not."""
    newline = head.find(b"\r\n", len(_END))  # not that of an empty line before the first
    first = len(head) if newline < 0 else newline
    if first > TARGET_LIMIT:
        return TARGET_TOO_LONG
    return HEADERS_TOO_LARGE if len(head) - first > HEADERS_LIMIT else None


def _with_escapes(data: bytes) -> bytes:
    """Return `data` with escapes for the bytes of its first line that a URL cannot have.

    Servers take them as they are, and curl sends them so.
    """
    line, newline, rest = data.partition(b"\n")
    return _RAW.sub(_escape, line) + newline + rest


def _escape(byte: re.Match[bytes]) -> bytes:
    return b"%%%02X" % byte[0][0]
