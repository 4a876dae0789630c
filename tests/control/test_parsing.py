"""Requests of the control API that are not as they should be, and what none of them does."""

import json
import logging
import socket

import httpx
import pytest

from talentlms_mock import MockServer, Portal
from talentlms_mock.control import parsing
from talentlms_mock.control.route import SQLITE
from tests.control.conftest import problem


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", "The body is no JSON in UTF-8: unexpected end of data: line 1 column 2 (char 1)."),
        (b"[]", "The body must be a JSON object."),
        (b"3", "The body must be a JSON object."),
        (b"null", "The body must be a JSON object."),
        (b"", "The body must be a JSON object."),
    ],
)
def test_body_that_is_no_object(of_empty: httpx.Client, content: bytes, message: str) -> None:
    assert problem(of_empty.post("/faults", content=content)) == (422, message, None)


def test_body_that_is_no_utf8(of_empty: httpx.Client) -> None:
    assert of_empty.post("/faults", content=b'{"name": "\xff"}').status_code == 422


def test_body_that_nests_without_end(of_empty: httpx.Client) -> None:
    assert of_empty.post("/faults", content=b"[" * 100_000).status_code == 422


def test_body_that_is_too_large(of_empty: httpx.Client) -> None:
    content = b'{"name": "' + b"x" * 1024 * 1024 + b'"}'
    assert problem(of_empty.post("/faults", content=content)) == (
        413,
        "The body is larger than 1 MiB.",
        None,
    )


def test_no_body_is_as_good_as_an_empty_one_where_nothing_is_needed(of_empty: httpx.Client) -> None:
    assert of_empty.post("/clock/freeze").status_code == 200
    assert of_empty.post("/clock/freeze", json={}).status_code == 200


@pytest.mark.parametrize(
    ("path", "body", "status", "message", "at"),
    [
        ("/faults", {"statsu": 1}, 422, "There is no 'statsu' here (did you mean 'status'?).", 0),
        ("/faults", {"status": "503"}, 422, "status must be an integer.", "status"),
        ("/faults", {"status": 99}, 422, "status must be at least 200.", "status"),
        ("/faults", {"status": 503, "timeout": True}, 400, None, None),
        ("/faults", {}, 400, None, None),
        ("/faults", {"path": "/usrs", "status": 503}, 400, None, "path"),
        ("/faults", {"path": "getUsers", "method": "POST", "status": 503}, 400, None, "method"),
        (
            "/faults",
            {"path": "getUsers", "rename_field": {"id": "login"}},
            400,
            None,
            "rename_field.id",
        ),
        ("/faults", {"path": "getUsers", "drop_field": ["nme"]}, 400, None, "drop_field"),
        ("/faults", {"match": {"jsn": {}}}, 422, None, "match.jsn"),
        ("/faults", {"sequence": [503, "timeot"]}, 422, None, "sequence"),
        ("/users", {"email": "no"}, 422, "email must be a valid email address.", "email"),
        ("/users", {"courses": ["No"]}, 400, "Course not found.", "courses[0]"),
        ("/users", {"login": "ada", "groups": [1, 2]}, 400, None, "groups[0]"),
        ("/users", {"login": "ada", "user_type": "Boss"}, 400, None, "user_type"),
        ("/users", {"login": "ada", "password": "weak"}, 400, None, "password"),
        ("/users", {"login": "ada", "timezone": "Mars/Base"}, 422, None, "timezone"),
        ("/users", {"custom_fields": {"Team": "Blue"}}, 422, None, "custom_fields.Team"),
        ("/enrollments", {"user": "ada", "course": "A"}, 400, None, "user"),
        ("/coupons", {"code": "A", "percentage": 0}, 422, None, "percentage"),
        ("/users", {"courses": "No"}, 422, "courses must be an array.", "courses"),
        ("/users", {"courses": [1.5]}, 422, None, "courses[0]"),
        ("/users", {"custom_fields": {"Team": 3}}, 422, None, "custom_fields.Team"),
        ("/courses", {"units": []}, 422, "name is required.", "name"),
        (
            "/courses",
            {"name": "A", "units": [{"name": "U", "type": "x"}]},
            422,
            None,
            "units[0].type",
        ),
        (
            "/courses",
            {"name": "A", "units": [{"name": "U", "typ": "x"}]},
            422,
            None,
            "units[0].typ",
        ),
        ("/courses", {"name": "A", "units": ["a", {"type": "test"}]}, 422, None, "units[1].name"),
        (
            "/courses",
            {"name": "A", "units": [{"name": "Q", "type": "test", "questions": [{"text": ""}]}]},
            422,
            "units[0].questions[0].text must not be empty.",
            "units[0].questions[0].text",
        ),
        (
            "/courses",
            {"name": "A", "units": [{"name": "Q", "type": "test"}]},
            422,
            None,
            "units[0]",
        ),
        ("/clock/advance", {"hours": "1"}, 422, "hours must be a number.", "hours"),
        ("/clock/travel", {"to": "soon"}, 400, None, "to"),
        ("/clock/freeze", {"at": "2000-01-01"}, 400, None, "at"),
        ("/clock/tick", {"factor": 0}, 400, None, "factor"),
        ("/rate-limit/exhaust", {"window": "day"}, 422, None, "window"),
        ("/scenarios", {"scenario": "flakey"}, 400, None, "scenario"),
        ("/scenarios", {"scenario": "../x.toml"}, 400, None, "scenario"),
        (
            "/scenarios",
            {"scenario": {"faults": [{"status": "x"}]}},
            422,
            "scenario.faults[0].status must be an integer.",
            "scenario.faults[0].status",
        ),
        (
            "/scenarios",
            {"scenario": {"plan": "grw"}},
            422,
            "There is no plan 'grw' (did you mean 'grow'?).",
            "scenario.plan",
        ),
        ("/scenarios", {"scenario": {"remaining": 9999}}, 400, None, "scenario.remaining"),
        ("/learners/1/open", {"course": "A"}, 404, None, None),
        ("/requests/assert", {"operation": "getUsrs"}, 400, None, "operation"),
        ("/requests/assert", {"times": 0}, 400, None, "times"),
        ("/requests/assert-order", {"steps": ["GET"]}, 400, None, "steps[0]"),
        (
            "/requests/assert-order",
            {"steps": ["GET /a", {"path": "b"}]},
            400,
            None,
            "steps[1].path",
        ),
        ("/requests/assert-order", {"steps": []}, 422, "steps must not be empty.", "steps"),
        ("/snapshots", {"name": ""}, 422, "name must not be empty.", "name"),
    ],
)
def test_what_is_wrong_with_a_body(
    of_empty: httpx.Client,
    path: str,
    body: dict[str, object],
    status: int,
    message: str | None,
    at: str | int | None,
) -> None:
    found = problem(of_empty.post(path, json=body))

    assert (found[0], message or found[1]) == (status, found[1])
    assert found[1].endswith((".", "?"))
    if at == 0:
        at = next(iter(body))
    assert found[2] == at


