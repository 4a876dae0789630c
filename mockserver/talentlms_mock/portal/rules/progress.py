"""The rules of progress: what a learner may do in a course, and how far that brings it."""

from dataclasses import dataclass
from itertools import takewhile
from typing import Any

from sqlalchemy import bindparam, case, delete, func, select, update
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
)
from talentlms_mock.portal.rules import path_completion, rewards
from talentlms_mock.portal.rules.enrollments import enrollment_of, is_open, leave_sessions
from talentlms_mock.portal.rules.numbers import DEFAULT_PASS_SCORE, SCORED_UNITS
from talentlms_mock.portal.rules.users import named
from talentlms_mock.portal.state.clock import parse_moment
from talentlms_mock.portal.store.models import (
    courses,
    enrollments,
    question_answers,
    unit_progress,
    units,
    users,
)
from talentlms_mock.portal.store.transaction import Named, Transaction

_PROGRESS = select(unit_progress).where(
    unit_progress.c.enrollment_id == bindparam("enrollment_id"),
    unit_progress.c.unit_id == bindparam("unit_id"),
)
_OF_COURSE = units.outerjoin(
    unit_progress,
    (unit_progress.c.unit_id == units.c.id)
    & (unit_progress.c.enrollment_id == bindparam("enrollment_id")),
)
_IS_DONE = unit_progress.c.completion_status == "completed"
_UNITS = (
    select(units, func.coalesce(_IS_DONE, False).label("is_done"))
    .select_from(_OF_COURSE)
    .where(units.c.course_id == bindparam("course_id"))
    .order_by(units.c.position, units.c.id)
)
_TOTALS = (
    select(
        func.count().label("units"),
        func.count(case((_IS_DONE, 1))).label("done"),
        func.count(unit_progress.c.score).label("scored"),
        func.coalesce(func.sum(unit_progress.c.score), 0).label("scores"),
        func.coalesce(func.sum(unit_progress.c.total_time), 0).label("total_time"),
    )
    .select_from(_OF_COURSE)
    .where(units.c.course_id == bindparam("course_id"))
)
_WRITE = upsert(unit_progress)
_WRITE = _WRITE.on_conflict_do_update(
    set_={
        name: _WRITE.excluded[name]
        for name in ("completion_status", "score", "total_time", "completed_on", "submitted_on")
    }
)


@dataclass(frozen=True)
class EnrollmentContext:
    """A user's place in a course: the rows of the user, the course and the enrollment."""

    user: Any
    course: Any
    enrollment: Any

    def tell(self, transaction: Transaction, event: str, unit: Named | None = None) -> None:
        """Put on the timeline what happened to the user in the course."""
        transaction.record(
            event,
            user=named(self.user._asdict(), self.user.id),
            course=Named(self.course.id, self.course.name),
            unit=unit,
        )


@dataclass(frozen=True)
class Step:
    """A unit (its row) in the course of a seat, and what the user did there, None for nothing."""

    seat: EnrollmentContext
    unit: Any
    progress: Any

    @property
    def enrollment_id(self) -> int:
        id: int = self.seat.enrollment.id
        return id

    @property
    def pass_score(self) -> int:
        """What the unit must score to be completed, in percent."""
        score: int | None = self.unit.pass_score
        return score if score is not None else DEFAULT_PASS_SCORE * (self.unit.type == "test")

    @property
    def status(self) -> str:
        return "not_attempted" if self.progress is None else str(self.progress.completion_status)


def seat_of(transaction: Transaction, user_id: int, course_id: int) -> EnrollmentContext:
    """Return a learner's place in a course.

    Raises:
        NotFound: there is no such user or course.
        RuleBroken: the user is not enrolled, or as an instructor, who has no progress.
    """
    user = transaction.find(users, user_id, "user")
    course = transaction.find(courses, course_id, "course")
    enrollment = enrollment_of(transaction, user_id, course_id)
    if enrollment is None:
        raise Conflict(NOT_ENROLLED)
    if enrollment.role != "learner":
        raise RuleBroken(NOT_A_LEARNER)
    return EnrollmentContext(user, course, enrollment)


def step_of(transaction: Transaction, user_id: int, unit_id: int) -> Step:
    """Return how far a learner is in a unit.

    Raises:
        NotFound: there is no such user or unit.
        RuleBroken: as for `seat_of`.
    """
    transaction.find(users, user_id, "user")
    unit = transaction.find(units, unit_id, "unit")
    seat = seat_of(transaction, user_id, unit.course_id)
    return Step(seat, unit, _progress(transaction, seat.enrollment.id, unit_id))


