"""The rules of signing in and out."""

from typing import Any

from sqlalchemy import update

from mockserver.errors import USER_NOT_ACTIVE, RuleBroken
from mockserver.portal.models import users
from mockserver.portal.session import Session
from mockserver.portal.users import named


def log_in(session: Session, user: Any) -> None:
    """Sign `user` (its row) in, which opens a session.

    Raises:
        RuleBroken: the user is not active.
    """
    if user.status != "active":
        raise RuleBroken(USER_NOT_ACTIVE)
    session.connection.execute(
        update(users)
        .where(users.c.id == user.id)
        .values(last_login=session.now, session_started_at=session.now)
    )
    session.record("user_login_user", user=named(user._asdict(), user.id))


def log_out(session: Session, user: Any) -> None:
    """Sign `user` (its row) out; nothing happens where it is not signed in."""
    session.connection.execute(
        update(users).where(users.c.id == user.id).values(session_started_at=None)
    )
