"""The operations of users (operations.md, 1-5)."""

from collections.abc import Callable, Collection, Mapping
from typing import Annotated, ClassVar

import orjson
from pydantic import BeforeValidator, Field, WithJsonSchema
from sqlalchemy import (
    Column,
    ColumnElement,
    Table,
    bindparam,
    func,
    or_,
    select,
)

from talentlms_mock.api.fidelity import DOCUMENTED, INFERRED, RECORDED, Rule
from talentlms_mock.api.operation import (
    NO_CONTENT,
    NO_CONTENT_INFERRED,
    Filter,
    keyword,
    one,
    operation,
    page_of,
)
from talentlms_mock.api.page import Listing, Page, PageRequest
from talentlms_mock.api.resources.shapes import (
    custom_fields,
    image,
)
from talentlms_mock.api.resources.user_shapes import CreatedUser, ListedUser, Status, User
from talentlms_mock.api.rows import (
    Columns,
    Expression,
    Query,
    html_and_text,
    json_between,
    json_boolean,
    json_list,
    json_object,
    one_row,
)
from talentlms_mock.api.values import (
    CASELESS,
    ID,
    MOMENT,
    STRING,
    Body,
    CalendarDate,
    Email,
    Id,
    Money,
    OptionalText,
    Text,
    one_of,
)
from talentlms_mock.errors import InvalidValue, Refusal
from talentlms_mock.portal.contract.refusals import (
    EMAIL_TAKEN,
    LOGIN_TAKEN,
    USER_ARCHIVED,
    USER_ID_INVALID,
    attribute,
    missing,
)
from talentlms_mock.portal.rules import users as rules
from talentlms_mock.portal.store.listed import listed
from talentlms_mock.portal.store.models import (
    branch_users,
    group_users,
    user_field_values,
    user_fields,
    user_types,
    users,
)
from talentlms_mock.portal.store.row_types import UserRow
from talentlms_mock.portal.store.transaction import Transaction

_AVATAR = image(users.c.avatar, "avatars/unknown")

Login = Annotated[Text, Field(description="What the user signs in with; unique in any case.")]
EmailAddress = Annotated[Email, Field(description="The email address; unique in any case.")]
FirstName = Annotated[Text, Field(description="The first name.")]
Surname = Annotated[Text, Field(description="The last name.")]


class UserFields(Body):
    """What a new and a changed user have in common; custom fields come by their keys."""

    subject = "User"

    description: Annotated[
        OptionalText | None,
        Field(description="What the user says of itself; it may be HTML. null is nothing."),
    ] = None
    credits: Annotated[
        Money | None,
        Field(description="What the user can spend on courses, from 0; null is nothing."),
    ] = None
    deactivation_date: Annotated[
        CalendarDate | None,
        Field(
            description="The day on which the user becomes inactive, as YYYY-MM-DD; null is never."
        ),
    ] = None
    email_notifications: Annotated[bool, Field(description="Whether the portal sends emails.")] = (
        True
    )
    user_type_id: Annotated[
        Id, Field(description="The id of the user's type; else the default type.")
    ] = 0
    timezone: Annotated[Text, Field(description="The name of a time zone; else the portal's.")] = ""
    locale: Annotated[Text, Field(description="The language and country; else the portal's.")] = ""

    def custom_fields(self, transaction: Transaction) -> dict[str, object]:
        """Return the values of this portal's custom fields by key."""
        further = self.extra_fields()
        keys = self.allowed_extra(transaction) if further else ()
        return {key: further[key] for key in keys if key in further}

    def allowed_extra(self, transaction: Transaction) -> Collection[str]:
        return transaction.connection.execute(_FIELD_KEYS).scalars().all()


def _spelled(value: object) -> object:
    """Return a status that is given as a boolean as the vendor spells it."""
    return {True: "active", False: "inactive"}[value] if isinstance(value, bool) else value


_STATUS_SCHEMA = {
    "anyOf": [{"type": "boolean"}, {"type": "string", "enum": ["active", "inactive"]}]
}


