"""The clock of a portal."""

from typing import Any

from talentlms_mock.control.operation import Body, operation
from talentlms_mock.control.responses import ClockState, clock_state
from talentlms_mock.portal.portal import Portal

_TAG = "Clock"
_CLOCK = "/portals/{domain}/clock"


class FreezeRequest(Body):
    """`at` is a moment in ISO 8601; left out it is that of now."""

    at: str | None = None
    backwards: bool = False


class TravelRequest(Body):
    """`to` is a moment in ISO 8601."""

    to: str
    backwards: bool = False


class Advancing(Body):
    """How far: the sum of all."""

    days: float = 0
    hours: float = 0
    minutes: float = 0
    seconds: float = 0
    backwards: bool = False


class Ticking(Body):
    """How many times as fast as real time."""

    factor: float = 1.0


@operation(
    "GET",
    _CLOCK,
    "getClock",
    tag=_TAG,
    summary="Read the clock",
    answer=ClockState,
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
def get_clock(portal: Portal) -> dict[str, Any]:
    return clock_state(portal.clock)


@operation(
    "POST",
    f"{_CLOCK}/freeze",
    "freezeClock",
    tag=_TAG,
    summary="Let the clock stand still",
    body=FreezeRequest,
    body_required=False,
    answer=ClockState,
    python=("Clock.freeze",),
)
def freeze(portal: Portal, body: FreezeRequest) -> dict[str, Any]:
    portal.clock.freeze(**body.set_fields())
    return clock_state(portal.clock)


@operation(
    "POST",
    f"{_CLOCK}/travel",
    "travelClock",
    tag=_TAG,
    summary="Let the clock jump, and run on from there",
    body=TravelRequest,
    answer=ClockState,
    python=("Clock.travel",),
)
def travel(portal: Portal, body: TravelRequest) -> dict[str, Any]:
    portal.clock.travel(**body.set_fields())
    return clock_state(portal.clock)


@operation(
    "POST",
    f"{_CLOCK}/advance",
    "advanceClock",
    tag=_TAG,
    summary="Move the clock forward; frozen it stays frozen",
    body=Advancing,
    answer=ClockState,
    python=("Clock.advance",),
)
def advance(portal: Portal, body: Advancing) -> dict[str, Any]:
    portal.clock.advance(**body.set_fields())
    return clock_state(portal.clock)


@operation(
    "POST",
    f"{_CLOCK}/tick",
    "tickClock",
    tag=_TAG,
    summary="Let the clock run, a number of times as fast as real time",
    body=Ticking,
    body_required=False,
    answer=ClockState,
    python=("Clock.tick",),
)
def tick(portal: Portal, body: Ticking) -> dict[str, Any]:
    portal.clock.tick(**body.set_fields())
    return clock_state(portal.clock)


@operation(
    "POST",
    f"{_CLOCK}/reset",
    "resetClock",
    tag=_TAG,
    summary="Let the clock follow the system's time again",
    answer=ClockState,
    python=("Clock.reset",),
)
def reset(portal: Portal) -> dict[str, Any]:
    portal.clock.reset()
    return clock_state(portal.clock)
