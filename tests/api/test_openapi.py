"""The OpenAPI document, and every answer against it."""

from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from talentlms_mock.api.openapi import document
from talentlms_mock.api.operation import REGISTRY, Operation
from tests.api.responses import ADA

DOCUMENT = document(REGISTRY, "0")

IDS = {
    "getBranch": (1, 2, 3),
    "getBranchUsers": (1, 2, 3),
    "getGroup": (1, 2, 3, 4),
    "getGroupCourses": (1, 2, 3, 4),
    "getGroupUsers": (1, 2, 3, 4),
    "getLearningPath": (1, 2, 3),
    "getTask": (1,),
    "getUnitSessions": (14,),
}
"""The ids in the demo portal of what there is little of."""

QUERIES = {
    "getCourseProgress": {"user_id": 14, "course_id": 2},
    "getUnitProgress": {"user_id": 14, "unit_id": 8},
    "getResults": {"user_id": 14, "unit_id": 8},
}
"""What the demo portal has an answer to."""


def response_schema(operation: Operation, status: int) -> dict[str, Any]:
    described = DOCUMENT["paths"][f"/api/v2{operation.path}"][operation.method.lower()]
    schema = described["responses"][str(status)]["content"]["application/json"]["schema"]
    return {**schema, "components": DOCUMENT["components"]}


def test_the_document_is_valid() -> None:
    validate(DOCUMENT)


def paths_of(operation: Operation, client: httpx.Client) -> list[str]:
    """Return paths of the operation that lead to something in the demo portal."""
    if operation.operation_id == "gotoCourse":
        learners = [item["id"] for item in client.get("/courses/1/users").json()["_data"]]
        active = client.get("/users", params={"filter[status][eq]": "active"}).json()["_data"]
        user_id = next(item["id"] for item in active if item["id"] in learners)
        return [f"/courses/1/users/{user_id}/goto"]
    ids = IDS.get(operation.operation_id, range(1, 6)) if "{id}" in operation.path else [1]
    return [operation.path.replace("{id}", str(id)) for id in ids]


@pytest.mark.parametrize(
    "operation",
    [item for item in REGISTRY if item.method == "GET"],
    ids=lambda item: item.operation_id,
)
def test_every_answer_to_reading_fits_the_document(
    operation: Operation, client: httpx.Client
) -> None:
    client.post("/batch/enrollments", json={"enrollments": [{}]})  # there is a task 1
    query = QUERIES.get(operation.operation_id, {})
    for path in paths_of(operation, client):
        response = client.get(path, params=query)
        assert response.status_code == 200
        schema = response_schema(operation, response.status_code)
        Draft202012Validator(schema).validate(response.json())
    if "{id}" in operation.path:
        response = client.get(operation.path.replace("{id}", "999"))
        Draft202012Validator(response_schema(operation, 404)).validate(response.json())


@pytest.mark.parametrize(
    ("operation_id", "body"),
    [
        ("createUser", ADA),
        ("createCourse", {"name": "Algebra", "price": 3, "description": "Sums"}),
        ("createGroup", {"name": "Class of 2025", "price": 3, "key": "K"}),
        ("createGroupMembership", {"group_id": 4, "user_id": 50}),
        ("createGroupCourse", {"group_id": 4, "course_id": 1}),
        ("createBranch", {"name": "Oslo", "description": "", "default_locale": "nb-NO"}),
        ("createBranchUser", {"branch_id": 3, "user_id": 1}),
        ("createBranchCourse", {"branch_id": 3, "course_id": 1}),
        ("upsertUsers", {"users": [ADA]}),
        ("upsertCourses", {"courses": [{"name": "Algebra"}]}),
        ("createEnrollments", {"enrollments": [{"user_id": 1, "course_id": 1}]}),
    ],
)
def test_every_answer_to_creating_fits_the_document(
    operation_id: str, body: dict[str, Any], client: httpx.Client
) -> None:
    operation = REGISTRY[operation_id]
    response = client.post(operation.path, json=body)
    assert response.status_code == 200
    Draft202012Validator(response_schema(operation, 200)).validate(response.json())


@pytest.mark.parametrize("operation_id", ["logoutUser", "purchaseCourse", "purchaseCategory"])
def test_every_answer_with_an_address_fits_the_document(
    operation_id: str, client: httpx.Client
) -> None:
    user_id = client.post("/users", json=ADA).json()["_data"]["id"]
    operation = REGISTRY[operation_id]
    body = {"next": ""} if operation_id == "logoutUser" else {"user_id": user_id}
    response = client.post(operation.path.replace("{id}", "1"), json=body)
    assert response.status_code == 200
    Draft202012Validator(response_schema(operation, 200)).validate(response.json())


def test_the_document_says_how_well_each_operation_is_known() -> None:
    described = [item for path in DOCUMENT["paths"].values() for item in path.values()]
    assert len(described) == len(REGISTRY)
    assert {item["x-fidelity"]["known"] for item in described} == {"documented", "observed"}
