"""The definition of a dataset, as its TOML file has it.

A definition names things and leaves the ids to the seeding: a course's category, a group's
courses and a session's instructor are given by name or login. Moments are in days from the
day on which the portal is made (`expires_in_days = -30` was a month ago), so that a portal
looks equally fresh whenever it is made.
"""

import hashlib
import math
from collections.abc import Collection, Iterable, Iterator
from functools import cache, cached_property
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BaseModel, Field, ValidationError, model_validator

from talentlms_mock.errors import SetupError
from talentlms_mock.portal.contract.suggest import suggest
from talentlms_mock.portal.contract.validation import first_mistake
from talentlms_mock.portal.rules.users import LOCALES
from talentlms_mock.portal.seed.parts import (
    CONFIG,
    Badge,
    Branch,
    Category,
    Coupon,
    Course,
    CourseField,
    CustomField,
    Group,
    Language,
    LearningPath,
    Name,
    Person,
    Share,
    Taken,
    known,
)
from talentlms_mock.toml_files import folder, is_path, parse

MOST_USERS = 1_000_000
"""A portal is made with at most so many users."""


class Definition(BaseModel):
    """The content of a portal, from which it is seeded."""

    model_config = CONFIG

    name: Name
    users: Annotated[int, Field(ge=0)] = 50
    age_in_days: Annotated[int, Field(ge=30)] = 900
    default_locale: str = "en-US"
    default_timezone: str = "UTC"
    date_format: str = "DDMMYYYY"
    signup_method: str = "manual"
    signup_type: str = "manual"
    verification: str | None = None
    paypal_email: str | None = None
    domain_map: bool = False
    branch_limit: Annotated[int, Field(ge=0)] | None = None  # None is no limit
    gamification_enabled: bool = True
    currency: str = "USD"
    null_share: Share = 0.0  # how often a field that may be null is null, beyond what is usual
    integrations: list[Name] = []
    languages: list[Language] = [Language(locale="en-US", names="en_US", timezones=["UTC"])]
    people: list[Person] = []
    user_fields: list[CustomField] = []
    course_fields: list[CourseField] = []
    categories: list[Category] = []
    courses: list[Course] = []
    groups: list[Group] = []
    branches: list[Branch] = []
    learning_paths: list[LearningPath] = []
    badges: list[Badge] = []
    coupons: list[Coupon] = []

    @cached_property
    def fingerprint(self) -> str:
        """A digest of all that is defined; two definitions with the same one seed the same."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()

    def visible_people(self) -> list[Person]:
        """The people who are users."""
        return [person for person in self.people if person.archived_in_days is None]

    def archived_people(self) -> list[Person]:
        """The people who are in the archive."""
        return [person for person in self.people if person.archived_in_days is not None]

    @model_validator(mode="after")
    def _names_exist(self) -> Self:
        for what, name, names in self._references():
            known(what, name, names)
        return self

    @model_validator(mode="after")
    def _courses_can_be_taken(self) -> Self:
        courses = {course.name: course for course in reversed(self.courses)}
        for person in self.people:
            done: list[str] = []
            for taken in person.courses:
                course = courses[taken.course]
                _check_taken(person, taken, course)
                if not set(done).issuperset(course.prerequisites):
                    raise ValueError(f"{person.login!r} takes {course.name!r} before what it needs")
                done += [] if taken.awaits_grade else [course.name]
        return self

    @model_validator(mode="after")
    def _are_unique(self) -> Self:
        _once("login", [person.login for person in self.people])
        _once("email", [person.email for person in self.people])
        _once("course code", [course.code for course in self.courses])
        _once("branch", [branch.name for branch in self.branches])
        _once("coupon", [coupon.code for coupon in self.coupons])
        return self

    def _references(self) -> Iterator[tuple[str, str | None, Collection[str]]]:
        """Yield each reference: the kind of thing, its name, and the names that exist."""
        categories = [category.name for category in self.categories]
        courses = [course.name for course in self.courses]
        logins = [person.login for person in self.people]
        for index, category in enumerate(self.categories):
            yield "earlier category", category.parent, categories[:index]
        for index, course in enumerate(self.courses):
            yield "category", course.category, categories
            for name in course.prerequisites:
                yield "earlier course", name, courses[:index]
            for field in course.fields:
                yield "course field", field, [field.name for field in self.course_fields]
            for session in (session for unit in course.units for session in unit.sessions):
                yield "person with the login", session.instructor, logins
                yield "person with the login", session.owner, logins
        for person in self.people:
            for taken in person.courses:
                yield "course", taken.course, courses
        branches = [branch.name for branch in self.branches]
        for each in (*self.user_fields, *self.course_fields):
            for name in each.branches:
                yield "branch", name, branches
        for group in self.groups:
            yield "branch", group.branch, branches
        for branch in self.branches:
            yield "group", branch.default_group, [group.name for group in self.groups]
            yield "person with the login", branch.owner, logins
        for path in self.learning_paths:
            yield "category", path.category, categories
        locales = [self.default_locale, *(branch.default_locale for branch in self.branches)]
        locales += [language.locale for language in self.languages]
        for locale in (*locales, *(person.locale for person in self.people)):
            yield "locale", locale, LOCALES
        holders: list[Group | Branch | LearningPath] = [*self.groups, *self.branches]
        for holder in (*holders, *self.learning_paths):
            for name in holder.courses:
                yield "course", name, courses
            for login in holder.members:
                yield "person with the login", login, logins


def _check_taken(person: Person, taken: Taken, course: Course) -> None:
    """Raise ValueError where a person cannot have worked through a course."""
    who, what = repr(person.login), repr(course.name)
    if course.status != "active":
        raise ValueError(f"{who} cannot take {what}: it is inactive")
    if any(unit.type == "ilt" for unit in course.units):
        raise ValueError(f"{who} cannot have taken {what}: it has sessions")
    if taken.awaits_grade and not any(unit.is_graded for unit in course.units):
        raise ValueError(f"{who} waits for no grade in {what}: no unit of it has one")
    needed = len(course.units) + 1
    opens = course.starts_in_days or course.created_in_days
    begins = max(opens, person.registered_in_days or 0)
    ends = course.archived_in_days or course.expires_in_days or 0
    is_open = begins < taken.ends_in_days - needed and taken.ends_in_days + 1 <= ends
    if not is_open or needed > (course.time_limit or math.inf):
        raise ValueError(
            f"{who} needs a day for each unit of {what}, and the course is not open so long"
        )


def _once(what: str, names: Iterable[str | None]) -> None:
    seen = set()
    for name in names:
        key = None if name is None else name.casefold()
        if key in seen:
            raise ValueError(f"the {what} {name!r} is there twice")
        if key is not None:
            seen.add(key)


def load(name_or_path: str) -> Definition:
    """Return the built-in portal of this name, or the one in this TOML file.

    What holds a path separator or ends in `.toml` is a path.

    Raises:
        SetupError: there is no such portal or file, or the file says something impossible.
    """
    if is_path(name_or_path):
        return _validated(name_or_path, _merged(Path(name_or_path), ()))
    return _built_in(name_or_path)


def built_in_names() -> list[str]:
    """Return the names of the datasets that come with the package, sorted."""
    return sorted(path.stem for path in folder("datasets").glob("*.toml"))


@cache
def _built_in(name: str) -> Definition:
    path = _built_in_path(name)
    return _validated(name, _merged(path, ()))


def _built_in_path(name: str) -> Path:
    names = built_in_names()
    if name not in names:
        raise SetupError(f"There is no dataset {name!r}{suggest(name, names)}.", at="dataset")
    return folder("datasets") / f"{name}.toml"


def _merged(path: Path, extended_by: Iterable[Path]) -> dict[str, Any]:
    """Return the content of a file, with that of the file it extends as defaults."""
    chain = [*extended_by, path.resolve()]
    if path.resolve() in chain[:-1]:
        raise SetupError(f"The dataset file {path} extends itself.", at="dataset")
    content = parse(path, "dataset")
    base = content.pop("extends", None)
    if base is None:
        return content
    if not isinstance(base, str):
        raise SetupError(
            f"The dataset file {path} must name what it extends as a string.", at="dataset"
        )
    base_path = path.parent / base if is_path(base) else _built_in_path(base)
    return {**_merged(base_path, chain), **content}


def _validated(name: str, content: dict[str, Any]) -> Definition:
    try:
        return Definition.model_validate(content)
    except ValidationError as error:
        mistake = first_mistake(error, Definition, "extends")
        raise SetupError(f"The dataset {name!r} is invalid: {mistake}.", at="dataset") from None


def check_users(count: int) -> None:
    """Refuse a number of users that no portal is made with.

    Raises:
        SetupError: it is negative, or more than MOST_USERS.
    """
    if not 0 <= count <= MOST_USERS:
        raise SetupError(
            f"A portal is made with 0 to {MOST_USERS:,} users, not {count:,}.", at="users"
        )
