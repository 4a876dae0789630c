"""Recorded examples: a request of each operation and what it is answered, as people read them.

Each is made in a portal of its own, `demo` as it was at NOW, and so comes out the same each time.
What is drawn from Faker's names is not shown: another version of Faker has others.
"""

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx

from mockserver.api.operation import PREFIX, REGISTRY
from mockserver.app import create_app
from mockserver.portal.portal import Portal
from mockserver.portal.portals import Portals
from mockserver.portal.settings import Settings

DIRECTORY = Path(__file__).parents[2] / "fixtures" / "examples"
NOW = "2025-05-07T09:30:00Z"
"""Where the clock of every example stands."""

_SENT = ("Host", "X-API-Key", "X-API-Version", "Accept", "Content-Type")


@dataclass(frozen=True)
class Example:
    """A request of an operation.

    Args:
        path: the values of the path's parameters.
        query: the parameters of the query.
        json: the body.
        before: does to the portal what must have happened before.
    """

    path: Mapping[str, int | str] = field(default_factory=dict)
    query: Mapping[str, int | str] = field(default_factory=dict)
    json: Mapping[str, Any] | None = None
    before: Callable[[Portal], object] = lambda portal: None


def record(operation_id: str, example: Example) -> str:
    """Return the request and its answer, as they are on the wire but for the JSON's layout."""
    portal = Portal(Settings(), clock=NOW)
    example.before(portal)
    portals = Portals()
    portals.add(portal)
    try:
        response = asyncio.run(_send(portals, _request(operation_id, example, portal)))
    finally:
        portals.close()
    return _text(response)


def path_of(operation_id: str) -> Path:
    """Return the file of an operation's example."""
    return DIRECTORY / f"{operation_id}.http"


def _request(operation_id: str, example: Example, portal: Portal) -> httpx.Request:
    operation = REGISTRY[operation_id]
    path = operation.path
    for name, value in example.path.items():
        path = path.replace(f"{{{name}}}", quote(str(value), safe="@"))
    query = "&".join(
        f"{quote(name, safe='[]')}={quote(str(value), safe='')}"
        for name, value in example.query.items()
    )
    url = f"https://{portal.host}{PREFIX}{path}" + (f"?{query}" if query else "")
    return httpx.Request(operation.method, url, headers=portal.headers, json=example.json)


async def _send(portals: Portals, request: httpx.Request) -> httpx.Response:
    transport = httpx.ASGITransport(app=create_app(portals))
    async with httpx.AsyncClient(transport=transport) as client:
        return await client.send(request)


def _text(response: httpx.Response) -> str:
    request = response.request
    sent = {name: request.headers[name] for name in _SENT if name in request.headers}
    received = {
        name.decode().title().replace("Ratelimit", "RateLimit"): value.decode()
        for name, value in response.headers.raw
        if name.lower() != b"content-length"  # it is that of the JSON as it is sent
    }
    line = f"{request.method} {request.url.raw_path.decode()} HTTP/1.1"
    status = f"HTTP/1.1 {response.status_code} {response.reason_phrase}"
    return "\n".join(
        [
            *_message(line, sent, request.content),
            "",
            *_message(status, received, response.content),
            "",
        ]
    )


def _message(first: str, headers: Mapping[str, str], content: bytes) -> list[str]:
    lines = [first, *(f"{name}: {value}" for name, value in headers.items())]
    if content:
        lines += ["", json.dumps(json.loads(content), indent=2, ensure_ascii=False)]
    return lines


EXAMPLES: dict[str, Example] = {
    "getUsers": Example(query={"filter[status][eq]": "active", "page[number]": 1, "page[size]": 2}),
    "createUser": Example(
        json={
            "name": "Ada",
            "surname": "Lovelace",
            "login": "ada",
            "email": "ada@example.com",
            "password": "Passw0rd",
            "timezone": "Europe/London",
            "custom_field_2": "People",
        }
    ),
    "getUserById": Example(path={"id": 1}),
    "updateUser": Example(path={"id": 8}, json={"status": "active", "surname": "Whitfield-Moss"}),
    "deleteUser": Example(path={"id": 9}),
    "getCourses": Example(query={"filter[keyword][like]": "security", "page[size]": 2}),
    "createCourse": Example(
        json={
            "name": "Algebra",
            "code": "MATH-1",
            "description": "<p>Sums with letters</p>",
            "category_id": 1,
            "price": 30,
            "capacity": 12,
            "custom_fields": {"Audience": "Everyone"},
        }
    ),
    "getCourse": Example(path={"id": 2}),
    "deleteCourse": Example(path={"id": 2}),
    "getCourseUsers": Example(path={"id": 1}, query={"page[size]": 1}),
    "createEnrollment": Example(json={"course_id": 1, "user_id": 8}),
    "deleteEnrollment": Example(json={"course_id": 3, "user_id": 1}),
    "healthCheck": Example(),
    "getStatistics": Example(),
}
"""A request of each operation, by its id."""
