"""The rules of courses: what one must be, and what goes with a deleted one."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, select, update

from talentlms_mock.errors import InvalidValue, RuleBroken
from talentlms_mock.portal.contract.refusals import COURSE_CODE_TAKEN, attribute
from talentlms_mock.portal.rules import path_completion
from talentlms_mock.portal.rules.users import custom_value
from talentlms_mock.portal.store.mapping import select_rows
from talentlms_mock.portal.store.models import (
    course_field_values,
    courses,
)
from talentlms_mock.portal.store.row_types import CategoryRow, CourseFieldRow, CourseRow
from talentlms_mock.portal.store.text import without_tags
from talentlms_mock.portal.store.transaction import Named, Transaction

_BY_CODE = select(courses.c.id).where(courses.c.code_key == bindparam("key"))
_CUSTOM_FIELDS = select_rows(CourseFieldRow)
_LAST_ID = select(func.max(courses.c.id))


def create_course(
    transaction: Transaction, values: Mapping[str, Any], custom_fields: Mapping[str, object]
) -> int:
    """Add a course without units and return its id.

    Args:
        transaction: the transaction of the request.
        values: columns of `courses` by name.
        custom_fields: values by the name of the field (operations.md, 22).

    Raises:
        InvalidValue: the course ends before it starts, or there is no such custom field.
        NotFound: there is no such category.
        RuleBroken: another course has the code.
    """
    row = dict(values)
    _check(transaction, row, row)
    id = transaction.insert(courses, _derived(transaction, row, row) | _defaults(transaction))
    _set_custom_fields(transaction, id, custom_fields)
    transaction.record("course_create_course", course=Named(id, row["name"], code=row.get("code")))
    return id


def update_course(transaction: Transaction, course: CourseRow, changes: Mapping[str, Any]) -> None:
    """Change `course`; `changes` are columns of `courses` by name.

    Raises:
        InvalidValue, NotFound, RuleBroken: as for `create_course`.
    """
    whole = {**course._asdict(), **changes}
    _check(transaction, changes, whole, course.id)
    changed = _derived(transaction, changes, whole)
    transaction.connection.execute(update(courses).where(courses.c.id == course.id).values(changed))
    about = Named(course.id, whole["name"], code=whole["code"])
    transaction.record("course_update_course", course=about)


def delete_course(transaction: Transaction, course: CourseRow) -> None:
    """Delete `course`, and with it enrollments, progress and certificates.

    This completes a learning path of which a user has completed all other courses.
    """
    paths = path_completion.with_course(transaction, course.id)
    transaction.connection.execute(delete(courses).where(courses.c.id == course.id))
    path_completion.complete_without(transaction, paths)
    about = Named(course.id, course.name, code=course.code)
    transaction.record("course_delete_course", course=about)


def _check(
    transaction: Transaction,
    row: Mapping[str, Any],
    whole: Mapping[str, Any],
    id: int | None = None,
) -> None:
    if row.get("category_id") is not None:
        transaction.find(CategoryRow, row["category_id"])
    starts, ends = whole.get("starts_at"), whole.get("expires_at")
    if starts and ends and ends <= starts:
        raise InvalidValue(
            attribute("expiration_datetime", "must be after start_datetime"), at="expires_at"
        )
    if row.get("code"):
        owner = transaction.scalar(_BY_CODE, key=row["code"].casefold())
        if owner not in (None, id):
            raise RuleBroken(COURSE_CODE_TAKEN, at="code")


def _derived(
    transaction: Transaction, row: Mapping[str, Any], whole: Mapping[str, Any]
) -> dict[str, Any]:
    """Return `row` with the columns that follow from it; `whole` has what it leaves out."""
    code = whole.get("code")
    return {
        **row,
        "code_key": code.casefold() if code else None,  # an empty code names nothing
        "search_key": "\n".join(filter(None, (whole["name"], code))).casefold(),
        "description_text": without_tags(whole.get("description")),
        "last_updated_on": transaction.now,
    }


def _defaults(transaction: Transaction) -> dict[str, object]:
    return {
        "public_key": _public_key(transaction),
        "rule_completion": "all_units",
        "rule_score": "average",
        "rule_traversal": "any",
        "creation_date": transaction.now,
    }


def _public_key(transaction: Transaction) -> str:
    """Return 16 hexadecimal digits, the same whenever the same calls are made at the same time."""
    facts = f"{transaction.settings.domain} {transaction.now} {transaction.scalar(_LAST_ID)}"
    return sha256(facts.encode()).hexdigest()[:16]


def _set_custom_fields(
    transaction: Transaction, course_id: int, values: Mapping[str, object]
) -> None:
    if not values:
        return
    fields = {field.name: field for field in transaction.all(_CUSTOM_FIELDS)}
    for name in values:
        if name not in fields:
            raise InvalidValue(f"There is no course field '{name}'", at="custom_fields")
    rows = [
        {
            "owner_id": course_id,
            "field_id": fields[name].id,
            "value": custom_value(fields[name], value),
        }
        for name, value in values.items()
    ]
    transaction.connection.execute(insert(course_field_values), rows)
