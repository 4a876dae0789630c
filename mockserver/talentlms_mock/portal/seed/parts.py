"""The parts of a dataset, each as a table of its TOML file has it."""

import math
from collections.abc import Collection, Sequence
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from talentlms_mock.portal.contract.suggest import suggest
from talentlms_mock.portal.rules.branch_settings import BadgeSet, Ecommerce, Theme
from talentlms_mock.portal.rules.field_types import MAX_STRING

Text = Annotated[str, Field(max_length=MAX_STRING)]
Name = Annotated[str, Field(min_length=1, max_length=MAX_STRING)]
Share = Annotated[float, Field(ge=0, le=1)]
Money = Annotated[float, Field(ge=0)]
Count = Annotated[int, Field(ge=1)]
Past = Annotated[float, Field(le=-1)]
Status = Literal["active", "inactive"]
UnitType = Literal["content", "video", "test", "survey", "assignment", "scorm", "ilt"]

USER_TYPES = ("SuperAdmin", "Admin-Type", "Trainer-Type", "Learner-Type", "Learner-Instructor")
"""The built-in user types (domain.md), in the order of their ids, which count from 1."""

UserType = Literal["SuperAdmin", "Admin-Type", "Trainer-Type", "Learner-Type", "Learner-Instructor"]


CONFIG = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)


class Part(BaseModel):
    model_config = CONFIG


class Language(Part):
    """Where some of the users come from."""

    locale: Name
    names: str  # the locale whose names Faker gives
    timezones: Annotated[list[Name], Field(min_length=1)]
    weight: Annotated[float, Field(gt=0)] = 1.0
    descriptions: list[Name] = []  # what users say of themselves; without any, Faker's sentences


class Taken(Part):
    """A course that a person has worked through."""

    course: str  # without training sessions
    ends_in_days: Past  # when its last unit was done
    awaits_grade: bool = False  # ends with the first unit that an instructor grades


class Person(Part):
    """A user given by the dataset; fields that are left out are drawn by chance."""

    login: Name
    name: Text
    surname: Text
    email: Name
    user_type: UserType = "Learner-Type"
    status: Status = "active"
    registered_in_days: Past | None = None
    never_logged_in: bool = False
    last_login_in_days: Annotated[float, Field(lt=0)] | None = None
    deactivates_in_days: float | None = None
    archived_in_days: Past | None = None  # an archived person is no one of the number of users
    courses: list[Taken] = []
    description: str | None = None  # "" is none; else it is drawn
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

    @model_validator(mode="after")
    def _has_its_days_in_order(self) -> Self:
        last = self.last_login_in_days
        if last is not None and (self.never_logged_in or self.bare):
            raise ValueError("a user who has never signed in has no last_login_in_days")
        if self.courses and (last is None or self.registered_in_days is None):
            raise ValueError("a user with courses has registered_in_days and last_login_in_days")
        days = [taken.ends_in_days + 1 for taken in self.courses]
        days = [self.registered_in_days or -math.inf, *days, last or 0]
        if max(days) > min(days[-1], self.archived_in_days or 0):
            raise ValueError(
                "a user registers first, ends its courses a day before its last sign-in or "
                "earlier, and is archived after that"
            )
        return self


class CustomField(Part):
    name: Name
    type: Literal["text", "dropdown", "checkbox", "date"]
    mandatory: bool = False
    visible_on_reports: bool = True
    values: list[Text] = []  # of a drop-down; of a text samples, in which {n} is the user's id
    default: Text | None = None  # of a drop-down, one of its values
    checkbox_status: Literal["off", "on"] = "off"
    selective_availability: bool = False
    branches: list[str] = []  # that it is available in; none are all
    main_domain_availability: bool = True
    share: Share = 0.5  # of the users who have a value, unless it is mandatory

    @model_validator(mode="after")
    def _fits_its_type(self) -> Self:
        if self.default is not None and self.type != "dropdown":
            raise ValueError("only a field of the type dropdown has a default")
        known("value", self.default, self.values)
        if self.checkbox_status == "on" and self.type != "checkbox":
            raise ValueError("only a field of the type checkbox can be on")
        if self.branches and not self.selective_availability:
            raise ValueError("a field with branches has selective_availability = true")
        return self


class CourseField(CustomField):
    visible_to_learners: bool = True


class Category(Part):
    name: Name
    price: Money | None = None
    discounted_price: Money | None = None
    parent: str | None = None


