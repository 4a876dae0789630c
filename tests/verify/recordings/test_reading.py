"""Recordings of every format lead to the same judgement as the portal itself."""

import json
from base64 import b64encode
from pathlib import Path
from typing import Any

import orjson
import pytest

from talentlms_mock import Portal, SetupError
from talentlms_mock.portal.journal.har import archive
from talentlms_mock.verify.exchange import Seen
from talentlms_mock.verify.recordings.reading import Recording, read
from tests.conftest import NewPortal
from tests.verify.vendor import academy, decided, exchanges, told, verified

Json = dict[str, Any]
Told = list[tuple[str, str, str, str]]

_QUIRKS = {"error_shape": "flat", "edge_links": "null", "version_header": "optional"}
_DRIFT = [("getUsers", "email", "renamed", "named mail")]


@pytest.fixture
def vendor(new_portal: NewPortal) -> Portal:
    portal = academy(new_portal, quirks=_QUIRKS)
    portal.fault("GET", "/users", rename_field={"email": "mail"})
    exchanges(portal)
    return portal


def _read(path: Path, content: Any) -> Recording:
    path.write_bytes(content if isinstance(content, bytes) else orjson.dumps(content))
    return read(path)


def _check(recording: Recording, quirks: dict[str, str] = _QUIRKS) -> None:
    found = verified(list(recording.exchanges))
    assert decided(found) == quirks
    assert told(found) == _DRIFT


def test_an_archive_of_the_mock(vendor: Portal, tmp_path: Path) -> None:
    recording = _read(tmp_path / "a.har", archive(vendor.requests, host=vendor.host))
    assert len(recording.exchanges) == len(vendor.requests)
    assert recording.others == 0
    _check(recording)


@pytest.mark.parametrize("as_lines", [True, False])
def test_a_journal(as_lines: bool, vendor: Portal, tmp_path: Path) -> None:
    lines = [each.as_data() for each in vendor.requests]
    content: Any = b"\n".join(map(orjson.dumps, lines)) + b"\n" if as_lines else lines
    recording = _read(tmp_path / "a.jsonl", content)
    assert len(recording.exchanges) == len(lines)
    _check(recording)


def test_a_collection_of_postman(vendor: Portal, tmp_path: Path) -> None:
    examples = [_example(each.as_data(redacted=False), vendor) for each in vendor.requests]
    folder = {"name": "all", "item": [{"name": "one", "request": {}, "response": examples}]}
    unknown = {"code": 200, "originalRequest": {"method": "GET", "url": "{{baseUrl}}/users/{{id}}"}}
    collection = {
        "info": {"name": "Examples"},
        "item": [folder, {"name": "unset", "response": [unknown]}],
        "variable": [{"key": "empty"}],
    }
    recording = _read(tmp_path / "a.json", collection)
    assert len(recording.exchanges) == len(examples)
    assert recording.others == 1
    _check(recording)


def _example(line: Json, vendor: Portal) -> Json:
    """Return an exchange as Postman saves it, with a variable for the address and for ids."""
    path = line["path"].removeprefix("/api/v2")
    parts = path.split("/")
    own = []
    if len(parts) > 2:
        own = [{"key": "id", "value": parts[2]}]
        parts[2] = ":id"
    query = "&".join(f"{name}={value}" for name, value in line["query"].items())
    raw = "{{baseUrl}}" + "/".join(parts) + (f"?{query}" if query else "")
    headers = [{"key": name, "value": value} for name, value in line["headers"].items()]
    body = line["body"]
    return {
        "name": "one",
        "code": line["status"],
        "originalRequest": {
            "method": line["method"],
            "url": {"raw": raw, "variable": own},
            "header": [*headers, {"key": "X-API-Version", "value": "none", "disabled": True}],
            "body": {} if body is None else {"mode": "raw", "raw": json.dumps(body)},
        },
        "header": [{"key": "Content-Type", "value": "application/json"}],
        "body": json.dumps(line["response"]),
    }


def _entry(url: str, *, status: int = 200, **content: Any) -> Json:
    response = {"status": status, "headers": [], "content": content}
    return {"request": {"method": "GET", "url": url, "headers": []}, "response": response}


def _archive(*entries: Json) -> Json:
    return {"log": {"entries": list(entries)}}


