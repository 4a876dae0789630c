"""The questions of tests and surveys: a user's answers, which are right, and their score."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import orjson
from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from talentlms_mock.errors import InvalidValue, NotFound
from talentlms_mock.portal.rules.field_types import check_percent
from talentlms_mock.portal.store.mapping import select_rows
from talentlms_mock.portal.store.models import question_answers, questions
from talentlms_mock.portal.store.row_types import QuestionRow
from talentlms_mock.portal.store.transaction import Transaction

NO_ANSWER = "I do not know"
"""A wrong answer to a question in free text."""

NO_COMMENT = "No comment"
"""An answer to a question in free text without right answers."""


class _Given(NamedTuple):
    """A question, and whether the answer is right; None without an answer.

    `points` are those of a free text that has them, in percent.
    """

    type: str
    weight: int
    is_correct: bool | None
    points: float | None


_OF_UNIT = (
    select_rows(QuestionRow)
    .where(questions.c.unit_id == bindparam("unit_id"))
    .order_by(questions.c.position, questions.c.id)
)
_GIVEN = (
    select_rows(
        _Given,
        questions.c.type,
        questions.c.weight,
        question_answers.c.is_correct,
        question_answers.c.points,
    )
    .select_from(questions)
    .outerjoin(
        question_answers,
        (question_answers.c.question_id == questions.c.id)
        & (question_answers.c.enrollment_id == bindparam("enrollment_id")),
    )
    .where(questions.c.unit_id == bindparam("unit_id"))
)
_DELETE = delete(question_answers).where(
    question_answers.c.enrollment_id == bindparam("enrollment_id"),
    question_answers.c.question_id.in_(
        select(questions.c.id).where(questions.c.unit_id == bindparam("unit")).scalar_subquery()
    ),
)
_SAVE = upsert(question_answers)
_SAVE = _SAVE.on_conflict_do_update(
    set_={name: _SAVE.excluded[name] for name in ("answers", "is_correct", "points")}
)
_GRADE = update(question_answers).where(
    question_answers.c.enrollment_id == bindparam("enrollment"),
    question_answers.c.question_id == bindparam("question"),
)


def of_unit(transaction: Transaction, unit_id: int) -> Sequence[QuestionRow]:
    """Return the questions of a unit in their order."""
    return transaction.all(_OF_UNIT, unit_id=unit_id)


def save_answers(
    transaction: Transaction, enrollment_id: int, unit_id: int, given: Mapping[int, Sequence[str]]
) -> None:
    """Save answers to questions of a unit, by the questions' ids; they replace earlier ones.

    Raises:
        InvalidValue: the question does not offer an answer.
        NotFound: there is no such question in the unit.
    """
    asked = {question.id: question for question in of_unit(transaction, unit_id)}
    for id, answers in given.items():
        if id not in asked:
            raise NotFound("question", at="answers")
        _check(asked[id], answers)
        _save(transaction, enrollment_id, asked[id], answers)


def is_complete(transaction: Transaction, enrollment_id: int, unit_id: int) -> bool:
    """Return whether every question of the unit is answered."""
    return all(row.is_correct is not None for row in _given(transaction, enrollment_id, unit_id))


def is_waiting(transaction: Transaction, enrollment_id: int, unit_id: int) -> bool:
    """Return whether an answer to a test's question waits for an instructor's points."""
    return any(
        row.type == "freetext" and row.is_correct is not None and row.points is None
        for row in _given(transaction, enrollment_id, unit_id)
    )


def score(transaction: Transaction, enrollment_id: int, unit_id: int) -> float:
    """Return the share of right answers by weight, in percent; of no questions it is 100."""
    rows = _given(transaction, enrollment_id, unit_id)
    total = sum(row.weight for row in rows)
    earned = sum(row.weight * _percent(row) for row in rows)
    return round(earned / total, 2) if total else 100


def _percent(given: _Given) -> float:
    return 100 * bool(given.is_correct) if given.points is None else given.points


def grade(
    transaction: Transaction, enrollment_id: int, unit_id: int, points: Mapping[int, float]
) -> None:
    """Give points, in percent, to answers in free text, by the ids of the questions.

    Raises:
        InvalidValue: the question is not in free text, or the points are not from 0 to 100.
        NotFound: there is no such question in the unit.
    """
    asked = {question.id: question for question in of_unit(transaction, unit_id)}
    for id, percent in points.items():
        if id not in asked:
            raise NotFound("question")
        if asked[id].type != "freetext":
            raise InvalidValue(f"{asked[id].text!r} is not in free text", at="points")
        check_percent("points", percent)
        graded = _GRADE.values(points=percent, is_correct=percent == 100)
        of_answer = {"enrollment": enrollment_id, "question": id}
        transaction.connection.execute(graded, of_answer)


def delete_answers(transaction: Transaction, enrollment_id: int, unit_id: int) -> None:
    """Remove all answers to a unit's questions, for another attempt."""
    transaction.execute(_DELETE, enrollment_id=enrollment_id, unit=unit_id)


