"""Filters over the requests, and the assertions that hold; what failed ones say is elsewhere."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Thread
from typing import Any

import httpx
import pytest
from dirty_equals import IsInstance, IsInt, IsPartialDict, IsStr

from talentlms_mock import Portal
from talentlms_mock.errors import SetupError
from talentlms_mock.portal.journal.requests import Requests
from tests.portal.journal.test_journal import ADA


@pytest.fixture
def asked(empty: Portal, api: httpx.Client) -> Portal:
    """A portal that was asked six times."""
    api.get("/users?page[size]=100", headers={"X-Trace": "7"})
    api.post("/users", json=ADA)
    api.get("/users/1")
    api.get("/users/2")
    api.get("/user/1")
    api.get("/users/1")
    return empty


def numbers(requests: Requests) -> list[int]:
    return [item.number for item in requests]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, [1, 2, 3, 4, 5, 6]),
        ({"method": "post"}, [2]),
        ({"path": "/users/*"}, [3, 4, 6]),
        ({"path": "/api/v2/users/{id}"}, [3, 4, 6]),
        ({"path": "/users/1"}, [3, 6]),
        ({"operation": "getUsers"}, [1]),
        ({"status": 404}, [4, 5]),
        ({"status": "4xx"}, [4, 5]),
        ({"status": [200, 201]}, [1, 2, 3, 6]),
        ({"status": 0}, []),
        ({"query": {"page[size]": 100}}, [1]),
        ({"query": {"page[size]": None}}, [2, 3, 4, 5, 6]),
        ({"headers": {"x-trace": "7"}}, [1]),
        ({"headers": {"x-trace": None}, "method": "GET"}, [3, 4, 5, 6]),
        ({"json": ADA}, [2]),
        ({"json": {"login": "ada"}}, []),
        ({"json": None}, [1, 3, 4, 5, 6]),
        ({"json_contains": {"login": "ada"}}, [2]),
        ({"json_contains": {}}, [2]),
    ],
)
def test_filters(wanted: Any, found: list[int], asked: Portal) -> None:
    assert numbers(asked.requests.filter(**wanted)) == found


def test_requests_are_a_sequence(asked: Portal, api: httpx.Client) -> None:
    requests = asked.requests
    assert (len(requests), bool(requests)) == (6, True)
    assert (requests[0].number, requests[-1].number) == (1, 6)
    assert [item.number for item in requests[1:3]] == [2, 3]
    ones = requests.filter("GET").filter(path="/users/*").filter(status=200)
    assert (len(ones), numbers(ones)) == (2, [3, 6])
    assert ones.last is not None
    assert ones.last.number == 6
    assert requests.filter("PUT").last is None
    api.get("/users/1")
    assert numbers(ones) == [3, 6, 7]
    assert [item["number"] for item in ones.as_data()] == [3, 6, 7]
    assert ones.as_data(redacted=False)[0]["headers"]["x-api-key"] == asked.api_key
    assert repr(requests.filter(status=404)) == (
        "<Requests: 2\n  <Exchange #4 GET /api/v2/users/2 -> 404: User not found>\n"
        "  <Exchange #5 GET /api/v2/user/1 -> 404: no operation has this path>>"
    )
    asked.clear_requests()
    assert (len(requests), repr(ones)) == (0, "<Requests: 0>")


@pytest.mark.parametrize(
    ("wanted", "problem"),
    [
        ({"operation": "getUser"}, "There is no operation 'getUser' (did you mean 'getUsers'?)."),
        ({"status": "4x"}, "'4x' is no status: give a number, several, or a class like '4xx'."),
        (
            {"path": "users"},
            "The path 'users' does not start with a slash: write it like /users/*.",
        ),
    ],
)
def test_what_cannot_be_looked_for_is_refused(wanted: Any, problem: str, asked: Portal) -> None:
    for look in (
        asked.requests.filter,
        asked.assert_requested,
        asked.assert_not_requested,
        asked.wait_for_request,
    ):
        with pytest.raises(SetupError) as refused:
            look(**wanted)
        assert str(refused.value) == problem


def test_what_was_requested(asked: Portal) -> None:
    assert asked.assert_requested("GET", "/users/*").number == 6
    assert asked.assert_requested("GET", "/users/*", times=3).number == 6
    assert asked.assert_requested("POST", "/users", json=ADA, status=200, times=1).number == 2
    assert asked.requests.filter(status=404).assert_requested(path="/users/*", times=1).number == 4
    asked.assert_not_requested("DELETE")
    asked.assert_not_requested("POST", "/users", json_contains={"login": "bob"})
    for times in (0, -1):
        with pytest.raises(SetupError, match=r"use assert_not_requested\(\)"):
            asked.assert_requested("GET", times=times)


def test_what_was_requested_in_order(asked: Portal) -> None:
    steps: list[Any] = [
        "GET /users",
        ("POST", "/users"),
        {"path": "/users/*", "status": 404},
        {"operation": "getUserById"},
    ]
    assert [item.number for item in asked.assert_order(steps)] == [1, 2, 4, 6]
    assert asked.assert_order([]) == []


@pytest.mark.parametrize(
    ("step", "problem"),
    [
        ("/users", "The step '/users' is not a method and a path, like 'GET /users'."),
        ({"metod": "GET"}, "A step has no 'metod' (did you mean 'method'?)."),
    ],
)
def test_what_is_no_step_is_refused(step: Any, problem: str, asked: Portal) -> None:
    with pytest.raises(SetupError) as refused:
        asked.assert_order([step])
    assert str(refused.value) == problem


def test_warnings_come_with_their_requests(empty: Portal, api: httpx.Client) -> None:
    api.get("/users")
    empty.assert_no_warnings()
    api.get("/users?x=1&y=2")
    first, second = empty.warnings
    assert (first.exchange.number, first.text) == (2, "unknown query parameter 'x'")
    assert (second.exchange.number, second.text) == (2, "unknown query parameter 'y'")
    empty.requests.filter(query={"x": None}).assert_no_warnings()
    with pytest.raises(AssertionError):
        empty.assert_no_warnings()


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as pool:
        yield pool


def test_waiting_for_a_request(empty: Portal, api: httpx.Client, pool: ThreadPoolExecutor) -> None:
    waiting = pool.submit(empty.wait_for_request, "POST", "/users", timeout=30)
    api.get("/users")
    api.post("/users", json=ADA)
    assert waiting.result(30).json == ADA
    assert empty.wait_for_request("GET", "/users", timeout=0).number == 1


def test_waiting_for_several_and_for_later_ones(empty: Portal, api: httpx.Client) -> None:
    def ask() -> None:
        for _ in range(3):
            api.get("/users")

    thread = Thread(target=ask)
    thread.start()
    assert empty.wait_for_request("GET", "/users", times=2, timeout=30).number == 2
    assert empty.wait_for_request("GET", after=2, timeout=30).number == 3
    thread.join(30)
    with pytest.raises(AssertionError, match="within 0 s"):
        empty.wait_for_request("GET", after=3, timeout=0)
    with pytest.raises(SetupError, match="times must be at least 1, not 0"):
        empty.wait_for_request("GET", times=0)


@pytest.mark.parametrize(
    ("method", "problem"),
    [
        ("/users", "'/users' is no method: write path='/users', or the method before it."),
        ("getUsers", "'getUsers' is no method, but an operation: write operation='getUsers'."),
        ("POTS", "There is no method 'POTS' (did you mean 'POST'?)."),
    ],
)
def test_what_is_no_method_is_refused(method: str, problem: str, empty: Portal) -> None:
    for call in (empty.assert_requested, empty.assert_not_requested, empty.requests.filter):
        with pytest.raises(SetupError) as caught:
            call(method)
        assert (str(caught.value), caught.value.at) == (problem, "method")
    assert not empty.requests.filter("put")


def test_values_say_themselves_what_they_are_equal_to(empty: Portal, api: httpx.Client) -> None:
    api.post("/users", json=ADA | {"credits": 5, "custom": None}, headers={"X-Trace": "abc-123"})
    api.get("/users", params={"page[size]": 20})
    empty.assert_requested(
        "POST",
        "/users",
        json_contains={
            "login": IsStr(regex="[a-z.]+"),
            "credits": IsInt(ge=5) & ~IsInt(gt=5),
            "custom": IsInstance(type(None)),
        },
        headers={"X-Trace": IsStr(regex=r"abc-\d+")},
    )
    empty.assert_requested("POST", json=IsPartialDict(login=ADA["login"]))
    empty.assert_requested("GET", query={"page[size]": IsStr(regex="[0-9]+")})
    with pytest.raises(AssertionError) as failed:
        empty.assert_requested("POST", "/users", json_contains={"credits": IsInt(gt=5)})
    assert "json.credits: expected IsInt(gt=5), was 5" in str(failed.value)
    with pytest.raises(AssertionError, match=r"headers.X-Trace: expected IsInt\(\), was"):
        empty.assert_requested("POST", "/users", headers={"X-Trace": IsInt()})
