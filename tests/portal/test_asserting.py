"""Assertions about what a client writes, and what differs in a portal."""

import httpx
import pytest

from talentlms_mock import Portal, SetupError
from tests.api.responses import ADA


def test_reading_writes_nothing(empty: Portal, api: httpx.Client) -> None:
    api.post("/users", json=ADA)  # before the block
    with empty.assert_no_writes():
        api.get("/users")
        api.get("/users/999")
        empty.add_user("bob")  # no request
    empty.requests.assert_no_writes(after=1)


def test_a_write_is_listed_and_so_is_one_that_is_refused(empty: Portal, api: httpx.Client) -> None:
    def write() -> None:
        api.get("/users")
        api.post("/users", json=ADA)
        api.post("/users", json={})

    with pytest.raises(AssertionError) as failed, empty.assert_no_writes():
        write()
    lines = str(failed.value).splitlines()
    assert lines[0] == "Expected no writes, but of 3 2 requests write:"
    assert [line.split()[:3] for line in lines[2:]] == [
        ["2", "POST", "/api/v2/users"],
        ["3", "POST", "/api/v2/users"],
    ]
    assert "wrote user 1" in lines[2]


def test_what_the_block_raises_comes_first(empty: Portal, api: httpx.Client) -> None:
    def fail() -> None:
        api.post("/users", json=ADA)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), empty.assert_no_writes():
        fail()


def _create_missing(api: httpx.Client) -> int:
    if not api.get("/users").json()["_data"]:
        api.post("/users", json=ADA)
    return len(api.get("/users").json()["_data"])


def test_a_second_run_writes_nothing(empty: Portal, api: httpx.Client) -> None:
    assert empty.assert_idempotent(lambda: _create_missing(api)) == 1


def test_what_a_second_run_wrote_is_in_the_failure(empty: Portal, api: httpx.Client) -> None:
    logins = iter(["ada", "bob"])

    def run() -> None:
        login = next(logins)
        api.post("/users", json=ADA | {"login": login, "email": f"{login}@example.com"})

    with pytest.raises(AssertionError) as failed:
        empty.assert_idempotent(run)
    text = str(failed.value)
    assert text.startswith("Expected no writes, but of 1 1 request writes:")
    assert "In the second run:\n" in text
    assert text.endswith("events\n  + 2 Ada Lovelace was added as a user\nusers\n  + 2 bob")


def test_differences_are_data_and_text(empty: Portal) -> None:
    ada, eve = empty.add_user("ada"), empty.add_user("eve")
    group = empty.add_group("Staff", users=[ada])
    before = empty.snapshot("before")
    assert str(empty.diff(before)) == "Nothing differs."

    empty.add_user("bob")
    empty.change_user(ada, surname="Lovelace")
    empty.archive_user(eve)
    empty.clock.advance(hours=1)
    found = empty.diff(before)

    assert found == empty.diff("before") == empty.compare("before") == before.differences()
    assert found.as_data() == [each.as_data() for each in found]
    users = [each for each in found if each.table == "users"]
    assert [(each.kind, each.key, each.name) for each in users] == [
        ("changed", "1", "ada"),
        ("removed", "2", "eve"),
        ("added", "3", "bob"),
    ]
    assert users[2] in found.added
    assert users[0] in found.changed
    assert users[1] in found.removed
    assert len(found) == len(found.added) + len(found.changed) + len(found.removed)
    text = str(found)
    assert "users\n  ~ 1 ada  surname: 'Example' -> 'Lovelace'\n  - 2 eve\n  + 3 bob" in text
    assert text.startswith("clock\n  ~  now: ") or "clock\n  ~" in text
    assert group.name not in text
    with pytest.raises(SetupError, match="There is no snapshot 'befor'"):
        empty.diff("befor")
