"""The rules of enrollments: a user in a course."""

from datetime import timedelta

from sqlalchemy import bindparam, delete, func, select

from talentlms_mock.errors import Conflict, RuleBroken
from talentlms_mock.portal.contract.refusals import (
    ALREADY_ENROLLED,
    COURSE_ARCHIVED,
    COURSE_FULL,
    COURSE_NOT_ACTIVE,
    NOT_ENROLLED,
    ROLE_NOT_ALLOWED,
    USER_ARCHIVED,
    USER_NOT_ACTIVE,
)
from talentlms_mock.portal.rules import archive, path_completion
from talentlms_mock.portal.rules.users import named, note_activity
from talentlms_mock.portal.state.clock import parse_moment, timestamp
from talentlms_mock.portal.store.mapping import select_rows
from talentlms_mock.portal.store.models import (
    enrollments,
    session_attendees,
    sessions,
    units,
    user_types,
)
from talentlms_mock.portal.store.row_types import CourseRow, EnrollmentRow, LearningPathRow, UserRow
from talentlms_mock.portal.store.transaction import Named, Transaction

_ENROLLMENT = select_rows(EnrollmentRow).where(
    enrollments.c.user_id == bindparam("user_id"),
    enrollments.c.course_id == bindparam("course_id"),
)
_ENROLLED = (
    select(func.count())
    .select_from(enrollments)
    .where(enrollments.c.course_id == bindparam("course_id"))
)
_MAY_INSTRUCT = select(user_types.c.may_instruct).where(user_types.c.id == bindparam("id"))
_SESSIONS = (
    select(sessions.c.id).join(units).where(units.c.course_id == bindparam("course"))
).scalar_subquery()
_LEAVE_SESSIONS = delete(session_attendees).where(
    session_attendees.c.user_id == bindparam("user"), session_attendees.c.session_id.in_(_SESSIONS)
)


def enroll(transaction: Transaction, user_id: int, course_id: int, role: str = "learner") -> int:
    """Enroll a user in a course and return the enrollment's id.

    Raises:
        NotFound: there is no such course or user.
        RuleBroken: the user or course is archived or not active, the course is full or has not
            begun or is over, the user is in it already, or its type does not let it instruct.
    """
    course, user = find_both(transaction, course_id, user_id)
    check_may_join(transaction, user, course)
    if role == "instructor" and not transaction.scalar(_MAY_INSTRUCT, id=user.user_type_id):
        raise RuleBroken(ROLE_NOT_ALLOWED, at="role")
    id = transaction.insert(
        enrollments,
        {
            "user_id": user_id,
            "course_id": course_id,
            "role": role,
            "enrolled_on": transaction.now,
            "expires_on": _expires_on(transaction, course),
            "completion_status": "not_attempted",
        },
    )
    transaction.record(
        "course_add_user",
        user=named(user),
        course=Named(course_id, course.name, code=course.code),
    )
    note_activity(transaction, user_id)
    return id


def remove_enrollment(transaction: Transaction, user_id: int, course_id: int) -> None:
    """Take a user out of a course, with all progress in it; a certificate of it stays.

    A learning path with this course that the user had completed is open again.

    Raises:
        NotFound: there is no such course or user.
        Conflict: one of them is archived, or the user is not enrolled in the course.
    """
    course, user = find_both(transaction, course_id, user_id)
    row = enrollment_of(transaction, user_id, course_id)
    if row is None:
        raise Conflict(NOT_ENROLLED)
    transaction.delete(enrollments, row.id)
    leave_sessions(transaction, user_id, course_id)
    path_completion.reopen(transaction, user_id, course_id)
    transaction.record(
        "course_remove_user",
        user=named(user),
        course=Named(course_id, course.name, code=course.code),
    )
    note_activity(transaction, user_id)


def find_both(transaction: Transaction, course_id: int, user_id: int) -> tuple[CourseRow, UserRow]:
    """Return a course and a user; where neither exists, the course is reported.

    Raises:
        NotFound: there is no such course or user.
        Conflict: one of them is archived.
    """
    course = archive.find(transaction, CourseRow, course_id, COURSE_ARCHIVED)
    return course, archive.find(transaction, UserRow, user_id, USER_ARCHIVED)


def check_may_join(transaction: Transaction, user: UserRow, course: CourseRow) -> None:
    """Check that `user` could be enrolled in `course`.

    Raises:
        RuleBroken: as for `enroll`.
    """
    if is_enrolled(transaction, user.id, course.id):
        raise Conflict(ALREADY_ENROLLED)
    if user.status != "active":
        raise RuleBroken(USER_NOT_ACTIVE)
    if not is_open(transaction, course):
        raise RuleBroken(COURSE_NOT_ACTIVE)
    if (
        course.capacity is not None
        and transaction.scalar(_ENROLLED, course_id=course.id) >= course.capacity
    ):
        raise RuleBroken(COURSE_FULL)


def is_enrolled(transaction: Transaction, user_id: int, course_id: int) -> bool:
    """Return whether the user is in the course, in any role."""
    return enrollment_of(transaction, user_id, course_id) is not None


def enrollment_of(transaction: Transaction, user_id: int, course_id: int) -> EnrollmentRow | None:
    """Return a user's enrollment in a course, None where there is none."""
    return transaction.first(_ENROLLMENT, user_id=user_id, course_id=course_id)


def is_open(transaction: Transaction, offer: CourseRow | LearningPathRow) -> bool:
    """Return whether a course or learning path is active, has begun and is not over."""
    # Timestamps are text whose order is their order in time.
    begun = offer.starts_at is None or offer.starts_at <= transaction.now
    over = offer.expires_at is not None and offer.expires_at <= transaction.now
    return offer.status == "active" and begun and not over


def leave_sessions(transaction: Transaction, user_id: int, course_id: int) -> None:
    """Remove a user from the attendees of all sessions of a course."""
    transaction.execute(_LEAVE_SESSIONS, user=user_id, course=course_id)


def _expires_on(transaction: Transaction, course: CourseRow) -> str | None:
    if course.time_limit is None:
        return None
    return timestamp(parse_moment(transaction.now) + timedelta(days=course.time_limit))
