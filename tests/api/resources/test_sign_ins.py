import re
from base64 import b64encode
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import httpx
import pytest

from talentlms_mock import Portal
from talentlms_mock.portal.rules.outbox import Message
from tests.api.resources.test_users import told
from tests.api.responses import ADA, WRONG, Json, refusal
from tests.conftest import NOW

SENT = datetime.fromisoformat(NOW)

NOBODY = refusal("The requested user does not exist.")
NOT_ACTIVE = refusal("The requested user is not active")
PLACE = "https://www.example.com/a?b=c&d=é"


def encoded(text: str) -> str:
    return b64encode(text.encode()).decode()


@pytest.fixture(autouse=True)
def _ada(api: httpx.Client) -> None:
    assert api.post("/users", json=ADA).status_code == 200


def is_online(api: httpx.Client, id: int = 1) -> bool:
    data: Json = api.get(f"/users/{id}/online-status").json()
    assert list(data) == ["_data"]
    assert list(data["_data"]) == ["online"]
    return data["_data"]["online"] is True


def deactivate(api: httpx.Client) -> None:
    assert api.patch("/users/1", json={"status": "inactive"}).status_code == 204


def test_logging_in(empty: Portal, api: httpx.Client) -> None:
    assert not is_online(api)
    empty.clock.advance(hours=1)
    response = api.get("/users/1/login")
    assert response.status_code == 200
    data = response.json()["_data"]
    assert list(data) == ["user_id", "login_key"]
    assert data["user_id"] == 1
    address = rf"https://{empty.host}/index/autologin/key:[0-9a-f]{{32}}"
    assert re.fullmatch(address, data["login_key"])
    assert is_online(api)
    listed = api.get("/users").json()["_data"][0]
    assert (listed["last_login"], listed["last_updated"]) == ("2025-05-07T10:30:00+00:00", NOW)
    assert told(empty)[1:] == [("user_login_user", "Ada Lovelace signed in")]
    assert api.get("/statistics").json()["_data"]["monthly_active_users"] == 1


def test_every_login_has_a_key_of_its_own(empty: Portal, api: httpx.Client) -> None:
    keys = {api.get("/users/1/login").json()["_data"]["login_key"] for _ in range(3)}
    assert len(keys) == 3
    assert [event for event, _ in told(empty)].count("user_login_user") == 3
    assert is_online(api)


def test_an_inactive_user_cannot_log_in(empty: Portal, api: httpx.Client) -> None:
    deactivate(api)
    before = told(empty)
    response = api.get("/users/1/login")
    assert (response.status_code, response.json()) == (400, NOT_ACTIVE)
    assert not is_online(api)
    assert told(empty) == before
    assert api.get("/users").json()["_data"][0]["last_login"] is None


def test_logging_out(empty: Portal, api: httpx.Client) -> None:
    api.get("/users/1/login")
    before = told(empty)
    response = api.post("/users/1/logout", json={"next": PLACE})
    assert response.status_code == 200
    address = f"https://{empty.host}/index/logout/next:{quote(encoded(PLACE), safe='')}"
    assert response.json() == {"_data": {"redirect_url": address}}
    assert not is_online(api)
    assert told(empty) == before
    assert api.get("/users").json()["_data"][0]["last_login"] == NOW


@pytest.mark.parametrize("body", [{"json": {"next": ""}}, {"json": {}}, {}])
def test_next_may_be_missing(body: dict[str, Any], empty: Portal, api: httpx.Client) -> None:
    response = api.post("/users/1/logout", **body)
    assert response.status_code == 200
    assert response.json() == {"_data": {"redirect_url": f"https://{empty.host}/index/logout"}}
    assert [text for exchange in empty.journal for text in exchange.warnings] == []


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        (b'{"next": 5}', 400, f"{WRONG}next must be a string"),
        (b'{"next": null}', 400, f"{WRONG}next must be a string"),
        (b"next=", 422, "The request body is not valid JSON."),
        (b"[]", 422, "The request body is not a JSON object."),
    ],
)
def test_a_bad_logout(body: bytes, status: int, message: str, api: httpx.Client) -> None:
    api.get("/users/1/login")
    response = api.post("/users/1/logout", content=body)
    assert (response.status_code, response.json()) == (status, refusal(message))
    assert is_online(api)


