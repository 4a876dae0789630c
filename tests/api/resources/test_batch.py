from collections.abc import Callable
from typing import Any

import httpx
import pytest
from sqlalchemy import insert, select

from talentlms_mock import Portal
from talentlms_mock.portal.rules.passwords import UNUSABLE
from talentlms_mock.portal.store.models import tasks, user_fields, users
from tests.api.events import told
from tests.api.responses import ADA, Json, refusal, user
from tests.conftest import NewClient, NewPortal

ADA_ITEM = {name: value for name, value in ADA.items() if name != "password"}
BOB = {"login": "bob", "name": "Bob", "surname": "Bee", "email": "bob@example.com"}
Run = Callable[..., list[Json]]
NAMES = ("users", "courses", "enrollments")
ITEMS: Json = {
    "users": ADA_ITEM,
    "courses": {"name": "Algebra"},
    "enrollments": {"user_id": 1, "course_id": 1},
}


@pytest.fixture(autouse=True)
def _at_once(empty: Portal) -> None:
    empty.set_tasks("at-once")


def batch(portal: Portal, api: httpx.Client, name: str, *items: object) -> list[Json]:
    """Send a batch, and return the errors of its task, which is completed."""
    response = api.post(f"/batch/{name}", json={name: list(items)})
    assert response.status_code == 200, response.text
    id = response.json()["_data"]["task_id"]
    assert api.get(f"/tasks/{id}").json()["_data"]["processed_items"] == len(items)
    task = portal.tasks.get(id)
    assert (task.status, task.total, task.failed) == ("completed", len(items), len(task.errors))
    return [dict(error) for error in task.errors]


@pytest.fixture
def run(empty: Portal, api: httpx.Client) -> Run:
    def send(name: str, *items: object) -> list[Json]:
        return batch(empty, api, name, *items)

    return send


def add_custom_field(portal: Portal) -> None:
    field = {"key": "custom_field_1", "name": "Size", "type": "dropdown", "position": 1}
    with portal.transaction() as transaction:
        transaction.connection.execute(
            insert(user_fields), field | {"dropdown_values": '["S","M"]'}
        )


def warnings(portal: Portal) -> list[str]:
    return [text for exchange in portal.journal for text in exchange.warnings]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (lambda name: {}, "is required"),
        (lambda name: {name: []}, "must not be empty"),
        (lambda name: {name: [ITEMS[name]] * 101}, "must have at most 100 items"),
        (lambda name: {name: ITEMS[name]}, "must be an array"),
        (lambda name: {name: None}, "must be an array"),
    ],
)
def test_a_body_without_a_list_of_1_to_100_is_400(
    name: str, body: Any, problem: str, empty: Portal, api: httpx.Client
) -> None:
    response = api.post(f"/batch/{name}", json=body(name))
    assert response.status_code == 400
    assert response.json() == refusal(f"The attribute '{name}' {problem}")
    with empty.transaction() as transaction:
        assert transaction.connection.execute(select(tasks)).first() is None


@pytest.mark.parametrize("name", NAMES)
def test_an_item_that_is_no_object_is_a_failed_item(name: str, api: httpx.Client, run: Run) -> None:
    problems = run(name, None, 1, "x", [ITEMS[name]])
    message = "An item must be an object"
    assert problems == [{"index": index, "message": message} for index in range(4)]


def test_a_hundred_users_are_taken(api: httpx.Client, run: Run) -> None:
    items = [BOB | {"login": f"b{n}", "email": f"b{n}@example.com"} for n in range(100)]
    assert run("users", *items) == []
    total = api.get("/users").json()["_meta"]["pagination"]["total_results"]
    assert total == 100


def test_users_are_added_and_changed(empty: Portal, api: httpx.Client, run: Run) -> None:
    add_custom_field(empty)
    new = ADA_ITEM | {"status": "inactive", "custom_field_1": "S"}

    assert run("users", new, BOB, {"id": 2, "surname": "Bo", "custom_field_1": "M"}) == []

    size = {"id": 1, "name": "Size", "type": "dropdown"}
    assert api.get("/users/1").json()["_data"] == user(
        1, status="inactive", custom_fields=[size | {"value": "S"}]
    )
    assert api.get("/users/2").json()["_data"] == user(
        2, **(BOB | {"surname": "Bo"}), custom_fields=[size | {"value": "M"}]
    )
    assert told(empty) == [
        ("user_create_user", "Ada Lovelace was added as a user"),
        ("user_create_user", "Bob Bee was added as a user"),
        ("user_property_change", "The profile of Bob Bo was changed"),
    ]
    assert warnings(empty) == []


