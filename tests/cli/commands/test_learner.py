"""talentlms-mock learner."""

import json

import pytest

from talentlms_mock import Portal, Question, Unit
from talentlms_mock.cli.commands.learner import ACTS
from talentlms_mock.control.routes import ROUTES
from tests.cli.commands.conftest import Run


def test_user_joins_a_group_by_its_key(of_empty: Run, empty: Portal) -> None:
    group = empty.add_group("Sales", key="SELL")
    empty.add_user("ada.lovelace")

    printed = of_empty("learner", "join-group", "ada.lovelace", "SELL")

    assert printed == "The user ada.lovelace has joined the group with the key SELL.\n"
    assert [user.login for user in group.users] == ["ada.lovelace"]
    assert empty.groups.get(group.id).key_redemptions == 1


def test_a_key_of_no_group_is_refused_in_one_sentence(of_empty: Run, empty: Portal) -> None:
    empty.add_user("ada")

    printed = of_empty("learner", "join-group", "ada", "NONE", status=2)

    assert printed == "Error: The requested group key does not exist.\n"


def test_every_act_of_the_control_api_is_a_command() -> None:
    acts = {route.path.rpartition("/")[2] for route in ROUTES if route.tag == "Learners"}

    assert {act.name for act in ACTS} == acts


@pytest.fixture
def course(empty: Portal) -> Portal:
    """A portal with a learner in a course of several units."""
    text, test = (
        Unit("Read"),
        Unit("Check", "test", questions=[Question("2 + 2?", ["3", "4"], correct="4")]),
    )
    essay = Unit("Essay", "assignment")
    empty.add_user("ada", courses=[empty.add_course("Sums", units=[text, test, essay])])
    return empty


def test_a_learner_goes_through_a_course(of_empty: Run, course: Portal) -> None:
    def act(name: str, *words: str) -> str:
        return of_empty("learner", name, "ada", *words)

    unit = course.courses.get(name="Sums").units
    assert act("log-in") == "The user ada has signed in.\n"
    assert act("open", "Sums") == (
        f"The user ada has opened the course Sums. The unit id is {unit[0].id}.\n"
    )
    assert act("open-unit", "Read") == "The user ada has opened the unit Read.\n"
    read = act("complete-unit", str(unit[0].id), "--time", "60")
    assert read == f"The user ada has completed the unit {unit[0].id}.\n"
    assert json.loads(act("answer", "Check", "2 + 2?=4", "--json")) == {
        "completion_status": "completed"
    }
    assert act("submit-assignment", "Essay", "--text", "Done.") == (
        "The user ada has handed in the unit Essay.\n"
    )
    graded = act("grade-assignment", "Essay", "--score", "80", "--message", "Good.")
    assert graded == "The user ada has a grade for the unit Essay.\n"
    (enrollment,) = course.enrollments
    assert enrollment.completion_status == "completed"
    assert json.loads(act("expire", "Sums", "--json")) == {}
    assert act("log-out") == "The user ada has signed out.\n"


def test_grades_are_numbers(of_empty: Run, course: Portal) -> None:
    words = ("grade-test", "ada", "Check")
    assert of_empty("learner", *words, "9=half", status=2) == (
        "Error: 9=half is no percentage: write it like 9=50.\n"
    )
    assert of_empty("learner", *words, "9", status=2) == (
        "Error: 9 names no value: write NAME=VALUE.\n"
    )
