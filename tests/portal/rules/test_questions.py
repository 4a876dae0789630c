"""Free texts in tests, which an instructor grades."""

from typing import Any

import pytest

from talentlms_mock import (
    InvalidValue,
    Learner,
    MockError,
    NotFound,
    Portal,
    Question,
    RuleBroken,
    Unit,
)

LINE = Question("Write a line", type="freetext")
VERSE = Question("Write a verse", type="freetext", weight=3)
VOWEL = Question("Vowel?", ["A", "B"], correct="A")
CAPITAL = Question("Capital of France?", ["Paris"], correct="Paris", type="freetext")


@pytest.fixture
def ada(empty: Portal) -> Learner:
    unit = Unit.test("Essay", [VOWEL, CAPITAL, LINE, VERSE], pass_score=60)
    empty.add_course("Letters", units=[unit, "Reading"], users=[empty.add_user("ada")])
    return empty.learner("ada")


ANSWERS: dict[Any, str] = {1: "A", 2: "paris", 3: "One.", 4: "One, two."}


def progress(portal: Portal) -> tuple[str, float | None, int]:
    [found] = portal.enrollments[0].progress
    return found.completion_status, found.score, found.total_time


def test_the_last_grade_ends_the_test(empty: Portal, ada: Learner) -> None:
    assert ada.answer("Essay", ANSWERS, time=90) == "incomplete"
    assert progress(empty) == ("incomplete", None, 90)
    empty.clock.advance(days=1)
    assert ada.grade_test("Essay", {LINE.text: 50}) == "incomplete"
    assert ada.grade_test("Essay", {VERSE.text: 100}) == "completed"
    assert progress(empty) == ("completed", 91.67, 90)
    events = [event.event_type for event in empty.events if event.unit_id]
    assert events == ["unitprogress_test_completion"]


def test_a_grade_may_fail_the_test_which_is_taken_again(empty: Portal, ada: Learner) -> None:
    ada.answer("Essay", ANSWERS)
    assert ada.grade_test("Essay", {3: 0, 4: 10}, "Try again") == "failed"
    [found] = empty.enrollments[0].progress
    assert (found.score, found.instructor_message, found.repetitions) == (38.33, "Try again", 0)
    assert ada.answer("Essay", ANSWERS) == "incomplete"
    [found] = empty.enrollments[0].progress
    assert (found.graded_on, found.instructor_message, found.repetitions) == (None, None, 1)
    assert ada.grade_test("Essay", {3: 100, 4: 100}) == "completed"


def test_a_grade_may_be_changed_until_the_last(empty: Portal, ada: Learner) -> None:
    ada.answer("Essay", ANSWERS)
    ada.grade_test("Essay", {2: 0, 3: 0})
    assert ada.grade_test("Essay", {3: 100, 4: 100}) == "completed"
    assert progress(empty)[1] == 83.33


def test_a_submitted_test_takes_no_more_answers(ada: Learner) -> None:
    ada.answer("Essay", ANSWERS)
    with pytest.raises(RuleBroken, match="The requested test waits for its grade"):
        ada.answer("Essay", {1: "B"})


@pytest.mark.parametrize(
    ("points", "error", "message"),
    [
        ({1: 100}, InvalidValue, r"'Vowel\?' is not in free text"),
        ({3: 101}, InvalidValue, "'points' must be a number from 0 to 100"),
        ({3: -1}, InvalidValue, "'points' must be a number from 0 to 100"),
        ({3: "9"}, InvalidValue, "'points' must be a number from 0 to 100"),
        ({9: 50}, NotFound, "Question not found"),
    ],
)
def test_wrong_grades(
    points: Any, error: type[MockError], message: str, empty: Portal, ada: Learner
) -> None:
    ada.answer("Essay", ANSWERS)
    with pytest.raises(error, match=message):
        ada.grade_test("Essay", points)
    assert progress(empty)[0] == "incomplete"


def test_what_waits_for_no_grade_gets_none(ada: Learner) -> None:
    ada.answer("Essay", {3: "One."})
    waits = "The requested test has no answer that waits for its grade"
    with pytest.raises(RuleBroken, match=waits):
        ada.grade_test("Essay", {3: 100})
    ada.complete_unit("Essay")
    with pytest.raises(RuleBroken, match=waits):
        ada.grade_test("Essay", {3: 100})
    with pytest.raises(InvalidValue, match="the unit is no test, but of the type content"):
        ada.grade_test("Reading", {3: 100})


def test_completing_a_test_grades_its_free_texts(empty: Portal, ada: Learner) -> None:
    ada.complete_unit("Essay", score=75)
    [found] = empty.enrollments[0].progress
    assert (found.score, found.graded_on) == (75, empty.clock.now())


def test_a_test_without_free_texts_is_not_graded(empty: Portal, ada: Learner) -> None:
    empty.add_course("Vowels", units=[Unit.test("Vowels", [VOWEL])], users=["ada"])
    ada.complete("Vowels")
    [found] = empty.enrollments.get(course="Vowels").progress
    assert (found.completion_status, found.graded_on) == ("completed", None)
