"""The keyword arguments of `Portal.add_user` and its like.

What exists already is given by its id, its name (a user's login), or as the record that the portal
returned.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Annotated, Any

from pydantic import ConfigDict, Field, SkipValidation, TypeAdapter, create_model, with_config
from typing_extensions import TypedDict

from talentlms_mock.portal.contract.suggest import suggest
from talentlms_mock.portal.records import record, records
from talentlms_mock.portal.records.course_parts import UnitLike
from talentlms_mock.portal.rules.branch_settings import BadgeSet, Ecommerce, Theme
from talentlms_mock.portal.rules.field_types import (
    Count,
    Days,
    Email,
    Money,
    OptionalText,
    Status,
    Text,
    WebAddress,
    WrittenDay,
    WrittenMoment,
    checked,
)

UserRef = Annotated[int | str | records.User, SkipValidation]
UserTypeRef = Annotated[int | str | records.UserType, SkipValidation]
CourseRef = Annotated[int | str | records.Course, SkipValidation]
GroupRef = Annotated[int | str | records.Group, SkipValidation]
BranchRef = Annotated[int | str | records.Branch, SkipValidation]
CategoryRef = Annotated[int | str | records.Category, SkipValidation]

UserRefs = Annotated[Iterable[UserRef], SkipValidation]
CourseRefs = Annotated[Iterable[CourseRef], SkipValidation]
CustomValues = Annotated[Mapping[str, str | bool | None], SkipValidation]

Role = record.Role

_STRICT = ConfigDict(strict=True, arbitrary_types_allowed=True)


@with_config(_STRICT)
class UserFields(TypedDict, total=False):
    """Of a user: `custom_fields` by the key or the name of the field."""

    name: Text
    surname: Text
    email: Email
    status: Status
    user_type: UserTypeRef
    description: OptionalText | None
    credits: Money | None
    deactivation_date: WrittenDay | None
    email_notifications: bool
    timezone: Text
    locale: Text
    custom_fields: CustomValues


@with_config(_STRICT)
class NewUser(UserFields, total=False):
    """Of a user who is added."""

    password: Text
    courses: CourseRefs
    groups: Annotated[Iterable[GroupRef], SkipValidation]
    branches: Annotated[Iterable[BranchRef], SkipValidation]


@with_config(_STRICT)
class UserChanges(UserFields, total=False):
    """Of a user who is changed."""

    login: Text


@with_config(_STRICT)
class CourseFields(TypedDict, total=False):
    """Of a course: `time_limit` and `certificate_days` in days.

    With `certification`, completing it issues a certificate of that name. With `fails_with_test`, a
    failed test fails the course. With `unit_percentage`, that share of the units completes it.
    `intro_video` and `cover_image` are addresses.
    """

    code: OptionalText | None
    description: str | None
    category: CategoryRef | None
    price: Money | None
    discounted_price: Money | None
    status: Status
    capacity: Count | None
    level: Count | None
    time_limit: Days | None
    starts_at: WrittenMoment | None
    expires_at: WrittenMoment | None
    is_hidden_from_catalog: bool
    is_locked: bool
    public_key: Text | None
    intro_video: WebAddress | None
    cover_image: WebAddress | None
    retain_access_after_completion: bool
    traversal: record.Traversal
    unit_percentage: Annotated[int, Field(ge=1, le=100)] | None
    fails_with_test: bool
    certification: Text | None
    certificate_days: Days | None
    rating_average: Annotated[float, Field(ge=0, le=5)] | None
    rating_count: Count


@with_config(_STRICT)
class NewCourse(CourseFields, total=False):
    """Of a course that is added: `custom_fields` by their names.

    In `units`, a name alone is a unit of content.
    """

    prerequisites: CourseRefs
    custom_fields: CustomValues
    units: Annotated[Iterable[UnitLike], SkipValidation]
    users: UserRefs


@with_config(_STRICT)
class CourseChanges(CourseFields, total=False):
    """Of a course that is changed."""

    name: Text


@with_config(_STRICT)
class NewCategory(TypedDict, total=False):
    """Of a category."""

    price: Money | None
    discounted_price: Money | None
    parent: CategoryRef | None


@with_config(_STRICT)
class NewField(TypedDict, total=False):
    """Of a custom field; `values` are those of a drop-down, and `default` one of them.

    `selective_availability`, `branches` and `main_domain_availability` say which users or courses
    have the field; None are all branches.
    """

    type: record.FieldType
    mandatory: bool
    visible_on_reports: bool
    values: list[Text]
    default: Text | None
    checkbox_status: record.CheckboxStatus
    selective_availability: bool
    branches: Annotated[Iterable[BranchRef] | None, SkipValidation]
    main_domain_availability: bool


@with_config(_STRICT)
class NewCourseField(NewField, total=False):
    """Of a custom field of courses."""

    visible_to_learners: bool


@with_config(_STRICT)
class NewGroup(TypedDict, total=False):
    """Of a group."""

    description: OptionalText | None
    key: OptionalText | None
    max_key_redemptions: Count | None
    price: Money | None
    branch: BranchRef | None
    courses: CourseRefs
    users: UserRefs


@with_config(_STRICT)
class NewBranch(TypedDict, total=False):
    """Of a branch; of `theme`, `badge_set` and `ecommerce` what differs from the defaults."""

    description: OptionalText | None
    title: OptionalText | None
    active: bool
    default_locale: Text
    default_timezone: Text
    default_user_type: UserTypeRef | None
    default_group: GroupRef | None
    owner: UserRef | None
    theme: Theme
    logo: WebAddress | None
    favicon: WebAddress | None
    announcement_internal: str | None
    announcement_external: str | None
    signup: Text
    user_verification: Text | None
    restrict_user_registration_domains: OptionalText | None
    restrict_total_registered_users: Count | None
    disallow_access_to_main_domain: bool
    terms_of_service: str | None
    badge_set: BadgeSet
    ecommerce: Ecommerce
    courses: CourseRefs
    users: UserRefs


@with_config(_STRICT)
class NewLearningPath(TypedDict, total=False):
    """Of a learning path; `courses` are to be taken in this order."""

    description: OptionalText | None
    status: Status
    category: CategoryRef | None
    price: Money | None
    starts_at: WrittenMoment | None
    expires_at: WrittenMoment | None
    courses: CourseRefs
    users: UserRefs


@with_config(_STRICT)
class NewBadge(TypedDict, total=False):
    """Of a badge."""

    type: Text
    image_url: Text
    criteria: Text
    badge_set_id: Count


class Nothing(TypedDict):
    """Of what has a name alone."""


def check(function: str, kind: Any, values: Mapping[str, object], **name: str) -> dict[str, Any]:
    """Return the checked arguments of a call.

    Args:
        function: the name of what was called.
        kind: the class above that describes its arguments.
        values: the arguments.
        name: the name of what is added, by the name of its argument.

    Raises:
        TypeError: there is no such argument, as for any call.
        InvalidValue: a value is invalid; the message is the API's.
    """
    known = kind.__annotations__
    for each in values:
        if each not in known:
            raise TypeError(f"{function}() takes no argument {each!r}{suggest(each, known)}")
    subject = function.partition("_")[2].replace("_", " ")
    if name:
        checked(_names(*name), name, subject)
    valid: dict[str, Any] = checked(_adapter(kind), values, subject)
    return name | valid


@cache
def _names(name: str) -> TypeAdapter[Any]:
    fields: dict[str, Any] = {name: (Text, ...)}
    return TypeAdapter(create_model("_Named", __config__=_STRICT, **fields))


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)
