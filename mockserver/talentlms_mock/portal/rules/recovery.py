"""What a user gets who forgot the password or the login: a message in the outbox."""

from sqlalchemy import bindparam, select

from talentlms_mock.errors import NotFound
from talentlms_mock.portal.rules import addresses, outbox
from talentlms_mock.portal.store.models import users
from talentlms_mock.portal.store.transaction import Transaction

_BY_LOGIN = select(users).where(users.c.login_key == bindparam("key"))
_BY_EMAIL = select(users).where(users.c.email_key == bindparam("key"))


def send_password_reset(transaction: Transaction, login: str, redirect_url: str | None) -> None:
    """Send the user with this login a link that sets a new password.

    Args:
        transaction: the transaction of the request.
        login: without regard to case.
        redirect_url: where the link leads to in the end; None leaves that to the portal.

    Raises:
        NotFound: nobody has the login.
    """
    user = transaction.connection.execute(_BY_LOGIN, {"key": login.casefold()}).first()
    if user is None:
        raise NotFound("user")
    key = addresses.key(transaction, "password", user.id, outbox.count(transaction))
    link = addresses.page(transaction, f"index/resetpassword/key:{key}", redirect_url=redirect_url)
    outbox.send(transaction, "password_reset", user, link)


def send_username(transaction: Transaction, email: str, domain_url: str | None) -> None:
    """Send a user the username.

    Args:
        transaction: the transaction of the request.
        email: the user's, or else its login; without regard to case.
        domain_url: the address that the message leads to; None is the portal's own.

    Raises:
        NotFound: nobody has the email or login.
    """
    key = {"key": email.casefold()}
    user = transaction.connection.execute(_BY_EMAIL, key).first()
    user = user or transaction.connection.execute(_BY_LOGIN, key).first()
    if user is None:
        raise NotFound("user")
    outbox.send(transaction, "username_recovery", user, domain_url or addresses.home(transaction))
