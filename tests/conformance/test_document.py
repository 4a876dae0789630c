"""Every status that our own document has for an operation is answered, and as it says."""

import re
from typing import Any

import httpx
import pytest

from talentlms_mock import Portal
from talentlms_mock.api.operation import PREFIX, REGISTRY, Operation
from tests.conformance import responses
from tests.conftest import NewClient, NewPortal
from tests.generated.examples import EXAMPLES, Example

ALL = pytest.mark.parametrize("operation", list(REGISTRY), ids=lambda item: item.operation_id)
NOBODY = "nobody@example.com"
NOTHING = 999_999
_OPTIONAL_IDS = {"createUser": {"user_type_id": NOTHING}, "createCourse": {"category_id": NOTHING}}
_TOO_LARGE = 2**20 + 1
_CONFLICTS: dict[str, Example] = {
    "updateUser": Example(path={"id": 8}, json={"status": "active", "login": "samuel.okafor"}),
    "resetCourseProgress": Example(query={"user_id": 8, "course_id": 3}),
    "getUnitProgress": Example(query={"user_id": 8, "unit_id": 9}),
    "purchaseCategory": Example(path={"id": 5}, json={"user_id": 9}),
    "gotoCourse": Example(path={"course_id": 3, "user_id": 8}),
    "purchaseCourse": Example(path={"id": 2}, json={"user_id": 1}),
}
"""What conflicts with the data, where it is not what has just been done."""
_ARCHIVED = {"purchaseCategory": 9}
"""The user that must be archived for that."""


@ALL
def test_every_documented_status_is_answered_as_the_document_says(
    operation: Operation, new_portal: NewPortal, new_client: NewClient
) -> None:
    portal = new_portal(domain="samples", clock="2025-05-07T09:30:00Z", hourly_limit=50)
    client = new_client(portal)
    for earlier in EXAMPLES[operation.operation_id].after:
        client.send(_example(client, portal, earlier)).raise_for_status()
    seen = set()
    for request in _requests(operation, portal, client):
        response = client.send(request)
        responses.check(response)
        seen.add(response.status_code)
    assert {str(status) for status in seen} == set(responses.responses_of(operation))


def _requests(operation: Operation, portal: Portal, client: httpx.Client) -> Any:
    """Give requests that get each status in turn, making the portal such that they do."""
    body = EXAMPLES[operation.operation_id].json
    good = _example(client, portal, operation.operation_id)
    yield good
    if operation.needs_key:
        yield _changed(good, {"X-API-Version": "tomorrow"})
        yield _changed(good, {"X-API-Key": "wrong"})
    else:
        yield client.build_request("GET", _plain(portal) + operation.path)
    if 404 in {int(status) for status in responses.responses_of(operation)}:
        yield _nowhere(client, operation, body)
    if operation.conflicts:
        portal.quirks["duplicate_status"] = "409"
        if operation.operation_id in _ARCHIVED:
            portal.archive_user(_ARCHIVED[operation.operation_id])
        again = _CONFLICTS.get(operation.operation_id, EXAMPLES[operation.operation_id])
        yield _request(client, portal, operation, again)
    if body is not None:
        yield client.build_request(operation.method, good.url, content=b"[]")
        yield client.build_request(operation.method, good.url, content=b" " * _TOO_LARGE)
    with portal.snapshot():
        portal.fault(path=operation.operation_id, status=500)
        yield good
    if operation.needs_key:
        with portal.snapshot():
            portal.rate_limit.exhaust()
            yield good
    portal.disable_api()
    yield good


def _example(client: httpx.Client, portal: Portal, operation_id: str) -> httpx.Request:
    return _request(client, portal, REGISTRY[operation_id], EXAMPLES[operation_id])


def _request(
    client: httpx.Client, portal: Portal, operation: Operation, example: Example
) -> httpx.Request:
    path = operation.path
    for name, value in example.path.items():
        path = path.replace(f"{{{name}}}", str(value(portal) if callable(value) else value))
    query = {name: str(value) for name, value in example.query.items()}
    return client.build_request(operation.method, path, params=query, json=example.json)


def _changed(request: httpx.Request, headers: dict[str, str]) -> httpx.Request:
    return httpx.Request(
        request.method, request.url, headers={**request.headers, **headers}, content=request.content
    )


def _nowhere(client: httpx.Client, operation: Operation, body: Any) -> httpx.Request:
    """Return a request about things that do not exist."""
    nothing = {"email": NOBODY} | ({"id": "2x3LBp89"} if operation.tag == "Tasks" else {})
    path = re.sub(r"\{(\w+)\}", lambda name: nothing.get(name[1], str(NOTHING)), operation.path)
    ids = {name: _gone(name, value) for name, value in (body or {}).items()}
    ids |= _OPTIONAL_IDS.get(operation.operation_id, {})
    query = EXAMPLES[operation.operation_id].query
    return client.build_request(
        operation.method,
        path,
        params={name: str(_gone(name, value)) for name, value in query.items()},
        json=ids if body is not None else None,
    )


def _gone(name: str, value: Any) -> Any:
    if name.endswith("_id"):
        return NOTHING
    return NOBODY if name == "login" else value


def _plain(portal: Portal) -> str:
    assert portal.server is not None
    return f"{portal.server.address.http_url}{PREFIX}"
