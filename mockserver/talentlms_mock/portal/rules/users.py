"""The rules of users: who may be added, changed and deleted, and what follows from it."""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from hashlib import sha256
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from talentlms_mock.errors import Conflict, InvalidValue, RuleBroken
from talentlms_mock.portal.contract.refusals import (
    EMAIL_TAKEN,
    LOGIN_TAKEN,
    USER_ARCHIVED,
    USER_NOT_ARCHIVED,
    WEAK_PASSWORD,
    WRONG_PASSWORD,
    attribute,
)
from talentlms_mock.portal.rules import archive
from talentlms_mock.portal.rules.passwords import UNUSABLE, hash_password, is_password, is_strong
from talentlms_mock.portal.state.clock import parse_moment, timestamp
from talentlms_mock.portal.store.mapping import select_rows
from talentlms_mock.portal.store.models import (
    user_field_values,
    user_types,
    users,
)
from talentlms_mock.portal.store.row_types import CourseFieldRow, UserFieldRow, UserRow, UserTypeRow
from talentlms_mock.portal.store.text import without_tags
from talentlms_mock.portal.store.transaction import Named, Transaction

_LOCALES = """
    ar-AE az-AZ bs-BA ca-ES cs-CZ da-DK de-DE el-GR en-US es-ES et-EE fa-IR
    fi-FI fr-FR he-IL hi-IN hr-HR hu-HU hy-AM id-ID is-IS it-IT ja-JP ka-GE
    ko-KR lt-LT lv-LV mn-MN ms-MY nb-NO nl-NL pl-PL pt-BR pt-PT ro-RO ru-RU
    sk-SK sl-SI sr-RS sv-SE th-TH tr-TR uk-UA vi-VN zh-CN zh-TW
"""
LOCALES = frozenset(_LOCALES.split())
"""The locales a user may have (domain.md, Locales)."""

_BY_KEY = {
    "login": select(users.c.id).where(users.c.login_key == bindparam("key")),
    "email": select(users.c.id).where(users.c.email_key == bindparam("key")),
}
IS_TIMEZONE = "must be the name of a timezone, like Europe/Athens"
IS_LOCALE = "must be one of the portal's locales, like en-US"

_TOUCH = (
    update(users).where(users.c.id == bindparam("of_user")).values(last_updated=bindparam("now"))
)
_TAKEN = {"login": LOGIN_TAKEN, "email": EMAIL_TAKEN}
_CUSTOM_FIELDS = select_rows(UserFieldRow)
_SALT_LENGTH = 16
_DEFAULT_TYPE = select(user_types.c.id).where(user_types.c.is_default)


def create_user(
    transaction: Transaction, values: Mapping[str, Any], custom_fields: Mapping[str, object]
) -> int:
    """Add a user and return its id.

    Args:
        transaction: the transaction of the request.
        values: columns of `users` by name, and the plain `password`; None is one that nobody knows.
        custom_fields: values by the key of the field.

    Raises:
        InvalidValue: a value is not one that the field can have.
        NotFound: there is no such user type.
        RuleBroken: the login or email is taken, or the password is weak.
    """
    row = dict(values)
    password = row.pop("password")
    defaults = transaction.site()
    row.setdefault("timezone", defaults.default_timezone)
    row.setdefault("locale", defaults.default_locale)
    row.setdefault("status", "active")
    _check(transaction, row)
    if row.get("user_type_id") is None:
        row["user_type_id"] = transaction.scalar(_DEFAULT_TYPE)
    if password is not None:
        _check_strength(password)
    id = transaction.insert(
        users,
        _derived(transaction, row, row)
        | {
            "password_hash": _hashed(transaction, row["login"], password),
            "registration": transaction.now,
            "last_updated": transaction.now,
        },
    )
    _set_custom_fields(transaction, id, custom_fields)
    transaction.record("user_create_user", user=_named(row, id))
    return id


def update_user(
    transaction: Transaction,
    user: UserRow,
    changes: Mapping[str, Any],
    custom_fields: Mapping[str, object],
) -> None:
    """Change `user` by the rules of `create_user`; `changes` are columns of `users` by name.

    A new `password` needs the right `current_password` (operations.md, 4).

    Raises:
        InvalidValue, NotFound, RuleBroken: as for `create_user`.
    """
    row = dict(changes)
    current_password = row.pop("current_password", None)
    password = row.pop("password", None)
    _check(transaction, row, user.id)
    if password is not None:
        if current_password is None or not is_password(current_password, user.password_hash):
            raise RuleBroken(WRONG_PASSWORD, at="current_password")
        _check_strength(password)
        row["password_hash"] = _hashed(transaction, user.login, password)
    whole = user._asdict() | row
    changed = _derived(transaction, row, whole) | {"last_updated": transaction.now}
    transaction.update(users, user.id, changed)
    _set_custom_fields(transaction, user.id, custom_fields)
    transaction.record("user_property_change", user=_named(whole, user.id))


def set_password(transaction: Transaction, user: UserRow, password: str) -> None:
    """Give `user` a new password, without asking for the current one.

    Raises:
        RuleBroken: it is not strong enough.
    """
    _check_strength(password)
    changed = {
        "password_hash": _hashed(transaction, user.login, password),
        "last_updated": transaction.now,
    }
    transaction.update(users, user.id, changed)
    transaction.record("user_property_change", user=named(user))


def archive_user(transaction: Transaction, id: int) -> None:
    """Archive a user, and with it enrollments, memberships, progress and certificates.

    It is signed out, and its login and email are free for others.

    Raises:
        Conflict: it is archived already.
        NotFound: there is no such user.
    """
    user = archive.find(transaction, UserRow, id, USER_ARCHIVED)
    transaction.update(users, id, {"session_started_at": None})
    archive.put_away(transaction, "user", id, named(user).full_name)
    transaction.record("user_delete_user", user=named(user))


