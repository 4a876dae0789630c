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

from talentlms_mock.api.operation import PREFIX, REGISTRY
from talentlms_mock.app import create_app
from talentlms_mock.portal.portal import Portal
from talentlms_mock.portal.portals import Portals
from talentlms_mock.portal.state.settings import Settings

DIRECTORY = Path(__file__).parents[2] / "fixtures" / "examples"
NOW = "2025-08-01T09:30:00Z"
"""Where the clock of every example stands."""

_SENT = ("Host", "X-API-Key", "X-API-Version", "Accept", "Content-Type")


@dataclass(frozen=True)
class Example:
    """A request of an operation.

    Args:
        path: the values of the path's parameters.
        query: the parameters of the query.
        json: the body.
        after: the operations whose examples are sent before it.
    """

    path: Mapping[str, int | str | Callable[[Portal], str]] = field(default_factory=dict)
    query: Mapping[str, int | str] = field(default_factory=dict)
    json: Mapping[str, Any] | None = None
    after: tuple[str, ...] = ()


def record(operation_id: str) -> str:
    """Return the request and its answer, as they are on the wire but for the JSON's layout."""
    portals = Portals()
    portals.add(Portal(Settings(), clock=NOW))
    try:
        return _text(asyncio.run(_send(portals, operation_id)))
    finally:
        portals.close()


def path_of(operation_id: str) -> Path:
    """Return the file of an operation's example."""
    return DIRECTORY / f"{operation_id}.http"


async def _send(portals: Portals, operation_id: str) -> httpx.Response:
    (portal,) = portals
    transport = httpx.ASGITransport(app=create_app(portals))
    async with httpx.AsyncClient(transport=transport, headers=portal.headers) as client:
        for earlier in EXAMPLES[operation_id].after:
            await client.send(_request(client, portal, earlier))
        return await client.send(_request(client, portal, operation_id))


def _request(client: httpx.AsyncClient, portal: Portal, operation_id: str) -> httpx.Request:
    operation, example = REGISTRY[operation_id], EXAMPLES[operation_id]
    path = operation.path
    for name, value in example.path.items():
        text = str(value(portal) if callable(value) else value)
        path = path.replace(f"{{{name}}}", quote(text, safe="@"))
    pairs = [(quote(name, safe="[]"), quote(str(value))) for name, value in example.query.items()]
    query = "&".join(f"{name}={value}" for name, value in pairs)
    url = f"https://{portal.host}{PREFIX}{path}" + (f"?{query}" if query else "")
    return client.build_request(operation.method, url, json=example.json)


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


def _last_task(portal: Portal) -> str:
    *_, task = portal.tasks
    return task.id


_PURCHASE = {"cancel_path": "/catalog", "return_path": "/dashboard", "coupon": "PARTNER50"}

