"""The payment page of a purchase: what is bought, paying for it, and leaving it."""

from dataclasses import dataclass
from decimal import Decimal

from talentlms_mock.portal.pages import keys
from talentlms_mock.portal.rules import addresses, purchases
from talentlms_mock.portal.rules.users import named
from talentlms_mock.portal.store.row_types import CategoryRow, CourseRow, UserRow
from talentlms_mock.portal.store.transaction import Transaction


@dataclass(frozen=True)
class Payment:
    """What a payment page says: who buys what, and for how much."""

    kind: str
    name: str
    full_name: str
    amount: str
    currency: str
    coupon: str | None


def payment(transaction: Transaction, text: str) -> Payment:
    """Return what is to be paid by the page of a key.

    Raises:
        NotFound: there is no such key, or what it is for is gone.
        RuleBroken: it was used, or is too old.
    """
    key = keys.find(transaction, "checkout", text)
    target = key.target
    if target["what"] == "course":
        name = transaction.find(CourseRow, target["id"]).name
    else:
        name = transaction.find(CategoryRow, target["id"]).name
    return Payment(
        target["what"],
        name,
        named(transaction.find(UserRow, key.user_id)).full_name,
        f"{Decimal(target['amount']):.2f}",
        target["currency"],
        target["coupon"],
    )


def pay(transaction: Transaction, text: str) -> str:
    """Pay, which enrolls the user, and return where the browser goes on.

    Raises:
        NotFound, RuleBroken: as for `payment`, or the user cannot be enrolled any more.
    """
    key = keys.use(transaction, "checkout", text)
    id = key.target["id"]
    if key.target["what"] == "course":
        purchases.pay_course(transaction, key.user_id, id)
        bought = purchases.course_page(transaction, id)
    else:
        purchases.pay_category(transaction, key.user_id, id)
        bought = purchases.category_page(transaction, id)
    path = key.target["return_path"]
    return addresses.of_path(transaction, path) if path else bought


def cancel(transaction: Transaction, text: str) -> str:
    """Return where a browser goes that does not pay; it can come back and pay.

    Raises:
        NotFound, RuleBroken: as for `payment`.
    """
    path = keys.find(transaction, "checkout", text).target["cancel_path"]
    return addresses.of_path(transaction, path) if path else addresses.front_page(transaction)
