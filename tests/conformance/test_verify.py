"""The exchanges recorded with the vendor's servers, as `verify` judges them.

TALENTLMS_RECORDED names the file; without it these tests skip.
"""

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from talentlms_mock.api.operation import REGISTRY
from talentlms_mock.portal.contract.corrections import compiled, load
from talentlms_mock.portal.state.settings import PRESETS
from talentlms_mock.verify.recordings.reading import read
from talentlms_mock.verify.verification import Setting, Verification
from talentlms_mock.verify.writing import write
from tests.conformance.recorded import VARIABLE, Exchange, exchanges
from tests.verify.reports import leaks, texts
from tests.verify.vendor import DEFAULTS, decided, told, verified

_RECORDED = exchanges()

pytestmark = pytest.mark.skipif(
    not _RECORDED, reason=f"{VARIABLE} does not name the recorded exchanges"
)

_LINKS = ("another scheme", "another value of a parameter")
"""Some recordings have http in their links, and some were edited by hand."""


def _entry(exchange: Exchange) -> dict[str, Any]:
    query = urlencode(exchange.query, safe="[]")
    url = f"https://example.talentlms.com/api/v2{exchange.path}{f'?{query}' if query else ''}"
    request: dict[str, Any] = {"method": exchange.method, "url": url, "headers": []}
    if exchange.body is not None:
        request["postData"] = {"text": json.dumps(exchange.body)}
    content = "" if exchange.answer is None else json.dumps(exchange.answer)
    headers = [{"name": name, "value": value} for name, value in exchange.headers.items()]
    response = {"status": exchange.status, "headers": headers, "content": {"text": content}}
    return {"request": request, "response": response}


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("recorded") / "recorded.har"
    path.write_text(json.dumps({"log": {"entries": [_entry(each) for each in _RECORDED]}}))
    return path


@pytest.fixture(scope="module")
def found(archive: Path) -> Verification:
    return verified(list(read(archive).exchanges))


def test_they_lead_to_the_preset_recorded(found: Verification) -> None:
    assert decided(found) == PRESETS["recorded"]


def test_what_still_differs(found: Verification) -> None:
    newer = ("integration_user_id", "timezone", "language", "last_updated")
    others = [each for each in told(found) if each[3] not in _LINKS]
    assert others == [
        # A path without the id that it should have is one of the router's in the mock.
        ("every operation", "unknown path", "status", "400 Bad Request"),
        # Its request was not kept.
        ("createUser", "status", "status", "400 Bad Request"),
        # The vendor documents these fields, and had them not when this was recorded.
        ("getUserById", "user_type.is_default", "missing", "missing"),
        ("getUserById", "available_types.is_default", "missing", "missing"),
        *(("getUsers", name, "missing", "missing") for name in newer),
    ]


def test_after_writing_only_what_has_no_remedy_differs(
    found: Verification, archive: Path, tmp_path: Path
) -> None:
    _, path = write(tmp_path / "mock.toml", found, None)
    quirks = {**DEFAULTS, **PRESETS["recorded"]}
    again = verified(list(read(archive).exchanges), Setting(REGISTRY, quirks, compiled(load(path))))
    assert decided(again) == {}
    assert [each[2] for each in told(again) if each[3] not in _LINKS] == ["status", "status"]


def test_no_value_of_them_is_in_a_report(
    found: Verification, archive: Path, tmp_path: Path
) -> None:
    recording = read(archive)
    for text in texts(found, tmp_path):
        assert leaks(text, list(recording.exchanges)) == []
