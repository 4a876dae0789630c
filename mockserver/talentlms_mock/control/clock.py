"""The clock of a portal."""

from typing import Annotated

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from talentlms_mock.control.parsing import portal_of, read_body, read_query
from talentlms_mock.control.responses import ClockState, JsonResponse, UpcomingState
from talentlms_mock.control.route import Body, Query, route
from talentlms_mock.portal.state.clock import timestamp

_TAG = "Clock"
_CLOCK = "/portals/{domain}/clock"


class UpcomingQuery(Query):
    """`limit` is how many are listed at most."""

    limit: Annotated[int, Field(ge=1, le=1000)] = 50


class FreezeRequest(Body):
    """`at` is a moment in ISO 8601; left out it is now."""

    at: str | None = None
    backwards: bool = False


class TravelRequest(Body):
    """`to` is a moment in ISO 8601."""

    to: str
    backwards: bool = False


class ClockAdvance(Body):
    """The step is the sum of all."""

    days: float = 0
    hours: float = 0
    minutes: float = 0
    seconds: float = 0
    backwards: bool = False


class TickRequest(Body):
    """`factor` is how many times as fast as real time."""

    factor: float = 1.0


@route(
    "GET",
    _CLOCK,
    tag=_TAG,
    summary="Read the clock",
    response=ClockState,
    python=(
        "Portal.clock",
        "Clock.as_data",
        "Clock.factor",
        "Clock.frozen",
        "Clock.now",
        "Clock.seconds",
        "Clock.timestamp",
        "Clock.today",
    ),
)
async def get_clock(request: Request) -> Response:
    return JsonResponse(portal_of(request).clock.as_data())


@route(
    "GET",
    f"{_CLOCK}/upcoming",
    tag=_TAG,
    summary="List what the clock will bring, the next first",
    query=UpcomingQuery,
    response=list[UpcomingState],
    python=("Portal.upcoming",),
)
async def list_upcoming(request: Request) -> Response:
    portal = portal_of(request)
    query = read_query(request, UpcomingQuery)
    found = portal.upcoming(**query.set_fields())
    return JsonResponse([{**vars(each), "at": timestamp(each.at)} for each in found])


@route(
    "POST",
    f"{_CLOCK}/freeze",
    tag=_TAG,
    summary="Stop the clock",
    body=FreezeRequest,
    body_required=False,
    response=ClockState,
    python=("Clock.freeze",),
)
async def freeze_clock(request: Request) -> Response:
    clock = portal_of(request).clock
    body = await read_body(request, FreezeRequest)
    clock.freeze(**body.set_fields())
    return JsonResponse(clock.as_data())


@route(
    "POST",
    f"{_CLOCK}/travel",
    tag=_TAG,
    summary="Move the clock to a moment, from which it runs on",
    body=TravelRequest,
    response=ClockState,
    python=("Clock.travel",),
)
async def travel_clock(request: Request) -> Response:
    clock = portal_of(request).clock
    body = await read_body(request, TravelRequest)
    clock.travel(**body.set_fields())
    return JsonResponse(clock.as_data())


@route(
    "POST",
    f"{_CLOCK}/advance",
    tag=_TAG,
    summary="Move the clock forward; a frozen one stays frozen",
    body=ClockAdvance,
    response=ClockState,
    python=("Clock.advance",),
)
async def advance_clock(request: Request) -> Response:
    clock = portal_of(request).clock
    body = await read_body(request, ClockAdvance)
    clock.advance(**body.set_fields())
    return JsonResponse(clock.as_data())


@route(
    "POST",
    f"{_CLOCK}/tick",
    tag=_TAG,
    summary="Let the clock run, at some multiple of real time",
    body=TickRequest,
    body_required=False,
    response=ClockState,
    python=("Clock.tick",),
)
async def tick_clock(request: Request) -> Response:
    clock = portal_of(request).clock
    body = await read_body(request, TickRequest)
    clock.tick(**body.set_fields())
    return JsonResponse(clock.as_data())


@route(
    "POST",
    f"{_CLOCK}/reset",
    tag=_TAG,
    summary="Let the clock follow the system's time again",
    response=ClockState,
    python=("Clock.reset",),
)
async def reset_clock(request: Request) -> Response:
    clock = portal_of(request).clock
    clock.reset()
    return JsonResponse(clock.as_data())
