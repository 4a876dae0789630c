"""What is said of values that are missing or wrong, and which of several is reported."""

from typing import Any

import httpx
import pytest

from talentlms_mock import Portal
from talentlms_mock.api.operation import REGISTRY, Operation
from talentlms_mock.portal.contract.refusals import entity_of
from tests.api.responses import ADA, refusal

COURSE_ID = "Course id must be a positive integer"
USER_ID = "User id must be a positive integer"
WITH_IDS = [
    item
    for item in REGISTRY
    if item.body is not None and any(map(entity_of, item.body.model_fields))
]


@pytest.mark.parametrize(
    "value", ["<integer>", "", "7", 0, -1, -(10**30), 1.5, 2.0, True, None, []]
)
def test_what_is_no_positive_integer_is_no_id(value: object, api: httpx.Client) -> None:
    response = api.post("/enrollments", json={"course_id": value, "user_id": 1})
    assert (response.status_code, response.json()) == (400, refusal(COURSE_ID))


@pytest.mark.parametrize("value", [1, 9_999_999_999, 2**63, 10**30])
def test_an_integer_that_names_nothing_is_404(value: int, empty: Portal, api: httpx.Client) -> None:
    empty.add_user("ada")
    not_found = (404, refusal("Course not found"))
    in_body = api.post("/enrollments", json={"course_id": value, "user_id": 1})
    assert (in_body.status_code, in_body.json()) == not_found
    in_path = api.get(f"/courses/{value}")
    assert (in_path.status_code, in_path.json()) == not_found
    in_query = api.get("/course-progress", params={"course_id": value, "user_id": 1})
    assert in_query.status_code == 404


@pytest.mark.parametrize("value", ["0", "-1", "x", "%3Cinteger%3E", "1.5", "1e3", "+1", " 1", "１"])
def test_what_is_no_positive_integer_is_no_id_in_a_path(value: str, api: httpx.Client) -> None:
    response = api.get(f"/groups/{value}")
    expected = refusal("Group id must be a positive integer")
    assert (response.status_code, response.json()) == (400, expected)


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_the_id_of_a_user_itself_has_another_text(method: str, api: httpx.Client) -> None:
    json = {"status": "active"} if method == "PATCH" else None
    response = api.request(method, "/users/-1", json=json)
    assert (response.status_code, response.json()) == (400, refusal("User id is invalid"))


@pytest.mark.parametrize(
    ("method", "path", "json", "problem"),
    [
        ("POST", "/enrollments", {"course_id": "x", "user_id": "x"}, COURSE_ID),
        ("POST", "/enrollments", {"user_id": "x", "course_id": "x"}, COURSE_ID),
        ("POST", "/enrollments", {"user_id": "x"}, "Course id is required"),
        ("POST", "/enrollments", {"course_id": 1, "user_id": "x"}, USER_ID),
        ("POST", "/enrollments", {"course_id": 1}, "User id is required"),
        ("POST", "/courses/x/purchase", {"user_id": "x"}, COURSE_ID),
        ("POST", "/courses/1/purchase", {"user_id": "x"}, USER_ID),
        ("DELETE", "/enrollments", None, "Course id is required"),
        ("DELETE", "/enrollments?course_id=x", None, COURSE_ID),
    ],
)
def test_the_first_that_is_wrong_is_reported(
    method: str, path: str, json: Any, problem: str, api: httpx.Client
) -> None:
    response = api.request(method, path, json=json)
    assert (response.status_code, response.json()) == (400, refusal(problem))


@pytest.mark.parametrize("operation", WITH_IDS, ids=lambda item: item.operation_id)
def test_the_ids_of_a_body_are_checked_in_their_order(
    operation: Operation, api: httpx.Client
) -> None:
    assert operation.body is not None
    fields = operation.body.model_fields
    entities = [entity_of(name) for name in fields if fields[name].is_required()]
    body: dict[str, object] = {name: "x" for name in fields if entity_of(name)}
    for name, entity in zip(list(body), filter(None, entities), strict=False):
        response = api.request(operation.method, operation.path.replace("{id}", "1"), json=body)
        expected = refusal(f"{entity.capitalize()} id must be a positive integer")
        assert (response.status_code, response.json()) == (400, expected)
        body[name] = 1


@pytest.mark.parametrize(
    ("method", "path", "json", "problem"),
    [
        ("POST", "/users", {}, "User name is required"),
        ("POST", "/users", ADA | {"surname": ""}, "User surname is required"),
        ("POST", "/users", ADA | {"email": "nobody"}, "Email is not valid"),
        ("POST", "/users", ADA | {"email": ""}, "Email is not valid"),
        ("POST", "/users", ADA | {"name": None}, "The attribute 'name' must be a string"),
        (
            "POST",
            "/users",
            ADA | {"name": "x" * 192},
            "The attribute 'name' must have at most 191 characters",
        ),
        ("POST", "/users", ADA | {"credits": "x"}, "The attribute 'credits' must be a number"),
        ("POST", "/users", ADA | {"credits": -1}, "The attribute 'credits' must be at least 0"),
        (
            "POST",
            "/users",
            ADA | {"timezone": "Mars/Olympus"},
            "The attribute 'timezone' must be the name of a timezone, like Europe/Athens",
        ),
        ("POST", "/password-reset", {"login": ""}, "User login is required"),
        ("POST", "/courses", {"code": "28"}, "Course name is required"),
        ("POST", "/groups", {"name": ""}, "Group name is required"),
        ("POST", "/branches", {"default_locale": "en-US"}, "Branch name is required"),
        ("POST", "/branches", {"name": "Oslo"}, "Branch description is required"),
        (
            "POST",
            "/branches",
            {"name": "Oslo", "description": ""},
            "Branch default locale is required",
        ),
        (
            "PUT",
            "/branches/1/status",
            {"is_active": "abc"},
            "The attribute 'is_active' must be boolean",
        ),
        ("POST", "/batch/users", {"users": []}, "The attribute 'users' must not be empty"),
        ("POST", "/batch/users", {"users": {}}, "The attribute 'users' must be an array"),
        (
            "POST",
            "/batch/users",
            {"users": [{}] * 101},
            "The attribute 'users' must have at most 100 items",
        ),
    ],
)
def test_what_is_said_of_a_value(
    method: str, path: str, json: Any, problem: str, api: httpx.Client
) -> None:
    response = api.request(method, path, json=json)
    assert (response.status_code, response.json()) == (400, refusal(problem))


def test_ids_in_the_query_are_contract_warnings(empty: Portal, api: httpx.Client) -> None:
    empty.add_user("ada")
    response = api.delete("/enrollments?course_id=1&user_id=1")
    assert (response.status_code, response.json()) == (404, refusal("Course not found"))
    assert [exchange.warnings for exchange in empty.journal] == [
        [
            "course_id in the query, where the document puts it in the body",
            "user_id in the query, where the document puts it in the body",
        ]
    ]
