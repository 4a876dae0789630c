"""The mock against the vendor's own OpenAPI document, which is not ours to keep.

TALENTLMS_VENDOR_OPENAPI names the file; without it these tests skip.
"""

import os
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from talentlms_mock import Portal
from talentlms_mock.api.operation import PREFIX, REGISTRY, Operation
from talentlms_mock.api.page import NUMBER
from tests.conftest import NewClient, NewPortal

VARIABLE = "TALENTLMS_VENDOR_OPENAPI"
Json = dict[str, Any]

pytestmark = pytest.mark.skipif(
    not os.environ.get(VARIABLE), reason=f"{VARIABLE} does not name the vendor's document"
)

ALL = pytest.mark.parametrize("operation", list(REGISTRY), ids=lambda item: item.operation_id)
METHODS = {"get", "post", "put", "patch", "delete"}
ONLY_OBSERVED = {"getCourseUsers", "getGroupUsers", "getBranchUsers"}
COVERED = {
    "getGroupCourses",
    "getUsers",
    "getUserById",
    "getUserGroups",
    "getUserBranches",
    "getUserCourses",
    "getUserCertificates",
    "getUserResources",
    "getUserGamification",
}
"""The operations whose answers the vendor describes."""


@cache
def vendor() -> Json:
    document: Json = yaml.safe_load(Path(os.environ[VARIABLE]).read_text())
    # The vendor writes some path parameters as `:id`.
    paths = document["paths"].items()
    document["paths"] = {re.sub(r":(\w+)", r"{\1}", path): item for path, item in paths}
    return document


def described(operation: Operation) -> Json | None:
    found: Json | None = (
        vendor()["paths"].get(PREFIX + operation.path, {}).get(operation.method.lower())
    )
    return found


def schema_of(operation: Operation) -> Json | None:
    response = (described(operation) or {}).get("responses", {}).get(200, {})
    schema = response.get("content", {}).get("application/json", {}).get("schema")
    return None if schema is None else as_json_schema({**schema, "components": components()})


def components() -> Json:
    found: Json = vendor()["components"]
    return found


def as_json_schema(part: Any) -> Any:
    """Return a schema of OpenAPI 3.0 as JSON schema, where null is a type of its own."""
    if isinstance(part, list):
        return [as_json_schema(item) for item in part]
    if not isinstance(part, dict):
        return part
    converted = {name: as_json_schema(value) for name, value in part.items()}
    if converted.pop("nullable", False) is True:
        return {"anyOf": [converted, {"type": "null"}]}
    return converted


@ALL
def test_every_operation_is_the_vendors_or_observed(operation: Operation) -> None:
    assert (described(operation) is None) == (operation.operation_id in ONLY_OBSERVED)
    assert (operation.provenance == "observed") == (operation.operation_id in ONLY_OBSERVED)


def test_every_operation_of_the_vendors_exists() -> None:
    theirs = {
        (method.upper(), path.removeprefix(PREFIX))
        for path, item in vendor()["paths"].items()
        for method in item
        if method in METHODS
    }
    ours = {(item.method, item.path) for item in REGISTRY if item.operation_id not in ONLY_OBSERVED}
    assert ours == theirs
    assert len(theirs) == 63
    assert len(REGISTRY) == len(theirs) + len(ONLY_OBSERVED)


@ALL
def test_summaries_tags_and_ids_are_the_vendors(operation: Operation) -> None:
    theirs = described(operation)
    if theirs is None:
        assert operation.operation_id in ONLY_OBSERVED
        return
    assert operation.tag == theirs["tags"][0]
    assert operation.summary == theirs["summary"]
    assert operation.operation_id == theirs.get("operationId", operation.operation_id)


@ALL
def test_every_documented_filter_exists(operation: Operation) -> None:
    parameters = (described(operation) or {}).get("parameters", [])
    theirs = {item["name"] for item in parameters if item["name"].startswith("filter")}
    assert theirs <= set(operation.filters_by_name)


def test_the_vendors_schemas_cover_what_we_think() -> None:
    covered = {item.operation_id for item in REGISTRY if schema_of(item) is not None}
    assert covered == COVERED


@pytest.mark.parametrize("operation_id", sorted(COVERED))
@pytest.mark.parametrize("portal_name", ["empty", "demo", "messy"])
def test_answers_fit_the_vendors_schema(
    operation_id: str, portal_name: str, new_portal: NewPortal, new_client: NewClient
) -> None:
    operation = REGISTRY[operation_id]
    schema = schema_of(operation)
    assert schema is not None
    validator = Draft202012Validator(schema)
    portal = new_portal(dataset=portal_name, hourly_limit=10**9, burst_limit=10**9)
    _add_one_of_everything(portal)
    client = new_client(portal)
    things = portal.groups if operation_id == "getGroupCourses" else portal.users
    ids = [thing.id for thing in things] if "{id}" in operation.path else [1, 2, 10**6]
    for id in ids:
        path = operation.path.replace("{id}", str(id))
        response = client.get(path, params={} if "{id}" in operation.path else {NUMBER: id})
        assert response.status_code == 200
        validator.validate(response.json())


def _add_one_of_everything(portal: Portal) -> None:
    """Let there be users with all that a user can have, and with nothing at all."""
    course = portal.add_course("Vendor's", units=["Read this"], certification="Reader")
    badge = portal.add_badge("Reader")
    group, branch = portal.add_group("Vendor's"), portal.add_branch("Vendor's")
    user = portal.add_user("everything", courses=[course], groups=[group], branches=[branch])
    portal.learner(user).complete(course)
    assert badge in user.badges
    assert user.certificates
    portal.add_user("nothing")
    portal.add_group("Nothing")
    portal.add_group("Something", courses=[course])
