"""The OpenAPI document, and every answer against it."""

import json
import re
from dataclasses import replace
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from talentlms_mock.api.errors import error_body
from talentlms_mock.api.openapi import as_data, document
from talentlms_mock.api.operation import REGISTRY, Operation, Registry
from talentlms_mock.portal.contract import refusals
from tests.api.responses import ADA

DOCUMENT = document(REGISTRY, "0")

IDS = {
    "getBranch": (1, 2, 3),
    "getBranchUsers": (1, 2, 3),
    "getGroup": (1, 2, 3, 4),
    "getGroupCourses": (1, 2, 3, 4),
    "getGroupUsers": (1, 2, 3, 4),
    "getLearningPath": (1, 2, 3),
    "getUnitSessions": (14,),
}
"""The ids in the demo portal of what there is little of."""

QUERIES = {
    "getCourseProgress": {"user_id": 14, "course_id": 2},
    "getUnitProgress": {"user_id": 2, "unit_id": 8},
    "getResults": {"user_id": 2, "unit_id": 8},
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
    started = client.post("/batch/enrollments", json={"enrollments": [{}]}).json()["_data"]
    query = QUERIES.get(operation.operation_id, {})
    is_task = operation.operation_id == "getTask"
    paths = [f"/tasks/{started['task_id']}"] if is_task else paths_of(operation, client)
    for path in paths:
        response = client.get(path, params=query)
        assert response.status_code == 200
        schema = response_schema(operation, response.status_code)
        Draft202012Validator(schema).validate(response.json())
    if "{id}" in operation.path:
        unknown = "2x3LBp89" if is_task else "999"
        response = client.get(operation.path.replace("{id}", unknown))
        Draft202012Validator(response_schema(operation, 404)).validate(response.json())


@pytest.mark.parametrize(
    ("operation_id", "body"),
    [
        ("createUser", ADA),
        ("createCourse", {"name": "Algebra", "price": 3, "description": "Sums"}),
        ("createGroup", {"name": "Class of 2025", "price": 3, "key": "K"}),
        ("createBranch", {"name": "Oslo", "description": "", "default_locale": "nb-NO"}),
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


@pytest.mark.parametrize(
    ("operation_id", "body"),
    [
        ("createGroupMembership", {"group_id": 4, "user_id": 50}),
        ("createGroupCourse", {"group_id": 4, "course_id": 1}),
        ("createBranchUser", {"branch_id": 3, "user_id": 1}),
        ("createBranchCourse", {"branch_id": 3, "course_id": 1}),
    ],
)
def test_joining_is_answered_without_a_body(
    operation_id: str, body: dict[str, Any], client: httpx.Client
) -> None:
    operation = REGISTRY[operation_id]
    response = client.post(operation.path, json=body)
    assert (response.status_code, response.content) == (204, b"")
    whole = document(REGISTRY, "0")
    described = whole["paths"][f"/api/v2{operation.path}"]["post"]["responses"]["204"]
    assert "content" not in described


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


def described(operation: Operation) -> dict[str, Any]:
    found: dict[str, Any] = DOCUMENT["paths"][f"/api/v2{operation.path}"][operation.method.lower()]
    return found


ALL = pytest.mark.parametrize("operation", list(REGISTRY), ids=lambda item: item.operation_id)


@ALL
def test_the_version_is_a_text_that_generated_clients_can_send(operation: Operation) -> None:
    versions = [
        item for item in described(operation)["parameters"] if item["name"] == "X-API-Version"
    ]
    expected = {
        "name": "X-API-Version",
        "in": "header",
        "required": True,
        "description": "The version of the API, a date as YYYY-MM-DD.",
        "schema": {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"},
        "example": "2025-07-01",
    }
    assert versions == ([expected] if operation.needs_key else [])


@ALL
def test_ids_are_integers_from_one(operation: Operation) -> None:
    for item in described(operation)["parameters"]:
        is_id = item["in"] == "path" or re.search(r"_id(\]\[eq\])?$", item["name"])
        if is_id and item["name"] not in operation.texts_in_path:
            assert item["schema"] == {"type": "integer", "minimum": 1}
    if operation.conflicts and operation.body is not None:
        schema = DOCUMENT["components"]["schemas"][operation.body.__name__]
        for name in ("user_id", "course_id", "group_id", "branch_id", "learning_path_id"):
            if name in schema["properties"]:
                field = schema["properties"][name]
                assert (field["type"], field["minimum"]) == ("integer", 1)


@ALL
def test_a_conflict_is_described_where_there_can_be_one(operation: Operation) -> None:
    responses = described(operation)["responses"]
    assert ("409" in responses) == bool(operation.conflicts)
    for refusal in operation.conflicts:
        assert refusal.status == 409 or refusal.is_duplicate
        assert refusal.text in responses["409"]["description"]


@ALL
def test_every_response_says_its_headers(operation: Operation) -> None:
    fixed = ["Vary", "X-Content-Type-Options", "Cache-Control", "Pragma", "Expires"]
    rates = ["X-RateLimit-Limit", "X-RateLimit-Remaining"]
    for status, response in described(operation)["responses"].items():
        counted = operation.needs_key and status not in ("401", "403")
        assert list(response["headers"]) == (fixed + rates if counted else fixed)


@ALL
def test_a_page_says_how_its_filters_were_understood(operation: Operation) -> None:
    if not operation.paginated:
        return
    schema = response_schema(operation, 200)
    name = "FilteredMeta" if operation.filters else "Meta"
    assert schema["properties"]["_meta"]["$ref"] == f"#/components/schemas/{name}"


def test_the_document_has_every_shape_of_an_error() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    shapes = [part["$ref"].rpartition("/")[2] for part in schemas["Error"]["anyOf"]]
    validators = {
        name: Draft202012Validator({**schemas[name], "components": DOCUMENT["components"]})
        for name in shapes
    }
    errors = {
        "WrappedError": error_body(refusals.RATE_LIMITED, "wrapped"),
        "FlatError": error_body(refusals.INTERNAL, "flat"),
        "RecordedErrors": error_body(refusals.USER_NOT_IN_GROUP, "recorded"),
        "RouterError": error_body(refusals.WRONG_METHOD, "recorded"),
    }
    fitting = {
        shape: [name for name in shapes if validators[name].is_valid(json.loads(sent))]
        for shape, sent in errors.items()
    }
    assert fitting == {name: [name] for name in shapes}


def test_the_document_has_what_the_router_responds() -> None:
    responses = DOCUMENT["components"]["responses"]
    assert {name: list(item["headers"]) for name, item in responses.items()} == {
        "UnknownPath": ["Vary", "X-Content-Type-Options"],
        "WrongMethod": ["Vary", "X-Content-Type-Options", "Allow"],
    }


def test_the_document_says_how_many_exchanges_were_recorded() -> None:
    registry = Registry()
    registry.add(replace(REGISTRY["getUsers"], recorded=4))
    registry.add(REGISTRY["createUser"])
    whole = document(registry, "0")["paths"]["/api/v2/users"]
    assert whole["get"]["x-fidelity"]["recorded_exchanges"] == 4
    assert as_data(registry["getUsers"])["recorded_exchanges"] == 4


def test_the_document_says_how_well_each_operation_is_known() -> None:
    described = [item for path in DOCUMENT["paths"].values() for item in path.values()]
    assert len(described) == len(REGISTRY)
    assert {item["x-fidelity"]["known"] for item in described} == {"documented", "observed"}
