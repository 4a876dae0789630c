"""What people do in a simulation, each by the rules that a request or a learner obeys.

An act raises RuleBroken where a rule forbids it; then it did not happen.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import and_, bindparam, exists, func, or_, select

from talentlms_mock.errors import RuleBroken
from talentlms_mock.portal.rules import enrollments, learning, logins, progress, questions
from talentlms_mock.portal.rules.courses import CourseUnit
from talentlms_mock.portal.rules.progress import EnrollmentContext, UnitAttempt
from talentlms_mock.portal.simulation.plans import Intent, Kind, chance
from talentlms_mock.portal.state.clock import moment_at, timestamp
from talentlms_mock.portal.store import models
from talentlms_mock.portal.store.mapping import select_rows
from talentlms_mock.portal.store.row_types import CourseRow, EnrollmentRow, UserRow
from talentlms_mock.portal.store.transaction import Transaction

_GIVES_UP, _FAILS = 0.12, 0.3
"""Bounds of the luck with which a unit ends: it stays open, a test fails, or it is completed."""

_JOINS, _JOINS_ANYWAY = 0.35, 0.03
"""How often people without anything to do enroll in a course, and how often the others do."""

_GRADES = 0.3
"""The chance of what waits for a grade, each time that instructors grade."""

_LEAST = 60
"""The least score of a unit that is passed, in percent, unless it takes more to pass."""

_courses, _units = models.courses, models.units
_progress, _sessions = models.unit_progress, models.sessions
_attendees, _answers = models.session_attendees, models.question_answers

_OPEN = (
    select_rows(EnrollmentRow)
    .where(
        models.enrollments.c.user_id == bindparam("of_user"),
        models.enrollments.c.role == "learner",
        or_(
            models.enrollments.c.completion_status == "not_attempted",
            models.enrollments.c.completion_status == "incomplete",
        ),
    )
    .order_by(models.enrollments.c.id)
)
_ON_OFFER = (
    select(_courses.c.id)
    .where(
        _courses.c.status == "active",
        ~_courses.c.is_hidden_from_catalog,
        ~_courses.c.is_locked,
        func.coalesce(_courses.c.price, 0) == 0,
        or_(_courses.c.starts_at.is_(None), _courses.c.starts_at <= bindparam("now")),
        or_(_courses.c.expires_at.is_(None), _courses.c.expires_at > bindparam("now")),
        ~exists().where(
            models.enrollments.c.course_id == _courses.c.id,
            models.enrollments.c.user_id == bindparam("of_user"),
        ),
    )
    .order_by(_courses.c.id)
)
_OPENED = (
    select(_progress.c.unit_id)
    .join(models.enrollments)
    .where(models.enrollments.c.user_id == bindparam("of_user"))
    .where(_progress.c.accessed_on == bindparam("at"))
)


class _Training(NamedTuple):
    """A session of a unit, as one learner sees it."""

    id: int
    starts_at: str
    ends_at: str
    is_booked: bool
    has_room: bool


_TAKEN = select(func.count()).where(_attendees.c.session_id == _sessions.c.id).scalar_subquery()
_TRAININGS = (
    select_rows(
        _Training,
        _sessions.c.id,
        _sessions.c.starts_at,
        _sessions.c.ends_at,
        exists()
        .where(
            _attendees.c.session_id == _sessions.c.id,
            _attendees.c.user_id == bindparam("of_user"),
        )
        .label("is_booked"),
        or_(_sessions.c.capacity.is_(None), _sessions.c.capacity > _TAKEN).label("has_room"),
    )
    .where(_sessions.c.unit_id == bindparam("of_unit"))
    .order_by(_sessions.c.starts_at, _sessions.c.id)
)


class _Waiting(NamedTuple):
    """A unit that may wait for a grade, of a learner."""

    enrollment_id: int
    user_id: int
    unit_id: int


_GRADED_TEST = exists().where(
    models.questions.c.unit_id == _units.c.id,
    models.questions.c.type == "freetext",
    models.questions.c.correct_answers == "[]",
)
_MAY_WAIT = (
    select_rows(
        _Waiting, _progress.c.enrollment_id, models.enrollments.c.user_id, _progress.c.unit_id
    )
    .select_from(_units.join(_progress).join(models.enrollments))
    .where(
        _progress.c.completion_status == "incomplete",
        or_(_units.c.type == "assignment", and_(_units.c.type == "test", _GRADED_TEST)),
    )
    .order_by(_progress.c.enrollment_id, _progress.c.unit_id)
)


def perform(transaction: Transaction, intent: Intent, seed: int) -> None:
    """Do what somebody intends, as far as there is something to do.

    Raises:
        RuleBroken: a rule forbids it.
    """
    if intent.kind == "grade":
        _grade(transaction, intent, seed)
        return
    user = transaction.find(UserRow, intent.user_id)
    if intent.kind in ("begin", "finish") and user.session_started_at is None:
        logins.log_in(transaction, user)
    _ACTS[intent.kind](transaction, user, intent)


def _sign_in(transaction: Transaction, user: UserRow, intent: Intent) -> None:
    logins.log_in(transaction, user)


def _sign_out(transaction: Transaction, user: UserRow, intent: Intent) -> None:
    """Sign somebody out; where the intent is about one sign-in, of that alone."""
    since = user.session_started_at
    if since is not None and (not intent.since or since == timestamp(moment_at(intent.since))):
        logins.log_out(transaction, user)


def _begin(transaction: Transaction, user: UserRow, intent: Intent) -> None:
    """Open a unit of a course that is not completed, or enroll in one."""
    unit_id = None
    if intent.luck >= _JOINS_ANYWAY:
        unit_id = _unit_to_do(transaction, user, intent.choice)
    if unit_id is not None:
        progress.open_unit(transaction, user.id, unit_id)
    elif intent.luck < _JOINS:
        _join(transaction, user, intent.choice)


def _join(transaction: Transaction, user: UserRow, choice: float) -> None:
    offered = transaction.connection.execute(
        _ON_OFFER, {"of_user": user.id, "now": transaction.now}
    )
    ids = offered.scalars().all()
    if ids:
        enrollments.enroll(transaction, user.id, ids[int(choice * len(ids))])


def _unit_to_do(transaction: Transaction, user: UserRow, choice: float) -> int | None:
    """Return a unit that the user may open, rather of a course that it is in for long."""
    rows = transaction.all(_OPEN, of_user=user.id)
    first = int(choice**2 * len(rows))
    for row in (*rows[first:], *rows[:first]):
        context = EnrollmentContext(user, transaction.find(CourseRow, row.course_id), row)
        try:
            progress.check_access(transaction, context)
        except RuleBroken:
            continue
        unit_id = _first_unit(transaction, context)
        if unit_id is not None:
            return unit_id
    return None


def _first_unit(transaction: Transaction, context: EnrollmentContext) -> int | None:
    for unit in progress.units_of(transaction, context):
        if unit.is_done:
            continue
        if _can_do(transaction, context, unit):
            return unit.id
        if context.course.traversal == "sequential":
            return None
    return None


def _can_do(transaction: Transaction, context: EnrollmentContext, unit: CourseUnit) -> bool:
    """Return whether the learner can go on with a unit, and does not wait for anything."""
    if unit.type == "ilt":
        trainings = _trainings(transaction, context, unit.id)
        return not trainings or _training(transaction, context, trainings) is not None
    if unit.type not in ("test", "assignment"):
        return True
    attempt = progress.attempt_of(transaction, context.user.id, unit.id)
    if attempt.is_submitted or learning.waits(transaction, attempt):
        return False
    try:
        learning.check_attempts(attempt)
    except RuleBroken:
        return False
    return True


def _finish(transaction: Transaction, user: UserRow, intent: Intent) -> None:
    """End the work on the unit that was opened when it began."""
    opened = timestamp(moment_at(intent.since))
    unit_id = transaction.scalar(_OPENED, of_user=user.id, at=opened)
    if unit_id is None or intent.luck < _GIVES_UP:
        return
    attempt = progress.attempt_of(transaction, user.id, unit_id)
    work = intent.moment - intent.since
    if attempt.unit.type == "test":
        _take_test(transaction, attempt, intent, work)
    elif attempt.unit.type == "assignment":
        learning.submit_assignment(transaction, user.id, unit_id)
    elif attempt.unit.type == "ilt":
        _train(transaction, attempt, intent, work)
    else:
        score = _passing(attempt, intent) if attempt.unit.type == "scorm" else None
        learning.complete_unit(transaction, user.id, unit_id, score=score, time=work)


def _take_test(transaction: Transaction, attempt: UnitAttempt, intent: Intent, work: int) -> None:
    user_id, unit_id = attempt.context.user.id, attempt.unit.id
    fails = intent.luck < _FAILS and attempt.pass_score > 0
    asked = questions.of_unit(transaction, unit_id)
    if any(map(questions.is_graded, asked)):
        answers = {each.id: questions.answers_to(each, not fails) for each in asked}
        learning.answer(transaction, user_id, unit_id, answers, time=work)
    elif fails:
        score = int(intent.skill * attempt.pass_score)
        learning.fail_unit(transaction, user_id, unit_id, score=score, time=work)
    else:
        score = _passing(attempt, intent)
        learning.complete_unit(transaction, user_id, unit_id, score=score, time=work)


def _train(transaction: Transaction, attempt: UnitAttempt, intent: Intent, work: int) -> None:
    """Attend a session that is over, or book one that is to come."""
    user_id, unit_id = attempt.context.user.id, attempt.unit.id
    trainings = _trainings(transaction, attempt.context, unit_id)
    training = _training(transaction, attempt.context, trainings)
    score = _passing(attempt, intent)
    if not trainings:
        learning.complete_unit(transaction, user_id, unit_id, score=score, time=work)
    elif training is not None and training.ends_at <= transaction.now:
        learning.attend(transaction, user_id, training.id, score=score)
    elif training is not None:
        learning.book(transaction, user_id, training.id)


def _trainings(
    transaction: Transaction, context: EnrollmentContext, unit_id: int
) -> Sequence[_Training]:
    return transaction.all(_TRAININGS, of_user=context.user.id, of_unit=unit_id)


def _training(
    transaction: Transaction, context: EnrollmentContext, trainings: Sequence[_Training]
) -> _Training | None:
    """Return the session to attend, else the one to book; None where there is nothing to do."""
    since, now = context.enrollment.enrolled_on, transaction.now
    over = [one for one in trainings if one.ends_at <= now]
    booked = [one for one in over if one.is_booked]
    missed = [one for one in over if one.has_room and one.starts_at > since]
    if booked or missed:
        return (booked or missed)[0]
    if any(one.is_booked for one in trainings):
        return None
    return next((one for one in trainings if one.has_room and one.starts_at > now), None)


def _passing(attempt: UnitAttempt, intent: Intent) -> int:
    least = max(attempt.pass_score, _LEAST)
    return least + int(intent.skill * (101 - least))


def _grade(transaction: Transaction, intent: Intent, seed: int) -> None:
    """Let instructors grade some of the assignments and tests that wait for it."""
    for row in transaction.all(_MAY_WAIT):
        random = chance(seed, row.enrollment_id, row.unit_id, intent.moment)
        if random.random() >= _GRADES:
            continue
        attempt = progress.attempt_of(transaction, row.user_id, row.unit_id)
        try:
            with transaction.savepoint():
                _grade_one(transaction, attempt, random.random())
        except RuleBroken:
            continue  # the learner has failed the course by now


def _grade_one(transaction: Transaction, attempt: UnitAttempt, skill: float) -> None:
    user_id, unit_id = attempt.context.user.id, attempt.unit.id
    percent = 40 + int(skill * 61)
    if attempt.is_submitted:
        learning.grade_assignment(transaction, user_id, unit_id, percent)
    elif learning.waits(transaction, attempt):
        asked = questions.of_unit(transaction, unit_id)
        points = {each.id: percent for each in asked if questions.is_graded(each)}
        learning.grade_test(transaction, user_id, unit_id, points)


_ACTS: Mapping[Kind, Callable[[Transaction, UserRow, Intent], None]] = {
    "sign in": _sign_in,
    "begin": _begin,
    "finish": _finish,
    "sign out": _sign_out,
}
