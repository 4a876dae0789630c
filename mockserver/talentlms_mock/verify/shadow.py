"""What the mock answers to a request whatever is in the portal: it is asked, with an empty one.

An error that an empty portal gives before it looks for what the request names (no key, a malformed
id, an unknown path, a body that is no JSON) is the same in every portal. So the rules are those of
the mock itself, and are written down nowhere else.
"""

from collections.abc import Awaitable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import unquote

from talentlms_mock.api.adapter import Adapter
from talentlms_mock.api.gateway import Gateway
from talentlms_mock.api.operation import REGISTRY
from talentlms_mock.portal.journal.journal import Exchange
from talentlms_mock.portal.portal import Portal
from talentlms_mock.portal.portals import Portals
from talentlms_mock.portal.state.settings import Settings
from talentlms_mock.verify.exchange import WRONG_KEY, Seen

T = TypeVar("T")

_KEY = "shadow"
_MANY = 10**9
_BY_REQUEST = (400, 401, 405, 413, 422)
"""The errors that an empty portal can only have found in the request."""


@dataclass(frozen=True)
class Prediction:
    """How an empty portal answers a request.

    Args:
        status: of its response.
        operation_id: which the request asks for; None where there is none.
    """

    status: int
    operation_id: str | None

    @property
    def of_router(self) -> bool:
        """Whether the request leads to no operation."""
        return self.operation_id is None and self.status in (404, 405)

    @property
    def is_certain(self) -> bool:
        """Whether every portal answers so, whatever is in it."""
        return self.status in _BY_REQUEST or self.of_router


class Consulted(dict[str, str]):
    """Quirks that remember which of them were asked for."""

    def __init__(self, quirks: Mapping[str, str]) -> None:
        super().__init__(quirks)
        self.names: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.names.add(name)
        return super().__getitem__(name)


class Shadow:
    """An empty portal, without limits, that answers without a server."""

    def __init__(self) -> None:
        settings = Settings(
            domain="shadow",
            api_key=_KEY,
            plan="custom",
            hourly_limit=_MANY,
            burst_limit=_MANY,
        )
        self._portal = Portal(settings, dataset="empty")
        portals = Portals()
        portals.add(self._portal)
        self._operation_id: str | None = None
        # The exchanges are kept beside, so that no other takes the id of one.
        self._predicted: dict[int, tuple[Seen, list[tuple[dict[str, str], Prediction]]]] = {}
        self._gateway = Gateway(
            portals,
            Adapter(list(REGISTRY)),
            allow_http=False,
            behind_tls_proxy=False,
            on_exchange=self._remember,
        )

    def predict(self, seen: Seen, quirks: Consulted) -> Prediction:
        """Return how the portal answers the request of `seen`, with these quirks."""
        known, found = self._predicted.setdefault(id(seen), (seen, []))
        assert known is seen
        for depends_on, prediction in found:
            if depends_on.items() <= quirks.items():
                quirks.names |= depends_on.keys()
                return prediction
        asked = Consulted(quirks)
        prediction = self._asked(seen, asked)
        found.append(({name: quirks[name] for name in asked.names}, prediction))
        return prediction

    def _asked(self, seen: Seen, quirks: Consulted) -> Prediction:
        self._portal.settings.quirks = quirks
        status = completed(self._answer(seen))
        if seen.method != "GET" and 200 <= status < 300:
            self._portal.reset()
        return Prediction(status, self._operation_id)

    def _remember(self, exchange: Exchange) -> None:
        self._operation_id = exchange.operation_id

    async def _answer(self, seen: Seen) -> int:
        statuses: list[int] = []
        messages = iter([{"type": "http.request", "body": seen.sent_body, "more_body": False}])

        async def receive() -> MutableMapping[str, Any]:
            return next(messages)

        async def send(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                statuses.append(message["status"])

        await self._gateway(_scope(seen, self._portal.host), receive, send)
        return statuses[0]

    def close(self) -> None:
        """Release the portal."""
        self._portal.close()


def _scope(seen: Seen, host: str) -> dict[str, Any]:
    return {
        "type": "http",
        "http_version": "1.1",
        "method": seen.method,
        "scheme": "https",
        "path": unquote(seen.path),
        "raw_path": seen.path.encode(),
        "query_string": seen.query_text.encode(),
        "root_path": "",
        "headers": [(b"host", host.encode()), *_headers(seen)],
        "client": None,
        "server": None,
    }


def _headers(seen: Seen) -> Iterator[tuple[bytes, bytes]]:
    """Give the headers of the request, with a key that is as good as the vendor found it."""
    sent = seen.sent_headers
    if sent is None:
        sent = {"x-api-key": "", "x-api-version": "2025-01-01", "accept": "application/json"}
        if seen.sent_body:
            sent["content-type"] = "application/json"
    for name in ("x-api-version", "accept", "content-type"):
        if name in sent:
            yield name.encode(), sent[name].encode("latin-1", "replace")
    if "x-api-key" in sent:
        is_wrong = seen.status == 401 or sent["x-api-key"] == WRONG_KEY
        yield b"x-api-key", (WRONG_KEY if is_wrong else _KEY).encode()
    if seen.sent_body:
        yield b"content-length", str(len(seen.sent_body)).encode()


def completed(work: Awaitable[T]) -> T:
    """Return what a coroutine returns that waits for nothing."""
    steps = work.__await__()
    try:
        next(steps)
    except StopIteration as end:
        result: T = end.value
        return result
    raise AssertionError("the mock waited, with nothing to wait for")