EXAMPLES: dict[str, Example] = {
    # Users
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
    "getUserGroups": Example(path={"id": 9}),
    "getUserBranches": Example(path={"id": 4}),
    "getUserCourses": Example(path={"id": 1}),
    "getUserCertificates": Example(path={"id": 1}),
    "getUserResources": Example(path={"id": 11}),
    "getUserGamification": Example(path={"id": 1}),
    "loginUser": Example(path={"id": 1}),
    "logoutUser": Example(path={"id": 8}, json={"next": "https://intranet.example.com/"}),
    "getUserOnlineStatus": Example(path={"id": 8}),
    "resetPassword": Example(json={"login": "margaret.hale"}),
    "recoverUsername": Example(path={"email": "margaret.hale@example.com"}),
    "getUserFields": Example(),
    "getCourseProgress": Example(query={"user_id": 1, "course_id": 2}),
    "resetCourseProgress": Example(query={"user_id": 1, "course_id": 2}),
    "getUnitProgress": Example(query={"user_id": 1, "unit_id": 8}),
    # Courses
    "getCourses": Example(query={"filter[keyword][like]": "safety", "page[size]": 2}),
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
    "getCourseUsers": Example(path={"id": 3}, query={"page[size]": 1}),
    "createEnrollment": Example(json={"course_id": 3, "user_id": 8}),
    "deleteEnrollment": Example(json={"course_id": 2, "user_id": 1}),
    "gotoCourse": Example(path={"course_id": 2, "user_id": 1}),
    "getCourseFields": Example(query={"page[size]": 2}),
    "purchaseCourse": Example(path={"id": 6}, json={"user_id": 3, **_PURCHASE}),
    # The portal, its timeline and its tasks
    "healthCheck": Example(),
    "getStatistics": Example(),
    "getTimeline": Example(query={"filter[user_id][eq]": 1, "page[size]": 2}),
    "getTask": Example(path={"id": _last_task}, after=("upsertUsers", "getTask")),
    # Groups
    "getGroups": Example(query={"page[size]": 2}),
    "createGroup": Example(json={"name": "Night shift", "key": "NIGHT", "max_key_redemptions": 20}),
    "getGroup": Example(path={"id": 1}),
    "deleteGroup": Example(path={"id": 4}),
    "getGroupCourses": Example(path={"id": 1}),
    "getGroupUsers": Example(path={"id": 1}, query={"page[size]": 1}),
    "createGroupMembership": Example(json={"group_id": 2, "user_id": 8, "enroll_to_courses": True}),
    "deleteGroupMembership": Example(
        json={"group_id": 2, "user_id": 8}, after=("createGroupMembership",)
    ),
    "createGroupCourse": Example(json={"group_id": 4, "course_id": 4}),
    "deleteGroupCourse": Example(json={"group_id": 4, "course_id": 5}),
    # Branches
    "getBranches": Example(query={"page[size]": 1}),
    "createBranch": Example(
        json={
            "name": "Northwind Asia",
            "description": "Our people from Dubai to Osaka.",
            "default_locale": "ja-JP",
        }
    ),
    "getBranch": Example(path={"id": 1}),
    "deleteBranch": Example(path={"id": 3}),
    "updateBranchStatus": Example(path={"id": 3}, json={"is_active": False}),
    "getBranchUsers": Example(path={"id": 2}, query={"page[size]": 1}),
    "createBranchUser": Example(json={"branch_id": 3, "user_id": 8}),
    "deleteBranchUser": Example(json={"branch_id": 1, "user_id": 3}),
    "createBranchCourse": Example(json={"branch_id": 3, "course_id": 1}),
    "deleteBranchCourse": Example(json={"branch_id": 3, "course_id": 5}),
    # Categories
    "getCategories": Example(query={"page[size]": 2}),
    "getCategory": Example(path={"id": 1}),
    "purchaseCategory": Example(path={"id": 5}, json={"user_id": 5, **_PURCHASE}),
    # Units
    "getResults": Example(query={"user_id": 1, "unit_id": 8}),
    "getUnitSessions": Example(path={"id": 14}),
    # Batches
    "upsertUsers": Example(
        json={
            "users": [
                {
                    "login": "ada",
                    "name": "Ada",
                    "surname": "Lovelace",
                    "email": "ada@example.com",
                    "custom_field_2": "People",
                },
                {"id": 8, "surname": "Whitfield-Moss"},
                {"id": 999, "surname": "Nobody"},
            ]
        }
    ),
    "upsertCourses": Example(
        json={
            "courses": [
                {"name": "Algebra", "code": "MATH-1", "is_active": True},
                {"name": "Fire Safety for All", "code": "SAF-210"},
            ]
        }
    ),
    "createEnrollments": Example(
        json={"enrollments": [{"course_id": 3, "user_id": 8}, {"course_id": 5, "user_id": 8}]}
    ),
    # Learning paths
    "getLearningPaths": Example(query={"filter[status][eq]": "active", "page[size]": 1}),
    "getLearningPath": Example(path={"id": 1}),
    "createLearningPathEnrollment": Example(json={"user_id": 8, "learning_path_id": 1}),
    "deleteLearningPathEnrollment": Example(
        json={"user_id": 8, "learning_path_id": 1}, after=("createLearningPathEnrollment",)
    ),
}
"""A request of each operation, by its id."""
