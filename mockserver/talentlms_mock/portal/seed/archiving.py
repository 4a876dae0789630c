"""Users and courses of a seeded portal that were deleted, by the rules of the archive."""

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import Connection

from talentlms_mock.portal.rules import archive
from talentlms_mock.portal.seed.rows import Calendar
from talentlms_mock.portal.state.clock import Clock, parse_moment
from talentlms_mock.portal.state.settings import Settings
from talentlms_mock.portal.store.transaction import Transaction


class Archived(NamedTuple):
    """A user or course that is in the archive, and since when."""

    kind: archive.Kind
    id: int
    name: str
    moment: int


def put_away(connection: Connection, calendar: Calendar, archived: Iterable[Archived]) -> None:
    """Move these into the archive, in the order of time, and commit.

    Args:
        connection: of a portal whose rows and indexes are all there; it is not enforcing foreign
            keys, before or after.
        calendar: the portal's.
        archived: users and courses that are there.
    """
    connection.commit()  # SQLite ignores the switch within a transaction
    connection.exec_driver_sql("PRAGMA foreign_keys = ON")
    for kind, id, name, moment in sorted(archived, key=lambda each: each.moment):
        clock = Clock.standing_at(parse_moment(calendar.text(moment)).timestamp())
        archive.put_away(Transaction(connection, clock, Settings()), kind, id, name)
    connection.commit()
    connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
