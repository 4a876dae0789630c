"""The rules of learning paths: courses in an order, and users enrolled in all of them."""

from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from sqlalchemy import bindparam, delete, exists, select

from talentlms_mock.errors import Conflict, InvalidValue, RuleBroken
from talentlms_mock.portal.contract.refusals import (
    ALREADY_IN_LEARNING_PATH,
    LEARNING_PATH_NOT_ACTIVE,
    NOT_IN_LEARNING_PATH,
    USER_ARCHIVED,
    USER_NOT_ACTIVE,
    attribute,
)
from talentlms_mock.portal.rules import archive, path_completion
from talentlms_mock.portal.rules import enrollments as course_enrollments
from talentlms_mock.portal.rules.users import note_activity
from talentlms_mock.portal.store.models import (
    enrollments,
    learning_path_courses,
    learning_path_enrollments,
    learning_paths,
)
from talentlms_mock.portal.store.row_types import CategoryRow, CourseRow, LearningPathRow, UserRow
from talentlms_mock.portal.store.text import without_tags
from talentlms_mock.portal.store.transaction import Transaction

DEFAULT_RULES = {"traversal": "any", "completion": "all_courses"}
"""The rules of a learning path, by default."""

_MEMBER = select(learning_path_enrollments).where(
    learning_path_enrollments.c.learning_path_id == bindparam("path_id"),
    learning_path_enrollments.c.user_id == bindparam("user_id"),
)
_COURSES_TO_JOIN = (
    select(learning_path_courses.c.course_id)
    .where(
        learning_path_courses.c.learning_path_id == bindparam("path_id"),
        ~exists().where(
            enrollments.c.course_id == learning_path_courses.c.course_id,
            enrollments.c.user_id == bindparam("user_id"),
        ),
    )
    .order_by(learning_path_courses.c.position)
)
_REMOVE = delete(learning_path_enrollments).where(
    learning_path_enrollments.c.learning_path_id == bindparam("path_id"),
    learning_path_enrollments.c.user_id == bindparam("user_id"),
)


def create_learning_path(
    transaction: Transaction, values: Mapping[str, Any], course_ids: Iterable[int]
) -> int:
    """Add a learning path and return its id; the vendor has no event for it.

    Args:
        transaction: the transaction of the request.
        values: columns of `learning_paths` by name; `rules` is a mapping.
        course_ids: its courses in their order; a repeated one counts once.

    Raises:
        InvalidValue: it ends before it starts.
        NotFound: there is no such category or course.
    """
    row = {"status": "active"} | dict(values)
    if row.get("category_id") is not None:
        transaction.find(CategoryRow, row["category_id"])
    starts, ends = row.get("starts_at"), row.get("expires_at")
    if starts and ends and ends <= starts:
        raise InvalidValue(attribute("expires_at", "must be after starts_at"), at="expires_at")
    row["search_key"] = row["name"].casefold()
    row["description_text"] = without_tags(row.get("description"))
    row["rules"] = orjson.dumps(row.get("rules") or DEFAULT_RULES).decode()
    id = transaction.insert(learning_paths, row)
    for position, course_id in enumerate(dict.fromkeys(course_ids), 1):
        transaction.find(CourseRow, course_id)
        transaction.put(
            learning_path_courses,
            {"learning_path_id": id, "course_id": course_id, "position": position},
        )
    return id


def enroll(transaction: Transaction, user_id: int, path_id: int) -> None:
    """Enroll a user in a learning path and in those of its courses it is not in, in their order.

    When one of the courses refuses the user, the whole enrollment is refused.

    Raises:
        Conflict: the user is in it already, or archived.
        NotFound: there is no such user or learning path.
        RuleBroken: the user or the learning path is not active, or a course refuses.
    """
    user = archive.find(transaction, UserRow, user_id, USER_ARCHIVED)
    path = transaction.find(LearningPathRow, path_id)
    both = {"path_id": path_id, "user_id": user_id}
    if transaction.connection.execute(_MEMBER, both).first():
        raise Conflict(ALREADY_IN_LEARNING_PATH)
    if user.status != "active":
        raise RuleBroken(USER_NOT_ACTIVE)
    if not course_enrollments.is_open(transaction, path):
        raise RuleBroken(LEARNING_PATH_NOT_ACTIVE)
    for course_id in transaction.connection.execute(_COURSES_TO_JOIN, both).scalars().all():
        course_enrollments.enroll(transaction, user_id, course_id)
    transaction.put(
        learning_path_enrollments,
        {"learning_path_id": path_id, "user_id": user_id, "enrolled_on": transaction.now},
    )
    path_completion.complete_for(transaction, user_id)
    _changed(transaction, user_id, path_id)


def _changed(transaction: Transaction, user_id: int, path_id: int) -> None:
    note_activity(transaction, user_id)
    # The timeline has no event for joining and leaving a learning path.
    transaction.changed("user", user_id)
    transaction.changed("learning_path", path_id)


def remove_enrollment(transaction: Transaction, user_id: int, path_id: int) -> None:
    """Remove a user from a learning path; it stays in the courses.

    Raises:
        Conflict: the user is not enrolled in the learning path, or archived.
        NotFound: there is no such user or learning path.
    """
    archive.find(transaction, UserRow, user_id, USER_ARCHIVED)
    transaction.find(LearningPathRow, path_id)
    if transaction.execute(_REMOVE, path_id=path_id, user_id=user_id) == 0:
        raise Conflict(NOT_IN_LEARNING_PATH)
    _changed(transaction, user_id, path_id)
