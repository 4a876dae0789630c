"""The operations of progress (operations.md, 18-20)."""

from typing import Annotated, Literal

import orjson
from pydantic import Field
from sqlalchemy import bindparam, case, func, literal_column, null, select

from talentlms_mock.api.fidelity import DOCUMENTED, INFERRED, RECORDED, Rule
from talentlms_mock.api.operation import NO_CONTENT, Parameter, one, operation
from talentlms_mock.api.resources.categories import CategoryOfCourse
from talentlms_mock.api.resources.course_shapes import Status
from talentlms_mock.api.resources.courses import CATEGORY
from talentlms_mock.api.resources.shapes import certificate_urls, page_values
from talentlms_mock.api.rows import Expression, Query, json_boolean, json_object, json_or_null
from talentlms_mock.api.values import ID, Shape, Timestamp
from talentlms_mock.errors import Conflict
from talentlms_mock.portal.contract.refusals import COURSE_ARCHIVED, NOT_ENROLLED, USER_ARCHIVED
from talentlms_mock.portal.rules import progress as rules
from talentlms_mock.portal.store.models import (
    categories,
    certificates,
    courses,
    enrollments,
    session_attendees,
    sessions,
    unit_progress,
    units,
)
from talentlms_mock.portal.store.row_types import CourseRow, UnitRow, UserRow
from talentlms_mock.portal.store.transaction import Transaction

Completion = Literal["not_attempted", "incomplete", "completed", "failed"]

TotalTime = Annotated[int, Field(description="The time in it, in seconds.")]
Score = Annotated[
    float | None, Field(description="The score, in percent from 0 to 100; null before the first.")
]
CompletionDate = Annotated[
    Timestamp | None, Field(description="When it was completed; null until then.")
]
UnitStatus = Annotated[Completion, Field(description="How far the user is in it.")]


class CourseCertificate(Shape):
    """A certificate that the user was issued for the course."""

    id: Annotated[int, Field(description="The certificate's id.")]
    name: Annotated[str, Field(description="The name of the certificate.")]
    issued_on: Annotated[Timestamp, Field(description="When it was issued.")]
    expires_on: Annotated[Timestamp | None, Field(description="When it expires; null is never.")]
    download_url: Annotated[str, Field(description="The address from which it is downloaded.")]
    public_url: Annotated[str, Field(description="The address at which everybody can read it.")]


class Progress(Shape):
    """How far a user is in a course."""

    total_time: TotalTime
    score: Score
    completion_status: UnitStatus
    completion_date: CompletionDate
    completion_percentage: Annotated[
        int, Field(description="How many of its units are completed, in percent.")
    ]
    last_viewed_unit_id: Annotated[
        int | None,
        Field(description="The id of the unit that the user opened last; null before the first."),
    ]
    certificate: Annotated[
        CourseCertificate | None,
        INFERRED,
        Field(description="The certificate that was issued for it; null where there is none."),
    ]


class CourseProgress(Shape):
    """A course, and a user in it."""

    id: Annotated[int, Field(description="The course's id.")]
    name: Annotated[str, Field(description="The name of the course.")]
    category: Annotated[
        CategoryOfCourse | None, Field(description="The category that it is in; null is none.")
    ]
    status: Annotated[
        Status, Field(description="Whether it is open: inactive is closed to learners.")
    ]
    creation_date: Annotated[Timestamp, Field(description="When the course was created.")]
    last_updated_on: Annotated[Timestamp, Field(description="When the course was last changed.")]
    progress: Annotated[
        Progress | None, Field(description="How far the user is; null where it is not enrolled.")
    ]
    enrolled: Annotated[bool, Field(description="Whether the user is in the course.")]
    role_in_course: Annotated[
        Literal["learner", "instructor"] | None,
        Field(description="As what the user is in it; null where it is not."),
    ]


class Submission(Shape):
    """What a user submitted to an assignment."""

    submitted_on: Annotated[Timestamp, Field(description="When it was submitted.")]
    text: Annotated[
        str | None, Field(description="The text that was submitted; null where there is none.")
    ]


