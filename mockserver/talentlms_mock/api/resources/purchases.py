"""The operations that sell courses (operations.md, 30 and 57)."""

from typing import Annotated

from pydantic import Field

from talentlms_mock.api.fidelity import DOCUMENTED, RECORDED, Rule
from talentlms_mock.api.operation import one, operation
from talentlms_mock.api.values import Body, Id, Shape
from talentlms_mock.portal.contract.refusals import ALREADY_ENROLLED, COURSE_ARCHIVED, USER_ARCHIVED
from talentlms_mock.portal.rules import purchases as rules
from talentlms_mock.portal.store.transaction import Transaction


class PurchaseAddress(Shape):
    """Where the user goes on."""

    redirect_url: Annotated[
        str, Field(description="The address of a payment page, or of what was bought.")
    ]


class PurchaseInput(Body):
    """Who buys, and how."""

    user_id: Annotated[Id, Field(description="The id of the user who pays and is enrolled.")]
    cancel_path: Annotated[
        str, Field(description="Where the payment page leads when the purchase is cancelled.")
    ] = ""
    return_path: Annotated[
        str, Field(description="Where the payment page leads after the payment.")
    ] = ""
    coupon: Annotated[
        str | None, Field(description="The code of a coupon, in any case; null is none.")
    ] = None

    def order(self) -> rules.Order:
        """Return the order that the body describes."""
        return rules.Order(self.user_id, self.coupon, self.cancel_path, self.return_path)


_PRICE = (
    Rule("the payment page is the portal's own, where the vendor's is a payment processor's"),
    Rule("a coupon lowers the price by its percentage; an unknown one answers 400"),
    Rule("the discounted price counts where there is one"),
    Rule("enough credits pay at once; else a payment page is answered, and nothing changes"),
    Rule("without a price, or at price 0, there is nothing to pay"),
)


@operation(
    "POST",
    "/courses/{id}/purchase",
    "purchaseCourse",
    tag="Course",
    summary="Purchase a course",
    response=one(PurchaseAddress, RECORDED),
    known=DOCUMENTED,
    recorded=4,
    conflicts=(COURSE_ARCHIVED, USER_ARCHIVED, ALREADY_ENROLLED),
    body=PurchaseInput,
    rules=(
        *_PRICE,
        Rule("what forbids an enrollment forbids the purchase, also by a payment page"),
    ),
)
def purchase_course(transaction: Transaction, id: int, body: PurchaseInput) -> dict[str, str]:
    """Buy a course for a user. The response has the address to continue at: the checkout, or where
    the purchase returns to.
    """
    return {"redirect_url": rules.buy_course(transaction, id, body.order())}


@operation(
    "POST",
    "/categories/{id}/purchase",
    "purchaseCategory",
    tag="Category",
    summary="Purchase a course category",
    response=one(PurchaseAddress, RECORDED),
    known=DOCUMENTED,
    recorded=3,
    conflicts=(USER_ARCHIVED,),
    body=PurchaseInput,
    rules=(
        *_PRICE,
        Rule("the price of the category counts, not those of its courses"),
        Rule("the user is enrolled in its active courses, but for those it is in"),
        Rule("no course left to join, or one that is full, answers 400"),
        Rule("courses of categories below it do not belong to it"),
    ),
)
def purchase_category(transaction: Transaction, id: int, body: PurchaseInput) -> dict[str, str]:
    """Buy all courses of a category for a user. The response has the address to continue at."""
    return {"redirect_url": rules.buy_category(transaction, id, body.order())}
