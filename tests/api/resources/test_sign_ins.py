import json
import re
from base64 import b64encode
from datetime import datetime
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from talentlms_mock import Portal
from talentlms_mock.portal.rules.outbox import Message
from tests.api.resources.test_users import told
from tests.api.responses import ADA, Json, refusal
from tests.conftest import NOW, NewClient, NewPortal
from tests.state.dump import take

SENT = datetime.fromisoformat(NOW)

NOBODY = refusal("User not found")
KEY = "[a-z0-9]{20}"
NOT_ACTIVE = refusal("The requested user is not active")
PLACE = "https://www.example.com/a?b=c&d=é"


def encoded(text: str) -> str:
    return b64encode(text.encode()).decode()


@pytest.fixture(autouse=True)
def _ada(api: httpx.Client) -> None:
    assert api.post("/users", json=ADA).status_code == 200


def is_online(api: httpx.Client, id: int = 1) -> bool:
    response = api.get(f"/users/{id}/online-status")
    status = response.json()["_data"]["status"]
    assert response.json() == {"_data": {"status": status}}
    assert status in ("online", "offline")
    return bool(status == "online")


def keys(portal: Portal) -> list[tuple[str, str, int, Json, str, str | None]]:
    """Return what is kept of each key of a page, in the order in which they were made."""
    return [
        (row["key"], row["kind"], row["user_id"], json.loads(row["target"]), *made(row))
        for row in take(portal).rows("page_keys")
    ]


def made(row: Json) -> tuple[str, str | None]:
    return row["created_at"], row["used_at"]


def deactivate(api: httpx.Client) -> None:
    assert api.patch("/users/1", json={"status": "inactive"}).status_code == 204


def test_logging_in(empty: Portal, api: httpx.Client) -> None:
    assert not is_online(api)
    empty.clock.advance(hours=1)
    response = api.get("/users/1/login")
    assert response.status_code == 200
    (address,) = response.json()["_data"]
    found = re.fullmatch(rf"https://{empty.host}/index/autologin/key:({KEY})", address["url"])
    assert found
    assert list(address.items()) == [
        ("name", "main_domain"),
        ("url", address["url"]),
        ("is_branch", False),
    ]
    now = "2025-05-07T10:30:00+00:00"
    assert keys(empty) == [(found[1], "autologin", 1, {"branch_id": None}, now, None)]
    assert is_online(api)
    listed = api.get("/users").json()["_data"][0]
    assert (listed["last_login"], listed["last_updated"]) == (now, NOW)
    assert told(empty)[1:] == [("user_login_user", "Ada Lovelace signed in")]
    assert api.get("/statistics").json()["_data"]["monthly_active_users"] == 1


def test_each_branch_of_a_user_has_an_address(empty: Portal, api: httpx.Client) -> None:
    for name, members in (("south", []), ("Far East", ["ada"]), ("north", ["ada"])):
        empty.add_branch(name, users=members)
    addresses = api.get("/users/1/login").json()["_data"]
    assert [(address["name"], address["is_branch"]) for address in addresses] == [
        ("Far East", True),
        ("north", True),
        ("main_domain", False),
    ]
    hosts = [f"far-east-2-{empty.host}", f"north-{empty.host}", empty.host]
    for address, host in zip(addresses, hosts, strict=True):
        assert re.fullmatch(rf"https://{host}/index/autologin/key:{KEY}", address["url"])
    assert [target for _, _, _, target, *_ in keys(empty)] == [
        {"branch_id": 2},
        {"branch_id": 3},
        {"branch_id": None},
    ]


def test_who_asks_by_an_address_gets_addresses_there(empty: Portal, api: httpx.Client) -> None:
    empty.add_branch("north", users=["ada"])
    host = empty.base_url.removeprefix("https://").removesuffix("/api/v2")
    response = api.get("/users/1/login", headers={"Host": host})
    for address in response.json()["_data"]:
        assert re.fullmatch(rf"https://{host}/index/autologin/key:{KEY}", address["url"])


def test_every_login_has_a_key_of_its_own(empty: Portal, api: httpx.Client) -> None:
    urls = {api.get("/users/1/login").json()["_data"][0]["url"] for _ in range(3)}
    assert len(urls) == 3
    assert is_online(api)


def test_a_key_is_not_given_twice_though_its_user_was_archived(
    empty: Portal, api: httpx.Client
) -> None:
    first = api.post("/users/1/logout").json()
    empty.archive_user("ada")
    bob = empty.add_user("bob")
    second = api.post(f"/users/{bob.id}/logout").json()
    empty.restore_user("ada")
    assert first != second
    assert len(keys(empty)) == 2


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
    path = f"index/logout/token:2,next:{quote(encoded(PLACE), safe='=')}"
    address = f"https://{empty.host}/{path}"
    assert response.json() == {"_data": {"redirect_url": address}}
    assert keys(empty)[1:] == [("2", "logout", 1, {"next": PLACE}, NOW, None)]
    assert not is_online(api)
    assert told(empty) == before
    assert api.get("/users").json()["_data"][0]["last_login"] == NOW


