from typing import Any

import httpx
import pytest
from sqlalchemy import select, update

from talentlms_mock import Portal
from talentlms_mock.errors import InvalidValue, NotFound
from talentlms_mock.portal.store.models import (
    categories,
    courses,
    enrollments,
    learning_path_enrollments,
)
from tests.api.responses import Json, refusal
from tests.conftest import NOW
from tests.portal.arrange import (
    READING,
    add_course,
    add_path,
    add_user,
    count,
    enroll,
    last_event,
    told,
)

RULES = {"traversal": "any", "completion": "all_courses"}
BOTH = {"user_id": 1, "learning_path_id": 1}


@pytest.fixture
def _ada_and_a_path(empty: Portal) -> None:
    add_user(empty)
    algebra = add_course(empty, READING)
    botany = add_course(empty, name="Botany")
    add_path(empty, botany, algebra)


with_path = pytest.mark.usefixtures("_ada_and_a_path")


def listed(id: int, **different: Any) -> Json:
    return {
        "id": id,
        "name": "Basics",
        "description": None,
        "status": "active",
        "category": None,
        "price": None,
        "starts_at": None,
        "expires_at": None,
        "rules": RULES,
        "courses_count": 0,
    } | different


def join(api: httpx.Client, body: Json = BOTH) -> tuple[int, Json]:
    response = api.post("/learning-paths/enrollments", json=body)
    return response.status_code, response.json()


def in_courses(portal: Portal) -> list[int]:
    with portal.transaction() as transaction:
        rows = transaction.connection.execute(select(enrollments.c.course_id).order_by("id"))
        return list(rows.scalars())


@with_path
def test_listing_and_reading_learning_paths(empty: Portal, api: httpx.Client) -> None:
    with empty.transaction() as transaction:
        transaction.insert(categories, {"name": "Science"})
    add_path(
        empty,
        1,
        1,
        name="Über alles",
        description="<b>Everything</b>",
        status="inactive",
        category_id=1,
        price=9.5,
        starts_at=NOW,
        expires_at="2025-06-01T00:00:00+00:00",
        rules={"traversal": "sequential"},
    )
    whole = listed(
        2,
        name="Über alles",
        description={"html": "<b>Everything</b>", "text": "Everything"},
        status="inactive",
        category={"id": 1, "parent_id": None, "name": "Science"},
        price={"amount": 9.5, "currency": "USD"},
        starts_at=NOW,
        expires_at="2025-06-01T00:00:00+00:00",
        rules={"traversal": "sequential"},
        courses_count=1,
    )
    page = api.get("/learning-paths").json()
    assert page["_data"] == [listed(1, courses_count=2), whole]
    assert page["_meta"]["pagination"]["total_items"] == 2
    response = api.get("/learning-paths/2")
    one = whole | {"courses": [{"id": 1, "name": "Algebra", "order": 1}]}
    assert (response.status_code, response.json()) == (200, {"_data": one})
    assert api.get("/learning-paths/1").json()["_data"]["courses"] == [
        {"id": 2, "name": "Botany", "order": 1},
        {"id": 1, "name": "Algebra", "order": 2},
    ]

    def ids(name: str, value: str) -> list[int]:
        answer = api.get("/learning-paths", params={f"filter{name}": value}).json()
        return [item["id"] for item in answer["_data"]]

    assert ids("[keyword][like]", "ÜBER") == [2]
    assert ids("[status][eq]", "active") == [1]
    assert api.get("/learning-paths?filter[status][eq]=x").status_code == 400


def test_a_learning_path_that_does_not_exist(api: httpx.Client) -> None:
    response = api.get("/learning-paths/9")
    assert (response.status_code, response.json()) == (404, refusal("Learning path not found"))
    for malformed in ("x", "-1", "0"):
        response = api.get(f"/learning-paths/{malformed}")
        assert response.status_code == 400
        assert response.json() == refusal("Learning path id must be a positive integer")


def test_enrollments_are_no_learning_path(api: httpx.Client) -> None:
    assert api.get("/learning-paths/enrollments").status_code == 405


@with_path
def test_enrolling_in_a_learning_path(empty: Portal, api: httpx.Client) -> None:
    before = last_event(empty)
    assert join(api) == (200, {"_data": BOTH | {"enrolled_on": NOW}})
    assert in_courses(empty) == [2, 1]
    assert told(empty, before) == [
        ("course_add_user", "Botany", None),
        ("course_add_user", "Algebra", None),
    ]
    twice = "The user is already enrolled in this learning path"
    assert join(api) == (409, refusal(twice))


@with_path
def test_courses_that_one_is_in_already_are_no_obstacle(empty: Portal, api: httpx.Client) -> None:
    for course_id in (1, 2):
        enroll(empty, 1, course_id)
        empty.learner(1).complete(course_id)
    empty.clock.advance(hours=1)
    assert join(api)[0] == 200
    with empty.transaction() as transaction:
        done = transaction.scalar(select(learning_path_enrollments.c.completed_on))
    assert done == "2025-05-07T10:30:00+00:00"


