"""Recovery of a forgotten password or login: a message in the outbox."""

from sqlalchemy import bindparam

from talentlms_mock.errors import NotFound
from talentlms_mock.portal.rules import addresses, outbox
from talentlms_mock.portal.store.mapping import select_rows
from talentlms_mock.portal.store.models import users
from talentlms_mock.portal.store.row_types import UserRow
from talentlms_mock.portal.store.transaction import Transaction

_BY_LOGIN = select_rows(UserRow).where(users.c.login_key == bindparam("key"))
_BY_EMAIL = select_rows(UserRow).where(users.c.email_key == bindparam("key"))


def send_password_reset(transaction: Transaction, login: str, redirect_url: str | None) -> None:
    """Send the user with this login a link that sets a new password.

    Args:
        transaction: the transaction of the request.
        login: without regard to case.
        redirect_url: where the link finally leads; None is the portal's own page.

    Raises:
        NotFound: nobody has the login.
    """
    user = transaction.first(_BY_LOGIN, key=login.casefold())
    if user is None:
        raise NotFound("user")
    key = addresses.key(transaction, "password", user.id, outbox.count(transaction))
    link = addresses.page(transaction, f"index/resetpassword/key:{key}", redirect_url=redirect_url)
    outbox.send(transaction, "password_reset", user, link)


def send_username(transaction: Transaction, email: str, domain_url: str | None) -> None:
    """Send a user the username.

    Args:
        transaction: the transaction of the request.
        email: the user's email or, where nobody has it, login; without regard to case.
        domain_url: the address that the message leads to; None is the portal's own.

    Raises:
        NotFound: nobody has the email or login.
    """
    key = email.casefold()
    user = transaction.first(_BY_EMAIL, key=key) or transaction.first(_BY_LOGIN, key=key)
    if user is None:
        raise NotFound("user")
    outbox.send(transaction, "username_recovery", user, domain_url or addresses.home(transaction))
