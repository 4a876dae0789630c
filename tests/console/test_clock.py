"""The clock and the rate limits of a portal in the console."""

import httpx
import pytest

from talentlms_mock import Portal
from tests.console.conftest import Open
from tests.console.pages import Page


def _now(page: Page) -> str:
    return page.main.one("p", **{"class": "clock"}).text


@pytest.mark.parametrize(
    ("button", "moment"),
    [
        ("+1 second", "2025-05-07 09:30:01"),
        ("+1 minute", "2025-05-07 09:31:00"),
        ("+1 hour", "2025-05-07 10:30:00"),
        ("+1 day", "2025-05-08 09:30:00"),
        ("+1 week", "2025-05-14 09:30:00"),
        ("+30 days", "2025-06-06 09:30:00"),
    ],
)
def test_clock_is_advanced_by_a_button(see: Open, button: str, moment: str) -> None:
    page = see("/clock")
    assert _now(page) == "2025-05-07 09:30:00"
    assert _now(page.send(button)) == moment


def test_clock_is_frozen_travels_and_runs(empty: Portal, see: Open) -> None:
    page = see("/clock").send("Travel there", to="2025-06-01T12:00:00Z")
    assert _now(page)[:16] == "2025-06-01 12:00"
    assert "runs on" in page.main.text
    page = page.send("Freeze now")
    assert "frozen" in page.main.text
    page = page.send("Freeze there", at="2025-07-01")
    assert (_now(page), "frozen" in page.main.text) == ("2025-07-01 00:00:00", True)
    page = page.send("Run at this speed", factor="60")
    assert empty.clock.factor == 60
    assert "runs 60 times as fast" in page.main.text
    page = page.send("Run")
    assert empty.clock.factor == 1
    page = page.send("Follow the system")
    assert "follows the system" in page.main.text
    assert empty.clock.as_data()["follows_system"]


def test_people_work_for_days(empty: Portal, see: Open) -> None:
    empty.add_user("ada", deactivation_date="2025-05-10")
    page = see("/clock").send("Simulate", days="4")
    assert _now(page) == "2025-05-11 09:30:00"
    assert "The days have gone by" in page.main.text
    assert empty.users.get("ada").status == "inactive"
    page = page.send("Simulate", days="5000")
    assert page.status == 400
    assert page.problem.startswith("A simulation takes a whole number of days, from 1 to 3,660")
    assert page.html.one("input", id="simulate-days").attributes["value"] == "5000"
    assert page.send("Simulate", days="1.5").status == 422


def test_clock_goes_back_only_when_asked(empty: Portal, see: Open) -> None:
    page = see("/clock").send("Travel there", to="2024-01-01")
    assert page.status == 400
    assert page.problem.startswith("The portal's clock is at 2025-05-07T09:30:00+00:00 already")
    assert page.html.one("input", id="travel-to").attributes["value"] == "2024-01-01"
    page = page.send("Travel there", to="2024-01-01", backwards="true")
    assert _now(page)[:10] == "2024-01-01"
    assert page.send("Travel there", to="tomorrow").status == 400
    assert page.send("Run at this speed", factor="fast").status == 422


def _windows(page: Page) -> list[str]:
    region = page.main.one("div", id="windows")
    return [each.text for each in region.all("p")]


def test_both_windows_are_shown_as_bars(empty: Portal, api: httpx.Client, see: Open) -> None:
    assert _windows(see("/clock")) == [
        "0 used, 2,000 of 2,000 left, no window is open",
        "0 used, 200 of 200 left, no window is open",
    ]
    api.get("/users")
    page = see("/clock")
    assert _windows(page) == [
        "1 used, 1,999 of 2,000 left, ends at 2025-05-07 10:30:00",
        "1 used, 199 of 200 left, ends at 2025-05-07 09:30:05",
    ]
    bars = [(bar.attributes["value"], bar.attributes["max"]) for bar in page.main.all("meter")]
    assert bars == [("1", "2000"), ("1", "200")]


def test_limits_are_exhausted_refilled_and_changed(empty: Portal, see: Open) -> None:
    page = see("/clock").send("Exhaust the hour")
    assert empty.rate_limit.remaining == 0
    assert "refused for 3600 more seconds" in page.main.text
    page = page.send("Exhaust the burst")
    assert empty.rate_limit.burst_remaining == 0
    page = page.send("Refill both")
    assert (empty.rate_limit.remaining, empty.rate_limit.burst_remaining) == (2000, 200)
    page = page.send("Change limits", of="burst", limit="10", window="2.5", remaining="7")
    assert _windows(page) == [
        "1,993 used, 7 of 2,000 left, ends at 2025-05-07 10:30:00",
        "0 used, 10 of 10 left, no window is open",
    ]
    wrong = page.send("Change limits", limit="5", remaining="9")
    assert wrong.status == 400
    assert empty.rate_limit.remaining == 7


def test_what_is_due_next_is_on_a_time_line(empty: Portal, api: httpx.Client, see: Open) -> None:
    empty.set_tasks("seconds:60")
    api.post("/batch/courses", json={"courses": [{"name": "A"}]})
    empty.add_user("ada", deactivation_date="2025-06-01")
    sessions = [{"name": "Monday", "starts_at": "2025-05-09T09:00:00Z"}]
    empty.add_course(
        "Safety",
        starts_at="2025-05-08T00:00:00Z",
        expires_at="2025-05-10T00:00:00Z",
        units=[{"name": "Workshop", "type": "ilt", "sessions": sessions}],
    )
    empty.add_learning_path(
        "Basics", starts_at="2025-05-11T00:00:00Z", expires_at="2025-05-12T00:00:00Z"
    )
    course = empty.add_course(
        "Algebra", units=["Read"], time_limit=3, certification="Maths", certificate_days=30
    )
    eve = empty.add_user("eve.moneypenny", courses=[course])
    empty.learner(eve).complete(course)

    page = see("/clock")
    assert [item.text for item in page.main.one("ol").all("li")] == [
        f"2025-05-07 09:31:00 task is completed: {empty.tasks.first().type}",
        "2025-05-08 00:00:00 course starts: Safety",
        "2025-05-09 09:00:00 session starts: Monday",
        "2025-05-10 00:00:00 course expires: Safety",
        "2025-05-10 09:30:00 enrollment expires: Eve Moneypenny, Algebra",
        "2025-05-11 00:00:00 learning path starts: Basics",
        "2025-05-12 00:00:00 learning path expires: Basics",
        "2025-06-01 00:00:00 user is deactivated: Ada Example",
        "2025-06-06 09:30:00 certificate expires: Eve Moneypenny, Maths",
    ]
    assert page.follow("Ada Example").heading == "User ada"
    assert page.follow("Monday").heading == "Unit Workshop"
    empty.clock.advance(days=60)
    assert [item.text for item in see("/clock").main.one("ol").all("li")] == ["Nothing."]


def test_ways_that_a_clock_does_not_move(empty: Portal, browser: httpx.Client) -> None:
    for path in ("clock/dance", "limits/dance"):
        answer = browser.post(f"/portals/{empty.domain}/{path}", data={"a": "b"})
        assert answer.status_code == 404
