"""Addresses of the portal's own pages; the mock names them, and serves none of them."""

from hashlib import sha256
from urllib.parse import urlencode

from talentlms_mock.portal.store.transaction import Transaction


def home(transaction: Transaction) -> str:
    """Return the address of the portal, without a slash at the end."""
    return f"https://{transaction.settings.host}"


def page(transaction: Transaction, path: str, **parameters: object) -> str:
    """Return the address of a page of the portal.

    Args:
        transaction: the transaction of the request.
        path: below the portal's address, as it goes into an address.
        parameters: of the query; those that are None or empty are left out.
    """
    query = urlencode({name: value for name, value in parameters.items() if value})
    return f"{home(transaction)}/{path}" + (f"?{query}" if query else "")


def key(transaction: Transaction, *facts: object) -> str:
    """Return 32 hexadecimal digits, the same whenever the same calls are made at the same time.

    Args:
        transaction: the transaction of the request.
        facts: what tells this key from any other of the same portal and second.
    """
    text = "\n".join(map(str, (transaction.settings.domain, transaction.now, *facts)))
    return sha256(text.encode()).hexdigest()[:32]
