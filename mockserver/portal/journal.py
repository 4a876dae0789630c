"""The journal: what was asked of a portal, what it answered, and why."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

KEPT_EXCHANGES = 10_000
KEPT_BODY_BYTES = 64 * 1024 * 1024


@dataclass(slots=True)
class Exchange:
    """One request and its answer.

    `time` is the portal's, in seconds since 1970; `duration` is real, in seconds. `reason` says
    what decided an answer that is not 2xx, and names the faults, whose numbers are in `faults`. A
    status of 0 is that of a client that was left without an answer, or gave up waiting for one.
    Bodies are None once dropped to save memory.
    """

    number: int
    time: float
    duration: float
    method: str
    path: str
    operation_id: str | None
    headers: list[tuple[bytes, bytes]]
    body: bytes | None
    status: int
    answer: bytes | None
    reason: str
    warnings: list[str] = field(default_factory=list)
    faults: tuple[int, ...] = ()


class Journal:
    """The last 10,000 exchanges of a portal; the bodies of the oldest go first, past 64 MiB."""

    def __init__(self) -> None:
        self._exchanges: deque[Exchange] = deque(maxlen=KEPT_EXCHANGES)
        self._with_bodies: deque[Exchange] = deque()
        self._bytes = 0
        self._count = 0

    def next_number(self) -> int:
        """Return the number of the next exchange, counted from 1."""
        self._count += 1
        return self._count

    def add(self, exchange: Exchange) -> None:
        """Keep `exchange`, letting go of the oldest."""
        self._exchanges.append(exchange)
        self._with_bodies.append(exchange)
        self._bytes += _body_bytes(exchange)
        while self._bytes > KEPT_BODY_BYTES or len(self._with_bodies) > KEPT_EXCHANGES:
            oldest = self._with_bodies.popleft()
            self._bytes -= _body_bytes(oldest)
            oldest.body = oldest.answer = None

    def __len__(self) -> int:
        return len(self._exchanges)

    def __iter__(self) -> Iterator[Exchange]:
        return iter(list(self._exchanges))


def _body_bytes(exchange: Exchange) -> int:
    return len(exchange.body or b"") + len(exchange.answer or b"")
