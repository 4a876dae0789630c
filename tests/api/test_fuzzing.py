"""Requests drawn by chance from our own OpenAPI document: every answer is one that it has."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from hypothesis import HealthCheck, settings
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.openapi import from_dict
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

import mockserver.app  # noqa: F401 - its resources fill the registry
from mockserver import MockServer, Portal
from mockserver.api.openapi import document
from mockserver.api.operation import PREFIX, REGISTRY

_CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
]
_WITHOUT_LIMIT = 10**9
_IDS = 60

SCHEMA = from_dict(document(REGISTRY, "0"))
METHODS = {method.upper() for path in SCHEMA.raw_schema["paths"].values() for method in path}


@pytest.fixture(scope="module")
def portal(server: MockServer) -> Iterator[Portal]:
    portal = server.create_portal(
        domain="fuzzed",
        api_key="key-of-fuzzed",
        hourly_limit=_WITHOUT_LIMIT,
        burst_limit=_WITHOUT_LIMIT,
        clock="2025-05-07T09:30:00Z",
    )
    yield portal
    server.remove_portal(portal)


@pytest.fixture(scope="module")
def session() -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False
        yield session


@SCHEMA.parametrize()
@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
def test_no_request_gets_an_answer_that_is_not_documented(
    case: Case[Any], portal: Portal, session: requests.Session
) -> None:
    if case.method not in METHODS:
        return  # what is said of a method that no operation has is in the gateway's own tests
    case.path_parameters = _seeded(case.path_parameters)
    case.body = _seeded(case.body)
    case.query = _seeded(case.query)
    case.call_and_validate(
        base_url=portal.base_url.removesuffix(PREFIX),
        headers={**portal.headers, "Host": portal.host},
        session=session,
        verify=str(portal.ca_file),
        checks=_CHECKS,
    )


def _seeded(part: Any) -> Any:
    """Return a part of a request with its ids among those that the portal has, or nearly."""
    if isinstance(part, dict):
        return {
            name: value % _IDS if _is_id(name, value) else _seeded(value)
            for name, value in part.items()
        }
    return [_seeded(item) for item in part] if isinstance(part, list) else part


def _is_id(name: str, value: object) -> bool:
    known = name == "id" or name.endswith("_id")
    return known and isinstance(value, int) and not isinstance(value, bool) and value > _IDS