def test_a_user_is_switched_off_and_on(api: httpx.Client, run: Run) -> None:
    run("users", ADA_ITEM)
    for status in ("inactive", "active"):
        assert run("users", {"id": 1, "status": status}) == []
        assert api.get("/users/1").json()["_data"]["status"] == status


def test_users_that_cannot_be_are_failed_items_and_the_others_are_done(
    empty: Portal, api: httpx.Client, run: Run
) -> None:
    add_custom_field(empty)
    problems = run(
        "users",
        ADA_ITEM,
        {},
        BOB | {"login": "ADA"},
        BOB | {"email": "ada@example.com"},
        BOB | {"email": "bob"},
        BOB | {"status": True},
        BOB | {"custom_field_1": "XL"},
        {"id": 9, "name": "Nobody"},
        {"id": "1", "name": "Text"},
        {"id": None, "name": "Null"},
        {"id": 1, "name": 5},
        {"id": 1, "name": "Changed", "custom_field_1": "XL"},
        BOB,
    )
    messages = [problem["message"] for problem in problems]
    assert messages == [
        "User name is required",
        "A user with the same login already exists",
        "A user with the same email address already exists",
        "Email is not valid",
        "The attribute 'status' must be 'active' or 'inactive'",
        "The attribute 'custom_field_1' must be one of the field's values",
        "User not found",
        "The attribute 'id' must be an integer",
        "The attribute 'id' must be an integer",
        "The attribute 'name' must be a string",
        "The attribute 'custom_field_1' must be one of the field's values",
    ]
    assert [problem["index"] for problem in problems] == list(range(1, 12))
    logins = [item["login"] for item in api.get("/users").json()["_data"]]
    assert logins == ["ada", "bob"]
    assert api.get("/users/1").json()["_data"]["name"] == "Ada"
    assert [name for name, _ in told(empty)] == ["user_create_user"] * 2


def test_nobody_knows_the_password_of_a_user_from_a_batch(
    empty: Portal, api: httpx.Client, run: Run
) -> None:
    run("users", ADA_ITEM | {"password": "Passw0rd"}, BOB)
    with empty.transaction() as transaction:
        kept = transaction.connection.execute(select(users.c.password_hash)).scalars().all()
    assert kept == [UNUSABLE, UNUSABLE]
    changed = api.patch("/users/1", json={"password": "Passw1rd", "current_password": UNUSABLE})
    assert changed.status_code == 400
    assert warnings(empty) == ["unknown field 'users.password' in the body"]


@pytest.mark.parametrize("name", NAMES)
def test_an_unknown_field_of_an_item_is_a_contract_warning(
    name: str, empty: Portal, api: httpx.Client, run: Run
) -> None:
    api.post("/users", json=ADA | {"login": "x", "email": "x@example.com"})
    api.post("/courses", json={"name": "Any"})
    item = ITEMS[name] | {"colour": "red"}
    assert run(name, item, 7) == [{"index": 1, "message": "An item must be an object"}]
    assert warnings(empty) == [f"unknown field '{name}.colour' in the body"]


@pytest.mark.parametrize("name", NAMES)
def test_an_unknown_field_can_be_refused(
    name: str, new_portal: NewPortal, new_client: NewClient
) -> None:
    quirks = {"unknown_body_field": "reject"}
    portal = new_portal(dataset="empty", tasks="at-once", quirks=quirks)
    client = new_client(portal)
    client.post("/users", json=ADA | {"login": "x", "email": "x@example.com"})
    client.post("/courses", json={"name": "Any"})
    errors = batch(portal, client, name, ITEMS[name] | {"colour": "red"}, ITEMS[name])
    assert errors == [{"index": 0, "message": "There is no attribute 'colour'"}]
    assert warnings(portal) == []
    response = client.post(f"/batch/{name}", json={name: [ITEMS[name]], "colour": "red"})
    assert response.status_code == 400
    assert response.json() == refusal("There is no attribute 'colour'")


def test_courses_are_added_and_changed_by_id_or_code(
    empty: Portal, api: httpx.Client, run: Run
) -> None:
    assert (
        run(
            "courses",
            {"name": "Algebra", "code": "ALG", "description": "<b>Sums</b>", "is_active": False},
            {"name": "Biology"},
            {"code": "alg", "name": "Algebra I"},
            {"id": 2, "code": "BIO", "is_active": False},
            {"code": "ALG", "is_active": True, "description": None},
        )
        == []
    )
    listed = [
        {name: item[name] for name in ("id", "name", "code", "description", "status")}
        for item in api.get("/courses").json()["_data"]
    ]
    assert listed == [
        {"id": 1, "name": "Algebra I", "code": "ALG", "description": None, "status": "active"},
        {"id": 2, "name": "Biology", "code": "BIO", "description": None, "status": "inactive"},
    ]
    assert told(empty) == [
        ("course_create_course", "The course Algebra was created"),
        ("course_create_course", "The course Biology was created"),
        ("course_update_course", "The course Algebra I was changed"),
        ("course_update_course", "The course Biology was changed"),
        ("course_update_course", "The course Algebra I was changed"),
    ]
    found = api.get("/courses?filter[keyword][like]=bio").json()["_data"]
    assert [item["id"] for item in found] == [2]


