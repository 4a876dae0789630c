"""Addresses of the portal's own pages, and the keys in them."""

from hashlib import sha256
from string import ascii_lowercase, digits
from urllib.parse import urlencode

import orjson
from sqlalchemy import Integer, column, select, table

from talentlms_mock.hosts import domain_of
from talentlms_mock.portal.store.models import page_keys
from talentlms_mock.portal.store.row_types import BranchRow, PageKind
from talentlms_mock.portal.store.text import host_label
from talentlms_mock.portal.store.transaction import Transaction

KEY_LENGTH = 20
"""Characters of a key, as recorded."""

# Not the largest id in the table: one that was archived with its user comes back.
_LAST_ID = (
    select(column("seq", Integer))
    .select_from(table("sqlite_sequence"))
    .where(column("name") == page_keys.name)
)


def home(transaction: Transaction, branch: BranchRow | None = None) -> str:
    """Return the address of the portal or of one of its branches, without a slash at the end.

    It leads where the client of the request came from: to the real host name where it asked by
    that, else to the address and port that it used, which portal and branches have in common.

    Args:
        transaction: the transaction of the request.
        branch: the branch; None is the main domain.
    """
    domain = transaction.settings.domain
    origin = transaction.origin or f"https://{transaction.settings.host}"
    scheme, _, host = origin.partition("://")
    if domain_of(host) is None:
        return origin
    if branch is not None:
        domain = f"{host_label(branch.name, branch.id)}-{domain}"
    _, _, rest = host.partition(".")
    return f"{scheme}://{domain}.{rest}"


def page(
    transaction: Transaction, path: str, branch: BranchRow | None = None, **parameters: object
) -> str:
    """Return the address of a page of the portal.

    Args:
        transaction: the transaction of the request.
        path: below the portal's address, as it goes into an address.
        branch: whose page it is; None is the main domain.
        parameters: of the query; those that are None or empty are left out.
    """
    query = urlencode({name: value for name, value in parameters.items() if value})
    return f"{home(transaction, branch)}/{path}" + (f"?{query}" if query else "")


def portal_query(transaction: Transaction) -> str:
    """Return the query that an address of a page needs which has no key: "" or "?portal=acme".

    It is needed where the client asked by an address of the server, which all portals of it share.
    """
    if domain_of(home(transaction).partition("://")[2]) is not None:
        return ""
    return f"?portal={transaction.settings.domain}"


def front_page(transaction: Transaction) -> str:
    """Return the address of the portal's front page, as a message has it."""
    query = portal_query(transaction)
    return f"{home(transaction)}/index{query}" if query else home(transaction)


def with_scheme(address: str) -> str:
    """Return `address` as a browser opens it: with https where it has no scheme of the web."""
    return address if _has_scheme(address) else f"https://{address}"


def of_path(transaction: Transaction, path: str) -> str:
    """Return where `path` leads, which may be a whole address or a path of the portal."""
    if _has_scheme(path):
        return path
    query = portal_query(transaction)
    ending = query.replace("?", "&") if "?" in path else query
    return f"{home(transaction)}/{path.lstrip('/')}{ending}"


def _has_scheme(address: str) -> bool:
    return address.lower().startswith(("http://", "https://"))


def new_key(transaction: Transaction, kind: PageKind, user_id: int, **target: object) -> str:
    """Return a new key, by which a page will know what it is opened for.

    Args:
        transaction: the transaction of the request.
        kind: what the page does.
        user_id: for whom.
        target: what else the page needs, by name: where it leads.
    """
    number = (transaction.scalar(_LAST_ID) or 0) + 1
    # That of a logout is a number, as recorded.
    key = str(number) if kind == "logout" else unique_text(transaction, KEY_LENGTH, kind, number)
    transaction.put(
        page_keys,
        {
            "key": key,
            "kind": kind,
            "user_id": user_id,
            "target": orjson.dumps(target).decode(),
            "created_at": transaction.now,
        },
    )
    return key


def unique_text(
    transaction: Transaction, length: int, *facts: object, letters: str = ascii_lowercase + digits
) -> str:
    """Return a text that looks random, the same whenever the same calls are made at one time.

    Args:
        transaction: the transaction of the request.
        length: how many of the letters it has.
        facts: what tells it from any other of the same portal and second.
        letters: what it is made of.
    """
    facts = (transaction.settings.domain, transaction.now, *facts)
    number = int.from_bytes(sha256("\n".join(map(str, facts)).encode()).digest())
    return "".join(
        letters[number // len(letters) ** place % len(letters)] for place in range(length)
    )
