"""The requests that reached a portal: list, find, assert, wait for, and stream them."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from typing import Annotated, Any, Self

import orjson
from pydantic import BeforeValidator, Field, WithJsonSchema
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Send

from talentlms_mock.control.parsing import (
    portal_of,
    read_body,
    read_query,
    unless_disconnected,
)
from talentlms_mock.control.problems import Problem
from talentlms_mock.control.responses import (
    ContractWarning,
    ExchangeState,
    JsonResponse,
    NoContent,
)
from talentlms_mock.control.route import Body, Query, route
from talentlms_mock.errors import PortalGone
from talentlms_mock.portal.journal.journal import Exchange
from talentlms_mock.portal.journal.requests import WAIT, Awaited, Requests
from talentlms_mock.portal.portal import Portal

_TAG = "Requests"
_REQUESTS = "/portals/{domain}/requests"

LONGEST_WAIT = 600.0
"""Seconds."""
HEARTBEAT = 15.0
"""Seconds after which a stream without events sends a comment, so that nobody takes it for dead."""

_COMMENT = b": still there\n\n"


def _status(text: object) -> object:
    """Return a status as `filter` takes it: 404, "4xx", or several, `404,409`."""
    if not isinstance(text, str) or text.endswith("xx"):
        return text
    numbers = [int(part) if part.strip().isdecimal() else part for part in text.split(",")]
    return numbers if len(numbers) > 1 else numbers[0]


_StatusFilter = Annotated[
    int | str | list[int] | None, BeforeValidator(_status), WithJsonSchema({"type": "string"})
]


class RequestFilter(Query):
    """Which requests: `path` is a pattern, `status` 404, 4xx or 404,409; `limit` the newest."""

    method: str | None = None
    path: str | None = None
    operation: str | None = None
    status: _StatusFilter = None
    after: Annotated[int, Field(ge=0)] = 0
    limit: Annotated[int, Field(ge=1)] | None = None
    redacted: bool = True


class StreamQuery(Query):
    """Which requests: those with a number above `after`; left out, those that come from now on."""

    method: str | None = None
    path: str | None = None
    operation: str | None = None
    status: _StatusFilter = None
    after: Annotated[int, Field(ge=0)] | None = None
    redacted: bool = True


class RequestView(Query):
    """With `redacted=false`, keys and passwords are shown."""

    redacted: bool = True


class RequestCriteria(Body):
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

    def criteria(self) -> dict[str, Any]:
        """Return the arguments of `filter`, where a `json` of None asks for no body."""
        given = self.model_dump(exclude_unset=True, by_alias=True)
        may_be_null = ("json", "json_contains")
        return {
            name: value
            for name, value in given.items()
            if name not in _NO_CRITERIA and (value is not None or name in may_be_null)
        }


_NO_CRITERIA = ("times", "timeout", "after")


class RequestAssertion(RequestCriteria):
    """What a request must be like, and how many there must be."""

    times: int | None = None


class RequestWait(RequestCriteria):
    """What the requests must be like that are waited for."""

    timeout: Annotated[float, Field(ge=0, le=LONGEST_WAIT)] = WAIT
    times: int = 1
    after: Annotated[int, Field(ge=0)] = 0


class WriteAssertion(Body):
    """Which requests must not write: those with a larger number."""

    after: Annotated[int, Field(ge=0)] = 0


class RequestOrder(Body):
    """Each step is "POST /users", or an object with what the request must be like."""

    steps: Annotated[list[str | RequestCriteria], Field(min_length=1)]


@route(
    "GET",
    _REQUESTS,
    tag=_TAG,
    summary="List the requests, oldest first, or those that match",
    query=RequestFilter,
    response=list[ExchangeState],
    python=("Portal.requests", "Requests.last", "Requests.as_data"),
)
def list_requests(request: Request) -> Response:
    """Return the requests of the API that reached the portal. The journal keeps the newest
    thousands.
    """
    portal = portal_of(request)
    query = read_query(request, RequestFilter)
    newer = [item for item in _matching(portal, query) if item.number > query.after]
    kept = newer if query.limit is None else newer[-query.limit :]
    return JsonResponse([item.as_data(redacted=query.redacted) for item in kept])


@route(
    "DELETE",
    _REQUESTS,
    tag=_TAG,
    summary="Clear the journal, whose numbers continue",
    python=("Portal.clear_requests",),
)
def clear_requests(request: Request) -> Response:
    """Forget all requests. The numbers of new ones continue."""
    portal_of(request).clear_requests()
    return NoContent()


@route(
    "GET",
    f"{_REQUESTS}/events",
    tag=_TAG,
    summary="Stream the requests as server-sent events, each with its number as the id",
    query=StreamQuery,
    response=ExchangeState,
    media="text/event-stream",
    python=("Requests.filter",),
)
async def stream_requests(request: Request) -> Response:
    """Send each request as an event as soon as it is answered. The header Last-Event-ID resumes a
    stream.
    """
    portal = portal_of(request)
    # How a browser resumes after a lost connection.
    last = request.headers.get("last-event-id")
    query = read_query(request, StreamQuery, {} if last is None else {"after": last})
    matching = _matching(portal, query)
    after = portal.journal.last_number if query.after is None else query.after
    return EventStream(_events(portal, matching, after, redacted=query.redacted))


@route(
    "GET",
    f"{_REQUESTS}/{{number}}",
    tag=_TAG,
    summary="Read a request and its response",
    query=RequestView,
    response=ExchangeState,
    python=("Exchange.as_data",),
)
def get_request(request: Request) -> Response:
    """Return one request with its response, warnings and changes."""
    portal, number = portal_of(request), request.path_params["number"]
    query = read_query(request, RequestView)
    for exchange in portal.requests:
        if str(exchange.number) == number:
            return JsonResponse(exchange.as_data(redacted=query.redacted))
    raise Problem(404, f"The portal {portal.domain!r} has no request {number!r}, or not any more.")


@route(
    "POST",
    f"{_REQUESTS}/find",
    tag=_TAG,
    summary="Find the requests that match, also by query, headers and body",
    body=RequestCriteria,
    response=list[ExchangeState],
    python=("Requests.filter",),
)
def find_requests(request: Request) -> Response:
    """Return the requests that match all criteria, the oldest first."""
    portal = portal_of(request)
    body = read_body(request, RequestCriteria)
    return JsonResponse(portal.requests.filter(**body.criteria()).as_data())


@route(
    "POST",
    f"{_REQUESTS}/assert",
    tag=_TAG,
    summary="Assert a request: the last that matches, or 409 and why none does",
    body=RequestAssertion,
    response=ExchangeState,
    errors=(409,),
    python=("Portal.assert_requested", "Requests.assert_requested"),
)
def assert_requested(request: Request) -> Response:
    """Return the last request that matches; where none does, 409 says which came closest and what
    differs.
    """
    portal = portal_of(request)
    body = read_body(request, RequestAssertion)
    found = portal.assert_requested(times=body.times, **body.criteria())
    return JsonResponse(found.as_data())


@route(
    "POST",
    f"{_REQUESTS}/assert-not",
    tag=_TAG,
    summary="Assert that no request matches: 409 and the requests if one does",
    body=RequestCriteria,
    errors=(409,),
    python=("Portal.assert_not_requested", "Requests.assert_not_requested"),
)
def assert_not_requested(request: Request) -> Response:
    """Answer 204 where no request matches, else 409 with those that do."""
    portal = portal_of(request)
    body = read_body(request, RequestCriteria)
    portal.assert_not_requested(**body.criteria())
    return NoContent()


@route(
    "POST",
    f"{_REQUESTS}/assert-order",
    tag=_TAG,
    summary="Assert an order: the requests that came in it, or 409 and what did not",
    body=RequestOrder,
    response=list[ExchangeState],
    errors=(409,),
    python=("Portal.assert_order", "Requests.assert_order"),
)
def assert_order(request: Request) -> Response:
    """Return the requests that came in the order of the steps; other requests may come between
    them.
    """
    portal = portal_of(request)
    body = read_body(request, RequestOrder)
    steps = [step if isinstance(step, str) else step.criteria() for step in body.steps]
    return JsonResponse([item.as_data() for item in portal.assert_order(steps)])


@route(
    "POST",
    f"{_REQUESTS}/assert-no-warnings",
    tag=_TAG,
    summary="Assert that no request has a contract warning: 409 and the warnings if one does",
    errors=(409,),
    python=("Portal.assert_no_warnings", "Requests.assert_no_warnings"),
)
def assert_no_warnings(request: Request) -> Response:
    """Answer 204 where the requests have no contract warning, else 409 with the warnings."""
    portal_of(request).assert_no_warnings()
    return NoContent()


@route(
    "POST",
    f"{_REQUESTS}/assert-no-writes",
    tag=_TAG,
    summary="Assert that no request writes: 409 and the requests if one does",
    body=WriteAssertion,
    body_required=False,
    errors=(409,),
    python=("Portal.assert_no_writes", "Requests.assert_no_writes"),
)
def assert_no_writes(request: Request) -> Response:
    """Answer 204 where all requests only read. One that is refused, but has a method that writes,
    counts as a write.
    """
    body = read_body(request, WriteAssertion)
    portal_of(request).requests.assert_no_writes(after=body.after)
    return NoContent()


@route(
    "GET",
    "/portals/{domain}/warnings",
    tag=_TAG,
    summary="List the contract warnings of the requests",
    response=list[ContractWarning],
    python=("Portal.warnings", "Requests.warnings"),
)
def list_warnings(request: Request) -> Response:
    """Return what the requests rely on and the vendor does not promise, each with the number of
    its request.
    """
    warnings = portal_of(request).warnings
    return JsonResponse([{"number": item.exchange.number, "text": item.text} for item in warnings])


@route(
    "POST",
    f"{_REQUESTS}/wait",
    tag=_TAG,
    summary="Wait for a request: the one that matches, or 409 and what came instead",
    body=RequestWait,
    response=ExchangeState,
    errors=(409,),
    python=("Portal.wait_for_request", "Requests.wait_for", "Requests.awaited"),
)
async def wait_for_request(request: Request) -> Response:
    """Answer as soon as enough requests match. After the timeout it is 409, with what came
    instead.
    """
    portal = portal_of(request)
    body = read_body(request, RequestWait)
    awaited = portal.requests.awaited(times=body.times, after=body.after, **body.criteria())
    found = await unless_disconnected(request, _arrival(portal, awaited, body.timeout))
    return JsonResponse(found.as_data())


async def _arrival(portal: Portal, awaited: Awaited, timeout: float) -> Exchange:
    """Return what is awaited once it is there.

    Raises:
        AssertionError: it did not come within `timeout` seconds.
        PortalGone: the portal was removed meanwhile.
    """
    try:
        with _Arrivals(portal) as arrivals:
            async with asyncio.timeout(timeout):
                while not portal.journal.ended:
                    found = awaited.find()
                    if found is not None:
                        return found
                    await arrivals.next()
    except TimeoutError:
        raise awaited.missing(timeout) from None
    raise PortalGone(f"The portal {portal.domain!r} was removed meanwhile.")


def _matching(portal: Portal, query: RequestFilter | StreamQuery) -> Requests:
    wanted = query.model_dump(include={"method", "path", "operation", "status"}, exclude_none=True)
    return portal.requests.filter(**wanted) if wanted else portal.requests


class EventStream(StreamingResponse):
    """Server-sent events, until there are no more or the client goes away."""

    def __init__(self, events: AsyncGenerator[bytes, None]) -> None:
        super().__init__(events, headers={"Content-Type": "text/event-stream"})
        self._events = events

    async def stream_response(self, send: Send) -> None:
        """Send the events, and close their source whatever ends them."""
        async with aclosing(self._events):
            await super().stream_response(send)


async def _events(
    portal: Portal, matching: Requests, after: int, *, redacted: bool
) -> AsyncGenerator[bytes, None]:
    # Nothing is queued for a client that reads slowly: it gets what the journal still has.
    yield b"retry: 1000\n\n"
    with _Arrivals(portal) as arrivals:
        while not portal.journal.ended:
            for exchange in portal.journal.after(after):
                after = exchange.number
                if matching.has(exchange):
                    yield _event(exchange, redacted)
            if not await arrivals.next(within=HEARTBEAT):
                yield _COMMENT


def _event(exchange: Exchange, redacted: bool) -> bytes:
    data = orjson.dumps(exchange.as_data(redacted=redacted))
    return b"id: %d\nevent: request\ndata: %s\n\n" % (exchange.number, data)


class _Arrivals:
    """Wakes a coroutine when an exchange has come, or the portal is gone."""

    def __init__(self, portal: Portal) -> None:
        self._loop = asyncio.get_running_loop()
        self._came = asyncio.Event()
        self._watching = portal.journal.watched(self._wake)

    def __enter__(self) -> Self:
        self._watching.__enter__()
        return self

    def __exit__(self, *raised: object) -> None:
        self._watching.__exit__(None, None, None)

    def _wake(self) -> None:
        with suppress(RuntimeError):  # the loop has just been closed
            self._loop.call_soon_threadsafe(self._came.set)

    async def next(self, within: float | None = None) -> bool:
        """Wait for one that came since the last call; return False if none did `within` seconds.

        Whoever reads the journal after this misses none.
        """
        try:
            async with asyncio.timeout(within):
                await self._came.wait()
        except TimeoutError:
            return False
        self._came.clear()
        return True
