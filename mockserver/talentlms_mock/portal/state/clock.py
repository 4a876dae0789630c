"""The portal's clock, from which everything in a portal takes the time."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from threading import Lock
from typing import Any, NamedTuple

from talentlms_mock.errors import SetupError, about
from talentlms_mock.portal.state.driving import Driving
from talentlms_mock.portal.state.system_time import SYSTEM

_FIRST = datetime(1, 1, 2, tzinfo=UTC).timestamp()
LAST_SECOND = datetime(9999, 12, 31, tzinfo=UTC).timestamp()
"""The last moment that a clock shows, in seconds since 1970."""

FASTEST = 1_000_000.0
"""The largest factor of `tick`."""


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


def moment_at(seconds: float) -> datetime:
    """Return the moment that is `seconds` after 1970-01-01T00:00:00Z, in UTC."""
    # Not fromtimestamp(seconds): Windows knows no time before 1970.
    return datetime.fromtimestamp(0, UTC) + timedelta(seconds=seconds)


def system_day() -> date:
    """Return the day in UTC by the system's time, whatever a portal's clock shows."""
    return moment_at(SYSTEM.seconds()).date()


def stopwatch() -> float:
    """Return a number of seconds that only grows, for measuring durations."""
    return SYSTEM.stopwatch()


class _Course(NamedTuple):
    """How a clock runs: at `since` of the system it showed `shown`; a factor of 0 stands still."""

    since: float
    shown: float
    factor: float

    def at(self, system: float) -> float:
        # A quick clock reaches the last day that there is, and stays there.
        return min(self.shown + (system - self.since) * self.factor, LAST_SECOND)


# The first two are equal, so that no shift is lost to rounding.
_SYSTEMS = _Course(0.0, 0.0, 1.0)


class Clock:
    """The time of one portal: the system's, shifted, standing still, or running fast or slow.

    It goes backwards only with `backwards=True` and by `reset`. That does not undo what time has
    done in the portal; restoring a snapshot does.
    """

    def __init__(self) -> None:
        # One tuple, so that the server's thread never sees half of a change.
        self._course = _SYSTEMS
        self._lock = Lock()
        self._driving: list[Driving] = []
        self.on_change: Callable[[], None] = lambda: None
        """Is called after each change of how the clock runs."""

    @classmethod
    def standing_at(cls, seconds: float) -> "Clock":
        """Return a clock that is frozen `seconds` after 1970-01-01T00:00:00Z."""
        clock = cls()
        clock._course = _Course(0.0, seconds, 0.0)
        return clock

    def seconds(self) -> float:
        """Return the portal's time in seconds since 1970-01-01T00:00:00Z."""
        course, system = self._course, SYSTEM.seconds()
        return system if course is _SYSTEMS else course.at(system)

    def now(self) -> datetime:
        """Return the portal's time in UTC."""
        return moment_at(self.seconds())

    def timestamp(self) -> str:
        """Return the portal's time as the API writes it."""
        return timestamp(self.now())

    def today(self) -> date:
        """Return the portal's date in UTC."""
        return self.now().date()

    @property
    def frozen(self) -> bool:
        """Whether the clock stands still."""
        return self._course.factor == 0

    @property
    def factor(self) -> float:
        """How many of its seconds pass in one of the system's; 0 while it stands still."""
        return self._course.factor

    def freeze(self, at: str | datetime | None = None, *, backwards: bool = False) -> None:
        """Stand still `at` a moment (ISO 8601 or a datetime), or where the clock is now.

        Raises:
            SetupError: `at` is no ISO 8601 date or time, or lies before the clock's time and
                `backwards` is not set.
        """
        with about("at"):
            self._go(at, 0.0, backwards)

    def travel(self, to: str | datetime, *, backwards: bool = False) -> None:
        """Jump to a moment (ISO 8601 or a datetime) and run on from there, as fast as before.

        Raises:
            SetupError: as for `freeze`.
        """
        with about("to"):
            self._go(to, self.factor or 1.0, backwards)

    def tick(self, factor: float = 1.0) -> None:
        """Run from now on `factor` times as fast as real time; a frozen clock runs again.

        Raises:
            SetupError: the factor is not above 0, or above 1,000,000.
        """
        if not 0 < factor <= FASTEST:
            raise SetupError(
                f"A portal's clock cannot run {factor:g} times as fast: give tick() a factor above "
                f"0 and at most {FASTEST:,.0f}; freeze() stops it.",
                at="factor",
            )
        self._go(None, float(factor), backwards=False)

    def advance(
        self,
        *,
        days: float = 0,
        hours: float = 0,
        minutes: float = 0,
        seconds: float = 0,
        backwards: bool = False,
    ) -> None:
        """Move forward by the sum of the arguments; a frozen clock stays frozen.

        Raises:
            SetupError: the sum is negative and `backwards` is not set, or leads out of the
                years 1 to 9999.
        """
        step = ((days * 24 + hours) * 60 + minutes) * 60 + seconds
        if step < 0 and not backwards:
            raise SetupError(
                "A portal's clock moves forward only: give advance() a positive time, or "
                "backwards=True."
            )
        with self._lock:
            system, (since, shown, factor) = SYSTEM.seconds(), self._course
            _check(self._course.at(system) + step)
            self._course = _Course(since, shown + step, factor)
        self.on_change()

    def drive(self, *functions: str) -> Driving:
        """Let functions of this program move the clock instead of waiting, as `time.sleep`.

        `drive("time.sleep", "asyncio.sleep")` ties both to the portal's time until its end; in a
        with statement, until the end of the block. A module that has imported the function itself
        is named: `drive("client.sleep")`. The mock's own waiting stays.

        Args:
            functions: the names, of functions that take seconds first.

        Raises:
            SetupError: there is no such function.
        """
        driving = Driving(functions, lambda seconds: self.advance(seconds=seconds))
        self._driving.append(driving)
        return driving

    def stop_driving(self) -> None:
        """Let all functions of `drive` wait again."""
        while self._driving:
            self._driving.pop().stop()

    def reset(self) -> None:
        """Follow the system's time again, also where that is earlier."""
        with self._lock:
            self._course = _SYSTEMS
        self.on_change()

    def __repr__(self) -> str:
        course = self._course
        if course == _SYSTEMS:
            how = "following the system"
        elif course.factor == 0:
            how = "frozen"
        else:
            how = "running" if course.factor == 1 else f"running {course.factor:g} times as fast"
        return f"<Clock {self.timestamp()}, {how}>"

    def _go(self, to: str | datetime | None, factor: float, backwards: bool) -> None:
        with self._lock:
            system = SYSTEM.seconds()
            now = self._course.at(system)
            shown = now if to is None else _seconds(to)
            if shown < now and not backwards:
                raise SetupError(
                    f"The portal's clock is at {timestamp(moment_at(now))} already, and moves "
                    f"forward only: {timestamp(moment_at(shown))} needs backwards=True."
                )
            self._course = _Course(system, shown, factor)
        self.on_change()

    def as_data(self) -> dict[str, Any]:
        """Return the clock's time and pace as JSON-able values."""
        course = self._course
        return {
            "now": timestamp(moment_at(course.at(SYSTEM.seconds()))),
            "frozen": course.factor == 0,
            "factor": course.factor,
            "follows_system": course == _SYSTEMS,
        }

    def save(self) -> dict[str, Any]:
        """Return what `restore` needs, as JSON-able values."""
        course = self._course
        if course == _SYSTEMS:
            return {"follows_system": True}
        return {"shown": course.at(SYSTEM.seconds()), "factor": course.factor}

    def rule(self) -> dict[str, Any]:
        """Return what `restore` needs to run as if this clock had never stopped."""
        course = self._course
        return {"follows_system": True} if course == _SYSTEMS else course._asdict()

    def restore(self, state: Mapping[str, Any]) -> None:
        """Follow the system again, or continue from the moment that it showed at `save`.

        Args:
            state: what `save` or `rule` returned. By a rule the clock has run on meanwhile.

        Raises:
            SetupError: that lies out of the years 1 to 9999.
        """
        course = _SYSTEMS
        if not state.get("follows_system"):
            now = SYSTEM.seconds()
            since, shown = float(state.get("since", now)), _check(float(state["shown"]))
            course = _Course(since, shown, float(state["factor"]))
            _check(course.at(now))
        with self._lock:
            self._course = course
        self.on_change()


def _check(seconds: float) -> float:
    if not _FIRST <= seconds <= LAST_SECOND:
        raise SetupError("A portal's clock shows the years 1 to 9999, and nothing beyond.")
    return seconds


def _seconds(moment: str | datetime) -> float:
    if isinstance(moment, str):
        try:
            moment = parse_moment(moment)
        except ValueError:
            raise SetupError(
                f"{moment!r} is not an ISO 8601 moment, like 2025-05-07T09:30:00Z."
            ) from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return _check(moment.timestamp())