@pytest.mark.parametrize("body", [{"json": {"next": ""}}, {"json": {}}, {}])
def test_next_may_be_missing(body: dict[str, Any], empty: Portal, api: httpx.Client) -> None:
    response = api.post("/users/1/logout", **body)
    assert response.status_code == 200
    address = f"https://{empty.host}/index/logout/token:1,next:"
    assert response.json() == {"_data": {"redirect_url": address}}
    assert keys(empty) == [("1", "logout", 1, {"next": None}, NOW, None)]
    assert [text for exchange in empty.journal for text in exchange.warnings] == []


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        (b'{"next": 5}', 400, "The attribute 'next' must be a string"),
        (b'{"next": null}', 400, "The attribute 'next' must be a string"),
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
@pytest.mark.parametrize(
    ("id", "status", "message"),
    [
        ("2", 404, "User not found"),
        ("9" * 30, 404, "User not found"),
        ("0", 400, "User id must be a positive integer"),
        ("ada", 400, "User id must be a positive integer"),
    ],
)
def test_an_unknown_user(
    method: str, path: str, id: str, status: int, message: str, api: httpx.Client
) -> None:
    response = api.request(method, f"/users/{id}/{path}")
    assert (response.status_code, response.json()) == (status, refusal(message))


def test_a_password_reset_is_in_the_outbox(empty: Portal, api: httpx.Client) -> None:
    before = told(empty)
    for params in ({}, {"redirect_url": encoded(PLACE)}):
        response = api.post("/password-reset", params=params, json={"login": "ADA"})
        assert (response.status_code, response.content) == (204, b"")
    first, second = empty.outbox
    found = re.fullmatch(rf"https://{empty.host}/index/resetpassword/key:({KEY})", first.link)
    assert found
    assert first == Message(
        "password_reset", "ada@example.com", "Reset your password", first.link, SENT, 1
    )
    other = second.link.rpartition(":")[2]
    assert keys(empty) == [
        (found[1], "reset", 1, {"redirect_url": None}, NOW, None),
        (other, "reset", 1, {"redirect_url": PLACE}, NOW, None),
    ]
    assert other != found[1]
    assert told(empty) == before


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        ({}, 400, "User login is required"),
        ({"login": ""}, 400, "User login is required"),
        ({"login": 1}, 400, "The attribute 'login' must be a string"),
        ({"login": "bob"}, 404, "User not found"),
        ({"login": "ada@example.com"}, 404, "User not found"),
    ],
)
def test_a_reset_for_nobody(
    body: Json, status: int, message: str, empty: Portal, api: httpx.Client
) -> None:
    response = api.post("/password-reset", json=body)
    assert (response.status_code, response.json()) == (status, refusal(message))
    assert empty.outbox == []


OPTIONAL_ADDRESSES = pytest.mark.parametrize(
    ("method", "path", "name"),
    [
        ("POST", "/password-reset", "redirect_url"),
        ("POST", "/users/ada@example.com/username-recovery", "domain_url"),
        ("GET", "/courses/1/users/1/goto", "logout_redirect"),
        ("GET", "/courses/1/users/1/goto", "course_completed_redirect"),
    ],
)


@pytest.mark.parametrize(
    "value",
    [
        "https://www.example.com",
        encoded("https://www.example.com/a b"),
        encoded("https://www.example.com/\r\nX: y"),
        encoded("https://www.example.com")[:-1],
        b64encode(b"https://www.example.com/\xff").decode(),
        "é",
    ],
)
@OPTIONAL_ADDRESSES
def test_an_address_that_is_none_is_400(
    method: str, path: str, name: str, value: str, empty: Portal, api: httpx.Client
) -> None:
    enroll(api)
    body = {"json": {"login": "ada"}} if path == "/password-reset" else {}
    response = api.request(method, path, params={name: value}, **body)  # type: ignore[arg-type]
    problem = f"The attribute '{name}' must be the base64 of an address"
    assert (response.status_code, response.json()) == (400, refusal(problem))
    assert empty.outbox == []
    assert keys(empty) == []


@pytest.mark.parametrize("address", ["", "www.example.com", "http://www.example.com", PLACE])
@OPTIONAL_ADDRESSES
def test_an_address_needs_no_scheme_and_may_be_empty(
    method: str, path: str, name: str, address: str, empty: Portal, api: httpx.Client
) -> None:
    enroll(api)
    body = {"json": {"login": "ada"}} if path == "/password-reset" else {}
    response = api.request(method, path, params={name: encoded(address)}, **body)  # type: ignore[arg-type]
    assert response.is_success
    assert [target[name] for *_, target, _, _ in keys(empty) if name in target] == (
        [] if name == "domain_url" else [address or None]
    )


