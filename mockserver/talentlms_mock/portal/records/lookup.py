"""Finding what a learner's act names: by an id, by a name, or by an object that has an `id`."""

from typing import Protocol

from sqlalchemy import exists

from talentlms_mock.errors import NotFound, about
from talentlms_mock.portal.records.records import (
    Course,
    CourseUnit,
    UnitQuestion,
    UnitSession,
    User,
)
from talentlms_mock.portal.records.sources import source
from talentlms_mock.portal.store.models import enrollments, questions, units
from talentlms_mock.portal.store.transaction import Transaction


class HasId(Protocol):
    """Anything read back from the portal."""

    @property
    def id(self) -> int: ...


Thing = int | str | HasId
"""An id, a name, or an object that has an `id`."""


def user(transaction: Transaction, thing: Thing) -> int:
    """Return the id of a user named by its login, in any case.

    Raises:
        InvalidValue: `thing` is of another type, or names more than one; so for all below.
        NotFound: there is none of the name; an id is not looked up.
    """
    with about("user"):
        return source(User).id_of(transaction, thing)


def course(transaction: Transaction, thing: Thing) -> int:
    """Return the id of a course named by its name, or by its code."""
    with about("course"):
        return source(Course).id_of(transaction, thing)


def unit(transaction: Transaction, thing: Thing, user_id: int) -> int:
    """Return the id of a unit; those of the user's own courses are looked through first."""
    mine = exists().where(
        enrollments.c.course_id == units.c.course_id, enrollments.c.user_id == user_id
    )
    with about("unit"):
        try:
            return source(CourseUnit).id_of(transaction, thing, mine)
        except NotFound:
            return source(CourseUnit).id_of(transaction, thing)


def training(transaction: Transaction, thing: Thing) -> int:
    """Return the id of a session of instructor-led training."""
    with about("session"):
        return source(UnitSession).id_of(transaction, thing)


def question(transaction: Transaction, thing: Thing, unit_id: int) -> int:
    """Return the id of a question named by its text."""
    with about("answers"):
        return source(UnitQuestion).id_of(transaction, thing, questions.c.unit_id == unit_id)
