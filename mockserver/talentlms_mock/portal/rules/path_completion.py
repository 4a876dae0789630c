"""The completion of learning paths: one is completed once all of its courses are."""

from sqlalchemy import ColumnElement, Update, and_, bindparam, exists, select, update

from talentlms_mock.portal.store.models import (
    enrollments,
    learning_path_courses,
    learning_path_enrollments,
)
from talentlms_mock.portal.store.transaction import Transaction

_PATHS_OF_COURSE = select(learning_path_courses.c.learning_path_id).where(
    learning_path_courses.c.course_id == bindparam("course_id")
)


_IN_PATH = learning_path_courses.c.learning_path_id == learning_path_enrollments.c.learning_path_id


def _has_open_course() -> ColumnElement[bool]:
    """Return the condition that the user of an enrollment has not completed all of its courses."""
    mine = and_(
        enrollments.c.course_id == learning_path_courses.c.course_id,
        enrollments.c.user_id == learning_path_enrollments.c.user_id,
        enrollments.c.completed_on.is_not(None),
    )
    done = exists().where(mine).correlate(learning_path_courses, learning_path_enrollments)
    return exists().where(_IN_PATH, ~done).correlate(learning_path_enrollments)


def _completing() -> Update:
    """Return the statement that completes paths which have courses, all of them completed."""
    return (
        update(learning_path_enrollments)
        .values(completed_on=bindparam("now"))
        .where(
            learning_path_enrollments.c.completed_on.is_(None),
            exists().where(_IN_PATH).correlate(learning_path_enrollments),
            ~_has_open_course(),
        )
    )


def _reopening() -> Update:
    """Return the statement that opens paths again of which a course is not completed."""
    return (
        update(learning_path_enrollments)
        .values(completed_on=None)
        .where(
            learning_path_enrollments.c.completed_on.is_not(None),
            learning_path_enrollments.c.learning_path_id.in_(bindparam("paths", expanding=True)),
            _has_open_course(),
        )
    )


_COMPLETE = _completing()
_REOPEN = _reopening()
_COMPLETE_OF_USER = _COMPLETE.where(learning_path_enrollments.c.user_id == bindparam("of_user"))
_COMPLETE_PATHS = _COMPLETE.where(
    learning_path_enrollments.c.learning_path_id.in_(bindparam("paths", expanding=True))
)


def complete_for(transaction: Transaction, user_id: int) -> None:
    """Complete the learning paths of a user that has completed all their courses."""
    transaction.connection.execute(_COMPLETE_OF_USER, {"now": transaction.now, "of_user": user_id})


def complete_without(transaction: Transaction, path_ids: list[int]) -> None:
    """Complete these learning paths for users that need no other course, after a deleted one."""
    transaction.connection.execute(_COMPLETE_PATHS, {"now": transaction.now, "paths": path_ids})


def with_course(transaction: Transaction, course_id: int) -> list[int]:
    """Return the ids of the learning paths that a course is in."""
    found = transaction.connection.execute(_PATHS_OF_COURSE, {"course_id": course_id})
    return list(found.scalars())


def reopen(transaction: Transaction, user_id: int, course_id: int) -> None:
    """Set a user's learning paths with this course to not completed."""
    of_user: ColumnElement[bool] = learning_path_enrollments.c.user_id == user_id
    paths = with_course(transaction, course_id)
    transaction.connection.execute(
        update(learning_path_enrollments)
        .where(of_user, learning_path_enrollments.c.learning_path_id.in_(paths))
        .values(completed_on=None)
    )


def reopen_unfinished(transaction: Transaction, course_id: int) -> None:
    """Set the learning paths with this course to not completed for users who have not done all."""
    paths = with_course(transaction, course_id)
    transaction.connection.execute(_REOPEN, {"paths": paths})
