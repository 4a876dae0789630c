"""What people intend to do on a day: when they visit the portal, and for how long.

It depends on the portal's seed, the person and the date alone, and not on when a simulation begins
or ends. So 45 days are the same in one simulation as in several.
"""

from collections.abc import Iterator
from datetime import date
from functools import cache, lru_cache
from random import Random
from typing import Literal, NamedTuple

from talentlms_mock.portal.seed.hours import Hours, offset
from talentlms_mock.portal.seed.rows import DAY

MINUTE, HOUR = 60, 3_600

LONGEST_VISIT = 3 * HOUR
"""A visit is over by then, in seconds."""

_STRANGERS = 0.08
"""The share of people who never come."""

_MOST_DAYS = 0.6
"""How many of their working days the keenest come; most come on far fewer."""

_AT_WEEKENDS = 0.15
"""The share of that on Saturdays and Sundays."""

_MOST_UNITS = 3
_ROUNDS = (10, 14, 16)
"""The hours of a working day at which instructors grade what waits."""

_EPOCH = date(1970, 1, 1).toordinal()

Kind = Literal["sign in", "begin", "finish", "sign out", "grade"]


class Intent(NamedTuple):
    """Something that somebody means to do; intents sort by their time.

    Args:
        moment: when, in seconds since 1970.
        user_id: who; 0 stands for the instructors of the portal.
        kind: what.
        since: when what it ends has begun.
        choice: decides what is chosen, from 0 to 1.
        luck: decides how it ends, from 0 to 1.
        skill: decides on the score, from 0 to 1.
    """

    moment: int
    user_id: int
    kind: Kind
    since: int = 0
    choice: float = 0.0
    luck: float = 0.0
    skill: float = 0.0


def chance(*of: int) -> Random:
    """Return the random numbers that belong to these numbers, the first of which is the seed."""
    return Random("/".join(map(str, of)))  # noqa: S311  # test data, no secret


def visit(seed: int, user_id: int, timezone: str, day: int) -> Iterator[Intent]:
    """Give what a person intends on a day, in the order of time; it may end after midnight.

    Args:
        seed: the portal's.
        user_id: the person.
        timezone: where it lives.
        day: in days since 1970, in UTC.
    """
    random = chance(seed, user_id, day)
    share = _keenness(seed, user_id) * (_AT_WEEKENDS if _is_weekend(day) else 1)
    if random.random() >= share:
        return
    moment = day * DAY + _hours(timezone).at(int(random.random() * DAY), 0, 2 * DAY)
    yield Intent(moment, user_id, "sign in")
    for _ in range(1 + int(random.random() * _MOST_UNITS)):
        begins = moment + MINUTE + int(random.random() * 9 * MINUTE)
        moment = begins + 5 * MINUTE + int(random.random() * 35 * MINUTE)
        choice, luck, skill = random.random(), random.random(), random.random()
        yield Intent(begins, user_id, "begin", begins, choice, luck)
        yield Intent(moment, user_id, "finish", begins, choice, luck, skill)
    yield Intent(moment + MINUTE, user_id, "sign out")


def rounds(timezone: str, day: int) -> Iterator[Intent]:
    """Give the times of a day at which instructors grade, where they live."""
    if not _is_weekend(day):
        midnight = day * DAY
        for hour in _ROUNDS:
            yield Intent(midnight + (hour * HOUR - offset(timezone)) % DAY, 0, "grade")


@lru_cache(100_000)
def _keenness(seed: int, user_id: int) -> float:
    """Return the share of working days on which somebody comes."""
    random = chance(seed, user_id)
    return 0 if random.random() < _STRANGERS else _MOST_DAYS * random.random() ** 2


@cache
def _hours(timezone: str) -> Hours:
    return Hours(timezone)


def _is_weekend(day: int) -> bool:
    return date.fromordinal(_EPOCH + day).weekday() >= 5
