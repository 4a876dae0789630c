"""Any answer of the API against our own OpenAPI document: its status, and its whole JSON."""

from functools import cache
from typing import Any

import httpx
from jsonschema import Draft202012Validator
from starlette.routing import compile_path

import talentlms_mock.app  # noqa: F401 - its resources fill the registry
from talentlms_mock.api.openapi import document
from talentlms_mock.api.operation import PREFIX, REGISTRY, Operation

Json = dict[str, Any]

DOCUMENT = document(REGISTRY, "0")

_PATTERNS = [
    (compile_path(PREFIX + item.path)[0], item)
    for item in sorted(REGISTRY, key=lambda item: "{" in item.path)
]


def check(response: httpx.Response) -> None:
    """Fail where an operation's answer is none that the document has for it."""
    operation = operation_of(response.request)
    if operation is None:
        return
    described = responses_of(operation)
    status = response.status_code
    assert str(status) in described, f"{operation.operation_id} does not document {status}"
    if "content" not in described[str(status)]:
        assert response.content == b""
        assert "Content-Type" not in response.headers
        return
    assert response.headers["Content-Type"] == "application/json"
    _validator(operation.operation_id, status).validate(response.json())


def operation_of(request: httpx.Request) -> Operation | None:
    """Return what a request asks for; a path without parameters wins over one with an id."""
    path = request.url.path.rstrip("/")
    found = [operation for pattern, operation in _PATTERNS if pattern.fullmatch(path)]
    of_path = [operation for operation in found if operation.path == found[0].path]
    return next((item for item in of_path if item.method == request.method), None)


def responses_of(operation: Operation) -> Json:
    described = DOCUMENT["paths"][PREFIX + operation.path][operation.method.lower()]
    responses: Json = described["responses"]
    return responses


@cache
def _validator(operation_id: str, status: int) -> Draft202012Validator:
    described = responses_of(REGISTRY[operation_id])[str(status)]
    schema = described["content"]["application/json"]["schema"]
    return Draft202012Validator({**schema, "components": DOCUMENT["components"]})
