"""The users of a seeded portal, one after the other."""

from bisect import bisect
from collections.abc import Iterator, Sequence
from itertools import accumulate
from random import Random
from string import ascii_lowercase, digits
from typing import TypeVar

from talentlms_mock.portal.rules.addresses import KEY_LENGTH
from talentlms_mock.portal.rules.field_types import MAX_STRING
from talentlms_mock.portal.rules.passwords import PASSWORD_HASH
from talentlms_mock.portal.rules.rewards import level
from talentlms_mock.portal.seed.archiving import Archived
from talentlms_mock.portal.seed.content import in_html, picture
from talentlms_mock.portal.seed.definition import Definition
from talentlms_mock.portal.seed.histories import Histories, UserHistory
from talentlms_mock.portal.seed.hours import Hours
from talentlms_mock.portal.seed.names import Names, draw
from talentlms_mock.portal.seed.parts import USER_TYPES, CustomField, Person
from talentlms_mock.portal.seed.plans import Catalogue, CoursePlan, GroupPlan
from talentlms_mock.portal.seed.rows import DAY, Calendar, Columns, Rows, all_columns, seconds
from talentlms_mock.portal.seed.timeline import Timeline, UserNames
from talentlms_mock.portal.store import models
from talentlms_mock.portal.store.row_types import BranchUserRow, GroupUserRow, UserRow

HOUR = 3_600
"""A user who signed in during the last hour is online."""

_Item = TypeVar("_Item")
_Identity = tuple[str, str, str, str]  # name, surname, login, email
_KEY_LETTERS = ascii_lowercase + digits
_HOSTS = ("example.com", "example.org", "example.net")
_TYPE_IDS = {name: id for id, name in enumerate(USER_TYPES, 1)}
_LEARNER = _TYPE_IDS["Learner-Type"]
_STAFF = (_TYPE_IDS["Trainer-Type"], _TYPE_IDS["Learner-Instructor"])
_INSTRUCTORS = (*_STAFF, _TYPE_IDS["Admin-Type"])
_COURSES_A_USER = (0, 0, 1, 1, 1, 2)
"""How many courses a user is in besides those of its groups and paths; each as likely."""

_PAGE_KEY = Columns(
    models.page_keys, ("id", "key", "kind", "user_id", "target", "created_at", "used_at")
)
_FIELD_VALUE = Columns(models.user_field_values, ("owner_id", "field_id", "value"))

_RECENT = 5
"""The higher, the later the users signed in last: half of them in the last month or so."""

_FIRST_ARCHIVED = 1 << 31
"""Archived people are drawn by numbers that no user has, however many there are."""

_BUSY_USERS = 10_000
_QUIET = 0.25
"""Beyond the first ten thousand, users do this much of what the others do.

A portal with so many users is for tests of long lists. A history takes longer to write than the
user itself.
"""


