"""The requests of a portal in the console."""

import json
import shlex
import shutil
import subprocess
from typing import Any

import httpx
import pytest

from talentlms_mock import Portal
from tests.api.responses import ADA
from tests.console.conftest import Open
from tests.console.pages import Page


def _shown(page: Page) -> list[str]:
    """Return number, request and status of each row, in one text."""
    return [" ".join((row[0], row[2], row[4])) for row in page.table()]


def test_journal_is_shown_newest_first_and_folds_what_repeats(
    empty: Portal, api: httpx.Client, see: Open
) -> None:
    for _ in range(3):
        api.get("/users?page[size]=2")
    api.post("/users", json=ADA)
    api.get("/users/9")
    empty.fault("GET", "/users", status=503)
    api.get("/users", headers={"Accept": "*/*"})

    rows = see("/requests").table()

    assert [row[:5] for row in rows] == [
        ["6", "2025-05-07 09:30:00", "GET /api/v2/users", "getUsers", "503"],
        ["5", "2025-05-07 09:30:00", "GET /api/v2/users/9", "getUserById", "404"],
        ["4", "2025-05-07 09:30:00", "POST /api/v2/users", "createUser", "200"],
        ["3", "2025-05-07 09:30:00", "GET /api/v2/users?page[size]=2 × 3", "getUsers", "200"],
    ]
    assert [row[6] for row in rows] == [
        f"{empty.requests[-1].reason} warning Accept is '*/*'; the vendor asks for "
        "application/json fault 1",
        "User not found",
        "",
        "",
    ]


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ({}, ["5", "4", "3", "2", "1"]),
        ({"method": "POST"}, ["2"]),
        ({"path": "/users/*"}, ["3"]),
        ({"operation": "getUsers"}, ["1"]),
        ({"status": "4xx"}, ["5", "4", "3"]),
        ({"status": "404"}, ["4", "3"]),
        ({"decided": "not FOUND"}, ["3"]),
        ({"warned": "1"}, ["1"]),
        ({"q": "ada@EXAMPLE.com"}, ["2"]),
        ({"q": "getUserById"}, ["3"]),
        ({"q": "x-team: blue"}, ["5"]),
        ({"q": "unknown query parameter"}, ["1"]),
        ({"q": "wrong-key"}, []),
        ({"before": "3"}, ["2", "1"]),
        ({"before": "x", "q": "nothing like it"}, []),
    ],
)
def test_journal_is_filtered(
    empty: Portal, api: httpx.Client, see: Open, query: dict[str, str], numbers: list[str]
) -> None:
    api.get("/users?bogus=1")
    api.post("/users", json=ADA)
    api.get("/users/9")
    api.get("/nothing")
    api.get("/courses", headers={"X-API-Key": "wrong-key", "X-Team": "blue"})

    page = see("/requests", **query)
    found = [row[0] for row in page.table() if len(row) > 1]

    assert found == numbers
    if not numbers:
        assert page.table() == [["No request matches."]]


def test_impossible_filter_is_refused_with_a_sentence(see: Open) -> None:
    page = see("/requests", path="users")
    assert page.status == 400
    assert (
        page.problem == "The path 'users' does not start with a slash: write it like /users/*. path"
    )
    assert see("/requests", operation="getUser").problem.startswith(
        "There is no operation 'getUser'"
    )


def test_empty_journal_says_where_to_send_a_request(empty: Portal, see: Open) -> None:
    assert see("/requests").table() == [[f"No request yet. Send one to {empty.base_url} ."]]


def test_older_requests_are_on_a_page_of_their_own(
    empty: Portal, api: httpx.Client, see: Open
) -> None:
    for number in range(1, 104):
        api.get(f"/users/{number}")

    page = see("/requests")
    assert len(page.table()) == 100
    older = page.follow("Older requests")
    assert [row[0] for row in older.table()] == ["3", "2", "1"]


def _sent(api: httpx.Client) -> Any:
    body = {"login": "ada", "name": "Ada", "surname": "L", "email": "ada@example.com"}
    return api.post("/users", json=body | {"password": "Secret-Word-1"})


def test_one_request_shows_both_sides_and_what_it_wrote(
    empty: Portal, api: httpx.Client, see: Open
) -> None:
    api.get("/users")
    _sent(api)
    api.get("/users/9")

    page = see("/requests").follow("/api/v2/users")
    assert page.heading == "#2 POST /api/v2/users"

    facts = page.table()
    assert page.heading == "#2 POST /api/v2/users"
    assert facts[0] == ["Status", "200"]
    assert facts[1] == ["Operation", "createUser"]
    assert facts[2] == ["Time", "2025-05-07 09:30:00 , by the portal's clock"]
    assert facts[4] == ["Wrote", "user 1"]
    assert page.follow("user 1").heading == "User ada"
    headers = dict(page.table(1))
    assert headers["x-api-key"] == "***"
    assert headers["content-type"] == "application/json"
    assert dict(page.table(2))["x-ratelimit-remaining"] == "1998"
    texts = {pre.attributes["aria-label"]: pre.raw for pre in page.main.all("pre")}
    assert json.loads(texts["Request body"]) == {
        "login": "ada",
        "name": "Ada",
        "surname": "L",
        "email": "ada@example.com",
        "password": "***",
    }
    assert json.loads(texts["Response body"]) == {"_data": {"id": 1}}
    assert texts["Response body as sent"] == '{"_data":{"id":1}}'
    assert page.follow("Earlier, #1").heading == "#1 GET /api/v2/users"
    assert page.follow("Later, #3").heading == "#3 GET /api/v2/users/9"


