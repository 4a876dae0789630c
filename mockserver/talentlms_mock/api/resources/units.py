"""The operations of units (operations.md, 58 and 59)."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal, NamedTuple

import orjson
from pydantic import ConfigDict, Field
from sqlalchemy import bindparam, cast, func, select
from sqlalchemy.types import Integer

from talentlms_mock.api.fidelity import DOCUMENTED, INFERRED, RECORDED, Rule
from talentlms_mock.api.operation import Parameter, one, operation, page_of
from talentlms_mock.api.page import Listing, Page, PageRequest
from talentlms_mock.api.resources.progress import Completion
from talentlms_mock.api.resources.shapes import RichText, plain
from talentlms_mock.api.rows import Expression, json_object
from talentlms_mock.api.values import ID, Shape, Timestamp
from talentlms_mock.errors import NotFound, RuleBroken
from talentlms_mock.portal.contract.refusals import NOT_QUESTIONED
from talentlms_mock.portal.store.mapping import select_rows
from talentlms_mock.portal.store.models import (
    enrollments,
    question_answers,
    questions,
    sessions,
    site,
    unit_progress,
)
from talentlms_mock.portal.store.row_types import UnitProgressRow, UnitRow, UserRow
from talentlms_mock.portal.store.text import without_tags
from talentlms_mock.portal.store.transaction import Transaction


class Choice(Shape):
    """Answers to a question, in the field that belongs to its type."""

    possible: Annotated[
        list[str] | None,
        Field(description="The texts of choices, or of a free text; null where it has none."),
    ]
    pairs: Annotated[
        list[str] | None,
        INFERRED,
        Field(description="Of a type of question that the mock does not have; always null."),
    ]
    gaps: Annotated[
        list[str] | None,
        INFERRED,
        Field(description="Of a type of question that the mock does not have; always null."),
    ]


def _has_one_weight(schema: dict[str, Any]) -> None:
    for name in ("weight_percentage", "weight"):
        schema["required"].remove(name)


class AnsweredQuestion(Shape):
    """A question of a test or survey, and the user's answer."""

    model_config = ConfigDict(json_schema_extra=_has_one_weight)

    id: Annotated[int, Field(description="The question's id.")]
    type: Annotated[
        Literal["multiple_choice", "freetext"], Field(description="The type of the question.")
    ]
    text: Annotated[RichText, Field(description="The text of the question.")]
    answered: Annotated[bool, Field(description="Whether the user has answered it.")]
    correct: Annotated[
        bool | None,
        Field(description="Whether the answer is correct; null in a survey, and before a grade."),
    ]
    points_percentage: Annotated[
        float | None,
        Field(
            description="The share of the points that a free text in a test got, in percent; "
            "null before a grade, and of other questions."
        ),
    ]
    feedback: Annotated[str, Field(description="What a learner reads after the answer.")]
    answers: Annotated[
        Choice | None, Field(description="What can be chosen; null for a free text.")
    ]
    correct_answers: Annotated[
        Choice | None,
        Field(description="What is correct; null for a free text, and in a survey."),
    ]
    user_answers: Annotated[
        Choice | None, Field(description="What the user answered; null before an answer.")
    ]
    children: Annotated[
        list[str] | None, Field(description="Questions in this one; always null, as none has any.")
    ]
    weight_percentage: Annotated[
        float, Field(description="In a test: its share in the score, in percent.")
    ]
    weight: Annotated[
        int | None,
        Field(description="The weight in the score; always null in a test and a survey."),
    ]


