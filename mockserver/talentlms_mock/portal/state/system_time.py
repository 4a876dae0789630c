"""The system's time, out of reach of tools that fake it in this process.

freezegun puts fakes where it finds `time.time` and its like as attributes of modules, and
time-machine bends the functions themselves; a test that freezes its own program that way would
stop the portal, its limits and its server. So the seconds that pass are read from a `time` module
of our own, whose `perf_counter` neither touches, and the moment they are counted from is SQLite's.
"""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from importlib.util import find_spec, module_from_spec
from threading import Lock

from talentlms_mock.portal.state.short_work import short_work

_RESYNC_AFTER = 1.0
"""Seconds after which the moment is read again, for a machine that slept or was set."""

_NOTICED = 0.05
"""Seconds by which the system's time must have moved to count; SQLite's has milliseconds."""

_NOW = "SELECT (julianday('now') - 2440587.5) * 86400.0"


def _own_perf_counter() -> Callable[[], float]:
    specification = find_spec("time")
    assert specification is not None
    assert specification.loader is not None
    module = module_from_spec(specification)
    specification.loader.exec_module(module)
    counter: Callable[[], float] = module.perf_counter
    return counter


class SystemTime:
    """Seconds since 1970, and a stopwatch.

    Args:
        since_1970: returns the system's seconds since 1970-01-01T00:00:00Z.
    """

    def __init__(self, since_1970: Callable[[], float] | None = None) -> None:
        self._since_1970 = since_1970 or _since_1970
        self.stopwatch = _own_perf_counter()
        """Returns a number of seconds that only grows, for measuring durations."""
        self._lock = Lock()
        self._read_at = self.stopwatch()
        self._ahead = self._since_1970() - self._read_at

    def seconds(self) -> float:
        """Return the seconds since 1970-01-01T00:00:00Z."""
        now = self.stopwatch()
        if now - self._read_at > _RESYNC_AFTER:
            self._resync(now)
        return now + self._ahead

    def _resync(self, now: float) -> None:
        with self._lock:
            ahead = self._since_1970() - now
            if abs(ahead - self._ahead) > _NOTICED:
                self._ahead = ahead
            self._read_at = now


def _since_1970() -> float:
    with short_work(), closing(sqlite3.connect(":memory:")) as connection:
        ((seconds,),) = connection.execute(_NOW)
    return float(seconds)


SYSTEM = SystemTime()
