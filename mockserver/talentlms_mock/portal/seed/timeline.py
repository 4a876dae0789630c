"""The timeline of a seeded portal: events in any order, numbered in the order of time at the end.

An event is kept as when it happened, what it says, and whom it is about, until all are known: its
numbers count in the order of time, over all events and within its type.
"""

from itertools import chain
from typing import NamedTuple

from sqlalchemy import Connection

from talentlms_mock.portal.seed.plans import CoursePlan, UnitPlan
from talentlms_mock.portal.seed.rows import Calendar, Columns, Row, Rows
from talentlms_mock.portal.store import events, models

_AT_ONCE = 5_000
"""Events that are written together."""

_USER = "\0"
"""Stands for the user's name in a message."""

_EVENT = ("id", "event_type", "type_number", "created_at", "occurrences", "message")
_USER_COLUMNS = ("user_id", "user_name", "user_surname", "user_login")
_SUBJECT_COLUMNS = {
    "course": ("course_id", "course_name", "course_code"),
    "group": ("group_id", "group_name"),
    "branch": ("branch_id", "branch_name"),
    "unit": ("unit_id", "unit_name"),
}
_EVENTS: dict[tuple[str, ...], Columns] = {
    (*user, *subjects): Columns(
        models.events,
        (
            *_EVENT,
            *(_USER_COLUMNS if user else ()),
            *(name for each in subjects for name in _SUBJECT_COLUMNS[each]),
        ),
    )
    for user in ((), ("user",))
    for subjects in ((), ("course",), ("group",), ("branch",), ("course", "unit"))
}
"""The columns of an event, by what it is about."""


class UserNames(NamedTuple):
    """The user an event is about."""

    id: int
    name: str
    surname: str
    login: str


class _Template(NamedTuple):
    """What is the same for every user of an event."""

    event_type: str
    before: str  # the message before the user's name
    after: str
    about: Row  # the last columns
    rows: list[Row]


HistoryEvent = tuple[int, str, tuple[int, str] | None, CoursePlan | None, UnitPlan | None]
"""When, the event type, the group or branch (id and name), the course and the unit."""


class Timeline:
    """Collects the events of a portal."""

    def __init__(self, calendar: Calendar) -> None:
        self._calendar = calendar
        self._rows = Rows()
        self._templates: dict[tuple[object, ...], _Template] = {}
        # One list a column: a tuple an event would keep the garbage collector busy.
        self._moments: list[int] = []
        self._kinds: list[_Template] = []
        self._users: list[UserNames | None] = []

    def add(self, user: UserNames | None, happened: list[HistoryEvent]) -> None:
        """Add events of a user, or of none; those of one moment stay in this order."""
        templates = self._templates
        for moment, name, place, course, unit in happened:
            key = (name, place, course and course.id, unit and unit.id)
            template = templates.get(key)
            if template is None:
                template = templates[key] = self._template(user, name, place, course, unit)
            self._moments.append(moment)
            self._kinds.append(template)
            self._users.append(user)

    def write(self, connection: Connection) -> None:
        """Number the events in the order of time, and insert them."""
        text, counts = self._calendar.text, dict.fromkeys(events.EVENT_TYPES, 0)
        order = sorted(range(len(self._moments)), key=self._moments.__getitem__)
        for first in range(0, len(order), _AT_ONCE):
            for id, at in enumerate(order[first : first + _AT_ONCE], first + 1):
                event_type, before, after, about, rows = self._kinds[at]
                counts[event_type] = number = counts[event_type] + 1
                user = self._users[at]
                created_at = text(self._moments[at])
                if user is None:
                    rows.append((id, event_type, number, created_at, 1, before, *about))
                else:
                    message = f"{before}{user[1]} {user[2]}{after}"
                    event = (id, event_type, number, created_at, 1, message)
                    rows.append(event + user + about)
            self._rows.write(connection)

    def _template(
        self,
        user: UserNames | None,
        name: str,
        place: tuple[int, str] | None,
        course: CoursePlan | None,
        unit: UnitPlan | None,
    ) -> _Template:
        subjects: dict[str, Row] = {}
        if course is not None:
            subjects["course"] = (course.id, course.name, course.code)
        if place is not None:
            subjects[name.partition("_")[0]] = place  # group_add_user
        if unit is not None:
            subjects["unit"] = (unit.id, unit.name)
        names = {subject: str(columns[1]) for subject, columns in subjects.items()}
        message = events.message(name, user=_USER, **names)
        before, _, after = message.partition(_USER)
        about = tuple(chain.from_iterable(subjects.values()))
        columns = _EVENTS[(*(() if user is None else ("user",)), *subjects)]
        return _Template(name, before, after, about, self._rows.of(columns))
