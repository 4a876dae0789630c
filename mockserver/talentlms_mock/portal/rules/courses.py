"""The rules of courses: what one must be, what completes it, and what goes with an archived one."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import orjson
from sqlalchemy import bindparam, exists, insert, select

from talentlms_mock.errors import Conflict, InvalidValue, RuleBroken
from talentlms_mock.portal.contract.refusals import (
    COURSE_ARCHIVED,
    COURSE_CODE_TAKEN,
    COURSE_NOT_ARCHIVED,
    PREREQUISITES_OPEN,
    TIME_LIMIT_WITH_EXPIRY,
    attribute,
)
from talentlms_mock.portal.rules import archive, path_completion
from talentlms_mock.portal.rules.users import custom_value
from talentlms_mock.portal.store.mapping import select_rows
from talentlms_mock.portal.store.models import (
    course_field_values,
    course_prerequisites,
    courses,
    enrollments,
)
from talentlms_mock.portal.store.row_types import CategoryRow, CourseFieldRow, CourseRow
from talentlms_mock.portal.store.text import without_tags
from talentlms_mock.portal.store.transaction import Named, Transaction

_BY_CODE = select(courses.c.id).where(courses.c.code_key == bindparam("key"))
_CUSTOM_FIELDS = select_rows(CourseFieldRow)
_COMPLETED = exists().where(
    enrollments.c.course_id == course_prerequisites.c.prerequisite_id,
    enrollments.c.user_id == bindparam("user_id"),
    enrollments.c.completion_status == "completed",
)
_OPEN_PREREQUISITES = select(course_prerequisites.c.prerequisite_id).where(
    course_prerequisites.c.course_id == bindparam("course_id"), ~_COMPLETED
)
_VIDEO_HOSTS = {
    "youtube.com": "youtube",
    "youtu.be": "youtube",
    "youtube-nocookie.com": "youtube",
    "vimeo.com": "vimeo",
}


class CourseUnit(NamedTuple):
    """A unit of a learner's course, and whether the learner has completed it."""

    id: int
    type: str
    is_required: bool
    is_done: bool


def create_course(
    transaction: Transaction,
    values: Mapping[str, Any],
    custom_fields: Mapping[str, object],
    prerequisites: Collection[int] = (),
) -> int:
    """Add a course without units and return its id.

    Args:
        transaction: the transaction of the request.
        values: columns of `courses` by name.
        custom_fields: values by the name of the field (operations.md, 22).
        prerequisites: the ids of the courses that must be completed before.

    Raises:
        InvalidValue: the course ends before it starts, or has both an end and a time limit, or
            there is no such custom field.
        NotFound: there is no such category.
        RuleBroken: another course has the code.
    """
    row = dict(values)
    _check(transaction, row, row)
    defaults = {"traversal": "any", "creation_date": transaction.now}
    id = transaction.insert(courses, defaults | _derived(transaction, row, row))
    _set_custom_fields(transaction, id, custom_fields)
    links = [{"course_id": id, "prerequisite_id": each} for each in dict.fromkeys(prerequisites)]
    if links:
        transaction.connection.execute(insert(course_prerequisites), links)
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
    transaction.update(courses, course.id, changed)
    transaction.record("course_update_course", course=_named(whole, course.id))


def archive_course(transaction: Transaction, id: int) -> None:
    """Archive a course, and with it units, enrollments, progress and certificates.

    Its code is free for others. This completes a learning path of which a user has completed all
    other courses.

    Raises:
        Conflict: it is archived already.
        NotFound: there is no such course.
    """
    course = archive.find(transaction, CourseRow, id, COURSE_ARCHIVED)
    paths = path_completion.with_course(transaction, id)
    archive.put_away(transaction, "course", id, course.name)
    path_completion.complete_without(transaction, paths)
    transaction.record("course_delete_course", course=_named(course._asdict(), id))


def restore_course(transaction: Transaction, id: int) -> None:
    """Restore an archived course, with everything that was archived with it.

    A learning path that a user completed without it is open again.

    Raises:
        Conflict: it is not archived.
        NotFound: there is no such course.
        RuleBroken: another course has its code by now.
    """
    row = archive.archived_row(transaction, "course", id)
    if row is None:
        transaction.find(CourseRow, id)
        raise Conflict(COURSE_NOT_ARCHIVED)
    _check_code(transaction, row["code"])
    archive.take_out(transaction, "course", id)
    path_completion.reopen_unfinished(transaction, id)
    transaction.record("course_undelete_course", course=_named(row, id))


def check_prerequisites(transaction: Transaction, course_id: int, user_id: int) -> None:
    """Raise RuleBroken where a course demands others first that the user has not completed."""
    if transaction.scalar(_OPEN_PREREQUISITES, course_id=course_id, user_id=user_id) is not None:
        raise RuleBroken(PREREQUISITES_OPEN)


def is_fulfilled(course: CourseRow, units: Sequence[CourseUnit]) -> bool:
    """Return whether the completed units complete `course`, by its rules of completion.

    These are a percentage of the units, whichever they are; some units that are required; both;
    or, where a course has neither of them, all units.
    """
    if course.unit_percentage is not None:
        done = sum(unit.is_done for unit in units)
        if done < units_needed(course.unit_percentage, len(units)):
            return False
        if all(unit.is_required for unit in units):
            return True
    return all(unit.is_done for unit in units if unit.is_required)


def units_needed(percentage: int, count: int) -> int:
    """Return how many of `count` units are at least this percentage of them."""
    return -(-percentage * count // 100)


def video_type(address: str | None) -> str | None:
    """Return what kind of video is at an address; None where there is no address."""
    if address is None:
        return None
    host = (urlsplit(address).hostname or "").removeprefix("www.").removeprefix("player.")
    return _VIDEO_HOSTS.get(host, "file")


def cover_image(address: str) -> str:
    """Return the JSON of a cover image; the largest size is null, as recorded."""
    sizes = dict.fromkeys(("default", "sm", "md", "lg"), address)
    return orjson.dumps({**sizes, "xl": None}).decode()


def _named(row: Mapping[str, Any], id: int) -> Named:
    return Named(id, row["name"], code=row["code"])


def _check(
    transaction: Transaction,
    row: Mapping[str, Any],
    whole: Mapping[str, Any],
    id: int | None = None,
) -> None:
    starts, ends = whole.get("starts_at"), whole.get("expires_at")
    if ends and whole.get("time_limit") is not None:
        raise InvalidValue(TIME_LIMIT_WITH_EXPIRY, at="time_limit")
    if starts and ends and ends <= starts:
        raise InvalidValue(
            attribute("expiration_datetime", "must be after start_datetime"), at="expires_at"
        )
    if row.get("category_id") is not None:
        transaction.find(CategoryRow, row["category_id"])
    _check_code(transaction, row.get("code"), id)


def _check_code(transaction: Transaction, code: str | None, id: int | None = None) -> None:
    """Raise RuleBroken where another course than `id` has the code."""
    owner = transaction.scalar(_BY_CODE, key=code.casefold()) if code else None
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
        "intro_video_type": video_type(whole.get("intro_video_url")),
        "last_updated_on": transaction.now,
    }


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
