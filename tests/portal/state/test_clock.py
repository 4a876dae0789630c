import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from itertools import count
from typing import Any

import freezegun
import httpx
import pytest
import time_machine
import uvicorn

from talentlms_mock import MockServer
from talentlms_mock.errors import SetupError
from talentlms_mock.portal.state import clock as module
from talentlms_mock.portal.state import system_time
from talentlms_mock.portal.state.clock import Clock, parse_moment, stopwatch, timestamp
from talentlms_mock.portal.state.system_time import SystemTime
from tests.conftest import NewPortal

MAY = "2035-05-07T09:30:00+00:00"


class FakeSystem:
    """A system whose time the test sets."""

    def __init__(self) -> None:
        self.now = datetime(2030, 1, 1, tzinfo=UTC).timestamp()

    def seconds(self) -> float:
        return self.now


@pytest.fixture
def system(monkeypatch: pytest.MonkeyPatch) -> FakeSystem:
    fake = FakeSystem()
    monkeypatch.setattr(module, "SYSTEM", fake)
    return fake


def test_a_clock_follows_the_system_until_told_otherwise(system: FakeSystem) -> None:
    clock = Clock()
    assert clock.timestamp() == "2030-01-01T00:00:00+00:00"
    system.now += 1.5
    assert clock.now() == datetime(2030, 1, 1, 0, 0, 1, 500_000, tzinfo=UTC)
    assert (clock.frozen, clock.factor) == (False, 1.0)


def test_the_systems_time_is_the_real_one() -> None:
    clock = Clock()
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(minutes=1)
    assert clock.now() <= clock.now()


def test_a_frozen_clock_stands_and_advances_as_told(system: FakeSystem) -> None:
    clock = Clock()
    clock.freeze("2035-05-07T11:30:00+02:00")
    system.now += 100
    assert clock.now() == datetime(2035, 5, 7, 9, 30, tzinfo=UTC)
    clock.advance(days=1, hours=2, minutes=3, seconds=4)
    assert clock.timestamp() == "2035-05-08T11:33:04+00:00"
    assert clock.today().isoformat() == "2035-05-08"
    assert (clock.frozen, clock.factor) == (True, 0.0)


def test_a_running_clock_advances_freezes_and_comes_back(system: FakeSystem) -> None:
    clock = Clock()
    clock.advance(days=10)
    system.now += 1
    assert clock.timestamp() == "2030-01-11T00:00:01+00:00"
    clock.freeze()
    system.now += 1
    assert clock.timestamp() == "2030-01-11T00:00:01+00:00"
    clock.reset()
    assert clock.timestamp() == "2030-01-01T00:00:02+00:00"


def test_a_clock_that_travels_runs_on(system: FakeSystem) -> None:
    clock = Clock()
    clock.freeze(MAY)
    clock.travel("2035-05-08")
    system.now += 5
    assert clock.timestamp() == "2035-05-08T00:00:05+00:00"


def test_a_clock_ticks_as_fast_as_told(system: FakeSystem) -> None:
    clock = Clock()
    clock.freeze(MAY)
    clock.tick(3600)
    system.now += 2
    assert clock.timestamp() == "2035-05-07T11:30:00+00:00"
    clock.travel("2035-06-01")
    system.now += 2
    assert (clock.timestamp(), clock.factor) == ("2035-06-01T02:00:00+00:00", 3600.0)
    clock.tick(0.5)
    system.now += 2
    assert clock.timestamp() == "2035-06-01T02:00:01+00:00"
    clock.tick()
    system.now += 2
    assert clock.timestamp() == "2035-06-01T02:00:03+00:00"


@pytest.mark.parametrize("factor", [0, -1, 1e9, float("nan"), float("inf")])
def test_a_factor_that_cannot_be_is_refused(factor: float) -> None:
    with pytest.raises(SetupError, match=r"cannot run .* times as fast: give tick\(\) a factor"):
        Clock().tick(factor)


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2035, 5, 7, 9, 30, tzinfo=UTC),
        datetime(2035, 5, 7, 9, 30),  # noqa: DTZ001 - without a zone it is UTC, as in text
        datetime(2035, 5, 7, 12, 30, tzinfo=timezone(timedelta(hours=3))),
    ],
)
def test_a_clock_takes_a_datetime(moment: datetime) -> None:
    clock = Clock()
    clock.freeze(moment)
    assert clock.timestamp() == MAY


@pytest.mark.parametrize(
    "back",
    [
        lambda clock, **asked: clock.freeze("2035-05-07T09:29:59Z", **asked),
        lambda clock, **asked: clock.travel("2035-05-07T09:29:59Z", **asked),
        lambda clock, **asked: clock.advance(seconds=-1, **asked),
    ],
    ids=["freeze", "travel", "advance"],
)
def test_a_clock_goes_back_only_when_asked_to(
    back: Callable[..., None], system: FakeSystem
) -> None:
    clock = Clock()
    clock.freeze(MAY)
    with pytest.raises(SetupError, match=r"forward only.*backwards=True"):
        back(clock)
    assert clock.timestamp() == MAY
    back(clock, backwards=True)
    assert clock.timestamp() == "2035-05-07T09:29:59+00:00"