class Question(Part):
    text: Name
    type: Literal["multiple_choice", "freetext"] = "multiple_choice"
    weight: Count = 1
    answers: Annotated[list[Name], Field(min_length=2)]  # of a free text, samples
    correct: list[Name] = []
    feedback: str = ""

    @model_validator(mode="after")
    def _correct_is_an_answer(self) -> Self:
        for answer in self.correct:
            known("answer", answer, self.answers)
        return self


class Session(Part):
    name: Name
    type: Literal["classroom", "webinar"] = "classroom"
    owner: str | None = None  # the login of one of the people; the instructor when left out
    instructor: str | None = None  # the login of one of the people
    description: str | None = None
    starts_in_days: float
    minutes: Count = 90
    location: str | None = None
    capacity: Count | None = None


class Unit(Part):
    name: Name
    type: UnitType = "content"
    pass_score: Annotated[int, Field(ge=0, le=100)] | None = None
    max_attempts: Count | None = None  # at a test
    is_required: bool = True  # for the completion of the course
    counts_for_score: bool = True  # of the course
    questions: list[Question] = []
    sessions: list[Session] = []

    @property
    def is_graded(self) -> bool:
        """Whether an instructor says what a user's work is worth."""
        of_test = self.type == "test" and not all(question.correct for question in self.questions)
        return of_test or self.type in ("assignment", "ilt")

    @model_validator(mode="after")
    def _fits_its_type(self) -> Self:
        if (self.type in {"test", "survey"}) != bool(self.questions):
            raise ValueError("a test or a survey has questions, and no other unit has")
        if self.sessions and self.type != "ilt":
            raise ValueError("only a unit of the type ilt has sessions")
        asked = [each for each in self.questions if each.type == "multiple_choice"]
        if self.type == "test" and not all(question.correct for question in asked):
            raise ValueError("each multiple choice of a test has a correct answer")
        return self


class Course(Part):
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
    archived_in_days: Past | None = None
    popularity: Money = 1.0  # how often users are enrolled, in proportion to other courses
    fields: dict[str, str] = {}  # custom field values by the field's name
    units: list[Unit] = []

    @model_validator(mode="after")
    def _has_one_end(self) -> Self:
        if self.time_limit is not None and self.expires_in_days is not None:
            raise ValueError("a course has a time limit or an end, and not both")
        return self


class Group(Part):
    name: Name
    description: str | None = None
    key: Name | None = None
    max_key_redemptions: Count | None = None
    price: Money | None = None
    branch: str | None = None
    courses: list[str] = []
    members: list[str] = []  # the logins of people who are members in any case
    share: Share = 0.1  # of the other users who are members


class Branch(Part):
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
    logo: str | None = None
    favicon: str | None = None
    announcement_internal: str | None = None
    announcement_external: str | None = None
    signup: Text = "direct"
    user_verification: Text | None = None
    restrict_user_registration_domains: Text | None = None
    restrict_total_registered_users: Count | None = None
    disallow_access_to_main_domain: bool = True
    terms_of_service: str | None = None
    badge_set: BadgeSet = {}  # what differs from the default one
    ecommerce: Ecommerce = {}  # what differs from no e-commerce; subscribers are counted
    courses: list[str] = []
    members: list[str] = []  # the logins of people who are members in any case
    share: Share = 0.1  # of the other users who are members


class LearningPath(Part):
    name: Name
    description: str | None = None
    status: Status = "active"
    category: str | None = None
    price: Money | None = None
    starts_in_days: float | None = None
    expires_in_days: float | None = None
    rules: dict[str, str] = {}
    courses: list[str] = []  # in their order
    members: list[str] = []  # the logins of people who are enrolled in any case
    share: Share = 0.1  # of the other users who are enrolled


class Badge(Part):
    name: Name
    type: str = "learning"
    image_url: str
    criteria: str
    badge_set_id: int = 1
    completions: Count  # of courses, that earn it


class Coupon(Part):
    code: Name
    percentage: Annotated[int, Field(ge=1, le=100)]


_Named = Category | Course | CustomField | Group | Branch


def ids(parts: Sequence[_Named]) -> dict[str | None, int]:
    """Return the ids of parts of a definition by name; of two with one name it is the first."""
    pairs = [(part.name, id) for id, part in enumerate(parts, 1)]
    return dict(reversed(pairs))


def known(what: str, name: str | None, names: Collection[str]) -> None:
    """Raise ValueError where `name` is none of `names`; `what` says what they are."""
    if name is not None and name not in names:
        others = suggest(name, names) if names else ", nor any other"
        raise ValueError(f"there is no {what} {name!r}{others}")
