"""Portals over the control API."""

import httpx
import pytest

from talentlms_mock import MockServer, Portal
from tests.control.conftest import problem


def test_portal_is_created_as_in_python(control: httpx.Client, server: MockServer) -> None:
    body = {
        "domain": "made",
        "api_key": "key-of-made",
        "plan": "custom",
        "hourly_limit": 7,
        "burst_limit": 5,
        "users": 3,
        "seed": 7,
        "dataset": "demo",
        "preset": "recorded",
        "quirks": {"error_shape": "flat"},
        "tasks": "manual",
        "clock": "2025-05-07T09:30:00Z",
        "scenario": "flaky",
    }
    created = control.post("/portals", json=body)
    portal = server.portals.of_domain("made")
    assert portal is not None
    here = str(control.base_url).rstrip("/")
    try:
        assert created.status_code == 201
        state = created.json()
        assert control.get("/portals/made").json() == state
        assert state == {
            "domain": "made",
            "host": "made.talentlms.com",
            "base_url": portal.base_url,
            "control_url": f"{here}/portals/made",
            "console_url": f"{here}/console/portals/made",
            "ca_file": str(portal.ca_file),
            "api_key": "key-of-made",
            "headers": portal.headers,
            "plan": "custom",
            "preset": "recorded",
            "quirks": dict(portal.quirks),
            "api_enabled": True,
            "active": True,
            "key_revoked": False,
            "tasks": "manual",
            "clock": {
                "now": "2025-05-07T09:30:00+00:00",
                "frozen": True,
                "factor": 0.0,
                "follows_system": False,
            },
            "rate_limit": {
                "hour": {"limit": 7, "window": 3600.0, "remaining": 7, "ends_at": None},
                "burst": {"limit": 5, "window": 5.0, "remaining": 5, "ends_at": None},
            },
            "faults": 1,
            "requests": 0,
        }
        assert portal.quirks["error_shape"] == "flat"
        assert len(portal.users) == 3
        assert state in control.get("/portals").json()
    finally:
        server.remove_portal(portal)


@pytest.mark.parametrize("name", ["dataset", "scenario"])
def test_no_file_of_the_mocks_machine_is_named(control: httpx.Client, name: str) -> None:
    for path in ("/etc/passwd", "here.toml", "../x"):
        assert problem(control.post("/portals", json={name: path})) == (
            400,
            f"{name} must be a name: over HTTP no file of the mock's machine is read or written.",
            name,
        )
    assert control.post("/portals", json={"database": "x"}).status_code == 422


@pytest.mark.parametrize(
    ("body", "at"),
    [
        ({"domain": "A B", "users": 63}, "domain"),
        ({"domain": "a" * 63 + "63", "users": 63}, "domain"),
        ({"api_key": "a b"}, "api_key"),
        ({"plan": "grw", "tasks": "grw"}, "plan"),
        ({"plan": "custom"}, "plan"),
        ({"hourly_limit": 0, "users": 0}, "hourly_limit"),
        ({"burst_limit": 0, "hourly_limit": 1}, "burst_limit"),
        ({"users": -1, "seed": -1}, "users"),
        ({"dataset": "dmo"}, "dataset"),
        ({"preset": "recorde"}, "preset"),
        ({"quirks": {"accept": "off", "retry_after": "off"}}, "quirks.accept"),
        ({"tasks": "polls"}, "tasks"),
        ({"clock": "soon"}, "clock"),
        ({"scenario": "flakey", "dataset": "empty"}, "scenario"),
    ],
)
def test_portal_that_cannot_be_says_which_value_is_wrong(
    control: httpx.Client, server: MockServer, body: dict[str, object], at: str
) -> None:
    count = len(server.portals)
    assert problem(control.post("/portals", json=body))[::2] == (400, at)
    assert len(server.portals) == count


def test_domain_or_key_of_another_portal_is_refused(control: httpx.Client, empty: Portal) -> None:
    taken = {"domain": empty.domain, "dataset": "empty"}
    assert problem(control.post("/portals", json=taken))[::2] == (400, "domain")
    taken = {"domain": "other", "api_key": empty.api_key, "dataset": "empty"}
    assert problem(control.post("/portals", json=taken))[::2] == (400, "api_key")


def test_portal_is_deleted(control: httpx.Client, server: MockServer) -> None:
    control.post("/portals", json={"domain": "gone", "dataset": "empty"})
    assert control.delete("/portals/gone").status_code == 204
    assert server.portals.of_domain("gone") is None
    assert control.delete("/portals/gone").status_code == 404


def test_switches_are_switched(of_empty: httpx.Client, empty: Portal, api: httpx.Client) -> None:
    of_empty.patch("", json={"api_enabled": False})
    assert api.get("/users").status_code == 403
    of_empty.patch("", json={"api_enabled": True, "active": False})
    assert api.get("/users").status_code == 403
    state = of_empty.patch("", json={"active": True}).json()
    assert (state["api_enabled"], state["active"]) == (True, True)
    assert api.get("/users").status_code == 200
    empty.add_user("ada")
    of_empty.patch("", json={"gamification": False})
    assert api.get("/users/1/gamification").status_code == 404
    of_empty.patch("", json={"gamification": True})
    assert api.get("/users/1/gamification").status_code == 200


