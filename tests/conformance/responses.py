"""Any response of the API against our own OpenAPI document: status, headers, and whole JSON."""

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


_OF_ROUTER = {404: "UnknownPath", 405: "WrongMethod"}


def check(response: httpx.Response) -> None:
    """Fail where a response is none that the document has for its operation, or for the router."""
    operation, status = operation_of(response.request), response.status_code
    if operation is not None:
        described = responses_of(operation)
        assert str(status) in described, f"{operation.operation_id} does not document {status}"
        _check_headers(response, described[str(status)])
        _check_content(response, operation.operation_id, str(status))
    elif status in _OF_ROUTER:
        name = _OF_ROUTER[status]
        _check_headers(response, DOCUMENT["components"]["responses"][name])
        _check_content(response, "", name)


def _check_headers(response: httpx.Response, described: Json) -> None:
    for name in described["headers"]:
        header = DOCUMENT["components"]["headers"][name]
        value = response.headers.get(name)
        assert value is not None or not header.get("required"), f"there is no {name}"
        assert value == header["schema"].get("const", value)


def _check_content(response: httpx.Response, operation_id: str, name: str) -> None:
    validator = _validator(operation_id, name)
    if response.request.method == "HEAD":
        assert response.content == b""
        return
    if validator is None:
        assert response.content == b""
        assert "Content-Type" not in response.headers
        return
    assert response.headers["Content-Type"] == "application/json"
    validator.validate(response.json())


def operation_of(request: httpx.Request) -> Operation | None:
    """Return what a request asks for; a path without parameters wins over one with an id."""
    path = request.url.path
    found = [operation for pattern, operation in _PATTERNS if pattern.fullmatch(path)]
    if not found:  # a slash at the end is for paths without a parameter
        static = [operation for _, operation in _PATTERNS if "{" not in operation.path]
        found = [operation for operation in static if f"{PREFIX}{operation.path}/" == path]
    of_path = [operation for operation in found if operation.path == found[0].path]
    return next((item for item in of_path if item.method == request.method), None)


def responses_of(operation: Operation) -> Json:
    described = DOCUMENT["paths"][PREFIX + operation.path][operation.method.lower()]
    responses: Json = described["responses"]
    return responses


@cache
def _validator(operation_id: str, name: str) -> Draft202012Validator | None:
    """Return what validates a response by its name; without an operation, one of the router's."""
    named = responses_of(REGISTRY[operation_id]) if operation_id else None
    described = (named or DOCUMENT["components"]["responses"])[name]
    if "content" not in described:
        return None
    schema = described["content"]["application/json"]["schema"]
    return Draft202012Validator({**schema, "components": DOCUMENT["components"]})
