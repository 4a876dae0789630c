"""The rules of groups: their members, their courses, and the enrollments that follow."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, NamedTuple

from sqlalchemy import Select, bindparam, exists, update

from talentlms_mock.errors import RequestRefused, RuleBroken
from talentlms_mock.portal.contract.refusals import (
    ARCHIVED_COURSE_TO_GROUP,
    ARCHIVED_USER_TO_GROUP,
    COURSE_IN_GROUP,
    COURSE_NOT_IN_GROUP,
    GROUP_KEY_FULL,
    GROUP_KEY_UNKNOWN,
    USER_IN_GROUP,
    USER_NOT_IN_GROUP,
)
from talentlms_mock.portal.rules import tasks
from talentlms_mock.portal.rules.enrollments import enroll
from talentlms_mock.portal.rules.memberships import of_courses, of_users
from talentlms_mock.portal.store.mapping import select_rows
from talentlms_mock.portal.store.models import (
    enrollments,
    group_courses,
    group_users,
    groups,
)
from talentlms_mock.portal.store.row_types import BranchRow, GroupRow
from talentlms_mock.portal.store.transaction import Named, Transaction

USERS = of_users(
    group_users,
    GroupRow,
    "group",
    USER_IN_GROUP,
    USER_NOT_IN_GROUP,
    ARCHIVED_USER_TO_GROUP,
)
COURSES = of_courses(
    group_courses,
    GroupRow,
    "group",
    COURSE_IN_GROUP,
    COURSE_NOT_IN_GROUP,
    ARCHIVED_COURSE_TO_GROUP,
)

ENROLL = "enroll_group"
"""The type of the tasks that enroll a group's members in its courses."""


class _Missing(NamedTuple):
    """A member of a group who is not in one of its courses."""

    user_id: int
    course_id: int


_BY_KEY = select_rows(GroupRow).where(groups.c.key == bindparam("of_key")).order_by(groups.c.id)
_REDEEM = (
    update(groups)
    .where(groups.c.id == bindparam("of_group"))
    .values(key_redemptions=groups.c.key_redemptions + 1)
)
_TO_ENROLL = (
    select_rows(_Missing, group_users.c.user_id, group_courses.c.course_id)
    .select_from(
        group_users.join(group_courses, group_users.c.group_id == group_courses.c.group_id)
    )
    .where(
        group_users.c.group_id == bindparam("id"),
        ~exists().where(
            enrollments.c.user_id == group_users.c.user_id,
            enrollments.c.course_id == group_courses.c.course_id,
        ),
    )
    .order_by(group_users.c.user_id, group_courses.c.course_id)
)
_OF_USER = _TO_ENROLL.where(group_users.c.user_id == bindparam("user_id"))
_OF_COURSE = _TO_ENROLL.where(group_courses.c.course_id == bindparam("course_id"))


def create_group(transaction: Transaction, values: Mapping[str, Any]) -> int:
    """Add a group without members and return its id.

    Args:
        transaction: the transaction of the request.
        values: columns of `groups` by name.

    Raises:
        NotFound: there is no such branch.
    """
    if values.get("branch_id") is not None:
        transaction.find(BranchRow, values["branch_id"])
    id = transaction.insert(groups, values)
    transaction.record("group_create_group", group=Named(id, values["name"]))
    return id


def delete_group(transaction: Transaction, group: GroupRow) -> None:
    """Delete `group` with its memberships; its members stay enrolled."""
    transaction.delete(groups, group.id)
    transaction.record("group_delete_group", group=Named(group.id, group.name))


def add_user(
    transaction: Transaction, group_id: int, user_id: int, *, enroll_now: bool = False
) -> None:
    """Make a user a member, and enroll it in the group's courses.

    Courses that the user is in already, or that refuse it, are skipped.

    Args:
        transaction: the transaction of the request.
        group_id: of the group.
        user_id: of the user.
        enroll_now: enroll at once; else a background task does.

    Raises:
        Conflict: the user is a member already, or archived.
        NotFound: there is no such group or user.
        RuleBroken: the group's key has been redeemed as often as it may be.
    """
    group, user = USERS.find(transaction, group_id, user_id)
    if _is_full(group) and not USERS.has(transaction, group_id, user_id):
        raise RuleBroken(GROUP_KEY_FULL)
    USERS.add(transaction, group, user)
    items = _items(transaction, group_id, _OF_USER, user_id=user_id)
    if enroll_now:
        for item in items:
            with suppress(RequestRefused), transaction.savepoint():
                _enroll(transaction, item)
    elif items:
        tasks.start(transaction, ENROLL, items, announced=False)


def join_by_key(transaction: Transaction, key: str, user_id: int) -> None:
    """Let a user into the first group of this key; see `add_user`.

    Raises:
        Conflict, NotFound, RuleBroken: as for `add_user`; or no group has the key.
    """
    group = transaction.first(_BY_KEY, of_key=key)
    if group is None:
        raise RuleBroken(GROUP_KEY_UNKNOWN)
    add_user(transaction, group.id, user_id)
    transaction.execute(_REDEEM, of_group=group.id)


def remove_user(transaction: Transaction, group_id: int, user_id: int) -> None:
    """Remove a user from a group; it stays enrolled.

    Raises:
        Conflict: the user is no member, or archived.
        NotFound: there is no such group or user.
    """
    USERS.remove(transaction, group_id, user_id)


def add_course(transaction: Transaction, group_id: int, course_id: int) -> None:
    """Give a group a course; a background task enrolls the members, as for `add_user`.

    Raises:
        Conflict: the group has the course already, or the course is archived.
        NotFound: there is no such group or course.
    """
    COURSES.add(transaction, *COURSES.find(transaction, group_id, course_id))
    items = _items(transaction, group_id, _OF_COURSE, course_id=course_id)
    if items:
        tasks.start(transaction, ENROLL, items, announced=False)


def remove_course(transaction: Transaction, group_id: int, course_id: int) -> None:
    """Remove a course from a group; the members stay enrolled.

    Raises:
        Conflict: the group does not have the course, or the course is archived.
        NotFound: there is no such group or course.
    """
    COURSES.remove(transaction, group_id, course_id)


def _is_full(group: GroupRow) -> bool:
    limit = group.max_key_redemptions  # 0 is no limit, like null
    return bool(limit) and group.key_redemptions >= (limit or 0)


def _items(
    transaction: Transaction, group_id: int, statement: Select[_Missing], **ids: int
) -> list[dict[str, int]]:
    rows = transaction.all(statement, id=group_id, **ids)
    return [
        {"group_id": group_id, "user_id": row.user_id, "course_id": row.course_id} for row in rows
    ]


@tasks.job(ENROLL, lists_refused=False)
def _enroll(transaction: Transaction, item: tasks.Item) -> None:
    """Enroll a member in a course, unless one of the two has left the group.

    Raises:
        RequestRefused: a rule forbids it.
    """
    group_id, user_id, course_id = item["group_id"], item["user_id"], item["course_id"]
    if USERS.has(transaction, group_id, user_id) and COURSES.has(transaction, group_id, course_id):
        enroll(transaction, user_id, course_id)