def test_plan_and_quirks_are_changed(of_empty: httpx.Client, empty: Portal) -> None:
    state = of_empty.patch(
        "", json={"plan": "grow", "quirks": {"accept": "strict"}, "tasks": "at-once"}
    ).json()
    assert (state["plan"], state["rate_limit"]["hour"]["limit"]) == ("grow", 10_000)
    assert (empty.quirks["accept"], empty.settings.tasks) == ("strict", "at-once")
    state = of_empty.patch("", json={"hourly_limit": 9}).json()
    assert (state["plan"], state["rate_limit"]["hour"]["limit"]) == ("grow", 9)
    assert of_empty.patch("", json={"quirks": {"accept": "lenient"}}).is_success
    assert empty.settings.limit == 9
    state = of_empty.patch("", json={"preset": "recorded", "quirks": {"coercion": "strict"}}).json()
    assert (state["preset"], state["quirks"]["error_shape"]) == ("recorded", "recorded")
    assert state["quirks"]["coercion"] == "strict"


@pytest.mark.parametrize(
    ("body", "at"),
    [
        ({"active": False, "plan": "grw"}, "plan"),
        ({"active": False, "plan": "custom"}, "plan"),
        ({"active": False, "hourly_limit": 0}, "hourly_limit"),
        ({"active": False, "quirks": {"acept": "strict"}}, "quirks.acept"),
        ({"active": False, "quirks": {"accept": "strickt"}}, "quirks.accept"),
        ({"active": False, "preset": "recorde"}, "preset"),
        ({"active": False, "tasks": "never"}, "tasks"),
    ],
)
def test_all_changes_or_none(
    of_empty: httpx.Client, empty: Portal, body: dict[str, object], at: str | None
) -> None:
    before = of_empty.get("").json()
    assert problem(of_empty.patch("", json=body))[::2] == (400, at)
    assert of_empty.get("").json() == before


def test_keys_are_rotated_and_revoked(
    of_empty: httpx.Client, empty: Portal, api: httpx.Client
) -> None:
    old = empty.api_key
    assert of_empty.post("/rotate-key").json()["api_key"] == empty.api_key != old
    assert api.get("/users").status_code == 401
    assert of_empty.post("/rotate-key", json={"api_key": old}).json()["api_key"] == old
    assert problem(of_empty.post("/rotate-key", json={"api_key": old}))[0] == 400
    assert of_empty.post("/revoke-key").json()["key_revoked"] is True
    assert api.get("/users").status_code == 401


def test_portal_is_reset(of_empty: httpx.Client, empty: Portal, api: httpx.Client) -> None:
    api.get("/users")
    empty.add_user("ada")
    empty.fault(status=503)
    assert of_empty.post("/reset").json()["faults"] == 0
    assert (len(empty.users), len(empty.requests)) == (0, 0)


def test_outbox_is_read(of_empty: httpx.Client, empty: Portal, api: httpx.Client) -> None:
    empty.add_user("ada")
    api.post("/forgotpassword", json={"login": "ada"})
    assert [message["kind"] for message in of_empty.get("/outbox").json()] == [
        message.kind for message in empty.outbox
    ]


def test_rate_limit_changes_wholly_or_not_at_all(of_empty: httpx.Client, empty: Portal) -> None:
    before = empty.rate_limit.as_data()
    answer = of_empty.patch("/rate-limit", json={"limit": 5, "remaining": 6})
    assert problem(answer)[::2] == (400, "remaining")
    assert empty.rate_limit.as_data() == before

    state = of_empty.patch("/rate-limit", json={"limit": 9, "window": 60, "remaining": 3}).json()
    assert (state["hour"]["limit"], state["hour"]["window"], state["hour"]["remaining"]) == (
        9,
        60,
        3,
    )
    of_empty.patch("/rate-limit", json={"limit": 9, "of": "burst"})
    state = of_empty.patch("/rate-limit", json={"burst_remaining": 2}).json()
    assert (state["burst"]["limit"], state["burst"]["remaining"]) == (9, 2)
    assert (
        of_empty.post("/rate-limit/exhaust", json={"window": "burst"}).json()["burst"]["remaining"]
        == 0
    )
    assert (
        of_empty.post("/rate-limit/refill", json={"window": "burst"}).json()["burst"]["remaining"]
        == 9
    )


def test_scenario_is_given_in_the_request(of_empty: httpx.Client, empty: Portal) -> None:
    scenario = {"faults": [{"path": "/users", "status": 429}], "remaining": 3}
    made = of_empty.post("/scenarios", json={"scenario": scenario}).json()
    assert [fault["status"] for fault in made] == [429]
    assert (len(empty.faults), empty.rate_limit.remaining) == (1, 3)
    wrong = {"faults": [{"path": "/usrs", "status": 429}]}
    status, message, at = problem(of_empty.post("/scenarios", json={"scenario": wrong}))
    assert (status, at) == (400, "scenario.faults[0].path")
    assert message.startswith("The scenario '(given)' is not right: faults.1: No operation")


