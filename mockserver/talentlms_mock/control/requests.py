"""The requests that reached a portal: picked, waited for, asserted, and as they come."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import Annotated, Any, Self

import orjson
from pydantic import BeforeValidator, Field

from talentlms_mock.control.operation import Body, Events, Query, operation
from talentlms_mock.control.problems import Problem
from talentlms_mock.control.responses import ExchangeState, Warned
from talentlms_mock.errors import PortalGone
from talentlms_mock.portal.journal.journal import Exchange
from talentlms_mock.portal.journal.requests import WAIT, Requests
from talentlms_mock.portal.portal import Portal

_TAG = "Requests"
_REQUESTS = "/portals/{domain}/requests"

LONGEST_WAIT = 600.0
"""Seconds."""
HEARTBEAT = 15.0
"""Seconds after which a live tail says that it is still there."""

_ALIVE = b": still there\n\n"


def _status(text: object) -> object:
    """Return a status as `filter` takes it: 404, "4xx", or several, `404,409`."""
    if not isinstance(text, str) or text.endswith("xx"):
        return text
    numbers = [int(part) if part.strip().isdecimal() else part for part in text.split(",")]
    return numbers if len(numbers) > 1 else numbers[0]


class RequestFilter(Query):
    """Which requests: `path` is a pattern, `status` 404, 4xx or 404,409; `limit` the newest."""

    method: str | None = None
    path: str | None = None
    operation: str | None = None
    status: Annotated[int | str | list[int] | None, BeforeValidator(_status)] = None
    after: Annotated[int, Field(ge=0)] = 0
    limit: Annotated[int, Field(ge=1)] | None = None
    redacted: bool = True


class StreamQuery(Query):
    """Which requests: those with a larger number than `after`, else those that come from now."""

    method: str | None = None
    path: str | None = None
    operation: str | None = None
    status: Annotated[int | str | list[int] | None, BeforeValidator(_status)] = None
    after: Annotated[int, Field(ge=0)] | None = None
    redacted: bool = True


class RequestView(Query):
    """With `redacted=false`, keys and passwords are shown."""

    redacted: bool = True


class Wanted(Body):
    """What a request must be like; what is left out does not matter."""

    method: str | None = None
    path: str | None = None
    operation: str | None = None
    status: int | str | list[int] | None = None
    query: dict[str, Any] | None = None
    headers: dict[str, str | None] | None = None
    # pydantic's own `json` would be hidden by a field of that name.
    document: Any = Field(None, alias="json")
    json_contains: Any = None

    def wanted(self) -> dict[str, Any]:
        """Return the arguments of `filter`: null asks for a body that is none."""
        given = self.model_dump(exclude_unset=True, by_alias=True)
        may_be_null = ("json", "json_contains")
        return {
            name: value
            for name, value in given.items()
            if name not in _NOT_WANTED and (value is not None or name in may_be_null)
        }


_NOT_WANTED = ("times", "timeout", "after")


class Asserting(Wanted):
    """`times` is how many must be, exactly; left out it is at least one."""

    times: int | None = None


class Waiting(Wanted):
    """`timeout` in seconds, `times` how many there must be, `after` a number they must exceed."""

    timeout: Annotated[float, Field(ge=0, le=LONGEST_WAIT)] = WAIT
    times: int = 1
    after: Annotated[int, Field(ge=0)] = 0


class Ordering(Body):
    """Each step is "POST /users", or an object with what the request must be like."""

    steps: Annotated[list[str | Wanted], Field(min_length=1)]


@operation(
    "GET",
    _REQUESTS,
    "listRequests",
    tag=_TAG,
    summary="The requests, or those that are like this, oldest first",
    query=RequestFilter,
    answer=list[ExchangeState],
    python=("Portal.requests", "Requests.last", "Requests.as_data"),
)
def list_requests(portal: Portal, query: RequestFilter) -> list[dict[str, Any]]:
    found = _like(portal, query)
    newer = [item for item in found if item.number > query.after]
    kept = newer if query.limit is None else newer[-query.limit :]
    return [item.as_data(redacted=query.redacted) for item in kept]


@operation(
    "DELETE",
    _REQUESTS,
    "clearRequests",
    tag=_TAG,
    summary="Forget the requests so far; numbers go on",
    python=("Portal.clear_requests",),
)
def clear_requests(portal: Portal) -> None:
    portal.clear_requests()


@operation(
    "GET",
    f"{_REQUESTS}/{{number}}",
    "getRequest",
    tag=_TAG,
    summary="Read a request and its answer",
    query=RequestView,
    answer=ExchangeState,
    python=("Exchange.as_data",),
)
def get_request(portal: Portal, number: str, query: RequestView) -> dict[str, Any]:
    for exchange in portal.requests:
        if str(exchange.number) == number:
            return exchange.as_data(redacted=query.redacted)
    raise Problem(404, f"The portal {portal.domain!r} has no request {number!r}, or not any more.")


@operation(
    "POST",
    f"{_REQUESTS}/find",
    "findRequests",
    tag=_TAG,
    summary="The requests that are like this, also by query, headers and body",
    body=Wanted,
    answer=list[ExchangeState],
    python=("Requests.filter",),
)
def find_requests(portal: Portal, body: Wanted) -> list[dict[str, Any]]:
    return portal.requests.filter(**body.wanted()).as_data()


@operation(
    "POST",
    f"{_REQUESTS}/assert",
    "assertRequested",
    tag=_TAG,
    summary="Answers the last request that is like this, or 409 and why there is none",
    body=Asserting,
    answer=ExchangeState,
    errors=(409,),
    python=("Portal.assert_requested", "Requests.assert_requested"),
)
def assert_requested(portal: Portal, body: Asserting) -> dict[str, Any]:
    return portal.assert_requested(times=body.times, **body.wanted()).as_data()


@operation(
    "POST",
    f"{_REQUESTS}/assert-not",
    "assertNotRequested",
    tag=_TAG,
    summary="Answers 409 and the requests that are like this, if there are any",
    body=Wanted,
    errors=(409,),
    python=("Portal.assert_not_requested", "Requests.assert_not_requested"),
)
def assert_not_requested(portal: Portal, body: Wanted) -> None:
    portal.assert_not_requested(**body.wanted())


@operation(
    "POST",
    f"{_REQUESTS}/assert-order",
    "assertOrder",
    tag=_TAG,
    summary="Answers the requests that came in this order, or 409 and what did not",
    body=Ordering,
    answer=list[ExchangeState],
    errors=(409,),
    python=("Portal.assert_order", "Requests.assert_order"),
)
def assert_order(portal: Portal, body: Ordering) -> list[dict[str, Any]]:
    steps = [step if isinstance(step, str) else step.wanted() for step in body.steps]
    return [item.as_data() for item in portal.assert_order(steps)]


@operation(
    "POST",
    f"{_REQUESTS}/assert-no-warnings",
    "assertNoWarnings",
    tag=_TAG,
    summary="Answers 409 and the contract warnings, if there are any",
    errors=(409,),
    python=("Portal.assert_no_warnings", "Requests.assert_no_warnings"),
)
def assert_no_warnings(portal: Portal) -> None:
    portal.assert_no_warnings()


@operation(
    "GET",
    "/portals/{domain}/warnings",
    "listWarnings",
    tag=_TAG,
    summary="The contract warnings of the requests",
    answer=list[Warned],
    python=("Portal.warnings", "Requests.warnings"),
)
def list_warnings(portal: Portal) -> list[dict[str, Any]]:
    return [{"number": item.exchange.number, "text": item.text} for item in portal.warnings]


@operation(
    "POST",
    f"{_REQUESTS}/wait",
    "waitForRequest",
    tag=_TAG,
    summary="Answers the request that is like this once it has come, or 409 and what came instead",
    body=Waiting,
    answer=ExchangeState,
    errors=(409,),
    python=("Portal.wait_for_request", "Requests.wait_for", "Requests.awaited"),
)
async def wait_for_request(portal: Portal, body: Waiting) -> dict[str, Any]:
    awaited = portal.requests.awaited(times=body.times, after=body.after, **body.wanted())
    try:
        with _Arrivals(portal) as arrivals:
            async with asyncio.timeout(body.timeout):
                while not portal.journal.ended:
                    found = awaited.find()
                    if found is not None:
                        return found.as_data()
                    await arrivals.one()
    except TimeoutError:
        raise awaited.missing(body.timeout) from None
    raise PortalGone(f"The portal {portal.domain!r} was removed meanwhile.")


@operation(
    "GET",
    f"{_REQUESTS}/events",
    "tailRequests",
    tag=_TAG,
    summary="The requests as they come: server-sent events, each a request with its number as id",
    query=StreamQuery,
    answer=ExchangeState,
    media="text/event-stream",
    python=("Requests.filter",),
)
def tail_requests(portal: Portal, query: StreamQuery) -> Events:
    like = _like(portal, query)
    after = portal.journal.last_number if query.after is None else query.after
    return Events(_events(portal, like, after, redacted=query.redacted))


def _like(portal: Portal, query: RequestFilter | StreamQuery) -> Requests:
    wanted = query.model_dump(include={"method", "path", "operation", "status"}, exclude_none=True)
    return portal.requests.filter(**wanted) if wanted else portal.requests


async def _events(
    portal: Portal, like: Requests, after: int, *, redacted: bool
) -> AsyncGenerator[bytes, None]:
    # Nothing is kept for a client that reads slowly: it gets what the journal still has.
    yield b"retry: 1000\n\n"
    with _Arrivals(portal) as arrivals:
        while not portal.journal.ended:
            for exchange in portal.journal.after(after):
                after = exchange.number
                if like.has(exchange):
                    yield _event(exchange, redacted)
            if not await arrivals.one(within=HEARTBEAT):
                yield _ALIVE


def _event(exchange: Exchange, redacted: bool) -> bytes:
    data = orjson.dumps(exchange.as_data(redacted=redacted))
    return b"id: %d\nevent: request\ndata: %s\n\n" % (exchange.number, data)


class _Arrivals:
    """Tells a coroutine when an exchange has come, or the portal is gone."""

    def __init__(self, portal: Portal) -> None:
        self._loop = asyncio.get_running_loop()
        self._came = asyncio.Event()
        self._watching = portal.journal.watched(self._tell)

    def __enter__(self) -> Self:
        self._watching.__enter__()
        return self

    def __exit__(self, *raised: object) -> None:
        self._watching.__exit__(None, None, None)

    def _tell(self) -> None:
        with suppress(RuntimeError):  # the loop has just been closed
            self._loop.call_soon_threadsafe(self._came.set)

    async def one(self, within: float | None = None) -> bool:
        """Wait for one that came since the last time; return False when none did `within` seconds.

        Who looks into the journal after this misses none.
        """
        try:
            async with asyncio.timeout(within):
                await self._came.wait()
        except TimeoutError:
            return False
        self._came.clear()
        return True
