"""The users of a seeded portal, one after the other."""

from bisect import bisect
from collections.abc import Sequence
from itertools import accumulate
from random import Random
from typing import NamedTuple, TypeVar

from talentlms_mock.portal.rules.field_types import MAX_STRING
from talentlms_mock.portal.rules.passwords import PASSWORD_HASH
from talentlms_mock.portal.rules.rewards import level
from talentlms_mock.portal.seed.content import in_html, picture
from talentlms_mock.portal.seed.definition import USER_TYPES, CustomField, Definition, Person
from talentlms_mock.portal.seed.histories import Histories, UserHistory
from talentlms_mock.portal.seed.names import Names, draw
from talentlms_mock.portal.seed.plans import Catalogue, GroupPlan
from talentlms_mock.portal.seed.rows import DAY, Calendar, Columns, Rows, all_columns, seconds
from talentlms_mock.portal.store import models
from talentlms_mock.portal.store.row_types import BranchUserRow, GroupUserRow, UserRow

HOUR = 3_600
"""A user who signed in during the last hour is online."""

_Item = TypeVar("_Item")
_Identity = tuple[str, str, str, str]  # name, surname, login, email
_HOSTS = ("example.com", "example.org", "example.net")
_TYPE_IDS = {name: id for id, name in enumerate(USER_TYPES, 1)}
_LEARNER = _TYPE_IDS["Learner-Type"]
_STAFF = (_TYPE_IDS["Trainer-Type"], _TYPE_IDS["Learner-Instructor"])
_INSTRUCTORS = (*_STAFF, _TYPE_IDS["Admin-Type"])
_COURSES_A_USER = (0, 0, 1, 1, 1, 2)
"""How many courses a user is in besides those of its groups and paths; each as likely."""

_FIELD_VALUE = Columns(models.user_field_values, ("owner_id", "field_id", "value"))

_BUSY_USERS = 10_000
_QUIET = 0.25
"""Beyond the first ten thousand, users do this much of what the others do.

A portal with so many users is for tests of long lists. A history takes longer to write than the
user itself.
"""


class _Profile(NamedTuple):
    description: str | None
    description_text: str | None
    avatar: str | None
    timezone: str
    locale: str
    credits: float | None
    email_notifications: bool
    last_updated: int | None
    integration: str | None
    integration_user_id: str | None


class _Account(NamedTuple):
    type_id: int
    status: str
    deactivation: int | None
    online: bool
    points: int