def test_fault_is_found_by_its_name(of_empty: httpx.Client, empty: Portal) -> None:
    of_empty.post("/faults", json={"status": 503, "name": "a b"})
    assert of_empty.get("/faults/a%20b").json()["number"] == 1
    assert of_empty.delete("/faults/a%20b").status_code == 204
    assert of_empty.delete("/faults/1").status_code == 404
    assert len(empty.faults) == 0


def test_snapshot_that_is_not_there(of_empty: httpx.Client, empty: Portal) -> None:
    assert problem(of_empty.delete("/snapshots/x")) == (404, "There is no snapshot 'x'.", None)
    empty.snapshot("one")
    assert problem(of_empty.post("/snapshots/on/restore")) == (
        404,
        "There is no snapshot 'on' (did you mean 'one'?).",
        None,
    )


def test_things_are_found_by_more_than_one_name(of_empty: httpx.Client, empty: Portal) -> None:
    empty.add_category("A")
    empty.add_category("A")
    status, message, _ = problem(of_empty.get("/categories/A"))
    assert (status, message) == (
        404,
        "There is more than one category with name 'A': say which by its id, one of 1, 2.",
    )
    assert [each["id"] for each in of_empty.get("/categories?limit=1&offset=1").json()] == [2]
    assert [each["id"] for each in of_empty.get("/categories?offset=1").json()] == [2]


def test_filter_that_refers_to_several_is_refused(of_empty: httpx.Client, empty: Portal) -> None:
    for _ in range(2):
        empty.add_category("A")
    assert problem(of_empty.get("/courses?category=A")) == (
        422,
        "'A' names more than one category; give one of the ids 1, 2.",
        "category",
    )


def test_filters_refer_by_name_and_id(of_empty: httpx.Client, empty: Portal) -> None:
    course = empty.add_course("Algebra", users=[empty.add_user("ada")])
    for which in ("ada", "1"):
        found = of_empty.get(f"/enrollments?user={which}&role=learner").json()
        assert [each["course_id"] for each in found] == [course.id]
    assert of_empty.get("/courses?code=none").json() == []


def test_everything_that_a_user_can_be_is_given(of_empty: httpx.Client, empty: Portal) -> None:
    empty.add_user_field("Team")
    empty.add_course("Algebra", code="ALG")
    body = {
        "login": "ada",
        "name": "Ada",
        "credits": 3,
        "deactivation_date": "2030-01-01",
        "custom_fields": {"Team": "Blue"},
        "courses": ["ALG", 1][:1],
    }
    made = of_empty.post("/users", json=body).json()
    assert made["custom_fields"] == {"Team": "Blue"}
    assert made["deactivation_date"] == "2030-01-01T00:00:00+00:00"
    assert [course.name for course in empty.users.get("ada").courses] == ["Algebra"]
    assert of_empty.post("/users").json()["login"] == "user2"


@pytest.mark.parametrize("name", ["plan", "preset", "tasks"])
def test_an_empty_text_changes_nothing_and_is_refused(
    name: str, portal: Portal, control: httpx.Client
) -> None:
    before = control.get(f"/portals/{portal.domain}").json()
    refused = control.patch(
        f"/portals/{portal.domain}", json={"active": False, "plan": "grow", name: ""}
    )
    assert problem(refused)[::2] == (400, name)
    assert control.get(f"/portals/{portal.domain}").json()["active"] is True
    assert control.get(f"/portals/{portal.domain}").json()["plan"] == before["plan"]


def test_a_scenario_without_a_name_for_its_plan_is_refused(
    portal: Portal, control: httpx.Client
) -> None:
    body = {"scenario": {"description": "", "plan": "", "remaining": 0}}
    status, message, at = problem(control.post(f"/portals/{portal.domain}/scenarios", json=body))
    assert (status, at) == (422, "scenario.plan")
    assert "There is no plan ''" in message


def test_domain_of_a_new_portal_is_that_of_the_host(
    control: httpx.Client, server: MockServer
) -> None:
    """So that a proxy that looks at the host alone leads to the server that has the portal."""
    named = {"Host": "by-host.localhost:8080"}
    body = {"dataset": "empty"}
    assert control.post("/portals", json=body, headers=named).json()["domain"] == "by-host"
    taken = control.post("/portals", json=body, headers=named)
    assert (taken.status_code, taken.json()["error"]["at"]) == (400, "domain")
    other = control.post("/portals", json={**body, "domain": "other"}, headers=named)
    assert other.json()["domain"] == "other"
    nameless = control.post("/portals", json=body, headers={"Host": "a.b.localhost"})
    assert (nameless.status_code, nameless.json()["error"]["at"]) == (400, "domain")
    for domain in ("by-host", "other"):
        assert control.delete(f"/portals/{domain}").status_code == 204
