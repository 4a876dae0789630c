"""The rules of progress: what a learner may do in a course, and what follows from it."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import NamedTuple

from sqlalchemy import bindparam, case, delete, func
from sqlalchemy.dialects.sqlite import insert as upsert

from talentlms_mock.errors import Conflict, InvalidValue, RuleBroken
from talentlms_mock.portal.contract.refusals import (
    COURSE_COMPLETED,
    COURSE_FAILED,
    COURSE_NOT_ACTIVE,
    ENROLLMENT_EXPIRED,
    NOT_A_LEARNER,
    NOT_ENROLLED,
    UNIT_COMPLETED,
    UNIT_LOCKED,
    USER_NOT_ACTIVE,
    attribute,
)
from talentlms_mock.portal.rules import path_completion, rewards
from talentlms_mock.portal.rules.courses import CourseUnit, check_prerequisites, is_fulfilled
from talentlms_mock.portal.rules.enrollments import (
    enrollment_of,
    find_both,
    is_open,
    leave_sessions,
)
from talentlms_mock.portal.rules.field_types import check_percent
from talentlms_mock.portal.rules.users import named, note_activity
from talentlms_mock.portal.state.clock import parse_moment
from talentlms_mock.portal.store.mapping import select_rows
from talentlms_mock.portal.store.models import (
    enrollments,
    question_answers,
    unit_progress,
    units,
)
from talentlms_mock.portal.store.row_types import (
    CourseRow,
    EnrollmentRow,
    UnitProgressRow,
    UnitRow,
    UserRow,
)
from talentlms_mock.portal.store.transaction import Named, Transaction

SCORED_UNITS = frozenset({"test", "assignment", "scorm", "ilt"})
"""The types of units that have a score; a course's score is the average of theirs."""

DEFAULT_PASS_SCORE = 50
"""The pass score of a test by default, in percent."""


class _Totals(NamedTuple):
    """Sums over the units of an enrollment; `total_time` is in seconds.

    The scores are those that count for the course.
    """

    units: int
    done: int
    scored: int
    scores: float
    total_time: int


_PROGRESS = select_rows(UnitProgressRow).where(
    unit_progress.c.enrollment_id == bindparam("enrollment_id"),
    unit_progress.c.unit_id == bindparam("unit_id"),
)
_OF_COURSE = units.outerjoin(
    unit_progress,
    (unit_progress.c.unit_id == units.c.id)
    & (unit_progress.c.enrollment_id == bindparam("enrollment_id")),
)
_COUNTED = case((units.c.counts_for_score, unit_progress.c.score))
_IS_DONE = unit_progress.c.completion_status == "completed"
_UNITS = (
    select_rows(
        CourseUnit,
        units.c.id,
        units.c.type,
        units.c.is_required,
        func.coalesce(_IS_DONE, False).label("is_done"),
    )
    .select_from(_OF_COURSE)
    .where(units.c.course_id == bindparam("course_id"))
    .order_by(units.c.position, units.c.id)
)
_TOTALS = (
    select_rows(
        _Totals,
        func.count().label("units"),
        func.count(case((_IS_DONE, 1))).label("done"),
        func.count(_COUNTED).label("scored"),
        func.coalesce(func.sum(_COUNTED), 0).label("scores"),
        func.coalesce(func.sum(unit_progress.c.total_time), 0).label("total_time"),
    )
    .select_from(_OF_COURSE)
    .where(units.c.course_id == bindparam("course_id"))
)
_KEPT: dict[str, object] = {
    "score": None,
    "total_time": 0,
    "completed_on": None,
    "repetitions": 0,
    "submitted_on": None,
    "submission_text": None,
    "graded_on": None,
    "instructor_message": None,
}
"""What a unit's progress keeps when it is written again, and what it begins with."""

_WRITE = upsert(unit_progress)
_WRITE = _WRITE.on_conflict_do_update(
    set_={name: _WRITE.excluded[name] for name in (*_KEPT, "completion_status", "accessed_on")}
)


@dataclass(frozen=True)
class EnrollmentContext:
    """An enrollment, with its user and its course."""

    user: UserRow
    course: CourseRow
    enrollment: EnrollmentRow

    def record(self, transaction: Transaction, event_type: str, unit: Named | None = None) -> None:
        """Add an event of the user in the course to the timeline."""
        transaction.record(
            event_type,
            user=named(self.user),
            course=Named(self.course.id, self.course.name, code=self.course.code),
            unit=unit,
        )