def check_access(transaction: Transaction, user: Any, course: Any, enrollment: Any) -> None:
    """Check that a user may enter a course now, where it is enrolled (all three are rows).

    To an instructor a course is always open. What is completed stays open, also when the
    enrollment or the course is over, if the course retains access; else it is closed at once.

    Raises:
        RuleBroken: it may not.
    """
    if user.status != "active":
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


def open_unit(transaction: Transaction, user_id: int, unit_id: int) -> None:
    """Open a unit, with which the course has begun.

    Raises:
        NotFound: there is no such user or unit.
        RuleBroken: the user may not enter the course, has failed it, or has to complete an
            earlier unit first.
    """
    step = step_of(transaction, user_id, unit_id)
    _enter(transaction, step)


def begin(transaction: Transaction, user_id: int, unit_id: int) -> Step:
    """Open a unit for work that may complete it.

    Raises:
        NotFound: there is no such user or unit.
        RuleBroken: as for `open_unit`, or the unit is completed.
    """
    step = step_of(transaction, user_id, unit_id)
    _enter(transaction, step)
    if step.status == "completed":
        raise RuleBroken(UNIT_COMPLETED)
    return Step(step.seat, step.unit, _progress(transaction, step.enrollment_id, unit_id))


def write(transaction: Transaction, step: Step, status: str, **values: Any) -> None:
    """Write a unit's progress, and what follows for the enrollment's numbers."""
    row: dict[str, Any] = {
        "score": None,
        "total_time": 0,
        "completed_on": None,
        "submitted_on": None,
    }
    if step.progress is not None:
        row |= {name: getattr(step.progress, name) for name in row}
    row |= {
        "enrollment_id": step.enrollment_id,
        "unit_id": step.unit.id,
        "started_on": transaction.now,
    }
    transaction.connection.execute(_WRITE, row | values | {"completion_status": status})
    _count(transaction, step)


def finish(
    transaction: Transaction,
    step: Step,
    status: str,
    *,
    score: float | None = None,
    time: int | None = None,
    event: str | None = None,
) -> None:
    """End the work on a unit, with all that follows for the course.

    Args:
        transaction: the transaction of the request.
        step: the unit, as `begin` gives it.
        status: completed or failed.
        score: in percent.
        time: seconds of work; None takes all of the time since the unit was first opened.
        event: what the timeline says of the unit; None for nothing.
    """
    write(
        transaction,
        step,
        status,
        score=score,
        total_time=_time(transaction, step, time),
        completed_on=transaction.now if status == "completed" else None,
        submitted_on=None,
    )
    tell(transaction, step, event)
    seat = step.seat
    if seat.enrollment.completion_status == "completed":
        return
    if status == "failed":
        if step.unit.type == "test" and seat.course.fails_with_test:
            fail_course(transaction, seat)
    elif all(unit.is_done for unit in units_of(transaction, seat)):
        complete_course(transaction, seat)


def tell(transaction: Transaction, step: Step, event: str | None) -> None:
    """Put what happened in a unit on the timeline."""
    if event is not None:
        step.seat.tell(transaction, event, Named(step.unit.id, step.unit.name))


def units_of(transaction: Transaction, seat: EnrollmentContext) -> list[Any]:
    """Return the units of a course in their order: their rows, with `is_done`."""
    both = {"course_id": seat.course.id, "enrollment_id": seat.enrollment.id}
    return list(transaction.connection.execute(_UNITS, both).all())


def complete_course(transaction: Transaction, seat: EnrollmentContext) -> None:
    """Complete a course, and give what that brings."""
    _change(
        transaction,
        seat,
        completion_status="completed",
        completion_percentage=100,
        completed_on=transaction.now,
    )
    seat.tell(transaction, "course_completion")
    rewards.certify(transaction, seat.user, seat.course)
    rewards.reward(transaction, seat.user.id)
    path_completion.complete_for(transaction, seat.user.id)


def fail_course(transaction: Transaction, seat: EnrollmentContext) -> None:
    """Fail a course; nothing more can be done in it until its progress is reset."""
    _change(transaction, seat, completion_status="failed")
    seat.tell(transaction, "course_failure")


def expire(transaction: Transaction, seat: EnrollmentContext) -> None:
    """End the time of an enrollment now, unless it is over already; its progress stays."""
    ends = seat.enrollment.expires_on
    if ends is None or ends > transaction.now:
        _change(transaction, seat, expires_on=transaction.now)