def test_what_decided_a_request_is_shown(empty: Portal, api: httpx.Client, see: Open) -> None:
    fault = empty.fault("GET", "/users", status=503, body="<b>down</b>")
    api.get("/users", headers={"Accept": "*/*"})
    page = see("/requests/1")

    facts = page.table()
    assert ["Fault 1", str(fault)] in facts
    said = "Accept is '*/*'; the vendor asks for application/json ( what the contract says )"
    assert ["warning", said] in facts
    assert next(page.main.all("pre")).raw == "<b>down</b>"

    fault.remove()
    assert ["Fault 1", "removed since"] in see("/requests/1").table()


def test_request_that_is_not_there_any_more(empty: Portal, api: httpx.Client, see: Open) -> None:
    page = see("/requests/7")
    assert (page.status, page.problem) == (
        404,
        f"The portal '{empty.domain}' has no request '7', or not any more.",
    )


def _copies(page: Page) -> dict[str, str]:
    return {pre.attributes["aria-label"]: pre.raw for pre in page.main.all("pre")}


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_copied_command_sends_the_request_again(
    empty: Portal, api: httpx.Client, see: Open
) -> None:
    empty.add_user("ada")
    api.get("/users?filter[keyword][like]=a&page[size]=5")
    command = _copies(see("/requests/1"))["curl"]

    printed = subprocess.run(
        shlex.split(command), capture_output=True, check=True, text=True, timeout=30
    ).stdout

    assert [user["login"] for user in json.loads(printed)["_data"]] == ["ada"]
    first, second = empty.requests
    assert (second.target, second.status) == (first.target, 200)


def test_copied_python_sends_the_request_again(empty: Portal, api: httpx.Client, see: Open) -> None:
    _sent(api)
    empty.reset()
    _sent(api)
    code = _copies(see(f"/requests/{empty.requests[-1].number}"))["httpx"]
    empty.archive_user("ada")

    names: dict[str, Any] = {}
    exec(code, names)

    assert names["response"].status_code == 200
    assert empty.users.first().login == "ada"


def test_copied_assertion_holds_and_has_no_secrets(
    empty: Portal, api: httpx.Client, see: Open
) -> None:
    _sent(api)
    api.get("/users?page[size]=5")
    api.get("/nothing")
    for number in (1, 2, 3):
        code = _copies(see(f"/requests/{number}"))["pytest"]
        assert "Secret-Word" not in code
        exec(code, {"talentlms": empty})
    code = _copies(see("/requests/1"))["pytest"].replace("ada@example.com", "eve@example.com")
    with pytest.raises(AssertionError):
        exec(code, {"talentlms": empty})


def test_two_requests_are_compared(empty: Portal, api: httpx.Client, see: Open) -> None:
    api.get("/users?page[size]=5")
    api.get("/users/9")
    api.get("/users/9")

    page = see("/requests").send("Compare", a="1", b="2")
    rows = {row[0]: row[1:] for row in page.table()}
    assert rows["path"] == ["/api/v2/users", "/api/v2/users/9"]
    assert rows["query.page[size]"] == ["5", "nothing"]
    assert rows["status"] == ["200", "404"]
    assert "response_headers.content-length" in rows
    assert see("/requests/compare", a="2", b="3").table() == [
        ["They are the same, but for when they came."]
    ]
    assert see("/requests/compare", a="2", b="x").status == 404


def test_filtered_requests_are_downloaded_as_an_archive(
    empty: Portal, api: httpx.Client, browser: httpx.Client
) -> None:
    api.get("/users")
    _sent(api)
    answer = browser.get(f"/portals/{empty.domain}/requests.har", params={"method": "POST"})

    (entry,) = answer.json()["log"]["entries"]
    assert entry["request"]["method"] == "POST"
    headers = {each["name"]: each["value"] for each in entry["response"]["headers"]}
    assert (headers["x-ratelimit-remaining"], headers["content-length"]) == ("1998", "18")
    assert "Secret-Word" not in answer.text
    assert answer.headers["content-disposition"] == f'attachment; filename="{empty.domain}.har"'


def test_journal_is_cleared(empty: Portal, api: httpx.Client, see: Open) -> None:
    api.get("/users")
    page = see("/requests").send("Clear the journal")
    assert page.done == "Cleared."
    assert len(empty.requests) == 0


def test_long_and_odd_bodies_are_shown_as_text(empty: Portal, api: httpx.Client, see: Open) -> None:
    api.post("/users", content=b"<script>alert(1)</script>\xff", headers={"Content-Type": "x"})
    api.post("/users", content=b"[" * 300_000)
    assert "<script>alert(1)</script>" in _copies(see("/requests/1"))["Request body"]
    assert len(_copies(see("/requests/2"))["Request body"]) == 200_000
    assert "<script>alert" not in see("/requests/1").response.text
