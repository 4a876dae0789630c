"""The definition of a dataset, as its TOML file has it.

A definition names things and leaves the ids to the seeding: a course's category, a group's
courses and a session's instructor are given by name or login. Moments are in days from the
day on which the portal is made (`expires_in_days = -30` was a month ago), so that a portal
looks equally fresh whenever it is made.
"""

import hashlib
from collections.abc import Collection, Iterable, Iterator
from functools import cache, cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from talentlms_mock.errors import SetupError
from talentlms_mock.portal.contract.suggest import suggest
from talentlms_mock.portal.contract.validation import first_mistake
from talentlms_mock.portal.rules.branch_settings import Ecommerce, Theme
from talentlms_mock.portal.rules.field_types import MAX_STRING
from talentlms_mock.portal.rules.users import LOCALES
from talentlms_mock.toml_files import folder, is_path, parse

Text = Annotated[str, Field(max_length=MAX_STRING)]
Name = Annotated[str, Field(min_length=1, max_length=MAX_STRING)]
Share = Annotated[float, Field(ge=0, le=1)]
Money = Annotated[float, Field(ge=0)]
Count = Annotated[int, Field(ge=1)]
Past = Annotated[float, Field(le=-1)]
Status = Literal["active", "inactive"]
UnitType = Literal["content", "video", "test", "survey", "assignment", "scorm", "ilt"]

MOST_USERS = 1_000_000
"""A portal is made with at most so many users."""

USER_TYPES = ("SuperAdmin", "Admin-Type", "Trainer-Type", "Learner-Type", "Learner-Instructor")
"""The built-in user types (domain.md), in the order of their ids, which count from 1."""

UserType = Literal["SuperAdmin", "Admin-Type", "Trainer-Type", "Learner-Type", "Learner-Instructor"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)


class Language(_Part):
    """Where some of the users come from."""

    locale: Name
    names: str  # the locale whose names Faker gives
    timezones: Annotated[list[Name], Field(min_length=1)]
    weight: Annotated[float, Field(gt=0)] = 1.0


class Person(_Part):
    """A user given by the dataset; fields that are left out are drawn by chance."""

    login: Name
    name: Text
    surname: Text
    email: Name
    user_type: UserType = "Learner-Type"
    status: Status = "active"
    registered_in_days: Past | None = None
    never_logged_in: bool = False
    deactivates_in_days: float | None = None
    description: str | None = None
    timezone: Name | None = None
    locale: Name | None = None
    bare: bool = False  # null in every field that may be

    @model_validator(mode="after")
    def _is_inactive_once_deactivated(self) -> Self:
        days = self.deactivates_in_days
        if days is not None and (days <= 0) != (self.status == "inactive"):
            raise ValueError(
                "a user is inactive when its day of deactivation is over, and not before"
            )
        return self


class CustomField(_Part):
    name: Name
    type: Literal["text", "dropdown", "checkbox", "date"]
    mandatory: bool = False
    visible_on_reports: bool = True
    values: list[Text] = []  # of a drop-down; of a text samples, in which {n} is the user's id
    share: Share = 0.5  # of the users who have a value, unless it is mandatory


class Category(_Part):
    name: Name
    price: Money | None = None
    discounted_price: Money | None = None
    parent: str | None = None


class Question(_Part):
    text: Name
    type: Literal["multiple_choice", "freetext"] = "multiple_choice"
    weight: Count = 1
    answers: Annotated[list[Name], Field(min_length=2)]  # of a free text, samples
    correct: list[Name] = []
    feedback: str = ""

    @model_validator(mode="after")
    def _correct_is_an_answer(self) -> Self:
        for answer in self.correct:
            _known("answer", answer, self.answers)
        return self


class Session(_Part):
    name: Name
    type: Literal["classroom", "webinar"] = "classroom"
    owner: str | None = None  # the login of one of the people; the instructor when left out
    instructor: str | None = None  # the login of one of the people
    description: str | None = None
    starts_in_days: float
    minutes: Count = 90
    location: str | None = None
    capacity: Count | None = None