def test_place_in_a_list_is_told(of_empty: httpx.Client) -> None:
    faults = [{"status": 503}, {"status": "x"}, {"statu": 1}]
    assert problem(of_empty.post("/scenarios", json={"scenario": {"faults": faults[:2]}})) == (
        422,
        "scenario.faults[1].status must be an integer.",
        "scenario.faults[1].status",
    )
    assert problem(of_empty.post("/scenarios", json={"scenario": {"faults": faults[::2]}})) == (
        422,
        "There is no 'statu' here (did you mean 'status'?).",
        "scenario.faults[1].statu",
    )


@pytest.mark.parametrize(
    ("path", "message", "at"),
    [
        ("/users?locin=ada", "There is no 'locin' here (did you mean 'login'?).", "locin"),
        ("/users?limit=0", "limit must be at least 1.", "limit"),
        ("/users?level=x", "level is not valid.", "level"),
        ("/enrollments?user=nobody", None, "user"),
        ("/clock?x=1", "This takes no query.", "x"),
        ("/requests?status=4x", None, "status"),
        ("/requests?after=-1", "after must be at least 0.", "after"),
    ],
)
def test_what_is_wrong_with_a_query(
    of_empty: httpx.Client, path: str, message: str | None, at: str | None
) -> None:
    status, said, place = problem(of_empty.get(path))

    assert status in (400, 422)
    assert (message or said, at) == (said, place)


def test_unknown_portal_path_and_method(control: httpx.Client, empty: Portal) -> None:
    near = empty.domain[:-1] + "x"
    status, message, _ = problem(control.get(f"/portals/{near}"))
    assert (status, message.partition(" (")[0]) == (404, f"This server has no portal {near!r}")
    assert problem(control.get("/portls")) == (
        404,
        "The control API has no path /__mock__/portls (did you mean '/portals'?).",
        None,
    )
    assert control.get("/").status_code == 404
    answer = control.put("/portals")
    assert problem(answer) == (
        405,
        "The path /__mock__/portals has no PUT, but GET, POST.",
        None,
    )
    assert answer.headers["allow"] == "GET, POST"
    assert control.options("/portals").status_code == 405
    assert control.get("/portals/").status_code == 200


def test_domain_is_found_in_any_case(control: httpx.Client, empty: Portal) -> None:
    assert control.get(f"/portals/{empty.domain.upper()}").json()["domain"] == empty.domain