def test_an_inactive_user_is_logged_out(empty: Portal, api: httpx.Client) -> None:
    api.get("/users/1/login")
    deactivate(api)
    assert not is_online(api)
    assert api.patch("/users/1", json={"status": "active"}).status_code == 204
    assert not is_online(api)


def test_a_user_whose_time_is_over_is_logged_out(empty: Portal, api: httpx.Client) -> None:
    body = {"status": "active", "deactivation_date": "2025-05-08"}
    assert api.patch("/users/1", json=body).status_code == 204
    api.get("/users/1/login")
    assert is_online(api)
    empty.clock.advance(days=1)
    assert not is_online(api)


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "login"), ("POST", "logout"), ("GET", "online-status")],
)
@pytest.mark.parametrize("id", ["2", "0", "ada"])
def test_an_unknown_user_is_404(method: str, path: str, id: str, api: httpx.Client) -> None:
    response = api.request(method, f"/users/{id}/{path}")
    assert (response.status_code, response.json()) == (404, NOBODY)


def test_a_password_reset_is_in_the_outbox(empty: Portal, api: httpx.Client) -> None:
    before = told(empty)
    for params in ({}, {"redirect_url": encoded(PLACE)}):
        response = api.post("/password-reset", params=params, json={"login": "ADA"})
        assert (response.status_code, response.content) == (204, b"")
    first, second = empty.outbox
    assert re.fullmatch(rf"https://{empty.host}/index/resetpassword/key:[0-9a-f]{{32}}", first.link)
    assert first == Message(
        "password_reset", "ada@example.com", "Reset your password", first.link, SENT, 1
    )
    link = urlsplit(second.link)
    assert parse_qs(link.query) == {"redirect_url": [PLACE]}
    assert link.path != urlsplit(first.link).path
    assert told(empty) == before


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        ({}, 400, f"{WRONG}login is required"),
        ({"login": ""}, 400, f"{WRONG}login must not be empty"),
        ({"login": 1}, 400, f"{WRONG}login must be a string"),
        ({"login": "bob"}, 404, "The requested user does not exist."),
        ({"login": "ada@example.com"}, 404, "The requested user does not exist."),
    ],
)
def test_a_reset_for_nobody(
    body: Json, status: int, message: str, empty: Portal, api: httpx.Client
) -> None:
    response = api.post("/password-reset", json=body)
    assert (response.status_code, response.json()) == (status, refusal(message))
    assert empty.outbox == []


BAD_ADDRESSES = pytest.mark.parametrize(
    "value",
    [
        "",
        "https://www.example.com",
        encoded("ftp://www.example.com"),
        encoded("javascript:alert(1)"),
        encoded("https://"),
        encoded("https:///path"),
        encoded("/path"),
        encoded("https://www.example.com/a b"),
        encoded("https://www.example.com/\r\nX: y"),
        encoded("https://[::1/"),
        encoded("https://www.example.com")[:-1],
        b64encode(b"https://www.example.com/\xff").decode(),
        "é",
    ],
)


@BAD_ADDRESSES
@pytest.mark.parametrize(
    ("method", "path", "name"),
    [
        ("POST", "/password-reset", "redirect_url"),
        ("POST", "/users/ada/username-recovery", "domain_url"),
        ("GET", "/courses/1/users/1/goto", "logout_redirect"),
        ("GET", "/courses/1/users/1/goto", "course_completed_redirect"),
    ],
)
def test_an_address_that_is_none_is_400(
    method: str, path: str, name: str, value: str, empty: Portal, api: httpx.Client
) -> None:
    body = {"json": {"login": "ada"}} if path == "/password-reset" else {}
    response = api.request(method, path, params={name: value}, **body)  # type: ignore[arg-type]
    problem = f"{WRONG}{name} must be the base64 of an http or https address"
    assert (response.status_code, response.json()) == (400, refusal(problem))
    assert empty.outbox == []


def test_a_plus_in_an_address_may_be_sent_as_it_is(empty: Portal, api: httpx.Client) -> None:
    address = "https://www.example.com/~>>>"
    assert "+" in encoded(address)
    path = f"/users/ada/username-recovery?domain_url={encoded(address)}"
    assert api.post(path).status_code == 204
    assert [message.link for message in empty.outbox] == [address]


