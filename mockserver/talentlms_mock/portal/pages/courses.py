"""The courses of a learner, as the portal's pages show them."""

from collections.abc import Sequence
from dataclasses import dataclass

import orjson
from sqlalchemy import bindparam, select

from talentlms_mock.errors import Refusal, RuleBroken
from talentlms_mock.portal.contract.refusals import NOT_ENROLLED
from talentlms_mock.portal.pages import dates
from talentlms_mock.portal.rules import learning, progress, questions
from talentlms_mock.portal.rules.enrollments import enrollment_of
from talentlms_mock.portal.rules.progress import EnrollmentContext, UnitAttempt
from talentlms_mock.portal.store.mapping import select_rows
from talentlms_mock.portal.store.models import (
    certificates,
    courses,
    enrollments,
    question_answers,
    session_attendees,
    sessions,
    unit_progress,
    units,
)
from talentlms_mock.portal.store.row_types import (
    CategoryRow,
    CourseRow,
    EnrollmentRow,
    QuestionAnswerRow,
    SessionAttendeeRow,
    SessionRow,
    UnitProgressRow,
    UnitRow,
    UserRow,
)
from talentlms_mock.portal.store.transaction import Transaction

_ENROLLED = (
    select_rows(CourseRow)
    .join_from(courses, enrollments)
    .where(enrollments.c.user_id == bindparam("user_id"))
    .order_by(courses.c.name, courses.c.id)
)
_UNITS = (
    select_rows(UnitRow)
    .where(units.c.course_id == bindparam("course_id"))
    .order_by(units.c.position, units.c.id)
)
_PROGRESS = select_rows(UnitProgressRow).where(
    unit_progress.c.enrollment_id == bindparam("enrollment_id")
)
_CERTIFICATE = select(certificates.c.id).where(
    certificates.c.user_id == bindparam("user_id"),
    certificates.c.course_id == bindparam("course_id"),
)
_ANSWERS = select_rows(QuestionAnswerRow).where(
    question_answers.c.enrollment_id == bindparam("enrollment_id")
)
_SESSIONS = (
    select_rows(SessionRow)
    .where(sessions.c.unit_id == bindparam("unit_id"))
    .order_by(sessions.c.starts_at, sessions.c.id)
)
_BOOKED = (
    select_rows(SessionAttendeeRow)
    .join_from(session_attendees, sessions)
    .where(
        sessions.c.unit_id == bindparam("unit_id"),
        session_attendees.c.user_id == bindparam("user_id"),
    )
)


@dataclass(frozen=True)
class CourseLine:
    """A course in a list; `percentage` is of the units that are completed."""

    id: int
    name: str
    role: str
    status: str
    percentage: int


@dataclass(frozen=True)
class UnitLine:
    """A unit in the list of a course; `closed` says why it cannot be opened, or is ""."""

    id: int
    name: str
    type: str
    status: str
    score: float | None
    closed: str


@dataclass(frozen=True)
class CoursePage:
    """A course as its learner sees it.

    Attributes:
        description: without tags.
        closed: why the user can do nothing in it now; "" where it can.
        certificate_id: of the certificate that the user was issued for it.
    """

    id: int
    name: str
    description: str
    status: str
    percentage: int
    score: float | None
    closed: str
    certificate_id: int | None
    units: Sequence[UnitLine]


@dataclass(frozen=True)
class QuestionLine:
    """A question, the answers that it offers, and what the user answered so far."""

    id: int
    text: str
    offered: Sequence[str]
    takes_several: bool
    answered: Sequence[str]


@dataclass(frozen=True)
class SessionLine:
    """A training session; the moment is in the portal's time zone and format."""

    id: int
    name: str
    starts: str
    location: str
    is_booked: bool
    has_begun: bool


@dataclass(frozen=True)
class UnitPage:
    """A unit as its learner sees it.

    Attributes:
        status: not_attempted, incomplete, completed, failed, or waiting for an instructor.
        closed: why the user cannot open it now; "" where it can.
        message: of the instructor, to the learner.
    """

    id: int
    name: str
    type: str
    course_id: int
    course_name: str
    status: str
    score: float | None
    pass_score: int
    closed: str
    message: str
    questions: Sequence[QuestionLine]
    sessions: Sequence[SessionLine]


def courses_of(
    transaction: Transaction, user_id: int, category_id: int | None = None
) -> list[CourseLine]:
    """Return the courses that a user is enrolled in, in the order of their names.

    Args:
        transaction: the transaction of the request.
        user_id: the user.
        category_id: only those of this category.
    """
    lines = []
    for course in transaction.all(_ENROLLED, user_id=user_id):
        enrollment = enrollment_of(transaction, user_id, course.id)
        assert enrollment is not None
        if category_id in (None, course.category_id):
            lines.append(
                CourseLine(
                    course.id,
                    course.name,
                    enrollment.role,
                    enrollment.completion_status,
                    enrollment.completion_percentage,
                )
            )
    return lines


