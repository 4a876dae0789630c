"""Numbers and amounts beyond what a portal has: refused, or found nowhere, but never an error."""

import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from talentlms_mock import MockServer, Portal
from talentlms_mock.errors import SetupError
from talentlms_mock.portal.seed import build
from talentlms_mock.portal.state.settings import Settings
from tests.conftest import NewPortal
from tests.control.conftest import check, problem

_LONG = "9" * 5000


@pytest.fixture
def of_portal(new_portal: NewPortal) -> Iterator[httpx.Client]:
    url = new_portal(users=3).control_url
    with httpx.Client(base_url=url, event_hooks={"response": [check]}, timeout=60) as client:
        yield client


@pytest.mark.parametrize("id", [_LONG, "99999999999999999999", "9223372036854775808", "0", "x"])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/users/{id}"),
        ("GET", "/events/{id}"),
        ("GET", "/enrollments/{id}"),
        ("GET", "/users/{id}/courses"),
        ("GET", "/units/{id}/sessions/{id}/attendees"),
        ("GET", "/requests/{id}"),
        ("GET", "/faults/{id}"),
        ("POST", "/users/{id}/archive"),
        ("POST", "/users/{id}/restore"),
        ("POST", "/courses/{id}/restore"),
        ("POST", "/tasks/{id}/complete"),
        ("POST", "/learners/{id}/log-in"),
        ("POST", "/snapshots/{id}/restore"),
    ],
)
def test_an_id_that_nothing_has_is_404(
    id: str, method: str, path: str, of_portal: httpx.Client
) -> None:
    response = of_portal.request(method, path.format(id=id))
    assert response.status_code == 404
    assert id in response.json()["error"]["message"] or path.endswith("/restore")


def test_zeros_before_an_id_are_none_of_it(of_portal: httpx.Client) -> None:
    assert of_portal.get("/users/" + "0" * 30 + "1").json()["id"] == 1


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/users?id=99999999999999999999999", 200),
        ("/users?user_type=99999999999999999999999", 200),
        (f"/users?id={_LONG}", 422),
        ("/users?limit=99999999999999999999999", 422),
        ("/users?offset=99999999999999999999999", 422),
        (f"/requests?status={_LONG}", 422),
        (f"/requests?after={_LONG}", 422),
    ],
)
def test_a_number_in_a_query_is_never_an_error(
    path: str, status: int, of_portal: httpx.Client
) -> None:
    response = of_portal.get(path)
    assert response.status_code == status
    assert status != 200 or response.json() == []


@pytest.mark.parametrize(
    ("path", "body", "at"),
    [
        ("/users", {"login": "ada", "courses": [2**63]}, "courses[0]"),
        ("/courses", {"name": "A", "units": [{"name": "B", "pass_score": 2**64 - 1}]}, "units"),
        ("/enrollments", {"user": -(2**63), "course": 1}, "user"),
        ("/learners/1/open-unit", {"unit": 2**63}, "unit"),
    ],
)
def test_a_number_beyond_64_bits_is_refused_where_it_stands(
    path: str, body: dict[str, object], at: str, of_portal: httpx.Client
) -> None:
    status, message, place = problem(of_portal.post(path, json=body))
    assert (status, place and place.startswith(at)) == (422, True)
    assert message == f"{place} is a whole number beyond 64 bits."


def test_a_window_is_not_longer_than_a_year(of_portal: httpx.Client) -> None:
    refused = of_portal.patch("/rate-limit", json={"window": 1e300})
    assert problem(refused) == (
        400,
        "The window of a rate limit must be above 0 seconds and at most 31,622,400, a year, not "
        "1e+300.",
        "window",
    )


def test_a_clock_stays_at_the_last_day_that_there_is(
    of_portal: httpx.Client, new_portal: NewPortal, server: MockServer
) -> None:
    of_portal.post("/clock/travel", json={"to": "9999-12-30T23:59:59Z"})
    of_portal.post("/clock/tick", json={"factor": 1e6})
    while of_portal.get("/clock").json()["now"] != "9999-12-31T00:00:00+00:00":
        time.sleep(0.01)
    assert of_portal.get("/rate-limit").status_code == 200
    of_portal.post("/rate-limit/exhaust")
    state = of_portal.get("/rate-limit").json()["hour"]
    assert state["ends_at"] == "9999-12-31T00:00:00+00:00"
    assert of_portal.get("/users").status_code == 200


@pytest.mark.parametrize("users", [50_001, 10**12])
def test_a_portal_of_very_many_users_is_refused_over_http(
    users: int, control: httpx.Client, server: MockServer
) -> None:
    status, message, at = problem(control.post("/portals", json={"domain": "x", "users": users}))
    assert (status, at) == (400, "users")
    assert message == (
        "Over HTTP a portal is made with at most 50,000 users: for more, run `talentlms-mock seed "
        "--users N --database FILE`, and upload the file to portals/open or start the mock with it."
    )
    assert server.portals.of_domain("x") is None


@pytest.mark.parametrize("users", [-1, 1_000_001, 10**12])
def test_no_portal_has_more_than_a_million_users_to_begin_with(
    users: int, server: MockServer, tmp_path: Path
) -> None:
    said = f"A portal is made with 0 to 1,000,000 users, not {users:,}."
    with pytest.raises(SetupError) as refused:
        Portal(Settings(), users=users)
    assert (str(refused.value), refused.value.at) == (said, "users")
    with pytest.raises(SetupError) as refused:
        build.build_file(tmp_path / "file", users=users, seed=1)
    assert str(refused.value) == said


def test_a_list_has_what_is_asked_for(of_portal: httpx.Client) -> None:
    everything = of_portal.get("/events").json()
    assert len(everything) > 3
    assert of_portal.get("/events?offset=1&limit=2").json() == everything[1:3]
    assert of_portal.get(f"/events?offset={len(everything)}").json() == []