@dataclass(frozen=True)
class UnitAttempt:
    """A learner's attempt at a unit; `progress` is None before the unit is opened."""

    context: EnrollmentContext
    unit: UnitRow
    progress: UnitProgressRow | None

    @property
    def enrollment_id(self) -> int:
        return self.context.enrollment.id

    @property
    def pass_score(self) -> int:
        """The lowest score that completes the unit, in percent."""
        score = self.unit.pass_score
        return score if score is not None else DEFAULT_PASS_SCORE * (self.unit.type == "test")

    @property
    def status(self) -> str:
        return "not_attempted" if self.progress is None else self.progress.completion_status

    @property
    def is_submitted(self) -> bool:
        """Whether an assignment waits for its grade."""
        progress = self.progress
        return progress is not None and bool(progress.submitted_on) and not progress.graded_on


def context_of(transaction: Transaction, user_id: int, course_id: int) -> EnrollmentContext:
    """Return a learner's enrollment in a course, with both.

    Raises:
        NotFound: there is no such user or course.
        RuleBroken: the user is not enrolled, or is an instructor, who has no progress.
    """
    user = transaction.find(UserRow, user_id)
    course = transaction.find(CourseRow, course_id)
    enrollment = enrollment_of(transaction, user_id, course_id)
    if enrollment is None:
        raise Conflict(NOT_ENROLLED)
    if enrollment.role != "learner":
        raise RuleBroken(NOT_A_LEARNER)
    return EnrollmentContext(user, course, enrollment)


def attempt_of(transaction: Transaction, user_id: int, unit_id: int) -> UnitAttempt:
    """Return a learner's attempt at a unit, as it is now.

    Raises:
        NotFound: there is no such user or unit.
        RuleBroken: as for `context_of`.
    """
    transaction.find(UserRow, user_id)
    unit = transaction.find(UnitRow, unit_id)
    context = context_of(transaction, user_id, unit.course_id)
    return UnitAttempt(context, unit, _progress(transaction, context.enrollment.id, unit_id))


def check_access(transaction: Transaction, context: EnrollmentContext) -> None:
    """Check that a user may enter a course now, in which it is enrolled.

    A course is always open to an instructor. A completed course stays open, also when the
    enrollment or the course is over, if it retains access; otherwise it is closed at once.

    Raises:
        RuleBroken: the user may not.
    """
    course, enrollment = context.course, context.enrollment
    if context.user.status != "active":
        raise RuleBroken(USER_NOT_ACTIVE)
    if enrollment.role == "instructor":
        return
    if enrollment.completion_status == "completed":
        if not course.retain_access_after_completion:
            raise RuleBroken(COURSE_COMPLETED)
        if course.status != "active":
            raise RuleBroken(COURSE_NOT_ACTIVE)
        return
    if not is_open(transaction, course):
        raise RuleBroken(COURSE_NOT_ACTIVE)
    if enrollment.expires_on is not None and enrollment.expires_on <= transaction.now:
        raise RuleBroken(ENROLLMENT_EXPIRED)
    check_prerequisites(transaction, course.id, context.user.id)


def open_unit(transaction: Transaction, user_id: int, unit_id: int) -> None:
    """Open a unit, which also begins the course.

    Raises:
        NotFound: there is no such user or unit.
        RuleBroken: the user may not enter the course, has failed it, or must complete an
            earlier unit first.
    """
    attempt = attempt_of(transaction, user_id, unit_id)
    _enter(transaction, attempt)


def begin(transaction: Transaction, user_id: int, unit_id: int) -> UnitAttempt:
    """Open a unit and return the attempt at it, which has progress now.

    Raises:
        NotFound: there is no such user or unit.
        RuleBroken: as for `open_unit`, or the unit is completed.
    """
    attempt = attempt_of(transaction, user_id, unit_id)
    _enter(transaction, attempt)
    if attempt.status == "completed":
        raise RuleBroken(UNIT_COMPLETED)
    return UnitAttempt(
        attempt.context, attempt.unit, _progress(transaction, attempt.enrollment_id, unit_id)
    )


