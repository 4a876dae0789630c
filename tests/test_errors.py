"""Errors say which value of the caller they are about."""

import pickle
from collections.abc import Callable

import pytest

from talentlms_mock import (
    InvalidValue,
    MockError,
    NotFound,
    Portal,
    RuleBroken,
    Session,
    SetupError,
    Unit,
)
from talentlms_mock.errors import about, below, place_of


@pytest.mark.parametrize(
    ("parts", "place"),
    [
        ((), ""),
        (("domain",), "domain"),
        (("units", 0, "name"), "units[0].name"),
        ((0, "name"), "[0].name"),
        (("faults", 1, ""), "faults[1]"),
        (("scenario", "faults[1].path"), "scenario.faults[1].path"),
        (("steps", "[0].path"), "steps[0].path"),
    ],
)
def test_places_are_written_as_in_python(parts: tuple[int | str, ...], place: str) -> None:
    assert place_of(*parts) == place


def test_error_is_about_no_value_unless_it_says_so() -> None:
    assert MockError("No.").at == ""
    assert SetupError("No.", at="domain").at == "domain"
    assert RuleBroken("No.", at="code").at == "code"
    assert NotFound("course", at="courses[0]").at == "courses[0]"
    assert InvalidValue("name is required", "name").at == "name"


def test_place_survives_another_process() -> None:
    found = pickle.loads(pickle.dumps(SetupError("No.", at="domain")))

    assert (str(found), found.at) == ("No.", "domain")


def test_place_is_replaced_or_continued() -> None:
    with pytest.raises(SetupError) as replaced, about("clock"):
        raise SetupError("No.", at="at")
    with pytest.raises(SetupError) as continued, below("steps", 2):
        raise SetupError("No.", at="path")

    assert (replaced.value.at, continued.value.at) == ("clock", "steps[2].path")


@pytest.mark.parametrize(
    ("act", "place"),
    [
        (lambda portal: portal.add_user("ada", courses=["No"]), "courses[0]"),
        (
            lambda portal: portal.add_course("A", units=["a", {"name": "b", "typ": 1}]),
            "units[1].typ",
        ),
        (lambda portal: portal.add_course("A", units=[{"type": "video"}]), "units[0].name"),
        (
            lambda portal: portal.add_course("A", units=[Unit("Q", "test", 101)]),
            "units[0].pass_score",
        ),
        (
            lambda portal: portal.add_course(
                "A", units=[Unit.ilt("W", [Session("Mon", "2025-06-02", instructor="No")])]
            ),
            "units[0].sessions[0].instructor",
        ),
        (lambda portal: portal.add_user_field("Team", type="dropdown"), "values"),
        (lambda portal: portal.fault(statsu=503), "statsu"),
        (lambda portal: portal.fault(path="/usrs", status=503), "path"),
        (lambda portal: portal.set_quirk("accept", "off"), "quirks.accept"),
        (lambda portal: portal.apply_scenario("flakey"), "scenario"),
        (lambda portal: portal.assert_order(["GET /users", "GET"]), "steps[1]"),
        (lambda portal: portal.requests.filter(status="4x"), "status"),
        (lambda portal: portal.courses.filter(category="No"), "category"),
        (lambda portal: portal.restore("none"), "name"),
    ],
)
def test_handle_says_which_argument_is_wrong(
    empty: Portal, act: Callable[[Portal], object], place: str
) -> None:
    with pytest.raises(MockError) as refused:
        act(empty)

    assert refused.value.at == place
