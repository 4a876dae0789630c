"""Corrections: what a file may say, and what they make of a response."""

from pathlib import Path
from typing import Any

import pytest

from talentlms_mock import SetupError
from talentlms_mock.portal.contract.corrections import (
    Correction,
    Corrections,
    apply,
    compiled,
    load,
)
from tests.conftest import NewPortal

_ONE = "verified = 2025-05-07\n[[correction]]\noperation = 'a'\nfield = 'b'\n"


def _applied(document: dict[str, Any], **correction: Any) -> dict[str, Any]:
    apply(document, Correction(operation="getUsers", **correction))
    return document


@pytest.mark.parametrize(
    ("correction", "wanted"),
    [
        ({"field": "a", "change": "missing"}, {"b": {"c": 2}}),
        ({"field": "a", "change": "null"}, {"a": None, "b": {"c": 2}}),
        ({"field": "b.c", "change": "null"}, {"a": 1, "b": {"c": None}}),
        ({"field": "a", "change": "renamed", "to": "z"}, {"z": 1, "b": {"c": 2}}),
        ({"field": "z", "change": "added"}, {"z": None, "a": 1, "b": {"c": 2}}),
        (
            {"field": "z", "change": "added", "form": "list", "after": "a"},
            {"a": 1, "z": [], "b": {"c": 2}},
        ),
        (
            {"field": "b.z", "change": "added", "form": "day", "after": "c"},
            {"a": 1, "b": {"c": 2, "z": "2025-01-01"}},
        ),
        ({"field": "none", "change": "missing"}, {"a": 1, "b": {"c": 2}}),
        ({"field": "none", "change": "null"}, {"a": 1, "b": {"c": 2}}),
        ({"field": "a.deeper", "change": "null"}, {"a": 1, "b": {"c": 2}}),
    ],
)
def test_a_change(correction: dict[str, Any], wanted: dict[str, Any]) -> None:
    changed = _applied({"_data": {"a": 1, "b": {"c": 2}}}, **correction)["_data"]
    assert changed == wanted
    assert list(changed) == list(wanted)


def test_at_times_is_by_the_id_else_every_second() -> None:
    rows = [{"id": 4, "a": 1}, {"id": 5, "a": 1}, {"a": 1}, {"a": 1}]
    document = _applied({"_data": rows}, field="a", change="null", sometimes=True)
    assert [row["a"] for row in document["_data"]] == [None, 1, 1, None]


def test_a_field_around_the_data() -> None:
    document = {"_data": [], "_meta": {"pagination": {"page": 1}}}
    _applied(document, field="_meta.pagination.page", change="missing")
    assert document == {"_data": [], "_meta": {"pagination": {}}}


def test_added_lists_are_not_shared() -> None:
    rows: list[dict[str, Any]] = [{}, {}]
    _applied({"_data": rows}, field="a", change="added", form="list")
    rows[0]["a"].append(1)
    assert rows == [{"a": [1]}, {"a": []}]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "verified: Field required"),
        ("verified = 2025-05-07\nother = 1", "other is not a known key"),
        (f"{_ONE}change = 'gone'", "correction.1.change cannot be 'gone'"),
        (f"{_ONE}change = 'renamed'", "correction.1: a renamed field needs its new name in `to`"),
        ("verified =", "is not TOML"),
    ],
)
def test_what_is_no_file_of_corrections(text: str, problem: str, tmp_path: Path) -> None:
    path = tmp_path / "corrections.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SetupError, match=problem) as refused:
        load(path)
    assert refused.value.at == "corrections"


@pytest.mark.parametrize(
    ("operation", "field", "problem"),
    [
        ("getUser", "email", r"Correction 1 is of 'getUser', which is no operation \(did you mean"),
        (
            "getUsers",
            "mail",
            "Correction 1 is of the field 'mail', which no response of getUsers has",
        ),
        (
            "deleteUser",
            "email",
            "Correction 1 is of the field 'email', which no response of deleteUser",
        ),
    ],
)
def test_what_the_api_does_not_have(
    operation: str, field: str, problem: str, new_portal: NewPortal, tmp_path: Path
) -> None:
    path = tmp_path / "corrections.toml"
    path.write_text(
        "verified = 2025-05-07\n[[correction]]\n"
        f'operation = "{operation}"\nfield = "{field}"\nchange = "null"\n',
        encoding="utf-8",
    )
    with pytest.raises(SetupError, match=problem):
        new_portal(corrections=path)


def test_they_are_kept_with_the_portal(new_portal: NewPortal, tmp_path: Path) -> None:
    path = tmp_path / "corrections.toml"
    path.write_text(
        'verified = 2025-05-07\n[[correction]]\noperation = "getUsers"\nfield = "email"\n'
        'change = "missing"\n',
        encoding="utf-8",
    )
    portal = new_portal(dataset="empty", corrections=path)
    portal.add_user("ada")
    with portal.snapshot(), portal.httpx_client() as client:
        (row,) = client.get("/users").json()["_data"]
        assert "email" not in row
        assert "email" in client.get("/users/1").json()["_data"]
    assert compiled(portal.settings.correction_text) == Corrections(
        verified="2025-05-07",  # type: ignore[arg-type] # read as a date
        correction=(Correction(operation="getUsers", field="email", change="missing"),),
    )
