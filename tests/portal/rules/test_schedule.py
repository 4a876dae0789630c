"""What happens by the portal's clock alone, told as a timeline."""

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.dialects import sqlite

from talentlms_mock import Portal
from talentlms_mock.portal.rules import schedule
from talentlms_mock.portal.store.models import certificates, events, users
from talentlms_mock.portal.store.row_types import UserRow
from tests.conftest import NewPortal
from tests.portal.arrange import READING, add_course, add_user, count, enroll, told

Told = list[tuple[str, str, str | None]]

MIDNIGHT = "2025-05-{:02}T00:00:00+00:00"


def when_and_what(portal: Portal, *types: str) -> Told:
    """Return when, what, and about whom, in the order in which it was written."""
    columns = events.c.created_at, events.c.event_type, events.c.user_name
    with portal.transaction() as transaction:
        rows = transaction.connection.execute(
            select(*columns).where(events.c.event_type.in_(types)).order_by(events.c.id)
        )
        return [(row[0], row[1], row[2]) for row in rows]


EXPIRED = "certification_expire_certification"
DEACTIVATED = "user_property_change"


def certified(portal: Portal, login: str, course_id: int) -> None:
    user_id = add_user(portal, login, login.title())
    enroll(portal, user_id, course_id)
    portal.learner(user_id).complete(course_id)


def deactivate_on(portal: Portal, login: str, day: int) -> None:
    with portal.transaction() as transaction:
        transaction.connection.execute(
            users.update()
            .where(users.c.login == login)
            .values(deactivation_date=MIDNIGHT.format(day))
        )


def test_a_certificate_expires_once(empty: Portal) -> None:
    course = add_course(empty, READING, certification="Reader", certificate_days=10)
    certified(empty, "ada", course)
    empty.clock.advance(days=9)
    assert when_and_what(empty, EXPIRED) == []
    empty.clock.advance(days=5)
    expired = [("2025-05-17T09:30:00+00:00", EXPIRED, "Ada")]
    assert when_and_what(empty, EXPIRED) == expired
    empty.clock.advance(days=100)
    assert when_and_what(empty, EXPIRED) == expired
    assert count(empty, certificates) == 1


def test_a_certificate_that_is_renewed_expires_again(empty: Portal, api: httpx.Client) -> None:
    course = add_course(empty, READING, certification="Reader", certificate_days=1)
    certified(empty, "ada", course)
    empty.clock.advance(days=2)
    assert len(when_and_what(empty, EXPIRED)) == 1
    api.delete(f"/enrollments?user_id=1&course_id={course}")
    enroll(empty, 1, course)
    empty.learner(1).complete(course)
    [(what, name, _)] = told(empty, 0)[-1:]
    assert (what, name) == ("certification_refresh_certification", "Algebra")
    assert len(when_and_what(empty, EXPIRED)) == 1
    empty.clock.advance(days=1)
    assert [moment for moment, _, _ in when_and_what(empty, EXPIRED)] == [
        "2025-05-08T09:30:00+00:00",
        "2025-05-10T09:30:00+00:00",
    ]


def test_all_that_is_due_happens_in_the_order_of_time(empty: Portal, api: httpx.Client) -> None:
    short = add_course(empty, READING, certification="Short", certificate_days=1)
    long = add_course(empty, READING, certification="Long", certificate_days=3)
    for login, course in (("ada", short), ("bob", long), ("eve", short)):
        certified(empty, login, course)
    deactivate_on(empty, "ada", 10)
    deactivate_on(empty, "bob", 8)
    deactivate_on(empty, "eve", 12)
    empty.clock.advance(days=30)
    assert when_and_what(empty, EXPIRED, DEACTIVATED) == [
        (MIDNIGHT.format(8), DEACTIVATED, "Bob"),
        ("2025-05-08T09:30:00+00:00", EXPIRED, "Ada"),
        ("2025-05-08T09:30:00+00:00", EXPIRED, "Eve"),
        (MIDNIGHT.format(10), DEACTIVATED, "Ada"),
        ("2025-05-10T09:30:00+00:00", EXPIRED, "Bob"),
        (MIDNIGHT.format(12), DEACTIVATED, "Eve"),
    ]
    assert {user["status"] for user in api.get("/users").json()["_data"]} == {"inactive"}


def test_two_kinds_due_at_the_same_moment(empty: Portal) -> None:
    empty.clock.freeze("2025-05-07T00:00:00Z", backwards=True)
    course = add_course(empty, READING, certification="Reader", certificate_days=1)
    certified(empty, "ada", course)
    deactivate_on(empty, "ada", 8)
    empty.clock.advance(days=1)
    assert [what for _, what, _ in when_and_what(empty, EXPIRED, DEACTIVATED)] == [
        DEACTIVATED,
        EXPIRED,
    ]


def test_a_task_takes_its_turn_among_what_has_a_date(empty: Portal, api: httpx.Client) -> None:
    """The one is enrolled before it is deactivated, the other is too late."""
    course = add_course(empty, READING)
    for login, day in (("ada", 9), ("bob", 8)):
        add_user(empty, login, login.title())
        deactivate_on(empty, login, day)
    empty.set_tasks(f"seconds:{36 * 3600}")
    items = [{"user_id": id, "course_id": course} for id in (1, 2)]
    assert api.post("/batch/enrollments", json={"enrollments": items}).status_code == 200
    empty.clock.advance(days=10)
    assert when_and_what(empty, "course_add_user", DEACTIVATED) == [
        (MIDNIGHT.format(8), DEACTIVATED, "Bob"),
        ("2025-05-08T21:30:00+00:00", "course_add_user", "Ada"),
        (MIDNIGHT.format(9), DEACTIVATED, "Ada"),
    ]


def test_whoever_is_deactivated_is_signed_out(empty: Portal) -> None:
    id = add_user(empty)
    empty.learner(id).log_in()
    deactivate_on(empty, "ada", 8)
    empty.clock.advance(days=1)
    with empty.transaction() as transaction:
        row = transaction.find(UserRow, id)
    assert (row.status, row.session_started_at) == ("inactive", None)


@pytest.mark.parametrize("portal_name", ["demo", "messy"])
def test_what_was_told_at_seeding_is_not_told_again(
    portal_name: str, new_portal: NewPortal
) -> None:
    # Late enough in the day that seeding, which knows the midnight before, leaves something over.
    portal = new_portal(dataset=portal_name, users=300, clock="2025-05-07T23:00:00Z")
    portal.clock.advance(days=800)
    told_of = sorted((moment, name) for moment, _, name in when_and_what(portal, EXPIRED))
    with portal.transaction() as transaction:
        rows = transaction.connection.execute(
            select(certificates.c.expires_on, users.c.name, users.c.surname)
            .join(users)
            .where(certificates.c.expires_on.is_not(None))
        ).all()
    assert told_of == sorted((row[0], row[1]) for row in rows)
    assert len(told_of) > 0


def test_asking_what_is_due_next_is_a_look_at_each_index(empty: Portal) -> None:
    with empty.transaction() as transaction:
        for kind in schedule.KINDS:
            statement = str(kind.next.compile(dialect=sqlite.dialect()))
            [plan] = transaction.sqlite.execute(f"EXPLAIN QUERY PLAN {statement}").fetchall()
            assert "USING INDEX" in plan[3] or "USING COVERING INDEX" in plan[3]


def test_nothing_is_due_in_an_empty_portal(empty: Portal) -> None:
    with empty.transaction() as transaction:
        assert schedule.next_due(transaction) is None
        schedule.apply(transaction)
    assert count(empty, events) == 0
