"""The units of courses, as far as responses name them, with their sessions and questions."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from talentlms_mock.portal.rules.progress import SCORED_UNITS
from talentlms_mock.portal.state.clock import timestamp
from talentlms_mock.portal.store.row_types import QuestionRow, SessionRow, UnitRow
from talentlms_mock.verify.importing import reads
from talentlms_mock.verify.importing.making.source import Record, Source
from talentlms_mock.verify.importing.stages import Ask, awaits_answers, known_units

_BY_EVENT = {
    "unitprogress_test_completion": "test",
    "unitprogress_test_failed": "test",
    "unitprogress_survey_completion": "survey",
    "unitprogress_assignment_answered": "assignment",
    "unitprogress_assignment_graded": "assignment",
    "unitprogress_ilt_graded": "ilt",
}
_MOST_WEIGHT = 1_000
_PLACEHOLDER = "Other units"


@dataclass
class Unit:
    """What is known of a unit.

    Args:
        course: its id.
        name: "" where nothing names it.
        type: "" where nothing says it.
        position: in the course.
        questions: of a test or a survey, by id.
        most: attempts at a test; None is any number.
    """

    course: int
    name: str = ""
    type: str = ""
    position: int = 0
    questions: dict[int, Record] = field(default_factory=dict)
    most: int | None = None


def add_units(source: Source) -> dict[int, Unit]:
    """Add the units, their sessions and their questions, and return what is known of them."""
    units = {
        id: Unit(course)
        for id, course in sorted(known_units(source.kept).items())
        if course in source.known["course"]
    }
    source.known["unit"] = set(units)
    _learn_names(source, units)
    _learn_answers(source, units)
    _learn_types(source, units)
    rules = {id: _Rules(record) for id, record in source.records["course"].items()}
    _set_positions(units, rules)
    for id, unit in units.items():
        _add_unit(source, id, unit, rules[unit.course])
    _add_placeholders(source, units, rules)
    _add_sessions(source, units)
    return units


class _Rules:
    """Which units complete a course, and which count for its score; None is all of them."""

    def __init__(self, course: Record) -> None:
        rules = course.get("rules") or {}
        self.required = _listed(rules.get("completion"), "complete_units")
        self.scored = _listed(rules.get("score_calculation"), "score_units")


def _listed(rules: Any, name: str) -> list[int] | None:
    return next((rule[name] for rule in rules or () if rule.get(name) is not None), None)


def _learn_names(source: Source, units: Mapping[int, Unit]) -> None:
    """Take names and types from the timeline, the last name of each."""
    events = sorted(source.read(reads.TIMELINE), key=lambda one: one[2].get("created_at") or "")
    for _, _, event in events:
        found = (event.get("extra") or {}).get("unit") or {}
        unit = units.get(found.get("id") or 0)
        if unit is not None:
            unit.name = found.get("name") or unit.name
            unit.type = _BY_EVENT.get(event.get("event_type") or "", unit.type)


def _learn_answers(source: Source, units: Mapping[int, Unit]) -> None:
    """Take questions from the answers to tests and surveys."""
    progress = {ids: row for ids, _, row in source.read(reads.UNIT_PROGRESS)}
    for (id, user), _, row in source.read(reads.RESULTS):
        unit = units.get(id)
        if unit is None:
            continue
        questions = [each for each in row.get("questions") or () if each.get("id")]
        for each in questions:
            unit.questions.setdefault(each["id"], each)
        if not unit.type:
            is_test = any(each.get("weight_percentage") is not None for each in questions)
            unit.type = "test" if is_test else "survey"
        remaining = row.get("remaining_attempts")
        if remaining is not None:
            done = progress.get((id, user), {}).get("repetitions") or 0
            unit.most = remaining + done + 1
        elif row.get("allow_test_repetition") is False:
            unit.most = 1


def _learn_types(source: Source, units: Mapping[int, Unit]) -> None:
    """Take types from sessions and from what users did."""
    shown: dict[int, list[Record]] = {}
    for (id, _), _, row in source.read(reads.UNIT_PROGRESS):
        shown.setdefault(id, []).append(row)
    for id, unit in units.items():
        if source.kept.pages(Ask(reads.SESSIONS, (id,)).target()):
            unit.type = "ilt"
        elif not unit.type and source.kept.fact(awaits_answers(id)):
            unit.type = _type_of(shown.get(id, []), otherwise="survey")
        unit.type = unit.type or _type_of(shown.get(id, []))


def _type_of(progress: list[Record], otherwise: str = "content") -> str:
    if any(row.get("submission") or row.get("grade_date") for row in progress):
        return "assignment"
    if any(row.get("repetitions") is not None for row in progress):
        return "test"
    return "scorm" if any(row.get("score") is not None for row in progress) else otherwise


def _set_positions(units: Mapping[int, Unit], rules: Mapping[int, _Rules]) -> None:
    """Number the units of each course by their ids, but those in a rule in its order."""
    courses: dict[int, list[int]] = {}
    for id, unit in units.items():
        courses.setdefault(unit.course, []).append(id)
    for course, ids in courses.items():
        for listed in (rules[course].scored, rules[course].required):
            own = [id for id in listed or () if id in ids]
            places = sorted(ids.index(id) for id in own)
            for place, id in zip(places, own, strict=True):
                ids[place] = id
        for position, id in enumerate(ids, 1):
            units[id].position = position


def _add_unit(source: Source, id: int, unit: Unit, rules: _Rules) -> None:
    if rules.scored is not None and id in rules.scored and unit.type not in SCORED_UNITS:
        unit.type = "scorm"
    known = source.known["question"]
    questions = [row for row in _questions(id, unit) if row.id not in known]
    if unit.type in ("test", "survey") and not questions:
        source.notes.add("units.questions", "not known of a test or a survey")
    source.rows.add(
        UnitRow(
            id=id,
            course_id=unit.course,
            name=unit.name or f"Unit {unit.position}",
            type=unit.type,
            position=unit.position,
            pass_score=None,
            max_attempts=unit.most,
            is_required=rules.required is None or id in rules.required,
            counts_for_score=rules.scored is None or id in rules.scored,
        )
    )
    for row in questions:
        source.rows.add(row)
        known.add(row.id)


def _questions(unit_id: int, unit: Unit) -> Iterator[QuestionRow]:
    weights = _weights([each.get("weight_percentage") for each in unit.questions.values()])
    for position, (id, each) in enumerate(unit.questions.items(), 1):
        yield QuestionRow(
            id=id,
            unit_id=unit_id,
            text=(each.get("text") or {}).get("html") or f"Question {id}",
            type=each.get("type") or "multiple_choice",
            weight=weights[position - 1],
            position=position,
            answers=_texts(each.get("answers")),
            correct_answers=_texts(each.get("correct_answers")),
            feedback=each.get("feedback") or "",
        )


def _texts(choice: Any) -> str:
    return orjson.dumps((choice or {}).get("possible") or []).decode()


def _weights(percentages: list[float | None]) -> list[int]:
    """Return the smallest whole weights whose shares are these, in percent."""
    known = [each for each in percentages if each is not None]
    if len(known) == len(percentages):
        for total in range(1, _MOST_WEIGHT):
            weights = [round(share * total / 100) for share in known]
            shares = [round(100 * weight / total, 2) for weight in weights]
            if sum(weights) == total and shares == known:
                return weights
    return [1] * len(percentages)


def _add_placeholders(
    source: Source, units: Mapping[int, Unit], rules: Mapping[int, _Rules]
) -> None:
    """Add a unit to each course that has others than those that its rules name, and none is known.

    Without it the rule would be about all units.
    """
    next_id = max(units, default=0)
    for course, rule in rules.items():
        own = [(id, unit) for id, unit in units.items() if unit.course == course]
        is_missing = any(
            listed is not None and not any(id not in listed for id, unit in of_kind)
            for listed, of_kind in (
                (rule.required, own),
                (rule.scored, [(id, unit) for id, unit in own if unit.type in SCORED_UNITS]),
            )
        )
        if is_missing:
            next_id += 1
            source.notes.add("units", "not named by any response, one stands for all of a course")
            source.rows.add(
                UnitRow(
                    id=next_id,
                    course_id=course,
                    name=_PLACEHOLDER,
                    type="scorm",
                    position=len(own) + 1,
                    pass_score=None,
                    max_attempts=None,
                    is_required=rule.required is None,
                    counts_for_score=rule.scored is None,
                )
            )


def _add_sessions(source: Source, units: Mapping[int, Unit]) -> None:
    found = [(ids[0], id, row) for ids, id, row in source.read(reads.SESSIONS) if ids[0] in units]
    source.known["session"] = {id for _, id, _ in found}
    for unit, id, row in {id: (unit, id, row) for unit, id, row in found}.values():
        start = datetime.fromtimestamp(row.get("start_timestamp") or 0, UTC)
        minutes = timedelta(minutes=row.get("duration_minutes") or 0)
        source.rows.add(
            SessionRow(
                id=id,
                unit_id=unit,
                name=source.require(row, "name", f"Session {id}", "sessions"),
                type=source.require(row, "type", "classroom", "sessions"),
                owner_id=source.refer("user", row.get("owner_id"), "sessions.owner_id"),
                instructor_id=source.refer(
                    "user", row.get("instructor_id"), "sessions.instructor_id"
                ),
                description=row.get("description"),
                multiname=row.get("multiname"),
                linked_to_id=source.refer("session", row.get("linked_to"), "sessions.linked_to"),
                starts_at=timestamp(start),
                ends_at=timestamp(start + minutes),
                location=row.get("location"),
                capacity=row.get("capacity"),
            )
        )