def answer_all(
    transaction: Transaction, enrollment_id: int, unit_id: int, percent: float | None
) -> None:
    """Answer all questions of a unit, those of the largest weight right, up to a score.

    Free texts that an instructor grades come last, and get what is missing. Where the weights do
    not add up to the score, the answers score somewhat less. A survey has none.
    """
    rows = sorted(of_unit(transaction, unit_id), key=lambda each: (is_graded(each), -each.weight))
    left = (percent or 0) / 100 * sum(question.weight for question in rows) + 1e-9
    for question in rows:
        is_right = question.weight <= left
        points = None
        if percent is not None and is_graded(question):
            points = min(100, round(100 * left / question.weight, 2))
        left -= min(left, question.weight) if is_right or points is not None else 0
        _save(transaction, enrollment_id, question, answers_to(question, is_right), points)


def _given(transaction: Transaction, enrollment_id: int, unit_id: int) -> Sequence[_Given]:
    return transaction.all(_GIVEN, enrollment_id=enrollment_id, unit_id=unit_id)


def _save(
    transaction: Transaction,
    enrollment_id: int,
    question: QuestionRow,
    answers: Sequence[str],
    points: float | None = None,
) -> None:
    is_correct = _is_correct(question, answers) if points is None else points == 100
    if points is None and question.type == "freetext" and not is_graded(question):
        points = 100 * is_correct
    transaction.connection.execute(
        _SAVE,
        {
            "enrollment_id": enrollment_id,
            "question_id": question.id,
            "answers": orjson.dumps(list(answers)).decode(),
            "is_correct": is_correct,
            "points": points,
        },
    )


def is_graded(question: QuestionRow) -> bool:
    """Return whether an instructor says what an answer to a test's question is worth."""
    return question.type == "freetext" and not orjson.loads(question.correct_answers)


def _check(question: QuestionRow, answers: Sequence[str]) -> None:
    offered = orjson.loads(question.answers)
    for answer in answers:
        if question.type == "multiple_choice" and answer not in offered:
            raise InvalidValue(
                f"{question.text!r} has no answer {answer!r} (there are {', '.join(offered)})",
                "answers",
            )


def _is_correct(question: QuestionRow, answers: Sequence[str]) -> bool:
    right = orjson.loads(question.correct_answers)
    if not right:
        return True
    if question.type == "freetext":
        return not {_key(answer) for answer in answers}.isdisjoint(map(_key, right))
    return set(answers) == set(right)


def _key(text: str) -> str:
    return text.strip().casefold()


def answers_to(question: QuestionRow, is_right: bool) -> list[str]:
    """Return right or wrong answers to `question`, as far as it has such."""
    right: list[str] = orjson.loads(question.correct_answers)
    if question.type == "freetext":
        return [NO_COMMENT] if not right else right[:1] if is_right else [NO_ANSWER]
    offered: list[str] = orjson.loads(question.answers)
    if right and is_right:
        return right
    return [answer for answer in offered if answer not in right][:1]