@with_path
def test_the_last_course_completes_the_path_with_an_event(empty: Portal, api: httpx.Client) -> None:
    join(api)
    empty.learner(1).complete(1)
    assert empty.learning_path_enrollments.get(user=1).completed_on is None
    before = last_event(empty)
    empty.learner(1).complete(2)
    assert told(empty, before) == [
        ("course_completion", "Botany", None),
        ("learning_path_completion", None, None),
    ]
    event = api.get("/timeline?filter[event_type][eq]=learning_path_completion").json()["_data"]
    assert event == [
        {
            "id": "tlpc_1",
            "user_id": 1,
            "event_type": "learning_path_completion",
            "created_at": NOW,
            "occurrences": 1,
            "extra": {
                "user": {"id": 1, "name": "Ada", "surname": "Lovelace", "login": "ada"},
                "group": None,
                "course": None,
                "branch": None,
                "unit": None,
            },
        }
    ]


@with_path
def test_the_path_is_completed_when_the_last_open_course_is_deleted(
    empty: Portal, api: httpx.Client
) -> None:
    join(api)
    empty.learner(1).complete(1)
    before = last_event(empty)
    api.delete("/courses/2")
    assert told(empty, before) == [
        ("learning_path_completion", None, None),
        ("course_delete_course", "Botany", None),
    ]


@with_path
@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_an_archived_user_is_409(method: str, empty: Portal, api: httpx.Client) -> None:
    join(api)
    api.delete("/users/1")
    response = api.request(method, "/learning-paths/enrollments", json=BOTH)
    assert (response.status_code, response.json()) == (
        409,
        refusal("User is archived or not available"),
    )


@with_path
def test_a_course_that_refuses_refuses_for_the_path(empty: Portal, api: httpx.Client) -> None:
    with empty.transaction() as transaction:
        transaction.connection.execute(update(courses).where(courses.c.id == 1).values(capacity=0))
    before = last_event(empty)
    assert join(api) == (400, refusal("The requested course has reached its capacity"))
    assert in_courses(empty) == []
    assert count(empty, learning_path_enrollments) == 0
    assert told(empty, before) == []


@with_path
@pytest.mark.parametrize(
    "closed",
    [
        {"status": "inactive"},
        {"starts_at": "2025-05-07T09:30:01+00:00"},
        {"expires_at": NOW},
    ],
)
def test_a_closed_path_takes_nobody(closed: Json, empty: Portal, api: httpx.Client) -> None:
    id = add_path(empty, 1, **closed)
    answer = join(api, {"user_id": 1, "learning_path_id": id})
    assert answer == (400, refusal("The requested learning path is not active"))


@with_path
def test_an_inactive_user_is_not_enrolled_in_a_path(empty: Portal, api: httpx.Client) -> None:
    id = add_path(empty)
    api.patch("/users/1", json={"status": "inactive"})
    answer = join(api, {"user_id": 1, "learning_path_id": id})
    assert answer == (400, refusal("The requested user is not active"))


@with_path
@pytest.mark.parametrize("method", ["POST", "DELETE"])
@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        ({"user_id": 1}, 400, "Learning path id is required"),
        ({"learning_path_id": 1}, 400, "User id is required"),
        ({"user_id": "1", "learning_path_id": 1}, 400, "User id must be a positive integer"),
        ({"user_id": 9, "learning_path_id": 1}, 404, "User not found"),
        ({"user_id": 1, "learning_path_id": 9}, 404, "Learning path not found"),
    ],
)
def test_wrong_ids(method: str, body: Json, status: int, message: str, api: httpx.Client) -> None:
    response = api.request(method, "/learning-paths/enrollments", json=body)
    assert (response.status_code, response.json()) == (status, refusal(message))


@with_path
@pytest.mark.parametrize("place", ["json", "params"])
def test_leaving_a_learning_path(place: str, empty: Portal, api: httpx.Client) -> None:
    join(api)
    before = last_event(empty)
    response = api.request("DELETE", "/learning-paths/enrollments", **{place: BOTH})  # type: ignore[arg-type]  # both take it
    assert (response.status_code, response.content) == (204, b"")
    assert count(empty, learning_path_enrollments) == 0
    assert in_courses(empty) == [2, 1]
    assert told(empty, before) == []
    warnings = [text for exchange in empty.journal for text in exchange.warnings]
    assert len(warnings) == (2 if place == "params" else 0)
    response = api.request("DELETE", "/learning-paths/enrollments", json=BOTH)
    assert response.status_code == 409
    assert response.json() == refusal("The user is not enrolled in this learning path")


def test_what_a_learning_path_cannot_be(empty: Portal) -> None:
    with pytest.raises(NotFound, match="Category not found"):
        add_path(empty, category_id=9)
    with pytest.raises(NotFound, match="Course not found"):
        add_path(empty, 9)
    with pytest.raises(InvalidValue, match="The attribute 'expires_at' must be after starts_at"):
        add_path(empty, starts_at=NOW, expires_at=NOW)
