from datetime import UTC, datetime, timedelta

import pytest

from mockserver.errors import SetupError
from mockserver.portal.clock import Clock, parse_moment, timestamp


def test_a_clock_follows_the_system_until_told_otherwise() -> None:
    clock = Clock()
    before = clock.now()
    assert clock.now() - before < timedelta(minutes=1)
    assert clock.now() >= before


def test_a_frozen_clock_stands_and_advances_as_told() -> None:
    clock = Clock()
    clock.freeze("2025-05-07T11:30:00+02:00")
    assert clock.now() == clock.now() == datetime(2025, 5, 7, 9, 30, tzinfo=UTC)
    clock.advance(days=1, hours=2, minutes=3, seconds=4)
    assert clock.timestamp() == "2025-05-08T11:33:04+00:00"
    assert clock.today().isoformat() == "2025-05-08"


def test_a_running_clock_advances_and_comes_back() -> None:
    clock = Clock()
    start = clock.now()
    clock.advance(days=10)
    assert timedelta(days=10) <= clock.now() - start < timedelta(days=10, minutes=1)
    clock.freeze()
    assert clock.now() == clock.now() >= start + timedelta(days=10)
    clock.reset()
    assert clock.now() - start < timedelta(minutes=1)


def test_a_clock_takes_a_datetime() -> None:
    clock = Clock()
    clock.freeze(datetime(2025, 1, 1, tzinfo=UTC))
    assert clock.timestamp() == "2025-01-01T00:00:00+00:00"


def test_a_clock_does_not_go_back() -> None:
    with pytest.raises(SetupError, match="forward only"):
        Clock().advance(hours=-1)


@pytest.mark.parametrize("text", ["yesterday", "", "2025-13-01"])
def test_a_clock_refuses_what_is_no_moment(text: str) -> None:
    with pytest.raises(SetupError, match="is not an ISO 8601 moment, like 2025-05-07T09:30:00Z"):
        Clock().freeze(text)


def test_timestamps_are_in_utc_and_in_whole_seconds() -> None:
    assert timestamp(parse_moment("2025-05-07T23:59:59.9-02:00")) == "2025-05-08T01:59:59+00:00"
    assert timestamp(parse_moment("2025-05-07")) == "2025-05-07T00:00:00+00:00"
