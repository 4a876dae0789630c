"""The questions of tests and surveys: a user's answers, which are right, and their score."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import orjson
from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects.sqlite import insert as upsert

from talentlms_mock.errors import InvalidValue, NotFound
from talentlms_mock.portal.store.mapping import select_rows
from talentlms_mock.portal.store.models import question_answers, questions
from talentlms_mock.portal.store.row_types import QuestionRow
from talentlms_mock.portal.store.transaction import Transaction

NO_ANSWER = "I do not know"
"""A wrong answer to a question in free text."""

NO_COMMENT = "No comment"
"""An answer to a question in free text without right answers."""


class _Given(NamedTuple):
    """The weight of a question, and whether the answer is right; None without an answer."""

    weight: int
    is_correct: bool | None


_OF_UNIT = (
    select_rows(QuestionRow)
    .where(questions.c.unit_id == bindparam("unit_id"))
    .order_by(questions.c.position, questions.c.id)
)
_GIVEN = (
    select_rows(_Given, questions.c.weight, question_answers.c.is_correct)
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
    set_={"answers": _SAVE.excluded.answers, "is_correct": _SAVE.excluded.is_correct}
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


def score(transaction: Transaction, enrollment_id: int, unit_id: int) -> float:
    """Return the share of right answers by weight, in percent; of no questions it is 100."""
    rows = _given(transaction, enrollment_id, unit_id)
    total = sum(row.weight for row in rows)
    earned = sum(row.weight for row in rows if row.is_correct)
    return round(100 * earned / total, 2) if total else 100


def delete_answers(transaction: Transaction, enrollment_id: int, unit_id: int) -> None:
    """Remove all answers to a unit's questions, for another attempt."""
    transaction.connection.execute(_DELETE, {"enrollment_id": enrollment_id, "unit": unit_id})


def answer_all(transaction: Transaction, enrollment_id: int, unit_id: int, percent: float) -> None:
    """Answer all questions of a unit, those of the largest weight right, up to a score.

    Where the weights do not add up to the score, the answers score somewhat less.
    """
    rows = sorted(of_unit(transaction, unit_id), key=lambda question: -question.weight)
    left = percent / 100 * sum(question.weight for question in rows) + 1e-9
    for question in rows:
        is_right = question.weight <= left
        left -= question.weight if is_right else 0
        _save(transaction, enrollment_id, question, _answers(question, is_right))


def _given(transaction: Transaction, enrollment_id: int, unit_id: int) -> Sequence[_Given]:
    return transaction.all(_GIVEN, enrollment_id=enrollment_id, unit_id=unit_id)


def _save(
    transaction: Transaction, enrollment_id: int, question: QuestionRow, answers: Sequence[str]
) -> None:
    transaction.connection.execute(
        _SAVE,
        {
            "enrollment_id": enrollment_id,
            "question_id": question.id,
            "answers": orjson.dumps(list(answers)).decode(),
            "is_correct": _is_correct(question, answers),
        },
    )


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
    if question.type == "free_text":
        return not {_key(answer) for answer in answers}.isdisjoint(map(_key, right))
    return set(answers) == set(right)


def _key(text: str) -> str:
    return text.strip().casefold()


def _answers(question: QuestionRow, is_right: bool) -> list[str]:
    """Return right or wrong answers to `question`, as far as it has such."""
    right: list[str] = orjson.loads(question.correct_answers)
    if question.type == "free_text":
        return [NO_COMMENT] if not right else right[:1] if is_right else [NO_ANSWER]
    offered: list[str] = orjson.loads(question.answers)
    if right and is_right:
        return right
    return [answer for answer in offered if answer not in right][:1]
