"""Letting days go by in a portal, with people at work in it."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from heapq import heappop, heappush
from typing import Any, NamedTuple

from sqlalchemy import bindparam, func, select

from talentlms_mock.errors import RuleBroken, SetupError
from talentlms_mock.portal.rules import schedule
from talentlms_mock.portal.seed import origin
from talentlms_mock.portal.seed.rows import DAY
from talentlms_mock.portal.simulation.acts import perform
from talentlms_mock.portal.simulation.plans import LONGEST_VISIT, Intent, rounds, visit
from talentlms_mock.portal.state.clock import LAST_SECOND, Clock, moment_at, parse_moment, timestamp
from talentlms_mock.portal.state.settings import DEFAULT_SEED
from talentlms_mock.portal.store.mapping import select_rows
from talentlms_mock.portal.store.models import events, users
from talentlms_mock.portal.store.transaction import Transaction

MOST_DAYS = 3_660
"""The most days of one simulation."""

MOST_USER_DAYS = 50_000
"""The most days of one simulation, counted for each active user."""


@dataclass(frozen=True)
class TimeLapse:
    """What happened while days of a portal's clock went by.

    Args:
        began_at: the portal's time before.
        ended_at: the portal's time after.
        events: how many there are on the timeline by now that were not there before, by their
            type. Sign-ins of a user that follow one another soon are one event.
    """

    began_at: datetime
    ended_at: datetime
    events: Mapping[str, int]

    def as_data(self) -> dict[str, Any]:
        """Return it as JSON-able values."""
        return {
            "began_at": timestamp(self.began_at),
            "ended_at": timestamp(self.ended_at),
            "events": dict(self.events),
        }


class _Person(NamedTuple):
    id: int
    timezone: str
    session_started_at: str | None


_PEOPLE = (
    select_rows(_Person, users.c.id, users.c.timezone, users.c.session_started_at)
    .where(users.c.status == "active")
    .order_by(users.c.id)
)


class _NewEvents(NamedTuple):
    event_type: str
    number: int


_NEW_EVENTS = (
    select_rows(_NewEvents, events.c.event_type, func.count().label("number"))
    .where(events.c.id > bindparam("after"))
    .group_by(events.c.event_type)
    .order_by(events.c.event_type)
)
_ACTIVE = select(func.count()).select_from(users).where(users.c.status == "active")
_LAST_EVENT = select(func.coalesce(func.max(events.c.id), 0))


def simulate(transaction: Transaction, days: int) -> TimeLapse:
    """Let people sign in and work for some days from the transaction's time on.

    What time alone brings happens in between, in the order of time. The clock itself stays.

    Raises:
        SetupError: these are no days, too many days, or too many for so many users.
    """
    _check(transaction, days)
    begins = transaction.clock.seconds()
    last_event = transaction.scalar(_LAST_EVENT)
    made_from = origin.read(transaction.connection)
    seed = DEFAULT_SEED if made_from is None else made_from.seed
    ends = begins + days * DAY
    for intent in _intents(transaction, seed, begins, ends):
        then = _at(transaction, intent.moment)
        schedule.apply(then)
        with suppress(RuleBroken), then.savepoint():
            perform(then, intent, seed)
    schedule.apply(_at(transaction, ends))
    new = transaction.all(_NEW_EVENTS, after=last_event)
    counts = {row.event_type: row.number for row in new}
    return TimeLapse(moment_at(begins), moment_at(ends), counts)


def _check(transaction: Transaction, days: int) -> None:
    if not isinstance(days, int) or isinstance(days, bool) or not 1 <= days <= MOST_DAYS:
        raise SetupError(
            f"A simulation takes a whole number of days, from 1 to {MOST_DAYS:,}, not {days!r}.",
            at="days",
        )
    count = transaction.scalar(_ACTIVE)
    if count * days > MOST_USER_DAYS:
        most = MOST_USER_DAYS // count
        advice = f"simulate at most {most:,} at a time" if most else "create one with fewer users"
        raise SetupError(
            f"{days:,} days of a portal with {count:,} active users are too many for one "
            f"simulation: {advice}.",
            at="days",
        )
    if transaction.clock.seconds() + days * DAY > LAST_SECOND:
        raise SetupError(
            "A portal's clock shows the years 1 to 9999, and nothing beyond.", at="days"
        )


def _at(transaction: Transaction, seconds: float) -> Transaction:
    """Return a transaction at another time, on the same connection."""
    return Transaction(transaction.connection, Clock.standing_at(seconds), transaction.settings)


def _intents(transaction: Transaction, seed: int, begins: float, ends: float) -> Iterator[Intent]:
    """Give what people intend after `begins` until `ends`, in the order of time."""
    site_timezone = transaction.site().default_timezone
    waiting = _ends_of_sign_ins(transaction, begins)
    # The visits of the day before may not be over.
    for day in range(int(begins // DAY) - 1, int(ends // DAY) + 1):
        for intent in rounds(site_timezone, day):
            heappush(waiting, intent)
        for person in transaction.all(_PEOPLE):
            for intent in visit(seed, person.id, person.timezone, day):
                heappush(waiting, intent)
        midnight = (day + 1) * DAY
        while waiting and waiting[0].moment < midnight:
            intent = heappop(waiting)
            if begins < intent.moment <= ends:
                yield intent


def _ends_of_sign_ins(transaction: Transaction, begins: float) -> list[Intent]:
    """Return when those sign out who are online, at the latest; a sorted list is a heap."""
    found = []
    for person in transaction.all(_PEOPLE):
        if person.session_started_at is not None:
            since = int(parse_moment(person.session_started_at).timestamp())
            moment = max(since + LONGEST_VISIT, int(begins) + 1)
            found.append(Intent(moment, person.id, "sign out", since))
    return sorted(found)
