"""What is kept of each request."""

import json
from threading import Thread
from typing import Any

import httpx
import pytest

from talentlms_mock import Portal
from talentlms_mock.portal.journal import journal as module
from talentlms_mock.portal.journal.journal import Exchange, Headers, Journal
from tests.conftest import NOW

ADA = {
    "name": "Ada",
    "surname": "Lovelace",
    "login": "ada",
    "email": "ada@example.com",
    "password": "Passw0rd",
}


def exchange(journal: Journal, **more: Any) -> Exchange:
    values: dict[str, Any] = {
        "number": journal.next_number(),
        "time": 0.0,
        "duration": 0.0,
        "method": "GET",
        "target": "/api/v2/users",
        "operation_id": "getUsers",
        "raw_headers": [],
        "body": b"",
        "status": 200,
        "response": b"",
        "reason": "",
    }
    return Exchange(**{**values, **more})


def test_the_oldest_exchanges_go_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "KEPT_EXCHANGES", 10_000)
    journal = Journal()
    for _ in range(10_002):
        journal.add(exchange(journal))
    numbers = [item.number for item in journal]
    assert (len(journal), numbers[0], numbers[-1]) == (10_000, 3, 10_002)


def test_the_oldest_bodies_go_before_their_exchanges(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "KEPT_BODY_BYTES", 250)
    journal = Journal()
    for _ in range(4):
        journal.add(exchange(journal, response=b"x" * 100))
    assert [item.response and len(item.response) for item in journal] == [None, None, 100, 100]


def test_headers_targets_reasons_and_warnings_are_bounded_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "KEPT_HEAD_BYTES", 3_000)
    large: list[dict[str, Any]] = [
        {"target": "/" * 2_000},
        {"raw_headers": [(b"x-a", b"a" * 2_000)]},
        {"raw_headers": [(b"a", b"b")] * 20},
        {"reason": "r" * 2_000},
        {"warnings": ["w" * 1_000] * 2},
    ]
    for more in large:
        journal = Journal()
        journal.add(exchange(journal, response=b"x"))
        journal.add(exchange(journal, **more))
        assert [item.number for item in journal] == [1, 2]
        journal.add(exchange(journal, **more))
        assert [item.number for item in journal] == [3]
    journal.restore(journal.save())
    assert [item.number for item in journal] == [3]


def test_a_journal_is_put_back_and_numbers_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "KEPT_BODY_BYTES", 250)
    journal = Journal()
    journal.add(exchange(journal, response=b"x" * 100))
    saved = journal.save()
    journal.add(exchange(journal, response=b"x" * 100))
    journal.restore(saved)
    assert [item.number for item in journal] == [1]
    journal.add(exchange(journal, response=b"x" * 100))
    assert [(item.number, item.response is None) for item in journal] == [(1, False), (3, False)]
    journal.clear()
    assert (len(journal), journal.next_number()) == (0, 4)


def test_waiting_ends_with_what_is_found_or_with_nothing() -> None:
    journal = Journal()
    assert journal.wait(lambda: None, 0.01) is None
    assert journal.wait(lambda: "there", 0) == "there"

    def add() -> None:
        for _ in range(3):
            journal.add(exchange(journal))

    thread = Thread(target=add)
    thread.start()
    assert journal.wait(lambda: len(journal) if len(journal) == 3 else None, 30) == 3
    thread.join(30)


def test_headers_know_no_case_and_hide_secrets() -> None:
    headers = Headers([(b"X-API-Key", b"k"), (b"accept", b"a/b"), (b"Accept", b"c/d")])
    assert (headers["x-api-key"], headers["ACCEPT"], len(headers)) == ("k", "a/b, c/d", 2)
    assert headers.get("other") is None
    assert repr(headers) == "Headers({'x-api-key': '***', 'accept': 'a/b, c/d'})"


