"""What time alone will bring: what of a portal's data has a date that is still to come."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, FromClause, Select, literal, select

from talentlms_mock.portal.state.clock import moment_at, parse_moment
from talentlms_mock.portal.store.models import (
    certificates,
    courses,
    enrollments,
    learning_paths,
    sessions,
    tasks,
    users,
)
from talentlms_mock.portal.store.transaction import Transaction

What = Literal[
    "user is deactivated",
    "certificate expires",
    "enrollment expires",
    "course starts",
    "course expires",
    "learning path starts",
    "learning path expires",
    "session starts",
    "task is completed",
]


@dataclass(frozen=True)
class Upcoming:
    """Something that time will bring.

    Args:
        at: when.
        what: what it is.
        collection: of the portal, in which the record is.
        id: of the record.
        name: what the record is about, for printing.
    """

    at: datetime
    what: What
    collection: str
    id: int | str
    name: str


_ENROLLED = enrollments.join(users).join(courses)
_CERTIFIED = certificates.join(users)
_PERSON = users.c.name + " " + users.c.surname


def _dated(
    rows: FromClause,
    date: ColumnElement[str],
    collection: str,
    id: ColumnElement[int],
    name: ColumnElement[str],
) -> Select[Any]:
    columns: tuple[ColumnElement[Any], ...] = (date.label("at"), literal(collection), id, name)
    return select(*columns).select_from(rows).order_by(date, id)


_KINDS: tuple[tuple[What, ColumnElement[str], Select[Any]], ...] = (
    (
        "user is deactivated",
        users.c.deactivation_date,
        _dated(users, users.c.deactivation_date, "users", users.c.id, _PERSON).where(
            users.c.status == "active"
        ),
    ),
    (
        "certificate expires",
        certificates.c.expires_on,
        _dated(
            _CERTIFIED,
            certificates.c.expires_on,
            "certificates",
            certificates.c.id,
            _PERSON + ", " + certificates.c.name,
        ),
    ),
    (
        "enrollment expires",
        enrollments.c.expires_on,
        _dated(
            _ENROLLED,
            enrollments.c.expires_on,
            "enrollments",
            enrollments.c.id,
            _PERSON + ", " + courses.c.name,
        ),
    ),
    (
        "course starts",
        courses.c.starts_at,
        _dated(courses, courses.c.starts_at, "courses", courses.c.id, courses.c.name),
    ),
    (
        "course expires",
        courses.c.expires_at,
        _dated(courses, courses.c.expires_at, "courses", courses.c.id, courses.c.name),
    ),
    (
        "learning path starts",
        learning_paths.c.starts_at,
        _dated(
            learning_paths,
            learning_paths.c.starts_at,
            "learning_paths",
            learning_paths.c.id,
            learning_paths.c.name,
        ),
    ),
    (
        "learning path expires",
        learning_paths.c.expires_at,
        _dated(
            learning_paths,
            learning_paths.c.expires_at,
            "learning_paths",
            learning_paths.c.id,
            learning_paths.c.name,
        ),
    ),
    (
        "session starts",
        sessions.c.starts_at,
        _dated(sessions, sessions.c.starts_at, "units", sessions.c.unit_id, sessions.c.name),
    ),
)


def upcoming(transaction: Transaction, limit: int) -> list[Upcoming]:
    """Return what is due next, the next first.

    Args:
        transaction: to read in.
        limit: how many there are at most.
    """
    found = _tasks(transaction)
    for what, date, statement in _KINDS:
        later = statement.where(date > transaction.now).limit(limit)
        for at, collection, id, name in transaction.connection.execute(later):
            found.append(Upcoming(parse_moment(at), what, collection, id, name))
    return sorted(found, key=lambda each: each.at)[:limit]


def _tasks(transaction: Transaction) -> list[Upcoming]:
    """Return the tasks that the clock completes, by the rule of the portal."""
    rule = transaction.settings.task_rule
    if rule.kind != "seconds":
        return []
    waiting = select(tasks.c.code, tasks.c.type, tasks.c.started_at).where(
        tasks.c.status.in_(("pending", "running"))
    )
    return [
        Upcoming(moment_at(started + rule.count), "task is completed", "tasks", code, kind)
        for code, kind, started in transaction.connection.execute(waiting)
    ]