def test_the_refusal_says_both_moments(system: FakeSystem) -> None:
    with pytest.raises(SetupError) as refused:
        Clock().freeze("2029-01-01")
    assert str(refused.value) == (
        "The portal's clock is at 2030-01-01T00:00:00+00:00 already, and moves forward only: "
        "2029-01-01T00:00:00+00:00 needs backwards=True."
    )


@pytest.mark.parametrize("text", ["yesterday", "", "2025-13-01"])
def test_a_clock_refuses_what_is_no_moment(text: str) -> None:
    with pytest.raises(SetupError, match="is not an ISO 8601 moment, like 2025-05-07T09:30:00Z"):
        Clock().freeze(text)


@pytest.mark.parametrize(
    "beyond",
    [
        lambda clock: clock.advance(days=10_000_000),
        lambda clock: clock.advance(days=-1_000_000, backwards=True),
        lambda clock: clock.travel("0001-01-01T00:00:00+14:00", backwards=True),
    ],
)
def test_a_clock_does_not_leave_the_calendar(beyond: Callable[[Clock], None]) -> None:
    clock = Clock()
    with pytest.raises(SetupError, match="shows the years 1 to 9999"):
        beyond(clock)
    assert clock.now().year < 3000


def test_a_clock_tells_of_itself(system: FakeSystem) -> None:
    clock = Clock()
    assert clock.as_data() == {
        "now": "2030-01-01T00:00:00+00:00",
        "frozen": False,
        "factor": 1.0,
        "follows_system": True,
    }
    clock.freeze(MAY)
    assert clock.as_data() == {
        "now": MAY,
        "frozen": True,
        "factor": 0.0,
        "follows_system": False,
    }


def test_a_clock_is_put_back_to_where_it_was(system: FakeSystem) -> None:
    clock = Clock()
    followed = clock.save()
    clock.tick(60)
    system.now += 1
    ticked = clock.save()
    system.now += 100
    clock.restore(ticked)
    assert clock.timestamp() == "2030-01-01T00:01:00+00:00"
    system.now += 1
    assert clock.timestamp() == "2030-01-01T00:02:00+00:00"
    clock.restore(followed)
    assert clock.timestamp() == "2030-01-01T00:01:42+00:00"


def test_timestamps_are_in_utc_and_in_whole_seconds() -> None:
    assert timestamp(parse_moment("2025-05-07T23:59:59.9-02:00")) == "2025-05-08T01:59:59+00:00"
    assert timestamp(parse_moment("2025-05-07")) == "2025-05-07T00:00:00+00:00"


def _freezegun() -> Any:
    return freezegun.freeze_time("2012-01-14")


def _time_machine() -> Any:
    return time_machine.travel("2012-01-14T00:00Z", tick=False)


FROZEN = pytest.mark.parametrize(
    "frozen", [_freezegun, _time_machine], ids=["freezegun", "time-machine"]
)


@FROZEN
def test_nobody_in_the_process_stops_the_clock(frozen: Callable[[], Any]) -> None:
    clock = Clock()
    before, started = clock.seconds(), stopwatch()
    with frozen():
        assert datetime.now(UTC).year == 2012
        assert 0 < stopwatch() - started < 60
        assert 0 < clock.seconds() - before < 60
        again = SystemTime().seconds()
        assert 0 <= again - before + 0.01 < 60
    assert 0 < clock.seconds() - before < 60


@FROZEN
def test_a_server_runs_while_the_test_is_frozen(
    frozen: Callable[[], Any], server: MockServer
) -> None:
    # The certificates are there, made for `server`: cryptography cannot make
    # any for the rest of the process once it has met freezegun's datetime.
    with frozen(), MockServer() as another:
        portal = another.create_portal(hourly_limit=2)
        client = httpx.Client(
            base_url=portal.base_url, headers=portal.headers, verify=portal.ssl_context()
        )
        with client:
            statuses = [client.get("/users").status_code for _ in range(3)]
            portal.clock.advance(hours=1)
            statuses.append(client.get("/users").status_code)
        assert statuses == [200, 200, 429, 200]
        assert portal.clock.now().year > 2012
        assert all(exchange.duration > 0 for exchange in portal.journal)


@FROZEN
def test_the_timers_of_a_server_on_asyncio_run_while_the_test_is_frozen(
    frozen: Callable[[], Any], server: MockServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        uvicorn.Config, "get_loop_factory", lambda config: asyncio.SelectorEventLoop
    )
    with frozen(), MockServer() as another:
        assert another._loop is not None
        asyncio.run_coroutine_threadsafe(asyncio.sleep(0.01), another._loop).result(10)


def test_the_systems_time_is_read_anew_after_a_sleep_of_the_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wall = 1_000.0
    monkeypatch.setattr(system_time, "_since_1970", lambda: wall)
    time = SystemTime()
    seconds = count(10)
    monkeypatch.setattr(time, "stopwatch", lambda: float(next(seconds)))
    time._read_at, time._ahead = 9.0, 991.0
    assert time.seconds() == 1_001.0
    wall = 1_002.01  # what SQLite's rounding may make of it
    assert time.seconds() == 1_002.0
    wall = 5_000.0
    assert [time.seconds(), time.seconds()] == [1_003.0, 5_000.0]


def test_the_clock_of_a_portal_is_set_at_its_creation(new_portal: NewPortal) -> None:
    portal = new_portal(dataset="empty", clock="1999-12-31T23:59:59Z")
    assert portal.clock.timestamp() == "1999-12-31T23:59:59+00:00"