def test_an_archive_of_a_browser(tmp_path: Path) -> None:
    base = "https://acme.talentlms.com"
    health = b64encode(b'{"_data": {"status": "ok"}}').decode()
    recording = _read(
        tmp_path / "a.har",
        _archive(
            _entry(f"{base}/api/v2/health", text=health, encoding="base64"),
            _entry(f"{base}/api/v2/users/1", status=204, size=0),
            _entry(f"{base}/api/v2/courses/1", size=70),
            _entry(f"{base}/index.html", text="<p>"),
            _entry(f"{base}/api/v2/users", status=0),
        ),
    )
    assert [seen.body for seen in recording.exchanges] == [
        b'{"_data": {"status": "ok"}}',
        b"",
        None,
    ]
    assert recording.others == 2
    assert {seen.sent_headers is None for seen in recording.exchanges} == {True}


def test_headers_that_were_left_out_are_no_difference(vendor: Portal, tmp_path: Path) -> None:
    whole = archive(vendor.requests, host=vendor.host)
    for entry in whole["log"]["entries"]:
        entry["request"]["headers"] = []
    found = verified(list(_read(tmp_path / "a.har", whole).exchanges))
    # What only headers show cannot be decided, and what was refused for them is not understood.
    assert decided(found).items() <= _QUIRKS.items()
    assert {each[0] for each in told(found)} <= {"getUsers"}


def test_all_headers_are_judged_where_there_is_a_date(tmp_path: Path) -> None:
    entry = _entry("https://acme.talentlms.com/api/v2/health", text='{"_data": {"status": "ok"}}')
    entry["response"]["headers"] = [
        {"name": "Date", "value": "Wed, 07 May 2025 09:30:00 GMT"},
        {"name": "Content-Type", "value": "application/json; charset=utf-8"},
        {"name": "Vary", "value": "Origin"},
        {"name": "Pragma", "value": "private"},
        {"name": "X-RateLimit-Limit", "value": "10"},
        {"name": "X-RateLimit-Reset", "value": "10"},
    ]
    assert told(verified(list(_read(tmp_path / "a.har", _archive(entry)).exchanges))) == [
        ("every operation", "Content-Type", "header", "application/json with a parameter"),
        ("every operation", "X-Content-Type-Options", "header", "missing"),
        ("every operation", "Cache-Control", "header", "missing"),
        ("every operation", "Pragma", "header", "another value"),
        ("every operation", "Expires", "header", "missing"),
        ("every operation", "X-RateLimit-Limit of status 200", "header", "there"),
        ("every operation", "x-ratelimit-reset", "header", "there"),
    ]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"nothing of the kind", "is of no known format: give a HAR file, "),
        (b"7", "is of no known format"),
        (b'{"log": {}}', "is damaged: it begins like a HAR file"),
        (b'{"log": {"entries": [{"request": {}, "response": {}}]}}', "is damaged"),
        (b'{"item": [{"response": [{}]}]}', "is damaged"),
        (b'{"log": {"entries": []}}', "has no request to /api/v2 with a response"),
    ],
)
def test_what_is_no_recording(content: bytes, problem: str, tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=problem):
        _read(tmp_path / "a", content)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=r"Cannot read .*: No such file"):
        read(tmp_path / "none.har")


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("https://acme.talentlms.com/api/v2/users", "https://acme.talentlms.com/api/v2/users"),
        ("{{base}}/users?page[size]=1", "https://portal.talentlms.com/api/v2/users?page[size]=1"),
        ("{{base}}/api/v2/users", "https://portal.talentlms.com/api/v2/users"),
        ("{{known}}/users", "https://acme.talentlms.com/api/v2/users"),
    ],
)
def test_addresses_of_postman(url: str, wanted: str, tmp_path: Path) -> None:
    example = {"code": 200, "originalRequest": {"url": url}, "body": "{}", "header": None}
    collection = {
        "item": [{"response": [example]}],
        "variable": [{"key": "known", "value": "https://acme.talentlms.com/api/v2"}],
    }
    (seen,) = _read(tmp_path / "a.json", collection).exchanges
    assert isinstance(seen, Seen)
    assert (seen.method, seen.url) == ("GET", wanted)
