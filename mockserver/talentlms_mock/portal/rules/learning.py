"""What learners do in a course: the acts of the portal's pages, by the rules of progress.

Each takes the session of one transaction, and raises NotFound for what does not exist,
InvalidValue for a value that cannot be, and RuleBroken for what the user may not do now.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, func, insert, select

from talentlms_mock.errors import (
    COURSE_COMPLETED,
    NOT_HANDED_IN,
    SESSION_FULL,
    SESSION_NOT_BEGUN,
    InvalidValue,
    RuleBroken,
)
from talentlms_mock.portal.rules import progress, questions
from talentlms_mock.portal.rules.numbers import SCORED_UNITS
from talentlms_mock.portal.rules.progress import Step
from talentlms_mock.portal.state.clock import parse_moment
from talentlms_mock.portal.store.models import session_attendees, sessions
from talentlms_mock.portal.store.transaction import Transaction

_EVENTS = {
    ("test", "completed"): "unitprogress_test_completion",
    ("test", "failed"): "unitprogress_test_failed",
    ("survey", "completed"): "unitprogress_survey_completion",
    ("assignment", "completed"): "unitprogress_assignment_graded",
    ("assignment", "failed"): "unitprogress_assignment_graded",
    ("ilt", "completed"): "unitprogress_ilt_graded",
    ("ilt", "failed"): "unitprogress_ilt_graded",
}
"""What the timeline says of a unit of this type that becomes this."""

_BOOKED = (
    select(session_attendees.c.session_id)
    .join(sessions)
    .where(
        sessions.c.unit_id == bindparam("unit_id"),
        session_attendees.c.user_id == bindparam("user_id"),
    )
)
_ATTENDEES = (
    select(func.count())
    .select_from(session_attendees)
    .where(session_attendees.c.session_id == bindparam("session_id"))
)
_OF_UNIT = (
    select(sessions)
    .where(sessions.c.unit_id == bindparam("unit_id"))
    .order_by(sessions.c.starts_at, sessions.c.id)
)
_BOOK = insert(session_attendees)


def open_course(transaction: Transaction, user_id: int, course_id: int) -> int | None:
    """Open a course where the user goes on: at the first unit that is not completed.

    Returns:
        The unit's id; None where the course has no units.
    """
    seat = progress.seat_of(transaction, user_id, course_id)
    units = progress.units_of(transaction, seat)
    progress.check_access(transaction, seat.user, seat.course, seat.enrollment)
    if not units:
        return None
    unit = next((unit for unit in units if not unit.is_done), units[0])
    progress.open_unit(transaction, user_id, unit.id)
    return int(unit.id)


def complete_unit(
    transaction: Transaction,
    user_id: int,
    unit_id: int,
    *,
    score: float | None = None,
    time: int | None = None,
) -> None:
    """Complete a unit of any type; see `_do`."""
    _do(transaction, user_id, unit_id, "completed", score, time)


def fail_unit(
    transaction: Transaction,
    user_id: int,
    unit_id: int,
    *,
    score: float | None = None,
    time: int | None = None,
) -> None:
    """Fail a unit of a type that has a score; see `_do`."""
    _do(transaction, user_id, unit_id, "failed", score, time)


def _do(
    transaction: Transaction,
    user_id: int,
    unit_id: int,
    status: str,
    score: float | None,
    time: int | None,
) -> None:
    """Bring a unit to an end in one go.

    A test is answered so that it comes near the score, a survey somehow; an assignment is
    handed in and graded; of a unit with sessions one that has begun is attended.

    Args:
        transaction: the transaction of the request.
        user_id: the learner.
        unit_id: the unit.
        status: completed or failed.
        score: in percent; None is 100 or 0.
        time: seconds of work; None takes the time since the unit was opened.
    """
    step = progress.begin(transaction, user_id, unit_id)
    kind = step.unit.type
    if status == "failed" and kind not in SCORED_UNITS:
        raise RuleBroken(f"A unit of the type {kind} cannot be failed", at="unit")
    percent = progress.checked_score(step, status, score)
    if kind in ("test", "survey"):
        questions.make_up(transaction, step.enrollment_id, unit_id, percent or 0)
    elif kind == "assignment" and step.progress.submitted_on is None:
        progress.tell(transaction, step, "unitprogress_assignment_answered")
    elif kind == "ilt":
        _attend_one(transaction, step)
    _finish(transaction, step, status, percent, time)


def answer(
    transaction: Transaction,
    user_id: int,
    unit_id: int,
    given: Mapping[int, Sequence[str]],
    *,
    time: int | None = None,
) -> str:
    """Answer questions of a test or survey, by their ids; with the last one it is handed in.

    A test that was failed begins anew. The answers decide on its score by their weights, and
    the score on whether it is passed.

    Returns:
        What the unit is now: incomplete, completed or failed.
    """
    step = progress.begin(transaction, user_id, unit_id)
    if step.unit.type not in ("test", "survey"):
        raise InvalidValue(f"a unit of the type {step.unit.type} has no questions", "unit")
    if step.status == "failed":
        questions.forget(transaction, step.enrollment_id, unit_id)
        progress.write(transaction, step, "incomplete", score=None)
    questions.give(transaction, step.enrollment_id, unit_id, given)
    if not questions.is_whole(transaction, step.enrollment_id, unit_id):
        return "incomplete"
    status, score = "completed", None
    if step.unit.type == "test":
        score = questions.score(transaction, step.enrollment_id, unit_id)
        status = progress.outcome(step, score)
    _finish(transaction, step, status, score, time)
    return status


def submit_assignment(transaction: Transaction, user_id: int, unit_id: int) -> None:
    """Hand in an assignment, which then waits for its grade."""
    step = progress.begin(transaction, user_id, unit_id)
    _check_type(step, "assignment")
    progress.write(transaction, step, "incomplete", submitted_on=transaction.now)
    progress.tell(transaction, step, "unitprogress_assignment_answered")


def grade_assignment(transaction: Transaction, user_id: int, unit_id: int, score: float) -> None:
    """Grade what was handed in, as an instructor does, also once the course is over.

    A score below what passes fails the unit.
    """
    step = progress.step_of(transaction, user_id, unit_id)
    _check_type(step, "assignment")
    progress.check_not_failed(step.seat)
    if step.progress is None or step.progress.submitted_on is None:
        raise RuleBroken(NOT_HANDED_IN)
    status = progress.outcome(step, score)
    _finish(transaction, step, status, progress.checked_score(step, status, score), None)


def book(transaction: Transaction, user_id: int, session_id: int) -> None:
    """Put a learner on the list of a training session; whoever is on it stays on it."""
    training = transaction.find(sessions, session_id, "session")
    step = progress.begin(transaction, user_id, training.unit_id)
    _book(transaction, step, training)


def attend(
    transaction: Transaction, user_id: int, session_id: int, *, score: float | None = None
) -> None:
    """Attend a training session that has begun, which completes its unit.

    The time is that of the session. A score below what passes fails the unit.
    """
    training = transaction.find(sessions, session_id, "session")
    step = progress.begin(transaction, user_id, training.unit_id)
    if training.starts_at > transaction.now:
        raise RuleBroken(SESSION_NOT_BEGUN)
    _book(transaction, step, training)
    status = "completed" if score is None else progress.outcome(step, score)
    percent = progress.checked_score(step, status, score)
    _finish(transaction, step, status, percent, _seconds(training))


def complete_course(
    transaction: Transaction,
    user_id: int,
    course_id: int,
    *,
    score: float | None = None,
    time: int | None = None,
) -> None:
    """Complete every unit of a course that is not completed yet, in their order.

    A course without units is completed as it is.

    Args:
        transaction: the transaction of the request.
        user_id: the learner.
        course_id: the course.
        score: of each unit that has one; None is 100.
        time: seconds of work on each unit; None takes the time since it was opened.
    """
    left = _units_to_do(transaction, user_id, course_id)
    for unit in left:
        percent = score if unit.type in SCORED_UNITS else None
        complete_unit(transaction, user_id, unit.id, score=percent, time=time)
    if not left:
        progress.complete_course(transaction, progress.seat_of(transaction, user_id, course_id))


def fail_course(
    transaction: Transaction, user_id: int, course_id: int, *, score: float | None = None
) -> None:
    """Fail a course with the first of its tests that is not passed, after the units before it.

    Where no test can fail it, an instructor does, by hand.

    Args:
        transaction: the transaction of the request.
        user_id: the learner.
        course_id: the course.
        score: of the test; None is 0.
    """
    left = _units_to_do(transaction, user_id, course_id)
    seat = progress.seat_of(transaction, user_id, course_id)
    tests = [at for at, unit in enumerate(left) if unit.type == "test"]
    if not tests or not seat.course.fails_with_test:
        progress.fail_course(transaction, seat)
        return
    for unit in left[: tests[0]]:
        complete_unit(transaction, user_id, unit.id)
    fail_unit(transaction, user_id, left[tests[0]].id, score=score)


def _units_to_do(transaction: Transaction, user_id: int, course_id: int) -> list[Any]:
    seat = progress.seat_of(transaction, user_id, course_id)
    if seat.enrollment.completion_status == "completed":
        raise RuleBroken(COURSE_COMPLETED)
    progress.check_access(transaction, seat.user, seat.course, seat.enrollment)
    progress.check_not_failed(seat)
    return [unit for unit in progress.units_of(transaction, seat) if not unit.is_done]


def _finish(
    transaction: Transaction, step: Step, status: str, score: float | None, time: int | None
) -> None:
    event = _EVENTS.get((step.unit.type, status))
    progress.finish(transaction, step, status, score=score, time=time, event=event)


def _check_type(step: Step, kind: str) -> None:
    if step.unit.type != kind:
        raise InvalidValue(f"the unit is no {kind}, but of the type {step.unit.type}", "unit")


def _attend_one(transaction: Transaction, step: Step) -> None:
    """Put the learner on the list of a session that has begun, unless the unit has none at all."""
    trainings = transaction.connection.execute(_OF_UNIT, {"unit_id": step.unit.id}).all()
    begun = [training for training in trainings if training.starts_at <= transaction.now]
    booked = _booked(transaction, step)
    if not trainings or any(training.id in booked for training in begun):
        return
    if not begun:
        raise RuleBroken(SESSION_NOT_BEGUN)
    training = next((one for one in begun if _has_room(transaction, one)), begun[0])
    _book(transaction, step, training)


def _book(transaction: Transaction, step: Step, training: Any) -> None:
    if training.id in _booked(transaction, step):
        return
    if not _has_room(transaction, training):
        raise RuleBroken(SESSION_FULL)
    both = {"session_id": training.id, "user_id": step.seat.user.id}
    transaction.connection.execute(_BOOK, both)


def _booked(transaction: Transaction, step: Step) -> set[int]:
    both = {"unit_id": step.unit.id, "user_id": step.seat.user.id}
    return set(transaction.connection.execute(_BOOKED, both).scalars())


def _has_room(transaction: Transaction, training: Any) -> bool:
    if training.capacity is None:
        return True
    return bool(transaction.scalar(_ATTENDEES, session_id=training.id) < training.capacity)


def _seconds(training: Any) -> int:
    length = parse_moment(training.ends_at) - parse_moment(training.starts_at)
    return int(length.total_seconds())