class People:
    """Adds users, ids counting up from 1; row `n` depends on the seed and `n` alone."""

    def __init__(
        self,
        definition: Definition,
        catalogue: Catalogue,
        rows: Rows,
        calendar: Calendar,
        seed: int,
    ) -> None:
        self._definition = definition
        self._catalogue = catalogue
        self._calendar = calendar
        self._seed = seed
        self._random = Random()  # noqa: S311  # test data, no secret
        self._draw = self._random.random
        self._histories = Histories(rows, calendar, self._random)
        self._users = rows.of(all_columns(UserRow))
        self._values = rows.of(_FIELD_VALUE)
        self._branch_users = rows.of(all_columns(BranchUserRow))
        self._group_users = rows.of(all_columns(GroupUserRow))
        self._names: list[Names] = draw(definition.languages, seed)
        self._speakers = list(accumulate(language.weight for language in definition.languages))
        self._popularity = list(accumulate(course.popularity for course in catalogue.courses))
        self._logins = {person.login.casefold() for person in definition.people}
        self._logins |= {person.email.casefold().partition("@")[0] for person in definition.people}
        self._pictures = [picture(f"avatars/{number}") for number in range(1, 65)]

    def add(self, id: int) -> None:
        """Add the rows of user `id` and of its history."""
        self._random.seed((self._seed << 32) + id)
        people = self._definition.people
        person = people[id - 1] if id <= len(people) else None
        language = bisect(self._speakers, self._draw() * self._speakers[-1])
        identity = (
            self._stranger(id, self._names[language]) if person is None else _identity(person)
        )
        history, status, deactivation = self._history(id, identity, person)
        type_id = self._type(person)
        bare = self._draw() < self._definition.null_share if person is None else person.bare
        online = (
            status == "active" and history.last_login is not None and history.last_login > -HOUR
        )
        self._registration(history)
        self._field_values(history, bare)
        self._memberships(history)
        self._courses(history, instructor=type_id in _INSTRUCTORS)
        points = self._histories.reward(history, self._catalogue.badges)
        self._histories.write_events(history)
        # The order of the calls that draw decides what is drawn.
        profile = self._profile(history, person, language, bare)
        account = _Account(type_id, status, deactivation, online, points)
        self._users.append(self._row(history, identity, account, profile))

    def _profile(
        self, history: UserHistory, person: Person | None, language: int, bare: bool
    ) -> _Profile:
        """Draw what a user says of itself, and its settings."""
        description, text, avatar = self._extras(person, self._names[language], bare)
        timezone, locale = self._place(person, language)
        return _Profile(
            description,
            text,
            avatar,
            timezone,
            locale,
            None if bare else float(int(self._draw() ** 3 * 200)),
            self._draw() < 0.8,
            None if bare else self._updated(history),
            *self._integration(history.id, bare),
        )

    def _row(
        self, history: UserHistory, identity: _Identity, account: _Account, profile: _Profile
    ) -> UserRow:
        name, surname, login, email = identity
        login_key, email_key = login.casefold(), email.casefold()
        text, maybe = self._calendar.text, self._calendar.maybe
        return UserRow(
            id=history.id,
            login=login,
            login_key=login_key,
            name=name,
            surname=surname,
            email=email,
            email_key=email_key,
            search_key=f"{name.casefold()}\n{surname.casefold()}\n{login_key}\n{email_key}",
            password_hash=PASSWORD_HASH,
            description=profile.description,
            description_text=profile.description_text,
            avatar=profile.avatar,
            timezone=profile.timezone,
            locale=profile.locale,
            user_type_id=account.type_id,
            status=account.status,
            credits=profile.credits,
            email_notifications=profile.email_notifications,
            deactivation_date=maybe(account.deactivation),
            registration=text(history.registered),
            last_login=maybe(history.last_login),
            last_updated=maybe(profile.last_updated),
            integration=profile.integration,
            integration_user_id=profile.integration_user_id,
            points=account.points,
            level=level(account.points),
            session_started_at=maybe(history.last_login) if account.online else None,
        )

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
        self, id: int, identity: _Identity, person: Person | None
    ) -> tuple[UserHistory, str, int | None]:
        """Return the user's history without events, its status, and its date of deactivation."""
        registered = self._registered(person)
        status, deactivation = self._status(registered, person)
        ends = min(0, deactivation or 0) if status == "inactive" else 0
        chance, span = self._draw(), ends - registered - 1
        never = chance < 0.08 if person is None else person.never_logged_in or person.bare
        last_login: int | None = None
        if status == "active" and not never and chance > 0.96:
            last_login = -1 - int(self._draw() * (HOUR - 1))
        elif not never and span > 0:
            last_login = ends - 1 - int(span * self._draw() ** 3)
        activity = 1.0 if id <= _BUSY_USERS else _QUIET
        name, surname, login, _ = identity
        history = UserHistory(id, name, surname, login, registered, last_login, ends, activity)
        return history, status, deactivation

    def _registered(self, person: Person | None) -> int:
        oldest = -self._definition.age_in_days * DAY
        drawn = -DAY + int((oldest + DAY) * self._draw())
        if person is None or person.registered_in_days is None:
            return drawn
        return max(oldest, seconds(person.registered_in_days))

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
        text = self._one(names.sentences) if chance < 0.3 else None
        if person is not None:
            text = person.description or text
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
        moment = self._between(history.registered, history.ends)
        return moment if changed else history.registered

    def _integration(self, id: int, bare: bool) -> tuple[str | None, str | None]:
        names = self._definition.integrations
        if self._draw() > 0.15 or bare or not names:
            return None, None
        return self._one(names), f"{100_000 + id}"

    def _field_values(self, history: UserHistory, bare: bool) -> None:
        for id, field in enumerate(self._definition.user_fields, 1):
            has_value = self._draw() < field.share * history.activity and not bare
            if has_value or field.mandatory:
                self._values.append((history.id, id, self._field_value(history.id, field)))

    def _field_value(self, user_id: int, field: CustomField) -> str:
        if field.type == "checkbox":
            return "on" if self._draw() < 0.5 else "off"
        if field.type == "date":
            return self._calendar.day(-int(self._draw() * 3650))
        return self._one(field.values or ["{n}"]).replace("{n}", str(user_id))

    def _memberships(self, history: UserHistory) -> None:
        """Add the user to branches, groups and learning paths, as far as there is room."""
        for branch in self._catalogue.branches:
            moment = self._joins(history, branch)
            if moment is not None:
                self._branch_users.append(BranchUserRow(branch.id, history.id))
                place = (branch.id, branch.name)
                history.events.append((moment, "branch_add_user", place, None, None))
        for group in self._catalogue.groups:
            moment = self._joins(history, group)
            if moment is not None and self._histories.may_join(history, moment, group.courses):
                group.room -= 1
                self._group_users.append(GroupUserRow(group.id, history.id))
                place = (group.id, group.name)
                history.events.append((moment, "group_add_user", place, None, None))
                self._histories.join(history, moment, group.courses)
        for path in self._catalogue.paths:
            moment = self._joins(history, path)
            if moment is not None and self._histories.may_join(history, moment, path.courses):
                self._histories.follow(history, moment, path)

    def _joins(self, history: UserHistory, group: GroupPlan) -> int | None:
        """Return when the user joins the group; None when it does not."""
        if self._draw() >= group.share * history.activity or group.room < 1:
            return None
        return self._between(history.registered, history.ends)

    def _courses(self, history: UserHistory, *, instructor: bool) -> None:
        """Enroll the user in some courses; an instructor teaches half of them."""
        courses = self._catalogue.courses
        if not courses or self._draw() >= history.activity:
            return
        for _ in range(self._one(_COURSES_A_USER)):
            course = courses[bisect(self._popularity, self._draw() * self._popularity[-1])]
            first, last = max(history.registered, course.opens), min(history.ends, course.closes)
            moment = self._between(first, first + int((last - first) * 0.7))
            teaches = instructor and self._draw() < 0.5
            if self._histories.may_join(history, moment, [course]):
                self._histories.join(history, moment, [course], instructor=teaches)

    def _between(self, first: int, last: int) -> int:
        return first + int(self._draw() * max(0, last - first))

    def _one(self, items: Sequence[_Item]) -> _Item:
        return items[int(self._draw() * len(items))]


def _identity(person: Person) -> _Identity:
    return person.name, person.surname, person.login, person.email
