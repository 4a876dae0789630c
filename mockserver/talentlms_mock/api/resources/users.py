"""The operations of users (operations.md, 1-5)."""

from collections.abc import Callable, Collection
from typing import Annotated, Literal

import orjson
from sqlalchemy import (
    Column,
    ColumnElement,
    Table,
    bindparam,
    exists,
    func,
    or_,
    select,
)

from talentlms_mock.api.fidelity import DOCUMENTED, INFERRED, Rule
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
    CustomFieldValue,
    Image,
    RichText,
    custom_fields,
    image,
)
from talentlms_mock.api.rows import (
    Columns,
    Expression,
    Query,
    html_and_text,
    json_boolean,
    json_list,
    json_object,
    json_with,
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
    Money,
    OptionalText,
    Shape,
    Text,
    Timestamp,
    one_of,
)
from talentlms_mock.errors import InvalidValue
from talentlms_mock.portal.contract.refusals import (
    EMAIL_TAKEN,
    LOGIN_TAKEN,
    USER_ID_INVALID,
    attribute,
    missing,
)
from talentlms_mock.portal.rules import users as rules
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

Status = Literal["active", "inactive"]
_AVATAR = image(users.c.avatar, "avatars/unknown")


class ListedUser(Shape):
    id: int
    login: str
    name: str
    surname: str
    email: str
    avatar: Image
    timezone: str | None
    language: str | None
    type: str
    registration: Timestamp
    last_login: Timestamp | None
    status: Status
    last_updated: Timestamp | None
    integration_user_id: str | None


class UserType(Shape):
    id: int
    name: str
    is_default: bool


class User(Shape):
    id: int
    login: str
    name: str
    surname: str
    email: str
    credits: float | None
    description: RichText | None
    avatar: Image
    custom_fields: list[CustomFieldValue]
    email_notifications: bool
    timezone: str
    locale: str
    user_type: UserType
    status: Status
    deactivation_date: Timestamp | None
    available_types: list[UserType]


class UserFields(Body):
    """What a new and a changed user have in common; custom fields come by their keys."""

    subject = "User"

    description: OptionalText | None = None
    credits: Money | None = None
    deactivation_date: CalendarDate | None = None
    email_notifications: bool = True
    user_type_id: int = 0
    timezone: Text = ""
    locale: Text = ""

    def custom_fields(self, transaction: Transaction) -> dict[str, object]:
        """Return the values of this portal's custom fields by key."""
        further = self.extra_fields()
        keys = self.allowed_extra(transaction) if further else ()
        return {key: further[key] for key in keys if key in further}

    def allowed_extra(self, transaction: Transaction) -> Collection[str]:
        return transaction.connection.execute(_FIELD_KEYS).scalars().all()


class NewUser(UserFields):
    name: Text
    surname: Text
    login: Text
    email: Email
    password: Text
    status: bool = True


class ChangedUser(UserFields):
    name: Text = ""
    surname: Text = ""
    login: Text = ""
    email: Email = ""
    status: Status = "active"
    active: Annotated[bool, INFERRED] = True
    current_password: Text = ""
    password: Text = ""


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
    json_with(
        "avatar",
        _AVATAR,
        **_NAMES,
        timezone=users.c.timezone,
        language=users.c.locale,
        type=user_types.c.name,
        registration=users.c.registration,
        last_login=users.c.last_login,
        status=users.c.status,
        last_updated=users.c.last_updated,
        integration_user_id=users.c.integration_user_id,
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
        return exists().where(membership.c.user_id == users.c.id, column == id)

    return where


def _has_custom_value(value: Expression) -> ColumnElement[bool]:
    return exists().where(
        user_field_values.c.owner_id == users.c.id, user_field_values.c.value == value
    )


_FILTERS = (
    Filter("status", "eq", one_of("active", "inactive"), lambda value: users.c.status == value),
    Filter("login", "eq", CASELESS, lambda value: users.c.login_key == value),
    Filter("email", "eq", CASELESS, lambda value: users.c.email_key == value),
    keyword(users.c.search_key),
    Filter("last_updated", "gte", MOMENT, lambda value: users.c.last_updated >= value),
    Filter("last_updated", "lte", MOMENT, lambda value: users.c.last_updated <= value),
    Filter("branch_id", "eq", ID, _in(branch_users, branch_users.c.branch_id)),
    Filter("group_id", "eq", ID, _in(group_users, group_users.c.group_id)),
    Filter("integration", "eq", STRING, lambda value: users.c.integration == value),
    Filter("custom_field_value", "eq", STRING, _has_custom_value),
)


@operation(
    "GET",
    "/users",
    "getUsers",
    tag="User",
    summary="Get users",
    answer=page_of(ListedUser),
    known=DOCUMENTED,
    filters=_FILTERS,
)
def get_users(transaction: Transaction, page: PageRequest) -> Page:
    return _LISTING.fetch(transaction, page)


@operation(
    "POST",
    "/users",
    "createUser",
    tag="User",
    summary="Create a user",
    answer=one(User),
    known=DOCUMENTED,
    conflicts=(LOGIN_TAKEN, EMAIL_TAKEN),
    body=NewUser,
    rules=(_CUSTOM_FIELDS,),
)
def create_user(transaction: Transaction, body: NewUser) -> orjson.Fragment:
    values = body.set_fields() | {"status": "active" if body.status else "inactive"}
    id = rules.create_user(transaction, values, body.custom_fields(transaction))
    return one_row(transaction, _USER, id, "user")


@operation(
    "GET",
    "/users/{id}",
    "getUserById",
    tag="User",
    summary="Get a user",
    answer=one(User),
    known=DOCUMENTED,
    id_refusal=USER_ID_INVALID,
)
def get_user(transaction: Transaction, id: int) -> orjson.Fragment:
    return one_row(transaction, _USER, id, "user")


@operation(
    "PATCH",
    "/users/{id}",
    "updateUser",
    tag="User",
    summary="Update a user",
    answer=NO_CONTENT,
    known=DOCUMENTED,
    id_refusal=USER_ID_INVALID,
    conflicts=(LOGIN_TAKEN, EMAIL_TAKEN),
    body=ChangedUser,
    rules=(
        Rule("a password without the right current_password answers 400"),
        Rule("status and active that contradict each other answer 400"),
        _CUSTOM_FIELDS,
    ),
)
def update_user(transaction: Transaction, id: int, body: ChangedUser) -> None:
    changes = body.set_fields("active")
    if "active" in body.model_fields_set:
        transaction.warnings.append("active in the body is an old form of status")
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
    answer=NO_CONTENT_INFERRED,
    known=DOCUMENTED,
    id_refusal=USER_ID_INVALID,
)
def delete_user(transaction: Transaction, id: int) -> None:
    rules.delete_user(transaction, transaction.find(UserRow, id))