def write(transaction: Transaction, attempt: UnitAttempt, status: str, **values: object) -> None:
    """Write a unit's progress, and bring the numbers of the enrollment up to date.

    What the attempt has so far stays, unless `values`, columns by name, say otherwise.
    """
    row = dict(_KEPT)
    if attempt.progress is not None:
        row |= {name: getattr(attempt.progress, name) for name in _KEPT}
    row |= {
        "enrollment_id": attempt.enrollment_id,
        "unit_id": attempt.unit.id,
        "started_on": transaction.now,
        "accessed_on": transaction.now,
    }
    transaction.connection.execute(_WRITE, row | values | {"completion_status": status})
    _count(transaction, attempt)


def finish(
    transaction: Transaction,
    attempt: UnitAttempt,
    status: str,
    *,
    score: float | None = None,
    time: int | None = None,
    event: str | None = None,
    **values: object,
) -> None:
    """End an attempt at a unit; this may complete or fail the course.

    Args:
        transaction: the transaction of the request.
        attempt: the attempt, as `begin` returns it.
        status: completed or failed.
        score: in percent.
        time: seconds of work; None takes all the time since the unit was first opened.
        event: the type of the unit's event on the timeline; None for none.
        values: more columns of `unit_progress` by name.
    """
    write(
        transaction,
        attempt,
        status,
        score=score,
        total_time=time_spent(transaction, attempt, time),
        completed_on=transaction.now if status == "completed" else None,
        **values,
    )
    record(transaction, attempt, event)
    context = attempt.context
    if context.enrollment.completion_status == "completed":
        return
    if status == "failed":
        if attempt.unit.type == "test" and context.course.fails_with_test:
            fail_course(transaction, context)
    elif is_fulfilled(context.course, units_of(transaction, context)):
        complete_course(transaction, context)


def record(transaction: Transaction, attempt: UnitAttempt, event_type: str | None) -> None:
    """Add an event of the unit to the timeline; None adds none."""
    if event_type is not None:
        unit = Named(attempt.unit.id, attempt.unit.name)
        attempt.context.record(transaction, event_type, unit)


def units_of(transaction: Transaction, context: EnrollmentContext) -> Sequence[CourseUnit]:
    """Return the units of a learner's course in their order."""
    return transaction.all(_UNITS, course_id=context.course.id, enrollment_id=context.enrollment.id)


def complete_course(transaction: Transaction, context: EnrollmentContext) -> None:
    """Complete a course: the learner gets the certificate, points, levels and badges."""
    _change(
        transaction,
        context,
        completion_status="completed",
        completion_percentage=100,
        completed_on=transaction.now,
    )
    context.record(transaction, "course_completion")
    rewards.certify(transaction, context.user, context.course)
    rewards.reward(transaction, context.user.id)
    path_completion.complete_for(transaction, context.user.id)


def fail_course(transaction: Transaction, context: EnrollmentContext) -> None:
    """Fail a course; the learner can do no more in it until its progress is reset."""
    _change(transaction, context, completion_status="failed")
    context.record(transaction, "course_failure")


def expire(transaction: Transaction, context: EnrollmentContext) -> None:
    """Let an enrollment expire now, unless it has expired; its progress stays."""
    ends = context.enrollment.expires_on
    if ends is None or ends > transaction.now:
        _change(transaction, context, expires_on=transaction.now)


def reset(transaction: Transaction, user_id: int, course_id: int) -> None:
    """Set an enrollment to not attempted, and remove its progress and certificate.

    The dates of the enrollment stay unchanged, and so do points and badges.

    Raises:
        NotFound: there is no such course or user.
        Conflict: one of them is archived, or the user is not enrolled in the course.
    """
    course, user = find_both(transaction, course_id, user_id)
    enrollment = enrollment_of(transaction, user_id, course_id)
    if enrollment is None:
        raise Conflict(NOT_ENROLLED)
    context = EnrollmentContext(user, course, enrollment)
    for table in (unit_progress, question_answers):
        transaction.connection.execute(delete(table).where(table.c.enrollment_id == enrollment.id))
    leave_sessions(transaction, user_id, course_id)
    _change(
        transaction,
        context,
        completion_status="not_attempted",
        completion_percentage=0,
        score=None,
        total_time=0,
        completed_on=None,
        last_accessed_unit_id=None,
    )
    context.record(transaction, "course_user_progress_reset")
    rewards.remove_certificate(transaction, user, course)
    path_completion.reopen(transaction, user_id, course_id)


