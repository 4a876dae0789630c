"""The times of day at which people do things: mostly during working hours, where they live."""

from bisect import bisect
from datetime import datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from talentlms_mock.portal.seed.rows import DAY

_DONE = (
    (0.0, 0),
    (0.01, 6),
    (0.06, 8),
    (0.46, 12),
    (0.52, 13),
    (0.91, 17.5),
    (0.98, 22),
    (1.0, 24),
)
"""How much of a day's work people have done by an hour of it; straight lines between them."""

_WINTER = datetime(2025, 1, 15)  # noqa: DTZ001  # of the zone that is asked


def _second(share: float) -> int:
    after = bisect(_DONE, (share, 24.0))
    (low, begins), (high, ends) = _DONE[after - 1], _DONE[after]
    return int((begins + (ends - begins) * (share - low) / (high - low)) * 3600)


@cache
def offset(timezone: str) -> int:
    """Return the seconds by which a time zone is ahead of UTC in winter.

    The same all the year, since another date of the portal shifts every moment and nothing else.
    """
    return int((ZoneInfo(timezone).utcoffset(_WINTER) or timedelta()).total_seconds())


@cache
def _shifts(ahead: int) -> list[int]:
    """Return by how many seconds a moment is shifted, by its minute of the day in UTC.

    Args:
        ahead: the seconds by which local time is ahead of UTC.
    """
    local = [(minute * 60 + ahead) % DAY for minute in range(1440)]
    return [_second(second / DAY) - second for second in local]


class Hours:
    """The hours of people in one time zone.

    Args:
        timezone: a name of the IANA database.
    """

    def __init__(self, timezone: str) -> None:
        self._shifts = _shifts(offset(timezone))

    def at(self, moment: int, first: int, last: int) -> int:
        """Return a moment on the same day at a likelier hour, if it is in `first` to `last`.

        Where it is not, that is `moment` itself.
        """
        likely = moment + self._shifts[moment // 60 % 1440]
        return likely if first <= likely <= last else moment
