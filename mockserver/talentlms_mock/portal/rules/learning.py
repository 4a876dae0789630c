"""What learners do in a course, on the portal's own pages, by the rules of progress.

Each function raises NotFound for what does not exist, InvalidValue for an invalid value, and
RuleBroken for what the user may not do now.
"""

from collections.abc import Mapping, Sequence
from itertools import chain

from sqlalchemy import bindparam, func, insert, select, update

from talentlms_mock.errors import InvalidValue, RuleBroken
from talentlms_mock.portal.contract.refusals import (
    COURSE_COMPLETED,
    NO_ATTEMPTS_LEFT,
    NOT_HANDED_IN,
    NOTHING_TO_GRADE,
    SESSION_FULL,
    SESSION_NOT_BEGUN,
    TEST_WAITS,
)
from talentlms_mock.portal.rules import progress, questions
from talentlms_mock.portal.rules.courses import CourseUnit
from talentlms_mock.portal.rules.progress import SCORED_UNITS, UnitAttempt
from talentlms_mock.portal.state.clock import parse_moment
from talentlms_mock.portal.store.mapping import select_rows
from talentlms_mock.portal.store.models import session_attendees, sessions
from talentlms_mock.portal.store.row_types import SessionRow
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
"""The event of a unit, by its type and its new status."""

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
    select_rows(SessionRow)
    .where(sessions.c.unit_id == bindparam("unit_id"))
    .order_by(sessions.c.starts_at, sessions.c.id)
)
_BOOK = insert(session_attendees)
_ATTEND = (
    update(session_attendees)
    .where(
        session_attendees.c.session_id == bindparam("session"),
        session_attendees.c.user_id == bindparam("user"),
    )
    .values(attended=True)
)


def open_course(transaction: Transaction, user_id: int, course_id: int) -> int | None:
    """Open a course at the first unit that is not completed.

    Returns:
        The unit's id; None where the course has no units.
    """
    context = progress.context_of(transaction, user_id, course_id)
    units = progress.units_of(transaction, context)
    progress.check_access(transaction, context)
    if not units:
        return None
    unit = next((unit for unit in units if not unit.is_done), units[0])
    progress.open_unit(transaction, user_id, unit.id)
    return unit.id


def complete_unit(
    transaction: Transaction,
    user_id: int,
    unit_id: int,
    *,
    score: float | None = None,
    time: int | None = None,
) -> None:
    """Complete a unit of any type; see `_end`."""
    _end(transaction, user_id, unit_id, "completed", score, time)


def fail_unit(
    transaction: Transaction,
    user_id: int,
    unit_id: int,
    *,
    score: float | None = None,
    time: int | None = None,
) -> None:
    """Fail a unit of a type that has a score; see `_end`."""
    _end(transaction, user_id, unit_id, "failed", score, time)


def _end(
    transaction: Transaction,
    user_id: int,
    unit_id: int,
    status: str,
    score: float | None,
    time: int | None,
) -> None:
    """Complete or fail a unit in one step.

    A test is answered with about the score, a survey with any answers; an assignment is submitted
    and graded; of a unit with sessions, one that has begun is attended.

    Args:
        transaction: the transaction of the request.
        user_id: the learner.
        unit_id: the unit.
        status: completed or failed.
        score: in percent; None is 100 or 0.
        time: seconds of work; None takes the time since the unit was opened.
    """
    attempt = _begin(transaction, user_id, unit_id)
    kind = attempt.unit.type
    if status == "failed" and kind not in SCORED_UNITS:
        raise RuleBroken(f"A unit of the type {kind} cannot be failed", at="unit")
    percent = progress.checked_score(attempt, status, score)
    moments = {"graded_on": transaction.now} if _is_graded(transaction, attempt) else {}
    if kind in ("test", "survey"):
        questions.answer_all(transaction, attempt.enrollment_id, unit_id, percent)
    elif kind == "assignment" and not attempt.is_submitted:
        progress.record(transaction, attempt, "unitprogress_assignment_answered")
        moments["submitted_on"] = transaction.now
    elif kind == "ilt":
        _attend_one(transaction, attempt)
    _finish(transaction, attempt, status, percent, time, **moments)