def restore_user(transaction: Transaction, id: int) -> None:
    """Restore an archived user, with everything that was archived with it.

    Raises:
        Conflict: it is not archived.
        NotFound: there is no such user.
        RuleBroken: another user has its login or email by now.
    """
    row = archive.archived_row(transaction, "user", id)
    if row is None:
        transaction.find(UserRow, id)
        raise Conflict(USER_NOT_ARCHIVED)
    _check_free(transaction, row)
    archive.take_out(transaction, "user", id)
    transaction.record("user_undelete_user", user=_named(row, id))


def note_activity(transaction: Transaction, id: int) -> None:
    """Move a user's `last_updated`, where the quirk `last_updated_moves` says that activity does.

    Activity is what changes something of the user but the profile: signing in and out, progress in
    a course, and joining or leaving a course, a learning path, a group or a branch.
    """
    if transaction.quirk("last_updated_moves") == "activity":
        transaction.execute(_TOUCH, of_user=id, now=transaction.now)


class Person(Protocol):
    """A row with the id and the names of a user."""

    @property
    def id(self) -> int: ...
    @property
    def name(self) -> str: ...
    @property
    def surname(self) -> str: ...
    @property
    def login(self) -> str: ...


def named(user: Person) -> Named:
    """Return the user as the timeline names it."""
    return Named(user.id, user.name, user.surname, user.login)


def _named(row: Mapping[str, Any], id: int) -> Named:
    return Named(id, row["name"], row["surname"], row["login"])


def _check(transaction: Transaction, row: Mapping[str, Any], id: int | None = None) -> None:
    if row.get("timezone") is not None and not is_timezone(row["timezone"]):
        raise InvalidValue(attribute("timezone", IS_TIMEZONE), at="timezone")
    if row.get("locale") is not None and row["locale"] not in LOCALES:
        raise InvalidValue(attribute("locale", IS_LOCALE), at="locale")
    if row.get("user_type_id") is not None:
        transaction.find(UserTypeRow, row["user_type_id"])
    _check_free(transaction, row, id)


def _check_free(transaction: Transaction, row: Mapping[str, Any], id: int | None = None) -> None:
    """Raise RuleBroken where another user than `id` has the login or email of `row`."""
    for field in ("login", "email"):
        if field in row:
            owner = transaction.scalar(_BY_KEY[field], key=row[field].casefold())
            if owner not in (None, id):
                raise RuleBroken(_TAKEN[field], at=field)


def _hashed(transaction: Transaction, login: str, password: str | None) -> str:
    if password is None:
        return UNUSABLE
    # Another for each user, and the same whenever the same calls are made.
    facts = f"{transaction.settings.domain}\n{transaction.now}\n{login}"
    return hash_password(password, sha256(facts.encode()).hexdigest()[:_SALT_LENGTH])


def _check_strength(password: str) -> None:
    if not is_strong(password):
        raise RuleBroken(WEAK_PASSWORD, at="password")


def _derived(
    transaction: Transaction, row: Mapping[str, Any], whole: Mapping[str, Any]
) -> dict[str, Any]:
    """Return `row` with the columns that follow from it; `whole` has what it leaves out."""
    derived = dict(row)
    names = ("name", "surname", "login", "email")
    if any(name in row for name in names):
        derived["search_key"] = "\n".join(whole[name] for name in names).casefold()
    for field in ("login", "email"):
        if field in row:
            derived[f"{field}_key"] = row[field].casefold()
    if "description" in row:
        derived["description_text"] = without_tags(row["description"])
    if row.get("deactivation_date") is not None:
        derived["deactivation_date"] = timestamp(parse_moment(row["deactivation_date"]))
    ends = derived.get("deactivation_date", whole.get("deactivation_date"))
    if ends is not None and ends <= transaction.now:
        derived["status"] = "inactive"
    if derived.get("status") == "inactive":
        derived["session_started_at"] = None
    return derived


@lru_cache
def is_timezone(name: str) -> bool:
    """Return whether `name` is in the IANA database."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


def _set_custom_fields(
    transaction: Transaction, user_id: int, values: Mapping[str, object]
) -> None:
    if not values:
        return
    fields = {field.key: field for field in transaction.all(_CUSTOM_FIELDS)}
    rows = [
        {"owner_id": user_id, "field_id": fields[key].id, "value": custom_value(fields[key], value)}
        for key, value in values.items()
    ]
    statement = upsert(user_field_values)
    transaction.connection.execute(
        statement.on_conflict_do_update(set_={"value": statement.excluded.value}), rows
    )


def custom_value(field: UserFieldRow | CourseFieldRow, value: object) -> str | None:
    """Return `value` as it is stored for the custom `field`.

    Raises:
        InvalidValue: the field cannot have it.
    """
    if value is None:
        return None
    if field.type == "checkbox" and isinstance(value, bool):
        return "on" if value else "off"
    if not isinstance(value, str):
        raise InvalidValue(attribute(field.key, "must be a string"), at="custom_fields")
    if field.type == "checkbox" and value not in ("on", "off"):
        raise InvalidValue(attribute(field.key, "must be 'on' or 'off'"), at="custom_fields")
    if field.type == "dropdown" and value not in orjson.loads(field.dropdown_values or "[]"):
        raise InvalidValue(
            attribute(field.key, "must be one of the field's values"), at="custom_fields"
        )
    if field.type == "date":
        try:
            date.fromisoformat(value)
        except ValueError:
            raise InvalidValue(
                attribute(field.key, "must be a date, YYYY-MM-DD"), at="custom_fields"
            ) from None
    return value