class UnitResult(Shape):
    """A user's answers to a test or survey."""

    status: Annotated[Completion, Field(description="How far the user is in it.")]
    score: Annotated[float | None, Field(description="In percent; null in a survey.")]
    completion_date: Annotated[
        Timestamp | None, Field(description="When it was completed; null until then.")
    ]
    questions: Annotated[list[AnsweredQuestion], Field(description="The questions in order.")]
    test_abandoned: Annotated[
        bool, Field(description="Whether the user has given up the test: false, as none does.")
    ]
    maximum_score: Annotated[
        float | None, Field(description="A limit of the score; always null, as tests have none.")
    ]
    remaining_attempts: Annotated[
        int | None, Field(description="How often it can be taken again; null is any number.")
    ]
    allow_test_repetition: Annotated[
        bool, Field(description="Whether a test can be taken more than once.")
    ]
    time_for_repetition: Annotated[
        int | None,
        Field(description="A time to wait before the next; always null, as there is none."),
    ]
    statistics: Annotated[
        list[str] | None,
        Field(description="Not known; always null in what was recorded, and here."),
    ]
    instructor_message: Annotated[
        str | None,
        Field(description="What the instructor who graded it says; null where there is none."),
    ]


class UnitSession(Shape):
    """A session of instructor-led training."""

    id: Annotated[int, Field(description="The session's id.")]
    name: Annotated[str, Field(description="The name of the session.")]
    multiname: Annotated[
        str | None,
        Field(
            description="What several sessions that belong together are called; null of a "
            "session alone."
        ),
    ]
    linked_to: Annotated[
        int | None,
        Field(
            description="The id of the session that it belongs to; null where it belongs to none."
        ),
    ]
    type: Annotated[
        Literal["classroom", "webinar"],
        Field(description="Where it is: classroom is recorded, webinar is our word."),
    ]
    owner_id: Annotated[
        int | None, Field(description="The id of the user who made it; null where nobody did.")
    ]
    instructor_id: Annotated[
        int | None, Field(description="The id of the instructor; null where there is none.")
    ]
    description: Annotated[
        str | None, Field(description="What it is about; null where there is no description.")
    ]
    location: Annotated[str | None, Field(description="Where it takes place; null where unset.")]
    start_timestamp: Annotated[
        int, Field(description="When it begins, in seconds since 1970; null is at once.")
    ]
    start_date: Annotated[
        str, Field(description="The same in the portal's date format and time zone.")
    ]
    capacity: Annotated[int | None, Field(description="How many can attend it; null is any.")]
    duration_minutes: Annotated[int, Field(description="How long it is.")]


class _Question(NamedTuple):
    """A question, and a user's answer to it; without one, what belongs to that is null."""

    id: int
    type: str
    text: str
    weight: int
    feedback: str
    answers: str
    correct_answers: str
    given: str | None
    is_correct: bool | None
    points: float | None


_PROGRESS = (
    select_rows(UnitProgressRow)
    .join(enrollments, enrollments.c.id == unit_progress.c.enrollment_id)
    .where(
        unit_progress.c.unit_id == bindparam("unit_id"),
        enrollments.c.user_id == bindparam("user_id"),
    )
)
_QUESTIONS = (
    select_rows(
        _Question,
        *(questions.c[name] for name in ("id", "type", "text", "weight", "feedback", "answers")),
        questions.c.correct_answers,
        question_answers.c.answers.label("given"),
        question_answers.c.is_correct,
        question_answers.c.points,
    )
    .select_from(
        questions.outerjoin(
            question_answers,
            (question_answers.c.question_id == questions.c.id)
            & (question_answers.c.enrollment_id == bindparam("enrollment_id")),
        )
    )
    .where(questions.c.unit_id == bindparam("unit_id"))
    .order_by(questions.c.position, questions.c.id)
)


def _seconds(moment: Expression) -> Expression:
    return cast(func.strftime("%s", moment), Integer)


_SESSIONS = Listing(
    select(
        json_object(
            id=sessions.c.id,
            name=sessions.c.name,
            multiname=sessions.c.multiname,
            linked_to=sessions.c.linked_to_id,
            type=sessions.c.type,
            owner_id=sessions.c.owner_id,
            instructor_id=sessions.c.instructor_id,
            description=sessions.c.description,
            location=sessions.c.location,
            start_timestamp=_seconds(sessions.c.starts_at),
            start_date=func.local_moment(
                sessions.c.starts_at, site.c.default_timezone, site.c.date_format
            ),
            capacity=sessions.c.capacity,
            duration_minutes=(_seconds(sessions.c.ends_at) - _seconds(sessions.c.starts_at)) // 60,
        )
    ).select_from(sessions.join(site, site.c.id == 1)),
    sessions,
    sessions.c.id,
    sessions.c.unit_id == bindparam("id"),
)


