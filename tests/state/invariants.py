"""What is true of a portal at any time: of its rows, and of what it answers about them."""

import json
from collections.abc import Callable, Iterator
from http.client import HTTPSConnection
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx

from talentlms_mock import Portal
from tests.state.dump import Dump, Key, Row

_TOTALS = {
    "total_users": "/users",
    "total_courses": "/courses",
    "total_categories": "/categories",
    "total_groups": "/groups",
    "total_branches": "/branches",
}
_IN_ORDER = {
    "users": ("registration", "last_login"),
    "enrollments": ("enrolled_on", "completed_on"),
    "unit_progress": ("started_on", "completed_on"),
    "certificates": ("issued_on", "expires_on"),
    "tasks": ("created_at", "completed_at"),
    "learning_path_enrollments": ("enrolled_on", "completed_on"),
    "courses": ("creation_date", "last_updated_on"),
}
_SHARED = (
    "role",
    "enrolled_on",
    "completed_on",
    "completion_status",
    "completion_percentage",
    "score",
    "total_time",
)


Get = Callable[..., Any]
"""Takes a path and its query, and returns the body of a response with status 200."""


class Reader:
    """Reads from a portal over one connection; a full client's work would be most of a run."""

    def __init__(self, portal: Portal) -> None:
        self._base = urlsplit(portal.base_url)
        self._headers = {**portal.headers, "Host": portal.host}
        assert self._base.hostname is not None
        self._connection = HTTPSConnection(
            self._base.hostname, self._base.port, context=portal.ssl_context()
        )

    def get(self, path: str, **query: str | int) -> Any:
        """Return the body of a read that succeeds."""
        target = f"{self._base.path}{path}" + (f"?{urlencode(query)}" if query else "")
        self._connection.request("GET", target, headers=self._headers)
        response = self._connection.getresponse()
        body = response.read()
        assert response.status == 200, body
        return json.loads(body)

    def close(self) -> None:
        self._connection.close()


def reads_of(client: httpx.Client) -> Get:
    """Return the reads of a client that a test has already."""

    def get(path: str, **query: str | int) -> Any:
        response = client.get(path, params=query)
        assert response.status_code == 200, response.text
        return response.json()

    return get


def nothing_refers_to_what_is_gone(dump: Dump) -> None:
    assert dump.dangling == []
    for seat in dump.rows("enrollments"):
        of_course = {unit["id"] for unit in dump.units_of(seat["course_id"])}
        assert seat["last_accessed_unit_id"] in {None, *of_course}
        assert set(dump.progress(seat)) <= of_course
    for row in dump.rows("question_answers"):
        question = dump.row("questions", row["question_id"])
        assert question is not None
        assert (row["enrollment_id"], question["unit_id"]) in dump["unit_progress"]
    for row in dump.rows("session_attendees"):
        training = dump.row("sessions", row["session_id"])
        assert training is not None
        unit = dump.row("units", training["unit_id"])
        assert unit is not None
        assert (row["user_id"], unit["course_id"]) in dump.seats


def percentages_agree_with_units(dump: Dump) -> None:
    for seat in dump.rows("enrollments"):
        units, done = dump.units_of(seat["course_id"]), dump.progress(seat)
        completed = [row for row in done.values() if row["completion_status"] == "completed"]
        share = round(100 * len(completed) / len(units)) if units else 0
        status, percentage = seat["completion_status"], seat["completion_percentage"]
        assert percentage == (100 if status == "completed" else share)
        assert (status == "completed") == (seat["completed_on"] is not None)
        assert status != "not_attempted" or not done
        assert status != "incomplete" or (done and len(completed) < len(units))
        scores = [row["score"] for row in done.values() if row["score"] is not None]
        assert seat["score"] == (round(sum(scores) / len(scores), 2) if scores else None)
        assert seat["total_time"] == sum(row["total_time"] for row in done.values())


def learning_paths_agree_with_their_courses(dump: Dump) -> None:
    for row in dump.rows("learning_path_enrollments"):
        links = dump.rows("learning_path_courses")
        courses = [
            link["course_id"]
            for link in links
            if link["learning_path_id"] == row["learning_path_id"]
        ]
        seats = [dump.seats.get((row["user_id"], course)) for course in courses]
        done = [seat is not None and seat["completion_status"] == "completed" for seat in seats]
        if courses:
            assert (row["completed_on"] is not None) == all(done)


