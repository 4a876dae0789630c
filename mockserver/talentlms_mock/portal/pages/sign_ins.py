"""Sign-ins: browsers that are signed in on the portal's pages, each by a token that it keeps."""

from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import bindparam, update

from talentlms_mock.errors import Refusal, RuleBroken
from talentlms_mock.portal.pages import keys
from talentlms_mock.portal.rules import addresses, logins
from talentlms_mock.portal.rules.passwords import is_password
from talentlms_mock.portal.rules.users import named
from talentlms_mock.portal.store.mapping import select_rows
from talentlms_mock.portal.store.models import page_keys, users
from talentlms_mock.portal.store.row_types import PageKeyRow, UserRow
from talentlms_mock.portal.store.transaction import Transaction

WRONG_LOGIN = Refusal(403, "forbidden", "The username or the password is wrong.")

_OPEN = select_rows(PageKeyRow).where(
    page_keys.c.key == bindparam("token"),
    page_keys.c.kind == "sign_in",
    page_keys.c.used_at.is_(None),
)
_BY_LOGIN = select_rows(UserRow).where(users.c.login_key == bindparam("key"))
_CHANGE = (
    update(page_keys).where(page_keys.c.id == bindparam("of_key")).values(target=bindparam("to"))
)


@dataclass(frozen=True)
class SignIn:
    """A browser that is signed in.

    Attributes:
        token: what the browser keeps.
        user_id: who is signed in.
        full_name: the user's.
        locale: the user's, like de-DE.
        branch_id: the branch that the browser was signed in to; None is the main domain.
    """

    token: str
    user_id: int
    full_name: str
    locale: str
    branch_id: int | None
    row_id: int
    target: dict[str, Any]


def find(transaction: Transaction, token: str | None) -> SignIn | None:
    """Return the sign-in of this token; None where there is none, or its user is not online."""
    row = transaction.first(_OPEN, token=token) if token else None
    if row is None:
        return None
    user = transaction.find(UserRow, row.user_id)
    if user.session_started_at is None:
        return None
    target = orjson.loads(row.target)
    return SignIn(
        row.key,
        user.id,
        named(user).full_name,
        user.locale,
        target.get("branch_id"),
        row.id,
        target,
    )


def begin(
    transaction: Transaction, user: UserRow, earlier: str | None = None, **target: object
) -> str:
    """Sign a browser in, in the place of an earlier sign-in, and return the token.

    A user who is online already, as after `GET /users/{id}/login`, is not signed in once more.

    Raises:
        RuleBroken: the user is not active.
    """
    if user.session_started_at is None or user.status != "active":
        logins.log_in(transaction, user)
    before = find(transaction, earlier)
    if before is not None:
        keys.mark_used(transaction, before.row_id)
        if before.user_id == user.id:  # it was on its way through a course
            kept = {name: value for name, value in before.target.items() if value is not None}
            target = _merged(kept, target)
    return addresses.new_key(transaction, "sign_in", user.id, **target)


def by_password(transaction: Transaction, login: str, password: str) -> UserRow:
    """Return the user with this login, in any case, and this password.

    Raises:
        RuleBroken: there is none; the status is 403.
    """
    user = transaction.first(_BY_LOGIN, key=login.casefold())
    if user is None or not is_password(password, user.password_hash):
        raise RuleBroken(WRONG_LOGIN)
    return user


def take_redirect(transaction: Transaction, sign_in: SignIn, course_id: int) -> str | None:
    """Return where the user is led after a course, once; None where nobody said where."""
    redirects = dict(sign_in.target.get("completed_redirects") or {})
    address: str | None = redirects.pop(str(course_id), None)
    if address is not None:
        target = {**sign_in.target, "completed_redirects": redirects}
        both = {"of_key": sign_in.row_id, "to": orjson.dumps(target).decode()}
        transaction.connection.execute(_CHANGE, both)
    return address


def _merged(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """Return what a new sign-in leads to: its own addresses, else those of the one before."""
    redirects = {
        **before.get("completed_redirects", {}),
        **(after.get("completed_redirects") or {}),
    }
    named = {name: value for name, value in after.items() if value is not None}
    return {**before, **named, "completed_redirects": redirects}
