from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from talentlms_mock import Portal, Unit
from tests.api.resources.test_users import told
from tests.api.responses import ADA, Json, error, refusal
from tests.conftest import NOW, NewClient, NewPortal

MAY, JUNE = (int(datetime(2025, month, 1, tzinfo=UTC).timestamp()) for month in (5, 6))
COVER = {
    **{
        size: f"https://static.example.com/courses/cover_{size}.png"
        for size in ("default", "sm", "md", "lg")
    },
    "xl": None,
}
ALL_UNITS: Json = {"rule_type": "all_units", "unit_percentage": None, "complete_units": None}
ALL_SCORES: Json = {"rule_type": "all_tests_and_assignments", "score_units": None}


def created(id: int, **different: Any) -> Json:
    return {
        "id": id,
        "name": "Algebra",
        "category": None,
        "description": None,
        "code": None,
        "status": "active",
        "creation_date": NOW,
        "last_updated_on": NOW,
        "price": None,
        "discounted_price": None,
        "level": None,
        "capacity": None,
        "is_hidden_from_catalog": False,
        "is_locked": False,
        "time_limit": None,
    } | different


def listed(id: int, **different: Any) -> Json:
    names = (
        *("id", "name", "category", "description", "code", "status", "creation_date"),
        *("last_updated_on", "price", "capacity", "is_hidden_from_catalog", "is_locked"),
    )
    course = {name: created(id)[name] for name in names}
    more = {"public_key": None, "is_prerequisite": False, "remaining_licenses": None}
    return course | more | different


def whole(id: int, **different: Any) -> Json:
    names = (
        *("id", "name", "category", "description", "code", "status", "creation_date"),
        *("last_updated_on", "price", "discounted_price"),
    )
    return {
        **{name: created(id)[name] for name in names},
        "intro_video": None,
        "cover_image": COVER,
        "level": None,
        "capacity": None,
        "is_hidden_from_catalog": False,
        "is_locked": False,
        "rating": None,
        "rules": {
            "traversal": "any",
            "prerequisites": [],
            "completion": [ALL_UNITS],
            "score_calculation": [ALL_SCORES],
        },
        "starts_at": None,
        "expires_at": None,
        "time_limit": None,
        "availability": {"is_available": True, "reason": None},
        "retain_access_after_completion": True,
        "public_key": None,
        "is_prerequisite": False,
        "remaining_licenses": None,
        "custom_fields": [],
    } | different


def add(api: httpx.Client, **different: Any) -> int:
    response = api.post("/courses", json={"name": "Algebra"} | different)
    assert response.status_code == 200, response.text
    id = response.json()["_data"]["id"]
    assert isinstance(id, int)
    return id


def get(api: httpx.Client, id: int) -> Json:
    response = api.get(f"/courses/{id}")
    assert response.status_code == 200, response.text
    course: Json = response.json()["_data"]
    return course


def arrange(portal: Portal) -> None:
    portal.add_category("Natural Science", parent=portal.add_category("Science"))
    portal.add_course_field("Owner")


def test_creating_a_course_answers_with_it(api: httpx.Client) -> None:
    response = api.post("/courses", json={"name": "Algebra"})
    assert (response.status_code, response.json()) == (200, {"_data": created(1)})
    assert list(response.json()["_data"]) == list(created(1))
    assert (get(api, 1), list(get(api, 1))) == (whole(1), list(whole(1)))


def test_creating_a_course_with_everything(empty: Portal, api: httpx.Client) -> None:
    arrange(empty)
    response = api.post(
        "/courses",
        json={
            "name": "Algebra",
            "code": "ALG-1",
            "description": "<b>Sums</b>",
            "category_id": 2,
            "price": 9.5,
            "capacity": 20,
            "level": 2,
            "time_limit": None,
            "start_datetime": MAY,
            "expiration_datetime": JUNE,
            "is_active": False,
            "custom_fields": {"Owner": "Ada"},
        },
    )
    values: Json = {
        "code": "ALG-1",
        "description": {"html": "<b>Sums</b>", "text": "Sums"},
        "category": {"id": 2, "parent_id": 1, "name": "Natural Science"},
        "price": {"amount": 9.5, "currency": "USD"},
        "capacity": 20,
        "level": 2,
        "status": "inactive",
    }
    assert (response.status_code, response.json()) == (200, {"_data": created(1, **values)})
    assert get(api, 1) == whole(
        1,
        **values,
        starts_at="2025-05-01T00:00:00+00:00",
        expires_at="2025-06-01T00:00:00+00:00",
        availability={"is_available": False, "reason": "inactive"},
        remaining_licenses=20,
        custom_fields=[{"id": 1, "name": "Owner", "value": "Ada", "type": "text"}],
    )


