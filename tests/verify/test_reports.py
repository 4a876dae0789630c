"""Reports: what they say, and that no value of any response is in them."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from talentlms_mock import SetupError
from talentlms_mock.api.operation import REGISTRY
from talentlms_mock.verify.exchange import Seen
from talentlms_mock.verify.ignoring import Ignored
from talentlms_mock.verify.live.state import State
from talentlms_mock.verify.reports import files
from talentlms_mock.verify.verification import Setting
from talentlms_mock.verify.words import words
from tests.conftest import NewPortal
from tests.verify.reports import leaks, texts, values
from tests.verify.vendor import DEFAULTS, exchanges, run, verified

_DRIFT: dict[str, Any] = {
    "drop_field": ["surname"],
    "rename_field": {"email": "mail", "avatar": "picture"},
    "null_field": ["login"],
}


def _drifted(new_portal: NewPortal) -> list[Seen]:
    """Return what a portal of many people shows, which differs in much."""
    vendor = new_portal(
        users=30, plan="grow", quirks={"error_shape": "flat", "coercion": "recorded"}
    )
    vendor.fault("GET", "/users", **_DRIFT)
    vendor.fault("GET", "/users/*", **_DRIFT)
    vendor.fault("GET", "/timeline", rename_field={"extra": "rest"})
    return exchanges(vendor)


def test_no_value_of_a_response_is_in_a_report(new_portal: NewPortal, tmp_path: Path) -> None:
    seen = _drifted(new_portal)
    assert len(values(seen)) > 500
    found = verified(seen)
    assert len(found.remaining) > 10
    for text in texts(found, tmp_path):
        assert "mail" in text
        assert leaks(text, seen) == []


def test_values_as_keys_and_strange_fields_are_not_told(tmp_path: Path) -> None:
    body = {
        "_data": {"id": 70001, "Ada Lovelace": 1, "password": "tops3cret", "name": 70002.5},
        "_meta": {"ada@example.org": None},
    }
    seen = [
        Seen("GET", f"https://acme.talentlms.com/api/v2/users/70001?{query}", 200, content)
        for query in ("", "filter[email]=ada@example.org")
        for content in (json.dumps(body).encode(), b"tops3cret Ada Lovelace")
    ]
    for text in texts(verified(seen), tmp_path):
        for value in ("Ada", "Lovelace", "70001", "70002", "example.org", "tops3cret"):
            assert value not in text


def test_a_run_that_is_kept_has_no_key_and_no_text_of_a_response(
    new_portal: NewPortal, tmp_path: Path
) -> None:
    vendor = new_portal(users=30, plan="grow", api_key="key-that-is-secret")
    state = State(vendor.domain, words(REGISTRY))
    run(vendor, state)
    path = tmp_path / "state.json"
    state.save(path)
    text = path.read_text(encoding="utf-8")
    assert "key-that-is-secret" not in text
    own = {
        value
        for seen in state.exchanges
        if seen.succeeded
        for value in values([seen])
        if not value[0].isdigit() and vendor.domain not in value
    }
    assert len(own) > 100
    assert sorted(value for value in own if f'"{value}"' in text) == []
    again = State(vendor.domain, words(REGISTRY))
    again.load(path)
    assert verified(again.exchanges).differences == ()
    assert len(again.exchanges) == len(state.exchanges)


def test_a_report_in_json(new_portal: NewPortal) -> None:
    vendor = new_portal(users=3)
    vendor.fault("GET", "/users/*", null_field="locale")
    report = files.data(verified(exchanges(vendor), source="a live portal"))
    assert report["source"] == "a live portal"
    assert report["day"] == "2025-05-07"
    assert report["differs"] == [
        {
            "operation": "getUserById",
            "area": "fields",
            "place": "locale",
            "kind": "null",
            "mock": "text",
            "seen": "null",
            "count": 2,
            "samples": 2,
            "known": {"known": "recorded", "source": "examples of the vendor's API collection"},
            "request": 'curl -g -H "X-API-Key: $TALENTLMS_KEY" -H "X-API-Version: 2025-07-01" '
            '-H "Accept: application/json" '
            '"https://$TALENTLMS_DOMAIN.talentlms.com/api/v2/users/{id}"',
            "correction": {"operation": "getUserById", "field": "locale", "change": "null"},
            "ignored": None,
        }
    ]
    assert {"createUser", "loginUser"} <= set(report["not_covered"]["operations"])
    assert "getUsers" not in report["not_covered"]["operations"]
    assert "locale" in report["not_covered"]["only_null"]["getUserById"]
    assert report["not_covered"]["quirks"] == ("duplicate_status", "retry_after")
    json.dumps(report)


def test_known_differences_are_set_aside(new_portal: NewPortal, tmp_path: Path) -> None:
    vendor = new_portal(users=3)
    vendor.fault("GET", "/users/*", null_field="locale", drop_field="timezone")
    ignored = (
        Ignored(place="locale", reason="it is a new portal", date=date(2025, 5, 1)),
        Ignored(operation="getUsers", place="timezone", reason="other", date=date(2025, 5, 2)),
    )
    found = verified(exchanges(vendor), Setting(REGISTRY, DEFAULTS, None, ignored))
    assert [each.place for each in found.remaining] == ["timezone"]
    assert [each.place for each in found.ignored] == ["locale"]
    assert found.not_covered.unused == (ignored[1],)
    for text in texts(found, tmp_path):
        assert "it is a new portal" in text
        assert "2025-05-01" in text


def test_a_report_of_no_known_form(tmp_path: Path) -> None:
    with pytest.raises(SetupError) as refused:
        files.write(tmp_path / "report.pdf", verified([]))
    assert str(refused.value) == "A report ends in .html, .json, .md, which report.pdf does not."
    with pytest.raises(SetupError, match="Cannot write"):
        files.write(tmp_path / "none" / "report.md", verified([]))
