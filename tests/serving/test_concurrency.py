"""Two hundred clients at once, over real sockets: nothing is lost, and nothing comes twice."""

import asyncio
from collections import Counter
from typing import Any

import httpx
import pytest
from aiohttp import ClientSession, TCPConnector

from talentlms_mock import Portal
from tests.api.responses import ADA
from tests.conftest import NewClient, NewPortal
from tests.state.invariants import every, reads_of

WRITERS = 200
CAPACITY = 30
_TIME_LIMIT = 60.0
_WITHOUT_LIMIT = 10**9

Request = tuple[str, str, Any]


@pytest.fixture
def crowded(new_portal: NewPortal) -> Portal:
    return new_portal(dataset="empty", hourly_limit=_WITHOUT_LIMIT, burst_limit=_WITHOUT_LIMIT)


@pytest.fixture
def api(crowded: Portal, new_client: NewClient) -> httpx.Client:
    return new_client(crowded)


def at_once(portal: Portal, *requests: Request) -> Counter[int]:
    """Send all requests at the same time, each on a connection of its own; count the statuses."""

    async def send_all() -> list[int]:
        connector = TCPConnector(limit=0, ssl=portal.ssl_context())
        headers = {**portal.headers, "Host": portal.host}
        async with ClientSession(connector=connector, headers=headers) as client:
            connected = asyncio.Barrier(len(requests))

            async def send(method: str, path: str, body: Any) -> int:
                async with client.get(f"{portal.base_url}/health") as first:
                    await first.read()
                    await connected.wait()
                async with client.request(method, portal.base_url + path, json=body) as answer:
                    await answer.read()
                    return answer.status

            async with asyncio.timeout(_TIME_LIMIT):
                return await asyncio.gather(*(send(*request) for request in requests))

    return Counter(asyncio.run(send_all()))


def person(number: int, **different: Any) -> dict[str, Any]:
    login = f"user{number}"
    return ADA | {"login": login, "email": f"{login}@example.com"} | different


def events(api: httpx.Client, kind: str) -> list[Any]:
    filters = {"filter[event_type][eq]": kind}
    return [event["extra"] for event in every(reads_of(api), "/timeline", size=100, **filters)]


def test_everybody_who_is_added_at_once_is_there_once(crowded: Portal, api: httpx.Client) -> None:
    numbers = range(WRITERS)
    assert at_once(crowded, *(("POST", "/users", person(n)) for n in numbers)) == {200: WRITERS}

    users = list(every(reads_of(api), "/users", size=100))
    assert [user["id"] for user in users] == list(range(1, WRITERS + 1))
    assert {user["login"] for user in users} == {f"user{number}" for number in numbers}
    told = events(api, "user_create_user")
    assert sorted(event["user"]["id"] for event in told) == [user["id"] for user in users]
    assert api.get("/statistics").json()["_data"]["total_users"] == WRITERS


def test_of_those_who_want_one_login_one_gets_it(crowded: Portal, api: httpx.Client) -> None:
    twins = [person(n, login="ADA" if n % 2 else "ada") for n in range(WRITERS // 2)]
    others = [person(n) for n in range(WRITERS // 2, WRITERS)]
    requests = [
        ("POST", "/users", body) for pair in zip(twins, others, strict=True) for body in pair
    ]
    assert at_once(crowded, *requests) == {200: WRITERS // 2 + 1, 400: WRITERS // 2 - 1}

    users = list(every(reads_of(api), "/users", size=100))
    assert [user["id"] for user in users] == list(range(1, WRITERS // 2 + 2))
    assert sum(user["login"].lower() == "ada" for user in users) == 1
    assert len(events(api, "user_create_user")) == WRITERS // 2 + 1


def test_a_course_takes_as_many_as_it_has_room_for(crowded: Portal, api: httpx.Client) -> None:
    users = [crowded.add_user().id for _ in range(WRITERS // 2)]
    course = crowded.add_course("Full", capacity=CAPACITY).id
    # Each of them twice, so that the same enrollment is also asked for at the same time.
    requests = [
        ("POST", "/enrollments", {"user_id": user, "course_id": course})
        for user in [*users, *users]
    ]
    assert at_once(crowded, *requests) == {
        200: CAPACITY,
        400: WRITERS - 2 * CAPACITY,
        409: CAPACITY,
    }

    seated = [user["id"] for user in every(reads_of(api), f"/courses/{course}/users", size=100)]
    assert len(seated) == len(set(seated)) == CAPACITY
    told = events(api, "course_add_user")
    assert sorted(event["user"]["id"] for event in told) == sorted(seated)


def test_who_comes_and_goes_at_once_leaves_a_whole_portal(
    crowded: Portal, api: httpx.Client
) -> None:
    users = [crowded.add_user().id for _ in range(WRITERS // 4)]
    course = crowded.add_course("Safety", units=["Read this"], users=users).id
    group = crowded.add_group("Crew").id
    requests: list[Request] = []
    for number, user in enumerate(users):
        requests += [
            ("DELETE", f"/users/{user}", None),
            ("POST", "/group-memberships", {"group_id": group, "user_id": user}),
            ("POST", "/users", person(number, login=f"new{number}", email=f"new{number}@b.org")),
            ("DELETE", "/course-progress?" + f"user_id={user}&course_id={course}", None),
        ]
    statuses = at_once(crowded, *requests)
    assert set(statuses) <= {200, 204, 404, 409}
    assert sum(statuses.values()) == WRITERS

    assert list(every(reads_of(api), f"/courses/{course}/users")) == []
    assert list(every(reads_of(api), f"/groups/{group}/users")) == []
    new = [user["login"] for user in every(reads_of(api), "/users", size=100)]
    assert sorted(new) == sorted(f"new{number}" for number in range(len(users)))
    counted = Counter(event["event_type"] for event in every(reads_of(api), "/timeline", size=100))
    assert counted["user_delete_user"] == len(users)
    assert counted["user_create_user"] == 2 * len(users)
    # Every call that was answered 200 or 204 left one event.
    assert statuses[200] == counted["group_add_user"] + len(users)
    assert statuses[204] == counted["course_user_progress_reset"] + len(users)


def test_a_batch_is_done_once_though_everybody_asks_for_it(
    crowded: Portal, api: httpx.Client
) -> None:
    items = [
        {"login": f"user{n}", "email": f"user{n}@example.com", "name": "Ada", "surname": "L"}
        for n in range(100)
    ]
    task = api.post("/batch/users", json={"users": items}).json()["_data"]["task_id"]
    assert at_once(crowded, *[("GET", f"/tasks/{task}", None)] * WRITERS) == {200: WRITERS}

    answer = api.get(f"/tasks/{task}").json()["_data"]
    assert (answer["status"], answer["processed_items"]) == ("completed", 100)
    assert answer["download_url"] is None
    assert len(list(every(reads_of(api), "/users", size=100))) == 100
    assert len(events(api, "user_create_user")) == 100
