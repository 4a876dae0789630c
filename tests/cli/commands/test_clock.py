"""talentlms-mock clock."""

import json

from talentlms_mock import Portal
from tests.cli.commands.conftest import Run


def test_clock_is_held_and_moved(of_empty: Run, empty: Portal) -> None:
    assert of_empty("clock", "show") == "2025-05-07T09:30:00+00:00, frozen\n"
    assert of_empty("clock", "freeze", "2030-01-01T00:00:00Z") == (
        "2030-01-01T00:00:00+00:00, frozen\n"
    )
    assert of_empty("clock", "advance", "--hours", "1", "--minutes", "30") == (
        "2030-01-01T01:30:00+00:00, frozen\n"
    )
    assert of_empty("clock", "advance", "--hours", "-1", "--backwards") == (
        "2030-01-01T00:30:00+00:00, frozen\n"
    )
    assert of_empty("clock", "tick", "10").endswith(", 10 times as fast\n")
    assert of_empty("clock", "tick").endswith(", running\n")
    assert of_empty("clock", "travel", "2040-01-01").startswith("2040-01-01T00:00:0")
    assert of_empty("clock", "freeze", "--json").startswith("{")
    assert json.loads(of_empty("clock", "show", "--json")) == empty.clock.as_data()
    assert of_empty("clock", "reset").endswith(", as the system's\n")


def test_days_go_by_with_people_at_work(of_empty: Run, empty: Portal) -> None:
    assert of_empty("clock", "simulate", "--days", "2") == (
        "2025-05-07T09:30:00+00:00 to 2025-05-09T09:30:00+00:00\nNobody did anything.\n"
    )
    empty.add_user("ada", deactivation_date="2025-05-10")
    printed = of_empty("clock", "simulate", "--days", "1")
    assert printed.splitlines()[0] == "2025-05-09T09:30:00+00:00 to 2025-05-10T09:30:00+00:00"
    assert "user_property_change   1" in printed
    assert json.loads(of_empty("clock", "simulate", "--days", "1", "--json")) == {
        "began_at": "2025-05-10T09:30:00+00:00",
        "ended_at": "2025-05-11T09:30:00+00:00",
        "events": {},
    }


def test_refusals_are_one_sentence(of_empty: Run) -> None:
    assert of_empty("clock", "advance", status=2) == (
        "Error: Give --days, --hours, --minutes or --seconds.\n"
    )
    assert "2020-01-01T00:00:00+00:00 needs --backwards." in of_empty(
        "clock", "travel", "2020-01-01", status=2
    )
    assert of_empty("clock", "simulate", "--days", "0", status=2) == (
        "Error: A simulation takes a whole number of days, from 1 to 3,660, not 0.\n"
    )
    assert "'soon' is not an ISO 8601 moment" in of_empty("clock", "freeze", "soon", status=2)
