"""What happens in a portal by time alone, without anyone calling anything."""

from sqlalchemy import bindparam, func, select, update

from mockserver.portal import batch, groups, tasks  # noqa: F401 - tasks may wait for their jobs
from mockserver.portal.clock import Clock, parse_moment
from mockserver.portal.models import users
from mockserver.portal.session import Session
from mockserver.portal.users import named

_TO_DEACTIVATE = (users.c.deactivation_date.is_not(None), users.c.status == "active")
_NEXT = select(func.min(users.c.deactivation_date)).where(*_TO_DEACTIVATE)
_DUE = select(users).where(*_TO_DEACTIVATE, users.c.deactivation_date <= bindparam("now"))


def next_due(session: Session) -> float | None:
    """Return when the next change by time is due, in seconds since 1970; None when none is."""
    deactivation = session.scalar(_NEXT)
    moments = (
        None if deactivation is None else parse_moment(deactivation).timestamp(),
        tasks.next_due(session),
    )
    return min((moment for moment in moments if moment is not None), default=None)


def apply(session: Session) -> None:
    """Make every change that is due at the session's time (domain.md, User), in order of time."""
    end = session.clock.seconds()
    while (due := next_due(session)) is not None and due <= end:
        then = Session(session.connection, Clock.standing_at(due), session.settings)
        _deactivate(then)
        tasks.complete_due(then)


def _deactivate(session: Session) -> None:
    for user in session.connection.execute(_DUE, {"now": session.now}).all():
        session.connection.execute(
            update(users)
            .where(users.c.id == user.id)
            .values(status="inactive", session_started_at=None)
        )
        at = user.deactivation_date
        session.record("user_property_change", at=at, user=named(user._asdict(), user.id))
