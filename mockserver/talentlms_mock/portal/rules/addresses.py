"""Addresses of the portal's own pages; the mock names them, and serves none of them."""

from hashlib import sha256
from urllib.parse import urlencode

from talentlms_mock.portal.store.row_types import BranchRow
from talentlms_mock.portal.store.text import host_label
from talentlms_mock.portal.store.transaction import Transaction


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
    label, dot, rest = host.partition(".")
    if not f"-{label.lower()}".endswith(f"-{domain}"):
        return origin
    if branch is not None:
        domain = f"{host_label(branch.name, branch.id)}-{domain}"
    return f"{scheme}://{domain}{dot}{rest}"


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


def key(transaction: Transaction, *facts: object) -> str:
    """Return 32 hexadecimal digits, the same whenever the same calls are made at the same time.

    Args:
        transaction: the transaction of the request.
        facts: what tells this key from any other of the same portal and second.
    """
    text = "\n".join(map(str, (transaction.settings.domain, transaction.now, *facts)))
    return sha256(text.encode()).hexdigest()[:32]
