"""A client that follows `next` from the last page to itself is reported once."""

import httpx
import pytest

from talentlms_mock import Portal
from talentlms_mock.portal.journal.last_page import longest_rows
from tests.conftest import NewClient, NewPortal

ROW = (
    "the last page was asked for {} times in a row: with the quirk edge_links=self its next is the "
    "page itself, so stop at total_pages"
)
LAST = "/users?page[number]=5&page[size]=10"


def texts(portal: Portal) -> list[str]:
    return [warning.text for warning in portal.warnings]


def ask(client: httpx.Client, path: str, times: int) -> None:
    for _ in range(times):
        assert client.get(path).status_code == 200


def test_following_next_without_end_is_one_warning(portal: Portal, client: httpx.Client) -> None:
    path = "/users?page[size]=10"
    for _ in range(16):
        address = httpx.URL(client.get(path).json()["_links"]["next"])
        path = address.raw_path.decode().removeprefix("/api/v2")
    assert texts(portal) == [ROW.format(12)]
    (warning,) = portal.warnings
    assert (warning.exchange.number, len(portal.requests)) == (7, 16)
    assert warning.exchange.as_data()["warnings"] == [ROW.format(12)]


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        ([(LAST, 2)], []),
        ([(LAST, 3)], [ROW.format(3)]),
        ([(LAST, 2), ("/courses", 1), (LAST, 1)], [ROW.format(3)]),
        ([(LAST, 2), ("/users?page[number]=1&page[size]=10", 1), (LAST, 2)], []),
        ([(LAST, 2), (f"{LAST}&filter[status][eq]=active", 1), (LAST, 2)], []),
        ([(LAST, 3), ("/users", 1), (LAST, 4)], [ROW.format(3), ROW.format(4)]),
        ([("/users?page[number]=4&page[size]=10", 5)], []),
        ([("/users?page[number]=9&page[size]=10", 5)], []),
        ([("/users?page[size]=100", 5)], []),
    ],
)
def test_only_the_last_page_in_a_row_counts(
    paths: list[tuple[str, int]], expected: list[str], portal: Portal, client: httpx.Client
) -> None:
    for path, times in paths:
        ask(client, path, times)
    assert texts(portal) == expected


def test_a_write_ends_the_row(portal: Portal, client: httpx.Client) -> None:
    ask(client, LAST, 2)
    client.patch("/users/8", json={"status": "active", "surname": "Moss"}).raise_for_status()
    ask(client, LAST, 2)
    assert texts(portal) == []


def test_so_does_a_cleared_journal(portal: Portal, client: httpx.Client) -> None:
    ask(client, LAST, 2)
    portal.clear_requests()
    ask(client, LAST, 2)
    assert texts(portal) == []


@pytest.mark.parametrize("value", ["null", "omit"])
def test_there_is_none_where_the_last_page_has_no_next(
    value: str, new_portal: NewPortal, new_client: NewClient
) -> None:
    portal = new_portal(quirks={"edge_links": value})
    ask(new_client(portal), LAST, 4)
    assert texts(portal) == []


def test_it_is_a_reason_to_fail_where_none_may_be(portal: Portal, client: httpx.Client) -> None:
    ask(client, LAST, 3)
    with pytest.raises(AssertionError, match="asked for 3 times in a row"):
        portal.assert_no_warnings()


def test_of_several_rows_the_longest_is_summed_up() -> None:
    other = "no Accept header"
    rows = [f"GET /a: {ROW.format('3')}", other, f"GET /b: {ROW.format('1,200')}", other]
    assert longest_rows(rows) == [other, other, f"GET /b: {ROW.format('1,200')}"]
    assert longest_rows([other]) == [other]
    assert longest_rows([]) == []
