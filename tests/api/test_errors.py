"""An error of each kind as a whole: its status, its JSON in each shape, and its headers."""

from collections.abc import Callable, Mapping

import httpx
import pytest

from talentlms_mock import Portal
from talentlms_mock.api.errors import ApiError, error_body, from_refusal
from talentlms_mock.errors import NotFound, RuleBroken
from talentlms_mock.portal.contract import refusals
from tests.api.responses import ADA, API_HEADERS, error, headers_of, refusal
from tests.conftest import NewClient, NewPortal

SHAPES = ("wrapped", "flat", "recorded")
DISABLED = "API is not enabled for the specified domain or the domain is currently inactive."
JSON = {"content-type": "application/json"}
UNCOUNTED = ("not enabled", "wrong key")

Act = Callable[[Portal, httpx.Client], httpx.Response]


def get(path: str, **headers: str) -> Act:
    return lambda portal, client: client.get(path, headers=headers)


def send(method: str, path: str, json: object) -> Act:
    return lambda portal, client: client.request(method, path, json=json)


def post(content: bytes) -> Act:
    return lambda portal, client: client.post("/users", content=content)


def not_enabled(portal: Portal, client: httpx.Client) -> httpx.Response:
    portal.disable_api()
    return client.get("/users")


def exhausted(portal: Portal, client: httpx.Client) -> httpx.Response:
    portal.rate_limit.exhaust()
    return client.get("/users")


def taken(portal: Portal, client: httpx.Client) -> httpx.Response:
    return client.post("/users", json=ADA | {"login": portal.users[0].login})


ERRORS: dict[str, tuple[Act, int, str, str]] = {
    "not enabled": (not_enabled, 403, "forbidden", DISABLED),
    "wrong key": (
        get("/users", **{"X-API-Key": "no"}),
        401,
        "unauthorized",
        "Invalid API key provided.",
    ),
    "wrong version": (
        get("/users", **{"X-API-Version": "no"}),
        400,
        "bad_request",
        "The X-API-Version header must be a date in the format YYYY-MM-DD.",
    ),
    "not acceptable": (
        get("/users", Accept="text/html"),
        400,
        "bad_request",
        "The Accept header must allow application/json.",
    ),
    "limited": (
        exhausted,
        429,
        "too_many_requests",
        "The API request rate limit has been exceeded.",
    ),
    "not json": (post(b"{"), 422, "unprocessable_entity", "The request body is not valid JSON."),
    "too large": (
        post(b" " * (2**20 + 1)),
        413,
        "content_too_large",
        "The request body is larger than 1 MiB.",
    ),
    "malformed id": (
        get("/courses/-1"),
        400,
        "bad_request",
        "Course id must be a positive integer",
    ),
    "malformed id of a user": (get("/users/0"), 400, "bad_request", "User id is invalid"),
    "missing": (
        send("POST", "/group-memberships", {"group_id": 1}),
        400,
        "bad_request",
        "User id is required",
    ),
    "wrong type": (
        send("PUT", "/branches/1/status", {"is_active": "abc"}),
        400,
        "bad_request",
        "The attribute 'is_active' must be boolean",
    ),
    "not found": (get("/users/122222"), 404, "not_found.user_not_found", "User not found"),
    "conflict": (
        send("DELETE", "/group-memberships", {"group_id": 4, "user_id": 50}),
        409,
        "conflict.user_not_in_group",
        "User not in group",
    ),
    "taken": (taken, 400, "bad_request", "A user with the same login already exists"),
}
"""A request that gets an error of each kind, and that error: status, id and text."""


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", ERRORS)
def test_an_error_has_the_shape_of_the_quirk(
    name: str, shape: str, new_portal: NewPortal, new_client: NewClient
) -> None:
    portal = new_portal(quirks={"error_shape": shape})
    act, status, id, text = ERRORS[name]
    response = act(portal, new_client(portal))
    assert (response.status_code, response.json()) == (status, error(shape, id, text))


@pytest.mark.parametrize("shape", SHAPES)
def test_without_a_portal_an_error_is_as_documented(
    shape: str, new_portal: NewPortal, new_client: NewClient
) -> None:
    client = new_client(new_portal(quirks={"error_shape": shape}))
    response = client.get("/users", headers={"Host": "nobody.talentlms.com"})
    assert (response.status_code, response.json()) == (403, refusal(DISABLED))


