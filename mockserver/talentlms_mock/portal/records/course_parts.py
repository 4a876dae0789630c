"""What a new course is made of, as a test author writes it: units, questions and sessions.

portal.add_course(
    "Safety",
    units=[
        "Read this",
        Unit.test("Quiz", questions=[Question("2 + 2?", ["3", "4"], correct="4")]),
        Unit.ilt("Workshop", sessions=[Session("Monday", "2025-06-02T09:00:00Z")]),
    ],
)
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Annotated, Any, ClassVar

import orjson
from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, SkipValidation, TypeAdapter
from typing_extensions import TypedDict

from talentlms_mock.errors import (
    InvalidValue,
    about,
    below,
    place_of,
)
from talentlms_mock.portal.contract.suggest import suggest
from talentlms_mock.portal.records.record import QuestionType, SessionType, UnitType
from talentlms_mock.portal.records.records import User
from talentlms_mock.portal.records.sources import source
from talentlms_mock.portal.rules.field_types import (
    LARGEST_INTEGER,
    Count,
    Text,
    WrittenMoment,
    checked,
)
from talentlms_mock.portal.state.clock import parse_moment, timestamp
from talentlms_mock.portal.store.models import questions, sessions, units
from talentlms_mock.portal.store.transaction import Transaction

Positive = Annotated[int, Field(ge=1, le=LARGEST_INTEGER)]

_STRICT = ConfigDict(strict=True, revalidate_instances="always", arbitrary_types_allowed=True)


def _texts(value: object) -> object:
    if isinstance(value, str):
        return (value,)
    return tuple(value) if isinstance(value, Iterable) else value


Texts = Annotated[Sequence[Text], BeforeValidator(_texts)]


@dataclass(frozen=True)
class Question:
    """A question of a test or a survey.

    Args:
        text: the question.
        answers: the choices; for a free text, samples.
        correct: the correct ones, one or several; a survey has none. A test with a free text
            that has none waits until an instructor grades the answer.
        type: multiple_choice or freetext.
        weight: its weight in the score of the test.
        feedback: what the learner reads once it is answered.
    """

    text: Text
    answers: Texts = ("Yes", "No")
    correct: Texts = ()
    type: QuestionType = "multiple_choice"
    weight: Positive = 1
    feedback: str = ""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT


@dataclass(frozen=True)
class Session:
    """A session of an instructor-led unit.

    Args:
        name: of the session.
        starts_at: a datetime, or ISO 8601.
        minutes: its length.
        type: classroom or webinar.
        instructor: a user: its id, its login, or the user itself.
        owner: the user who made it, given in the same way; None is the instructor.
        description: of the session.
        multiname: what several sessions that belong together are called.
        linked_to: the name of an earlier session of the unit that it belongs to.
        location: where it is.
        capacity: the number of users who may book it; None is any number.
    """

    name: Text
    starts_at: WrittenMoment
    minutes: Positive = 60
    type: SessionType = "classroom"
    instructor: Annotated[int | str | User | None, SkipValidation] = None
    owner: Annotated[int | str | User | None, SkipValidation] = None
    description: str | None = None
    multiname: Text | None = None
    linked_to: Text | None = None
    location: Text | None = None
    capacity: Count | None = None

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT


@dataclass(frozen=True)
class Unit:
    """A unit of a course.

    Args:
        name: of the unit.
        type: content, video, test, survey, assignment, scorm or ilt.
        pass_score: the percentage needed to pass a test.
        questions: of a test or a survey.
        sessions: of an instructor-led unit.
        max_attempts: how often a test may be taken; None is any number.
        is_required: whether the course is completed only with it.
        counts_for_score: whether its score is part of the score of the course.
    """

    name: Text
    type: UnitType = "content"
    pass_score: Annotated[int, Field(ge=0, le=100)] | None = None
    questions: Sequence[Question] = ()
    sessions: Sequence[Session] = ()
    max_attempts: Positive | None = None
    is_required: bool = True
    counts_for_score: bool = True

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    @classmethod
    def test(
        cls,
        name: str,
        questions: Sequence[Question] = (),
        *,
        pass_score: int | None = None,
        max_attempts: int | None = None,
    ) -> "Unit":
        """Return a test; without questions it has one, to be answered with yes."""
        asked = questions or (Question("Have you understood everything?", correct="Yes"),)
        return cls(name, "test", pass_score, asked, max_attempts=max_attempts)

    @classmethod
    def survey(cls, name: str, questions: Sequence[Question] = ()) -> "Unit":
        """Return a survey; without questions it has one, to be answered with yes or no."""
        return cls(name, "survey", questions=questions or (Question("Did you like it?"),))

    @classmethod
    def ilt(cls, name: str, sessions: Sequence[Session] = ()) -> "Unit":
        """Return a unit of instructor-led training."""
        return cls(name, "ilt", sessions=sessions)


UnitLike = str | Unit | Mapping[str, Any]
"""A unit; a name alone is a unit of content."""


def _fits_its_type(unit: Unit) -> Unit:
    if (unit.type in ("test", "survey")) != bool(unit.questions):
        raise ValueError("must have questions if it is a test or a survey, and none otherwise")
    if unit.sessions and unit.type != "ilt":
        raise ValueError("must be of the type ilt to have sessions")
    for question in unit.questions:
        wrong = [answer for answer in question.correct if answer not in question.answers]
        if wrong:
            raise ValueError(f"has a correct answer {wrong[0]!r} that is none of the answers")
        if unit.type == "test" and question.type != "freetext" and not question.correct:
            raise ValueError(f"has no correct answer to the question {question.text!r}")
    return unit


class _Units(TypedDict):
    units: list[Annotated[Unit, AfterValidator(_fits_its_type)]]


@cache
def _units() -> TypeAdapter[Any]:
    # Made when it is first used, which saves the start of the mock some milliseconds.
    return TypeAdapter(_Units)


def as_units(items: Iterable[UnitLike]) -> list[Unit]:
    """Return each of `items` as a Unit whose values have been checked.

    Raises:
        InvalidValue: one of them is not a unit, or has an invalid value.
    """
    made = [_as(Unit, item, ("units", at)) for at, item in enumerate(items)]
    valid: list[Unit] = checked(_units(), {"units": made})["units"]
    return valid


_PARTS: dict[str, Any] = {"questions": Question, "sessions": Session}


def _as(kind: Any, item: object, path: tuple[int | str, ...]) -> Any:
    if isinstance(item, str) and kind is not Session:
        return kind(item)
    if not isinstance(item, Mapping):
        return item
    known, words = list(kind.__dataclass_fields__), ".".join(map(str, path))
    for name in item:
        if name not in known:
            raise InvalidValue(
                f"{words} has no {name!r}{suggest(str(name), known)}", place_of(*path, str(name))
            )
    for name in ("text", "name", "starts_at"):
        if name in known and name not in item:
            raise InvalidValue(f"{words}.{name} is required", place_of(*path, name))
    parts = {
        name: [_as(part, each, (*path, name, at)) for at, each in enumerate(item[name])]
        for name, part in _PARTS.items()
        if name in item
    }
    return kind(**{**item, **parts})


def add_unit(transaction: Transaction, course_id: int, position: int, unit: Unit) -> int:
    """Add a unit, one that `as_units` returned, to a course, and return its id.

    Raises:
        InvalidValue, NotFound: a session's instructor or owner does not exist, or what it is
            linked to.
    """
    id = transaction.insert(
        units,
        {
            "course_id": course_id,
            "name": unit.name,
            "type": unit.type,
            "position": position,
            "pass_score": unit.pass_score,
            "max_attempts": unit.max_attempts,
            "is_required": unit.is_required,
            "counts_for_score": unit.counts_for_score,
        },
    )
    for at, question in enumerate(unit.questions, 1):
        transaction.insert(questions, _question(question) | {"unit_id": id, "position": at})
    linkable: dict[str | None, int | None] = {None: None}
    for number, each in enumerate(unit.sessions):
        with below("units", position - 1, "sessions", number):
            row = _session(transaction, each, linkable)
        linkable[each.name] = transaction.insert(sessions, row | {"unit_id": id})
    return id


def _question(question: Question) -> dict[str, object]:
    return {
        "text": question.text,
        "type": question.type,
        "weight": question.weight,
        "answers": orjson.dumps(question.answers).decode(),
        "correct_answers": orjson.dumps(question.correct).decode(),
        "feedback": question.feedback,
    }


def _session(
    transaction: Transaction, each: Session, linkable: Mapping[str | None, int | None]
) -> dict[str, object]:
    """Return the columns of a session; `linkable` has the ids of those before it by their names."""
    assert isinstance(each.starts_at, str)
    with about("instructor"):
        instructor = _user(transaction, each.instructor)
    with about("owner"):
        owner = instructor if each.owner is None else _user(transaction, each.owner)
    if each.linked_to not in linkable:
        problem = f"There is no session {each.linked_to!r} before it in the unit"
        raise InvalidValue(problem, at="linked_to")
    return {
        "name": each.name,
        "type": each.type,
        "owner_id": owner,
        "instructor_id": instructor,
        "description": each.description,
        "multiname": each.multiname,
        "linked_to_id": linkable[each.linked_to],
        "starts_at": each.starts_at,
        "ends_at": timestamp(parse_moment(each.starts_at) + timedelta(minutes=each.minutes)),
        "location": each.location,
        "capacity": each.capacity,
    }


def _user(transaction: Transaction, which: int | str | User | None) -> int | None:
    return None if which is None else source(User).existing(transaction, which)
