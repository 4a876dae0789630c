from typing import Any

import httpx
import pytest
from sqlalchemy import insert

from talentlms_mock import Portal
from talentlms_mock.portal.store.models import categories, course_fields
from tests.api.responses import ADA, Json, image, refusal
from tests.conftest import NOW


def created(id: int, **different: Any) -> Json:
    return {
        "id": id,
        "name": "Algebra",
        "code": None,
        "description": None,
        "category": None,
        "price": None,
        "discounted_price": None,
        "status": "active",
        "creation_date": NOW,
        "last_updated_on": NOW,
        "is_hidden_from_catalog": False,
        "is_locked": False,
        "capacity": None,
        "level": None,
        "time_limit": None,
    } | different


def as_listed(course: Json, public_key: str, licenses: int | None = None) -> Json:
    listed = {name: value for name, value in course.items() if name != "discounted_price"}
    return listed | {
        "is_prerequisite": False,
        "public_key": public_key,
        "remaining_licenses": licenses,
    }


def add(api: httpx.Client, **different: Any) -> int:
    response = api.post("/courses", json={"name": "Algebra"} | different)
    assert response.status_code == 200, response.text
    id = response.json()["_data"]["id"]
    assert isinstance(id, int)
    return id


def arrange(portal: Portal) -> None:
    with portal.transaction() as transaction:
        transaction.insert(categories, {"name": "Science"})
        transaction.connection.execute(
            insert(course_fields),
            [{"key": "custom_field_1", "name": "Owner", "type": "text", "position": 1}],
        )


def test_creating_a_course_answers_with_it(api: httpx.Client) -> None:
    response = api.post("/courses", json={"name": "Algebra"})
    assert (response.status_code, response.json()) == (200, {"_data": created(1)})


def test_creating_a_course_with_everything(empty: Portal, api: httpx.Client) -> None:
    arrange(empty)
    response = api.post(
        "/courses",
        json={
            "name": "Algebra",
            "code": "ALG-1",
            "description": "<b>Sums</b>",
            "category_id": 1,
            "price": 9.5,
            "capacity": 20,
            "level": 2,
            "time_limit": 30,
            "start_datetime": "2025-05-01T02:00:00+02:00",
            "expiration_datetime": "2025-06-01",
            "is_active": False,
            "custom_fields": {"Owner": "Ada"},
        },
    )
    whole = created(
        1,
        code="ALG-1",
        description={"html": "<b>Sums</b>", "text": "Sums"},
        category={"id": 1, "name": "Science"},
        price={"amount": 9.5, "currency": "USD"},
        capacity=20,
        level=2,
        time_limit=30,
        status="inactive",
    )
    assert (response.status_code, response.json()) == (200, {"_data": whole})
    course = api.get("/courses/1").json()["_data"]
    starts, ends = "2025-05-01T00:00:00+00:00", "2025-06-01T00:00:00+00:00"
    assert course == as_listed(whole, course["public_key"], 20) | {
        "availability": {"starts_at": starts, "expires_at": ends, "time_limit": 30},
        "cover_image": image("courses/cover"),
        "custom_fields": [{"id": 1, "name": "Owner", "value": "Ada", "type": "text"}],
        "discounted_price": None,
        "starts_at": starts,
        "expires_at": ends,
        "intro_video": None,
        "rating": {"average": None, "count": 0},
        "retain_access_after_completion": True,
        "rules": {"completion": "all_units", "score": "average", "traversal": "any"},
        "units": [],
    }
    assert len(course["public_key"]) == 16