class Attendance(Shape):
    """A user in a session of instructor-led training."""

    session_id: Annotated[int, Field(description="The session that the user has booked.")]
    attended: Annotated[bool, Field(description="Whether the user was there.")]


class UnitProgress(Shape):
    """A user in a unit."""

    total_time: TotalTime
    status: UnitStatus
    score: Score
    completion_date: CompletionDate
    first_access_time: Annotated[
        Timestamp | None,
        Field(description="When the user opened it for the first time; null where never."),
    ]
    last_accessed_time: Annotated[
        Timestamp | None,
        Field(description="When the user was in it for the last time; null where never."),
    ]
    submission: Annotated[
        Submission | None,
        INFERRED,
        Field(
            description="What was submitted to an assignment; null until then, and of other units."
        ),
    ]
    ilt_attendance: Annotated[
        Attendance | None,
        INFERRED,
        Field(
            description="Of a unit with sessions, the session that is booked; null until then, "
            "and of other units."
        ),
    ]
    repetitions: Annotated[
        int | None, INFERRED, Field(description="How often a test was taken again; else null.")
    ]
    remaining_time: Annotated[
        int | None,
        INFERRED,
        Field(description="What is left of a time limit; always null, as tests have none."),
    ]
    grade_date: Annotated[
        Timestamp | None,
        INFERRED,
        Field(description="When an instructor graded it; null until then."),
    ]


COURSE_AND_USER = (
    Parameter("course_id", "query", ID),
    Parameter("user_id", "query", ID),
)

_CERTIFICATE = json_object(
    id=certificates.c.id,
    name=certificates.c.name,
    issued_on=certificates.c.issued_on,
    expires_on=certificates.c.expires_on,
    **certificate_urls(certificates.c.id),
)
_PROGRESS = json_object(
    total_time=enrollments.c.total_time,
    score=enrollments.c.score,
    completion_status=enrollments.c.completion_status,
    completion_date=enrollments.c.completed_on,
    completion_percentage=enrollments.c.completion_percentage,
    last_viewed_unit_id=enrollments.c.last_accessed_unit_id,
    certificate=json_or_null(certificates.c.id, _CERTIFICATE),
)
_of_user: Expression = bindparam("user_id")
_COURSE_PROGRESS = Query(
    select(
        json_object(
            id=courses.c.id,
            name=courses.c.name,
            category=CATEGORY,
            status=courses.c.status,
            creation_date=courses.c.creation_date,
            last_updated_on=courses.c.last_updated_on,
            progress=json_or_null(enrollments.c.id, _PROGRESS),
            enrolled=json_boolean(enrollments.c.id.is_not(None)),
            role_in_course=enrollments.c.role,
        )
    )
    .select_from(
        courses.outerjoin(categories)
        .outerjoin(
            enrollments,
            (enrollments.c.course_id == courses.c.id) & (enrollments.c.user_id == _of_user),
        )
        .outerjoin(
            certificates,
            (certificates.c.course_id == courses.c.id) & (certificates.c.user_id == _of_user),
        )
    )
    .where(courses.c.id == bindparam("course_id"))
)


def _attendance() -> Expression:
    """Return the expression of the session that counts: one that was attended, else the first."""
    booked = sessions.join(session_attendees)
    rows = (
        select(
            json_object(
                session_id=sessions.c.id, attended=json_boolean(session_attendees.c.attended)
            )
        )
        .select_from(booked)
        .where(
            sessions.c.unit_id == units.c.id,
            session_attendees.c.user_id == enrollments.c.user_id,
        )
        .order_by(session_attendees.c.attended.desc(), sessions.c.starts_at, sessions.c.id)
        .limit(literal_column("1"))
        .correlate(units, enrollments)
    )
    # Sorted, the text is no longer known to be JSON.
    return func.json(rows.scalar_subquery())


