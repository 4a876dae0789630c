"""Logging in and out, as operations and acts of learners share it."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select, update

from talentlms_mock.errors import RuleBroken
from talentlms_mock.portal.portal import Portal
from talentlms_mock.portal.rules import logins
from talentlms_mock.portal.state.settings import Settings
from talentlms_mock.portal.store.models import events, users
from talentlms_mock.portal.store.transaction import Session

NOW = "2025-05-07T09:30:00+00:00"


@pytest.fixture
def portal() -> Iterator[Portal]:
    portal = Portal(Settings(), users=1, clock=NOW)
    yield portal
    portal.close()


def first_user(session: Session) -> Any:
    return session.find(users, 1, "user")


def events_of(session: Session) -> list[str]:
    rows = session.connection.execute(select(events.c.event_type).order_by(events.c.id))
    return [row.event_type for row in rows]


def test_logging_in_and_out(portal: Portal) -> None:
    with portal.transaction() as session:
        before = events_of(session)
        logins.log_in(session, first_user(session))
        user = first_user(session)
        assert (user.last_login, user.session_started_at) == (NOW, NOW)
        logins.log_out(session, user)
        user = first_user(session)
        assert (user.last_login, user.session_started_at) == (NOW, None)
        assert events_of(session) == [*before, "user_login_user"]


def test_logging_out_twice_changes_nothing(portal: Portal) -> None:
    with portal.transaction() as session:
        logins.log_out(session, first_user(session))
        before = first_user(session)
        logins.log_out(session, before)
        assert first_user(session) == before


def test_an_inactive_user_is_refused(portal: Portal) -> None:
    with portal.transaction() as session:
        session.connection.execute(update(users).values(status="inactive"))
        before = events_of(session)
        with pytest.raises(RuleBroken, match="not active"):
            logins.log_in(session, first_user(session))
        assert events_of(session) == before


def test_the_same_login_at_the_same_time_has_the_same_address() -> None:
    addresses = []
    for _ in range(2):
        portal = Portal(Settings(), users=1, clock=NOW)
        with portal.transaction() as session:
            user = first_user(session)
            logins.log_in(session, user)
            addresses.append(logins.login_address(session, user))
        portal.close()
    assert addresses[0] == addresses[1]
