"""The rules of purchases: what a course or category costs, how it is paid, and what follows."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from sqlalchemy import bindparam, select

from talentlms_mock.errors import NotFound, RuleBroken
from talentlms_mock.portal.contract.refusals import (
    CATEGORY_TO_BUY_UNKNOWN,
    COUPON_UNKNOWN,
    COURSE_ARCHIVED,
    COURSE_TO_BUY_UNKNOWN,
    NOTHING_TO_BUY,
    USER_ARCHIVED,
    USER_NOT_ACTIVE,
)
from talentlms_mock.portal.rules import addresses, archive
from talentlms_mock.portal.rules.enrollments import check_may_join, enroll, is_open
from talentlms_mock.portal.rules.users import named
from talentlms_mock.portal.store.mapping import select_rows
from talentlms_mock.portal.store.models import (
    coupons,
    courses,
    enrollments,
    users,
)
from talentlms_mock.portal.store.row_types import CategoryRow, CourseRow, UserRow
from talentlms_mock.portal.store.transaction import Named, Transaction

_CENT = Decimal("0.01")
_PERCENTAGE = select(coupons.c.percentage).where(coupons.c.code_key == bindparam("key"))
_NOT_JOINED = (
    select_rows(CourseRow)
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
    """The user who buys, and how.

    Attributes:
        user_id: the user who pays and is enrolled.
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
        Conflict: one of them is archived, or the user is in the course already.
        RuleBroken: there is no such coupon, or the user could not be enrolled.
    """
    try:
        course = archive.find(transaction, CourseRow, course_id, COURSE_ARCHIVED)
    except NotFound:
        raise NotFound(COURSE_TO_BUY_UNKNOWN) from None
    user = archive.find(transaction, UserRow, order.user_id, USER_ARCHIVED)
    amount = _amount(transaction, course, order.coupon)
    check_may_join(transaction, user, course)
    if not _pay(transaction, user, amount, Named(course.id, course.name, code=course.code)):
        return _checkout(transaction, ("course", course.id), amount, order)
    enroll(transaction, user.id, course.id)
    return course_page(transaction, course.id)


def buy_category(transaction: Transaction, category_id: int, order: Order) -> str:
    """Enroll a user in the courses of a category, for the price of the category.

    These are the active courses directly in it, except those that the user is in already. If one
    of them is full, the whole purchase is refused: nobody pays for a course without getting it.

    Returns:
        The address of the category; that of a checkout when the credits are not enough, and
        nothing has changed then.

    Raises:
        NotFound: there is no such category or user.
        Conflict: the user is archived.
        RuleBroken: there is no such coupon, the user is not active, there is no course to
            join, or one is full.
    """
    try:
        category = transaction.find(CategoryRow, category_id)
    except NotFound:
        raise NotFound(CATEGORY_TO_BUY_UNKNOWN) from None
    user = archive.find(transaction, UserRow, order.user_id, USER_ARCHIVED)
    amount = _amount(transaction, category, order.coupon)
    bought = _courses_to_buy(transaction, user, category)
    if not _pay(transaction, user, amount):
        return _checkout(transaction, ("category", category.id), amount, order)
    for course in bought:
        enroll(transaction, user.id, course.id)
    return category_page(transaction, category.id)


def pay_course(transaction: Transaction, user_id: int, course_id: int) -> None:
    """Enroll a user in a course that was paid for outside of the portal, and record the payment.

    Raises:
        NotFound, Conflict, RuleBroken: as for `buy_course`.
    """
    course = archive.find(transaction, CourseRow, course_id, COURSE_ARCHIVED)
    user = archive.find(transaction, UserRow, user_id, USER_ARCHIVED)
    check_may_join(transaction, user, course)
    bought = Named(course.id, course.name, code=course.code)
    transaction.record("user_create_payment", user=named(user), course=bought)
    enroll(transaction, user.id, course.id)


def pay_category(transaction: Transaction, user_id: int, category_id: int) -> None:
    """Enroll a user in the courses of a category, as `pay_course` does in one.

    Raises:
        NotFound, Conflict, RuleBroken: as for `buy_category`.
    """
    category = transaction.find(CategoryRow, category_id)
    user = archive.find(transaction, UserRow, user_id, USER_ARCHIVED)
    bought = _courses_to_buy(transaction, user, category)
    transaction.record("user_create_payment", user=named(user))
    for course in bought:
        enroll(transaction, user.id, course.id)


def course_page(transaction: Transaction, id: int) -> str:
    """Return the address of a course that the user is in."""
    query = addresses.portal_query(transaction)
    return addresses.page(transaction, f"learner/courseinfo/id:{id}") + query


def category_page(transaction: Transaction, id: int) -> str:
    """Return the address of a category."""
    query = addresses.portal_query(transaction)
    return addresses.page(transaction, f"catalog/index/category:{id}") + query


def _courses_to_buy(
    transaction: Transaction, user: UserRow, category: CategoryRow
) -> list[CourseRow]:
    if user.status != "active":
        raise RuleBroken(USER_NOT_ACTIVE)
    rows = transaction.all(_NOT_JOINED, category_id=category.id, user_id=user.id)
    bought = [course for course in rows if is_open(transaction, course)]
    if not bought:
        raise RuleBroken(NOTHING_TO_BUY)
    for course in bought:
        check_may_join(transaction, user, course)
    return bought


def _amount(
    transaction: Transaction, offer: CourseRow | CategoryRow, coupon: str | None
) -> Decimal:
    """Return the amount to pay: the price with its discount, less the percentage of the coupon."""
    price = offer.price if offer.discounted_price is None else offer.discounted_price
    amount = Decimal(str(price or 0))
    if coupon is None:
        return amount
    percentage: int | None = transaction.scalar(_PERCENTAGE, key=coupon.casefold())
    if percentage is None:
        raise RuleBroken(COUPON_UNKNOWN)
    return (amount * (100 - percentage) / 100).quantize(_CENT, ROUND_HALF_UP)


def _pay(
    transaction: Transaction, user: UserRow, amount: Decimal, course: Named | None = None
) -> bool:
    """Take `amount` from the user's credits; return False where they are not enough."""
    if not amount:
        return True
    owned = Decimal(str(user.credits or 0))
    if owned < amount:
        return False
    transaction.update(
        users,
        user.id,
        {"credits": float(owned - amount), "last_updated": transaction.now},
    )
    transaction.record("user_create_payment", user=named(user), course=course)
    return True


def _checkout(
    transaction: Transaction, what: tuple[str, int], amount: Decimal, order: Order
) -> str:
    """Return the address of the payment page, which knows by a key what it is for."""
    kind, id = what
    currency = transaction.site().currency
    key = addresses.new_key(
        transaction,
        "checkout",
        order.user_id,
        what=kind,
        id=id,
        amount=f"{amount:f}",
        currency=currency,
        coupon=order.coupon,
        cancel_path=order.cancel_path,
        return_path=order.return_path,
    )
    return addresses.page(
        transaction,
        f"checkout/{kind}:{id}",
        key=key,
        user_id=order.user_id,
        amount=f"{amount:f}",
        currency=currency,
        coupon=order.coupon,
        cancel_path=order.cancel_path,
        return_path=order.return_path,
    )
