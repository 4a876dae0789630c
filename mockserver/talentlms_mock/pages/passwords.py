"""The page that sets a new password."""

from starlette.responses import Response

from talentlms_mock.errors import RequestRefused
from talentlms_mock.pages.rendering import go, page
from talentlms_mock.pages.visit import Visit


async def show(visit: Visit) -> Response:
    """Ask for a new password."""
    return _form(visit, 200, "")


async def reset(visit: Visit) -> Response:
    """Set the new password, and go where the caller of the API said."""
    key, password = visit.request.path_params["key"], visit.sent("password")
    visit.pages.whose_password(key)  # a key that does not work is no matter of the password
    if password != visit.sent("repeated"):
        return _form(visit, 400, "The two passwords differ.")
    try:
        goes_to = visit.pages.reset_password(key, password)
    except RequestRefused as error:
        return _form(visit, error.refusal.status, str(error))
    return go(goes_to) if goes_to else page(visit, "password_set.html")


def _form(visit: Visit, status: int, problem: str) -> Response:
    login = visit.pages.whose_password(visit.request.path_params["key"])
    return page(visit, "password.html", status=status, problem=problem, login=login)
