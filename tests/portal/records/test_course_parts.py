"""Units, questions and sessions as a test author writes them."""

from datetime import UTC, datetime
from typing import Any

import pytest

from talentlms_mock import InvalidValue, NotFound, Portal, Question, Session, Unit


def test_units_of_every_type_in_their_order(empty: Portal) -> None:
    course = empty.add_course(
        "Safety",
        units=[
            "Read this",
            Unit("Watch this", "video"),
            Unit.test("Quiz", [Question("2 + 2?", ["3", "4"], correct="4")], pass_score=50),
            Unit.survey("Opinion"),
            {"name": "Essay", "type": "assignment"},
            Unit(name="Package", type="scorm"),
            Unit.ilt("Workshop"),
        ],
    )
    assert [(unit.name, unit.type, unit.position) for unit in course.units] == [
        ("Read this", "content", 1),
        ("Watch this", "video", 2),
        ("Quiz", "test", 3),
        ("Opinion", "survey", 4),
        ("Essay", "assignment", 5),
        ("Package", "scorm", 6),
        ("Workshop", "ilt", 7),
    ]
    assert [unit.pass_score for unit in course.units] == [None, None, 50, None, None, None, None]


def test_questions_with_one_and_several_correct_answers(empty: Portal) -> None:
    asked = [
        Question("Which are even?", ["1", "2", "4"], correct=["2", "4"], weight=3),
        Question("Why?", ["Because"], correct="Because", type="freetext"),
        {"text": "Sure?", "answers": ["Yes", "No"], "correct": ["Yes"]},
    ]
    unit = empty.add_course(
        "Sums", units=[{"name": "Quiz", "type": "test", "questions": asked}]
    ).unit("Quiz")
    assert [
        (item.text, item.type, item.weight, item.position, item.answers, item.correct_answers)
        for item in unit.questions
    ] == [
        ("Which are even?", "multiple_choice", 3, 1, ("1", "2", "4"), ("2", "4")),
        ("Why?", "freetext", 1, 2, ("Because",), ("Because",)),
        ("Sure?", "multiple_choice", 1, 3, ("Yes", "No"), ("Yes",)),
    ]


def test_a_question_of_a_survey_may_be_its_text(empty: Portal) -> None:
    survey = {"name": "Opinion", "type": "survey", "questions": ["Did you like it?"]}
    unit = empty.add_course("Sums", units=survey).unit("Opinion")
    assert unit.questions.get("Did you like it?").answers == ("Yes", "No")


def test_a_test_without_questions_has_one_and_can_be_passed(empty: Portal) -> None:
    course = empty.add_course("Sums", units=[Unit.test("Quiz")])
    empty.add_user("ada", courses=[course])
    empty.learner("ada").answer("Quiz", {"Have you understood everything?": "Yes"})
    assert empty.enrollments.get(user="ada").completion_status == "completed"


def test_sessions_with_their_instructors(empty: Portal) -> None:
    ada = empty.add_user("ada", user_type="Trainer-Type")
    sessions = [
        Session("Monday", "2025-06-02T09:00", instructor="ada", location="Room 1", capacity=12),
        Session("Tuesday", datetime(2025, 6, 3, 9, tzinfo=UTC), 90, "webinar", instructor=ada),
        {"name": "Friday", "starts_at": "2025-06-06"},
    ]
    workshop = {"name": "Workshop", "type": "ilt", "sessions": sessions}
    unit = empty.add_course("Safety", units=[workshop]).unit("Workshop")
    monday, tuesday, friday = unit.sessions
    assert (monday.starts_at.hour, monday.ends_at.hour, monday.instructor_id) == (9, 10, 1)
    assert (monday.location, monday.capacity, monday.type) == ("Room 1", 12, "classroom")
    assert (tuesday.ends_at.minute, tuesday.instructor_id, tuesday.type) == (30, 1, "webinar")
    assert (friday.instructor_id, friday.location) == (None, None)


@pytest.mark.parametrize(
    ("unit", "message"),
    [
        ("", "units[1].name must not be empty"),
        ("x" * 192, "units[1].name must have at most 191 characters"),
        (5, "units[1] must be a Unit"),
        ({"nam": "Quiz"}, "units[1] has no 'nam' (did you mean 'name'?)"),
        ({"type": "video"}, "units[1].name is required"),
        (
            {"name": "A", "type": "tst"},
            "units[1].type must be 'content', 'video', 'test', 'survey', 'assignment', 'scorm' or "
            "'ilt'",
        ),
        ({"name": "A", "pass_score": 101}, "units[1].pass_score must be at most 100"),
        (
            Unit("Quiz", "test"),
            "units[1] must have questions if it is a test or a survey, and none otherwise",
        ),
        (
            Unit("Read", questions=[Question("Why?")]),
            "units[1] must have questions if it is a test or a survey, and none otherwise",
        ),
        (
            Unit("Read", sessions=[Session("Monday", "2025-06-02")]),
            "units[1] must be of the type ilt to have sessions",
        ),
        (
            Unit.test("Quiz", [Question("Why?", ["A"], correct="B")]),
            "units[1] has a correct answer 'B' that is none of the answers",
        ),
        (
            Unit.test("Quiz", [Question("Why?")]),
            "units[1] has no correct answer to the question 'Why?'",
        ),
        (
            Unit.test("Quiz", [Question("")]),
            "units[1].questions[0].text must not be empty",
        ),
        (
            Unit.test("Quiz", [Question("Why?", weight=0)]),
            "units[1].questions[0].weight must be at least 1",
        ),
        (
            Unit.ilt("W", [Session("Monday", "soon")]),
            "units[1].sessions[0].starts_at must be a date and time in ISO 8601",
        ),
        (
            {"name": "W", "type": "ilt", "sessions": ["Monday"]},
            "units[1].sessions[0] must be a Session",
        ),
        (
            {"name": "W", "type": "ilt", "sessions": [{"name": "Monday"}]},
            "units[1].sessions[0].starts_at is required",
        ),
        (
            {"name": "Q", "type": "test", "questions": [{"answers": ["A"]}]},
            "units[1].questions[0].text is required",
        ),
    ],
    ids=range(18),
)
def test_a_unit_that_cannot_be_is_refused_by_its_place(
    unit: Any, message: str, empty: Portal
) -> None:
    with pytest.raises(InvalidValue) as refused:
        empty.add_course("Safety", units=["Read", unit])
    assert str(refused.value) == message
    assert len(empty.courses) == len(empty.units) == 0


def test_an_instructor_that_does_not_exist(empty: Portal) -> None:
    for instructor in ("zoe", 9):
        session = Session("Monday", "2025-06-02", instructor=instructor)
        with pytest.raises(NotFound, match="User not found"):
            empty.add_course("Safety", units=[Unit.ilt("Workshop", [session])])
    assert len(empty.courses) == 0