@operation(
    "GET",
    "/results",
    "getResults",
    tag="Unit",
    summary="Get user's test/survey answers",
    response=one(UnitResult, RECORDED),
    known=DOCUMENTED,
    recorded=3,
    query=(Parameter("unit_id", "query", ID), Parameter("user_id", "query", ID)),
    rules=(
        Rule("a unit that is no test and no survey answers 400"),
        Rule("a user who has answered nothing yet, or is not enrolled, answers 404"),
        Rule("the vendor's servers also know other types of questions, which are not here"),
    ),
)
def get_results(transaction: Transaction, unit_id: int, user_id: int) -> dict[str, Any]:
    """Read a user's answers to a test or a survey, with the score and what was correct."""
    unit = transaction.find(UnitRow, unit_id)
    transaction.find(UserRow, user_id)
    if unit.type not in ("test", "survey"):
        raise RuleBroken(NOT_QUESTIONED)
    progress = transaction.first(_PROGRESS, unit_id=unit_id, user_id=user_id)
    if progress is None:
        raise NotFound("result")
    rows = transaction.all(_QUESTIONS, unit_id=unit_id, enrollment_id=progress.enrollment_id)
    if progress.completion_status == "incomplete" and not any(row.given for row in rows):
        raise NotFound("result")
    return _result(unit, progress, rows)


def _result(unit: UnitRow, progress: UnitProgressRow, rows: Sequence[_Question]) -> dict[str, Any]:
    most, total = unit.max_attempts, sum(row.weight for row in rows)
    is_test = unit.type == "test"
    return {
        "status": progress.completion_status,
        "score": plain(progress.score),
        "completion_date": progress.completed_on,
        "questions": [_of_test(row, total) if is_test else _of_survey(row) for row in rows],
        "test_abandoned": False,
        "maximum_score": None,
        "remaining_attempts": None if most is None else most - progress.repetitions - 1,
        "allow_test_repetition": most != 1,
        "time_for_repetition": None,
        "statistics": None,
        "instructor_message": progress.instructor_message,
    }


def _of_test(row: _Question, total: int) -> dict[str, Any]:
    is_graded = row.given is not None and (row.type != "freetext" or row.points is not None)
    question = _of_survey(row) | {
        "correct": row.is_correct if is_graded else None,
        "points_percentage": plain(row.points),
        "correct_answers": None if row.type == "freetext" else _choice(row.correct_answers),
        "weight_percentage": plain(round(100 * row.weight / total, 2)),
    }
    del question["weight"]
    return question


def _of_survey(row: _Question) -> dict[str, Any]:
    return {
        "id": row.id,
        "type": row.type,
        "text": {"html": row.text, "text": without_tags(row.text) or row.text},
        "answered": row.given is not None,
        "correct": None,
        "points_percentage": None,
        "feedback": row.feedback,
        "answers": None if row.type == "freetext" else _choice(row.answers),
        "correct_answers": None,
        "user_answers": None if row.given is None else _choice(row.given),
        "children": None,
        "weight": None,
    }


def _choice(texts: str) -> dict[str, Any]:
    """Return the answers in a JSON array."""
    return {"possible": orjson.loads(texts), "pairs": None, "gaps": None}


@operation(
    "GET",
    "/units/{id}/sessions",
    "getUnitSessions",
    tag="Unit",
    summary="Get ILT unit's sessions",
    response=page_of(UnitSession, RECORDED),
    known=DOCUMENTED,
    recorded=1,
    rules=(Rule("a unit that is no instructor-led training answers 404"),),
)
def get_unit_sessions(transaction: Transaction, id: int, page: PageRequest) -> Page:
    """List the sessions of an instructor-led unit, a page at a time."""
    unit = transaction.find(UnitRow, id)
    if unit.type != "ilt":
        raise NotFound("unit")
    return _SESSIONS.fetch(transaction, page, id=id)
