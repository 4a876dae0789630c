"""Moments as the portal's pages write them: in its time zone and date format."""

from talentlms_mock.portal.store.text import local_moment
from talentlms_mock.portal.store.transaction import Transaction


def moment(transaction: Transaction, timestamp: str) -> str:
    """Return a timestamp as a day and a time: 15/07/2025, 12:00."""
    site = transaction.site()
    return local_moment(timestamp, site.default_timezone, site.date_format)[: -len(":00")]


def day(transaction: Transaction, timestamp: str) -> str:
    """Return the day of a timestamp: 15/07/2025."""
    return moment(transaction, timestamp).partition(",")[0]
