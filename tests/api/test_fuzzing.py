"""Requests drawn by chance from our own OpenAPI document: every answer is one that it has."""

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
import requests
from hypothesis import HealthCheck, Phase, settings
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.openapi import from_dict
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

import talentlms_mock.app  # noqa: F401 - its resources fill the registry
from talentlms_mock import Portal
from talentlms_mock.api.openapi import document
from talentlms_mock.api.operation import PREFIX, REGISTRY
from talentlms_mock.portal.rules import tasks
from talentlms_mock.portal.rules.batch import CREATE_ENROLLMENTS
from talentlms_mock.portal.state.settings import PRESETS
from tests.conftest import NewPortal

_CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
]
_WITHOUT_LIMIT = 10**9
_OTHER_SHAPES = {
    "error_shape": "flat",
    "edge_links": "omit",
    "next_page_encoding": "percent",
    "patch_user_status": "optional",
    "page_size_over_limit": "clamp",
}
_AS_RECORDED = {
    "link_scheme": "http",
    "version_header": "optional",
    "duplicate_status": "409",
    "edge_links": "null",
}
_TABLES = (
    "users",
    "user_types",
    "courses",
    "categories",
    "groups",
    "branches",
    "learning_paths",
    "units",
    "tasks",
)
_TESTS_TAKEN = """
    SELECT user_id, unit_id FROM unit_progress
    JOIN enrollments ON enrollments.id = enrollment_id JOIN units ON units.id = unit_id
    WHERE type = 'test' AND unit_progress.completion_status = 'completed'
"""
_PLURALS = {"category": "categories", "branch": "branches"}
_STRICT_TEXTS = {
    "password": "Passw0rd",
    "timezone": "Europe/Athens",
    "locale": "el-GR",
    "default_locale": "el-GR",
    "default_timezone": "Europe/Athens",
    "deactivation_date": "2026-01-31",
    "start_datetime": "2025-06-01T09:00:00Z",
    "expiration_datetime": "2025-07-01T09:00:00Z",
    "coupon": "WELCOME",
    "redirect_url": "aHR0cHM6Ly9leGFtcGxlLmNvbS8=",
    "domain_url": "aHR0cHM6Ly9leGFtcGxlLmNvbS8=",
    "logout_redirect": "aHR0cHM6Ly9leGFtcGxlLmNvbS8=",
    "course_completed_redirect": "aHR0cHM6Ly9leGFtcGxlLmNvbS8=",
}
"""What text fits where most texts do not."""
_PERSON = {"login": "ada", "email": "ada@example.com"}
_TEXTS_OF = {
    "/password-reset": _PERSON,
    "/users/{email}/username-recovery": _PERSON,
}
_PAIRS = {
    "enrollments": ("user_id", "course_id"),
    "group_users": ("user_id", "group_id"),
    "group_courses": ("course_id", "group_id"),
    "branch_users": ("user_id", "branch_id"),
    "branch_courses": ("course_id", "branch_id"),
    "learning_path_enrollments": ("user_id", "learning_path_id"),
}
"""What belongs together in the portal, and by which fields requests name the two."""
_NEW = "new"
"""Under this name is what belongs to nothing yet, and can be added to anything."""

SCHEMA = from_dict(document(REGISTRY, "0"))
METHODS = {method.upper() for path in SCHEMA.raw_schema["paths"].values() for method in path}


class Target:
    """Portals that differ in every shape a quirk changes, asked in turn; and what they said."""

    def __init__(self, *portals: Portal) -> None:
        self.portals = portals
        self.turns = count()
        self.statuses: set[int] = set()
        self.known = [_known(portal) for portal in portals]


@pytest.fixture(scope="module")
def session() -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False
        yield session


@pytest.fixture
def target(new_portal: NewPortal) -> Iterator[Target]:
    limits = {"hourly_limit": _WITHOUT_LIMIT, "burst_limit": _WITHOUT_LIMIT}
    target = Target(
        new_portal(clock="2025-05-07T09:30:00Z", **limits),
        new_portal(clock="2025-05-07T09:30:00Z", quirks=_OTHER_SHAPES, tasks="at-once", **limits),
        new_portal(
            clock="2025-05-07T09:30:00Z", quirks=dict(PRESETS["recorded"]) | _AS_RECORDED, **limits
        ),
    )
    yield target
    # Else the requests were never good enough to show what the operation does.
    assert target.statuses & {200, 204}, target.statuses