_UNIT_PROGRESS = Query(
    select(
        json_object(
            total_time=func.coalesce(unit_progress.c.total_time, literal_column("0")),
            status=func.coalesce(
                unit_progress.c.completion_status, literal_column("'not_attempted'")
            ),
            score=unit_progress.c.score,
            completion_date=unit_progress.c.completed_on,
            first_access_time=unit_progress.c.started_on,
            last_accessed_time=unit_progress.c.accessed_on,
            submission=json_or_null(
                unit_progress.c.submitted_on,
                json_object(
                    submitted_on=unit_progress.c.submitted_on,
                    text=unit_progress.c.submission_text,
                ),
            ),
            ilt_attendance=_attendance(),
            repetitions=case(
                (units.c.type == literal_column("'test'"), unit_progress.c.repetitions),
                else_=null(),
            ),
            remaining_time=null(),
            grade_date=unit_progress.c.graded_on,
        )
    )
    .select_from(
        units.join(enrollments, enrollments.c.course_id == units.c.course_id).outerjoin(
            unit_progress,
            (unit_progress.c.unit_id == units.c.id)
            & (unit_progress.c.enrollment_id == enrollments.c.id),
        )
    )
    .where(units.c.id == bindparam("unit_id"), enrollments.c.user_id == _of_user)
)


@operation(
    "GET",
    "/course-progress",
    "getCourseProgress",
    tag="User",
    summary="Get user's course progress",
    response=one(CourseProgress, RECORDED),
    known=DOCUMENTED,
    recorded=5,
    query=COURSE_AND_USER,
    rules=(
        Rule("of a user who is not enrolled the answer is 200 with enrolled false"),
        Rule(
            "an enrollment past its expires_on keeps its progress; nothing more can be done in it"
        ),
        Rule("a certificate that has expired is there still"),
    ),
)
def get_course_progress(transaction: Transaction, course_id: int, user_id: int) -> orjson.Fragment:
    """Read how far one user is in one course, with the score, the times and the certificate."""
    transaction.find(CourseRow, course_id)
    transaction.find(UserRow, user_id)
    (progress,) = _COURSE_PROGRESS.one(
        transaction, course_id=course_id, user_id=user_id, **page_values(transaction)
    )
    return orjson.Fragment(progress)


@operation(
    "DELETE",
    "/course-progress",
    "resetCourseProgress",
    tag="User",
    summary="Reset user's course progress",
    response=NO_CONTENT,
    known=DOCUMENTED,
    recorded=5,
    conflicts=(COURSE_ARCHIVED, USER_ARCHIVED, NOT_ENROLLED),
    query=COURSE_AND_USER,
    rules=(
        Rule("a user who is not enrolled, and one or a course that is archived, answers 409"),
        Rule("the dates of the enrollment stay unchanged, and so do points and badges"),
        Rule("the certificate for the course is removed"),
        Rule("learning paths with the course are not completed any more"),
    ),
)
def reset_course_progress(transaction: Transaction, course_id: int, user_id: int) -> None:
    """Reset a user's progress in a course, which then starts again; the enrollment stays."""
    rules.reset(transaction, user_id, course_id)


@operation(
    "GET",
    "/unit-progress",
    "getUnitProgress",
    tag="User",
    summary="Get user's unit progress",
    response=one(UnitProgress, RECORDED),
    known=DOCUMENTED,
    recorded=1,
    conflicts=(NOT_ENROLLED,),
    query=(Parameter("unit_id", "query", ID), Parameter("user_id", "query", ID)),
    rules=(
        Rule("before the first visit the status is not_attempted, and the rest null"),
        Rule("a user who is not enrolled in the unit's course answers 409"),
    ),
)
def get_unit_progress(transaction: Transaction, unit_id: int, user_id: int) -> orjson.Fragment:
    """Read how far one user is in one unit."""
    transaction.find(UnitRow, unit_id)
    transaction.find(UserRow, user_id)
    row = _UNIT_PROGRESS.first(transaction, unit_id=unit_id, user_id=user_id)
    if row is None:
        raise Conflict(NOT_ENROLLED)
    return orjson.Fragment(row[0])
