"""The stages of an import over the API: what is asked for, given what was read before."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from talentlms_mock.portal.state.clock import timestamp
from talentlms_mock.verify.importing import reads
from talentlms_mock.verify.importing.kept import Kept
from talentlms_mock.verify.importing.reads import Read


class Ask(NamedTuple):
    """Something to read, with all of its pages.

    Args:
        read: of the API.
        ids: in its path and query.
    """

    read: Read
    ids: tuple[int, ...] = ()

    def target(self, page: int = 1) -> str:
        """Return the path and query of a page."""
        return reads.address(self.read, self.ids, page)


@dataclass(frozen=True)
class Stage:
    """A part of an import.

    Args:
        name: by which it can be left out.
        asks: yields what is asked for; what was read comes in between.
        may_be_left_out: whether the rest makes sense without it.
    """

    name: str
    asks: Callable[[Kept], Iterator[Ask]]
    may_be_left_out: bool = True


def _settings(kept: Kept) -> Iterator[Ask]:
    for read in (reads.STATISTICS, reads.USER_FIELDS, reads.COURSE_FIELDS):
        yield Ask(read)


def _list_and_each(listed: Read, *each: Read) -> Callable[[Kept], Iterator[Ask]]:
    def asks(kept: Kept) -> Iterator[Ask]:
        yield Ask(listed)
        for id in kept.own_ids(listed):
            for read in each:
                yield Ask(read, (id,))

    return asks


def _categories(kept: Kept) -> Iterator[Ask]:
    yield Ask(reads.CATEGORIES)
    for id in category_ids([row for _, _, row in kept.rows(reads.CATEGORIES)]):
        yield Ask(reads.CATEGORY, (id,))


def category_ids(tree: list[Any] | None) -> Iterator[int]:
    """Yield the ids of categories and of those in them."""
    for row in tree or ():
        if row.get("id") is not None:
            yield row["id"]
        yield from category_ids(row.get("children"))


def _members(kept: Kept) -> Iterator[Ask]:
    for listed, users, of_user in (
        (reads.GROUPS, reads.GROUP_USERS, reads.USER_GROUPS),
        (reads.BRANCHES, reads.BRANCH_USERS, reads.USER_BRANCHES),
    ):
        yield from _from_one_side(kept, listed, users, of_user)


def _enrollments(kept: Kept) -> Iterator[Ask]:
    yield from _from_one_side(kept, reads.COURSES, reads.COURSE_USERS, reads.USER_COURSES)


def _from_one_side(kept: Kept, listed: Read, users: Read, of_user: Read) -> Iterator[Ask]:
    """Ask for the users of each thing; where a portal does not give them, for the things of users,
    which takes more requests.
    """
    for id in kept.own_ids(listed):
        yield Ask(users, (id,))
    if kept.is_refused(users):
        for id in kept.own_ids(reads.USERS):
            yield Ask(of_user, (id,))


def _rewards(kept: Kept) -> Iterator[Ask]:
    users = list(kept.rows(reads.USERS))
    since = _a_day_before(max((user.get("last_login") or "" for _, _, user in users), default=""))
    for _, id, user in users:
        yield Ask(reads.CERTIFICATES, (id,))
        yield Ask(reads.GAMIFICATION, (id,))
        if (user.get("last_login") or "") >= since:
            yield Ask(reads.ONLINE, (id,))


def _a_day_before(moment: str) -> str:
    """Return the moment before which nobody signed in who may be online still."""
    return timestamp(datetime.fromisoformat(moment) - timedelta(days=1)) if moment else "9999"


def _timeline(kept: Kept) -> Iterator[Ask]:
    yield Ask(reads.TIMELINE)


def _progress(kept: Kept) -> Iterator[Ask]:
    for course, user in begun(kept):
        yield Ask(reads.COURSE_PROGRESS, (course, user))


def enrollments(kept: Kept) -> Iterator[tuple[int, int, Any]]:
    """Yield the course and user of each enrollment, and what was read of it."""
    for (course,), user, row in kept.rows(reads.COURSE_USERS):
        yield course, user, row
    for (user,), _, found in kept.rows(reads.USER_COURSES):
        for row in found.get("courses") or ():
            if row.get("id") is not None:
                yield row["id"], user, row


def begun(kept: Kept) -> Iterator[tuple[int, int]]:
    """Yield the course and user of each enrollment in which something was done."""
    for course, user, row in enrollments(kept):
        if row.get("completion_status") != "not_attempted" or row.get("total_time"):
            yield course, user


def _units(kept: Kept) -> Iterator[Ask]:
    units = known_units(kept)
    for unit in sorted(units):
        yield Ask(reads.SESSIONS, (unit,))
    with_sessions = {ids[0] for ids, _, _ in kept.rows(reads.SESSIONS)}
    at_work, enrolled = _by_course(begun(kept)), _by_course(one[:2] for one in enrollments(kept))
    for unit, course in sorted(units.items()):
        # Who has done nothing may have booked a session.
        for user in (enrolled if unit in with_sessions else at_work).get(course, ()):
            yield Ask(reads.UNIT_PROGRESS, (unit, user))
    yield from _results(kept, units)


def _by_course(pairs: Iterable[tuple[int, int]]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for course, user in pairs:
        found.setdefault(course, []).append(user)
    return found


def _results(kept: Kept, units: dict[int, int]) -> Iterator[Ask]:
    """Ask for the answers to each unit that may be a test or a survey."""
    attempts: dict[int, list[int]] = {}
    for (unit, user), _, row in kept.rows(reads.UNIT_PROGRESS):
        if row.get("status") not in (None, "not_attempted"):
            attempts.setdefault(unit, []).append(user)
    for unit in sorted(units):
        for user in attempts.get(unit, ()):
            if not kept.fact(no_answers(unit)):  # the first response says what kind of unit it is
                yield Ask(reads.RESULTS, (unit, user))


def no_answers(unit: int) -> str:
    """Return the name of the fact that a unit is no test and no survey."""
    return f"no answers {unit}"


def awaits_answers(unit: int) -> str:
    """Return the name of the fact that a unit is a test or a survey, with or without answers."""
    return f"awaits answers {unit}"


def known_units(kept: Kept) -> dict[int, int]:
    """Return the course of each unit that is named anywhere, by the id of the unit."""
    found: dict[int, int] = {}
    for (course,), _, row in kept.rows(reads.COURSE):
        rules = row.get("rules") or {}
        for name, ids in (("completion", "complete_units"), ("score_calculation", "score_units")):
            for rule in rules.get(name) or ():
                found |= dict.fromkeys(rule.get(ids) or (), course)
    for (course, _), _, row in kept.rows(reads.COURSE_PROGRESS):
        unit = (row.get("progress") or {}).get("last_viewed_unit_id")
        if unit is not None:
            found[unit] = course
    courses = {*kept.own_ids(reads.COURSES), *(ids[0] for ids, _, _ in kept.rows(reads.COURSE))}
    for _, _, row in kept.rows(reads.TIMELINE):
        extra = row.get("extra") or {}
        unit, of_course = extra.get("unit") or {}, extra.get("course") or {}
        if unit.get("id") is not None and of_course.get("id") in courses:
            found.setdefault(unit["id"], of_course["id"])
    return found


STAGES = (
    Stage("settings", _settings, may_be_left_out=False),
    Stage("categories", _categories),
    Stage("branches", _list_and_each(reads.BRANCHES, reads.BRANCH)),
    Stage("groups", _list_and_each(reads.GROUPS, reads.GROUP, reads.GROUP_COURSES)),
    Stage("courses", _list_and_each(reads.COURSES, reads.COURSE), may_be_left_out=False),
    Stage(
        "learning-paths",
        _list_and_each(reads.PATHS, reads.PATH),
    ),
    Stage("users", _list_and_each(reads.USERS, reads.USER), may_be_left_out=False),
    Stage("members", _members),
    Stage("enrollments", _enrollments),
    Stage("rewards", _rewards),
    Stage("timeline", _timeline),
    Stage("progress", _progress),
    Stage("units", _units),
)
"""Every stage, in the order in which later ones use what earlier ones have found."""

OPTIONAL = tuple(stage.name for stage in STAGES if stage.may_be_left_out)
"""The names of the stages that may be left out."""
