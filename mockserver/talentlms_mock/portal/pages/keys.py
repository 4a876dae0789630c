"""The keys in addresses that the portal gave out: each works once, within its lifetime."""

from datetime import timedelta
from typing import Any, NamedTuple

import orjson
from sqlalchemy import bindparam, update

from talentlms_mock.errors import NotFound, Refusal, RuleBroken
from talentlms_mock.portal.state.clock import parse_moment
from talentlms_mock.portal.store.mapping import select_rows
from talentlms_mock.portal.store.models import page_keys
from talentlms_mock.portal.store.row_types import PageKeyRow, PageKind
from talentlms_mock.portal.store.transaction import Transaction

__all__ = ["LIFETIMES", "Key", "PageKind", "find", "has_key", "mark_used", "use"]

LIFETIMES: dict[PageKind, timedelta] = {
    "autologin": timedelta(hours=1),
    "goto": timedelta(hours=1),
    "logout": timedelta(days=1),
    "reset": timedelta(days=1),
    "checkout": timedelta(days=1),
}
"""How long a key works by the portal's clock. No contract says; these are inferred."""

_GONE = 410
_OF_KIND = select_rows(PageKeyRow).where(
    page_keys.c.key == bindparam("key"), page_keys.c.kind == bindparam("kind")
)
_USE = update(page_keys).where(page_keys.c.id == bindparam("of_key"))


class Key(NamedTuple):
    """A key that works: for whom it is, and what else the page needs, by name."""

    id: int
    user_id: int
    target: dict[str, Any]


def has_key(transaction: Transaction, kind: PageKind, text: str) -> bool:
    """Return whether the portal gave out this key, also if it does not work any more."""
    return transaction.first(_OF_KIND, key=text, kind=kind) is not None


def find(transaction: Transaction, kind: PageKind, text: str) -> Key:
    """Return a key that still works, without using it.

    Raises:
        NotFound: the portal gave out no such key.
        RuleBroken: it was used, or its lifetime is over; the status is 410.
    """
    row = transaction.first(_OF_KIND, key=text, kind=kind)
    if row is None:
        raise NotFound(Refusal(404, "not_found", "This address has no key that the portal knows."))
    if row.used_at is not None:
        raise _gone(f"This address was used at {row.used_at}. It works once: ask for a new one.")
    ends = parse_moment(row.created_at) + LIFETIMES[kind]
    if ends <= transaction.clock.now():
        raise _gone(
            f"This address is too old: it worked until {ends.isoformat()} by the clock of the "
            "portal. Ask for a new one."
        )
    return Key(row.id, row.user_id, orjson.loads(row.target))


def use(transaction: Transaction, kind: PageKind, text: str) -> Key:
    """Return a key that still works; from now on it does not.

    Raises:
        NotFound, RuleBroken: as for `find`.
    """
    key = find(transaction, kind, text)
    mark_used(transaction, key.id)
    return key


def mark_used(transaction: Transaction, id: int) -> None:
    """Let a key not work any more."""
    transaction.connection.execute(_USE.values(used_at=transaction.now), {"of_key": id})


def _gone(text: str) -> RuleBroken:
    return RuleBroken(Refusal(_GONE, "gone", text))
