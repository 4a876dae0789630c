"""The operations of units (operations.md, 58 and 59)."""

from typing import Literal

import orjson
from sqlalchemy import bindparam, cast, exists, func, literal_column, or_, select
from sqlalchemy.types import Integer

from talentlms_mock.api.fidelity import DOCUMENTED, Rule, inferred
from talentlms_mock.api.operation import Parameter, array_of, one, operation
from talentlms_mock.api.resources.progress import Completion
from talentlms_mock.api.resources.shapes import Reference, reference
from talentlms_mock.api.rows import Columns, Expression, Json, Query, json_list, json_object
from talentlms_mock.api.values import ID, Shape, Timestamp
from talentlms_mock.errors import NotFound, RuleBroken
from talentlms_mock.portal.contract.refusals import NOT_QUESTIONED
from talentlms_mock.portal.store.models import (
    enrollments,
    question_answers,
    questions,
    session_attendees,
    sessions,
    unit_progress,
    units,
    users,
)
from talentlms_mock.portal.store.row_types import UnitRow, UserRow
from talentlms_mock.portal.store.transaction import Transaction

_NAMES_OURS = inferred("our names for what the vendor's description lists")


class AnsweredQuestion(Shape):
    """`correct` is null where no answer is right or wrong, or none was given."""

    id: int
    text: str
    type: Literal["multiple_choice", "free_text"]
    weight: int
    correct: bool | None
    answers: list[str]
    correct_answers: list[str]
    user_answers: list[str]


class UnitResult(Shape):
    unit_id: int
    unit_name: str
    type: Literal["test", "survey"]
    user_id: int
    user_name: str
    completion_status: Completion
    score: float | None
    completed_on: Timestamp | None
    total_time: int
    questions: list[AnsweredQuestion]


class UnitSession(Shape):
    id: int
    name: str
    type: Literal["classroom", "webinar"]
    instructor: Reference | None
    starts_at: Timestamp
    ends_at: Timestamp
    duration_minutes: int
    location: str | None
    capacity: int | None
    attendees_count: int


_is_answer = (question_answers.c.question_id == questions.c.id) & (
    question_answers.c.enrollment_id == enrollments.c.id
)
_true: Expression = literal_column("'true'")
_false: Expression = literal_column("'false'")
_QUESTIONS = (
    select(
        *(questions.c[name] for name in ("id", "text", "type", "weight", "answers")),
        questions.c.correct_answers,
        func.coalesce(question_answers.c.answers, literal_column("'[]'")).label("user_answers"),
        func.iif(
            or_(
                question_answers.c.is_correct.is_(None),
                questions.c.correct_answers == literal_column("'[]'"),
            ),
            literal_column("'null'"),
            func.iif(question_answers.c.is_correct, _true, _false),
        ).label("correct"),
    )
    .select_from(questions.outerjoin(question_answers, _is_answer))
    .where(questions.c.unit_id == units.c.id)
    .order_by(questions.c.position, questions.c.id)
    .correlate(units, enrollments)
)


def _question(question: Columns) -> Json:
    return json_object(
        id=question.id,
        text=question.text,
        type=question.type,
        weight=question.weight,
        correct=func.json(question.correct),
        answers=func.json(question.answers),
        correct_answers=func.json(question.correct_answers),
        user_answers=func.json(question.user_answers),
    )


_RESULT = Query(
    select(
        json_object(
            unit_id=units.c.id,
            unit_name=units.c.name,
            type=units.c.type,
            user_id=users.c.id,
            user_name=users.c.name + " " + users.c.surname,
            completion_status=unit_progress.c.completion_status,
            score=unit_progress.c.score,
            completed_on=unit_progress.c.completed_on,
            total_time=unit_progress.c.total_time,
            questions=json_list(_QUESTIONS, _question),
        )
    )
    .select_from(
        units.join(enrollments, enrollments.c.course_id == units.c.course_id)
        .join(users)
        .join(
            unit_progress,
            (unit_progress.c.unit_id == units.c.id)
            & (unit_progress.c.enrollment_id == enrollments.c.id),
        )
    )
    .where(
        units.c.id == bindparam("unit_id"),
        users.c.id == bindparam("user_id"),
        or_(
            unit_progress.c.completion_status != literal_column("'incomplete'"),
            exists()
            .where(
                question_answers.c.enrollment_id == enrollments.c.id,
                question_answers.c.question_id == questions.c.id,
                questions.c.unit_id == units.c.id,
            )
            .correlate(units, enrollments),
        ),
    )
)


def _seconds(moment: Expression) -> Expression:
    return cast(func.strftime(literal_column("'%s'"), moment), Integer)


_ATTENDEES = (
    select(func.count())
    .select_from(session_attendees)
    .where(session_attendees.c.session_id == sessions.c.id)
    .correlate(sessions)
    .scalar_subquery()
)
_OF_UNIT = (
    select(
        *(sessions.c[name] for name in ("id", "name", "type", "starts_at", "ends_at", "location")),
        sessions.c.capacity,
        users.c.id.label("instructor_id"),
        (users.c.name + " " + users.c.surname).label("instructor"),
        ((_seconds(sessions.c.ends_at) - _seconds(sessions.c.starts_at)) // 60).label("minutes"),
        _ATTENDEES.label("attendees"),
    )
    .select_from(sessions.outerjoin(users, users.c.id == sessions.c.instructor_id))
    .where(sessions.c.unit_id == bindparam("id"))
    .order_by(sessions.c.id)
)
_SESSIONS = Query(
    select(
        json_list(
            _OF_UNIT,
            lambda session: json_object(
                id=session.id,
                name=session.name,
                type=session.type,
                instructor=reference(session.instructor_id, session.instructor),
                starts_at=session.starts_at,
                ends_at=session.ends_at,
                duration_minutes=session.minutes,
                location=session.location,
                capacity=session.capacity,
                attendees_count=session.attendees,
            ),
        )
    )
)


@operation(
    "GET",
    "/results",
    "getResults",
    tag="Unit",
    summary="Get user's test/survey answers",
    answer=one(UnitResult, _NAMES_OURS),
    known=DOCUMENTED,
    query=(Parameter("unit_id", "query", ID), Parameter("user_id", "query", ID)),
    rules=(
        Rule("a unit that is no test and no survey is 400"),
        Rule("a user who has answered nothing yet, or is not enrolled, is 404"),
    ),
)
def get_results(transaction: Transaction, unit_id: int, user_id: int) -> orjson.Fragment:
    unit = transaction.find(UnitRow, unit_id)
    transaction.find(UserRow, user_id)
    if unit.type not in ("test", "survey"):
        raise RuleBroken(NOT_QUESTIONED)
    row = _RESULT.first(transaction, unit_id=unit_id, user_id=user_id)
    if row is None:
        raise NotFound("result")
    return orjson.Fragment(row[0])


@operation(
    "GET",
    "/units/{id}/sessions",
    "getUnitSessions",
    tag="Unit",
    summary="Get ILT unit's sessions",
    answer=array_of(UnitSession, _NAMES_OURS),
    known=DOCUMENTED,
    rules=(Rule("a unit that is no instructor-led training is 400"),),
)
def get_unit_sessions(transaction: Transaction, id: int) -> orjson.Fragment:
    unit = transaction.find(UnitRow, id)
    if unit.type != "ilt":
        raise NotFound("unit")
    return orjson.Fragment(_SESSIONS.one(transaction, id=id)[0])
