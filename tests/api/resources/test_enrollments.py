import httpx
import pytest
from sqlalchemy import select

from talentlms_mock import Portal
from talentlms_mock.portal.store.models import enrollments, events
from tests.api.responses import ADA, Json, refusal

BOTH = {"user_id": 1, "course_id": 1}


@pytest.fixture(autouse=True)
def _ada_and_algebra(api: httpx.Client) -> None:
    assert api.post("/users", json=ADA).json()["_data"]["id"] == 1
    assert api.post("/courses", json={"name": "Algebra"}).json()["_data"]["id"] == 1


def enroll(api: httpx.Client, body: Json) -> tuple[int, Json]:
    response = api.post("/enrollments", json=body)
    return response.status_code, response.json()


def last_event(portal: Portal) -> tuple[str, int, int, str]:
    with portal.transaction() as transaction:
        row = transaction.connection.execute(select(events).order_by(events.c.id.desc())).first()
    assert row is not None
    return row.event_type, row.user_id, row.course_id, row.message


MIDNIGHT = 1746662400
"""The end of the day of the portal's clock, 2025-05-08T00:00:00Z, in Unix seconds."""


def test_enrolling(empty: Portal, api: httpx.Client) -> None:
    assert enroll(api, BOTH) == (200, {"_data": {"role": "learner"}})
    assert [item["id"] for item in api.get("/courses/1/users").json()["_data"]] == [1]
    assert last_event(empty) == ("course_add_user", 1, 1, "Ada Lovelace was enrolled in Algebra")


def test_enrolling_twice_is_a_conflict(api: httpx.Client) -> None:
    enroll(api, BOTH)
    assert enroll(api, BOTH) == (
        409,
        refusal("The user is already enrolled in this course"),
    )


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        ({"course_id": 1}, 400, "User id is required"),
        ({"user_id": 1}, 400, "Course id is required"),
        ({"user_id": "1", "course_id": 1}, 400, "User id must be a positive integer"),
        ({"user_id": None, "course_id": 1}, 400, "User id must be a positive integer"),
        ({"user_id": 9, "course_id": 1}, 404, "User not found"),
        ({"user_id": 1, "course_id": 9}, 404, "Course not found"),
        ({"user_id": 2**70, "course_id": 1}, 404, "User not found"),
        ({"user_id": 2**63, "course_id": 1}, 404, "User not found"),
        ({"user_id": 0, "course_id": 1}, 400, "User id must be a positive integer"),
    ],
)
@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_wrong_ids(method: str, body: Json, status: int, message: str, api: httpx.Client) -> None:
    response = api.request(method, "/enrollments", json=body)
    assert (response.status_code, response.json()) == (status, refusal(message))


def test_an_inactive_user_is_not_enrolled(api: httpx.Client) -> None:
    api.patch("/users/1", json={"status": "inactive"})
    assert enroll(api, BOTH) == (400, refusal("The requested user is not active"))


@pytest.mark.parametrize(
    "closed",
    [
        {"is_active": False},
        {"start_datetime": MIDNIGHT},
        {"expiration_datetime": MIDNIGHT - 52_200},
    ],
)
def test_a_closed_course_takes_nobody(closed: Json, api: httpx.Client) -> None:
    api.post("/courses", json={"name": "Closed"} | closed)
    answer = enroll(api, {"user_id": 1, "course_id": 2})
    assert answer == (400, refusal("The requested course is not active"))
    assert api.get("/courses/2/users").json()["_data"] == []


def test_a_course_opens_and_closes_by_the_portals_clock(empty: Portal, api: httpx.Client) -> None:
    days = {"start_datetime": MIDNIGHT, "expiration_datetime": MIDNIGHT + 86_400}
    api.post("/courses", json={"name": "One day"} | days)
    empty.clock.freeze("2025-05-08T00:00:00Z")
    assert enroll(api, {"user_id": 1, "course_id": 2})[0] == 200
    api.delete("/enrollments?user_id=1&course_id=2")
    empty.clock.freeze("2025-05-09T00:00:00Z")
    assert enroll(api, {"user_id": 1, "course_id": 2})[0] == 400


def test_a_full_course_takes_nobody_more(api: httpx.Client) -> None:
    api.post("/users", json=ADA | {"login": "b", "email": "b@example.com"})
    api.post("/courses", json={"name": "Small", "capacity": 1})
    assert enroll(api, {"user_id": 1, "course_id": 2})[0] == 200
    full = (400, refusal("The requested course has reached its capacity"))
    assert enroll(api, {"user_id": 2, "course_id": 2}) == full
    api.request("DELETE", "/enrollments", json={"user_id": 1, "course_id": 2})
    assert enroll(api, {"user_id": 2, "course_id": 2})[0] == 200


def test_a_time_limit_counts_from_the_enrollment(empty: Portal, api: httpx.Client) -> None:
    api.post("/courses", json={"name": "Quick", "time_limit": 10})
    enroll(api, {"user_id": 1, "course_id": 2})
    with empty.transaction() as transaction:
        assert transaction.scalar(select(enrollments.c.expires_on)) == "2025-05-17T09:30:00+00:00"


def test_leaving_a_course_by_body(empty: Portal, api: httpx.Client) -> None:
    enroll(api, BOTH)
    response = api.request("DELETE", "/enrollments", json=BOTH)
    assert (response.status_code, response.content) == (204, b"")
    assert api.get("/courses/1/users").json()["_data"] == []
    left = ("course_remove_user", 1, 1, "Ada Lovelace was removed from Algebra")
    assert last_event(empty) == left
    assert [text for exchange in empty.journal for text in exchange.warnings] == []


def test_leaving_a_course_by_query_is_a_contract_warning(empty: Portal, api: httpx.Client) -> None:
    enroll(api, BOTH)
    assert api.delete("/enrollments", params=BOTH).status_code == 204
    assert [text for exchange in empty.journal for text in exchange.warnings] == [
        "course_id in the query, where the document puts it in the body",
        "user_id in the query, where the document puts it in the body",
    ]
    answer = api.delete("/enrollments?user_id=1").json()
    assert answer == refusal("Course id is required")
    answer = api.delete("/enrollments?user_id=x&course_id=1").json()
    assert answer == refusal("User id must be a positive integer")


def test_leaving_a_course_that_one_is_not_in_is_a_conflict(api: httpx.Client) -> None:
    response = api.request("DELETE", "/enrollments", json=BOTH)
    assert response.status_code == 409
    assert response.json() == refusal("The user is not enrolled in this course")