def test_portal_named_like_a_path_is_reached(control: httpx.Client) -> None:
    assert control.post("/portals", json={"domain": "open", "dataset": "empty"}).status_code == 201
    assert control.get("/portals/open").json()["domain"] == "open"
    assert control.delete("/portals/open").status_code == 204


def test_names_with_slashes_and_digits(of_empty: httpx.Client, empty: Portal) -> None:
    for login in ("a/b c", "4711", "ü?#"):
        empty.add_user(login, email=f"{len(login)}@example.com")

    assert of_empty.get("/users/a%2Fb%20c").json()["login"] == "a/b c"
    assert of_empty.get("/users/4711").json()["login"] == "4711"
    assert of_empty.get("/users/%C3%BC%3F%23").json()["login"] == "ü?#"
    assert of_empty.get("/users/2").json()["login"] == "4711"


@pytest.mark.parametrize(
    "path",
    [
        "/users/%2e%2e%2f%2e%2e%2fetc%2fpasswd",
        "/users/%00",
        "/users/%ff%fe",
        "/users/99999999999999999999999999",
        "/users/" + "x" * 8000,
        "/users/1%27%20OR%201=1",
        "/faults/-1",
        "/snapshots/../../x/restore",
        "/requests/1e9",
    ],
)
def test_hostile_paths_lead_nowhere(of_empty: httpx.Client, empty: Portal, path: str) -> None:
    base = httpx.URL(empty.control_url)
    with httpx.Client() as client:
        raw = base.raw_path + path.encode()
        request = httpx.Request("GET", base.copy_with(raw_path=raw))
        assert client.send(request).status_code in (404, 405)


def test_it_is_neither_counted_nor_journalled(of_empty: httpx.Client, empty: Portal) -> None:
    before = empty.rate_limit.as_data()
    of_empty.get("")
    of_empty.post("/users", json={"login": "ada"})
    of_empty.get("/nothing")

    assert empty.rate_limit.as_data() == before
    assert list(empty.requests) == []


def test_it_is_reached_while_the_api_is_not(of_empty: httpx.Client, empty: Portal) -> None:
    empty.fault(timeout=True)
    empty.deactivate()
    empty.rate_limit.exhaust()

    assert of_empty.get("").json()["active"] is False


def test_error_inside_the_mock_is_told_without_a_traceback(
    of_empty: httpx.Client,
    empty: Portal,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail() -> None:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr(empty, "reset", fail)
    with caplog.at_level(logging.ERROR, logger="talentlms_mock"), httpx.Client() as client:
        answer = client.post(f"{empty.control_url}/reset")
    assert problem(answer) == (500, "An error inside the mock; its log has it.", None)
    assert "secret" in caplog.text


def test_portal_that_goes_meanwhile_is_told(empty: Portal, of_empty: httpx.Client) -> None:
    empty.database.close()
    assert of_empty.get("/users").status_code == 404


@pytest.mark.parametrize("content_type", [None, "application/json", "text/plain"])
def test_upload_must_say_that_it_is_a_file(control: httpx.Client, content_type: str | None) -> None:
    headers = {} if content_type is None else {"Content-Type": content_type}
    assert control.post("/portals/open", content=b"x", headers=headers).status_code == 415


def test_upload_that_is_no_portal_is_refused(control: httpx.Client, server: MockServer) -> None:
    count = len(server.portals)
    headers = {"Content-Type": SQLITE}
    for content in (b"", b"no database", b"SQLite format 3\0" + b"\0" * 2000):
        answer = control.post("/portals/open", content=content, headers=headers)
        assert answer.status_code == 400
    assert len(server.portals) == count


def test_upload_that_is_too_large(control: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parsing, "LARGEST_FILE", 1024 * 1024)
    content = b"x" * (1024 * 1024 + 1)
    answer = control.post("/portals/open", content=content, headers={"Content-Type": SQLITE})
    assert problem(answer) == (413, "The body is larger than 1 MiB.", None)


def test_client_that_leaves_during_an_upload_leaves_nothing(
    control: httpx.Client, server: MockServer
) -> None:
    count = len(server.portals)
    with socket.create_connection(("127.0.0.1", server.http_port), 10) as client:
        client.sendall(
            b"POST /__mock__/portals/open HTTP/1.1\r\nHost: localhost\r\n"
            b"Content-Type: application/vnd.sqlite3\r\nContent-Length: 1000\r\n\r\nSQLite"
        )
    assert control.get("/health").json()["portals"] == count


def test_answers_are_json(control: httpx.Client, empty: Portal) -> None:
    for path in ("/health", "/nothing", f"/portals/{empty.domain}"):
        answer = control.get(path)
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["x-content-type-options"] == "nosniff"
        json.loads(answer.content)
