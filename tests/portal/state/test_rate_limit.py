"""The handle for the rate limits; that requests follow it is in tests/api."""

from threading import Thread
from typing import Any

import httpx
import pytest

from talentlms_mock import Portal
from talentlms_mock.errors import SetupError
from talentlms_mock.portal.state.rate_limit import RateLimit
from tests.conftest import NOW


class Time:
    def __init__(self) -> None:
        self.now = 1_000.0


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def limit(time: Time) -> RateLimit:
    return RateLimit(10, 3, lambda: time.now)


def rate(response: httpx.Response) -> tuple[int, str, str]:
    headers = response.headers
    return response.status_code, headers["x-ratelimit-limit"], headers["x-ratelimit-remaining"]


def test_what_is_left_can_be_read_and_set(time: Time, limit: RateLimit) -> None:
    assert (limit.remaining, limit.burst_remaining) == (10, 3)
    limit.take(time.now)
    assert (limit.remaining, limit.burst_remaining) == (9, 2)
    limit.remaining, limit.burst_remaining = 2, 3
    assert [limit.take(time.now) for _ in range(3)] == [
        "",
        "",
        "the limit of 10 requests an hour is used up",
    ]
    time.now += 3600
    assert (limit.remaining, limit.burst_remaining) == (10, 3)


def test_a_window_that_is_set_begins_then(time: Time, limit: RateLimit) -> None:
    limit.remaining = 0
    time.now += 3599
    assert limit.remaining == 0
    time.now += 1
    assert limit.remaining == 10


def test_exhausting_one_window_or_the_other(time: Time, limit: RateLimit) -> None:
    limit.exhaust("burst")
    assert (limit.remaining, limit.burst_remaining) == (10, 0)
    assert limit.take(time.now) == "the limit of 3 requests in 5 seconds is used up"
    assert limit.opens_in(time.now) == 5.0
    limit.exhaust()
    assert limit.opens_in(time.now) == 3600.0
    limit.refill("hour")
    assert (limit.remaining, limit.burst_remaining) == (10, 0)
    limit.refill()
    assert (limit.remaining, limit.burst_remaining) == (10, 3)
    assert limit.opens_in(time.now) == 0.0


def test_another_limit_and_window(time: Time, limit: RateLimit) -> None:
    limit.take(time.now)
    limit.set(limit=2, window=60)
    limit.set(window=1, of="burst")
    assert limit.as_data() == {
        "hour": {"limit": 2, "window": 60.0, "remaining": 2, "ends_at": None},
        "burst": {"limit": 3, "window": 1.0, "remaining": 3, "ends_at": None},
    }
    assert [limit.take(time.now) for _ in range(3)] == [
        "",
        "",
        "the limit of 2 requests in 60 seconds is used up",
    ]
    time.now += 60
    limit.set(limit=1, of="burst")
    assert limit.take(time.now) == ""
    assert limit.as_data() == {
        "hour": {
            "limit": 2,
            "window": 60.0,
            "remaining": 1,
            "ends_at": "1970-01-01T00:18:40+00:00",
        },
        "burst": {
            "limit": 1,
            "window": 1.0,
            "remaining": 0,
            "ends_at": "1970-01-01T00:17:41+00:00",
        },
    }


def test_limits_are_put_back(time: Time, limit: RateLimit) -> None:
    limit.take(time.now)
    saved = limit.save()
    limit.set(limit=1, window=1)
    limit.exhaust("burst")
    limit.restore(saved)
    assert limit.save() == saved
    assert (limit.remaining, limit.burst_remaining) == (9, 2)


def test_a_window_of_the_future_is_none(time: Time, limit: RateLimit) -> None:
    limit.exhaust()
    time.now -= 10
    assert limit.remaining == 10
    assert limit.take(time.now) == ""
    assert limit.remaining == 9


@pytest.mark.parametrize(
    ("act", "problem"),
    [
        (lambda limit: limit.exhaust("hourly"), "There is no rate limit 'hourly' (did you mean"),
        (lambda limit: limit.refill("day"), "There is no rate limit 'day' (known are burst, hour"),
        (lambda limit: limit.set(limit=0), "A rate limit must be at least 1, not 0; exhaust()"),
        (lambda limit: limit.set(window=0), "at most 31,622,400, a year, not 0."),
        (lambda limit: limit.set(window=float("nan")), "at most 31,622,400, a year, not nan."),
        (lambda limit: setattr(limit, "remaining", 11), "there cannot be 11 left: say 0 to 10,"),
        (lambda limit: setattr(limit, "remaining", -1), "there cannot be -1 left: say 0 to 10,"),
    ],
)
def test_what_cannot_be_is_refused(act: Any, problem: str, limit: RateLimit) -> None:
    before = limit.save()
    with pytest.raises(SetupError) as refused:
        act(limit)
    assert problem in str(refused.value)
    assert limit.save() == before


def test_threads_do_not_lose_requests(time: Time) -> None:
    limit = RateLimit(100_000, 100_000, lambda: time.now)

    def take() -> None:
        for _ in range(5_000):
            limit.take(time.now)

    threads = [Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert limit.remaining == 80_000


def test_requests_follow_the_handle(empty: Portal, api: httpx.Client) -> None:
    empty.rate_limit.remaining = 3
    assert rate(api.get("/users")) == (200, "2000", "2")
    empty.rate_limit.exhaust("burst")
    assert rate(api.get("/users")) == (429, "2000", "2")
    assert empty.requests[-1].reason == (
        "the limit of 200 requests in 5 seconds is used up; the portal's clock stands still, so "
        "nothing refills: advance it, or call rate_limit.refill()"
    )
    empty.clock.advance(seconds=5)
    assert rate(api.get("/users")) == (200, "2000", "1")
    empty.rate_limit.exhaust()
    assert rate(api.get("/users")) == (429, "2000", "0")
    empty.rate_limit.set(limit=5, window=60)
    assert rate(api.get("/users")) == (200, "5", "4")
    empty.rate_limit.exhaust()
    empty.clock.advance(seconds=60)
    assert rate(api.get("/users")) == (200, "5", "4")
    empty.rate_limit.refill()
    assert empty.rate_limit.as_data()["hour"]["ends_at"] is None
    assert empty.clock.timestamp() > NOW


def test_a_clock_that_travels_ends_the_hour(empty: Portal, api: httpx.Client) -> None:
    empty.rate_limit.exhaust()
    assert api.get("/users").status_code == 429
    empty.clock.travel("2025-05-07T10:30:00Z")
    assert api.get("/users").status_code == 200
    empty.rate_limit.exhaust()
    empty.clock.travel("2025-05-07T09:00:00Z", backwards=True)
    assert api.get("/users").status_code == 200
