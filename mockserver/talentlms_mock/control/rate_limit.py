"""The rate limits of a portal: so many requests in the hour, and in five seconds."""

from typing import Any, Literal

from talentlms_mock.control.operation import Body, operation
from talentlms_mock.control.problems import refused_at
from talentlms_mock.control.responses import RateLimitState
from talentlms_mock.portal.portal import Portal

_TAG = "Rate limit"
_LIMIT = "/portals/{domain}/rate-limit"

Window = Literal["hour", "burst"]


class LimitChanges(Body):
    """`limit` requests in `window` seconds, of the hour's limit or the burst's; what is left."""

    limit: int | None = None
    window: float | None = None
    of: Window = "hour"
    remaining: int | None = None
    burst_remaining: int | None = None


class Exhausting(Body):
    window: Window = "hour"


class Refilling(Body):
    """Which window; left out it is both."""

    window: Window | None = None


@operation(
    "GET",
    _LIMIT,
    "getRateLimit",
    tag=_TAG,
    summary="Read both limits, and what is left of each",
    answer=RateLimitState,
    python=("Portal.rate_limit", "RateLimit.as_data", "RateLimit.opens_in"),
)
def get_rate_limit(portal: Portal) -> dict[str, Any]:
    return portal.rate_limit.as_data()


@operation(
    "PATCH",
    _LIMIT,
    "changeRateLimit",
    tag=_TAG,
    summary="Set another limit and window, or what is left",
    body=LimitChanges,
    answer=RateLimitState,
    python=("RateLimit.set", "RateLimit.remaining", "RateLimit.burst_remaining"),
)
def change_rate_limit(portal: Portal, body: LimitChanges) -> dict[str, Any]:
    limits = portal.rate_limit
    before = limits.save()
    try:
        if body.limit is not None or body.window is not None:
            limits.set(body.limit, body.window, of=body.of)
        if body.remaining is not None:
            with refused_at("remaining"):
                limits.remaining = body.remaining
        if body.burst_remaining is not None:
            with refused_at("burst_remaining"):
                limits.burst_remaining = body.burst_remaining
    except BaseException:
        limits.restore(before)
        raise
    return limits.as_data()


@operation(
    "POST",
    f"{_LIMIT}/exhaust",
    "exhaustRateLimit",
    tag=_TAG,
    summary="Leave no request until the window ends",
    body=Exhausting,
    body_required=False,
    answer=RateLimitState,
    python=("RateLimit.exhaust",),
)
def exhaust(portal: Portal, body: Exhausting) -> dict[str, Any]:
    portal.rate_limit.exhaust(body.window)
    return portal.rate_limit.as_data()


@operation(
    "POST",
    f"{_LIMIT}/refill",
    "refillRateLimit",
    tag=_TAG,
    summary="Give all requests back",
    body=Refilling,
    body_required=False,
    answer=RateLimitState,
    python=("RateLimit.refill",),
)
def refill(portal: Portal, body: Refilling) -> dict[str, Any]:
    portal.rate_limit.refill(body.window)
    return portal.rate_limit.as_data()
