"""The page of a portal's clock and rate limits, and of what time will bring."""

from starlette.requests import Request
from starlette.responses import Response

from talentlms_mock.console.forms import EMPTY, Form, fields_of, on_page, read_model
from talentlms_mock.console.links import of_record
from talentlms_mock.console.rendering import go, page
from talentlms_mock.control.clock import (
    ClockAdvance,
    FreezeRequest,
    SimulateRequest,
    TickRequest,
    TravelRequest,
)
from talentlms_mock.control.parsing import portal_of
from talentlms_mock.control.problems import Problem
from talentlms_mock.control.rate_limit import (
    ExhaustRequest,
    RateLimitChanges,
    RefillRequest,
    change_limits,
)
from talentlms_mock.portal.portal import Portal

_SHOWN = 40
_STEPS = (
    ("+1 second", "seconds", 1),
    ("+1 minute", "minutes", 1),
    ("+1 hour", "hours", 1),
    ("+1 day", "days", 1),
    ("+1 week", "days", 7),
    ("+30 days", "days", 30),
)
"""The buttons that advance the clock."""

_FREEZE, _TRAVEL, _TICK = fields_of(FreezeRequest), fields_of(TravelRequest), fields_of(TickRequest)
_ADVANCE, _LIMIT = fields_of(ClockAdvance), fields_of(RateLimitChanges)
_SIMULATE = fields_of(SimulateRequest)
_EXHAUST, _REFILL = fields_of(ExhaustRequest), fields_of(RefillRequest)


def show(request: Request, problem: Problem | None = None, form: Form = EMPTY) -> Response:
    """Show the clock, both limits, and what is due next."""
    portal = portal_of(request)
    limits = portal.rate_limit.as_data()
    return page(
        request,
        "clock.html",
        portal=portal,
        problem=problem,
        form=form,
        clock=portal.clock.as_data(),
        steps=_STEPS,
        limits=[(name, limits[name]) for name in ("hour", "burst")],
        opens_in=portal.rate_limit.opens_in(portal.clock.seconds()),
        upcoming=[
            (each, of_record(portal, each.collection, each.id)) for each in portal.upcoming(_SHOWN)
        ],
    )


def get(request: Request) -> Response:
    """Show the page."""
    return show(request)


def _done(portal: Portal, word: str) -> Response:
    return go(f"/portals/{portal.domain}/clock", done=word)


@on_page(show)
def move(request: Request, form: Form) -> Response:
    """Freeze the clock, let it travel, advance or tick, reset it, or let people work for days."""
    portal = portal_of(request)
    clock = portal.clock
    match request.path_params["how"]:
        case "freeze":
            clock.freeze(**read_model(FreezeRequest, _FREEZE, form).set_fields())
        case "travel":
            clock.travel(**read_model(TravelRequest, _TRAVEL, form).set_fields())
        case "advance":
            clock.advance(**read_model(ClockAdvance, _ADVANCE, form).set_fields())
        case "simulate":
            portal.simulate(read_model(SimulateRequest, _SIMULATE, form).days)
            return _done(portal, "simulated")
        case "tick":
            clock.tick(**read_model(TickRequest, _TICK, form).set_fields())
        case "reset":
            clock.reset()
        case how:
            raise Problem(404, f"A clock has no {how!r}.")
    return _done(portal, "advanced")


@on_page(show)
def limit(request: Request, form: Form) -> Response:
    """Change a rate limit, leave nothing of it, or all."""
    portal = portal_of(request)
    limits = portal.rate_limit
    match request.path_params["how"]:
        case "set":
            change_limits(limits, read_model(RateLimitChanges, _LIMIT, form))
        case "exhaust":
            limits.exhaust(**read_model(ExhaustRequest, _EXHAUST, form).set_fields())
        case "refill":
            limits.refill(**read_model(RefillRequest, _REFILL, form).set_fields())
        case how:
            raise Problem(404, f"A rate limit has no {how!r}.")
    return _done(portal, "changed")