@pytest.mark.parametrize(
    ("address", "link"),
    [
        ("https://www.example.com/~>>>", "https://www.example.com/~>>>"),
        ("test.example.com", "https://test.example.com"),
    ],
)
def test_a_message_leads_to_the_address(
    address: str, link: str, empty: Portal, api: httpx.Client
) -> None:
    # The + of a base64 text may be sent as it is.
    path = f"/users/ada@example.com/username-recovery?domain_url={encoded(address)}"
    assert api.post(path).json() == {"_data": {"user_id": 1}}
    assert [message.link for message in empty.outbox] == [link]


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
def test_a_username_is_recovered_by_email(
    login: str, email: str, empty: Portal, api: httpx.Client
) -> None:
    body = ADA | {"login": login, "email": email}
    assert api.post("/users", json=body).status_code == 200
    for name in (email, email.upper()):
        response = api.post(f"/users/{quote(name, safe='')}/username-recovery")
        assert (response.status_code, response.json()) == (200, {"_data": {"user_id": 2}})
    subject = f"Your username is {login}"
    home = f"https://{empty.host}"
    message = Message("username_recovery", email, subject, home, SENT, 2)
    assert empty.outbox == [message] * 2


@pytest.mark.parametrize("path", ["/users/ada@example.com", "/users/ada%40example.com"])
def test_an_at_sign_need_not_be_escaped(path: str, empty: Portal, api: httpx.Client) -> None:
    response = api.post(f"{path}/username-recovery", params={"domain_url": encoded(PLACE)})
    assert response.json() == {"_data": {"user_id": 1}}
    assert [message.link for message in empty.outbox] == [PLACE]


@pytest.mark.parametrize(
    ("name", "status", "message"),
    [
        ("bob@example.com", 404, "User not found"),
        ("ada", 400, "User e-mail must be a valid e-mail address"),
        ("1", 400, "User e-mail must be a valid e-mail address"),
        ("ada@example", 400, "User e-mail must be a valid e-mail address"),
        ("%FF", 400, "User e-mail must be a valid e-mail address"),
    ],
)
def test_a_username_of_nobody(
    name: str, status: int, message: str, empty: Portal, api: httpx.Client
) -> None:
    response = api.post(f"/users/{name}/username-recovery")
    assert (response.status_code, response.json()) == (status, refusal(message))
    assert empty.outbox == []


def test_errors_as_recorded(new_portal: NewPortal, new_client: NewClient) -> None:
    client = new_client(new_portal(dataset="empty", quirks={"error_shape": "recorded"}))
    malformed = {"id": "bad_request", "title": "User e-mail must be a valid e-mail address"}
    unknown = {"id": "not_found.user_not_found", "title": "User not found"}
    response = client.post("/users/ada/username-recovery")
    assert (response.status_code, response.json()) == (400, {"_errors": [malformed]})
    response = client.get("/users/1/login")
    assert (response.status_code, response.json()) == (404, {"_errors": [unknown]})


def test_a_message_outlives_its_user(empty: Portal, api: httpx.Client) -> None:
    api.post("/password-reset", json={"login": "ada"})
    assert api.delete("/users/1").status_code == 204
    assert [(message.recipient, message.user_id) for message in empty.outbox] == [
        ("ada@example.com", None)
    ]
    assert keys(empty) == []


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
    url = answer["_data"]["goto_url"]
    assert answer == {"_data": {"goto_url": url}}
    found = re.fullmatch(rf"https://{empty.host}/index/gotocourse/key:({KEY}),course_id:1", url)
    assert found
    nowhere = {"course_id": 1, "logout_redirect": None, "course_completed_redirect": None}
    assert keys(empty) == [(found[1], "goto", 1, nowhere, NOW, None)]
    assert told(empty) == before
    assert not is_online(api)


def test_where_one_goes_from_a_course_is_not_in_its_address(
    empty: Portal, api: httpx.Client
) -> None:
    enroll(api)
    end = "www.example.org/done"
    status, answer = goto(
        api, logout_redirect=encoded(PLACE), course_completed_redirect=encoded(end)
    )
    assert status == 200
    address = rf"https://{empty.host}/index/gotocourse/key:{KEY},course_id:1"
    assert re.fullmatch(address, answer["_data"]["goto_url"])
    assert [target for _, _, _, target, *_ in keys(empty)] == [
        {"course_id": 1, "logout_redirect": PLACE, "course_completed_redirect": end}
    ]


def test_going_to_a_course_that_one_is_not_in_is_409(api: httpx.Client) -> None:
    assert api.post("/courses", json={"name": "Algebra"}).status_code == 200
    assert goto(api) == (409, refusal("The user is not enrolled in this course"))


def test_an_inactive_user_goes_nowhere(api: httpx.Client) -> None:
    enroll(api)
    deactivate(api)
    assert goto(api) == (400, NOT_ACTIVE)


@pytest.mark.parametrize(
    ("path", "status", "message"),
    [
        ("/courses/9/users/9/goto", 404, "Course not found"),
        ("/courses/x/users/x/goto", 400, "Course id must be a positive integer"),
        ("/courses/9/users/-1/goto", 400, "User id must be a positive integer"),
        ("/courses/1/users/9/goto", 404, "User not found"),
    ],
)
def test_going_to_what_does_not_exist(
    path: str, status: int, message: str, api: httpx.Client
) -> None:
    enroll(api)
    response = api.get(path)
    assert (response.status_code, response.json()) == (status, refusal(message))