def answer(
    transaction: Transaction,
    user_id: int,
    unit_id: int,
    answers: Mapping[int, Sequence[str]],
    *,
    time: int | None = None,
) -> str:
    """Answer questions of a test or survey, by their ids; the last answer ends the attempt.

    A failed test starts again without answers. The score is the share of right answers by
    weight, and decides whether the test is passed. One with an answer that an instructor grades
    waits for that.

    Returns:
        The status of the unit: incomplete, completed or failed.
    """
    attempt = _begin(transaction, user_id, unit_id)
    if attempt.unit.type not in ("test", "survey"):
        raise InvalidValue(f"a unit of the type {attempt.unit.type} has no questions", at="unit")
    if waits(transaction, attempt):
        raise RuleBroken(TEST_WAITS)
    questions.save_answers(transaction, attempt.enrollment_id, unit_id, answers)
    if not questions.is_complete(transaction, attempt.enrollment_id, unit_id):
        return "incomplete"
    if attempt.unit.type == "test":
        return _submit_test(transaction, attempt, time)
    _finish(transaction, attempt, "completed", None, time)
    return "completed"


def _submit_test(transaction: Transaction, attempt: UnitAttempt, time: int | None) -> str:
    """End an attempt at a test all of whose questions are answered, and return its status."""
    if waits(transaction, attempt):
        seconds = progress.time_spent(transaction, attempt, time)
        progress.write(transaction, attempt, "incomplete", total_time=seconds)
        return "incomplete"
    score = questions.score(transaction, attempt.enrollment_id, attempt.unit.id)
    status = progress.outcome(attempt, score)
    _finish(transaction, attempt, status, score, time)
    return status


def waits(transaction: Transaction, attempt: UnitAttempt) -> bool:
    """Return whether a test was submitted with an answer that waits for an instructor."""
    of_unit = attempt.enrollment_id, attempt.unit.id
    return (
        attempt.unit.type == "test"
        and questions.is_complete(transaction, *of_unit)
        and questions.is_waiting(transaction, *of_unit)
    )


def grade_test(
    transaction: Transaction,
    user_id: int,
    unit_id: int,
    points: Mapping[int, float],
    message: str | None = None,
) -> str:
    """Grade answers in free text to a test, also once the course is over.

    With the last of them the test ends, with the score that follows from all answers.

    Args:
        transaction: the transaction of the request.
        user_id: the learner.
        unit_id: the test.
        points: in percent, by the ids of the questions.
        message: to the learner.

    Returns:
        The status of the unit: incomplete, completed or failed.
    """
    attempt = progress.attempt_of(transaction, user_id, unit_id)
    _check_type(attempt, "test")
    progress.check_not_failed(attempt.context)
    if not waits(transaction, attempt):
        raise RuleBroken(NOTHING_TO_GRADE)
    questions.grade(transaction, attempt.enrollment_id, unit_id, points)
    if waits(transaction, attempt):
        return "incomplete"
    score = questions.score(transaction, attempt.enrollment_id, unit_id)
    status = progress.outcome(attempt, score)
    _grade(transaction, attempt, status, score, time=0, instructor_message=message)
    return status


def submit_assignment(
    transaction: Transaction, user_id: int, unit_id: int, text: str | None = None
) -> None:
    """Hand in an assignment, which then waits for its grade."""
    attempt = progress.begin(transaction, user_id, unit_id)
    _check_type(attempt, "assignment")
    progress.write(
        transaction,
        attempt,
        "incomplete",
        submitted_on=transaction.now,
        submission_text=text,
        graded_on=None,
    )
    progress.record(transaction, attempt, "unitprogress_assignment_answered")


