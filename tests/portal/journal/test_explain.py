"""Why did it not match? What failed assertions say, word for word."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from talentlms_mock import Portal
from talentlms_mock.app import catalogue
from talentlms_mock.portal.journal.journal import Exchange, Journal
from talentlms_mock.portal.journal.requests import Requests
from tests.portal.journal.test_journal import ADA, exchange


def said(assertion: Callable[..., Any], *arguments: Any, **wanted: Any) -> str:
    with pytest.raises(AssertionError) as failed:
        assertion(*arguments, **wanted)
    return str(failed.value)


def requests(*exchanges: Exchange) -> Requests:
    journal = Journal()
    journal.restore(exchanges)
    return Requests(journal, catalogue)


def enroll(number: int, status: int = 200, **more: Any) -> Exchange:
    values: dict[str, Any] = {
        "number": number,
        "method": "POST",
        "target": "/api/v2/enrollments",
        "operation_id": "createEnrollment",
        "body": b'{"user_id":1,"course_id":2}',
        "status": status,
        "response": b"{}",
    }
    return exchange(Journal(), **{**values, **more})


def get(number: int, target: str = "/api/v2/users", **more: Any) -> Exchange:
    return exchange(Journal(), number=number, target=target, **{"response": b"{}", **more})


def test_nothing_has_come(portal: Portal) -> None:
    assert said(portal.assert_requested, "GET", "/users") == (
        "GET /users was expected, but was not requested.\nNo request has reached this portal."
    )
    assert said(portal.assert_requested, operation="getUsers").startswith("getUsers was expected,")
    assert said(portal.assert_requested, status=200).startswith("a request was expected, but")


def test_fields_differ_one_by_one(empty: Portal, api: httpx.Client) -> None:
    api.post("/enrollments", json={"user_id": "1", "courseId": 3, "password": "x"})
    wanted = {"user_id": 1, "course_id": 3}
    assert said(empty.assert_requested, "POST", "/enrollments", json=wanted) == (
        "POST /enrollments was requested once, but never as expected:\n"
        '  with json {"user_id":1,"course_id":3}\n'
        "The only request:\n"
        "  #  request                   operation         status  decided by\n"
        "  1  POST /api/v2/enrollments  createEnrollment  400     "
        "Course id is required\n"
        '       - json.user_id: expected 1, was "1" (a string, not an integer)\n'
        "       - json.course_id: expected 3, was missing; there is courseId\n"
        "       - json.courseId: expected none, was 3\n"
        "       - json.password: expected none, was ***"
    )


def test_a_path_that_the_api_does_not_have(empty: Portal, api: httpx.Client) -> None:
    api.post("/enrolments", json={"user_id": 1, "course_id": 3})
    assert said(empty.assert_requested, "POST", "/enrollments") == (
        "POST /enrollments was expected, but was not requested.\n"
        "The only request:\n"
        "  #  request                  operation  status  decided by\n"
        "  1  POST /api/v2/enrolments  -          404     no operation has this path\n"
        "       - path: expected /enrollments, was /api/v2/enrolments, "
        "which the API does not have; "
        "probably meant: createEnrollment, POST /api/v2/enrollments"
    )


def test_the_test_itself_names_what_the_api_does_not_have(empty: Portal, api: httpx.Client) -> None:
    api.patch("/users/1", json={"status": "active"})
    text = said(empty.assert_requested, "POST", "/enrolment")
    assert text.splitlines()[1] == (
        "The API has no operation POST /enrolment. Probably meant: createEnrollment, "
        "POST /api/v2/enrollments."
    )
    text = said(empty.assert_requested, "PUT", "/users/1")
    assert text.splitlines()[1] == (
        "The API has /users/1 with GET, PATCH and DELETE, not with PUT. Probably meant: "
        "updateUser, PATCH /api/v2/users/{id}."
    )
    text = said(empty.assert_requested, "GET", "/webhooks")
    assert text.splitlines()[1] == "The API has no operation GET /webhooks."
    text = said(empty.assert_requested, path="/webhooks")
    assert text.splitlines()[1] == "The API has no operation on /webhooks."


def test_a_path_without_the_prefix(portal: Portal, client: httpx.Client) -> None:
    client.get(portal.base_url.removesuffix("/api/v2") + "/users")
    client.get("/webhooks")
    text = said(portal.assert_requested, "GET", "/users")
    assert (
        "path: expected /users, was /users, which the API does not have; probably meant: " in text
    )
    assert "getUsers, GET /api/v2/users" in text
    assert "was /api/v2/webhooks, which the API does not have\n" in f"{text}\n"


def test_the_limit_that_answered(empty: Portal, api: httpx.Client) -> None:
    empty.clock.tick()
    empty.rate_limit.exhaust()
    api.post("/enrollments", json={"user_id": 1, "course_id": 3})
    text = said(empty.assert_requested, "POST", "/enrollments", json={"user_id": 1}, status=200)
    assert text == (
        "POST /enrollments was requested once, but never as expected:\n"
        "  with status 200\n"
        '  with json {"user_id":1}\n'
        "The only request:\n"
        "  #  request                   operation         status  decided by\n"
        "  1  POST /api/v2/enrollments  createEnrollment  429     "
        "the limit of 2000 requests an hour is used up\n"
        "       - status: expected 200, was 429\n"
        '       - json: expected {"user_id":1}, was refused before it was read\n'
        "Note: #1 was answered 429 (the limit of 2000 requests an hour is used up), and was not "
        "sent again."
    )


def test_queries_and_headers_differ(empty: Portal, api: httpx.Client) -> None:
    api.get("/users?page[number]=1&pagesize=3&x=1", headers={"X-Trace": "7"})
    text = said(
        empty.assert_requested,
        "GET",
        "/users",
        query={"page[number]": 2, "page_size": 3, "x": None, "keyword": True},
        headers={"X-Trace": None, "X-API-Key": "other", "Authorization": "Bearer x"},
    )
    assert text.splitlines()[6:] == [
        '       - query.page[number]: expected "2", was "1"',
        '       - query.page_size: expected "3", was missing; there is pagesize',
        '       - query.x: expected none, was "1"',
        '       - query.keyword: expected "true", was missing',
        '       - headers.X-Trace: expected none, was "7"',
        "       - headers.X-API-Key: expected ***, was another secret",
        "       - headers.Authorization: expected ***, was missing",
    ]


@pytest.mark.parametrize(
    ("wanted", "found", "differences"),
    [
        ({"json": {"a": [1, 2]}}, b'{"a":[1,3,4]}', [
            "json.a: expected 2 items, had 3",
            "json.a[1]: expected 2, was 3",
        ]),
        ({"json": [1, 2]}, b"[1,3]", ["json[1]: expected 2, was 3"]),
        ({"json": {"a": True}}, b'{"a":1}', [
            "json.a: expected true, was 1 (an integer, not a boolean)",
        ]),
        ({"json": {"a": {"b": None}}}, b'{"a":{"b":[]}}', [
            "json.a.b: expected null, was [] (an array, not null)",
        ]),
        ({"json": {"a": 1.5}}, b'{"a":{}}', [
            "json.a: expected 1.5, was {} (an object, not a number)",
        ]),
        ({"json": {"password": "x"}}, b'{"password":"y"}', [
            "json.password: expected ***, was another secret",
        ]),
        ({"json_contains": {"a": {"b": 1}, "c": 2}}, b'{"a":{"b":2,"d":1},"e":1}', [
            "json.a.b: expected 1, was 2",
            "json.c: expected 2, was missing",
        ]),
        ({"json": None}, b"{}", ["json: expected null, was {} (an object, not null)"]),
        ({"json": {}}, b"", ["json: expected {}, there was no body"]),
        ({"json": {}}, b'{"password": "x', [
            """json: expected {}, was no JSON: b'{"password": "***"'""",
        ]),
        ({"json": {}}, None, ["json: expected {}, was refused before it was read"]),
        ({"json": {1, 2}}, b"{}", ["json: expected {1, 2}, was {} (an object, not something)"]),
        ({"operation": "getUsers"}, b"{}", ["operation: expected getUsers, was createEnrollment"]),
        ({"status": [201, 204]}, b"{}", ["status: expected 201 or 204, was 200"]),
        ({"status": "4xx"}, b"{}", ["status: expected 4xx, was 200"]),
    ],
)  # fmt: skip
def test_differences(wanted: Any, found: bytes | None, differences: list[str]) -> None:
    text = said(requests(enroll(1, body=found)).assert_requested, **wanted)
    assert [line[9:] for line in text.splitlines() if line.startswith("       - ")] == differences


def test_a_method_that_the_path_does_not_have() -> None:
    refused = get(1, "/api/v2/users/5", method="PUT", operation_id=None, status=405)
    nowhere = get(2, "/api/v2/webhooks", method="PUT", operation_id=None, status=404)
    text = said(requests(refused, nowhere).assert_requested, "PATCH", operation="updateUser")
    assert "  with operation updateUser\n" in text
    assert [line[9:] for line in text.splitlines() if "- method" in line] == [
        "method: expected PATCH, was PUT",
        "method: expected PATCH, was PUT, which the API does not have; probably meant: "
        "updateUser, PATCH /api/v2/users/{id}",
    ]


def test_a_body_that_was_let_go_of() -> None:
    text = said(requests(enroll(1, body=None, response=None)).assert_requested, json={})
    assert "json: expected {}, was let go of to save memory" in text


def test_an_operation_that_no_path_leads_to() -> None:
    item = get(1, "/api/v2/nope", operation_id=None, status=404)
    text = said(requests(item).assert_requested, operation="getUsers")
    assert "operation: expected getUsers, was none of the API" in text


def test_long_values_and_many_differences_are_cut() -> None:
    body = b'{"long":"' + b"x" * 1000 + b'"}'
    text = said(requests(enroll(1, body=body)).assert_requested, json={"long": "y"})
    assert f'was "{"x" * 299}... (1002 characters)' in text
    text = said(
        requests(enroll(1, reason="r" * 200)).assert_requested,
        json={str(number): 1 for number in range(20)},
    )
    assert "and 10 more differences" in text
    assert f"{'r' * 120}...\n" in text


def test_too_often_and_how_the_client_repeats() -> None:
    lost = enroll(3, 0, changes=[("enrollment", 9)], reason="fault 1: the answer is lost")
    again = enroll(4, changes=[("enrollment", 10)])
    text = said(requests(lost, again).assert_requested, "POST", "/enrollments", times=1)
    assert text == (
        "POST /enrollments was expected once, but was requested 2 times.\n"
        "  #  request                   operation         status  decided by\n"
        "  3  POST /api/v2/enrollments  createEnrollment  none    fault 1: the answer is lost\n"
        "  4  POST /api/v2/enrollments  createEnrollment  200     wrote enrollment 10\n"
        "Note: #4 repeats #3, which got no answer but had been done (enrollment 9): it was done "
        "twice."
    )


def test_a_repetition_that_was_refused() -> None:
    lost = enroll(3, 503, changes=[("enrollment", 9)])
    text = said(requests(lost, enroll(4, 400)).assert_not_requested, "POST", "/enrollments")
    assert text.splitlines()[-1] == (
        "Note: #4 repeats #3, which was answered 503 but had been done (enrollment 9): that was "
        "answered 400."
    )


@pytest.mark.parametrize(
    "again", [enroll(4, changes=[("enrollment", 9)]), enroll(4, body=b"{}"), enroll(4, 503)]
)
def test_what_stands_out_is_only_what_is_wrong(again: Exchange) -> None:
    lost = enroll(3, 503, changes=[("enrollment", 9)])
    text = said(requests(lost, again).assert_not_requested, "POST")
    assert "done twice" not in text


def test_a_client_that_pages_for_ever() -> None:
    pages = [get(number, "/api/v2/users?page[number]=5") for number in range(1, 31)]
    text = said(requests(*pages).assert_requested, "GET", "/users", times=5)
    lines = text.splitlines()
    assert lines[0] == "GET /users was expected 5 times, but was requested 30 times."
    assert lines[12] == "  and 20 more"
    assert lines[13] == "Note: #2 asks again for what #1 had answered."
    assert len([line for line in lines if line.startswith("Note:")]) == 5


def test_too_seldom_shows_the_others_too() -> None:
    seen = requests(enroll(1), enroll(2, body=b'{"user_id":2}'), get(3))
    text = said(seen.assert_requested, "POST", json_contains={"user_id": 1}, times=2)
    assert text == (
        "POST was expected 2 times, but was requested once.\n"
        '  with json that has {"user_id":1}\n'
        "  #  request                   operation         status  decided by\n"
        "  1  POST /api/v2/enrollments  createEnrollment  200\n"
        "The nearest of the others:\n"
        "  #  request                   operation         status  decided by\n"
        "  2  POST /api/v2/enrollments  createEnrollment  200\n"
        "       - json.user_id: expected 1, was 2\n"
        "  3  GET /api/v2/users         getUsers          200\n"
        "       - method: expected POST, was GET\n"
        '       - json: expected {"user_id":1}, there was no body'
    )


def test_an_order_that_breaks() -> None:
    seen = requests(enroll(1), get(2), get(3, "/api/v2/courses", operation_id="getCourses"))
    text = said(seen.assert_order, ["GET /users", "POST /enrollments", "GET /courses"])
    assert text == (
        "These requests were expected in this order:\n"
        "  1. GET /users  #2\n"
        "  2. POST /enrollments  not found\n"
        "  3. GET /courses\n"
        "POST /enrollments did not come after #2. It came before: #1.\n"
        "The only request:\n"
        "  #  request              operation   status  decided by\n"
        "  3  GET /api/v2/courses  getCourses  200\n"
        "       - method: expected POST, was GET\n"
        "       - path: expected /enrollments, was /api/v2/courses"
    )
    text = said(requests().assert_order, ["GET /users"])
    assert text.splitlines()[2] == "GET /users did not come."


def test_warnings_that_are_not_expected() -> None:
    one = get(1, warnings=["unknown query parameter 'x'"])
    assert said(requests(one, get(2)).assert_no_warnings) == (
        "There is 1 contract warning:\n"
        "  #  request            operation  status  decided by\n"
        "  1  GET /api/v2/users  getUsers   200\n"
        "       - unknown query parameter 'x'"
    )
    two = get(2, warnings=["a", "b"])
    assert said(requests(one, two).assert_no_warnings).startswith("There are 3 contract warnings:")


def test_waiting_in_vain(empty: Portal, api: httpx.Client) -> None:
    api.get("/users")
    text = said(empty.wait_for_request, "GET", "/courses", timeout=0.01)
    assert text.startswith("GET /courses was expected, but was not requested within 0.01 s.\n")
    text = said(empty.wait_for_request, "GET", "/users", timeout=0.01, times=2)
    assert text.startswith("GET /users was expected 2 times, but was requested once within 0.01 s.")


def test_secrets_are_not_said(empty: Portal, api: httpx.Client) -> None:
    api.post("/users?api_key=sesame", json=ADA)
    for text in (
        said(empty.assert_requested, "POST", "/users", json={**ADA, "password": "Other1234"}),
        said(empty.assert_not_requested, "POST", "/users", json_contains=ADA),
        said(empty.assert_requested, "POST", headers={"x-api-key": "Other1234"}),
        said(empty.assert_no_warnings),
    ):
        assert "Passw0rd" not in text
        assert "Other1234" not in text
        assert "sesame" not in text
        assert empty.api_key not in text


def test_requests_that_differ_in_the_same_are_told_once() -> None:
    def wrong(number: int) -> Exchange:
        return get(number, "/api/v2/courses")

    text = said(requests(*map(wrong, range(1, 4))).assert_requested, "POST", "/enrollments")
    assert text.splitlines()[2:] == [
        "  #  request              operation  status  decided by",
        "  3  GET /api/v2/courses  getUsers   200",
        "       - method: expected POST, was GET",
        "       - path: expected /enrollments, was /api/v2/courses",
        "       - the same of 2 more: #1, #2",
    ]
    text = said(requests(*map(wrong, range(1, 9))).assert_requested, "POST", "/enrollments")
    assert text.endswith("the same of 7 more: #1, #2, ..., #7")
