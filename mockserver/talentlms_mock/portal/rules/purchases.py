"""The rules of purchases: who pays, with what, and what it gets for it."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sqlalchemy import bindparam, select, update

from talentlms_mock.errors import RuleBroken
from talentlms_mock.portal.contract.refusals import COUPON_UNKNOWN, NOTHING_TO_BUY, USER_NOT_ACTIVE
from talentlms_mock.portal.rules import addresses
from talentlms_mock.portal.rules.enrollments import check_may_join, enroll, is_open
from talentlms_mock.portal.rules.users import named
from talentlms_mock.portal.store.models import (
    categories,
    coupons,
    courses,
    enrollments,
    site,
    users,
)
from talentlms_mock.portal.store.transaction import Named, Transaction

_CENT = Decimal("0.01")
_CURRENCY = select(site.c.currency)
_PERCENTAGE = select(coupons.c.percentage).where(coupons.c.code_key == bindparam("key"))
_NOT_JOINED = (
    select(courses)
    .where(
        courses.c.category_id == bindparam("category_id"),
        courses.c.id.not_in(
            select(enrollments.c.course_id).where(enrollments.c.user_id == bindparam("user_id"))
        ),
    )
    .order_by(courses.c.id)
)


@dataclass(frozen=True)
class Order:
    """Who buys, and how.

    Attributes:
        user_id: who pays and is enrolled.
        coupon: its code, without regard to case.
        cancel_path: where the checkout leads when the purchase is cancelled.
        return_path: where it leads when the purchase succeeds.
    """

    user_id: int
    coupon: str | None = None
    cancel_path: str = ""
    return_path: str = ""


def buy_course(transaction: Transaction, course_id: int, order: Order) -> str:
    """Enroll a user in a course that costs nothing or that its credits pay for.

    Returns:
        The address of the course; that of a checkout when the credits are not enough, and
        nothing has changed then.

    Raises:
        NotFound: there is no such course or user.
        RuleBroken: there is no such coupon, or the user could not be enrolled.
    """
    course = transaction.find(courses, course_id, "course")
    user = transaction.find(users, order.user_id, "user")
    full_price = course.price if course.discounted_price is None else course.discounted_price
    amount = _amount(transaction, full_price, order.coupon)
    check_may_join(transaction, user, course)
    if not _pay(transaction, user, amount, Named(course.id, course.name)):
        return _checkout(transaction, f"course:{course.id}", amount, order)
    enroll(transaction, user.id, course.id)
    return addresses.page(transaction, f"learner/courseinfo/id:{course.id}")


def buy_category(transaction: Transaction, category_id: int, order: Order) -> str:
    """Enroll a user in the courses of a category, for the price of the category.

    These are the active courses directly in it, except those that the user is in already. One
    of them that is full refuses the whole purchase: nobody pays for what it does not get.

    Returns:
        The address of the category; that of a checkout when the credits are not enough, and
        nothing has changed then.

    Raises:
        NotFound: there is no such category or user.
        RuleBroken: there is no such coupon, the user is not active, no course is left to join,
            or one is full.
    """
    category = transaction.find(categories, category_id, "category")
    user = transaction.find(users, order.user_id, "user")
    amount = _amount(transaction, category.price, order.coupon)
    if user.status != "active":
        raise RuleBroken(USER_NOT_ACTIVE)
    ids = {"category_id": category.id, "user_id": user.id}
    rows = transaction.connection.execute(_NOT_JOINED, ids).all()
    bought = [course for course in rows if is_open(transaction, course)]
    if not bought:
        raise RuleBroken(NOTHING_TO_BUY)
    for course in bought:
        check_may_join(transaction, user, course)
    if not _pay(transaction, user, amount):
        return _checkout(transaction, f"category:{category.id}", amount, order)
    for course in bought:
        enroll(transaction, user.id, course.id)
    return addresses.page(transaction, f"catalog/index/category:{category.id}")


def _amount(transaction: Transaction, price: float | None, coupon: str | None) -> Decimal:
    """Return what is to pay: the price, less the percentage of the coupon."""
    amount = Decimal(str(price or 0))
    if coupon is None:
        return amount
    percentage: int | None = transaction.scalar(_PERCENTAGE, key=coupon.casefold())
    if percentage is None:
        raise RuleBroken(COUPON_UNKNOWN)
    return (amount * (100 - percentage) / 100).quantize(_CENT, ROUND_HALF_UP)


def _pay(transaction: Transaction, user: Any, amount: Decimal, course: Named | None = None) -> bool:
    """Take `amount` from the user's credits, and return whether there is nothing left to pay."""
    if not amount:
        return True
    owned = Decimal(str(user.credits or 0))
    if owned < amount:
        return False
    transaction.connection.execute(
        update(users)
        .where(users.c.id == user.id)
        .values(credits=float(owned - amount), last_updated=transaction.now)
    )
    transaction.record("user_create_payment", user=named(user._asdict(), user.id), course=course)
    return True


def _checkout(transaction: Transaction, what: str, amount: Decimal, order: Order) -> str:
    return addresses.page(
        transaction,
        f"checkout/{what}",
        user_id=order.user_id,
        amount=f"{amount:f}",
        currency=transaction.scalar(_CURRENCY),
        coupon=order.coupon,
        cancel_path=order.cancel_path,
        return_path=order.return_path,
    )
