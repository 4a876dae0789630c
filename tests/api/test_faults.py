"""Faults as a client meets them: answers, commits, checks and the journal."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest

from talentlms_mock import MockServer, Portal, SetupError, create_app
from talentlms_mock.portal.portals import Portals
from talentlms_mock.portal.state.settings import QuirkValue, Settings
from tests.api.responses import ADA, API_HEADERS, error, headers_of, refusal
from tests.conftest import NewClient

DISABLED = "API is not enabled for the specified domain or the domain is currently inactive."


@pytest.mark.parametrize("shape", ["wrapped", "flat", "recorded"])
@pytest.mark.parametrize(
    ("status", "id", "text"),
    [
        (400, "bad_request", "Bad Request."),
        (401, "unauthorized", "Invalid API key provided."),
        (403, "forbidden", DISABLED),
        (404, "not_found", "Not Found."),
        (409, "conflict", "Conflict."),
        (413, "content_too_large", "The request body is larger than 1 MiB."),
        (422, "unprocessable_entity", "The request body is not valid JSON."),
        (429, "too_many_requests", "The API request rate limit has been exceeded."),
        (499, "error_499", "Error 499."),
        (500, "internal_server_error", "Internal server error."),
        (502, "bad_gateway", "Bad Gateway."),
        (503, "service_unavailable", "Service Unavailable."),
        (504, "gateway_timeout", "Gateway Timeout."),
    ],
)
def test_a_status_has_the_vendors_error(
    status: int, id: str, text: str, shape: QuirkValue, empty: Portal, api: httpx.Client
) -> None:
    empty.set_quirk("error_shape", shape)
    empty.fault("GET", "/users", status=status)
    answer = api.get("/users")
    kind = "api_error" if status >= 500 else "invalid_request_error"
    assert (answer.status_code, answer.json()) == (status, error(shape, id, text, kind))
    rates = {"x-ratelimit-limit": "2000", "x-ratelimit-remaining": "1999"}
    content = {"content-type": "application/json"}
    assert headers_of(answer) == API_HEADERS | rates | content


@pytest.mark.parametrize(
    ("shape", "document"),
    [
        ("wrapped", refusal("Method Not Allowed")),
        ("flat", refusal("Method Not Allowed")["error"]),
        ("recorded", {"status_code": 405, "reason_phrase": "Method Not Allowed"}),
    ],
)
def test_a_status_of_405_is_the_routers(
    shape: QuirkValue, document: dict[str, Any], empty: Portal, api: httpx.Client
) -> None:
    empty.set_quirk("error_shape", shape)
    empty.fault("GET", "/users", status=405)
    answer = api.get("/users")
    assert (answer.status_code, answer.json()) == (405, document)


@pytest.mark.parametrize("shape", ["wrapped", "flat", "recorded"])
@pytest.mark.parametrize(
    ("method", "path", "id", "text"),
    [
        ("GET", "/users/1", "not_found.user_not_found", "User not found"),
        ("GET", "/groups/1/users", "not_found.group_not_found", "Group not found"),
        ("PUT", "/branches/1/status", "not_found.branch_not_found", "Branch not found"),
        ("GET", "/courses/1/users/2/goto", "not_found.course_not_found", "Course not found"),
        (
            "POST",
            "/users/a@example.com/username-recovery",
            "not_found.user_not_found",
            "User not found",
        ),
    ],
)
def test_a_status_of_404_is_about_what_the_path_names(
    method: str, path: str, id: str, text: str, shape: QuirkValue, empty: Portal, api: httpx.Client
) -> None:
    empty.set_quirk("error_shape", shape)
    empty.fault(status=404)
    answer = api.request(method, path)
    assert (answer.status_code, answer.json()) == (404, error(shape, id, text))


@pytest.mark.parametrize(
    ("body", "sent"),
    [
        ({"a": [1]}, b'{"a":[1]}'),
        ([], b"[]"),
        (7, b"7"),
        ("<html>", b"<html>"),
        ("é".encode(), "é".encode()),
        ("", b""),
    ],
)
def test_a_status_may_have_a_body(
    body: object, sent: bytes, empty: Portal, api: httpx.Client
) -> None:
    empty.fault("GET", "/users", status=200, body=body)
    answer = api.get("/users")
    assert (answer.status_code, answer.content) == (200, sent)


def test_a_status_of_204_has_no_body(empty: Portal, api: httpx.Client) -> None:
    empty.fault("GET", "/users", status=204)
    answer = api.get("/users")
    assert (answer.status_code, answer.content) == (204, b"")
    assert "content-type" not in answer.headers


def test_what_a_status_answers_has_not_been_done(empty: Portal, api: httpx.Client) -> None:
    fault = empty.fault("POST", "/users", status=503, times=1)
    assert api.post("/users", json=ADA).status_code == 503
    assert api.get("/users").json()["_data"] == []
    assert api.post("/users", json=ADA).status_code == 200
    assert (fault.calls, fault.fired) == (1, 1)


@pytest.mark.parametrize("options", [{"status": 503}, {"latency": 0.001}, {"malformed_json": True}])
def test_after_the_commit_the_write_has_been_done(
    options: dict[str, Any], empty: Portal, api: httpx.Client
) -> None:
    empty.fault("POST", "/users", after_commit=True, times=1, **options)
    api.post("/users", json=ADA)
    second = api.post("/users", json=ADA)
    assert (second.status_code, second.json()) == (
        400,
        refusal("A user with the same login already exists"),
    )


def test_an_operation_that_refuses_is_answered_like_that_behind_a_fault(
    empty: Portal, api: httpx.Client
) -> None:
    empty.fault(path="getUserById", latency=0.001)
    empty.fault(path="getUserById", drop_field="email")
    answer = api.get("/users/7")
    assert (answer.status_code, answer.json()) == (
        404,
        refusal("User not found"),
    )
    (exchange,) = empty.journal
    assert (exchange.status, exchange.faults, exchange.reason) == (
        404,
        (1, 2),
        "fault 1: getUserById -> after 0.001 s; fault 2: getUserById -> without email; "
        "User not found",
    )


def test_a_fault_comes_after_the_checks(empty: Portal, api: httpx.Client) -> None:
    fault = empty.fault(status=503)
    assert api.get("/users", headers={"X-API-Key": "wrong"}).status_code == 401
    assert api.get("/users", headers={"X-API-Version": "now"}).status_code == 400
    empty.rate_limit.remaining = 0
    assert api.get("/users").status_code == 429
    assert fault.calls == 0
    empty.rate_limit.refill()
    assert api.get("/users").status_code == 503
    assert api.get("/nope").status_code == 404
    assert api.put("/users").status_code == 405
    assert api.get("/health").status_code == 503
    assert fault.fired == 2


def test_a_fault_that_is_not_for_a_request_leaves_it_alone(
    empty: Portal, api: httpx.Client
) -> None:
    created = empty.fault("POST", "/users", status=503, match={"json": {"login": "bob"}})
    assert api.post("/users", json=ADA).status_code == 200
    assert api.get("/users").status_code == 200
    assert (created.calls, [exchange.faults for exchange in empty.journal]) == (0, [(), ()])


def test_drift_of_a_single_object_and_of_the_envelope(empty: Portal, api: httpx.Client) -> None:
    api.post("/users", json=ADA)
    empty.fault(
        path="getUserById", drop_field=["email", "avatar.xl"], rename_field={"login": "username"}
    )
    empty.fault(path="getUsers", null_field="_meta.pagination.total_pages")
    user = api.get("/users/1").json()["_data"]
    assert "email" not in user
    assert sorted(user["avatar"]) == ["default", "lg", "md", "sm"]
    assert list(user)[:3] == ["id", "username", "name"]
    page = api.get("/users").json()
    assert page["_meta"]["pagination"]["total_pages"] is None


def test_a_fault_is_declared_while_requests_run_and_cleared_again(
    empty: Portal, api: httpx.Client
) -> None:
    assert api.get("/users").status_code == 200
    empty.fault("GET", "/users", status=503)
    assert api.get("/users").status_code == 503
    empty.clear_faults()
    assert (api.get("/users").status_code, len(empty.faults)) == (200, 0)


def test_faults_come_back_with_a_snapshot(empty: Portal, api: httpx.Client) -> None:
    fault = empty.fault("GET", "/users", sequence=[500, 502, 503])
    assert api.get("/users").status_code == 500
    with empty.snapshot():
        assert api.get("/users").status_code == 502
        empty.clear_faults()
        empty.fault("GET", "/users", status=504)
        assert api.get("/users").status_code == 504
    assert [*empty.faults] == [fault]
    assert (fault.fired, api.get("/users").status_code, fault.fired) == (1, 502, 2)


def test_faults_go_along_with_a_saved_portal(
    server: MockServer, empty: Portal, api: httpx.Client, new_client: NewClient, tmp_path: Path
) -> None:
    empty.fault("GET", "/users", sequence=[500, 502], match={"query": {"page[size]": 2}})
    query = {"page[size]": 2}
    assert api.get("/users", params=query).status_code == 500
    empty.save(tmp_path / "portal.sqlite")
    opened = server.open_portal(tmp_path / "portal.sqlite", domain="elsewhere", api_key="its-own")
    try:
        assert new_client(opened).get("/users", params=query).status_code == 502
        assert [exchange.faults for exchange in opened.journal] == [(1,), (1,)]
    finally:
        server.remove_portal(opened)


def test_python_refuses_an_unknown_option_with_the_nearest(empty: Portal) -> None:
    with pytest.raises(SetupError) as refused:
        empty.fault("GET", "/users", statsu=503)  # type: ignore[call-arg]
    assert str(refused.value) == (
        "The fault is not right: statsu is not a known key (did you mean 'status'?)."
    )


@pytest.mark.parametrize("lost", ["reset", "empty"])
def test_where_the_server_is_another_one_the_loss_of_an_answer_is_raised(lost: str) -> None:
    async def send(portal: Portal) -> None:
        portals = Portals()
        portals.add(portal)
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(create_app(portals)),
            base_url="https://samples.talentlms.com/api/v2",
            headers=portal.headers,
        ) as client:
            await client.get("/users")

    portal = Portal(Settings(), dataset="empty")
    portal.fault(sequence=[lost])
    with pytest.raises(ConnectionResetError, match="of which the server gives none"):
        asyncio.run(send(portal))
    portal.close()


def test_something_happens_between_two_requests(empty: Portal, api: httpx.Client) -> None:
    empty.add_user("ada")
    empty.fault(path="getUsers", on_call=1, then=lambda portal: portal.archive_user("ada"))
    found = [[user["login"] for user in api.get("/users").json()["_data"]] for _ in range(3)]
    assert found == [["ada"], [], []]


def test_then_acts_with_whatever_else_a_fault_does(empty: Portal, api: httpx.Client) -> None:
    def add(portal: Portal) -> None:
        portal.add_user(f"user{len(portal.users)}")

    empty.fault("GET", "/users", status=503, times=1, then=add)
    empty.fault("POST", "/users", reset=True, after_commit=True, then=add)
    assert api.get("/users").status_code == 503
    with pytest.raises(httpx.TransportError):
        api.post("/users", json=ADA)
    assert [user.login for user in empty.users] == ["user0", ADA["login"], "user2"]


def test_then_that_fails_is_a_500_with_its_reason(
    empty: Portal, api: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    empty.fault("GET", "/users", times=1, then=lambda portal: portal.archive_user("nobody"))
    assert api.get("/users").status_code == 500
    assert empty.requests[0].reason == (
        "fault 1: GET /users -> then <lambda>, which failed: NotFound: User not found"
    )
    assert "then <lambda> failed" in caplog.text
    assert api.get("/users").status_code == 200
