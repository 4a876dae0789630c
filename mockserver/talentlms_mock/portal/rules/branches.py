"""The rules of branches: how many there may be, their names, users and courses."""

import re
from collections.abc import Mapping
from typing import Any

from sqlalchemy import bindparam, func, or_, select

from talentlms_mock.errors import InvalidValue, RuleBroken
from talentlms_mock.portal.contract.refusals import (
    ARCHIVED_COURSE_TO_BRANCH,
    ARCHIVED_USER_TO_BRANCH,
    BRANCH_LIMIT_REACHED,
    BRANCH_NAME_TAKEN,
    COURSE_IN_BRANCH,
    COURSE_NOT_IN_BRANCH,
    USER_IN_BRANCH,
    USER_NOT_IN_BRANCH,
    attribute,
)
from talentlms_mock.portal.rules.branch_settings import branch_settings
from talentlms_mock.portal.rules.memberships import of_courses, of_users
from talentlms_mock.portal.rules.users import IS_LOCALE, IS_TIMEZONE, LOCALES, is_timezone
from talentlms_mock.portal.store.mapping import RowType, select_rows
from talentlms_mock.portal.store.models import (
    branch_courses,
    branch_users,
    branches,
    user_types,
    users,
)
from talentlms_mock.portal.store.row_types import BranchRow, GroupRow, UserRow, UserTypeRow
from talentlms_mock.portal.store.text import host_label
from talentlms_mock.portal.store.transaction import Named, Transaction

USERS = of_users(
    branch_users, BranchRow, "branch", USER_IN_BRANCH, USER_NOT_IN_BRANCH, ARCHIVED_USER_TO_BRANCH
)
COURSES = of_courses(
    branch_courses,
    BranchRow,
    "branch",
    COURSE_IN_BRANCH,
    COURSE_NOT_IN_BRANCH,
    ARCHIVED_COURSE_TO_BRANCH,
)

_DEFAULT_TYPE = select(user_types.c.id).where(user_types.c.is_default)
_FIRST_OWNER = (
    select(func.min(users.c.id))
    .select_from(users.join(user_types))
    .where(user_types.c.rank == select(func.max(user_types.c.rank)).scalar_subquery())
)
_BY_NAME = select(branches.c.id).where(branches.c.name_key == bindparam("key"))
# By the two indexes, since a label has the name in it, the id, or both.
_OF_LABEL = select_rows(BranchRow).where(
    or_(branches.c.name_key == bindparam("key"), branches.c.id == bindparam("id"))
)
_COUNT = select(func.count()).select_from(branches)
_REFERENCES: dict[str, RowType] = {
    "default_user_type_id": UserTypeRow,
    "default_group_id": GroupRow,
    "owner_id": UserRow,
}


def create_branch(transaction: Transaction, values: Mapping[str, Any]) -> int:
    """Add an active branch without users and courses, and return its id.

    Args:
        transaction: the transaction of the request.
        values: columns of `branches` by name; `theme`, `badge_set` and `ecommerce` are mappings
            of what differs from the defaults.

    Raises:
        InvalidValue: a locale or timezone that does not exist.
        NotFound: there is no such user type, group or owner.
        RuleBroken: the name is taken, or the portal has reached its limit of branches.
    """
    defaults = transaction.site()
    row = {
        "default_locale": defaults.default_locale,
        "default_timezone": defaults.default_timezone,
        "default_user_type_id": transaction.scalar(_DEFAULT_TYPE),
        "owner_id": transaction.scalar(_FIRST_OWNER),
        **values,
        **branch_settings(values, defaults.currency),
        "name_key": values["name"].casefold(),
    }
    _check(transaction, row)
    if transaction.scalar(_BY_NAME, key=row["name_key"]) is not None:
        raise RuleBroken(BRANCH_NAME_TAKEN, at="name")
    limit = defaults.branch_limit
    if limit is not None and transaction.scalar(_COUNT) >= limit:
        raise RuleBroken(BRANCH_LIMIT_REACHED)
    id = transaction.insert(branches, row)
    transaction.record("branch_create_branch", branch=Named(id, row["name"]))
    return id


def delete_branch(transaction: Transaction, branch: BranchRow) -> None:
    """Delete `branch` with its memberships; its groups stay, and belong to no branch."""
    transaction.delete(branches, branch.id)
    transaction.record("branch_delete_branch", branch=Named(branch.id, branch.name))


def set_active(transaction: Transaction, branch: BranchRow, active: bool) -> None:
    """Switch `branch` on or off; without an event where that changes nothing."""
    if branch.active != active:
        transaction.update(branches, branch.id, {"active": active})
        transaction.record("branch_update_branch", branch=Named(branch.id, branch.name))


def has_host_label(transaction: Transaction, label: str) -> bool:
    """Return whether a branch has this label in its host name, as `url` shows it."""
    return of_host_label(transaction, label) is not None


def of_host_label(transaction: Transaction, label: str) -> BranchRow | None:
    """Return the branch that has this label in its host name; None where there is none."""
    digits = re.search(r"[0-9]{1,18}$", label)
    found = transaction.all(_OF_LABEL, key=label, id=int(digits[0]) if digits else None)
    return next((branch for branch in found if host_label(branch.name, branch.id) == label), None)


def add_user(transaction: Transaction, branch_id: int, user_id: int) -> None:
    """Make a user a member of a branch.

    Raises:
        NotFound: there is no such branch or user.
        RuleBroken: the user is a member already.
    """
    USERS.add(transaction, *USERS.find(transaction, branch_id, user_id))


def remove_user(transaction: Transaction, branch_id: int, user_id: int) -> None:
    """Remove a user from a branch; it stays enrolled.

    Raises:
        NotFound: there is no such branch or user, or the user is no member.
    """
    USERS.remove(transaction, branch_id, user_id)


def add_course(transaction: Transaction, branch_id: int, course_id: int) -> None:
    """Give a branch a course.

    Raises:
        NotFound: there is no such branch or course.
        RuleBroken: the branch has the course already.
    """
    COURSES.add(transaction, *COURSES.find(transaction, branch_id, course_id))


def remove_course(transaction: Transaction, branch_id: int, course_id: int) -> None:
    """Remove a course from a branch.

    Raises:
        NotFound: there is no such branch or course, or the branch does not have the course.
    """
    COURSES.remove(transaction, branch_id, course_id)


def _check(transaction: Transaction, row: Mapping[str, Any]) -> None:
    if row["default_locale"] not in LOCALES:
        raise InvalidValue(attribute("default_locale", IS_LOCALE), at="default_locale")
    if not is_timezone(row["default_timezone"]):
        raise InvalidValue(attribute("default_timezone", IS_TIMEZONE), at="default_timezone")
    for column, row_type in _REFERENCES.items():
        if row.get(column) is not None:
            transaction.find(row_type, row[column])
