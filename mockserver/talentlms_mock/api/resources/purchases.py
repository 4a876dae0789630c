"""The operations that sell courses (operations.md, 30 and 57)."""

from talentlms_mock.api.fidelity import DOCUMENTED, INFERRED, Rule
from talentlms_mock.api.operation import one, operation
from talentlms_mock.api.values import Body, Id, Shape
from talentlms_mock.portal.contract.refusals import ALREADY_ENROLLED
from talentlms_mock.portal.rules import purchases as rules
from talentlms_mock.portal.store.transaction import Transaction


class PurchaseAddress(Shape):
    redirect_url: str


class Purchase(Body):
    user_id: Id
    cancel_path: str = ""
    return_path: str = ""
    coupon: str | None = None

    def order(self) -> rules.Order:
        """Return the order that the body describes."""
        return rules.Order(self.user_id, self.coupon, self.cancel_path, self.return_path)


_PRICE = (
    Rule("a coupon lowers the price by its percentage; an unknown one answers 400", INFERRED),
    Rule("enough credits pay at once; else a checkout is answered, and nothing changes", INFERRED),
    Rule("without a price, or at price 0, there is nothing to pay", INFERRED),
)


@operation(
    "POST",
    "/courses/{id}/purchase",
    "purchaseCourse",
    tag="Course",
    summary="Purchase a course",
    answer=one(PurchaseAddress, INFERRED),
    known=DOCUMENTED,
    conflicts=(ALREADY_ENROLLED,),
    body=Purchase,
    rules=(
        *_PRICE,
        Rule("the discounted price counts where there is one", INFERRED),
        Rule("what forbids an enrollment forbids the purchase, also by checkout", INFERRED),
    ),
)
def purchase_course(transaction: Transaction, id: int, body: Purchase) -> dict[str, str]:
    return {"redirect_url": rules.buy_course(transaction, id, body.order())}


@operation(
    "POST",
    "/categories/{id}/purchase",
    "purchaseCategory",
    tag="Category",
    summary="Purchase a course category",
    answer=one(PurchaseAddress, INFERRED),
    known=DOCUMENTED,
    body=Purchase,
    rules=(
        *_PRICE,
        Rule("the price of the category counts, not those of its courses", INFERRED),
        Rule("the user is enrolled in its active courses, but for those it is in", INFERRED),
        Rule("no course left to join, or one that is full, answers 400", INFERRED),
        Rule("courses of categories below it do not belong to it", INFERRED),
    ),
)
def purchase_category(transaction: Transaction, id: int, body: Purchase) -> dict[str, str]:
    return {"redirect_url": rules.buy_category(transaction, id, body.order())}
