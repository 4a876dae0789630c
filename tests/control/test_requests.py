"""The requests of a portal over the control API: picked, asserted, waited for, and followed."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from talentlms_mock import MockServer, Portal
from talentlms_mock.control import requests
from tests.api.responses import ADA
from tests.control.conftest import problem

_LIMIT = 20.0

Json = dict[str, Any]


def _numbers(answer: httpx.Response) -> list[int]:
    assert answer.status_code == 200, answer.text
    return [each["number"] for each in answer.json()]


def test_requests_are_picked(of_empty: httpx.Client, api: httpx.Client) -> None:
    api.get("/users")
    api.post("/users", json=ADA)
    api.post("/users", json=ADA)
    api.get("/users/9")

    assert _numbers(of_empty.get("/requests")) == [1, 2, 3, 4]
    assert _numbers(of_empty.get("/requests?method=post")) == [2, 3]
    assert _numbers(of_empty.get("/requests?path=/users/*")) == [4]
    assert _numbers(of_empty.get("/requests?operation=createUser&status=200")) == [2]
    assert _numbers(of_empty.get("/requests?status=4xx")) == [3, 4]
    assert _numbers(of_empty.get("/requests?status=400,404")) == [3, 4]
    assert _numbers(of_empty.get("/requests?after=2")) == [3, 4]
    assert _numbers(of_empty.get("/requests?limit=1")) == [4]
    assert _numbers(of_empty.post("/requests/find", json={"json_contains": {"login": "ada"}})) == [
        2,
        3,
    ]
    assert _numbers(of_empty.post("/requests/find", json={"json": None, "status": [404]})) == [4]
    assert of_empty.delete("/requests").status_code == 204
    assert _numbers(of_empty.get("/requests")) == []


def test_request_is_shown_with_all_of_it_but_its_secrets(
    of_empty: httpx.Client, api: httpx.Client, empty: Portal
) -> None:
    api.post("/users", json=ADA)
    shown = of_empty.get("/requests/1").json()

    assert shown["body"] == ADA | {"password": "***"}
    assert shown["headers"]["x-api-key"] == "***"
    assert shown["changes"] == [{"entity": "user", "id": 1}]
    open_ = of_empty.get("/requests/1?redacted=false").json()
    assert (open_["body"], open_["headers"]["x-api-key"]) == (ADA, empty.api_key)
    assert of_empty.get("/requests?redacted=false").json() == [open_]
    assert of_empty.get("/requests/2").status_code == 404


def test_warnings_are_listed(of_empty: httpx.Client, api: httpx.Client) -> None:
    api.get("/users?colour=red")
    assert of_empty.get("/warnings").json() == [
        {"number": 1, "text": "unknown query parameter 'colour'"}
    ]
    status, message, _ = problem(of_empty.post("/requests/assert-no-warnings"))
    assert (status, "unknown query parameter 'colour'" in message) == (409, True)


def test_assertions_explain_themselves_as_in_python(
    of_empty: httpx.Client, api: httpx.Client, empty: Portal
) -> None:
    api.get("/users")
    with pytest.raises(AssertionError) as failure:
        empty.assert_requested("POST", "/users", json={"a": 1})
    wanted = {"method": "POST", "path": "/users", "json": {"a": 1}}
    assert problem(of_empty.post("/requests/assert", json=wanted)) == (
        409,
        str(failure.value),
        None,
    )
    assert of_empty.post("/requests/assert", json={"path": "/users"}).json()["number"] == 1
    assert of_empty.post("/requests/assert", json={"path": "/users", "times": 2}).status_code == 409
    assert of_empty.post("/requests/assert-not", json={"path": "/users"}).status_code == 409
    steps = [{"method": "GET", "path": "/users"}, "POST /users"]
    status, message, _ = problem(of_empty.post("/requests/assert-order", json={"steps": steps}))
    assert (status, "POST /users" in message) == (409, True)


def test_request_that_came_before_is_not_waited_for(
    of_empty: httpx.Client, api: httpx.Client
) -> None:
    api.get("/users")
    found = of_empty.post("/requests/wait", json={"path": "/users", "timeout": 0})
    assert found.json()["number"] == 1


def test_request_is_waited_for(of_empty: httpx.Client, api: httpx.Client, empty: Portal) -> None:
    with ThreadPoolExecutor() as threads, _somebody_watches(empty):
        waiting = threads.submit(
            of_empty.post, "/requests/wait", json={"method": "POST", "timeout": _LIMIT, "times": 2}
        )
        _until_watched(empty)
        api.post("/users", json=ADA)
        api.get("/users")
        api.post("/users", json=ADA)
        assert waiting.result(_LIMIT).json()["number"] == 3


@contextmanager
def _somebody_watches(portal: Portal) -> Iterator[None]:
    yield
    assert not portal.journal._watchers


def _until_watched(portal: Portal) -> None:
    _until(lambda: bool(portal.journal._watchers))


def _until(condition: Callable[[], bool]) -> None:
    pause = threading.Event()
    for _ in range(int(_LIMIT / 0.01)):
        if condition():
            return
        pause.wait(0.01)
    raise AssertionError("it did not come to that")


def test_request_that_does_not_come_is_told_as_in_python(
    of_empty: httpx.Client, api: httpx.Client, empty: Portal
) -> None:
    api.get("/users")
    with pytest.raises(AssertionError) as failure:
        empty.wait_for_request("POST", timeout=0.01, after=0)
    answer = of_empty.post("/requests/wait", json={"method": "POST", "timeout": 0.01})
    assert problem(answer) == (409, str(failure.value), None)
    assert not empty.journal._watchers


@pytest.mark.parametrize("timeout", [-1, 601, "5"])
def test_wait_has_its_limits(of_empty: httpx.Client, timeout: object) -> None:
    assert problem(of_empty.post("/requests/wait", json={"timeout": timeout}))[::2] == (
        422,
        "timeout",
    )


def test_client_that_leaves_waits_no_more(empty: Portal, server: MockServer) -> None:
    body = b'{"timeout": 600}'
    path = f"/__mock__/portals/{empty.domain}/requests/wait".encode()
    with socket.create_connection(("127.0.0.1", server.http_port), 10) as client:
        client.sendall(
            b"POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%s"
            % (path, len(body), body)
        )
        _until_watched(empty)
    _until(lambda: not empty.journal._watchers)


def test_portal_that_is_removed_is_waited_for_no_more(
    control: httpx.Client, server: MockServer
) -> None:
    control.post("/portals", json={"domain": "leaving", "dataset": "empty"})
    portal = server.portals.of_domain("leaving")
    assert portal is not None
    with ThreadPoolExecutor() as threads:
        waiting = threads.submit(
            control.post, "/portals/leaving/requests/wait", json={"timeout": _LIMIT}
        )
        _until_watched(portal)
        with httpx.Client() as other:
            other.delete(portal.control_url)
        assert problem(waiting.result(_LIMIT)) == (
            404,
            "The portal 'leaving' was removed meanwhile.",
            None,
        )


@contextmanager
def _events(portal: Portal, query: str = "", **headers: str) -> Iterator[Iterator[Json]]:
    with (
        httpx.Client(timeout=_LIMIT) as client,
        client.stream(
            "GET", f"{portal.control_url}/requests/events{query}", headers=headers
        ) as answer,
    ):
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "text/event-stream"
        lines = answer.iter_lines()
        assert next(lines) == "retry: 1000"
        yield _read(lines)


def _read(lines: Iterator[str]) -> Iterator[Json]:
    event: Json = {}
    for line in lines:
        name, _, value = line.partition(": ")
        if name == "data":
            event["data"] = json.loads(value)
            yield event
            event = {}
        elif name:
            event[name] = value


def test_requests_are_followed(api: httpx.Client, empty: Portal) -> None:
    api.get("/users")
    with _events(empty, "?method=POST") as events:
        _until_watched(empty)
        api.get("/users")
        api.post("/users", json=ADA)
        event = next(events)
        assert (event["id"], event["event"]) == ("3", "request")
        assert event["data"] == empty.requests[2].as_data()
        api.post("/users", json=ADA)
        assert next(events)["data"]["status"] == 400
    _until(lambda: not empty.journal._watchers)


def test_following_begins_where_it_is_told(api: httpx.Client, empty: Portal) -> None:
    for _ in range(3):
        api.get("/users")
    with _events(empty, "?after=1") as events:
        assert [next(events)["id"] for _ in range(2)] == ["2", "3"]
    with _events(empty, **{"Last-Event-ID": "2"}) as events:
        assert next(events)["id"] == "3"


def test_following_shows_secrets_when_asked(api: httpx.Client, empty: Portal) -> None:
    api.get("/users")
    with _events(empty, "?after=0&redacted=false") as events:
        assert next(events)["data"]["headers"]["x-api-key"] == empty.api_key


def test_follower_is_told_that_the_mock_is_there(
    empty: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requests, "HEARTBEAT", 0.01)
    with (
        httpx.Client(timeout=_LIMIT) as client,
        client.stream("GET", f"{empty.control_url}/requests/events") as answer,
    ):
        lines = answer.iter_lines()
        assert [next(lines) for _ in range(4)] == ["retry: 1000", "", ": still there", ""]


def test_followers_end_with_the_portal(control: httpx.Client, server: MockServer) -> None:
    control.post("/portals", json={"domain": "leaving", "dataset": "empty"})
    portal = server.portals.of_domain("leaving")
    assert portal is not None
    with _events(portal) as events:
        _until_watched(portal)
        control.delete("/portals/leaving")
        assert list(events) == []


def test_followers_that_do_not_read_hold_nobody_up(api: httpx.Client, empty: Portal) -> None:
    address = httpx.URL(empty.control_url)
    assert address.port is not None
    with socket.create_connection((address.host, address.port), 10) as idle:
        idle.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        path = f"{address.path}/requests/events?after=0".encode()
        idle.sendall(b"GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n" % path)
        _until_watched(empty)
        large = ADA | {"description": "x" * 100_000}
        for _ in range(100):
            assert api.post("/users", json=large).status_code == 400
        with _events(empty, "?after=99") as events:
            assert next(events)["id"] == "100"
    _until(lambda: not empty.journal._watchers)


def test_server_stops_at_once_with_followers_and_waiters() -> None:
    with MockServer() as server:
        portal = server.create_portal(dataset="empty")
        path = f"/__mock__/portals/{portal.domain}/requests/events".encode()
        with socket.create_connection(("127.0.0.1", server.http_port), 10) as client:
            client.sendall(b"GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n" % path)
            _until_watched(portal)
            server.stop()
        assert not portal.journal._watchers
