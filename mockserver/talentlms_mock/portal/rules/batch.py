"""The jobs of the batch operations: each does an item as the operation for a single one does.

An item is {"values": ..., "extra": ...}, the fields that the operation declares and all others,
or {"refused": message} where it was not well formed.
"""

from collections.abc import Collection
from typing import Any

from sqlalchemy import bindparam, select

from talentlms_mock.errors import InvalidValue, RequestRefused
from talentlms_mock.portal.contract.refusals import COURSE_ARCHIVED, missing
from talentlms_mock.portal.rules import archive
from talentlms_mock.portal.rules import courses as course_rules
from talentlms_mock.portal.rules import users as user_rules
from talentlms_mock.portal.rules.enrollments import enroll
from talentlms_mock.portal.rules.tasks import Item, job
from talentlms_mock.portal.store.mapping import select_rows
from talentlms_mock.portal.store.models import courses, user_fields
from talentlms_mock.portal.store.row_types import CourseRow, UserRow
from talentlms_mock.portal.store.transaction import Transaction

LARGEST = 100
"""The largest number of items in a batch operation."""

UPSERT_USERS = "upsert_users"
UPSERT_COURSES = "upsert_courses"
CREATE_ENROLLMENTS = "create_enrollments"

_FIELD_KEYS = select(user_fields.c.key)
_BY_CODE = select_rows(CourseRow).where(courses.c.code_key == bindparam("key"))


@job(UPSERT_USERS)
def upsert_user(transaction: Transaction, item: Item) -> None:
    """Change the user with the item's id, or add one where it has no id.

    Raises:
        RequestRefused: as updating or creating that user would.
    """
    keys = transaction.connection.execute(_FIELD_KEYS).scalars().all()
    values, custom_fields = _fields(transaction, item, keys)
    if "id" in values:
        user = transaction.find(UserRow, values.pop("id"))
        user_rules.update_user(transaction, user, values, custom_fields)
    else:
        values["password"] = None  # one that nobody knows
        user_rules.create_user(transaction, values, custom_fields)


@job(UPSERT_COURSES)
def upsert_course(transaction: Transaction, item: Item) -> None:
    """Change the course with the item's id or code, or add one where there is none.

    Raises:
        RequestRefused: as creating that course would, or there is none with this id.
    """
    values, _ = _fields(transaction, item, ())
    if "is_active" in values:
        values["status"] = "active" if values.pop("is_active") else "inactive"
    course = _course(transaction, values)
    if course is not None:
        course_rules.update_course(transaction, course, values)
    elif "name" in values:
        course_rules.create_course(transaction, {"status": "active"} | values, {})
    else:
        raise InvalidValue(missing("course", "name"))


@job(CREATE_ENROLLMENTS)
def create_enrollment(transaction: Transaction, item: Item) -> None:
    """Enroll the item's user in its course.

    Raises:
        RequestRefused: as enrolling that user would.
    """
    values, _ = _fields(transaction, item, ())
    enroll(transaction, values["user_id"], values["course_id"])


def _fields(
    transaction: Transaction, item: Item, allowed: Collection[str]
) -> tuple[dict[str, Any], dict[str, object]]:
    """Return the item's values, and its extra fields that are `allowed`."""
    if "refused" in item:
        raise RequestRefused(item["refused"])
    extra = item["extra"]
    for name in extra:
        if name not in allowed and transaction.quirk("unknown_body_field") == "reject":
            raise InvalidValue(f"There is no attribute '{name}'")
    return dict(item["values"]), {name: extra[name] for name in allowed if name in extra}


def _course(transaction: Transaction, values: dict[str, Any]) -> CourseRow | None:
    """Return the course with the id or code of `values`, or None; remove the id from them."""
    if "id" in values:
        return archive.find(transaction, CourseRow, values.pop("id"), COURSE_ARCHIVED)
    code = values.get("code")
    return transaction.first(_BY_CODE, key=code.casefold()) if code else None
