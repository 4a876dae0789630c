"""A client of the control API that holds each response against the document."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator
from starlette.routing import Match

from talentlms_mock import MockServer, Portal
from talentlms_mock.control import PREFIX
from talentlms_mock.control.openapi import document
from talentlms_mock.control.routes import ROUTES

Json = dict[str, Any]
Call = Callable[..., Any]

DOCUMENT = document(ROUTES, "1.0")


def check(response: httpx.Response) -> None:
    """Assert that a response is one of those that the document has for its route."""
    response.read()
    path = response.request.url.raw_path.decode().partition("?")[0].rstrip("/")
    scope = {"type": "http", "method": response.request.method, "path": path.removeprefix(PREFIX)}
    route = next((each for each in ROUTES if each.matches(scope)[0] is Match.FULL), None)
    if route is None:
        assert response.status_code in (404, 405)
        return
    described = DOCUMENT["paths"][PREFIX + route.path][route.method.lower()]
    answer = described["responses"][str(response.status_code)]
    if "application/json" in answer.get("content", {}):
        schema = answer["content"]["application/json"]["schema"]
        Draft202012Validator({**schema, "components": DOCUMENT["components"]}).validate(
            response.json()
        )


@pytest.fixture(params=["plain", "tls"])
def control(request: pytest.FixtureRequest, server: MockServer) -> Iterator[httpx.Client]:
    """A client of the control API, on either port."""
    url = f"http://127.0.0.1:{server.http_port}"
    if request.param == "tls":
        url = f"https://127.0.0.1:{server.https_port}"
    with httpx.Client(
        base_url=f"{url}{PREFIX}",
        verify=server.ssl_context(),
        event_hooks={"response": [check]},
        timeout=20,
    ) as client:
        yield client


@pytest.fixture
def of_empty(server: MockServer, empty: Portal) -> Iterator[httpx.Client]:
    """A client of the empty portal in the control API."""
    with httpx.Client(
        base_url=empty.control_url,
        event_hooks={"response": [check]},
        timeout=20,
    ) as client:
        yield client


def problem(response: httpx.Response) -> tuple[int, str, str | None]:
    """Return what a refusal says: its status, its message and the place."""
    error = response.json()["error"]
    return response.status_code, error["message"], error["at"]