def test_listing_courses(empty: Portal, api: httpx.Client) -> None:
    arrange(empty)
    add(api)
    add(api, name="Botany", code="BOT", category_id=1, is_active=False)
    add(api, name="Chemistry", custom_fields={"Owner": "Curie"})
    courses = api.get("/courses").json()["_data"]
    assert courses[0] == as_listed(created(1), courses[0]["public_key"])
    assert len({course["public_key"] for course in courses}) == 3

    def ids(name: str, value: object) -> list[int]:
        answer = api.get("/courses", params={f"filter{name}": str(value)}).json()
        return [item["id"] for item in answer["_data"]]

    assert ids("[status][eq]", "inactive") == [2]
    assert ids("[keyword][like]", "bot") == [2]
    assert ids("[category_id][eq]", 1) == [2]
    assert ids("[custom_field_value][eq]", "Curie") == [3]


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({}, "Course name is required"),
        ({"name": ""}, "Course name is required"),
        ({"name": "A", "price": "9"}, "The attribute 'price' must be a number"),
        ({"name": "A", "capacity": -1}, "The attribute 'capacity' must be at least 0"),
        ({"name": "A", "capacity": 2**40}, "The attribute 'capacity' must be at most 2147483647"),
        ({"name": "A", "time_limit": 0}, "The attribute 'time_limit' must be at least 1"),
        ({"name": "A", "is_active": 1}, "The attribute 'is_active' must be boolean"),
        (
            {"name": "A", "start_datetime": "soon"},
            "The attribute 'start_datetime' must be a date and time in ISO 8601",
        ),
        (
            {"name": "A", "start_datetime": "2025-02-01", "expiration_datetime": "2025-01-01"},
            "The attribute 'expiration_datetime' must be after start_datetime",
        ),
        ({"name": "A", "custom_fields": []}, "The attribute 'custom_fields' must be an object"),
        ({"name": "A", "custom_fields": {"Size": "L"}}, "there is no course field 'Size'"),
    ],
)
def test_a_wrong_value_is_400(body: Json, problem: str, api: httpx.Client) -> None:
    response = api.post("/courses", json=body)
    assert (response.status_code, response.json()) == (400, refusal(problem))
    assert api.get("/courses").json()["_data"] == []


def test_an_unknown_field_is_a_contract_warning(empty: Portal, api: httpx.Client) -> None:
    assert api.post("/courses", json={"name": "Algebra", "colour": "red"}).status_code == 200
    assert [exchange.warnings for exchange in empty.journal] == [
        ["unknown field 'colour' in the body"]
    ]


def test_an_unknown_category_is_404(api: httpx.Client) -> None:
    response = api.post("/courses", json={"name": "Algebra", "category_id": 7})
    assert response.status_code == 404
    assert response.json() == refusal("Category not found")


def test_a_code_is_taken_whatever_its_case(api: httpx.Client) -> None:
    add(api, code="ALG")
    response = api.post("/courses", json={"name": "Another", "code": "alg"})
    assert response.status_code == 400
    assert response.json() == refusal("A course with the same code already exists")


@pytest.mark.parametrize("method", ["GET", "DELETE"])
@pytest.mark.parametrize("path", ["/courses/9", "/courses/x"])
def test_a_course_that_does_not_exist_is_404(method: str, path: str, api: httpx.Client) -> None:
    response = api.request(method, path)
    assert response.status_code == 404
    assert response.json() == refusal("Course not found")


def test_deleting_a_course_deletes_its_enrollments(api: httpx.Client) -> None:
    course = add(api)
    api.post("/users", json=ADA)
    api.post("/enrollments", json={"user_id": 1, "course_id": course})
    response = api.delete(f"/courses/{course}")
    assert (response.status_code, response.content) == (204, b"")
    for path in (f"/courses/{course}", f"/courses/{course}/users"):
        assert api.get(path).json() == refusal("Course not found")
    assert add(api) == course + 1


def test_the_users_of_a_course(empty: Portal, api: httpx.Client) -> None:
    course = add(api, capacity=3)
    api.post("/users", json=ADA)
    api.post("/users", json=ADA | {"login": "b", "email": "b@example.com"})
    api.post("/enrollments", json={"user_id": 2, "course_id": course})
    answer = api.get(f"/courses/{course}/users").json()
    assert answer["_data"] == [
        {
            "id": 2,
            "login": "b",
            "name": "Ada",
            "surname": "Lovelace",
            "email": "b@example.com",
            "role": "learner",
            "enrolled_on": NOW,
            "completion_status": "not_attempted",
            "completion_percentage": 0,
            "completed_on": None,
            "score": None,
            "total_time": 0,
        }
    ]
    assert answer["_meta"]["pagination"]["total_items"] == 1
    assert api.get("/courses").json()["_data"][0]["remaining_licenses"] == 2


def test_every_seeded_course_is_whole(client: httpx.Client) -> None:
    listed = client.get("/courses", params={"page[size]": 100}).json()["_data"]
    assert len(listed) >= 10
    for course in listed:
        whole = client.get(f"/courses/{course['id']}").json()["_data"]
        assert whole.items() >= course.items()
        assert whole["units"]