class UserInput(UserFields):
    """A user to create."""

    refusals: ClassVar[Mapping[str, Refusal]] = {"status": attribute("status", "must be boolean")}

    name: FirstName
    surname: Surname
    login: Login
    email: EmailAddress
    password: Annotated[
        Text,
        Field(
            description="The password: 8 characters or more, a capital, a small letter, a digit."
        ),
    ]
    status: Annotated[
        Status,
        BeforeValidator(_spelled),
        WithJsonSchema(_STATUS_SCHEMA),
        Field(description="Whether the user may sign in; true and false are active and inactive."),
    ] = "active"


class UserChanges(UserFields):
    """What to change of a user; what is left out stays."""

    name: FirstName = ""
    surname: Surname = ""
    login: Login = ""
    email: EmailAddress = ""
    status: Annotated[Status, Field(description="Whether the user may sign in.")] = "active"
    active: Annotated[bool, INFERRED, Field(description="Another spelling of the status.")] = True
    current_password: Annotated[
        Text, Field(description="The password that the user has, for a new one.")
    ] = ""
    password: Annotated[Text, Field(description="The new password.")] = ""


_CUSTOM_FIELDS = Rule("custom fields are given by their keys, like custom_field_1")
_FIELD_KEYS = select(user_fields.c.key)
_FROM = users.join(user_types)
_NAMES = {
    "id": users.c.id,
    "login": users.c.login,
    "name": users.c.name,
    "surname": users.c.surname,
    "email": users.c.email,
}
_LISTED = select(
    json_between(
        listed(users, "listed_head"),
        listed(users, "listed_tail"),
        avatar=_AVATAR,
        type=func.json_quote(user_types.c.name),
    )
).select_from(_FROM)
_LISTING = Listing(_LISTED, users, users.c.id)


def _user_type(columns: Columns) -> Expression:
    """Return the expression of a user type from its columns."""
    return json_object(
        id=columns.id, name=columns.name, is_default=json_boolean(columns.is_default)
    )


def _available_types() -> Expression:
    other = user_types.alias()
    lower = or_(other.c.id == user_types.c.id, other.c.rank < user_types.c.rank)
    rows = select(other).where(lower).order_by(other.c.id).correlate(user_types)
    return json_list(rows, _user_type)


_USER = Query(
    select(
        json_object(
            **_NAMES,
            credits=users.c.credits,
            description=html_and_text(users.c.description, users.c.description_text),
            avatar=func.json(_AVATAR),
            custom_fields=custom_fields(user_fields, user_field_values, users),
            email_notifications=json_boolean(users.c.email_notifications),
            timezone=users.c.timezone,
            locale=users.c.locale,
            user_type=_user_type(user_types.c),
            status=users.c.status,
            deactivation_date=users.c.deactivation_date,
            available_types=_available_types(),
        )
    )
    .select_from(_FROM)
    .where(users.c.id == bindparam("id"))
)


def _in(membership: Table, column: Column[int]) -> Callable[[Expression], ColumnElement[bool]]:
    def where(id: Expression) -> ColumnElement[bool]:
        return users.c.id.in_(select(membership.c.user_id).where(column == id))

    return where


def _has_custom_value(value: Expression) -> ColumnElement[bool]:
    owners = select(user_field_values.c.owner_id).where(user_field_values.c.value == value)
    return users.c.id.in_(owners)


_FILTERS = (
    Filter(
        "status",
        "eq",
        one_of("active", "inactive"),
        lambda value: users.c.status == value,
        description="Whether the user may sign in.",
    ),
    Filter(
        "login",
        "eq",
        CASELESS,
        lambda value: users.c.login_key == value,
        RECORDED,
        "The whole login, in any case.",
        "margaret.hale",
    ),
    Filter(
        "email",
        "eq",
        CASELESS,
        lambda value: users.c.email_key == value,
        RECORDED,
        "The whole email address, in any case.",
        "margaret.hale@example.com",
    ),
    keyword(
        users.c.search_key,
        description="A part of the name, the surname, the login or the email address, in any case.",
    ),
    Filter(
        "last_updated",
        "gte",
        MOMENT,
        lambda value: users.c.last_updated >= value,
        description="The user was changed at this moment or later.",
    ),
    Filter(
        "last_updated",
        "lte",
        MOMENT,
        lambda value: users.c.last_updated <= value,
        description="The user was changed at this moment or earlier.",
    ),
    Filter(
        "branch_id",
        "eq",
        ID,
        _in(branch_users, branch_users.c.branch_id),
        description="The id of a branch that the user is in.",
    ),
    Filter(
        "group_id",
        "eq",
        ID,
        _in(group_users, group_users.c.group_id),
        description="The id of a group that the user is in.",
    ),
    Filter(
        "integration",
        "eq",
        STRING,
        lambda value: users.c.integration == value,
        description="The name of the system that the user comes from.",
        example="bamboohr",
    ),
    Filter(
        "custom_field_value",
        "eq",
        STRING,
        _has_custom_value,
        RECORDED,
        "The user's whole value of any custom field.",
        "People",
    ),
)