def reset(transaction: Transaction, user_id: int, course_id: int) -> None:
    """Put an enrollment back to not attempted, and remove its progress and certificate.

    When it began and when it expires stay as they are, and so do points and badges.

    Raises:
        NotFound: there is no such user or course.
        Conflict: the user is not enrolled in the course.
    """
    user = transaction.find(users, user_id, "user")
    course = transaction.find(courses, course_id, "course")
    enrollment = enrollment_of(transaction, user_id, course_id)
    if enrollment is None:
        raise Conflict(NOT_ENROLLED)
    seat = EnrollmentContext(user, course, enrollment)
    for table in (unit_progress, question_answers):
        transaction.connection.execute(delete(table).where(table.c.enrollment_id == enrollment.id))
    leave_sessions(transaction, user_id, course_id)
    _change(
        transaction,
        seat,
        completion_status="not_attempted",
        completion_percentage=0,
        score=None,
        total_time=0,
        completed_on=None,
        last_accessed_unit_id=None,
    )
    seat.tell(transaction, "course_reset_user_progress")
    rewards.take_certificate(transaction, user, course)
    path_completion.reopen(transaction, user_id, course_id)


def checked_score(step: Step, status: str, score: float | None) -> float | None:
    """Return the score of a unit that becomes `status`; of None it is the best or the worst.

    Raises:
        InvalidValue: the unit has no score, or it is not from 0 to 100, or on the other side
            of what passes.
    """
    if step.unit.type not in SCORED_UNITS:
        if score is not None:
            raise InvalidValue(f"a unit of the type {step.unit.type} has no score")
        return None
    if score is None:
        score = 100 if status == "completed" else 0
    _check_percent(score)
    may_fail_anyhow = step.unit.type != "test" and step.pass_score == 0
    if (score >= step.pass_score) != (status == "completed") and not may_fail_anyhow:
        words = "at least" if status == "completed" else "below"
        raise InvalidValue(f"score must be {words} {step.pass_score}, which passes the unit")
    return round(score, 2)


def outcome(step: Step, score: float) -> str:
    """Return what a unit becomes with this score: completed or failed.

    Raises:
        InvalidValue: it is not from 0 to 100.
    """
    _check_percent(score)
    return "completed" if score >= step.pass_score else "failed"


def _check_percent(score: object) -> None:
    if isinstance(score, int | float) and not isinstance(score, bool) and 0 <= score <= 100:
        return
    raise InvalidValue("score must be a number from 0 to 100")


def _enter(transaction: Transaction, step: Step) -> None:
    seat = step.seat
    check_access(transaction, seat.user, seat.course, seat.enrollment)
    check_not_failed(seat)
    check_order(transaction, step)
    if step.progress is None:
        write(transaction, step, "incomplete")
    else:
        _count(transaction, step)


def check_not_failed(seat: EnrollmentContext) -> None:
    """Raise RuleBroken where the user has failed the course."""
    if seat.enrollment.completion_status == "failed":
        raise RuleBroken(COURSE_FAILED)


def check_order(transaction: Transaction, step: Step) -> None:
    """Raise RuleBroken where the units have an order, and an earlier one is not completed."""
    if step.seat.course.rule_traversal != "sequential":
        return
    earlier = takewhile(lambda unit: unit.id != step.unit.id, units_of(transaction, step.seat))
    if not all(unit.is_done for unit in earlier):
        raise RuleBroken(UNIT_LOCKED)


def _count(transaction: Transaction, step: Step) -> None:
    """Bring the numbers of an enrollment up to date with its units, of which `step` was the last.

    A completed enrollment keeps its state.
    """
    seat = step.seat
    both = {"course_id": seat.course.id, "enrollment_id": seat.enrollment.id}
    totals = transaction.connection.execute(_TOTALS, both).one()
    values: dict[str, Any] = {
        "score": round(totals.scores / totals.scored, 2) if totals.scored else None,
        "total_time": totals.total_time,
        "last_accessed_unit_id": step.unit.id,
    }
    if seat.enrollment.completion_status != "completed":
        values["completion_status"] = "incomplete"
        values["completion_percentage"] = round(100 * totals.done / totals.units)
    _change(transaction, seat, **values)


def _change(transaction: Transaction, seat: EnrollmentContext, **values: Any) -> None:
    transaction.connection.execute(
        update(enrollments).where(enrollments.c.id == seat.enrollment.id).values(values)
    )


def _time(transaction: Transaction, step: Step, time: int | None) -> int:
    if time is not None:
        if not isinstance(time, int) or time < 0:
            raise InvalidValue("time must be a whole number of seconds, at least 0")
        return int(step.progress.total_time) + time
    began = parse_moment(step.progress.started_on)
    elapsed = int((parse_moment(transaction.now) - began).total_seconds())
    return max(int(step.progress.total_time), elapsed)


def _progress(transaction: Transaction, enrollment_id: int, unit_id: int) -> Any:
    both = {"enrollment_id": enrollment_id, "unit_id": unit_id}
    return transaction.connection.execute(_PROGRESS, both).first()
