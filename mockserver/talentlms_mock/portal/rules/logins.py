"""The rules of a user's sign-in on the portal's pages: logging in and out."""

from sqlalchemy import func, select, update

from talentlms_mock.errors import RuleBroken
from talentlms_mock.portal.contract.refusals import USER_NOT_ACTIVE
from talentlms_mock.portal.rules import addresses
from talentlms_mock.portal.rules.users import named
from talentlms_mock.portal.store.models import events, users
from talentlms_mock.portal.store.row_types import UserRow
from talentlms_mock.portal.store.transaction import Transaction

_LAST_EVENT = select(func.max(events.c.id))


def log_in(transaction: Transaction, user: UserRow) -> None:
    """Sign `user` in: it is online, and this is its last login.

    A user who is online already is signed in again.

    Raises:
        RuleBroken: the user is not active.
    """
    if user.status != "active":
        raise RuleBroken(USER_NOT_ACTIVE)
    transaction.connection.execute(
        update(users)
        .where(users.c.id == user.id)
        .values(last_login=transaction.now, session_started_at=transaction.now)
    )
    transaction.record("user_login_user", user=named(user))


def log_out(transaction: Transaction, user: UserRow) -> None:
    """Sign `user` out, if it is signed in; the timeline has no event for that."""
    transaction.connection.execute(
        update(users).where(users.c.id == user.id).values(session_started_at=None)
    )
    transaction.changed("user", user.id)


def login_address(transaction: Transaction, user: UserRow) -> str:
    """Return the address that signs in `user`, after `log_in`."""
    key = addresses.key(transaction, "login", user.id, transaction.scalar(_LAST_EVENT))
    return addresses.page(transaction, f"index/autologin/key:{key}")