def limits_hold(dump: Dump) -> None:
    for course in dump.rows("courses"):
        seats = [seat for seat in dump.seats if seat[1] == course["id"]]
        assert course["capacity"] is None or len(seats) <= course["capacity"]
    for group in dump.rows("groups"):
        limit = group["max_key_redemptions"]
        assert not limit or group["key_redemptions"] <= limit
    for training in dump.rows("sessions"):
        there = [key for key in dump["session_attendees"] if key[0] == training["id"]]
        assert training["capacity"] is None or len(there) <= training["capacity"]
    for user in dump.rows("users"):
        assert (user["credits"] or 0) >= 0
        assert user["status"] == "active" or user["session_started_at"] is None
        ends = user["deactivation_date"]
        assert user["status"] == "inactive" or ends is None or ends > dump.now


def moments_are_in_order(dump: Dump) -> None:
    for table, (first, second) in _IN_ORDER.items():
        for row in dump.rows(table):
            assert row[first] is None or row[first] <= dump.now
            assert row[second] is None or row[first] is None or row[first] <= row[second]
    events = [row for _, row in sorted(dump["events"].items())]
    # An event that happened again has the moment of the last time, and the id of the first.
    moments = [row["created_at"] for row in events if row["occurrences"] == 1]
    assert moments == sorted(moments)
    assert all(row["created_at"] <= dump.now for row in events)


def statistics_agree_with_lists(reader: Reader, dump: Dump) -> None:
    statistics = reader.get("/statistics")["_data"]
    for total, path in _TOTALS.items():
        if path == "/categories":
            rows = sorted(_in_tree(reader.get(path)["_data"]), key=lambda row: row["id"])
        else:
            rows = list(every(reader.get, path))
        assert statistics[total] == len(rows) == len(dump[path[1:]])
        assert [row["id"] for row in rows] == dump.ids(path[1:])


def _in_tree(rows: list[Row] | None) -> Iterator[Row]:
    for row in rows or ():
        yield row
        yield from _in_tree(row["children"])


def both_sides_tell_the_same(reader: Reader, dump: Dump) -> None:
    """Hold what a user says of its courses, groups and branches against what these say of it."""
    of_users, seats, members = _told_by_users(reader, dump)
    of_courses: dict[Key, Row] = {
        (user["id"], course): _shared(user)
        for course in dump.ids("courses")
        for user in every(reader.get, f"/courses/{course}/users")
    }
    assert of_users == of_courses
    assert set(of_users) == seats == set(dump.seats)
    assert members == {
        (kind, user["id"], id)
        for kind in ("groups", "branches")
        for id in dump.ids(kind)
        for user in every(reader.get, f"/{kind}/{id}/users")
    }
    for user, course in seats:
        found = reader.get("/course-progress", user_id=user, course_id=course)["_data"]
        told = of_users[user, course]
        names = ("completion_status", "completion_percentage", "score", "total_time")
        assert {name: found["progress"][name] for name in names} == {
            name: told[name] for name in names
        }
        assert found["progress"]["completion_date"] == told["completed_on"]
        assert (found["enrolled"], found["role_in_course"]) == (True, told["role"])


def _told_by_users(reader: Reader, dump: Dump) -> tuple[dict[Key, Row], set[Key], set[Key]]:
    of_users: dict[Key, Row] = {}
    seats: set[Key] = set()
    members: set[Key] = set()
    for user in dump.ids("users"):
        for course in reader.get(f"/users/{user}/courses")["_data"]["courses"]:
            of_users[user, course["id"]] = _shared(course)
        resources = reader.get(f"/users/{user}/resources")["_data"]
        seats |= {(user, course["id"]) for course in resources["courses"]}
        for kind in ("groups", "branches"):
            members |= {(kind, user, thing["id"]) for thing in resources[kind]}
        held = {row["id"] for row in dump.rows("certificates") if row["user_id"] == user}
        assert {row["id"] for row in resources["certificates"]} == held
    return of_users, seats, members


def every(get: Get, path: str, *, size: int = 3, **filters: str) -> Iterator[Row]:
    """Give the rows of a list, page after page."""
    number, last = 1, 1
    while number <= last:
        query = {**filters, "page[number]": str(number), "page[size]": str(size)}
        page = get(path, **query)
        yield from page["_data"]
        last = page["_meta"]["pagination"]["total_pages"]
        number += 1


def _shared(row: Row) -> Row:
    return {name: row[name] for name in _SHARED}
