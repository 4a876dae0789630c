"""Which events a change must leave on the timeline, told from the rows that it changed.

A few changes leave no other trace in the rows: a profile saved as it was, a second login in
the same second, a test failed once more. Of these the rules of the machine tell themselves.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from typing import Any, NamedTuple

from tests.state.dump import Dump, Key, Row


class Event(NamedTuple):
    """What an event says: its type, and the ids of what it is about."""

    type: str
    user: int | None = None
    course: int | None = None
    group: int | None = None
    branch: int | None = None
    unit: int | None = None


class Change(NamedTuple):
    """A portal before and after one step, and the items of each batch by its task's id."""

    before: Dump
    after: Dump
    batches: Mapping[str, list[Row]]

    def added(self, table: str) -> list[Row]:
        return self._only_in(self.after, self.before, table)

    def removed(self, table: str) -> list[Row]:
        return self._only_in(self.before, self.after, table)

    def changed(self, table: str) -> Iterator[tuple[Row, Row]]:
        """Give the rows that there were before and are still, both ways."""
        for key, old in self.before[table].items():
            if key in self.after[table]:
                yield old, self.after[table][key]

    def survive(self, **ids: int) -> bool:
        """Return whether all of these are still there: user=1, course=2."""
        return all(self.after.row(plural(name), id) is not None for name, id in ids.items())

    def was_restored(self, **ids: int) -> bool:
        """Return whether one of these came back from the archive: user=1, course=2."""
        return any(
            (row["kind"], row["entity_id"]) in ids.items() for row in self.removed("archive")
        )

    @staticmethod
    def _only_in(one: Dump, other: Dump, table: str) -> list[Row]:
        rows: dict[Key, Row] = one[table]
        return [row for key, row in rows.items() if key not in other[table]]


def plural(name: str) -> str:
    return f"{name}es" if name == "branch" else f"{name}s"


def told(change: Change) -> Counter[Event]:
    """Return the events that the step put on the timeline."""
    found: Counter[Event] = Counter()
    for row in change.added("events"):
        found[_of_row(row)] += row["occurrences"]
    for old, new in change.changed("events"):
        found[_of_row(new)] += new["occurrences"] - old["occurrences"]
    return +found


def _of_row(row: Row) -> Event:
    about = ("user", "course", "group", "branch", "unit")
    return Event(row["event_type"], *(row[f"{name}_id"] for name in about))


def expected(change: Change) -> Counter[Event]:
    """Return the events that the rows say must have been told."""
    return Counter(chain.from_iterable(rule(change) for rule in _RULES))


def _things(change: Change) -> Iterator[Event]:
    for name in ("user", "course", "group", "branch"):
        for row in change.added(plural(name)):
            id = {name: row["id"]}
            verb = "undelete" if change.was_restored(**id) else "create"
            yield _event(f"{name}_{verb}_{name}", **id)
        for row in change.removed(plural(name)):
            yield _event(f"{name}_delete_{name}", **{name: row["id"]})


def _memberships(change: Change) -> Iterator[Event]:
    for whole in ("group", "branch"):
        for part in ("user", "course"):
            table = f"{whole}_{part}s"
            for row in change.added(table):
                if not change.was_restored(**_ids(row, part)):
                    yield _event(f"{whole}_add_{part}", **_ids(row, whole, part))
            for row in change.removed(table):
                if change.survive(**_ids(row, whole, part)):
                    yield _event(f"{whole}_remove_{part}", **_ids(row, whole, part))


def _enrollments(change: Change) -> Iterator[Event]:
    for row in change.added("enrollments"):
        if not change.was_restored(**_ids(row, "user", "course")):
            yield _event("course_add_user", **_ids(row, "user", "course"))
    for row in change.removed("enrollments"):
        if change.survive(**_ids(row, "user", "course")):
            yield _event("course_remove_user", **_ids(row, "user", "course"))


def _outcomes(change: Change) -> Iterator[Event]:
    held = {(row["user_id"], row["course_id"]) for row in change.before.rows("certificates")}
    for old, new in change.changed("enrollments"):
        status, seat = new["completion_status"], _ids(new, "user", "course")
        if status == old["completion_status"]:
            continue
        if status == "failed":
            yield _event("course_failure", **seat)
        if status == "completed":
            yield _event("course_completion", **seat)
            course = change.after.row("courses", new["course_id"])
            if course is not None and course["certification"] is not None:
                renewed = (new["user_id"], new["course_id"]) in held
                verb = "refresh" if renewed else "issue"
                yield _event(f"certification_{verb}_certification", **seat)