def test_what_only_the_portals_pages_set(empty: Portal, api: httpx.Client) -> None:
    first = empty.add_course("Sums")
    empty.add_course(
        "Algebra",
        discounted_price=5,
        public_key="open-sesame",
        intro_video="https://youtu.be/aaaaaaaaaaa",
        cover_image="https://e.com/cover.png",
        retain_access_after_completion=False,
        traversal="sequential",
        prerequisites=[first],
        rating_average=4.5,
        rating_count=2,
    )
    assert get(api, 2) == whole(
        2,
        discounted_price={"amount": 5, "currency": "USD"},
        public_key="open-sesame",
        intro_video={"url": "https://youtu.be/aaaaaaaaaaa", "type": "youtube"},
        cover_image={
            "default": "https://e.com/cover.png",
            "sm": "https://e.com/cover.png",
            "md": "https://e.com/cover.png",
            "lg": "https://e.com/cover.png",
            "xl": None,
        },
        retain_access_after_completion=False,
        rules={
            "traversal": "sequential",
            "prerequisites": [{"id": 1, "name": "Sums"}],
            "completion": [ALL_UNITS],
            "score_calculation": [ALL_SCORES],
        },
        rating={"average": 4.5, "count": 2},
    )
    assert [course["is_prerequisite"] for course in api.get("/courses").json()["_data"]] == [
        True,
        False,
    ]


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("https://www.youtube.com/watch?v=a", "youtube"),
        ("https://player.vimeo.com/video/1", "vimeo"),
        ("https://e.com/youtube.com/film.mp4", "file"),
    ],
)
def test_the_type_of_a_video_follows_from_its_address(
    address: str, kind: str, empty: Portal, api: httpx.Client
) -> None:
    empty.add_course("Algebra", intro_video=address)
    assert get(api, 1)["intro_video"] == {"url": address, "type": kind}


def test_the_rules_of_completion_and_score(empty: Portal, api: httpx.Client) -> None:
    units: list[str | Unit] = [
        "Reading",
        Unit("Film", "video", is_required=False),
        Unit.test("Quiz"),
        Unit("Essay", "assignment", counts_for_score=False),
    ]
    empty.add_course("Some", units=units)
    empty.add_course("Most", units=["A", "B"], unit_percentage=80)
    empty.add_course("Both", units=units, unit_percentage=50)

    def rules(id: int) -> tuple[Any, Any]:
        found = get(api, id)["rules"]
        return found["completion"], found["score_calculation"]

    required = {"rule_type": "complete_units", "unit_percentage": None, "complete_units": [1, 3, 4]}
    assert rules(1) == ([required], [{"rule_type": "score_units", "score_units": [3]}])
    most = {"rule_type": "unit_percentage", "unit_percentage": 80, "complete_units": None}
    assert rules(2) == ([most], [ALL_SCORES])
    assert rules(3)[0] == [
        most | {"unit_percentage": 50},
        required | {"complete_units": [7, 9, 10]},
    ]


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"status": "inactive"}, "inactive"),
        ({"starts_at": "2025-05-07T09:30:01Z"}, "not_started"),
        ({"expires_at": NOW}, "expired"),
        ({"capacity": 1, "users": ["ada"]}, "full"),
    ],
)
def test_a_course_that_takes_nobody_says_why(
    values: Json, reason: str, empty: Portal, api: httpx.Client
) -> None:
    empty.add_user("ada")
    empty.add_course("Algebra", **values)
    assert get(api, 1)["availability"] == {"is_available": False, "reason": reason}


def test_availability_follows_the_portals_clock(empty: Portal, api: httpx.Client) -> None:
    empty.add_course("Algebra", starts_at="2025-05-08", expires_at="2025-05-09")
    reasons = []
    for day in (7, 8, 9):
        empty.clock.freeze(f"2025-05-{day:02}T12:00:00Z")
        reasons.append(get(api, 1)["availability"]["reason"])
    assert reasons == ["not_started", None, "expired"]


