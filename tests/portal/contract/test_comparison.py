"""JSON that was found, held against JSON that was expected."""

from typing import Any

import pytest

from talentlms_mock.portal.contract.comparison import (
    MISSING,
    JsonDifference,
    is_part,
    json_differences,
    query_text,
)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, {"id": 1}),
        ({"user": {"id": 1}}, {"user": {"id": 1, "name": "ada"}}),
        ([{"id": 1}, {}], [{"id": 1, "name": "ada"}, {"id": 2}]),
        ((1, 2), [1, 2]),
        ({"id": 1}, {"id": 1.0}),
        (None, None),
    ],
)
def test_a_part(wanted: Any, found: Any) -> None:
    assert is_part(wanted, found)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"id": None}, {}),
        ({"id": 1}, [1]),
        ([1], [1, 2]),
        ([1, 2], [2, 1]),
        ({"active": 1}, {"active": True}),
        ({"id": 1}, {"id": "1"}),
        ({}, None),
    ],
)
def test_no_part(wanted: Any, found: Any) -> None:
    assert not is_part(wanted, found)


def test_every_difference_has_its_place() -> None:
    wanted = {"login": "ada", "groups": [{"id": 1}], "tags": ["a"]}
    found = {"logins": "ada", "groups": [{"id": 2}], "tags": []}

    assert list(json_differences("json", wanted, found, partial=False)) == [
        JsonDifference("json.login", "login", "ada", MISSING, ("logins",)),
        JsonDifference("json.groups[0].id", "id", 1, 2),
        JsonDifference("json.tags", "tags", ["a"], []),
        JsonDifference("json.logins", "logins", MISSING, "ada"),
    ]


def test_a_value_as_it_stands_in_a_query() -> None:
    assert [query_text(value) for value in (True, False, 1, "x")] == ["true", "false", "1", "x"]
