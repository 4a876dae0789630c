"""The portal's clock: the only place in the package that reads the system's time."""

import time
from datetime import UTC, date, datetime, timedelta

from mockserver.errors import SetupError

# Bound once at import, so that a tool which freezes `time.time` for the client's
# sake in the same process does not stop the portal.
_system_time = time.time
_system_monotonic = time.perf_counter


def timestamp(moment: datetime) -> str:
    """Return `moment` as the API writes it: ISO 8601, UTC, whole seconds, with offset.

    Raises:
        OverflowError: the moment in UTC lies outside of the years 1 to 9999.
    """
    return moment.astimezone(UTC).replace(microsecond=0).isoformat()


def parse_moment(text: str) -> datetime:
    """Return the moment that ISO 8601 `text` names; without an offset it is in UTC.

    Raises:
        ValueError: `text` is no ISO 8601 date or date and time.
    """
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def stopwatch() -> float:
    """Return a number of seconds that only grows, for measuring durations."""
    return _system_monotonic()


class Clock:
    """The time of one portal: the system's, shifted, or standing still."""

    def __init__(self) -> None:
        self._shift = 0.0
        self._frozen: float | None = None

    @classmethod
    def standing_at(cls, seconds: float) -> "Clock":
        """Return a clock that stands still, so many seconds after 1970-01-01T00:00:00Z."""
        clock = cls()
        clock._frozen = seconds
        return clock

    def seconds(self) -> float:
        """Return the portal's time in seconds since 1970-01-01T00:00:00Z."""
        return _system_time() + self._shift if self._frozen is None else self._frozen

    def now(self) -> datetime:
        """Return the portal's time in UTC."""
        return datetime.fromtimestamp(self.seconds(), UTC)

    def timestamp(self) -> str:
        """Return the portal's time as the API writes it."""
        return timestamp(self.now())

    def today(self) -> date:
        """Return the portal's date in UTC."""
        return self.now().date()

    def freeze(self, moment: str | datetime | None = None) -> None:
        """Stand still at `moment` (ISO 8601 or a datetime), or where the clock is now.

        Raises:
            SetupError: `moment` is no ISO 8601 date or time.
        """
        self._frozen = self.seconds() if moment is None else _seconds(moment)

    def advance(
        self, *, days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0
    ) -> None:
        """Move forward by the sum of the arguments; a frozen clock stays frozen.

        Raises:
            SetupError: the sum is negative.
        """
        step = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds).total_seconds()
        if step < 0:
            raise SetupError("A portal's clock moves forward only: give advance() a positive time.")
        if self._frozen is None:
            self._shift += step
        else:
            self._frozen += step

    def reset(self) -> None:
        """Follow the system's time again."""
        self._shift, self._frozen = 0.0, None


def _seconds(moment: str | datetime) -> float:
    if isinstance(moment, str):
        try:
            moment = parse_moment(moment)
        except ValueError:
            raise SetupError(
                f"{moment!r} is not an ISO 8601 moment, like 2025-05-07T09:30:00Z."
            ) from None
    return moment.timestamp()
