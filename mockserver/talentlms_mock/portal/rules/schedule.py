"""The schedule of a portal: changes that happen by time alone, without a request.

Most effects of time need no change: the dates of a course or an enrollment say whether it has
begun and whether it is over. The changes here are written into the database.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Select, bindparam, func, literal_column, select, union_all, update

from talentlms_mock.portal.rules import (  # noqa: F401 - tasks may wait for their jobs
    batch,
    groups,
    tasks,
)
from talentlms_mock.portal.rules.users import named
from talentlms_mock.portal.state.clock import Clock, parse_moment
from talentlms_mock.portal.store.mapping import select_rows
from talentlms_mock.portal.store.models import certificates, courses, users
from talentlms_mock.portal.store.row_types import UserRow
from talentlms_mock.portal.store.transaction import Named, Transaction


@dataclass(frozen=True)
class Kind:
    """A kind of change by time.

    Args:
        next: selects the earliest moment at which one is due, as a timestamp; it runs after
            every write, so it must be the minimum of an index.
        apply: makes every change of this kind that is due at a moment or before, in the order
            of time; afterwards `next` is later than that.
    """

    next: Select[tuple[str]]
    apply: Callable[[Transaction, str], None]


# Constants, not parameters: SQLite uses a partial index only where the condition's text matches.
_ACTIVE: Any = literal_column("'active'")
_TO_DEACTIVATE = (users.c.deactivation_date.is_not(None), users.c.status == _ACTIVE)
_DEACTIVATED = (
    select_rows(UserRow)
    .where(*_TO_DEACTIVATE, users.c.deactivation_date <= bindparam("until"))
    .order_by(users.c.deactivation_date, users.c.id)
)


def _deactivate(transaction: Transaction, until: str) -> None:
    for user in transaction.all(_DEACTIVATED, until=until):
        at = user.deactivation_date
        transaction.update(
            users,
            user.id,
            {"status": "inactive", "session_started_at": None, "last_updated": at},
        )
        transaction.record("user_property_change", at=at, user=named(user))


class _Expired(NamedTuple):
    """A certificate that has expired: the user's id and names, and the course's."""

    id: int
    name: str
    surname: str
    login: str
    course_id: int
    course_name: str
    course_code: str | None
    expires_on: str


_TO_EXPIRE = (certificates.c.expires_on.is_not(None), ~certificates.c.is_expired)
_EXPIRED = (
    select_rows(
        _Expired,
        users.c.id,
        users.c.name,
        users.c.surname,
        users.c.login,
        courses.c.id.label("course_id"),
        courses.c.name.label("course_name"),
        courses.c.code.label("course_code"),
        certificates.c.expires_on,
    )
    .select_from(certificates.join(users).join(courses))
    .where(*_TO_EXPIRE, certificates.c.expires_on <= bindparam("until"))
    .order_by(certificates.c.expires_on, certificates.c.id)
)
_MARK_EXPIRED = (
    update(certificates)
    .where(*_TO_EXPIRE, certificates.c.expires_on <= bindparam("until"))
    .values(is_expired=True)
)


def _expire_certificates(transaction: Transaction, until: str) -> None:
    expired = transaction.all(_EXPIRED, until=until)
    transaction.execute(_MARK_EXPIRED, until=until)
    for row in expired:
        transaction.record(
            "certification_expire_certification",
            at=row.expires_on,
            user=named(row),
            course=Named(row.course_id, row.course_name, code=row.course_code),
        )


KINDS = (
    Kind(select(func.min(users.c.deactivation_date)).where(*_TO_DEACTIVATE), _deactivate),
    Kind(select(func.min(certificates.c.expires_on)).where(*_TO_EXPIRE), _expire_certificates),
)
"""Every kind of change by time; of those due at the same moment, the first comes first."""


def _earliest() -> Select[Any]:
    moments = union_all(*(kind.next for kind in KINDS)).subquery()
    return select(func.min(moments.c[0]))


_EARLIEST = _earliest()


def next_due(transaction: Transaction) -> float | None:
    """Return when the next change by time is due, in seconds since 1970; None when none is."""
    dated = transaction.scalar(_EARLIEST)
    moments = (
        None if dated is None else parse_moment(dated).timestamp(),
        tasks.next_due(transaction),
    )
    return min((moment for moment in moments if moment is not None), default=None)


def apply(transaction: Transaction) -> None:
    """Make every change that is due at the transaction's time, in the order of time."""
    end = transaction.clock.seconds()
    while (due := tasks.next_due(transaction)) is not None and due <= end:
        then = Transaction(transaction.connection, Clock.standing_at(due), transaction.settings)
        _apply_dated(then)
        tasks.complete_due(then)
    _apply_dated(transaction)


def _apply_dated(transaction: Transaction) -> None:
    """Make every change of KINDS that is due at the transaction's time."""
    while True:
        moments = [(transaction.scalar(kind.next), place) for place, kind in enumerate(KINDS)]
        due = sorted(
            (at, place) for at, place in moments if at is not None and at <= transaction.now
        )
        if not due:
            return
        (_, place), *later = due
        until = later[0][0] if later else transaction.now
        KINDS[place].apply(transaction, until)
