"""Faults, scenarios, switches and quirks in the console."""

import httpx
import pytest

from talentlms_mock import Portal
from talentlms_mock.portal import scenarios
from talentlms_mock.portal.state.settings import QUIRKS
from tests.console.conftest import Open


def test_fault_is_declared_as_in_python(empty: Portal, api: httpx.Client, see: Open) -> None:
    assert see("/faults").table() == [["No fault: every request is served as usual."]]
    page = see("/faults").send(
        "Declare fault",
        method="GET",
        path="/users/*",
        status="503",
        body='{"down": true}',
        times="2",
        match='{"query": {"a": "1"}}',
        name="outage",
    )
    assert page.done == "Added."
    (fault,) = empty.faults
    assert fault.rule.as_data() == {
        "method": "GET",
        "path": "/users/*",
        "status": 503,
        "body": {"down": True},
        "times": 2,
        "match": {"query": {"a": "1"}},
        "name": "outage",
    }
    assert api.get("/users/1?a=1").json() == {"down": True}
    api.get("/users/1")
    api.get("/users/2?a=1")
    (row,) = see("/faults").table()
    assert row == [
        "1",
        f"{fault} over",
        "2",
        "2",
        "#3 2025-05-07 09:30:00 , #1 2025-05-07 09:30:00",
        "Remove",
    ]
    assert see("/faults").follow("#3").heading == "#3 GET /api/v2/users/2?a=1"


@pytest.mark.parametrize(
    ("values", "rule"),
    [
        ({"timeout": "1"}, {"timeout": True}),
        ({"latency": "0.5"}, {"latency": 0.5}),
        ({"latency": "0.1-0.5"}, {"latency": [0.1, 0.5]}),
        ({"sequence": "503, timeout normal"}, {"sequence": [503, "timeout", None]}),
        ({"status": "500", "body": "down"}, {"status": 500, "body": "down"}),
        ({"truncate_at": "10", "drip": "5.5"}, {"truncate_at": 10, "drip": 5.5}),
        (
            {"path": "getUsers", "drop_field": "email\nname", "rename_field": "login = user"},
            {
                "path": "getUsers",
                "drop_field": ["email", "name"],
                "rename_field": {"login": "user"},
            },
        ),
        (
            {"path": "getUsers", "null_field": "email", "malformed_json": "1"},
            {"path": "getUsers", "null_field": ["email"], "malformed_json": True},
        ),
        (
            {"reset": "1", "probability": "0.5", "after": "2", "optional": "1"},
            {"reset": True, "probability": 0.5, "after": 2, "optional": True},
        ),
        ({"empty": "1", "after_commit": "1", "on_call": "3"}, None),
    ],
)
def test_every_option_can_be_filled_in(
    empty: Portal, see: Open, values: dict[str, str], rule: dict[str, object] | None
) -> None:
    assert see("/faults").send("Declare fault", **values).problem == ""
    (fault,) = empty.faults
    if rule is not None:
        assert fault.rule.as_data() == rule


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, "it says nothing to do"),
        ({"status": "503", "timeout": "1"}, "status and timeout contradict each other"),
        ({"status": "many"}, "status must be a number. status"),
        ({"path": "/nothing", "status": "503"}, "No operation has the path '/nothing'"),
        ({"match": "{", "status": "500"}, "match is no JSON"),
        ({"latency": "0.5-", "status": "500"}, "latency must be a number. latency"),
    ],
)
def test_impossible_fault_is_refused_and_stays_filled_in(
    empty: Portal, see: Open, values: dict[str, str], said: str
) -> None:
    page = see("/faults").send("Declare fault", name="kept", **values)
    assert page.status in (400, 422)
    assert said in page.problem
    assert page.html.one("input", id="fault-name").attributes["value"] == "kept"
    assert len(empty.faults) == 0


def test_form_knows_what_contradicts(see: Open) -> None:
    forms = [
        each for each in see("/faults").main.all("form") if "data-contradictions" in each.attributes
    ]
    assert '["status","timeout"]' in forms[0].attributes["data-contradictions"]


def test_faults_are_removed(empty: Portal, see: Open) -> None:
    for name in ("a", "b", "c"):
        empty.fault(status=503, name=name)
    page = see("/faults").send("Remove", 1)
    assert [fault.name for fault in empty.faults] == ["a", "c"]
    assert page.send("Remove all faults").done == "Cleared."
    assert len(empty.faults) == 0


def test_scenario_is_applied_by_its_name(empty: Portal, see: Open, browser: httpx.Client) -> None:
    page = see("/faults")
    assert [row[:2] for row in page.table(1)] == [
        [name, scenarios.load(name).description] for name in scenarios.built_in_names()
    ]
    at = scenarios.built_in_names().index("maintenance")
    assert page.send("Apply", at).done == "The scenario is applied."
    assert [fault.rule.status for fault in empty.faults] == [503]
    for name, status in (("/etc/x.toml", 400), ("unknown", 400)):
        answer = browser.post(f"/portals/{empty.domain}/faults/scenario", data={"scenario": name})
        assert answer.status_code == status


def test_switches_are_turned(empty: Portal, see: Open) -> None:
    page = see("/faults").send("Switch the API off").send("Deactivate the domain")
    assert (empty.settings.api_enabled, empty.settings.active) == (False, False)
    page = page.send("Switch the API on").send("Activate the domain").send("Revoke the key")
    assert (empty.settings.api_enabled, empty.settings.active) == (True, True)
    assert empty.settings.key_revoked
    page = page.send("Rotate the key", api_key="a-new-key-here")
    assert empty.api_key == "a-new-key-here"
    assert page.send("Rotate the key", api_key="no key").status == 400
    page = page.send("Change plan and tasks", plan="grow", tasks="manual", gamification="false")
    assert page.done == "Changed."
    assert (empty.settings.plan, empty.settings.limit, empty.settings.tasks) == (
        "grow",
        10_000,
        "manual",
    )
    wrong = page.send("Change plan and tasks", plan="pro", tasks="never")
    assert wrong.status == 400
    assert empty.settings.plan == "grow"


def test_quirks_are_shown_with_why_they_are_open_and_changed(empty: Portal, see: Open) -> None:
    page = see("/faults")
    for quirk in QUIRKS.values():
        assert f"Why it is open: {quirk.why}." in page.main.text
        assert page.main.one("select", id=f"quirk-{quirk.name}").text.startswith(
            f"{quirk.default} (default)"
        )
    page = page.send("Change quirks", **{"quirk-error_shape": "flat", "quirk-accept": "strict"})
    assert (empty.quirks["error_shape"], empty.quirks["accept"]) == ("flat", "strict")
    assert page.main.text.count("differs from the default") == 2

    page.send("Take the reading", preset="recorded")
    assert (empty.settings.preset, empty.quirks["error_shape"]) == ("recorded", "recorded")


def test_odd_forms_are_refused(empty: Portal, browser: httpx.Client) -> None:
    base = f"/portals/{empty.domain}/faults"
    assert browser.post(f"{base}/key", data={"how": "lose"}).status_code == 422
    assert browser.post(f"{base}/change", data={"plan": "huge"}).status_code == 400