def grade_assignment(
    transaction: Transaction,
    user_id: int,
    unit_id: int,
    score: float,
    message: str | None = None,
) -> None:
    """Grade an assignment that was handed in, also once the course is over.

    A score below the pass score fails the unit.
    """
    attempt = progress.attempt_of(transaction, user_id, unit_id)
    _check_type(attempt, "assignment")
    progress.check_not_failed(attempt.context)
    if not attempt.is_submitted:
        raise RuleBroken(NOT_HANDED_IN)
    status = progress.outcome(attempt, score)
    percent = progress.checked_score(attempt, status, score)
    _grade(transaction, attempt, status, percent, instructor_message=message)


def book(transaction: Transaction, user_id: int, session_id: int) -> None:
    """Book a training session for a learner, unless it is booked already."""
    training = transaction.find(SessionRow, session_id)
    attempt = progress.begin(transaction, user_id, training.unit_id)
    _book(transaction, attempt, training)


def attend(
    transaction: Transaction, user_id: int, session_id: int, *, score: float | None = None
) -> None:
    """Attend a training session that has begun, which completes its unit.

    The time is that of the session. A score below the pass score fails the unit.
    """
    training = transaction.find(SessionRow, session_id)
    attempt = progress.begin(transaction, user_id, training.unit_id)
    if training.starts_at > transaction.now:
        raise RuleBroken(SESSION_NOT_BEGUN)
    _attend(transaction, attempt, training)
    status = "completed" if score is None else progress.outcome(attempt, score)
    percent = progress.checked_score(attempt, status, score)
    _grade(transaction, attempt, status, percent, time=_seconds(training))


def complete_course(
    transaction: Transaction,
    user_id: int,
    course_id: int,
    *,
    score: float | None = None,
    time: int | None = None,
) -> None:
    """Complete the units of a course that are not completed yet, in their order, until it is.

    A course without units is completed at once.

    Args:
        transaction: the transaction of the request.
        user_id: the learner.
        course_id: the course.
        score: of each unit that has one; None is 100.
        time: seconds of work on each unit; None takes the time since it was opened.
    """
    units = _units_to_do(transaction, user_id, course_id)
    for unit in units:
        percent = score if unit.type in SCORED_UNITS else None
        complete_unit(transaction, user_id, unit.id, score=percent, time=time)
        if _has_completed(transaction, user_id, course_id):
            return
    if not units:
        progress.complete_course(transaction, progress.context_of(transaction, user_id, course_id))


def fail_course(
    transaction: Transaction, user_id: int, course_id: int, *, score: float | None = None
) -> None:
    """Fail a course with the first of its tests that is not passed, after the units before it.

    A course that no test can fail is failed directly, as an instructor does.

    Args:
        transaction: the transaction of the request.
        user_id: the learner.
        course_id: the course.
        score: of the test; None is 0.
    """
    units = _units_to_do(transaction, user_id, course_id)
    context = progress.context_of(transaction, user_id, course_id)
    tests = [at for at, unit in enumerate(units) if unit.type == "test"]
    if not tests or not context.course.fails_with_test:
        progress.fail_course(transaction, context)
        return
    for unit in units[: tests[0]]:
        complete_unit(transaction, user_id, unit.id)
    fail_unit(transaction, user_id, units[tests[0]].id, score=score)


def _has_completed(transaction: Transaction, user_id: int, course_id: int) -> bool:
    enrollment = progress.context_of(transaction, user_id, course_id).enrollment
    return enrollment.completion_status == "completed"


def _units_to_do(transaction: Transaction, user_id: int, course_id: int) -> list[CourseUnit]:
    context = progress.context_of(transaction, user_id, course_id)
    if context.enrollment.completion_status == "completed":
        raise RuleBroken(COURSE_COMPLETED)
    progress.check_access(transaction, context)
    progress.check_not_failed(context)
    return [unit for unit in progress.units_of(transaction, context) if not unit.is_done]


def _finish(
    transaction: Transaction,
    attempt: UnitAttempt,
    status: str,
    score: float | None,
    time: int | None,
    **values: object,
) -> None:
    event = _EVENTS.get((attempt.unit.type, status))
    progress.finish(transaction, attempt, status, score=score, time=time, event=event, **values)