def test_a_write_says_what_it_changed(empty: Portal, api: httpx.Client) -> None:
    api.post("/users", json=ADA)
    api.post("/courses", json={"name": "Calculus"})
    api.post("/enrollments", json={"user_id": 1, "course_id": 1})
    api.post("/enrollments", json={"user_id": 1, "course_id": 1})
    api.get("/users/1")
    api.delete("/users/1")
    assert [(item.status, item.changes) for item in empty.requests] == [
        (200, [("user", 1)]),
        (200, [("course", 1)]),
        (200, [("enrollment", 1), ("user", 1), ("course", 1)]),
        (409, []),
        (200, []),
        (204, [("user", 1)]),
    ]


def test_what_leaves_no_event_is_a_change_too(portal: Portal, client: httpx.Client) -> None:
    path = {"user_id": 2, "learning_path_id": 1}
    client.request("DELETE", "/learning-paths/enrollments", json=path)
    created = client.post("/learning-paths/enrollments", json=path)
    left = client.request("DELETE", "/learning-paths/enrollments", json=path)
    assert (created.status_code, left.status_code) == (200, 204)
    assert ("learning_path", 1) in portal.requests[-2].changes
    assert portal.requests[-1].changes == [("user", 2), ("learning_path", 1)]
    client.post("/users/2/logout", json={"next": ""})
    assert portal.requests[-1].changes == [("user", 2)]


def test_what_a_savepoint_undid_is_no_change(empty: Portal, api: httpx.Client) -> None:
    empty.set_tasks("at-once")
    good, bad = {"name": "Calculus", "code": "c1"}, {"name": "", "code": "c2"}
    api.post("/batch/courses", json={"courses": [good, bad]})
    assert empty.requests[-1].changes == [("task", 1), ("course", 1)]

    with empty.transaction() as transaction:

        def fail() -> None:
            with transaction.savepoint():
                transaction.changed("course", 2)
                transaction.changed("course", 1)
                raise KeyError

        transaction.changed("course", 1)
        with pytest.raises(KeyError):
            fail()
        assert transaction.changes == [("course", 1)]


def test_an_exchange_has_all_that_was_sent(empty: Portal, api: httpx.Client) -> None:
    api.post("/users?a=1&a=2&b", json=ADA, headers={"X-Trace": "7"})
    (item,) = empty.requests
    assert (item.number, item.at, item.duration > 0) == (1, NOW, True)
    assert (item.method, item.path, item.operation_id) == ("POST", "/api/v2/users", "createUser")
    assert (item.query, item.json) == ({"a": "2", "b": ""}, ADA)
    assert (item.headers["x-trace"], item.headers["X-API-Key"]) == ("7", empty.api_key)
    assert (item.status, item.response_json) == (200, {"_data": {"id": 1}})
    assert item.warnings == ["unknown query parameter 'a'", "unknown query parameter 'b'"]
    assert repr(item) == "<Exchange #1 POST /api/v2/users?a=1&a=2&b -> 200>"


def test_an_exchange_as_data_is_json_without_secrets(empty: Portal, api: httpx.Client) -> None:
    api.post("/users?api_key=secret", json=ADA)
    (item,) = empty.requests
    data = item.as_data()
    text = json.dumps(data) + repr(item) + repr(empty.requests)
    assert "Passw0rd" not in text
    assert empty.api_key not in json.dumps(data["headers"])
    assert "secret" not in text
    del data["duration"], data["headers"], data["response"]
    assert data.pop("response_headers") == {
        "cache-control": "no-store, no-cache, must-revalidate",
        "expires": "Thu, 19 Nov 1981 08:52:00 GMT",
        "pragma": "no-cache",
        "x-ratelimit-limit": "2000",
        "x-ratelimit-remaining": "1999",
        "vary": "Origin",
        "x-content-type-options": "nosniff",
        "content-type": "application/json",
        "content-length": "18",
    }
    assert data == {
        "number": 1,
        "time": NOW,
        "method": "POST",
        "path": "/api/v2/users",
        "operation_id": "createUser",
        "query": {"api_key": "***"},
        "body": {**ADA, "password": "***"},
        "status": 200,
        "reason": "",
        "warnings": ["unknown query parameter 'api_key'"],
        "changes": [{"entity": "user", "id": 1}],
        "faults": [],
    }
    clear = item.as_data(redacted=False)
    assert clear["body"] == ADA
    assert clear["headers"]["x-api-key"] == empty.api_key


