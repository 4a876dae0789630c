"""The payment page of a purchase."""

from starlette.responses import Response

from talentlms_mock.errors import InvalidValue
from talentlms_mock.pages.rendering import go, page
from talentlms_mock.pages.visit import Visit


async def show(visit: Visit) -> Response:
    """Show what is to be paid."""
    return page(visit, "payment.html", payment=visit.pages.payment(_key(visit)))


async def decide(visit: Visit) -> Response:
    """Pay, or leave without paying."""
    match visit.sent("do"):
        case "pay":
            return go(visit.pages.pay(_key(visit)))
        case "cancel":
            return go(visit.pages.cancel_payment(_key(visit)))
    raise InvalidValue("A payment page offers pay and cancel.")


def _key(visit: Visit) -> str:
    return visit.request.query_params.get("key", "")
