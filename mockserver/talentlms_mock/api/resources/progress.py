"""The operations of progress (operations.md, 18-20)."""

from typing import Literal

import orjson
from sqlalchemy import bindparam, func, literal_column, select, true

from talentlms_mock.api.fidelity import DOCUMENTED, Rule, inferred
from talentlms_mock.api.operation import NO_CONTENT, Parameter, one, operation
from talentlms_mock.api.resources.shapes import Reference, reference
from talentlms_mock.api.rows import Query, json_boolean, json_list, json_object
from talentlms_mock.api.values import ID, Shape, Timestamp
from talentlms_mock.errors import NotFound
from talentlms_mock.portal.contract.refusals import NOT_ENROLLED
from talentlms_mock.portal.rules import progress as rules
from talentlms_mock.portal.store.models import (
    certificates,
    courses,
    enrollments,
    unit_progress,
    units,
    users,
)
from talentlms_mock.portal.store.row_types import CourseRow, UnitRow, UserRow
from talentlms_mock.portal.store.transaction import Transaction

Completion = Literal["not_attempted", "incomplete", "completed", "failed"]
NAMES_OURS = inferred("our names for what the public tool list of the usefulapi connector shows")


class UnitOfProgress(Shape):
    id: int
    name: str
    type: Literal["content", "video", "test", "survey", "assignment", "scorm", "ilt"]
    completion_status: Completion
    score: float | None
    total_time: int
    completed_on: Timestamp | None


class CourseProgress(Shape):
    """A user in a course; of one who is not enrolled there is at most a certificate."""

    is_enrolled: bool
    role: Literal["learner", "instructor"] | None
    enrolled_on: Timestamp | None
    expires_on: Timestamp | None
    completion_status: Completion | None
    completion_percentage: int | None
    score: float | None
    total_time: int | None
    completed_on: Timestamp | None
    last_accessed_unit: Reference | None
    certificate: Reference | None
    units: list[UnitOfProgress]


class UnitProgress(Shape):
    user_id: int
    unit_id: int
    completion_status: Completion
    score: float | None
    total_time: int
    started_on: Timestamp | None
    completed_on: Timestamp | None


USER_AND_COURSE = (
    Parameter("user_id", "query", ID),
    Parameter("course_id", "query", ID),
)
_NOT_BEGUN = {
    "completion_status": func.coalesce(
        unit_progress.c.completion_status, literal_column("'not_attempted'")
    ),
    "score": unit_progress.c.score,
    "total_time": func.coalesce(unit_progress.c.total_time, literal_column("0")),
}
_of_enrollment = (unit_progress.c.unit_id == units.c.id) & (
    unit_progress.c.enrollment_id == enrollments.c.id
)
_UNITS = (
    select(units.c.id, units.c.name, units.c.type, unit_progress.c.completed_on)
    .add_columns(*(value.label(name) for name, value in _NOT_BEGUN.items()))
    .select_from(units.outerjoin(unit_progress, _of_enrollment))
    .where(units.c.course_id == enrollments.c.course_id)
    .order_by(units.c.position, units.c.id)
    .correlate(enrollments)
)
_last_unit = units.alias()
_COURSE_PROGRESS = Query(
    select(
        json_object(
            is_enrolled=json_boolean(enrollments.c.id.is_not(None)),
            role=enrollments.c.role,
            enrolled_on=enrollments.c.enrolled_on,
            expires_on=enrollments.c.expires_on,
            completion_status=enrollments.c.completion_status,
            completion_percentage=enrollments.c.completion_percentage,
            score=enrollments.c.score,
            total_time=enrollments.c.total_time,
            completed_on=enrollments.c.completed_on,
            last_accessed_unit=reference(_last_unit.c.id, _last_unit.c.name),
            certificate=reference(certificates.c.id, certificates.c.name),
            units=json_list(
                _UNITS,
                lambda unit: json_object(
                    id=unit.id,
                    name=unit.name,
                    type=unit.type,
                    completion_status=unit.completion_status,
                    score=unit.score,
                    total_time=unit.total_time,
                    completed_on=unit.completed_on,
                ),
            ),
        )
    )
    .select_from(
        users.join(courses, true())
        .outerjoin(
            enrollments,
            (enrollments.c.user_id == users.c.id) & (enrollments.c.course_id == courses.c.id),
        )
        .outerjoin(_last_unit, _last_unit.c.id == enrollments.c.last_accessed_unit_id)
        .outerjoin(
            certificates,
            (certificates.c.user_id == users.c.id) & (certificates.c.course_id == courses.c.id),
        )
    )
    .where(users.c.id == bindparam("user_id"), courses.c.id == bindparam("course_id"))
)
_UNIT_PROGRESS = Query(
    select(
        json_object(
            user_id=enrollments.c.user_id,
            unit_id=units.c.id,
            **_NOT_BEGUN,
            started_on=unit_progress.c.started_on,
            completed_on=unit_progress.c.completed_on,
        )
    )
    .select_from(
        units.join(enrollments, enrollments.c.course_id == units.c.course_id).outerjoin(
            unit_progress, _of_enrollment
        )
    )
    .where(units.c.id == bindparam("unit_id"), enrollments.c.user_id == bindparam("user_id"))
)


@operation(
    "GET",
    "/course-progress",
    "getCourseProgress",
    tag="User",
    summary="Get user's course progress",
    answer=one(CourseProgress, NAMES_OURS),
    known=DOCUMENTED,
    query=USER_AND_COURSE,
    rules=(
        Rule("of a user who is not enrolled the answer is 200 with is_enrolled false"),
        Rule(
            "an enrollment past its expires_on keeps its progress; nothing more can be done in it"
        ),
        Rule("the certificate stays when the user leaves the course, and when it has expired"),
    ),
)
def get_course_progress(transaction: Transaction, user_id: int, course_id: int) -> orjson.Fragment:
    transaction.find(UserRow, user_id)
    transaction.find(CourseRow, course_id)
    row = _COURSE_PROGRESS.one(transaction, user_id=user_id, course_id=course_id)
    return orjson.Fragment(row[0])


@operation(
    "DELETE",
    "/course-progress",
    "resetCourseProgress",
    tag="User",
    summary="Reset user's course progress",
    answer=NO_CONTENT,
    known=DOCUMENTED,
    conflicts=(NOT_ENROLLED,),
    query=USER_AND_COURSE,
    rules=(
        Rule("a user who is not enrolled is 404"),
        Rule("the dates of the enrollment stay as they are, and so do points and badges"),
        Rule("learning paths with the course are not completed any more"),
    ),
)
def reset_course_progress(transaction: Transaction, user_id: int, course_id: int) -> None:
    rules.reset(transaction, user_id, course_id)


@operation(
    "GET",
    "/unit-progress",
    "getUnitProgress",
    tag="User",
    summary="Get user's unit progress",
    answer=one(UnitProgress, inferred("our names for what the vendor's description lists")),
    known=DOCUMENTED,
    query=(Parameter("user_id", "query", ID), Parameter("unit_id", "query", ID)),
    rules=(Rule("a user who is not enrolled in the unit's course is 404"),),
)
def get_unit_progress(transaction: Transaction, user_id: int, unit_id: int) -> orjson.Fragment:
    transaction.find(UserRow, user_id)
    transaction.find(UnitRow, unit_id)
    row = _UNIT_PROGRESS.first(transaction, user_id=user_id, unit_id=unit_id)
    if row is None:
        raise NotFound("enrollment")
    return orjson.Fragment(row[0])
