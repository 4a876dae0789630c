"""The journal: the requests to a portal, their responses, and what decided them."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import takewhile
from threading import Condition, RLock
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import orjson

from talentlms_mock.portal.journal import redaction
from talentlms_mock.portal.journal.last_page import LastPages
from talentlms_mock.portal.journal.redaction import NamedPlaces, Redactor
from talentlms_mock.portal.journal.secret_values import HIDDEN, SecretValues
from talentlms_mock.portal.state.clock import moment_at, stopwatch, timestamp

KEPT_EXCHANGES = 10_000
KEPT_BODY_BYTES = 64 * 1024 * 1024
KEPT_HEAD_BYTES = 32 * 1024 * 1024

_HEADER_OVERHEAD = 120
"""Bytes that Python takes for a header beside its name and value."""

T = TypeVar("T")


class Headers(Mapping[str, str]):
    """Headers of a request or a response.

    The case of names does not matter, and printing hides secrets.
    """

    __slots__ = ("_values",)

    def __init__(self, raw: Iterable[tuple[bytes, bytes]]) -> None:
        self._values: dict[str, str] = {}
        for name, value in raw:
            key, text = name.decode("latin-1").lower(), value.decode("latin-1")
            self._values[key] = f"{self._values[key]}, {text}" if key in self._values else text

    def __getitem__(self, name: str) -> str:
        return self._values[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"Headers({redaction.redacted(self._values)!r})"


@dataclass(slots=True, repr=False)
class Exchange:
    """One request and its response, with all that was sent; printing hides keys and passwords.

    Args:
        number: counts the portal's requests from 1.
        time: the portal's at the response, in seconds since 1970.
        duration: real, in seconds.
        method: of the request.
        target: its path and query as they were sent.
        operation_id: the operation that they lead to; None when there is none.
        raw_headers: of the request, as they arrived.
        body: of the request; None when it was dropped to save memory, or never read.
        status: of the response; 0 when none was sent, or the client gave up waiting for one.
        response: its body; None when it was dropped to save memory.
        reason: what decided a response that is not 2xx: a fault, a limit, a check, a rule.
        warnings: the contract warnings.
        changes: what a write made, changed or deleted, as (entity, id).
        faults: the numbers of those that fired, which the reason names.
        raw_response_headers: of the response, as they were sent.
        secrets: known by value, those of the portal; they are hidden wherever they stand.
    """

    number: int
    time: float
    duration: float
    method: str
    target: str
    operation_id: str | None
    raw_headers: list[tuple[bytes, bytes]]
    body: bytes | None
    status: int
    response: bytes | None
    reason: str
    warnings: list[str] = field(default_factory=list)
    changes: list[tuple[str, int]] = field(default_factory=list)
    faults: tuple[int, ...] = ()
    raw_response_headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    secrets: Iterable[SecretValues] = field(default=(), compare=False)

    # Read out when asked for: most exchanges are never looked at.

    @property
    def path(self) -> str:
        """The path as it was sent, with `/api/v2`."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> dict[str, str]:
        """The parameters of the query; of one given twice, the last."""
        return dict(parse_qsl(self.target.partition("?")[2], keep_blank_values=True))

    @property
    def headers(self) -> Headers:
        """The headers of the request."""
        return Headers(self.raw_headers)

    @property
    def response_headers(self) -> Headers:
        """The headers of the response; those of the connection are not among them."""
        return Headers(self.raw_response_headers)

    @property
    def json(self) -> Any:
        """The body of the request, read as JSON; None when it has none, or it is no JSON."""
        return _json(self.body)

    @property
    def response_json(self) -> Any:
        """The body of the response, read as JSON; None when it has none, or it is no JSON."""
        return _json(self.response)

    @property
    def at(self) -> str:
        """The portal's time at the response, as the API writes it."""
        return timestamp(moment_at(self.time))

    def redacted(self) -> "Exchange":
        """Return the exchange with `***` for its keys and passwords."""
        places = NamedPlaces()
        encoded = self.headers.get("content-encoding", "identity").lower() != "identity"
        headers = places.headers(self.raw_headers)
        body = HIDDEN.encode() if encoded and self.body else places.body(self.body)
        response = places.body(self.response)
        response_headers = places.headers(self.raw_response_headers)
        head = self._redacted_head(places)
        redactor = self._redactor(places)
        return replace(
            head,
            raw_headers=redactor.headers(headers),
            raw_response_headers=redactor.headers(response_headers),
            body=redactor.body(body),
            response=redactor.body(response),
        )

    def redacted_head(self) -> "Exchange":
        """Return the exchange as `redacted` does, without its headers and bodies.

        That is many times as quick, for a list of them.
        """
        places = NamedPlaces()
        places.headers(self.raw_headers)
        places.body(self.body)
        places.body(self.response)
        left_out: dict[str, Any] = {"raw_headers": [], "raw_response_headers": []}
        return replace(self._redacted_head(places), body=None, response=None, **left_out)

    def _redacted_head(self, places: NamedPlaces) -> "Exchange":
        target = places.text(self.target)
        redactor = self._redactor(places)
        return replace(
            self,
            target=redactor.text(target),
            reason=redactor.text(self.reason),
            warnings=[redactor.text(text) for text in self.warnings],
        )

    def _redactor(self, places: NamedPlaces) -> Redactor:
        known = tuple(self.secrets)
        others = [value for value in places.seen if not any(each.is_one(value) for each in known)]
        return Redactor((*known, SecretValues(others)) if others else known)

    def redacted_text(self, text: str) -> str:
        """Return a text about the exchange, like its target, without keys and passwords."""
        return Redactor(self.secrets).text(redaction.redacted_target(text))

    def as_data(self, *, redacted: bool = True) -> dict[str, Any]:
        """Return everything as JSON-able values; keys and passwords only when not `redacted`."""
        shown = self.redacted() if redacted else self
        return {
            "number": shown.number,
            "time": shown.at,
            "duration": shown.duration,
            "method": shown.method,
            "path": shown.path,
            "operation_id": shown.operation_id,
            "query": shown.query,
            "headers": dict(shown.headers),
            "body": _json_or_text(shown.body),
            "status": shown.status,
            "response": _json_or_text(shown.response),
            "response_headers": dict(shown.response_headers),
            "reason": shown.reason,
            "warnings": list(shown.warnings),
            "changes": [{"entity": entity, "id": id} for entity, id in shown.changes],
            "faults": list(shown.faults),
        }

    def __repr__(self) -> str:
        because = f": {self.reason}" if self.reason else ""
        line = f"{self.target} -> {self.status or 'no answer'}{because}"
        return f"<Exchange #{self.number} {self.method} {self.redacted_text(line)}>"


