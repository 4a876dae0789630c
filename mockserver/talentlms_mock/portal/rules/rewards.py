"""The rewards of a completed course: a certificate, and the points, levels and badges.

Points, levels and badges are the portal's gamification, which can be switched off.
"""

from datetime import timedelta

from sqlalchemy import bindparam, func, select, update

from talentlms_mock.portal.rules.users import named
from talentlms_mock.portal.state.clock import parse_moment, timestamp
from talentlms_mock.portal.store.models import (
    badges,
    certificates,
    enrollments,
    site,
    user_badges,
    users,
)
from talentlms_mock.portal.store.row_types import CourseRow, UserRow
from talentlms_mock.portal.store.transaction import Named, Transaction

POINTS_PER_COURSE = 25
"""Points for completing a course."""

POINTS_PER_LEVEL = 100
"""Points from one level to the next."""

_CERTIFICATE = select(certificates.c.id).where(
    certificates.c.user_id == bindparam("user_id"),
    certificates.c.course_id == bindparam("course_id"),
)
_COMPLETED = (
    select(func.count())
    .select_from(enrollments)
    .where(
        enrollments.c.user_id == bindparam("user_id"),
        enrollments.c.completion_status == "completed",
    )
)
_EARNED_BADGES = (
    select(badges.c.id)
    .where(
        badges.c.completions <= bindparam("completed"),
        badges.c.id.not_in(
            select(user_badges.c.badge_id)
            .where(user_badges.c.user_id == bindparam("user_id"))
            .scalar_subquery()
        ),
    )
    .order_by(badges.c.completions, badges.c.id)
)


def level(points: int) -> int:
    """Return the level of a user with this many points; levels count from 1."""
    return 1 + points // POINTS_PER_LEVEL


def is_gamified(transaction: Transaction) -> bool:
    """Return whether users of this portal have points, levels and badges."""
    return transaction.site().gamification_enabled


def switch_gamification(transaction: Transaction, *, enabled: bool) -> None:
    """Switch gamification on or off; users keep their points, levels and badges."""
    transaction.connection.execute(update(site).values(gamification_enabled=enabled))


def certify(transaction: Transaction, user: UserRow, course: CourseRow) -> None:
    """Give the certificate of `course` to `user`, where the course has one.

    A certificate from an earlier completion is renewed.
    """
    if course.certification is None:
        return
    values = {
        "name": course.certification,
        "issued_on": transaction.now,
        "expires_on": _expires_on(transaction, course),
        "is_expired": False,
    }
    who, what = named(user), Named(course.id, course.name, code=course.code)
    held = transaction.scalar(_CERTIFICATE, user_id=user.id, course_id=course.id)
    if held is None:
        transaction.insert(certificates, values | {"user_id": user.id, "course_id": course.id})
        transaction.record("certification_issue_certification", user=who, course=what)
    else:
        transaction.update(certificates, held, values)
        transaction.record("certification_refresh_certification", user=who, course=what)


def remove_certificate(transaction: Transaction, user: UserRow, course: CourseRow) -> None:
    """Remove the certificate of `course` that `user` has, if there is one."""
    held = transaction.scalar(_CERTIFICATE, user_id=user.id, course_id=course.id)
    if held is None:
        return
    transaction.delete(certificates, held)
    transaction.record(
        "certification_remove_certification",
        user=named(user),
        course=Named(course.id, course.name, code=course.code),
    )


def reward(transaction: Transaction, user_id: int) -> None:
    """Give a user the points of one more completed course, and the level and badges they earn.

    In a portal without gamification this does nothing.
    """
    if not is_gamified(transaction):
        return
    user = transaction.find(UserRow, user_id)
    points = user.points + POINTS_PER_COURSE
    reached = max(level(points), user.level)
    transaction.update(users, user_id, {"points": points, "level": reached})
    about = named(user)
    if reached > user.level:
        transaction.record("user_upgrade_level", user=about)
    completed = transaction.scalar(_COMPLETED, user_id=user_id)
    earned = transaction.connection.execute(
        _EARNED_BADGES, {"user_id": user_id, "completed": completed}
    )
    for badge_id in earned.scalars().all():
        transaction.put(
            user_badges,
            {"user_id": user_id, "badge_id": badge_id, "issued_on": _unix(transaction.now)},
        )
        transaction.record("user_unlock_badge", user=about)


def _expires_on(transaction: Transaction, course: CourseRow) -> str | None:
    if course.certificate_days is None:
        return None
    return timestamp(parse_moment(transaction.now) + timedelta(days=course.certificate_days))


def _unix(moment: str) -> int:
    return int(parse_moment(moment).timestamp())