class Unit(_Part):
    name: Name
    type: UnitType = "content"
    pass_score: Annotated[int, Field(ge=0, le=100)] | None = None
    max_attempts: Count | None = None  # at a test
    is_required: bool = True  # for the completion of the course
    counts_for_score: bool = True  # of the course
    questions: list[Question] = []
    sessions: list[Session] = []

    @model_validator(mode="after")
    def _fits_its_type(self) -> Self:
        if (self.type in {"test", "survey"}) != bool(self.questions):
            raise ValueError("a test or a survey has questions, and no other unit has")
        if self.sessions and self.type != "ilt":
            raise ValueError("only a unit of the type ilt has sessions")
        if self.type == "test" and not all(question.correct for question in self.questions):
            raise ValueError("each question of a test has a correct answer")
        return self


class Course(_Part):
    name: Name
    code: Name | None = None
    description: str | None = None  # plain text
    category: str | None = None
    price: Money | None = None
    discounted_price: Money | None = None
    status: Status = "active"
    capacity: Count | None = None
    level: Count | None = None
    time_limit: Count | None = None  # days
    created_in_days: Past = -400
    starts_in_days: float | None = None
    expires_in_days: float | None = None
    is_hidden_from_catalog: bool = False
    is_locked: bool = False
    prerequisites: list[str] = []  # earlier courses
    public_key: Name | None = None
    has_cover_image: bool = False
    intro_video: str | None = None
    retain_access_after_completion: bool = True
    traversal: Literal["any", "sequential"] = "any"
    unit_percentage: Annotated[int, Field(ge=1, le=100)] | None = None  # that completes it
    fails_with_test: bool = False
    certification: Name | None = None
    certificate_days: Count | None = None
    rating_average: Annotated[float, Field(ge=0, le=5)] | None = None
    rating_count: Annotated[int, Field(ge=0)] = 0
    popularity: Money = 1.0  # how often users are enrolled, in proportion to other courses
    fields: dict[str, str] = {}  # custom field values by the field's name
    units: list[Unit] = []

    @model_validator(mode="after")
    def _has_one_end(self) -> Self:
        if self.time_limit is not None and self.expires_in_days is not None:
            raise ValueError("a course has a time limit or an end, and not both")
        return self


class Group(_Part):
    name: Name
    description: str | None = None
    key: Name | None = None
    max_key_redemptions: Count | None = None
    price: Money | None = None
    branch: str | None = None
    courses: list[str] = []
    share: Share = 0.1  # of the users who are members


class Branch(_Part):
    name: Name
    description: str | None = None
    active: bool = True
    default_locale: str = "en-US"
    default_timezone: str = "UTC"
    default_user_type: UserType | None = None
    default_group: str | None = None
    owner: str | None = None  # the login of one of the people
    title: str | None = None
    theme: Theme = {}  # what differs from the default one
    ecommerce: Ecommerce = {}  # what differs from no e-commerce
    courses: list[str] = []
    share: Share = 0.1  # of the users who are members


class LearningPath(_Part):
    name: Name
    description: str | None = None
    status: Status = "active"
    category: str | None = None
    price: Money | None = None
    starts_in_days: float | None = None
    expires_in_days: float | None = None
    rules: dict[str, str] = {}
    courses: list[str] = []  # in their order
    share: Share = 0.1  # of the users who are enrolled


class Badge(_Part):
    name: Name
    type: str = "learning"
    image_url: str
    criteria: str
    badge_set_id: int = 1
    completions: Count  # of courses, that earn it


class Coupon(_Part):
    code: Name
    percentage: Annotated[int, Field(ge=1, le=100)]


class Definition(_Part):
    """The content of a portal, from which it is seeded."""

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
    course_fields: list[CustomField] = []
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

    @model_validator(mode="after")
    def _names_exist(self) -> Self:
        for what, name, known in self._references():
            _known(what, name, known)
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
        for group in self.groups:
            yield "branch", group.branch, [branch.name for branch in self.branches]
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


def _known(what: str, name: str | None, known: Collection[str]) -> None:
    if name is not None and name not in known:
        others = suggest(name, known) if known else ", nor any other"
        raise ValueError(f"there is no {what} {name!r}{others}")


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
