"""The portal's two rate limits: requests in an hour, and requests in five seconds.

Both windows are fixed, start at the first request that counts, and follow the portal's
clock (conventions.md, Rate limits).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any, Literal, get_args

from talentlms_mock.errors import (
    SetupError,
    about,
)
from talentlms_mock.portal.contract.suggest import suggest
from talentlms_mock.portal.state.clock import LAST_SECOND, moment_at, timestamp

HOUR = 3600.0
BURST = 5.0
LONGEST_WINDOW = 366 * 24 * HOUR
WindowName = Literal["hour", "burst"]
"""The names of the two windows."""

_WINDOWS: tuple[WindowName, ...] = get_args(WindowName)


@dataclass
class Window:
    """One limit: at most `limit` requests in `length` seconds."""

    limit: int
    length: float
    used: int = 0
    started: float | None = None

    def is_over(self, now: float) -> bool:
        """Return whether no window is open at `now`; one that begins later is not open."""
        started = self.started
        return started is None or not started <= now < started + self.length

    def remaining(self, now: float) -> int:
        """Return how many requests are left at `now`."""
        return max(self.limit - (0 if self.is_over(now) else self.used), 0)

    def take(self, now: float) -> None:
        """Count a request at `now`, in a new window if this one is over."""
        if self.is_over(now):
            self.used, self.started = 0, now
        self.used += 1

    def set_remaining(self, remaining: int, now: float) -> None:
        """Allow this number of requests from `now` until the window ends."""
        if self.is_over(now):
            self.started = now
        self.used = self.limit - remaining

    def text(self, now: float) -> str:
        """Return the window at `now` for printing."""
        return f"{self.remaining(now)} of {self.limit} left in {self.length:g} s"

    def as_data(self, now: float) -> dict[str, Any]:
        """Return the window at `now` as JSON-able values; `ends_at` is null while none is open."""
        started = None if self.is_over(now) else self.started
        ends = None if started is None else min(started + self.length, LAST_SECOND)
        return {
            "limit": self.limit,
            "window": self.length,
            "remaining": self.remaining(now),
            "ends_at": None if ends is None else timestamp(moment_at(ends)),
        }


class RateLimit:
    """Counts a portal's requests against both limits; any thread may use it.

    The windows are called `hour` and `burst`, also where they have been set to other lengths.

    Args:
        hourly: requests in an hour.
        burst: requests in five seconds.
        now: returns the portal's time in seconds.
    """

    def __init__(self, hourly: int, burst: int, now: Callable[[], float]) -> None:
        self.hourly = Window(hourly, HOUR)
        self.burst = Window(burst, BURST)
        self._now = now
        self._lock = Lock()

    def take(self, now: float) -> str:
        """Count a request at `now` (seconds), or refuse it.

        Returns:
            "" when it counted, else which limit refused it; a refused request is not counted.
        """
        with self._lock:
            for window in (self.hourly, self.burst):
                if window.used >= window.limit and not window.is_over(now):
                    return f"the limit of {window.limit} requests {_in(window.length)} is used up"
            self.hourly.take(now)
            self.burst.take(now)
        return ""

    def opens_in(self, now: float) -> float:
        """Return the seconds until a request is let through again; 0 when one is now."""
        waits = [
            window.started + window.length - now
            for window in (self.hourly, self.burst)
            if not window.remaining(now) and window.started is not None
        ]
        return max(waits, default=0.0)

    @property
    def remaining(self) -> int:
        """The requests left in the hour, the value of `X-RateLimit-Remaining`.

        It can be set: for the current hour, or for one that begins now.

        Raises:
            SetupError: it is set below 0 or above the limit.
        """
        return self.hourly.remaining(self._now())

    @remaining.setter
    def remaining(self, remaining: int) -> None:
        self._set_remaining("hour", remaining)

    @property
    def burst_remaining(self) -> int:
        """The requests left in the five seconds; it can be set as `remaining` can."""
        return self.burst.remaining(self._now())

    @burst_remaining.setter
    def burst_remaining(self, remaining: int) -> None:
        self._set_remaining("burst", remaining)

    def exhaust(self, window: WindowName = "hour") -> None:
        """Leave no request until the `window`, hour or burst, ends.

        Raises:
            SetupError: there is no such window.
        """
        self._set_remaining(window, 0)

    def set(
        self, limit: int | None = None, window: float | None = None, *, of: WindowName = "hour"
    ) -> None:
        """Change the number of requests and the time in which they are allowed; no window is open.

        Args:
            limit: the requests allowed; None keeps the number.
            window: the length of the window in seconds; None keeps the length.
            of: which limit to change, hour or burst.

        Raises:
            SetupError: a number is not above 0, or there is no such window.
        """
        with about("of"):
            found = self._window(of)
        if limit is not None and limit < 1:
            raise SetupError(
                f"A rate limit must be at least 1, not {limit}; exhaust() leaves 0.", at="limit"
            )
        if window is not None and not 0 < window <= LONGEST_WINDOW:
            raise SetupError(
                "The window of a rate limit must be above 0 seconds and at most "
                f"{LONGEST_WINDOW:,.0f}, a year, not {window:g}.",
                at="window",
            )
        with self._lock:
            found.limit = found.limit if limit is None else limit
            found.length = found.length if window is None else float(window)
            found.used, found.started = 0, None

    def refill(self, window: WindowName | None = None) -> None:
        """Allow all requests again in the `window`, hour or burst; None is both.

        Raises:
            SetupError: there is no such window.
        """
        found = [self._window(name) for name in (_WINDOWS if window is None else (window,))]
        with self._lock:
            for one in found:
                one.used, one.started = 0, None

    def as_data(self) -> dict[str, Any]:
        """Return both windows as JSON-able values, by name."""
        now = self._now()
        with self._lock:
            return {"hour": self.hourly.as_data(now), "burst": self.burst.as_data(now)}

    def save(self) -> dict[str, Any]:
        """Return what `restore` needs, as JSON-able values."""
        with self._lock:
            return {"hour": vars(self.hourly).copy(), "burst": vars(self.burst).copy()}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Restore the limits and windows that `save` returned."""
        hourly, burst = Window(**state["hour"]), Window(**state["burst"])
        with self._lock:
            self.hourly, self.burst = hourly, burst

    def __repr__(self) -> str:
        now = self._now()
        return f"<RateLimit hour: {self.hourly.text(now)}, burst: {self.burst.text(now)}>"

    def _set_remaining(self, name: WindowName, remaining: int) -> None:
        window = self._window(name)
        if not 0 <= remaining <= window.limit:
            raise SetupError(
                f"With a limit of {window.limit} requests there cannot be {remaining} left: say "
                f"0 to {window.limit}, or set(limit=...) another limit.",
                at="remaining" if name == "hour" else "burst_remaining",
            )
        with self._lock:
            window.set_remaining(remaining, self._now())

    def _window(self, name: str) -> Window:
        if name not in _WINDOWS:
            raise SetupError(
                f"There is no rate limit {name!r}{suggest(name, _WINDOWS)}.", at="window"
            )
        return self.hourly if name == "hour" else self.burst


def _in(seconds: float) -> str:
    return "an hour" if seconds == HOUR else f"in {seconds:g} seconds"
