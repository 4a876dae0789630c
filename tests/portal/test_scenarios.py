"""Scenarios: what is built in, what each does to a portal, and what is refused of a file."""

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from talentlms_mock import MockServer, Portal, SetupError
from talentlms_mock.portal import scenarios
from tests.api.responses import ADA
from tests.conftest import NewClient, NewPortal

BUILT_IN = [
    "api-disabled",
    "burst",
    "domain-inactive",
    "flaky",
    "key-rotated",
    "lost-writes",
    "maintenance",
    "rate-limited",
    "schema-drift",
    "slow",
]

WriteFile = Callable[[str], str]


@pytest.fixture
def write_file(tmp_path: Path) -> WriteFile:
    """Write a scenario file and return its path."""

    def write(text: str) -> str:
        path = tmp_path / "scenario.toml"
        path.write_text(text, encoding="utf-8")
        return str(path)

    return write


def test_built_in_scenarios_are_those_of_the_folder() -> None:
    assert scenarios.built_in_names() == BUILT_IN


@pytest.mark.parametrize("name", BUILT_IN)
def test_every_built_in_scenario_applies_and_says_what_it_does(name: str, empty: Portal) -> None:
    assert scenarios.load(name).description.endswith(".")
    assert empty.apply_scenario(name) == [*empty.faults]


def statuses(client: httpx.Client, count: int, path: str = "/users") -> list[int]:
    return [client.get(path).status_code for _ in range(count)]


def test_flaky_is_503_for_one_in_ten(new_portal: NewPortal, new_client: NewClient) -> None:
    portal = new_portal(scenario="flaky", dataset="empty")
    seen = statuses(new_client(portal), 100)
    assert set(seen) == {200, 503}
    assert 3 <= seen.count(503) <= 20


def test_slow_takes_its_time(empty: Portal) -> None:
    (fault,) = empty.apply_scenario("slow")
    assert fault.rule.latency == (0.5, 1.5)


def test_rate_limited_leaves_three(empty: Portal, api: httpx.Client) -> None:
    empty.apply_scenario("rate-limited")
    assert statuses(api, 4) == [200, 200, 200, 429]
    empty.clock.advance(hours=1)
    assert statuses(api, 4) == [200, 200, 200, 200]


def test_burst_allows_five_in_five_seconds(empty: Portal, api: httpx.Client) -> None:
    empty.apply_scenario("burst")
    assert statuses(api, 6) == [200, 200, 200, 200, 200, 429]
    empty.clock.advance(seconds=5)
    assert statuses(api, 1) == [200]


def test_maintenance_is_a_page_for_people(empty: Portal, api: httpx.Client) -> None:
    empty.apply_scenario("maintenance")
    answer = api.get("/users")
    assert (answer.status_code, answer.headers["content-type"]) == (503, "text/html; charset=utf-8")
    assert answer.text.startswith("<!doctype html>")


def test_key_rotated_refuses_the_key_that_clients_have(
    empty: Portal, api: httpx.Client, new_client: NewClient
) -> None:
    before = empty.api_key
    empty.apply_scenario("key-rotated")
    assert statuses(api, 1) == [401]
    assert empty.api_key != before
    assert statuses(new_client(empty), 1) == [200]


@pytest.mark.parametrize("name", ["api-disabled", "domain-inactive"])
def test_a_portal_that_is_off(name: str, empty: Portal, api: httpx.Client) -> None:
    empty.apply_scenario(name)
    assert statuses(api, 1) == [403]
    assert (empty.settings.api_enabled, empty.settings.active) == (
        name != "api-disabled",
        name != "domain-inactive",
    )


def test_lost_writes_are_done(empty: Portal, api: httpx.Client) -> None:
    empty.apply_scenario("lost-writes")
    with pytest.raises(httpx.RemoteProtocolError):
        api.post("/users", json=ADA)
    assert [user["login"] for user in api.get("/users").json()["_data"]] == ["ada"]
    with pytest.raises(httpx.RemoteProtocolError):
        api.patch("/users/1", json={"status": "inactive"})
    assert [user["status"] for user in api.get("/users").json()["_data"]] == ["inactive"]
    with pytest.raises(httpx.RemoteProtocolError):
        api.delete("/users/1")
    assert api.get("/users").json()["_data"] == []
    lost = {fault.rule.method for fault in empty.faults}
    assert lost == {entry.method for entry in empty.catalogue} - {"GET"}


def test_schema_drift_changes_users_and_courses(
    new_portal: NewPortal, new_client: NewClient
) -> None:
    portal = new_portal(scenario="schema-drift", users=3)
    client = new_client(portal)
    user = client.get("/users").json()["_data"][0]
    assert ("last_updated" in user, "updated_at" in user, user["email"]) == (False, True, None)
    course = client.get("/courses/1").json()["_data"]
    assert ("category" in course, "course_code" in course, course["price"]) == (False, True, None)


