"""The mock against the vendor's own OpenAPI document, which is not ours to keep.

TALENTLMS_VENDOR_OPENAPI names the file; without it these tests skip.
"""

import os
import re
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from jsonschema import Draft202012Validator

from mockserver.api.operation import PREFIX, REGISTRY, Operation

VARIABLE = "TALENTLMS_VENDOR_OPENAPI"
Json = dict[str, Any]

pytestmark = pytest.mark.skipif(
    not os.environ.get(VARIABLE), reason=f"{VARIABLE} does not name the vendor's document"
)

ALL = pytest.mark.parametrize("operation", list(REGISTRY), ids=lambda item: item.operation_id)
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
@pytest.mark.parametrize("portal_name", ["demo", "messy"])
def test_answers_fit_the_vendors_schema(
    operation_id: str, portal_name: str, new_portal: Any, new_client: Any
) -> None:
    operation = REGISTRY[operation_id]
    schema = schema_of(operation)
    assert schema is not None
    client: httpx.Client = new_client(new_portal(portal=portal_name))
    last = 3 if operation_id == "getGroupCourses" else 10
    for number in range(1, last + 1):
        path = operation.path.replace("{id}", str(number))
        response = client.get(path, params={"page[number]": number})
        assert response.status_code == 200
        Draft202012Validator(schema).validate(response.json())
