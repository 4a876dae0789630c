"""Requests drawn by chance from the control API's own document: every answer is one it has."""

from typing import Any

import pytest
import requests
from hypothesis import HealthCheck, Phase, settings
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.openapi import from_dict
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from talentlms_mock import MockServer, Portal
from tests.control.conftest import DOCUMENT

_CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
_CREATE = "/__mock__/portals"
_NAMES = {
    "id_or_name": "1",
    "user": "ada",
    "session": "1",
    "number": "1",
    "task": "1",
    "name": "before",
}
"""What most parameters of a path are replaced by: then it leads somewhere."""

# A stream does not end, and a file is no JSON.
SCHEMA = from_dict(DOCUMENT).exclude(path_regex="/(requests/events|portals/open)$")


@pytest.fixture
def arranged(server: MockServer) -> Portal:
    return _arranged(server)


def _arranged(server: MockServer) -> Portal:
    for portal in server.portals:
        if portal.domain.startswith("fuzz"):
            server.remove_portal(portal)
    portal = server.create_portal(domain="fuzzed", api_key="fuzzed", users=3)
    portal.add_user("ada", courses=[1])
    portal.fault("GET", "/users", status=500)
    portal.snapshot("before")
    return portal


@SCHEMA.parametrize()
@settings(
    max_examples=6,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_no_request_gets_an_answer_that_is_not_documented(
    case: Case[Any], arranged: Portal, server: MockServer
) -> None:
    if server.portals.of_domain("fuzzed") is None:
        _arranged(server)
    case.path_parameters = _leading_somewhere(case.path_parameters)
    if isinstance(case.body, dict):
        if case.path.endswith("/wait") and "timeout" not in case.body:
            case.body["timeout"] = 0
        timeout = case.body.get("timeout")
        if isinstance(timeout, int | float) and timeout <= 600:
            case.body["timeout"] = 0  # of a wait
        if case.path == _CREATE:
            users = case.body.get("users")
            if users is None or (isinstance(users, int) and 3 < users <= 50_000):
                case.body["users"] = 3  # more is slow, and nothing else
            case.body["domain"] = "fuzz-created"
            created = server.portals.of_domain("fuzz-created")
            if created is not None:
                server.remove_portal(created)
    with requests.Session() as session:
        session.trust_env = False
        case.call_and_validate(
            base_url=server.control_url.removesuffix("/__mock__"),
            session=session,
            checks=_CHECKS,
        )


def _leading_somewhere(parameters: Any) -> Any:
    """Return the parameters of a path with those of what exists, unless they are unusual ones."""
    if not parameters:
        return parameters
    chosen = dict(parameters)
    for name, text in parameters.items():
        if name == "domain":
            chosen[name] = "fuzzed"
        elif len(str(text)) % 3:
            chosen[name] = _NAMES[name]
    return chosen
