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


def _completing() -> Update:
    """Return the statement that completes paths which have courses, all of them completed."""
    course = learning_path_courses
    in_path = course.c.learning_path_id == learning_path_enrollments.c.learning_path_id
    mine = and_(
        enrollments.c.course_id == course.c.course_id,
        enrollments.c.user_id == learning_path_enrollments.c.user_id,
        enrollments.c.completed_on.is_not(None),
    )
    done = exists().where(mine).correlate(course, learning_path_enrollments)
    return (
        update(learning_path_enrollments)
        .values(completed_on=bindparam("now"))
        .where(
            learning_path_enrollments.c.completed_on.is_(None),
            exists().where(in_path).correlate(learning_path_enrollments),
            ~exists().where(in_path, ~done).correlate(learning_path_enrollments),
        )
    )


_COMPLETE = _completing()
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
