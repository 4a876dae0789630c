"""What a portal's timeline says, read from the database."""

from sqlalchemy import select

from talentlms_mock import Portal
from talentlms_mock.portal.store.models import events

Told = tuple[str, str]


def told(portal: Portal, after: int = 0) -> list[Told]:
    """Return type and message of every event but the first `after`, the oldest first."""
    with portal.transaction() as transaction:
        rows = transaction.connection.execute(
            select(events.c.event_type, events.c.message).order_by(events.c.id)
        )
        return [(row.event_type, row.message) for row in rows][after:]