@SCHEMA.parametrize()
@settings(
    max_examples=16,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_no_request_gets_an_answer_that_is_not_documented(
    case: Case[Any], target: Target, session: requests.Session
) -> None:
    if case.method not in METHODS:
        return  # what is said of a method that no operation has is in the gateway's own tests
    turn = next(target.turns)
    number = turn % len(target.portals)
    portal, known = target.portals[number], target.known[number]
    tidy = turn % 8 < 6
    path = case.path.removeprefix(PREFIX)
    case.path_parameters = _meant(case.path_parameters, known, tidy, path)
    case.body = _meant(case.body, known, tidy, path)
    if tidy and case.method == "POST" and isinstance(case.body, dict):
        case.body |= {name: id for name, id in known[_NEW] if _is_integer(case.body.get(name))}
    case.query = _meant(case.query, known, tidy, path)
    answer = case.call_and_validate(
        base_url=portal.base_url.removesuffix(PREFIX),
        headers={**portal.headers, "Host": portal.host},
        session=session,
        verify=str(portal.ca_file),
        checks=_CHECKS,
    )
    target.statuses.add(answer.status_code)


Known = dict[Any, list[Any]]


def _known(portal: Portal) -> Known:
    """Return the ids that a portal has, by table, and those that belong together."""
    portal.add_coupon("WELCOME", 50)
    ada = portal.add_user("ada", credits=1000, email="ada@example.com")
    new = portal.add_course("Fresh")
    with portal.transaction() as transaction:
        for _ in range(8):
            item = {"values": {"user_id": 1, "course_id": 1}, "extra": {}}
            tasks.start(transaction, CREATE_ENROLLMENTS, [item])

        def rows(statement: str) -> list[Any]:
            return transaction.sqlite.execute(statement).fetchall()

        known: Known = {
            table: [id for (id,) in rows(f"SELECT id FROM {table}")] for table in _TABLES
        }
        known["users"].reverse()  # the one that has credits comes first
        known["ilt"] = [id for (id,) in rows("SELECT id FROM units WHERE type = 'ilt'")]
        for table, names in _PAIRS.items():
            known[names] = rows(f"SELECT {', '.join(names)} FROM {table}")
        known[_NEW] = [("user_id", ada.id), ("course_id", new.id)]
        known["user_id", "unit_id"] = rows(_TESTS_TAKEN)
    assert all(known.values())
    return known


def _meant(part: Any, known: Known, tidy: bool, path: str) -> Any:
    """Return a part of a request with ids that the portal has, and with `tidy` texts that fit."""
    if isinstance(part, list):
        return [_meant(item, known, tidy, path) for item in part]
    if not isinstance(part, dict):
        return part
    meant = {name: _meant(value, known, tidy, path) for name, value in part.items()}
    texts = _STRICT_TEXTS | _TEXTS_OF.get(path, {})
    for name, value in meant.items():
        if _is_integer(value) and (ids := known.get(_table(name, path))):
            meant[name] = _one_of(ids, value)
        elif tidy and isinstance(value, str) and name in texts:
            meant[name] = texts[name]
    pair = next((key for key in known if isinstance(key, tuple) and set(key) <= set(part)), None)
    if tidy and pair is not None and _is_integer(value := part[pair[1]]):
        meant |= zip(pair, known[pair][value % len(known[pair])], strict=True)
    return meant


def _table(name: str, path: str) -> str:
    """Return the table that a parameter or field of this name is an id of."""
    if name == "id":
        table = path.split("/")[1].replace("-", "_")
        return "ilt" if path.endswith("/sessions") else {"batch": "users"}.get(table, table)
    one = name.removesuffix("_id")
    return _PLURALS.get(one, f"{one}s") if one != name else ""


def _one_of(ids: list[Any], value: int) -> int:
    return int(ids[value % len(ids)]) if value % 8 != 7 else value


def _is_integer(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
