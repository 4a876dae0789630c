"""The questions of tests and surveys: what a user answered, what is right, and what it scores."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects.sqlite import insert as upsert

from talentlms_mock.errors import InvalidValue, NotFound
from talentlms_mock.portal.store.models import question_answers, questions
from talentlms_mock.portal.store.transaction import Transaction

NO_ANSWER = "I do not know"
"""What a user writes who knows no right answer to a question in free text."""

NO_COMMENT = "No comment"
"""What a user writes where no answer is right or wrong."""

_OF_UNIT = (
    select(questions)
    .where(questions.c.unit_id == bindparam("unit_id"))
    .order_by(questions.c.position, questions.c.id)
)
_GIVEN = (
    select(questions.c.weight, question_answers.c.is_correct)
    .select_from(questions)
    .outerjoin(
        question_answers,
        (question_answers.c.question_id == questions.c.id)
        & (question_answers.c.enrollment_id == bindparam("enrollment_id")),
    )
    .where(questions.c.unit_id == bindparam("unit_id"))
)
_FORGET = delete(question_answers).where(
    question_answers.c.enrollment_id == bindparam("enrollment_id"),
    question_answers.c.question_id.in_(
        select(questions.c.id).where(questions.c.unit_id == bindparam("unit")).scalar_subquery()
    ),
)
_SAVE = upsert(question_answers)
_SAVE = _SAVE.on_conflict_do_update(
    set_={"answers": _SAVE.excluded.answers, "is_correct": _SAVE.excluded.is_correct}
)


def of_unit(transaction: Transaction, unit_id: int) -> Sequence[Any]:
    """Return the questions of a unit (their rows) in their order."""
    return transaction.connection.execute(_OF_UNIT, {"unit_id": unit_id}).all()


def give(
    transaction: Transaction, enrollment_id: int, unit_id: int, given: Mapping[int, Sequence[str]]
) -> None:
    """Keep answers to questions of a unit, by the questions' ids; later ones replace earlier ones.

    Raises:
        InvalidValue: an answer is none that the question offers.
        NotFound: there is no such question in the unit.
    """
    known = {question.id: question for question in of_unit(transaction, unit_id)}
    for id, answers in given.items():
        if id not in known:
            raise NotFound("question", at="answers")
        _check(known[id], answers)
        _save(transaction, enrollment_id, known[id], answers)


def is_whole(transaction: Transaction, enrollment_id: int, unit_id: int) -> bool:
    """Return whether every question of the unit is answered."""
    return all(row.is_correct is not None for row in _given(transaction, enrollment_id, unit_id))


def score(transaction: Transaction, enrollment_id: int, unit_id: int) -> float:
    """Return the share of right answers by weight, in percent; of no questions it is 100."""
    rows = _given(transaction, enrollment_id, unit_id)
    total = sum(row.weight for row in rows)
    earned = sum(row.weight for row in rows if row.is_correct)
    return round(100 * earned / total, 2) if total else 100


def forget(transaction: Transaction, enrollment_id: int, unit_id: int) -> None:
    """Remove all answers to a unit's questions, for another attempt."""
    transaction.connection.execute(_FORGET, {"enrollment_id": enrollment_id, "unit": unit_id})


def make_up(transaction: Transaction, enrollment_id: int, unit_id: int, percent: float) -> None:
    """Answer all questions of a unit, the weightiest ones right, up to a score.

    Where the weights do not add up to it, the answers score somewhat less.
    """
    rows = sorted(of_unit(transaction, unit_id), key=lambda question: -question.weight)
    left = percent / 100 * sum(question.weight for question in rows) + 1e-9
    for question in rows:
        is_right = question.weight <= left
        left -= question.weight if is_right else 0
        _save(transaction, enrollment_id, question, _answers(question, is_right))


def _given(transaction: Transaction, enrollment_id: int, unit_id: int) -> Sequence[Any]:
    both = {"enrollment_id": enrollment_id, "unit_id": unit_id}
    return transaction.connection.execute(_GIVEN, both).all()


def _save(
    transaction: Transaction, enrollment_id: int, question: Any, answers: Sequence[str]
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


def _check(question: Any, answers: Sequence[str]) -> None:
    offered = orjson.loads(question.answers)
    for answer in answers:
        if question.type == "multiple_choice" and answer not in offered:
            raise InvalidValue(
                f"{question.text!r} has no answer {answer!r} (there are {', '.join(offered)})",
                "answers",
            )


def _is_correct(question: Any, answers: Sequence[str]) -> bool:
    right = orjson.loads(question.correct_answers)
    if not right:
        return True
    if question.type == "free_text":
        return not {_key(answer) for answer in answers}.isdisjoint(map(_key, right))
    return set(answers) == set(right)


def _key(text: str) -> str:
    return text.strip().casefold()


def _answers(question: Any, is_right: bool) -> list[str]:
    """Return answers of the kind that is asked for, where there are such."""
    right: list[str] = orjson.loads(question.correct_answers)
    if question.type == "free_text":
        return [NO_COMMENT] if not right else right[:1] if is_right else [NO_ANSWER]
    offered: list[str] = orjson.loads(question.answers)
    if right and is_right:
        return right
    return [answer for answer in offered if answer not in right][:1]
