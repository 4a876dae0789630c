"""How fast a live run may be, and how many requests it may send."""

from collections.abc import Callable

from talentlms_mock.portal.state.clock import stopwatch

A_SECOND = 4
"""The most requests in a second."""

AN_HOUR = 3_600
"""The window of the portal's limit, in seconds."""

SHARE = 0.2
"""The most of what X-RateLimit-Remaining leaves at the start."""


class Pace:
    """Lets requests through, four a second, and a share of what the portal's limit leaves.

    Args:
        sleep: waits for some seconds.
        now: returns the time in seconds, which only grows.
        share: of the requests that the limit leaves, from 0 to 1.
    """

    def __init__(
        self,
        sleep: Callable[[float], object],
        now: Callable[[], float] = stopwatch,
        *,
        share: float = SHARE,
    ) -> None:
        self._sleep = sleep
        self._now = now
        self._share = share
        self._began: float | None = None
        self._next: float | None = None
        self._budget: int | None = None
        self.sent = 0

    def wait(self) -> None:
        """Wait until the next request may be sent, and count it."""
        now = self._now()
        if self._began is None:
            self._began = now
        if self._next is not None and self._next > now:
            self._sleep(self._next - now)
            now = self._next
        self._next = now + 1 / A_SECOND
        self.sent += 1

    def learn(self, remaining: str | None) -> None:
        """Take the header X-RateLimit-Remaining of a response; the first one counts."""
        if self._budget is None and remaining is not None and remaining.isdecimal():
            # What was sent up to here was left before it.
            self._budget = self.sent + max(int(int(remaining) * self._share), 1)

    def pause(self, seconds: float) -> None:
        """Wait, and begin with a new hour, of which the next response says what it leaves."""
        self.sleep(seconds)
        self._budget = self._began = None

    def sleep(self, seconds: float) -> None:
        """Wait before a request is sent again."""
        self._sleep(seconds)

    @property
    def until_renewal(self) -> float:
        """In how many seconds the hour is over in which the first request was sent."""
        passed = 0.0 if self._began is None else self._now() - self._began
        return max(AN_HOUR - passed, 1.0)

    @property
    def is_used_up(self) -> bool:
        """Whether no more requests may be sent in this hour."""
        return self._budget is not None and self.sent >= self._budget