def test_a_changed_course_keeps_what_is_not_said(
    empty: Portal, api: httpx.Client, run: Run
) -> None:
    days = {"start_datetime": 1746057600, "expiration_datetime": 1748736000}
    body = {"name": "Algebra", "code": "ALG", "description": "<b>Sums</b>", "capacity": 9} | days
    api.post("/courses", json=body)
    before = api.get("/courses/1").json()["_data"]
    empty.clock.advance(hours=1)
    assert run("courses", {"id": 1, "name": "Calculus"}) == []
    changed = {"name": "Calculus", "last_updated_on": "2025-05-07T10:30:00+00:00"}
    assert api.get("/courses/1").json()["_data"] == before | changed


def test_an_archived_course_is_a_failed_item(empty: Portal, run: Run) -> None:
    empty.archive_course(empty.add_course("Algebra", code="ALG"))
    archived = {"index": 0, "message": "Course is archived or not available"}
    assert run("courses", {"id": 1, "name": "Calculus"}) == [archived]
    assert run("courses", {"name": "Calculus", "code": "alg"}) == []
    assert [course.id for course in empty.courses] == [2]


def test_courses_that_cannot_be_are_failed_items(api: httpx.Client, run: Run) -> None:
    problems = run(
        "courses",
        {"name": "Algebra", "code": "ALG"},
        {},
        {"code": "NEW"},
        {"name": ""},
        {"id": 9, "name": "None"},
        {"id": "1"},
        {"name": "Biology", "is_active": "yes"},
        {"name": "Biology", "code": "BIO"},
        {"id": 2, "code": "alg"},
    )
    assert [(problem["index"], problem["message"]) for problem in problems] == [
        (1, "Course name is required"),
        (2, "Course name is required"),
        (3, "Course name is required"),
        (4, "Course not found"),
        (5, "The attribute 'id' must be an integer"),
        (6, "The attribute 'is_active' must be boolean"),
        (8, "A course with the same code already exists"),
    ]
    names = [item["name"] for item in api.get("/courses").json()["_data"]]
    assert names == ["Algebra", "Biology"]


def test_an_empty_code_names_no_course(api: httpx.Client, run: Run) -> None:
    new = {"name": "Algebra", "code": ""}
    assert run("courses", new, new) == []
    assert len(api.get("/courses").json()["_data"]) == 2


def test_enrollments(empty: Portal, api: httpx.Client, run: Run) -> None:
    run("users", ADA_ITEM, BOB | {"status": "inactive"})
    run("courses", {"name": "Algebra"}, {"name": "Closed", "is_active": False})
    seen = len(told(empty))
    problems = run(
        "enrollments",
        {"user_id": 1, "course_id": 1},
        {"user_id": 1, "course_id": 1},
        {"user_id": 2, "course_id": 1},
        {"user_id": 1, "course_id": 2},
        {"user_id": 1, "course_id": 9},
        {"user_id": 9, "course_id": 1},
        {"user_id": 1},
        {"user_id": "1", "course_id": 1},
    )
    assert [problem["message"] for problem in problems] == [
        "The user is already enrolled in this course",
        "The requested user is not active",
        "The requested course is not active",
        "Course not found",
        "User not found",
        "Course id is required",
        "User id must be a positive integer",
    ]
    assert told(empty, seen) == [("course_add_user", "Ada Lovelace was enrolled in Algebra")]


@pytest.mark.parametrize(("path", "resource"), [("/users/1", "User"), ("/courses/1", "Course")])
def test_what_was_deleted_before_the_task_ran_is_a_failed_item(
    path: str, resource: str, empty: Portal, api: httpx.Client, run: Run
) -> None:
    run("users", ADA_ITEM)
    run("courses", {"name": "Algebra"})
    empty.set_tasks("manual")
    api.post("/batch/enrollments", json={"enrollments": [ITEMS["enrollments"]]})
    api.delete(path)
    *_, task = empty.tasks
    empty.complete_task(task)
    message = f"{resource} is archived or not available"
    assert empty.tasks.get(task.id).errors == ({"index": 0, "message": message},)
