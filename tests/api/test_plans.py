"""How SQLite finds the rows of lists and filters: never by going through a whole table."""

import sqlite3
from collections.abc import Iterator, Mapping

import httpx
import pytest
from sqlalchemy import func, select

from talentlms_mock import Portal
from talentlms_mock.api import page
from talentlms_mock.api.operation import REGISTRY, Filter, Operation
from talentlms_mock.portal.store.models import sessions
from talentlms_mock.portal.store.statements import Compiled
from tests.conftest import NewClient, NewPortal

LARGE = ("users", "enrollments", "events", "unit_progress", "user_field_values", "group_users")
"""The tables that grow with a portal."""
VALUES = {
    "filter[event_type][eq]": "course_completion",
    "filter[last_updated][gte]": "2025-01-01T00:00:00Z",
    "filter[last_updated][lte]": "2025-01-01T00:00:00Z",
    "filter[created_from][gte]": "2025-01-01T00:00:00Z",
    "filter[created_to][lte]": "2025-01-01T00:00:00Z",
    "filter[status][eq]": "active",
}
IN_ORDER = "SCAN users"
OF_ALL = "SCAN users USING COVERING INDEX users_by_status"
SCANS = {
    ("getUsers", ""): {IN_ORDER, OF_ALL},  # by the id, as far as the page is; and their number
    ("getUsers", "filter[keyword][like]"): {IN_ORDER},  # a part of a text has no index
    ("getUsers", "filter[last_updated][gte]"): {IN_ORDER},  # until the page is full
    ("getUsers", "filter[last_updated][lte]"): {IN_ORDER},
    ("getTimeline", ""): {"SCAN events USING INDEX events_by_time"},  # as far as the page is
    ("getStatistics", ""): {OF_ALL},
}
"""The lists and filters for which a large table is gone through, and how."""
LISTS = [item for item in REGISTRY if item.method == "GET" and (item.paginated or item.filters)]
CASES = [
    (item, filter)
    for item in (*LISTS, REGISTRY["getStatistics"])
    for filter in (None, *item.filters)
]


def by_id(operation: Operation) -> str:
    return operation.operation_id


def path_of(portal: Portal, operation: Operation) -> str:
    """Return a path that the operation has in a portal."""
    id = 1
    if operation.operation_id == "getUnitSessions":
        with portal.transaction() as transaction:
            id = transaction.scalar(select(func.min(sessions.c.unit_id)))
    return operation.path.replace("{id}", str(id))


@pytest.mark.parametrize(
    ("operation", "filter"),
    CASES,
    ids=[f"{item.operation_id} {each.name if each else ''}" for item, each in CASES],
)
def test_no_large_table_is_gone_through(
    portal: Portal,
    client: httpx.Client,
    monkeypatch: pytest.MonkeyPatch,
    operation: Operation,
    filter: Filter | None,
) -> None:
    name = filter.name if filter else ""
    query = {name: VALUES.get(name, "1")} if filter else {}
    if operation.paginated:
        query |= {"page[number]": "2", "page[size]": "1"}  # whose total is not known by its rows
    path = path_of(portal, operation)
    plans: list[str] = []
    execute = Compiled.execute

    def explain(
        self: Compiled, connection: sqlite3.Connection, parameters: Mapping[str, object]
    ) -> sqlite3.Cursor:
        values = self.values(parameters)
        plans.extend(row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {self.sql}", values))
        return execute(self, connection, parameters)

    monkeypatch.setattr(Compiled, "execute", explain)
    response = client.get(path, params=query)
    assert response.status_code == 200, response.text

    scans = {step for step in plans if step.startswith(tuple(f"SCAN {name}" for name in LARGE))}
    assert scans == SCANS.get((operation.operation_id, name), set())
    assert plans


def pages(client: httpx.Client, path: str, size: int) -> Iterator[object]:
    number = last = 1
    while number <= last + 1:  # and one beyond the last
        response = client.get(path, params={"page[number]": number, "page[size]": size})
        assert response.status_code == 200, response.text
        yield response.json()
        last = response.json()["_meta"]["pagination"]["total_pages"]
        number += 1


@pytest.mark.parametrize("operation", [item for item in LISTS if item.paginated], ids=by_id)
def test_a_page_is_the_same_when_it_is_counted_from_the_end(
    new_portal: NewPortal,
    new_client: NewClient,
    monkeypatch: pytest.MonkeyPatch,
    operation: Operation,
) -> None:
    portal = new_portal(users=20, clock="2025-05-07T09:30:00Z")
    portal.rate_limit.set(100_000, of="burst")
    portal.rate_limit.set(100_000)
    client = new_client(portal)
    path, size = path_of(portal, operation), 40 if operation.path == "/timeline" else 7
    counted_from_start = list(pages(client, path, size))

    monkeypatch.setattr(page, "_FAR", 1)
    assert list(pages(client, path, size)) == counted_from_start