class People:
    """Adds users, ids counting up from 1; row `n` depends on the seed and `n` alone."""

    def __init__(
        self,
        definition: Definition,
        catalogue: Catalogue,
        rows: Rows,
        calendar: Calendar,
        timeline: Timeline,
        seed: int,
    ) -> None:
        self._definition = definition
        self._catalogue = catalogue
        self._calendar = calendar
        self._timeline = timeline
        self._seed = seed
        self._random = Random()  # noqa: S311  # test data, no secret
        self._draw = self._random.random
        self._histories = Histories(rows, calendar, self._random)
        self._page_keys = rows.of(_PAGE_KEY)
        self._page_key_id = 0
        self._users = rows.of(all_columns(UserRow))
        self._values = rows.of(_FIELD_VALUE)
        self._branch_users = rows.of(all_columns(BranchUserRow))
        self._group_users = rows.of(all_columns(GroupUserRow))
        self._names: list[Names] = draw(definition.languages, seed)
        self._speakers = list(accumulate(language.weight for language in definition.languages))
        self._popularity = list(accumulate(course.popularity for course in catalogue.courses))
        self._logins = {person.login.casefold() for person in definition.people}
        self._logins |= {person.email.casefold().partition("@")[0] for person in definition.people}
        self._people = definition.visible_people()
        self._hours: dict[str, Hours] = {}
        self._courses_by_name = {course.name: course for course in reversed(catalogue.courses)}
        self._pictures = [picture(f"avatars/{number}") for number in range(1, 65)]

    def add(self, id: int) -> None:
        """Add the rows of user `id` and of its history."""
        self._add(id, self._people[id - 1] if id <= len(self._people) else None, id)

    def add_archived(self, first_id: int) -> Iterator[Archived]:
        """Add the people who are in the archive, ids counting up from `first_id`."""
        people = self._definition.archived_people()
        for number, person in enumerate(people):
            id = first_id + number
            self._add(id, person, _FIRST_ARCHIVED + number)
            moment = seconds(person.archived_in_days or 0)
            yield Archived("user", id, f"{person.name} {person.surname}", moment)

    def _add(self, id: int, person: Person | None, number: int) -> None:
        """Add a user, of which the seed and `number` alone decide what is drawn."""
        self._random.seed((self._seed << 32) + number)
        language = bisect(self._speakers, self._draw() * self._speakers[-1])
        timezone, locale = self._place(person, language)
        names = self._names[language]
        identity = _identity(person) if person is not None else self._stranger(id, names)
        history, status, deactivation = self._history(id, identity, person, timezone)
        type_id = self._type(person)
        bare = self._draw() < self._definition.null_share if person is None else person.bare
        points = self._acts(history, person, bare, instructor=type_id in _INSTRUCTORS)
        online_since = self._online_since(history) if status == "active" else None
        # The order of the calls that draw decides what is drawn.
        description, description_text, avatar = self._extras(person, names, bare)
        last_updated = None if bare else self._updated(history)
        integration, integration_user_id = self._integration(id, bare)
        name, surname, login, email = identity
        login_key, email_key = login.casefold(), email.casefold()
        text, maybe = self._calendar.text, self._calendar.maybe
        self._users.append(
            UserRow(
                id=id,
                login=login,
                login_key=login_key,
                name=name,
                surname=surname,
                email=email,
                email_key=email_key,
                search_key=f"{name.casefold()}\n{surname.casefold()}\n{login_key}\n{email_key}",
                password_hash=PASSWORD_HASH,
                description=description,
                description_text=description_text,
                avatar=avatar,
                timezone=timezone,
                locale=locale,
                user_type_id=type_id,
                status=status,
                credits=None if bare else float(int(self._draw() ** 3 * 200)),
                email_notifications=self._draw() < 0.8,
                deactivation_date=maybe(deactivation),
                registration=text(history.registered),
                last_login=maybe(history.last_login),
                last_updated=maybe(last_updated),
                integration=integration,
                integration_user_id=integration_user_id,
                points=points,
                level=level(points),
                session_started_at=online_since,
            )
        )

    def _acts(
        self, history: UserHistory, person: Person | None, bare: bool, *, instructor: bool
    ) -> int:
        """Add what the user did, with the events, and return its points."""
        self._registration(history)
        self._field_values(history, bare, self._branches(history))
        self._taken(history, person)
        self._memberships(history)
        self._courses(history, instructor=instructor)
        if person is not None and person.archived_in_days is not None:
            history.events.append((history.ends, "user_delete_user", None, None, None))
        points = self._histories.reward(history, self._catalogue.badges)
        names = UserNames(history.id, history.name, history.surname, history.login)
        self._timeline.add(names, history.events)
        return points

    def _online_since(self, history: UserHistory) -> str | None:
        """Return when an active user signed in, if it is online, and add the key it used."""
        if history.last_login is None or history.last_login <= -HOUR:
            return None
        at = self._calendar.text(history.last_login)
        self._page_key_id += 1
        self._page_keys.append(
            (
                self._page_key_id,
                "".join(self._random.choices(_KEY_LETTERS, k=KEY_LENGTH)),
                "autologin",
                history.id,
                '{"branch_id":null}',
                at,
                at,
            )
        )
        return at

    def _stranger(self, id: int, names: Names) -> _Identity:
        """Return the name, surname, login and email of a user drawn by chance."""
        name, first = self._one(names.first)
        surname, last = self._one(names.last)
        login = ".".join(filter(None, (first, last))) or f"user{id}"
        host = self._one(_HOSTS)
        while login in self._logins:
            login = f"{login}{id}"
        self._logins.add(login)
        return name[:MAX_STRING], surname[:MAX_STRING], login, f"{login}@{host}"

    def _history(
        self, id: int, identity: _Identity, person: Person | None, timezone: str
    ) -> tuple[UserHistory, str, int | None]:
        """Return the user's history without events, its status, and its date of deactivation."""
        hours = self._hours.get(timezone)
        if hours is None:
            hours = self._hours[timezone] = Hours(timezone)
        oldest = -self._definition.age_in_days * DAY
        registered = hours.at(self._registered(person, oldest), oldest, -DAY // 2)
        status, deactivation = self._status(registered, person)
        ends = min(0, deactivation or 0) if status == "inactive" else 0
        if person is not None and person.archived_in_days is not None:
            ends = seconds(person.archived_in_days)
        chance, span = self._draw(), ends - registered - 1
        never = chance < 0.08 if person is None else person.never_logged_in or person.bare
        last_login: int | None = None
        if person is not None and person.last_login_in_days is not None:
            last_login = seconds(person.last_login_in_days) - int(self._draw() * HOUR)
            last_login = hours.at(max(last_login, registered + 1), registered + 1, ends - 1)
        elif status == "active" and not never and chance > 0.96 and ends == 0:
            last_login = -1 - int(self._draw() * (HOUR - 1))
        elif not never and span > 0:
            last_login = ends - 1 - int(span * self._draw() ** _RECENT)
            last_login = hours.at(last_login, registered + 1, ends - 1)
        activity = 1.0 if id <= _BUSY_USERS else _QUIET
        name, surname, login, _ = identity
        history = UserHistory(
            id, name, surname, login, registered, last_login, ends, activity, hours
        )
        return history, status, deactivation

    def _registered(self, person: Person | None, oldest: int) -> int:
        drawn = -DAY + int((oldest + DAY) * self._draw())
        if person is None or person.registered_in_days is None:
            return drawn
        return max(oldest, seconds(person.registered_in_days) - int(self._draw() * HOUR))

    def _status(self, registered: int, person: Person | None) -> tuple[str, int | None]:
        chance, when = self._draw(), self._draw()
        if person is not None:
            days = person.deactivates_in_days
            return person.status, None if days is None else seconds(days)
        if chance < 0.03:  # the day after which it was inactive
            return "inactive", -(int(when * -registered) // DAY) * DAY
        if chance < 0.06:
            return "inactive", None
        return "active", (1 + int(when * 180)) * DAY if chance < 0.1 else None

    def _type(self, person: Person | None) -> int:
        chance = self._draw()
        if person is not None:
            return _TYPE_IDS[person.user_type]
        return self._one(_STAFF) if chance < 0.02 else _LEARNER

    def _registration(self, history: UserHistory) -> None:
        alone = self._draw() < 0.15
        name = "user_self_register" if alone and history.id > 1 else "user_create_user"
        history.events.append((history.registered, name, None, None, None))
        if history.last_login is not None:
            history.events.append((history.last_login, "user_login_user", None, None, None))

    def _extras(
        self, person: Person | None, names: Names, bare: bool
    ) -> tuple[str | None, str | None, str | None]:
        """Return the description, its text, and the avatar."""
        chance, avatar = self._draw(), self._one(self._pictures)
        text = self._one(names.descriptions) if chance < 0.3 else None
        if person is not None:
            text = text if person.description is None else person.description or None
        if bare:
            return None, None, None
        return in_html(text), text, avatar if self._draw() < 0.6 else None

    def _place(self, person: Person | None, language: int) -> tuple[str, str]:
        """Return the time zone and the locale."""
        spoken = self._definition.languages[language]
        timezone = self._one(spoken.timezones)
        if person is None:
            return timezone, spoken.locale
        site = self._definition
        return person.timezone or site.default_timezone, person.locale or site.default_locale

    def _updated(self, history: UserHistory) -> int:
        changed = self._draw() < 0.3
        moment = self._between(history, history.registered, history.ends)
        return moment if changed else history.registered

    def _integration(self, id: int, bare: bool) -> tuple[str | None, str | None]:
        names = self._definition.integrations
        if self._draw() > 0.15 or bare or not names:
            return None, None
        return self._one(names), f"{100_000 + id}"

    def _field_values(self, history: UserHistory, bare: bool, branches: list[str]) -> None:
        for id, field in enumerate(self._definition.user_fields, 1):
            has_value = self._draw() < field.share * history.activity and not bare
            if (has_value or field.mandatory) and _has_field(field, branches):
                self._values.append((history.id, id, self._field_value(history.id, field)))

    def _field_value(self, user_id: int, field: CustomField) -> str:
        if field.type == "checkbox":
            return "on" if self._draw() < 0.5 else "off"
        if field.type == "date":
            return self._calendar.day(-int(self._draw() * 3650))
        return self._one(field.values or ["{n}"]).replace("{n}", str(user_id))

    def _branches(self, history: UserHistory) -> list[str]:
        """Add the user to branches, and return their names."""
        names = []
        for branch in self._catalogue.branches:
            moment = self._joins(history, branch)
            if moment is not None:
                names.append(branch.name)
                branch.room -= 1
                branch.counted += self._draw() < branch.joined_by
                self._branch_users.append(BranchUserRow(branch.id, history.id))
                place = (branch.id, branch.name)
                history.events.append((moment, "branch_add_user", place, None, None))
        return names

    def _taken(self, history: UserHistory, person: Person | None) -> None:
        """Let one of the people do the courses that the dataset names."""
        for taken in () if person is None else person.courses:
            course = self._courses_by_name[taken.course]
            ends = seconds(taken.ends_in_days) - int(self._draw() * HOUR)
            self._histories.take(history, course, ends, waits=taken.awaits_grade)

    def _memberships(self, history: UserHistory) -> None:
        """Add the user to groups and learning paths, as far as there is room."""
        for group in self._catalogue.groups:
            moment = self._joins(history, group)
            if moment is None:
                continue
            courses = group.courses
            if history.login in group.members:
                courses = [each for each in courses if self._may_join(history, moment, each)]
            if self._histories.may_join(history, moment, courses):
                group.room -= 1
                group.counted += self._draw() < group.joined_by
                self._group_users.append(GroupUserRow(group.id, history.id))
                place = (group.id, group.name)
                history.events.append((moment, "group_add_user", place, None, None))
                self._histories.join(history, moment, courses)
        for path in self._catalogue.paths:
            moment = self._joins(history, path)
            if moment is not None and self._histories.may_join(history, moment, path.courses):
                self._histories.follow(history, moment, path)

    def _may_join(self, history: UserHistory, moment: int, course: CoursePlan) -> bool:
        return self._histories.may_join(history, moment, [course])

    def _joins(self, history: UserHistory, group: GroupPlan) -> int | None:
        """Return when the user joins the group; None when it does not."""
        is_drawn = self._draw() < group.share * history.activity and group.room >= 1
        if not is_drawn and history.login not in group.members:
            return None
        return self._between(history, history.registered, history.ends)

    def _courses(self, history: UserHistory, *, instructor: bool) -> None:
        """Enroll the user in some courses; an instructor teaches half of them."""
        courses = self._catalogue.courses
        if not courses or self._draw() >= history.activity:
            return
        for _ in range(self._one(_COURSES_A_USER)):
            course = courses[bisect(self._popularity, self._draw() * self._popularity[-1])]
            first, last = max(history.registered, course.opens), min(history.ends, course.closes)
            moment = self._between(history, first, first + int((last - first) * 0.7))
            teaches = instructor and self._draw() < 0.5
            if self._histories.may_join(history, moment, [course]):
                self._histories.join(history, moment, [course], instructor=teaches)

    def _between(self, history: UserHistory, first: int, last: int) -> int:
        moment = first + int(self._draw() * max(0, last - first))
        return history.hours.at(moment, first, last - 1)

    def _one(self, items: Sequence[_Item]) -> _Item:
        return items[int(self._draw() * len(items))]


def _has_field(field: CustomField, branches: list[str]) -> bool:
    """Return whether a user in these branches has the field."""
    if not field.selective_availability:
        return True
    if not branches:
        return field.main_domain_availability
    return not field.branches or not set(branches).isdisjoint(field.branches)


def _identity(person: Person) -> _Identity:
    return person.name, person.surname, person.login, person.email
