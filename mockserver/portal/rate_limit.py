"""The portal's two rate limits: so many requests an hour, and so many in five seconds.

Both windows are fixed, start at the first request that counts, and follow the portal's
clock (conventions.md, Rate limits).
"""

from dataclasses import dataclass

HOUR = 3600.0
BURST = 5.0


@dataclass
class Window:
    """One limit: at most `limit` requests in `length` seconds."""

    limit: int
    length: float
    used: int = 0
    started: float | None = None

    def left(self, now: float) -> int:
        """Return how many requests are left at `now`, opening a new window if this one is over."""
        if self.started is not None and now >= self.started + self.length:
            self.used, self.started = 0, None
        return max(self.limit - self.used, 0)

    def take(self, now: float) -> None:
        if self.started is None:
            self.started = now
        self.used += 1


class RateLimit:
    """Counts a portal's requests against both limits."""

    def __init__(self, hourly: int, burst: int) -> None:
        self.hourly = Window(hourly, HOUR)
        self.burst = Window(burst, BURST)

    def take(self, now: float) -> str:
        """Count a request at `now` (seconds), or refuse it.

        Returns:
            "" when it counted, else which limit refused it; a refused request uses nothing.
        """
        if not self.hourly.left(now):
            return f"the limit of {self.hourly.limit} requests an hour is used up"
        if not self.burst.left(now):
            return f"the limit of {self.burst.limit} requests in 5 seconds is used up"
        self.hourly.take(now)
        self.burst.take(now)
        return ""

    def opens_in(self, now: float) -> float:
        """Return the seconds until a request is let through again; 0 when one is now."""
        waits = [
            window.started + window.length - now
            for window in (self.hourly, self.burst)
            if not window.left(now) and window.started is not None
        ]
        return max(waits, default=0.0)
