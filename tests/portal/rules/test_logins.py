"""Logging in and out, as operations and acts of learners share it."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select, update

from talentlms_mock.errors import RuleBroken
from talentlms_mock.portal.portal import Portal
from talentlms_mock.portal.rules import logins
from talentlms_mock.portal.state.settings import Settings
from talentlms_mock.portal.store.models import events, users
from talentlms_mock.portal.store.row_types import UserRow
from talentlms_mock.portal.store.transaction import Transaction

NOW = "2025-05-07T09:30:00+00:00"


@pytest.fixture
def portal() -> Iterator[Portal]:
    portal = Portal(Settings(), users=1, clock=NOW)
    yield portal
    portal.close()


def first_user(transaction: Transaction) -> UserRow:
    return transaction.find(UserRow, 1)


def events_of(transaction: Transaction) -> list[str]:
    rows = transaction.connection.execute(select(events.c.event_type).order_by(events.c.id))
    return [row.event_type for row in rows]


def test_logging_in_and_out(portal: Portal) -> None:
    with portal.transaction() as transaction:
        before = events_of(transaction)
        logins.log_in(transaction, first_user(transaction))
        user = first_user(transaction)
        assert (user.last_login, user.session_started_at) == (NOW, NOW)
        logins.log_out(transaction, user)
        user = first_user(transaction)
        assert (user.last_login, user.session_started_at) == (NOW, None)
        assert events_of(transaction) == [*before, "user_login_user"]


def test_logging_out_twice_changes_nothing(portal: Portal) -> None:
    with portal.transaction() as transaction:
        logins.log_out(transaction, first_user(transaction))
        before = first_user(transaction)
        logins.log_out(transaction, before)
        assert first_user(transaction) == before


def test_an_inactive_user_is_refused(portal: Portal) -> None:
    with portal.transaction() as transaction:
        transaction.connection.execute(update(users).values(status="inactive"))
        before = events_of(transaction)
        with pytest.raises(RuleBroken, match="not active"):
            logins.log_in(transaction, first_user(transaction))
        assert events_of(transaction) == before


def test_the_same_login_at_the_same_time_has_the_same_address() -> None:
    addresses = []
    for _ in range(2):
        portal = Portal(Settings(), users=1, clock=NOW)
        with portal.transaction() as transaction:
            user = first_user(transaction)
            logins.log_in(transaction, user)
            addresses.append(logins.login_addresses(transaction, user))
        portal.close()
    assert addresses[0] == addresses[1]
