"""What is counted once until the data change."""

from collections.abc import Callable

import httpx
import pytest

from talentlms_mock import Portal
from talentlms_mock.portal.store import database
from talentlms_mock.portal.store.models import groups


def counting() -> tuple[list[int], Callable[[], int]]:
    calls: list[int] = []

    def read() -> int:
        calls.append(1)
        return len(calls)

    return calls, read


def test_what_was_read_is_read_again_after_a_change(empty: Portal) -> None:
    calls, read = counting()
    empty.open()
    assert [empty.database.remembered("n", read) for _ in range(3)] == [1, 1, 1]
    assert empty.database.remembered("other", read) == 2
    empty.add_group(name="Zoo")
    assert [empty.database.remembered("n", read) for _ in range(2)] == [3, 3]
    empty.reset()
    empty.open()
    assert empty.database.remembered("n", read) == 4
    assert len(calls) == 4


def test_what_may_be_rolled_back_is_not_remembered(empty: Portal) -> None:
    _, read = counting()

    def fail() -> None:
        with empty.transaction() as transaction:
            transaction.insert(groups, {"name": "Zoo"})
            assert [empty.database.remembered("n", read) for _ in range(2)] == [1, 2]
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert [empty.database.remembered("n", read) for _ in range(2)] == [3, 3]


def test_no_more_than_a_number_of_them_is_kept(
    empty: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "_REMEMBERED", 2)
    empty.open()
    _, read = counting()
    assert [empty.database.remembered(key, read) for key in "abcca"] == [1, 2, 3, 3, 4]


def test_a_list_counts_what_was_added_meanwhile(empty: Portal, api: httpx.Client) -> None:
    def total() -> int:
        response = api.get("/groups", params={"page[number]": 2, "page[size]": 1})
        found: int = response.json()["_meta"]["pagination"]["total_results"]
        return found

    for number in range(3):
        assert [total(), total()] == [number, number]
        empty.add_group(name=f"Zoo {number}")