@pytest.mark.parametrize(
    ("login", "email"),
    [
        ("grace", "grace+hopper@example.com"),
        ("a/b", "a/b@example.com"),
        ("100%", "100%@example.com"),
        ("%2F", "percent@example.com"),
        ("what?", "what#?@example.com"),
        ("zoë ş", "zoë@example.com"),
        ("groups", "groups@example.com"),
    ],
)
def test_a_username_is_recovered_by_email_or_login(
    login: str, email: str, empty: Portal, api: httpx.Client
) -> None:
    body = ADA | {"login": login, "email": email}
    assert api.post("/users", json=body).status_code == 200
    for name in (email, email.upper(), login):
        response = api.post(f"/users/{quote(name, safe='')}/username-recovery")
        assert (response.status_code, response.content) == (204, b"")
    subject = f"Your username is {login}"
    home = f"https://{empty.host}"
    message = Message("username_recovery", email, subject, home, SENT, 2)
    assert empty.outbox == [message] * 3


@pytest.mark.parametrize("path", ["/users/ada@example.com", "/users/ada%40example.com"])
def test_an_at_sign_need_not_be_escaped(path: str, empty: Portal, api: httpx.Client) -> None:
    response = api.post(f"{path}/username-recovery/", params={"domain_url": encoded(PLACE)})
    assert response.status_code == 204
    assert [message.link for message in empty.outbox] == [PLACE]


def test_an_email_goes_before_a_login(empty: Portal, api: httpx.Client) -> None:
    other = ADA | {"login": "ada@example.com", "email": "other@example.com"}
    assert api.post("/users", json=other).status_code == 200
    assert api.post("/users/ada@example.com/username-recovery").status_code == 204
    assert [message.user_id for message in empty.outbox] == [1]


@pytest.mark.parametrize("name", ["bob", "1", "bob@example.com", "%FF"])
def test_a_username_of_nobody(name: str, empty: Portal, api: httpx.Client) -> None:
    response = api.post(f"/users/{name}/username-recovery")
    assert (response.status_code, response.json()) == (404, NOBODY)
    assert empty.outbox == []


def test_a_message_outlives_its_user(empty: Portal, api: httpx.Client) -> None:
    api.post("/password-reset", json={"login": "ada"})
    assert api.delete("/users/1").status_code == 204
    assert [(message.recipient, message.user_id) for message in empty.outbox] == [
        ("ada@example.com", None)
    ]


def goto(api: httpx.Client, **params: str) -> tuple[int, Json]:
    response = api.get("/courses/1/users/1/goto", params=params)
    return response.status_code, response.json()


def enroll(api: httpx.Client) -> None:
    assert api.post("/courses", json={"name": "Algebra"}).status_code == 200
    response = api.post("/enrollments", json={"course_id": 1, "user_id": 1})
    assert response.status_code == 200


def test_going_to_a_course(empty: Portal, api: httpx.Client) -> None:
    enroll(api)
    before = told(empty)
    status, answer = goto(api)
    assert status == 200
    assert list(answer["_data"]) == ["goto_url"]
    address = rf"https://{empty.host}/index/gotocourse/key:[0-9a-f]{{32}},course_id:1"
    assert re.fullmatch(address, answer["_data"]["goto_url"])
    assert told(empty) == before
    assert not is_online(api)


def test_going_to_a_course_and_from_there(api: httpx.Client) -> None:
    enroll(api)
    end = "http://example.org/done"
    status, answer = goto(
        api, logout_redirect=encoded(PLACE), course_completed_redirect=encoded(end)
    )
    assert status == 200
    assert parse_qs(urlsplit(answer["_data"]["goto_url"]).query) == {
        "logout_redirect": [PLACE],
        "course_completed_redirect": [end],
    }


def test_going_to_a_course_that_one_is_not_in_is_400(api: httpx.Client) -> None:
    assert api.post("/courses", json={"name": "Algebra"}).status_code == 200
    assert goto(api) == (400, refusal("The requested user is not enrolled in this course"))


def test_an_inactive_user_goes_nowhere(api: httpx.Client) -> None:
    enroll(api)
    deactivate(api)
    assert goto(api) == (400, NOT_ACTIVE)


@pytest.mark.parametrize(
    ("path", "missing"),
    [
        ("/courses/9/users/1/goto", "course"),
        ("/courses/x/users/1/goto", "course"),
        ("/courses/1/users/9/goto", "user"),
    ],
)
def test_going_to_what_does_not_exist(path: str, missing: str, api: httpx.Client) -> None:
    enroll(api)
    response = api.get(path)
    assert response.status_code == 404
    assert response.json() == refusal(f"The requested {missing} does not exist.")
