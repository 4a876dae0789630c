"""Responses that are odd in one way each: what is told of them, and nothing else."""

import json
from typing import Any

import pytest

from talentlms_mock.verify.exchange import WRONG_KEY, Seen
from tests.verify.vendor import told, verified

_URL = "https://acme.talentlms.com/api/v2/groups"
_QUERY = "page[number]=2&page[size]=1"
_GROUP = {
    "id": 1,
    "name": "Wardens",
    "description": None,
    "key_redemptions": {"max": None, "used": 0},
    "branch": None,
    "price": None,
}


def _link(number: int) -> str:
    return f"{_URL}?page[number]={number}&page[size]=1"


def _page(**changes: Any) -> dict[str, Any]:
    """Return the second of three pages."""
    pagination = {"page": 2, "page_size": 1, "total_items": 1, "total_pages": 3, "total_results": 3}
    links = {"self": 2, "first": 1, "last": 3, "prev": 1, "next": 3}
    whole = {
        "_data": [_GROUP],
        "_links": {name: _link(number) for name, number in links.items()},
        "_meta": {"pagination": pagination},
    }
    for name, value in changes.items():
        part, _, key = name.partition("__")
        inner: Any = whole[part]
        if key:
            (inner["pagination"] if part == "_meta" else inner)[key] = value
        else:
            whole[part] = value
    return whole


def _told(document: Any, query: str = _QUERY, **options: Any) -> list[tuple[str, ...]]:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    seen = Seen("GET", f"{_URL}?{query}", options.pop("status", 200), body, **options)
    return [each[1:] for each in told(verified([seen]))]


def test_a_page_as_the_mock_has_it() -> None:
    assert _told(_page()) == []


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        (
            {"_meta__total_items": 3},
            ("_meta.pagination.total_items", "counts", "the items on all pages"),
        ),
        ({"_meta__total_pages": 4}, ("_meta.pagination.total_pages", "counts", "another number")),
        ({"_meta__page": 1}, ("_meta.pagination.page", "counts", "another number")),
        ({"_links__next": 7}, ("_links.next", "links", "no text")),
        ({"_links__next": None}, ("_links.next", "links", "null")),
        (
            {"_links__self": _link(2).replace("acme", "other")},
            ("_links.self", "links", "another host"),
        ),
        (
            {"_links__self": _link(2).replace("groups", "teams")},
            ("_links.self", "links", "another path"),
        ),
        ({"_links__self": _link(9)}, ("_links.self", "links", "another value of a parameter")),
        (
            {"_links__self": f"{_URL}?page[size]=1&page[number]=2"},
            ("_links.self", "links", "another order of parameters"),
        ),
        ({"_links__self": _URL}, ("_links.self", "links", "other parameters")),
        ({"_links__self": f"{_link(2)}#top"}, ("_links.self", "links", "another form")),
        ({"_data": [{**_GROUP, "id": "1"}]}, ("id", "type", "text of digits")),
        (
            {"_data": [{**_GROUP, "branch": {"name": "North", "id": 1}}]},
            ("branch{order}", "order", "in another order"),
        ),
        ({"_data": [{**_GROUP, "Ada": 1}]}, ("{another name}", "more", "integer")),
        ({"_data": "none"}, ("_data", "type", "text")),
        ({"_meta": {}}, ("_meta.pagination", "missing", "missing")),
        ({"_meta": {"pagination": None}}, ("_meta.pagination", "null", "null")),
    ],
    ids=str,
)
def test_what_is_odd_in_a_page(changes: dict[str, Any], wanted: tuple[str, ...]) -> None:
    assert _told(_page(**changes)) == [wanted]


def test_a_filter_that_was_not_understood() -> None:
    query = "filter[keyword][like]=a"
    links = dict.fromkeys(_page()["_links"], f"{_URL}?{query}&page[number]=1&page[size]=10")
    counts = {"page": 1, "page_size": 10, "total_items": 1, "total_pages": 1, "total_results": 1}
    page = {"_data": [_GROUP], "_links": links, "_meta": {"pagination": counts}}
    assert _told(page, query) == [("_meta.filtered_by", "filters", "missing")]
    page["_meta"] = {"filtered_by": {"keyword": {"like": "b"}}, "pagination": counts}
    assert _told(page, query) == [("_meta.filtered_by", "filters", "something else")]
    page["_meta"] = {"filtered_by": {"keyword": {"like": "a"}}, "pagination": counts}
    assert _told(page, query) == []


@pytest.mark.parametrize(
    ("body", "seen"),
    [
        (b"<html>", "no JSON"),
        (b"[]", "another shape, empty list"),
        (b'{"problem": 1}', "another shape, object"),
    ],
)
def test_errors_of_no_known_shape(body: bytes, seen: str) -> None:
    assert _told(body, status=500) == [("of status 500", "error shape", seen)]


def test_an_error_with_a_field_more() -> None:
    body = {"error": {"type": "api_error", "message": "none", "trace": "x"}}
    assert _told(body, status=500) == [("error.trace", "more", "text")]


def test_bodies_where_there_are_none() -> None:
    seen = Seen("DELETE", f"{_URL}/1", 204, b'{"_data": {}}')
    assert told(verified([seen])) == [("deleteGroup", "body", "body", "JSON")]
    assert _told(b"<html>") == [("body", "body", "no JSON")]
    assert _told(b"") == [("body", "body", "none")]
    assert _told(b"", status=299) == [("status", "status", "299"), ("body", "body", "none")]


def test_a_wrong_key_that_is_let_in() -> None:
    sent = {"x-api-key": WRONG_KEY, "x-api-version": "2025-01-01", "accept": "application/json"}
    found = _told(_page(), sent_headers=sent, expects="exact")
    assert found == [("status", "status", "200 OK")]
    assert _told({"error": {"type": "invalid_request_error", "message": "no"}}, status=401) == []
