"""The outbox: emails that the vendor would send. The mock sends none."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from talentlms_mock.portal.state.clock import parse_moment
from talentlms_mock.portal.store.mapping import select_rows
from talentlms_mock.portal.store.models import outbox
from talentlms_mock.portal.store.row_types import MessageKind, OutboxRow, UserRow
from talentlms_mock.portal.store.transaction import Transaction

_SUBJECTS: dict[MessageKind, str] = {
    "password_reset": "Reset your password",
    "username_recovery": "Your username is {login}",
}
_MESSAGES = select_rows(OutboxRow).order_by(outbox.c.id)
_COUNT = select(func.count()).select_from(outbox)


@dataclass(frozen=True)
class Message:
    """An email that the portal would send.

    Attributes:
        kind: what it is for.
        recipient: the address it goes to.
        subject: its subject line; a message that recovers a username has the username in it.
        link: the address that the message asks to open.
        created_at: when it was sent, in UTC.
        user_id: the user it is about; None when the user has been deleted since.
    """

    kind: MessageKind
    recipient: str
    subject: str
    link: str
    created_at: datetime
    user_id: int | None


def send(transaction: Transaction, kind: MessageKind, user: UserRow, link: str) -> None:
    """Put a message to `user` into the outbox."""
    transaction.insert(
        outbox,
        {
            "kind": kind,
            "user_id": user.id,
            "recipient": user.email,
            "subject": _SUBJECTS[kind].format(login=user.login),
            "link": link,
            "created_at": transaction.now,
        },
    )


def messages(transaction: Transaction) -> list[Message]:
    """Return every message, the newest last."""
    return [
        Message(
            row.kind,
            row.recipient,
            row.subject,
            row.link,
            parse_moment(row.created_at),
            row.user_id,
        )
        for row in transaction.all(_MESSAGES)
    ]


def count(transaction: Transaction) -> int:
    """Return how many messages there are."""
    return int(transaction.scalar(_COUNT))
