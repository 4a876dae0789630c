"""Whichever fields of the vendor drifted, verify finds them, and the mock can be corrected."""

from pathlib import Path
from typing import Any

import pytest

from talentlms_mock import Portal
from talentlms_mock.api.operation import REGISTRY
from talentlms_mock.portal.contract.corrections import Corrections, compiled, load
from talentlms_mock.verify.exchange import Seen
from talentlms_mock.verify.live.probes import probes
from talentlms_mock.verify.verification import Setting
from talentlms_mock.verify.writing import corrections_path, write
from tests.conftest import NewPortal
from tests.verify.vendor import DEFAULTS, academy, exchanges, told, verified

Told = tuple[str, str, str, str]

_READS = [
    probe
    for probe in probes()
    if probe.expects == "success"
    and probe.path in ("/users", "/users/{user}", "/groups", "/courses")
]

DRIFTS = [
    (
        "/users",
        {"drop_field": "email"},
        [("getUsers", "email", "missing", "missing")],
    ),
    (
        "/users",
        {"rename_field": {"email": "mail"}},
        [("getUsers", "email", "renamed", "named mail")],
    ),
    (
        "/users",
        {"null_field": "login"},
        [("getUsers", "login", "null", "null")],
    ),
    (
        "/users/*",
        {"null_field": "user_type"},
        [("getUserById", "user_type", "null", "null")],
    ),
    (
        "/users/*",
        {"drop_field": "user_type.is_default", "null_field": "avatar.sm"},
        [
            ("getUserById", "avatar.sm", "null", "null"),
            ("getUserById", "user_type.is_default", "missing", "missing"),
        ],
    ),
    (
        "/groups",
        {"rename_field": {"key_redemptions": "redemptions", "price": "cost"}},
        [
            ("getGroups", "key_redemptions", "renamed", "named redemptions"),
            ("getGroups", "price", "renamed", "named cost"),
        ],
    ),
    (
        "/courses",
        {"drop_field": "_meta.pagination.total_results"},
        [("getCourses", "_meta.pagination.total_results", "missing", "missing")],
    ),
]


@pytest.mark.parametrize(("path", "fault", "wanted"), DRIFTS)
def test_a_drift_and_no_other(
    path: str, fault: dict[str, Any], wanted: list[Told], new_portal: NewPortal, tmp_path: Path
) -> None:
    vendor = academy(new_portal)
    vendor.fault("GET", path, **fault)
    seen = exchanges(vendor, _READS)
    found = verified(seen)
    assert sorted(told(found)) == wanted
    written = _written(seen, tmp_path)
    assert verified(seen, Setting(REGISTRY, DEFAULTS, written)).differences == ()
    assert _answers(academy(new_portal, corrections=corrections_path(tmp_path / "mock.toml"))) == (
        _answers(vendor)
    )


def _written(seen: list[Seen], folder: Path, former: Corrections | None = None) -> Corrections:
    setting = Setting(REGISTRY, DEFAULTS, former)
    _, path = write(folder / "mock.toml", verified(seen, setting), former)
    return compiled(load(path))


def _answers(portal: Portal) -> list[object]:
    return [_shape(seen.document) for seen in exchanges(portal, _READS)]


def _shape(value: object) -> object:
    """Return what of JSON is its shape: the names in their order, and what is null."""
    if isinstance(value, dict):
        return [(name, _shape(one)) for name, one in value.items()]
    if isinstance(value, list):
        return [_shape(one) for one in value]
    return value is None


def test_a_field_more_and_fields_that_are_so_at_times(
    new_portal: NewPortal, tmp_path: Path
) -> None:
    drifted = tmp_path / "vendor.toml"
    drifted.write_text(
        "verified = 2025-05-01\n"
        '[[correction]]\noperation = "getUsers"\nfield = "nickname"\nchange = "added"\n'
        'form = "text"\nafter = "name"\n'
        '[[correction]]\noperation = "getUserById"\nfield = "user_type.rank"\nchange = "added"\n'
        'form = "integer"\n'
        '[[correction]]\noperation = "getUsers"\nfield = "email"\nchange = "null"\n'
        "sometimes = true\n"
        '[[correction]]\noperation = "getGroups"\nfield = "made_at"\nchange = "added"\n'
        'form = "timestamp"\nafter = "id"\n',
        encoding="utf-8",
    )
    vendor = academy(new_portal, corrections=drifted)
    seen = exchanges(vendor, _READS)
    found = verified(seen)
    assert sorted(told(found)) == [
        ("getGroups", "made_at", "more", "timestamp"),
        ("getUserById", "user_type.rank", "more", "integer"),
        ("getUsers", "email", "null", "null"),
        ("getUsers", "nickname", "more", "empty text"),
    ]
    (at_times,) = (each for each in found.differences if each.place == "email")
    assert 0 < at_times.count < at_times.samples
    assert verified(seen, Setting(REGISTRY, DEFAULTS, _written(seen, tmp_path))).differences == ()
    mock = academy(new_portal, corrections=corrections_path(tmp_path / "mock.toml"))
    assert _answers(mock) == _answers(vendor)


def test_corrections_are_added_to_those_there_are(new_portal: NewPortal, tmp_path: Path) -> None:
    vendor = academy(new_portal)
    vendor.fault("GET", "/users", drop_field="email")
    first = _written(exchanges(vendor, _READS), tmp_path)
    vendor.fault("GET", "/groups", drop_field="price")
    both = _written(exchanges(vendor, _READS), tmp_path, first)
    assert [each.text for each in both.correction] == ["email is missing", "price is missing"]
    assert str(both.verified) == "2025-05-07"