def checked_score(attempt: UnitAttempt, status: str, score: float | None) -> float | None:
    """Return the score of a unit that becomes `status`; None stands for 100 or 0.

    Raises:
        InvalidValue: the unit has no score, or `score` is not from 0 to 100, or contradicts
            `status`.
    """
    if attempt.unit.type not in SCORED_UNITS:
        if score is not None:
            raise InvalidValue(f"a unit of the type {attempt.unit.type} has no score", at="score")
        return None
    if score is None:
        score = 100 if status == "completed" else 0
    check_percent("score", score)
    may_fail_anyhow = attempt.unit.type != "test" and attempt.pass_score == 0
    if (score >= attempt.pass_score) != (status == "completed") and not may_fail_anyhow:
        words = "at least" if status == "completed" else "below"
        raise InvalidValue(
            attribute("score", f"must be {words} {attempt.pass_score}, which passes the unit"),
            at="score",
        )
    return round(score, 2)


def outcome(attempt: UnitAttempt, score: float) -> str:
    """Return the status of a unit with this score: completed or failed.

    Raises:
        InvalidValue: the score is not from 0 to 100.
    """
    check_percent("score", score)
    return "completed" if score >= attempt.pass_score else "failed"


def _enter(transaction: Transaction, attempt: UnitAttempt) -> None:
    check_access(transaction, attempt.context)
    check_not_failed(attempt.context)
    check_order(transaction, attempt)
    write(transaction, attempt, "incomplete" if attempt.progress is None else attempt.status)


def check_not_failed(context: EnrollmentContext) -> None:
    """Raise RuleBroken where the user has failed the course."""
    if context.enrollment.completion_status == "failed":
        raise RuleBroken(COURSE_FAILED)


def check_order(transaction: Transaction, attempt: UnitAttempt) -> None:
    """Raise RuleBroken where the units have an order, and an earlier one is not completed."""
    if attempt.context.course.traversal != "sequential":
        return
    earlier = takewhile(
        lambda unit: unit.id != attempt.unit.id, units_of(transaction, attempt.context)
    )
    if not all(unit.is_done for unit in earlier):
        raise RuleBroken(UNIT_LOCKED)


def _count(transaction: Transaction, attempt: UnitAttempt) -> None:
    """Bring the numbers of an enrollment up to date after an attempt at one of its units.

    A completed enrollment keeps its status.
    """
    context = attempt.context
    totals = transaction.first(
        _TOTALS, course_id=context.course.id, enrollment_id=context.enrollment.id
    )
    assert totals is not None
    values: dict[str, object] = {
        "score": round(totals.scores / totals.scored, 2) if totals.scored else None,
        "total_time": totals.total_time,
        "last_accessed_unit_id": attempt.unit.id,
    }
    if context.enrollment.completion_status != "completed":
        values["completion_status"] = "incomplete"
        values["completion_percentage"] = round(100 * totals.done / totals.units)
    _change(transaction, context, **values)


def _change(transaction: Transaction, context: EnrollmentContext, **values: object) -> None:
    transaction.update(enrollments, context.enrollment.id, values)
    note_activity(transaction, context.user.id)


def time_spent(transaction: Transaction, attempt: UnitAttempt, time: int | None) -> int:
    """Return the seconds of work on an open unit after `time` more, or after those since it began.

    Raises:
        InvalidValue: `time` is not a whole number of seconds.
    """
    progress = attempt.progress
    assert progress is not None
    assert progress.started_on is not None
    if time is not None:
        if not isinstance(time, int) or time < 0:
            raise InvalidValue(
                attribute("time", "must be a whole number of seconds, at least 0"), at="time"
            )
        return progress.total_time + time
    began = parse_moment(progress.started_on)
    elapsed = int((parse_moment(transaction.now) - began).total_seconds())
    return max(progress.total_time, elapsed)


def _progress(transaction: Transaction, enrollment_id: int, unit_id: int) -> UnitProgressRow | None:
    return transaction.first(_PROGRESS, enrollment_id=enrollment_id, unit_id=unit_id)
