"""The clock of a portal."""

from typing import Annotated

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from talentlms_mock.control.parsing import portal_of, read_body, read_query
from talentlms_mock.control.responses import (
    ClockState,
    JsonResponse,
    TimeLapseState,
    UpcomingState,
)
from talentlms_mock.control.route import Body, Query, route
from talentlms_mock.portal.state.clock import timestamp

_TAG = "Clock"
_CLOCK = "/portals/{domain}/clock"


class UpcomingQuery(Query):
    """`limit` is how many are listed at most."""

    limit: Annotated[int, Field(ge=1, le=1000)] = 50


class FreezeRequest(Body):
    """Where the clock stands still."""

    at: str | None = None
    backwards: bool = False


class TravelRequest(Body):
    """Where the clock runs on."""

    to: str
    backwards: bool = False


class ClockAdvance(Body):
    """How far the clock moves: the sum of all."""

    days: float = 0
    hours: float = 0
    minutes: float = 0
    seconds: float = 0
    backwards: bool = False


class SimulateRequest(Body):
    """How long people are at work."""

    days: int


class TickRequest(Body):
    """How fast the clock runs."""

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
def get_clock(request: Request) -> Response:
    """Return the time of the portal and how its clock runs."""
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
def list_upcoming(request: Request) -> Response:
    """Return what time will bring, the nearest first: deactivations, expiries, tasks."""
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
def freeze_clock(request: Request) -> Response:
    """Let the clock stand still at a moment, or where it is."""
    clock = portal_of(request).clock
    body = read_body(request, FreezeRequest)
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
def travel_clock(request: Request) -> Response:
    """Move the clock to a moment. It runs on from there as fast as before."""
    clock = portal_of(request).clock
    body = read_body(request, TravelRequest)
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
def advance_clock(request: Request) -> Response:
    """Move the clock forward by a span. What is due by then happens: users are deactivated,
    certificates expire.
    """
    clock = portal_of(request).clock
    body = read_body(request, ClockAdvance)
    clock.advance(**body.set_fields())
    return JsonResponse(clock.as_data())


@route(
    "POST",
    f"{_CLOCK}/simulate",
    tag=_TAG,
    summary="Move the clock forward by days in which people are at work",
    body=SimulateRequest,
    response=TimeLapseState,
    python=("Portal.simulate",),
)
def simulate_days(request: Request) -> Response:
    """Let days go by: people sign in, begin, finish and fail courses, instructors grade,
    certificates expire. The portal's seed and its clock decide what happens, all of it or nothing.
    """
    portal = portal_of(request)
    body = read_body(request, SimulateRequest)
    return JsonResponse(portal.simulate(body.days).as_data())


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
def tick_clock(request: Request) -> Response:
    """Let the clock run; a frozen one runs again."""
    clock = portal_of(request).clock
    body = read_body(request, TickRequest)
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
def reset_clock(request: Request) -> Response:
    """Let the clock show the time of the system, also where that is earlier."""
    clock = portal_of(request).clock
    clock.reset()
    return JsonResponse(clock.as_data())
