"""Finding what a learner's action refers to: by an id, a name, or an object that has an `id`."""

from collections.abc import Iterable
from typing import Any, NamedTuple, Protocol

from sqlalchemy import exists, select

from talentlms_mock.errors import InvalidValue, NotFound, about
from talentlms_mock.portal.records.collection import Source
from talentlms_mock.portal.records.history import Archived
from talentlms_mock.portal.records.records import (
    Course,
    CourseUnit,
    UnitQuestion,
    UnitSession,
    User,
)
from talentlms_mock.portal.records.sources import source
from talentlms_mock.portal.rules import archive
from talentlms_mock.portal.store.models import enrollments, questions, units
from talentlms_mock.portal.store.transaction import Transaction


class HasId(Protocol):
    """An object that has an `id`, like every record of a portal."""

    @property
    def id(self) -> int: ...


Reference = int | str | HasId
"""An id, a name, or an object that has an `id`."""


class _Archived(NamedTuple):
    """How an archived record is named: its kind when it is not, and the columns of its names."""

    record: type[Any]
    names: tuple[str, ...]


_ARCHIVED: dict[archive.Kind, _Archived] = {
    "user": _Archived(User, ("login_key",)),
    "course": _Archived(Course, ("code_key", "name")),
}


def user(transaction: Transaction, reference: Reference) -> int:
    """Return the id of a user named by its login, in any case.

    Raises:
        InvalidValue: `reference` is of another type, or matches more than one; so for all below.
        NotFound: there is none of the name; an id is not looked up.
    """
    with about("user"):
        return source(User).id_of(transaction, reference)


def course(transaction: Transaction, reference: Reference) -> int:
    """Return the id of a course named by its name, or by its code."""
    with about("course"):
        return source(Course).id_of(transaction, reference)


def archived(transaction: Transaction, kind: archive.Kind, reference: Reference) -> int:
    """Return the id of an archived user or course, which is named as it was before."""
    of: Source[Any] = source(_ARCHIVED[kind].record)
    if isinstance(reference, Archived) and reference.kind == kind:
        return reference.id
    if not isinstance(reference, str):
        return of.id_of(transaction, reference)
    for column in _ARCHIVED[kind].names:
        value = reference.casefold() if column.endswith("_key") else reference
        found = archive.ids_with(transaction, kind, column, value)
        if len(found) > 1:
            ids = ", ".join(map(str, found))
            raise InvalidValue(
                f"{reference!r} names more than one archived {kind}; give one of the ids {ids}"
            )
        if found:
            return found[0]
    return of.id_of(transaction, reference)


def unit(transaction: Transaction, reference: Reference, user_id: int) -> int:
    """Return the id of a unit; those of the user's own courses come first."""
    mine = exists().where(
        enrollments.c.course_id == units.c.course_id, enrollments.c.user_id == user_id
    )
    with about("unit"):
        try:
            return source(CourseUnit).id_of(transaction, reference, mine)
        except NotFound:
            return source(CourseUnit).id_of(transaction, reference)


def training(transaction: Transaction, reference: Reference) -> int:
    """Return the id of a session of instructor-led training."""
    with about("session"):
        return source(UnitSession).id_of(transaction, reference)


def question(transaction: Transaction, reference: Reference, unit_id: int) -> int:
    """Return the id of a question named by its text."""
    with about("answers"):
        return source(UnitQuestion).id_of(transaction, reference, questions.c.unit_id == unit_id)


def names(transaction: Transaction, record: type[Any], ids: Iterable[int]) -> dict[int, str]:
    """Return the names of the records with these ids, those of users with what they are called."""
    of: Source[Any] = source(record)
    columns = [of.table.c.name, of.table.c.surname] if record is User else [of.fields[of.name]]
    statement = select(of.table.c.id, *columns).where(of.table.c.id.in_(set(ids)))
    return {id: " ".join(parts) for id, *parts in transaction.connection.execute(statement)}
