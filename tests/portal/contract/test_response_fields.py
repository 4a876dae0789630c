"""The names of fields in answers, and what becomes of them."""

from typing import Any

import pytest

from talentlms_mock.portal.contract.response_fields import (
    Fields,
    absolute,
    drop,
    is_field,
    names,
    null,
    rename,
)

LEAF = Fields()
KNOWN = Fields(
    {
        "_data": Fields(
            {"id": LEAF, "type": Fields({"name": LEAF}), "rules": Fields(is_open=True)}
        ),
        "_links": Fields({"next": LEAF}),
    }
)


def document() -> dict[str, Any]:
    return {
        "_data": [
            {"id": 1, "type": {"name": "a", "x": 0}, "fields": [{"id": 7}, {"id": 8}]},
            {"id": 2, "type": None},
        ],
        "_links": {"next": "there"},
    }


def test_a_name_is_relative_to_the_data_or_to_the_whole() -> None:
    assert absolute("type.name") == ("_data", "type", "name")
    assert absolute("_links.next") == ("_links", "next")
    known = ["_data", "id", "type", "type.name", "rules", "_links", "_links.next"]
    assert list(names(KNOWN)) == known


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("id", True),
        ("_data.id", True),
        ("_data", True),
        ("type.name", True),
        ("rules.whatever.it.is", True),
        ("_links.next", True),
        ("next", False),
        ("id.x", False),
        ("type.id", False),
        ("_meta.pagination", False),
    ],
)
def test_which_fields_there_are(name: str, is_one: bool) -> None:
    assert is_field(name, KNOWN) is is_one


def test_a_field_is_dropped_in_each_item() -> None:
    changed = document()
    drop(changed, "type.name")
    drop(changed, "fields.id")
    assert changed["_data"] == [
        {"id": 1, "type": {"x": 0}, "fields": [{}, {}]},
        {"id": 2, "type": None},
    ]


def test_a_field_is_made_null() -> None:
    changed = document()
    null(changed, "id")
    null(changed, "_links.next")
    assert [item["id"] for item in changed["_data"]] == [None, None]
    assert changed["_links"] == {"next": None}


def test_a_field_is_renamed_in_its_place() -> None:
    changed = document()
    rename(changed, "id", "key")
    rename(changed, "_data", "data")
    assert list(changed) == ["data", "_links"]
    assert [next(iter(item)) for item in changed["data"]] == ["key", "key"]


def test_what_is_not_there_is_left_alone() -> None:
    changed = document()
    drop(changed, "nope.deeper")
    drop(changed, "id.deeper")
    assert changed == document()