def _certificates(change: Change) -> Iterator[Event]:
    for row in change.removed("certificates"):
        if change.survive(**_ids(row, "user", "course")):
            yield _event("certification_remove_certification", **_ids(row, "user", "course"))
    for old, new in change.changed("certificates"):
        if new["is_expired"] > old["is_expired"]:
            yield _event("certification_expire_certification", **_ids(new, "user", "course"))


def _rewards(change: Change) -> Iterator[Event]:
    for old, new in change.changed("users"):
        if new["level"] > old["level"]:
            yield _event("user_upgrade_level", user=new["id"])
    for row in change.added("user_badges"):
        if not change.was_restored(user=row["user_id"]):
            yield _event("user_unlock_badge", user=row["user_id"])


_COMPLETIONS = {
    "test": "unitprogress_test_completion",
    "survey": "unitprogress_survey_completion",
    "assignment": "unitprogress_assignment_graded",
    "ilt": "unitprogress_ilt_graded",
}
_FAILURES = {
    "test": "unitprogress_test_failed",
    "assignment": "unitprogress_assignment_graded",
    "ilt": "unitprogress_ilt_graded",
}


def _units(change: Change) -> Iterator[Event]:
    for key, row in change.after["unit_progress"].items():
        old = change.before["unit_progress"].get(key)
        was_done = old is not None and old["completion_status"] == "completed"
        if row["completion_status"] == "completed" and not was_done:
            seat = change.after.row("enrollments", row["enrollment_id"])
            assert seat is not None
            if change.was_restored(**_ids(seat, "user", "course")):
                continue
            yield from of_unit(change.before, seat, row["unit_id"], _COMPLETIONS)


def failed_unit(before: Dump, user_id: int, unit_id: int) -> Iterator[Event]:
    """Give the events of a unit that a user fails."""
    unit = before.row("units", unit_id)
    seat = unit and before.seats.get((user_id, unit["course_id"]))
    if seat:
        yield from of_unit(before, seat, unit_id, _FAILURES)


def of_unit(before: Dump, seat: Row, unit_id: int, types: dict[str, str]) -> Iterator[Event]:
    unit = before.row("units", unit_id)
    assert unit is not None
    about = {**_ids(seat, "user", "course"), "unit": unit_id}
    progress = before["unit_progress"].get((seat["id"], unit_id))
    handed_in = progress is not None and progress["submitted_on"] is not None
    if unit["type"] == "assignment" and not handed_in:
        yield _event("unitprogress_assignment_answered", **about)
    if unit["type"] in types:
        yield _event(types[unit["type"]], **about)


def _switched_branches(change: Change) -> Iterator[Event]:
    for old, new in change.changed("branches"):
        if old["active"] != new["active"]:
            yield _event("branch_update_branch", branch=new["id"])


def _batches(change: Change) -> Iterator[Event]:
    """Give the changes that a completed batch made to what there was, or had just made."""
    made = {name: {row["id"] for row in change.added(plural(name))} for name in ("user", "course")}
    for key, task in sorted(change.after["tasks"].items()):
        name = {"upsert_users": "user", "upsert_courses": "course"}.get(task["type"])
        was_over = change.before["tasks"].get(key, {}).get("status") == "completed"
        if name is None or was_over or task["status"] != "completed":
            continue
        refused = {error["index"] for error in json.loads(task["errors"])}
        for index, item in enumerate(change.batches[task["code"]]):
            id = _of_item(change.after, name, item)
            if index in refused or id is None:
                continue
            if id in made[name]:
                made[name].remove(id)
            else:
                yield _event(f"{name}_property_change", **{name: id})


def _of_item(after: Dump, name: str, item: Row) -> int | None:
    if "id" in item:
        return int(item["id"])
    field = {"user": "login", "course": "code"}[name]
    if field not in item:
        return None
    key = item[field].casefold()
    rows = after.rows(plural(name))
    return next((row["id"] for row in rows if row[f"{field}_key"] == key), None)


def _event(name: str, **about: int) -> Event:
    return Event(name, **about)


def _ids(row: Row, *names: str) -> dict[str, Any]:
    return {name: row[f"{name}_id"] for name in names}


_RULES: tuple[Callable[[Change], Iterator[Event]], ...] = (
    _things,
    _memberships,
    _enrollments,
    _outcomes,
    _certificates,
    _rewards,
    _units,
    _switched_branches,
    _batches,
)