def test_a_body_that_is_no_json_is_text() -> None:
    journal = Journal()
    item = exchange(journal, body=b'{"password": "x"', response=b"", status=0, reason="gone")
    assert (item.json, item.response_json) == (None, None)
    data = item.as_data()
    assert (data["body"], data["response"]) == ('{"password": "***"', None)
    assert repr(item) == "<Exchange #1 GET /api/v2/users -> no answer: gone>"
    dropped = exchange(journal, body=None, response=None).as_data()
    assert (dropped["body"], dropped["response"]) == (None, None)


def test_who_has_the_answer_finds_the_request(portal: Portal, client: httpx.Client) -> None:
    for number in range(1, 151):
        client.get("/users?page[size]=1")
        assert portal.journal.save()[-1].number == number


def test_watchers_are_told_of_each_exchange_and_of_the_end(
    empty: Portal, api: httpx.Client
) -> None:
    told: list[int] = []
    journal = empty.journal

    with journal.watched(lambda: told.append(journal.last_number)):
        api.get("/users")
        journal.restore(journal.save())
        api.get("/users")
        assert told == [1, 2]
    api.get("/users")
    assert told == [1, 2]

    with journal.watched(lambda: told.append(-1)):
        journal.end()
    assert (told, journal.ended) == ([1, 2, -1], True)


def test_newer_exchanges(empty: Portal, api: httpx.Client) -> None:
    for _ in range(3):
        api.get("/users")

    assert [item.number for item in empty.journal.after(1)] == [2, 3]
    assert empty.journal.after(3) == []
    empty.journal.clear()
    assert empty.journal.after(0) == []
    assert empty.journal.last_number == 3


def test_json_that_is_too_deep_to_be_written_is_a_text() -> None:
    deep = b'{"a":' * 1000 + b"1" + b"}" * 1000
    data = exchange(Journal(), body=deep).as_data()
    assert data["body"] == deep.decode()
    json.dumps(data)


@pytest.mark.parametrize("count", [99, 100, 150, 3_000])
def test_a_request_keeps_at_most_100_warnings_with_a_count(
    empty: Portal, api: httpx.Client, count: int
) -> None:
    fields = {f"k{number}": 1 for number in range(count)}
    assert api.post("/groups", json={"name": "Staff", **fields}).status_code == 200
    warnings = empty.requests[-1].warnings
    assert warnings[:99] == [f"unknown field 'k{number}' in the body" for number in range(99)]
    rest = [f"and {count - 99:,} more contract warnings"] if count > 99 else []
    assert warnings[99:] == rest


def test_a_custom_field_is_found_among_very_many_unknown_ones(
    empty: Portal, api: httpx.Client
) -> None:
    field = empty.add_user_field("Team")
    fields = {f"k{number}": 1 for number in range(2_000)}
    api.post("/users", json={**ADA, **fields, field.key: "Red"})
    (found,) = api.get("/users/1").json()["_data"]["custom_fields"]
    assert (found["name"], found["value"]) == ("Team", "Red")


def test_a_warning_is_short(empty: Portal, api: httpx.Client) -> None:
    api.post("/groups", json={"name": "Staff", "k" * 10_000: 1})
    (warning,) = empty.requests[-1].warnings
    assert (len(warning), warning[-5:]) == (503, "kk...")


@pytest.mark.parametrize("limit", ["KEPT_EXCHANGES", "KEPT_BODY_BYTES"])
def test_the_passwords_of_what_is_dropped_stay_secret(
    monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    monkeypatch.setattr(module, limit, 1)
    journal = Journal()
    for number in range(3):
        body = json.dumps({"password": f"Passw0rd-{number}"}).encode()
        journal.add(exchange(journal, body=body))
    assert journal.secrets.hide("Passw0rd-0 Passw0rd-1 Passw0rd-2 Passw0rd-3") == (
        "*** *** *** Passw0rd-3"
    )


def test_the_passwords_of_a_cleared_journal_stay_secret() -> None:
    journal = Journal()
    journal.add(exchange(journal, body=b'{"password": "Passw0rd-1"}'))
    journal.clear()
    assert journal.secrets.is_one("Passw0rd-1")