def test_a_file_of_ones_own_sets_everything(
    empty: Portal, api: httpx.Client, write_file: WriteFile
) -> None:
    path = write_file("""
        plan = "custom"
        hourly_limit = 50
        burst_limit = 40
        remaining = 7
        burst_remaining = 6
        api_enabled = true
        active = true
        api_key = "another-key"
        tasks = "at-once"
        [quirks]
        error_shape = "flat"
        [[faults]]
        method = "GET"
        path = "/users/*"
        sequence = [503, "normal", 500]
    """)
    empty.disable_api()
    empty.deactivate()
    (fault,) = empty.apply_scenario(path)
    api.headers["X-API-Key"] = "another-key"

    assert api.get("/users/1").json() == {"type": "api_error", "message": "Service Unavailable."}
    answers = [api.get("/users/1") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [404, 500]
    assert answers[1].headers["x-ratelimit-limit"] == "50"
    assert answers[1].headers["x-ratelimit-remaining"] == "4"
    assert (empty.rate_limit.burst.limit, empty.rate_limit.burst_remaining) == (40, 3)
    assert (empty.settings.plan, empty.settings.tasks) == ("custom", "at-once")
    assert fault.fired == 2


def test_a_limit_without_a_plan_and_a_key_that_is_in_force(
    empty: Portal, write_file: WriteFile
) -> None:
    empty.apply_scenario(write_file(f'hourly_limit = 9\napi_key = "{empty.api_key}"'))
    assert (empty.rate_limit.hourly.limit, empty.settings.plan) == (9, "core")


def test_a_key_can_be_revoked(empty: Portal, api: httpx.Client, write_file: WriteFile) -> None:
    empty.apply_scenario(write_file("revoke_key = true"))
    assert statuses(api, 1) == [401]


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("fautls = []", "fautls is not a known key (did you mean 'faults'?)"),
        (
            "[[faults]]\nstatus = 503\n[[faults]]\nstatsu = 503",
            "faults.2.statsu is not a known key (did you mean 'status'?)",
        ),
        (
            "[[faults]]\nstatus = 503\nreset = true",
            "faults.1: status and reset contradict each other",
        ),
        (
            "[[faults]]\nstatus = 503\nmatch = { jsno = {} }",
            "faults.1.match.jsno is not a known key (did you mean 'json'?)",
        ),
        (
            '[[faults]]\nstatus = 503\n[[faults]]\npath = "getUser"\nstatus = 503',
            "faults.2: There is no operation 'getUser' (did you mean 'getUsers'?)",
        ),
        ('[[faults]]\nsequence = [503, "tiemout"]', "faults.1.sequence: has an unknown step"),
        ('plan = "grwo"', "There is no plan 'grwo' (did you mean 'grow'?)"),
        ('plan = "custom"', "The plan 'custom' has no limit of its own: say how many requests"),
        ('tasks = "pols:2"', "There is no rule 'pols:2' for tasks (did you mean 'polls:N'?)"),
        ("hourly_limit = 0", "The hourly limit must be at least 1, not 0"),
        ("burst_limit = 0", "The burst limit must be at least 1, not 0"),
        ("remaining = -1", "remaining: Input should be greater than or equal to 0"),
        ("remaining = 2001", "remaining: of 2000 requests there cannot be 2001 left"),
        ('remaining = 3000\nplan = "grow"\nburst_remaining = 201', "burst_remaining: of 200 requ"),
        ('[quirks]\neror_shape = "flat"', "There is no quirk 'eror_shape' (did you mean 'error_"),
        ('api_key = "a key"', "The API key must be printable ASCII without spaces"),
        (
            'api_key = "taken"\nremaining = 1',
            "Another portal of this server has the API key of ",
        ),
        (
            'api_key = "new"\nrotate_key = true',
            "api_key, rotate_key and revoke_key contradict each other",
        ),
    ],
)
def test_a_mistake_in_a_file_is_one_sentence_and_changes_nothing(
    text: str, mistake: str, empty: Portal, new_portal: NewPortal, write_file: WriteFile
) -> None:
    new_portal(api_key="taken")
    path = write_file(text)
    before = (repr(empty.settings), empty.rate_limit.as_data())
    with pytest.raises(SetupError) as refused:
        empty.apply_scenario(path)
    assert str(refused.value).startswith(f"The scenario {path!r} is not right: {mistake}")
    assert str(refused.value).count("\n") == 0
    assert (repr(empty.settings), empty.rate_limit.as_data(), len(empty.faults)) == (*before, 0)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("flakey", "There is no scenario 'flakey' (did you mean 'flaky'?)."),
        ("./no.toml", "The scenario file no.toml cannot be read: No such file or directory."),
    ],
)
def test_what_is_not_there_is_said(name: str, sentence: str, empty: Portal) -> None:
    with pytest.raises(SetupError) as refused:
        empty.apply_scenario(name)
    assert str(refused.value) == sentence


def test_a_portal_goes_back_to_its_scenario(new_portal: NewPortal, new_client: NewClient) -> None:
    portal = new_portal(dataset="empty", scenario="maintenance")
    portal.clear_faults()
    client = new_client(portal)
    assert statuses(client, 1) == [200]
    portal.reset()
    assert statuses(client, 1) == [503]


def test_a_portal_with_an_impossible_scenario_is_not_created() -> None:
    with MockServer() as server:
        with pytest.raises(SetupError, match="There is no scenario 'flakey'"):
            server.create_portal(scenario="flakey")
        assert len(server.portals) == 0
        assert len(server.create_portal(scenario="flaky").faults) == 1
