"""The rules of a user's sign-in on the portal's pages: logging in and out."""

from base64 import b64encode
from datetime import timedelta
from typing import NamedTuple
from urllib.parse import quote

from sqlalchemy import bindparam, update

from talentlms_mock.errors import RuleBroken
from talentlms_mock.portal.contract.refusals import USER_NOT_ACTIVE
from talentlms_mock.portal.rules import addresses
from talentlms_mock.portal.rules.users import named, note_activity
from talentlms_mock.portal.state.clock import timestamp
from talentlms_mock.portal.store.mapping import select_rows
from talentlms_mock.portal.store.models import branch_users, branches, events, page_keys, users
from talentlms_mock.portal.store.row_types import BranchRow, EventRow, UserRow
from talentlms_mock.portal.store.transaction import Transaction

ONE_EVENT = timedelta(hours=2)
"""Sign-ins of a user that follow one another within this time are one event."""

MAIN_DOMAIN = "main_domain"
"""What stands in the place of a branch's name for the portal itself."""

_LAST_SIGN_IN = (
    select_rows(EventRow)
    .where(events.c.user_id == bindparam("of_user"), events.c.event_type == "user_login_user")
    .order_by(events.c.created_at.desc(), events.c.id.desc())
    .limit(1)
)
_BRANCHES = (
    select_rows(BranchRow)
    .join_from(branches, branch_users)
    .where(branch_users.c.user_id == bindparam("of_user"))
    .order_by(branches.c.id)
)
_END_SIGN_INS = (
    update(page_keys)
    .where(
        page_keys.c.user_id == bindparam("of_user"),
        page_keys.c.kind == "sign_in",
        page_keys.c.used_at.is_(None),
    )
    .values(used_at=bindparam("now"))
)


class LoginAddress(NamedTuple):
    """Where a user is signed in: in a branch of this name, or in the main domain."""

    name: str
    url: str
    is_branch: bool


def log_in(transaction: Transaction, user: UserRow) -> None:
    """Sign `user` in: it is online, and this is its last login.

    A user who is online already is signed in again.

    Raises:
        RuleBroken: the user is not active.
    """
    if user.status != "active":
        raise RuleBroken(USER_NOT_ACTIVE)
    transaction.update(
        users, user.id, {"last_login": transaction.now, "session_started_at": transaction.now}
    )
    note_activity(transaction, user.id)
    _record(transaction, user)


def _record(transaction: Transaction, user: UserRow) -> None:
    """Add a sign-in to the timeline, or to the event of the one before, if that is not long ago.

    Recorded servers put sign-ins into one event that were 1 h 37 min apart, and not those that
    were 3 h 54 min apart (operations.md, 33); the two hours are inferred.
    """
    last = transaction.first(_LAST_SIGN_IN, of_user=user.id)
    since = timestamp(transaction.clock.now() - ONE_EVENT)
    if last is None or not since <= last.created_at <= transaction.now:
        transaction.record("user_login_user", user=named(user))
        return
    changed = {"created_at": transaction.now, "occurrences": last.occurrences + 1}
    transaction.update(events, last.id, changed)
    transaction.changed("user", user.id)


def log_out(transaction: Transaction, user: UserRow) -> None:
    """Sign `user` out, if it is signed in, in every browser; the timeline has no event for that."""
    transaction.update(users, user.id, {"session_started_at": None})
    transaction.execute(_END_SIGN_INS, of_user=user.id, now=transaction.now)
    note_activity(transaction, user.id)
    transaction.changed("user", user.id)


def login_addresses(transaction: Transaction, user: UserRow) -> list[LoginAddress]:
    """Return the addresses that sign in `user`: those of its branches, and the main domain's.

    Each signs a browser in once.
    """
    branches: list[BranchRow | None] = [*transaction.all(_BRANCHES, of_user=user.id), None]
    return [_login_address(transaction, user, branch) for branch in branches]


def _login_address(
    transaction: Transaction, user: UserRow, branch: BranchRow | None
) -> LoginAddress:
    branch_id = None if branch is None else branch.id
    key = addresses.new_key(transaction, "autologin", user.id, branch_id=branch_id)
    url = addresses.page(transaction, f"index/autologin/key:{key}", branch)
    return LoginAddress(MAIN_DOMAIN if branch is None else branch.name, url, branch is not None)


def logout_address(transaction: Transaction, user: UserRow, next_address: str) -> str:
    """Return the address that signs a browser of `user` out, and leads to `next_address`."""
    token = addresses.new_key(transaction, "logout", user.id, next=next_address or None)
    # In a path, a base64 text needs escapes for two of its characters.
    encoded = quote(b64encode(next_address.encode()), safe="=")
    return addresses.page(transaction, f"index/logout/token:{token},next:{encoded}")
