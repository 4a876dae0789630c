"""The rate limits of a portal: requests in an hour, and in five seconds."""

from typing import Literal

from starlette.requests import Request
from starlette.responses import Response

from talentlms_mock.control.parsing import portal_of, read_body
from talentlms_mock.control.responses import JsonResponse, RateLimitState
from talentlms_mock.control.route import Body, route
from talentlms_mock.portal.state.rate_limit import RateLimit

_TAG = "Rate limit"
_LIMIT = "/portals/{domain}/rate-limit"

Window = Literal["hour", "burst"]


class RateLimitChanges(Body):
    """What to change of a limit, and what remains of both."""

    limit: int | None = None
    window: float | None = None
    of: Window = "hour"
    remaining: int | None = None
    burst_remaining: int | None = None


class ExhaustRequest(Body):
    """Which window."""

    window: Window = "hour"


class RefillRequest(Body):
    """Which window; left out it is both."""

    window: Window | None = None


@route(
    "GET",
    _LIMIT,
    tag=_TAG,
    summary="Read both limits, and what remains of each",
    response=RateLimitState,
    python=("Portal.rate_limit", "RateLimit.as_data", "RateLimit.opens_in"),
)
def get_rate_limit(request: Request) -> Response:
    """Return how many requests are left in the hour and in the burst, and when each ends."""
    return JsonResponse(portal_of(request).rate_limit.as_data())


@route(
    "PATCH",
    _LIMIT,
    tag=_TAG,
    summary="Change a limit and its window, or what remains",
    body=RateLimitChanges,
    response=RateLimitState,
    python=("RateLimit.set", "RateLimit.remaining", "RateLimit.burst_remaining"),
)
def change_rate_limit(request: Request) -> Response:
    """Change what is given; all of it or, if one value is refused, none."""
    limits = portal_of(request).rate_limit
    body = read_body(request, RateLimitChanges)
    change_limits(limits, body)
    return JsonResponse(limits.as_data())


def change_limits(limits: RateLimit, body: RateLimitChanges) -> None:
    """Make all of the changes or none.

    Raises:
        SetupError: one is impossible.
    """
    before = limits.save()
    try:
        if body.limit is not None or body.window is not None:
            limits.set(body.limit, body.window, of=body.of)
        if body.remaining is not None:
            limits.remaining = body.remaining
        if body.burst_remaining is not None:
            limits.burst_remaining = body.burst_remaining
    except BaseException:
        limits.restore(before)
        raise


@route(
    "POST",
    f"{_LIMIT}/exhaust",
    tag=_TAG,
    summary="Leave no request until the window ends",
    body=ExhaustRequest,
    body_required=False,
    response=RateLimitState,
    python=("RateLimit.exhaust",),
)
def exhaust_rate_limit(request: Request) -> Response:
    """Use up a window: every request is answered 429 until it ends."""
    limits = portal_of(request).rate_limit
    body = read_body(request, ExhaustRequest)
    limits.exhaust(body.window)
    return JsonResponse(limits.as_data())


@route(
    "POST",
    f"{_LIMIT}/refill",
    tag=_TAG,
    summary="Give all requests back",
    body=RefillRequest,
    body_required=False,
    response=RateLimitState,
    python=("RateLimit.refill",),
)
def refill_rate_limit(request: Request) -> Response:
    """End a window, so that all of its requests are left."""
    limits = portal_of(request).rate_limit
    body = read_body(request, RefillRequest)
    limits.refill(body.window)
    return JsonResponse(limits.as_data())
