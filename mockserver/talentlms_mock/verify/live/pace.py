"""How fast a live run may be, and how many requests it may send."""

from collections.abc import Callable

from talentlms_mock.portal.state.clock import stopwatch

A_SECOND = 4
"""The most requests in a second."""

SHARE = 0.2
"""The most of what X-RateLimit-Remaining leaves at the start."""


class Pace:
    """Lets requests through, four a second, and a fifth of what the portal's limit leaves.

    Args:
        sleep: waits for some seconds.
        now: returns the time in seconds, which only grows.
    """

    def __init__(
        self, sleep: Callable[[float], object], now: Callable[[], float] = stopwatch
    ) -> None:
        self._sleep = sleep
        self._now = now
        self._next: float | None = None
        self._budget: int | None = None
        self.sent = 0

    def wait(self) -> None:
        """Wait until the next request may be sent, and count it."""
        now = self._now()
        if self._next is not None and self._next > now:
            self._sleep(self._next - now)
            now = self._next
        self._next = now + 1 / A_SECOND
        self.sent += 1

    def learn(self, remaining: str | None) -> None:
        """Take the header X-RateLimit-Remaining of a response; the first one counts."""
        if self._budget is None and remaining is not None and remaining.isdecimal():
            # What was sent up to here was left before it.
            self._budget = self.sent + int(int(remaining) * SHARE)

    @property
    def is_used_up(self) -> bool:
        """Whether no more requests may be sent in this hour."""
        return self._budget is not None and self.sent >= self._budget