def _json(body: bytes | None) -> Any:
    try:
        return orjson.loads(body) if body else None
    except orjson.JSONDecodeError:
        return None


def _json_or_text(body: bytes | None) -> Any:
    """Return JSON as a value, else the text; None for nothing at all.

    JSON that is nested deeper than can be written again is a text too.
    """
    if not body:
        return None
    try:
        value = orjson.loads(body)
        orjson.dumps(value)
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        return body.decode("utf-8", "replace")
    return value


class Journal:
    """The last 10,000 exchanges of a portal, or fewer where they are large.

    Past 64 MiB of bodies, the oldest lose theirs. Past 32 MiB of everything else (targets, headers,
    reasons and warnings), the oldest are dropped.

    The server's thread adds to it while any other reads.
    """

    def __init__(self) -> None:
        self.secrets = SecretValues()
        """The keys that the portal had, and the passwords that it was given."""
        self.secrets.before_use = self._learn
        self._unread: deque[Exchange] = deque()
        """Those whose passwords are no secrets yet: looking for them is for who reads."""
        self._learning = RLock()
        self._exchanges: deque[Exchange] = deque()
        self._head_sizes: deque[int] = deque()  # of each of them
        self._with_bodies: deque[Exchange] = deque()
        self._body_bytes = self._head_bytes = 0
        self._count = 0
        self._added = Condition()
        self._waiting = 0
        # Replaced as a whole, as the server's thread goes through them.
        self._watchers: tuple[Callable[[], None], ...] = ()
        self.last_pages = LastPages()
        self.ended = False
        """Whether its portal is gone, so that no request will come."""

    def next_number(self) -> int:
        """Return the number of the next exchange, counted from 1."""
        self._count += 1
        return self._count

    def add(self, exchange: Exchange) -> None:
        """Keep `exchange`, and drop the oldest beyond the limits."""
        self._unread.append(exchange)
        self._keep(exchange)
        for watcher in self._watchers:
            watcher()

    def _learn(self, until: Exchange | None = None) -> None:
        """Add the passwords of requests to the secrets: of all, or of those up to one."""
        with self._learning:
            while self._unread and (until is None or self._unread[0].number <= until.number):
                one = self._unread[0]
                found = redaction.passwords_in(one.target, one.raw_headers, one.body)
                self.secrets.add_passwords(found)
                self._unread.popleft()

    def _keep(self, exchange: Exchange) -> None:
        exchange.secrets = (self.secrets,)
        size = _head_size(exchange)
        self._exchanges.append(exchange)
        self._head_sizes.append(size)
        self._with_bodies.append(exchange)
        self._body_bytes += _body_size(exchange)
        self._head_bytes += size
        while len(self._exchanges) > KEPT_EXCHANGES or self._head_bytes > KEPT_HEAD_BYTES:
            oldest = self._exchanges.popleft()
            self._learn(oldest)
            self._head_bytes -= self._head_sizes.popleft()
            if self._with_bodies and self._with_bodies[0] is oldest:
                self._body_bytes -= _body_size(self._with_bodies.popleft())
        while self._body_bytes > KEPT_BODY_BYTES:
            oldest = self._with_bodies.popleft()
            self._learn(oldest)
            self._body_bytes -= _body_size(oldest)
            oldest.body = oldest.response = None
        if self._waiting:  # read after adding, and set before looking: none is missed
            with self._added:
                self._added.notify_all()

    def wait(self, find: Callable[[], T | None], timeout: float) -> T | None:
        """Return what `find` finds, looking again after every exchange.

        Args:
            find: returns None until it finds something.
            timeout: real seconds, after which None is returned.
        """
        deadline = stopwatch() + timeout
        with self._added:
            self._waiting += 1
            try:
                while (found := find()) is None:
                    remaining = deadline - stopwatch()
                    if remaining <= 0:
                        return None
                    self._added.wait(remaining)
                return found
            finally:
                self._waiting -= 1

    @contextmanager
    def watched(self, watcher: Callable[[], None]) -> Iterator[None]:
        """Call `watcher` after every exchange and at the end of the journal, within the block.

        It is called on the thread that adds to the journal, and must not block it.
        """
        with self._added:
            self._watchers = (*self._watchers, watcher)
        try:
            yield
        finally:
            with self._added:
                self._watchers = tuple(one for one in self._watchers if one is not watcher)

    def end(self) -> None:
        """Mark the journal as ended: its portal is gone."""
        self.ended = True
        for watcher in self._watchers:
            watcher()

    @property
    def last_number(self) -> int:
        """The number of the newest exchange, 0 before the first."""
        return self._count

    def after(self, number: int) -> list[Exchange]:
        """Return the exchanges with a larger number, without going through the others."""
        newer = takewhile(lambda item: item.number > number, reversed(list(self._exchanges)))
        return list(newer)[::-1]

    def clear(self) -> None:
        """Forget all exchanges; the numbers of new ones continue."""
        self.restore([])

    def save(self) -> list[Exchange]:
        """Return what `restore` needs."""
        return list(self)

    def restore(self, exchanges: Iterable[Exchange]) -> None:
        """Replace all exchanges; the numbers of new ones continue."""
        kept = list(exchanges)
        self._learn()
        self.last_pages.clear()
        for each in (self._exchanges, self._head_sizes, self._with_bodies):
            each.clear()
        self._body_bytes = self._head_bytes = 0
        for exchange in kept:
            self._count = max(self._count, exchange.number)
            self._keep(exchange)

    def __len__(self) -> int:
        return len(self._exchanges)

    def __iter__(self) -> Iterator[Exchange]:
        return iter(list(self._exchanges))


def _body_size(exchange: Exchange) -> int:
    return len(exchange.body or b"") + len(exchange.response or b"")


def _head_size(exchange: Exchange) -> int:
    size = len(exchange.target) + len(exchange.reason) + sum(map(len, exchange.warnings))
    headers = [*exchange.raw_headers, *exchange.raw_response_headers]
    lengths = sum([len(name) + len(value) for name, value in headers])
    return size + lengths + _HEADER_OVERHEAD * len(headers)