@pytest.mark.parametrize("shape", SHAPES)
def test_an_error_inside_the_mock_is_an_error_of_the_api(
    shape: str, new_portal: NewPortal, new_client: NewClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    portal = new_portal(quirks={"error_shape": shape})
    monkeypatch.setattr(portal, "transaction", lambda: 1 / 0)
    response = new_client(portal).get("/users")
    expected = error(shape, "internal_server_error", "Internal server error.", "api_error")
    assert (response.status_code, response.json()) == (500, expected)


def rates(portal: Portal) -> dict[str, str]:
    return {"x-ratelimit-limit": "9", "x-ratelimit-remaining": str(portal.rate_limit.remaining)}


@pytest.mark.parametrize("name", ERRORS)
def test_the_headers_of_an_error(name: str, new_portal: NewPortal, new_client: NewClient) -> None:
    portal = new_portal(hourly_limit=9)
    response = ERRORS[name][0](portal, new_client(portal))
    counted = {} if name in UNCOUNTED else rates(portal)
    assert headers_of(response) == API_HEADERS | JSON | counted
    assert portal.rate_limit.remaining == (0 if name == "limited" else 9 - bool(counted))


def test_the_headers_of_success(new_portal: NewPortal, new_client: NewClient) -> None:
    portal = new_portal(hourly_limit=9)
    client = new_client(portal)
    assert headers_of(client.get("/users/1")) == API_HEADERS | JSON | rates(portal)
    deleted = client.delete("/groups/1")
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert headers_of(deleted) == API_HEADERS | rates(portal)
    assert headers_of(client.get("/health")) == API_HEADERS | JSON


@pytest.mark.parametrize(
    ("status", "id", "expected"), [("400", "bad_request", 400), ("409", "conflict", 409)]
)
@pytest.mark.parametrize("shape", SHAPES)
def test_what_is_taken_is_400_or_409(
    shape: str, status: str, id: str, expected: int, new_portal: NewPortal, new_client: NewClient
) -> None:
    portal = new_portal(quirks={"error_shape": shape, "duplicate_status": status})
    client = new_client(portal)
    portal.add_course("Algebra", code="ALG")
    portal.add_branch("Oslo")
    assert client.post("/users", json=ADA).status_code == 200
    oslo = {"name": "OSLO", "description": "", "default_locale": "en-US"}
    requests: list[tuple[str, str, Mapping[str, object], str]] = [
        ("POST", "/users", ADA | {"email": "x@example.com"}, "A user with the same login"),
        ("POST", "/users", ADA | {"login": "x"}, "A user with the same email address"),
        ("PATCH", "/users/1", {"status": "active", "login": "ADA"}, "A user with the same login"),
        ("POST", "/courses", {"name": "x", "code": "alg"}, "A course with the same code"),
        ("POST", "/branches", oslo, "A branch with the same name"),
    ]
    for method, path, json, text in requests:
        response = client.request(method, path, json=json)
        assert response.status_code == expected
        assert response.json() == error(shape, id, f"{text} already exists")


def test_another_rule_is_400_whatever_is_taken(
    new_portal: NewPortal, new_client: NewClient
) -> None:
    client = new_client(new_portal(quirks={"duplicate_status": "409"}))
    response = client.post("/users", json=ADA | {"password": "weak"})
    assert response.status_code == 400


def test_the_hint_for_a_person_is_not_sent() -> None:
    refused = NotFound("user", hint=" (did you mean 'ada'?)")
    assert str(refused) == "User not found (did you mean 'ada'?)"
    answered = from_refusal(refused, "400")
    assert (answered.refusal, answered.reason) == (refused.refusal, "User not found")


def test_the_catalogue_is_not_changed_by_the_quirk() -> None:
    answered = from_refusal(RuleBroken(refusals.LOGIN_TAKEN), "409")
    assert isinstance(answered, ApiError)
    assert (answered.refusal.status, answered.refusal.id) == (409, "conflict")
    assert (refusals.LOGIN_TAKEN.status, refusals.LOGIN_TAKEN.id) == (400, "bad_request")


@pytest.mark.parametrize(
    ("shape", "sent"),
    [
        ("wrapped", b'{"error":{"type":"invalid_request_error","message":"Not Found"}}'),
        ("flat", b'{"type":"invalid_request_error","message":"Not Found"}'),
        ("recorded", b'{"status_code":404,"reason_phrase":"Not Found"}'),
    ],
)
def test_the_router_has_a_shape_of_its_own(shape: str, sent: bytes) -> None:
    assert error_body(refusals.NO_SUCH_PATH, shape) == sent
