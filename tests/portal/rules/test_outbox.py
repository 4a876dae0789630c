"""The outbox, read through the handle."""

from collections.abc import Iterator
from datetime import datetime

import pytest

from talentlms_mock.portal.portal import Portal
from talentlms_mock.portal.rules import recovery
from talentlms_mock.portal.rules.outbox import Message
from talentlms_mock.portal.state.settings import Settings

NOW = "2025-05-07T09:30:00+00:00"


@pytest.fixture
def portal() -> Iterator[Portal]:
    portal = Portal(Settings(), users=2, clock=NOW)
    yield portal
    portal.close()


def test_a_portal_begins_with_an_empty_outbox(portal: Portal) -> None:
    assert portal.outbox == []


def test_the_newest_message_is_the_last(portal: Portal) -> None:
    with portal.transaction() as transaction:
        recovery.send_username(
            transaction, "samuel.okafor@example.com", "https://learn.example.com"
        )
    portal.clock.advance(seconds=5)
    with portal.transaction() as transaction:
        recovery.send_password_reset(transaction, "margaret.hale", None)
    first, last = portal.outbox
    assert first == Message(
        "username_recovery",
        first.recipient,
        "Your username is samuel.okafor",
        "https://learn.example.com",
        datetime.fromisoformat(NOW),
        2,
    )
    assert first.recipient.startswith("samuel.okafor@")
    assert (last.kind, last.user_id, last.created_at) == (
        "password_reset",
        1,
        datetime.fromisoformat("2025-05-07T09:30:05+00:00"),
    )


def test_the_same_calls_at_the_same_time_give_the_same_links() -> None:
    links = []
    for _ in range(2):
        portal = Portal(Settings(), users=1, clock=NOW)
        for _ in range(2):
            with portal.transaction() as transaction:
                recovery.send_password_reset(transaction, "margaret.hale", None)
        links.append([message.link for message in portal.outbox])
        portal.close()
    assert links[0] == links[1]
    assert links[0][0] != links[0][1]