def _grade(
    transaction: Transaction,
    attempt: UnitAttempt,
    status: str,
    score: float | None,
    *,
    time: int | None = None,
    **values: object,
) -> None:
    """End an attempt as an instructor does, who does not open the unit."""
    assert attempt.progress is not None
    values |= {"graded_on": transaction.now, "accessed_on": attempt.progress.accessed_on}
    _finish(transaction, attempt, status, score, time, **values)


def _begin(transaction: Transaction, user_id: int, unit_id: int) -> UnitAttempt:
    """Begin a unit, and a failed test once more, without its answers."""
    attempt = progress.begin(transaction, user_id, unit_id)
    if attempt.unit.type != "test" or attempt.status != "failed":
        return attempt
    check_attempts(attempt)
    assert attempt.progress is not None
    repetitions = attempt.progress.repetitions + 1
    questions.delete_answers(transaction, attempt.enrollment_id, unit_id)
    again: dict[str, object] = {
        "score": None,
        "repetitions": repetitions,
        "graded_on": None,
        "instructor_message": None,
    }
    progress.write(transaction, attempt, "incomplete", **again)
    return progress.attempt_of(transaction, user_id, unit_id)


def check_attempts(attempt: UnitAttempt) -> None:
    """Raise RuleBroken where a test is failed, and may not be taken once more."""
    most = attempt.unit.max_attempts
    if attempt.status != "failed" or most is None:
        return
    assert attempt.progress is not None
    if attempt.progress.repetitions + 1 >= most:
        raise RuleBroken(NO_ATTEMPTS_LEFT)


def _is_graded(transaction: Transaction, attempt: UnitAttempt) -> bool:
    """Return whether an instructor grades the unit, or an answer in it."""
    kind = attempt.unit.type
    if kind == "test":
        return any(map(questions.is_graded, questions.of_unit(transaction, attempt.unit.id)))
    return kind in ("assignment", "ilt")


def _check_type(attempt: UnitAttempt, kind: str) -> None:
    if attempt.unit.type != kind:
        raise InvalidValue(f"the unit is no {kind}, but of the type {attempt.unit.type}", at="unit")


def _attend_one(transaction: Transaction, attempt: UnitAttempt) -> None:
    """Attend a session that has begun, one that is booked if possible; without sessions, none."""
    trainings = transaction.all(_OF_UNIT, unit_id=attempt.unit.id)
    if not trainings:
        return
    begun = [training for training in trainings if training.starts_at <= transaction.now]
    if not begun:
        raise RuleBroken(SESSION_NOT_BEGUN)
    booked = _booked(transaction, attempt)
    possible = (one for one in begun if one.id in booked)
    with_room = (one for one in begun if _has_room(transaction, one))
    _attend(transaction, attempt, next(chain(possible, with_room), begun[0]))


def _attend(transaction: Transaction, attempt: UnitAttempt, training: SessionRow) -> None:
    _book(transaction, attempt, training)
    both = {"session": training.id, "user": attempt.context.user.id}
    transaction.connection.execute(_ATTEND, both)


def _book(transaction: Transaction, attempt: UnitAttempt, training: SessionRow) -> None:
    if training.id in _booked(transaction, attempt):
        return
    if not _has_room(transaction, training):
        raise RuleBroken(SESSION_FULL)
    both = {"session_id": training.id, "user_id": attempt.context.user.id}
    transaction.connection.execute(_BOOK, both)


def _booked(transaction: Transaction, attempt: UnitAttempt) -> set[int]:
    both = {"unit_id": attempt.unit.id, "user_id": attempt.context.user.id}
    return set(transaction.connection.execute(_BOOKED, both).scalars())


def _has_room(transaction: Transaction, training: SessionRow) -> bool:
    if training.capacity is None:
        return True
    return bool(transaction.scalar(_ATTENDEES, session_id=training.id) < training.capacity)


def _seconds(training: SessionRow) -> int:
    length = parse_moment(training.ends_at) - parse_moment(training.starts_at)
    return int(length.total_seconds())