def category_name(transaction: Transaction, id: int) -> str:
    """Return the name of a category.

    Raises:
        NotFound: there is none of this id.
    """
    return transaction.find(CategoryRow, id).name


def course_page(transaction: Transaction, user_id: int, course_id: int) -> CoursePage:
    """Return a course as a user sees it who is enrolled in it.

    Raises:
        NotFound: there is no such course.
        RuleBroken: the user is not enrolled in it; the status is 403.
    """
    context = _context(transaction, user_id, course_id)
    course, enrollment = context.course, context.enrollment
    closed = _closed(transaction, context)
    return CoursePage(
        course.id,
        course.name,
        course.description_text or course.description or "",
        enrollment.completion_status,
        enrollment.completion_percentage,
        enrollment.score,
        closed,
        transaction.scalar(_CERTIFICATE, user_id=user_id, course_id=course_id),
        _unit_lines(transaction, context, closed),
    )


def unit_page(transaction: Transaction, user_id: int, unit_id: int) -> UnitPage:
    """Return a unit as a user sees it who is enrolled in its course.

    Raises:
        NotFound: there is no such unit.
        RuleBroken: the user is not enrolled in its course; the status is 403.
    """
    unit = transaction.find(UnitRow, unit_id)
    context = _context(transaction, user_id, unit.course_id)
    closed = _closed(transaction, context)
    (line,) = (each for each in _unit_lines(transaction, context, closed) if each.id == unit_id)
    row = _progress_by_unit(transaction, context.enrollment).get(unit_id)
    attempt = UnitAttempt(context, unit, row)
    return UnitPage(
        unit.id,
        unit.name,
        unit.type,
        context.course.id,
        context.course.name,
        line.status,
        line.score,
        attempt.pass_score,
        line.closed,
        (row.instructor_message if row else None) or "",
        _question_lines(transaction, context.enrollment, unit_id, line.status),
        _session_lines(transaction, user_id, unit_id),
    )


def _context(transaction: Transaction, user_id: int, course_id: int) -> EnrollmentContext:
    course = transaction.find(CourseRow, course_id)
    enrollment = enrollment_of(transaction, user_id, course_id)
    if enrollment is None:
        raise RuleBroken(Refusal(403, "forbidden", NOT_ENROLLED.text))
    return EnrollmentContext(transaction.find(UserRow, user_id), course, enrollment)


def _closed(transaction: Transaction, context: EnrollmentContext) -> str:
    """Return why a user can do nothing in a course now; "" where it can."""
    try:
        progress.context_of(transaction, context.user.id, context.course.id)
        progress.check_access(transaction, context)
        progress.check_not_failed(context)
    except RuleBroken as error:
        return str(error)
    return ""


def _unit_lines(
    transaction: Transaction, context: EnrollmentContext, closed: str
) -> list[UnitLine]:
    done = _progress_by_unit(transaction, context.enrollment)
    return [
        _unit_line(transaction, UnitAttempt(context, unit, done.get(unit.id)), closed)
        for unit in transaction.all(_UNITS, course_id=context.course.id)
    ]


def _unit_line(transaction: Transaction, attempt: UnitAttempt, closed: str) -> UnitLine:
    unit, score = attempt.unit, None if attempt.progress is None else attempt.progress.score
    waits = attempt.is_submitted or learning.waits(transaction, attempt)
    status = "waiting" if waits else attempt.status
    if not closed:
        try:
            progress.check_order(transaction, attempt)
            learning.check_attempts(attempt)
        except RuleBroken as error:
            closed = str(error)
    return UnitLine(unit.id, unit.name, unit.type, status, score, closed)


def _progress_by_unit(
    transaction: Transaction, enrollment: EnrollmentRow
) -> dict[int, UnitProgressRow]:
    rows = transaction.all(_PROGRESS, enrollment_id=enrollment.id)
    return {row.unit_id: row for row in rows}


def _question_lines(
    transaction: Transaction, enrollment: EnrollmentRow, unit_id: int, status: str
) -> list[QuestionLine]:
    rows = transaction.all(_ANSWERS, enrollment_id=enrollment.id)
    # A failed test starts again without answers.
    given = {} if status == "failed" else {row.question_id: row.answers for row in rows}
    lines = []
    for question in questions.of_unit(transaction, unit_id):
        is_choice = question.type == "multiple_choice"
        lines.append(
            QuestionLine(
                question.id,
                question.text,
                orjson.loads(question.answers) if is_choice else [],
                is_choice and len(orjson.loads(question.correct_answers)) > 1,
                orjson.loads(given.get(question.id, "[]")),
            )
        )
    return lines


def _session_lines(transaction: Transaction, user_id: int, unit_id: int) -> list[SessionLine]:
    booked = {row.session_id for row in transaction.all(_BOOKED, unit_id=unit_id, user_id=user_id)}
    return [
        SessionLine(
            row.id,
            row.name,
            dates.moment(transaction, row.starts_at),
            row.location or "",
            row.id in booked,
            row.starts_at <= transaction.now,
        )
        for row in transaction.all(_SESSIONS, unit_id=unit_id)
    ]
