"""Points, levels and badges: whether this portal has them."""

from sqlalchemy import select, update

from talentlms_mock.portal.store.models import site
from talentlms_mock.portal.store.transaction import Transaction

_ENABLED = select(site.c.gamification_enabled)


def is_enabled(transaction: Transaction) -> bool:
    """Return whether users of this portal have points, levels and badges."""
    return bool(transaction.scalar(_ENABLED))


def switch(transaction: Transaction, *, enabled: bool) -> None:
    """Switch gamification on or off; what users have is kept."""
    transaction.connection.execute(update(site).values(gamification_enabled=enabled))
