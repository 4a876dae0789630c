"""A certificate, as its page and its document show it."""

from dataclasses import dataclass

from talentlms_mock.portal.pages import dates
from talentlms_mock.portal.rules.users import named
from talentlms_mock.portal.store.row_types import CertificateRow, CourseRow, UserRow
from talentlms_mock.portal.store.transaction import Transaction


@dataclass(frozen=True)
class CertificatePage:
    """What a certificate says; the days are in the portal's time zone and format.

    Attributes:
        expires_on: None where it is valid without end.
    """

    id: int
    name: str
    user_id: int
    full_name: str
    course: str
    issued_on: str
    expires_on: str | None
    is_expired: bool


def certificate_page(transaction: Transaction, id: int) -> CertificatePage:
    """Return what a certificate says.

    Raises:
        NotFound: there is none of this id.
    """
    row = transaction.find(CertificateRow, id)
    return CertificatePage(
        row.id,
        row.name,
        row.user_id,
        named(transaction.find(UserRow, row.user_id)).full_name,
        transaction.find(CourseRow, row.course_id).name,
        dates.day(transaction, row.issued_on),
        None if row.expires_on is None else dates.day(transaction, row.expires_on),
        row.is_expired,
    )
