"""The comparison of a recorded answer with ours: what is a difference, and what is none."""

from typing import Any

import pytest

from tests.conformance.recorded import VARIABLE, exchanges
from tests.conformance.shapes import Expected, differences, page_differences


def found(recorded: Any, answered: Any, **expected: Any) -> list[str]:
    return [str(each) for each in differences(recorded, answered, Expected(**expected))]


@pytest.mark.parametrize(
    ("recorded", "answered"),
    [
        ({"name": "Ada"}, {"name": "Grace"}),
        ({"id": 1}, {"id": 23}),
        ({"id": "41"}, {"id": "7"}),
        ({"id": "tcc_41"}, {"id": "tcc_12"}),
        ({"score": 100}, {"score": 62.5}),
        ({"created_at": "2025-05-07T09:30:00+00:00"}, {"created_at": "2024-01-01T00:00:00+00:00"}),
        ({"timezone": "Europe/Rome"}, {"timezone": "UTC"}),
        (
            {"avatar": "https://one.example.com/a.png"},
            {"avatar": "https://two.example.com/index/b"},
        ),
        (
            {"url": "https://a.talentlms.com/index/autologin/key:0a"},
            {"url": "https://b.talentlms.com/index/autologin/key:9z"},
        ),
        ({"branches_map": {"1": "north"}}, {"branches_map": {"7": "south"}}),
        (
            {"_links": {"next": "http://a.talentlms.com/api/v2/units/1/sessions?page[number]=2"}},
            {"_links": {"next": "https://b.talentlms.com/api/v2/units/9/sessions?page[number]=9"}},
        ),
    ],
)
def test_values_of_the_portal_are_no_difference(recorded: Any, answered: Any) -> None:
    assert found(recorded, answered) == []


@pytest.mark.parametrize(
    ("recorded", "answered", "difference"),
    [
        ({"a": {"sm": "x"}}, {"a": {}}, "a.sm: missing"),
        ({"_data": []}, {"_data": [], "page": 1}, "page: not recorded"),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, ": order recorded a, b; answered b, a"),
        ({"a": None}, {"a": 5}, "a: recorded null, answered 5"),
        ({"a": {"b": 1}}, {"a": None}, "a: recorded an object of b, answered null"),
        ({"a": 5}, {"a": 5.0}, "a: recorded 5, answered 5.0"),
        ({"a": 1}, {"a": True}, "a: recorded 1, answered True"),
        ({"a": [1, 2]}, {"a": [1]}, "a: recorded 2 items, answered 1"),
        ({"ok": True}, {"ok": False}, "ok: recorded True, answered False (False)"),
        (
            {"status": "active"},
            {"status": "on"},
            "status: recorded 'active', answered 'on' ('on')",
        ),
        (
            {"on": "2025-05-07"},
            {"on": "2025-05-07T09:30:00+00:00"},
            "on: recorded a day, answered a timestamp ('2025-05-07T09:30:00+00:00')",
        ),
        (
            {"start": 1746610200},
            {"start": 60},
            "start: recorded seconds since 1970, answered a number (60)",
        ),
        (
            {"url": "https://a.talentlms.com/index/autologin/key:0a"},
            {"url": "https://a-b.talentlms.com/index/autologin/key:0a"},
            "url: recorded https://{domain}.talentlms.com/index/autologin/key:{key}, answered "
            "https://{branch}-{domain}.talentlms.com/index/autologin/key:{key} "
            "('https://a-b.talentlms.com/index/autologin/key:0a')",
        ),
        (
            {"_links": {"self": "https://a.talentlms.com/api/v2/users?page[number]=1"}},
            {"_links": {"self": "https://a.talentlms.com/api/v2/users?page[number]=2"}},
            "_links.self: recorded /api/v2/users?page[number]=1, answered "
            "/api/v2/users?page[number]=2 "
            "('https://a.talentlms.com/api/v2/users?page[number]=2')",
        ),
        (
            {"_meta": {"filtered_by": {"login": {"eq": "ada"}}}},
            {"_meta": {"filtered_by": {"login": {"eq": "bob"}}}},
            "_meta.filtered_by: recorded {'login': {'eq': 'ada'}}, answered "
            "{'login': {'eq': 'bob'}}",
        ),
    ],
)
def test_a_difference_names_its_place(recorded: Any, answered: Any, difference: str) -> None:
    assert found(recorded, answered) == [difference]


def test_what_was_sent_comes_back() -> None:
    sent = {"name": "Knots", "price": 12.0}
    recorded = {"_data": {"name": "Knots", "price": {"amount": 12}}}
    answered = {"_data": {"name": "Knot", "price": {"amount": 13}}}
    assert found(recorded, recorded, sent=sent) == []
    assert found(recorded, answered, sent=sent) == [
        "_data.name: sent 'Knots', answered 'Knot'",
        "_data.price.amount: sent 12.0, answered 13",
    ]


def test_a_newer_field_is_no_difference() -> None:
    assert found({"a": 1}, {"a": 1, "b": 2}, newer={"b"}) == []


def test_events_are_compared_with_those_of_their_type() -> None:
    recorded = [{"event_type": "a", "unit": None}, {"event_type": "b", "unit": None}]
    answered = [{"event_type": "c"}, {"event_type": "a", "unit": 3}]
    assert found(recorded, answered) == [
        "[a].unit: recorded null, answered 3",
        "[b]: missing",
    ]


def test_the_numbers_of_a_page_fit_each_other() -> None:
    pagination = {"page_size": 10, "total_items": 12, "total_pages": 1, "total_results": 12}
    page = {"_data": [1, 2], "_meta": {"pagination": pagination}}
    assert [each.path for each in page_differences(page)] == [
        "_meta.pagination.total_items",
        "_meta.pagination.total_pages",
    ]


@pytest.mark.skipif(not exchanges(), reason=f"{VARIABLE} does not name the recorded exchanges")
def test_every_recording_is_like_itself() -> None:
    for exchange in exchanges():
        assert found(exchange.answer, exchange.answer) == []
        assert list(page_differences(exchange.answer or {})) == []
