"""Recovery of a forgotten password or login: a message in the outbox."""

from sqlalchemy import bindparam

from talentlms_mock.errors import InvalidValue, NotFound
from talentlms_mock.portal.contract.refusals import RECOVERY_EMAIL_INVALID
from talentlms_mock.portal.rules import addresses, outbox
from talentlms_mock.portal.rules.field_types import EMAIL
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
        redirect_url: where the link finally leads; None and "" are the portal's own page.

    Raises:
        NotFound: nobody has the login.
    """
    user = transaction.first(_BY_LOGIN, key=login.casefold())
    if user is None:
        raise NotFound("user")
    key = addresses.new_key(transaction, "reset", user.id, redirect_url=redirect_url or None)
    link = addresses.page(transaction, f"index/resetpassword/key:{key}")
    outbox.send(transaction, "password_reset", user, link)


def send_username(transaction: Transaction, email: str, domain_url: str | None) -> int:
    """Send a user the username, and return the user's id.

    Args:
        transaction: the transaction of the request.
        email: the user's, without regard to case.
        domain_url: the address that the message leads to, with or without a scheme; None and ""
            are the portal's own.

    Raises:
        InvalidValue: `email` is no email address.
        NotFound: nobody has the email.
    """
    if not EMAIL.fullmatch(email):
        raise InvalidValue(RECOVERY_EMAIL_INVALID)
    user = transaction.first(_BY_EMAIL, key=email.casefold())
    if user is None:
        raise NotFound("user")
    link = addresses.with_scheme(domain_url) if domain_url else addresses.front_page(transaction)
    outbox.send(transaction, "username_recovery", user, link)
    return user.id