@operation(
    "GET",
    "/users",
    "getUsers",
    tag="User",
    summary="Get users",
    response=page_of(ListedUser, RECORDED),
    known=DOCUMENTED,
    recorded=4,
    filters=_FILTERS,
)
def get_users(transaction: Transaction, page: PageRequest) -> Page:
    """List the users, a page at a time. Archived users are left out."""
    return _LISTING.fetch(transaction, page)


@operation(
    "POST",
    "/users",
    "createUser",
    tag="User",
    summary="Create a user",
    response=one(CreatedUser, RECORDED),
    known=DOCUMENTED,
    recorded=2,
    conflicts=(LOGIN_TAKEN, EMAIL_TAKEN),
    body=UserInput,
    rules=(
        Rule("status may be given as active", RECORDED),
        Rule("status may be given as inactive"),
        _CUSTOM_FIELDS,
    ),
)
def create_user(transaction: Transaction, body: UserInput) -> dict[str, int]:
    """Create a user. The response has the id alone; custom fields are given by their keys."""
    custom_fields = body.custom_fields(transaction)
    return {"id": rules.create_user(transaction, body.set_fields(), custom_fields)}


@operation(
    "GET",
    "/users/{id}",
    "getUserById",
    tag="User",
    summary="Get a user",
    response=one(User, RECORDED),
    known=DOCUMENTED,
    recorded=3,
    id_refusal=USER_ID_INVALID,
)
def get_user(transaction: Transaction, id: int) -> orjson.Fragment:
    """Read one user with the custom fields and types."""
    return one_row(transaction, _USER, id, "user")


@operation(
    "PATCH",
    "/users/{id}",
    "updateUser",
    tag="User",
    summary="Update a user",
    response=NO_CONTENT,
    known=DOCUMENTED,
    recorded=3,
    id_refusal=USER_ID_INVALID,
    conflicts=(LOGIN_TAKEN, EMAIL_TAKEN),
    body=UserChanges,
    rules=(
        Rule("a password without the right current_password answers 400"),
        Rule("status and active that contradict each other answer 400"),
        _CUSTOM_FIELDS,
    ),
)
def update_user(transaction: Transaction, id: int, body: UserChanges) -> None:
    """Change a user: what the body leaves out stays as it is."""
    changes = body.set_fields("active")
    if "active" in body.model_fields_set:
        transaction.warn("active in the body is an old form of status")
        spelled = "active" if body.active else "inactive"
        if changes.setdefault("status", spelled) != spelled:
            raise InvalidValue(attribute("active", "contradicts status"))
    if "status" not in changes and transaction.quirk("patch_user_status") == "required":
        raise InvalidValue(missing("user", "status"))
    user = transaction.find(UserRow, id)
    rules.update_user(transaction, user, changes, body.custom_fields(transaction))


@operation(
    "DELETE",
    "/users/{id}",
    "deleteUser",
    tag="User",
    summary="Delete a user",
    response=NO_CONTENT_INFERRED,
    known=DOCUMENTED,
    id_refusal=USER_ID_INVALID,
    conflicts=(USER_ARCHIVED,),
    rules=(
        Rule("the user is archived: the portal can restore it"),
        Rule("a user that is archived already answers 409"),
    ),
)
def delete_user(transaction: Transaction, id: int) -> None:
    """Archive a user: it disappears from lists and memberships, and the portal can restore it."""
    rules.archive_user(transaction, id)