def test_listing_courses(empty: Portal, api: httpx.Client) -> None:
    arrange(empty)
    add(api)
    add(api, name="Botany", code="BOT", category_id=2, is_active=False, capacity=3)
    add(api, name="Chemistry", custom_fields={"Owner": "Curie"})
    courses = api.get("/courses").json()["_data"]
    assert courses == [
        listed(1),
        listed(
            2,
            name="Botany",
            code="BOT",
            category={"id": 2, "parent_id": 1, "name": "Natural Science"},
            status="inactive",
            capacity=3,
            remaining_licenses=3,
        ),
        listed(3, name="Chemistry"),
    ]
    assert [list(course) for course in courses] == [list(listed(1))] * 3

    def ids(name: str, value: object) -> list[int]:
        answer = api.get("/courses", params={f"filter{name}": str(value)}).json()
        assert answer["_meta"]["pagination"]["total_results"] == len(answer["_data"])
        return [item["id"] for item in answer["_data"]]

    assert ids("[status][eq]", "inactive") == [2]
    assert ids("[keyword][like]", "bot") == [2]
    assert ids("[category_id][eq]", 2) == [2]
    assert ids("[category_id][eq]", 1) == []
    assert ids("[category][like]", "NATURAL") == [2]
    assert ids("[category][like]", "") == [2]
    assert ids("[custom_field_value][eq]", "Curie") == [3]
    assert ids("[custom_field_value]", "curie") == []


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({}, "Course name is required"),
        ({"name": ""}, "Course name is required"),
        ({"name": "A", "category_id": "1"}, "Category id must be a positive integer"),
        ({"name": "A", "category_id": 0}, "Category id must be a positive integer"),
        ({"name": "A", "price": "9"}, "The attribute 'price' must be a number"),
        ({"name": "A", "capacity": -1}, "The attribute 'capacity' must be at least 0"),
        ({"name": "A", "capacity": 2**40}, "The attribute 'capacity' must be at most 2147483647"),
        ({"name": "A", "time_limit": 0}, "The attribute 'time_limit' must be at least 1"),
        ({"name": "A", "is_active": 1}, "The attribute 'is_active' must be boolean"),
        (
            {"name": "A", "start_datetime": "2025-05-01"},
            "The attribute 'start_datetime' must be an integer",
        ),
        (
            {"name": "A", "start_datetime": JUNE, "expiration_datetime": MAY},
            "The attribute 'expiration_datetime' must be after start_datetime",
        ),
        (
            {"name": "A", "time_limit": 5, "expiration_datetime": JUNE},
            "time_limit cannot be set if expires_at is set",
        ),
        ({"name": "A", "custom_fields": []}, "The attribute 'custom_fields' must be an object"),
        ({"name": "A", "custom_fields": {"Size": "L"}}, "There is no course field 'Size'"),
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
@pytest.mark.parametrize(
    ("id", "status", "message"),
    [
        ("9", 404, "Course not found"),
        (f"{10**30}", 404, "Course not found"),
        ("0", 400, "Course id must be a positive integer"),
        ("-1", 400, "Course id must be a positive integer"),
        ("x", 400, "Course id must be a positive integer"),
    ],
)
def test_a_course_that_does_not_exist(
    method: str, id: str, status: int, message: str, api: httpx.Client
) -> None:
    response = api.request(method, f"/courses/{id}")
    assert (response.status_code, response.json()) == (status, refusal(message))


def test_deleting_a_course_archives_it(empty: Portal, api: httpx.Client) -> None:
    course = add(api, code="ALG")
    api.post("/users", json=ADA)
    api.post("/enrollments", json={"user_id": 1, "course_id": course})
    before = [api.get(f"/courses/{course}{path}").json() for path in ("", "/users")]
    response = api.delete(f"/courses/{course}")
    assert (response.status_code, response.content) == (204, b"")
    for path in (f"/courses/{course}", f"/courses/{course}/users"):
        gone = api.get(path)
        assert (gone.status_code, gone.json()) == (404, refusal("Course not found"))
    assert api.get("/courses").json()["_data"] == []
    assert api.get("/users/1/courses").json()["_data"] == {"courses": []}
    assert api.get("/statistics").json()["_data"]["total_courses"] == 0
    assert told(empty)[-1] == ("course_delete_course", "The course Algebra was deleted")

    restored = empty.restore_course("alg")

    assert restored.id == course
    assert [api.get(f"/courses/{course}{path}").json() for path in ("", "/users")] == before
    assert told(empty)[-1] == ("course_undelete_course", "The course Algebra was restored")
    assert add(api) == course + 1


def test_the_code_of_an_archived_course_is_free(empty: Portal, api: httpx.Client) -> None:
    course = add(api, code="ALG")
    api.delete(f"/courses/{course}")
    assert add(api, code="alg") == course + 1


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("DELETE", "/courses/1", None),
        ("POST", "/enrollments", {"user_id": 1, "course_id": 1}),
        ("DELETE", "/enrollments", {"user_id": 1, "course_id": 1}),
        ("DELETE", "/course-progress?user_id=1&course_id=1", None),
        ("POST", "/courses/1/purchase", {"user_id": 1}),
    ],
)
@pytest.mark.parametrize(("preset", "shape"), [("documented", "wrapped"), ("recorded", "recorded")])
def test_what_changes_an_archived_course_is_409(
    method: str,
    path: str,
    body: Json | None,
    preset: str,
    shape: str,
    new_portal: NewPortal,
    new_client: NewClient,
) -> None:
    portal = new_portal(dataset="empty", preset=preset)
    portal.add_course("Algebra", users=[portal.add_user("ada")])
    portal.archive_course("Algebra")
    response = new_client(portal).request(method, path, json=body)
    archived = error(shape, "conflict", "Course is archived or not available")
    assert (response.status_code, response.json()) == (409, archived)


def test_errors_as_recorded(new_portal: NewPortal, new_client: NewClient) -> None:
    api = new_client(new_portal(dataset="empty", preset="recorded"))
    found = [
        api.get("/courses/-1").json(),
        api.get("/courses/9").json(),
        api.post("/courses", json={}).json(),
        api.post("/courses", json={"name": "A", "category_id": "9"}).json(),
        api.post("/courses", json={"name": "A", "time_limit": 1, "expiration_datetime": 1}).json(),
    ]
    assert found == [
        error("recorded", "bad_request", "Course id must be a positive integer"),
        error("recorded", "not_found.course_not_found", "Course not found"),
        error("recorded", "bad_request", "Course name is required"),
        error("recorded", "not_found.course_category_not_found", "Category not found"),
        error("recorded", "bad_request", "time_limit cannot be set if expires_at is set"),
    ]


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
