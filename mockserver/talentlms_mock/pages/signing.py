"""The front page, and signing in and out."""

from starlette.responses import Response

from talentlms_mock.errors import RequestRefused
from talentlms_mock.pages.rendering import page, signed_in, signed_out
from talentlms_mock.pages.visit import Visit


async def front_page(visit: Visit) -> Response:
    """Show the user's courses, or ask for login and password."""
    if visit.sign_in is None:
        return sign_in_page(visit)
    lines = visit.pages.courses(visit.sign_in.user_id)
    return page(visit, "courses.html", heading=None, courses=lines)


def sign_in_page(visit: Visit, error: RequestRefused | None = None) -> Response:
    """Return the page that asks for login and password, and says why it does."""
    status, problem = (error.refusal.status, str(error)) if error else (200, "")
    return page(visit, "sign_in.html", status=status, problem=problem, login=visit.sent("login"))


async def sign_in(visit: Visit) -> Response:
    """Sign in by login and password."""
    login, password = visit.sent("login"), visit.sent("password")
    try:
        token = visit.pages.sign_in_by_password(login, password, visit.token)
    except RequestRefused as error:
        return sign_in_page(visit, error)
    return signed_in(visit, token, "/index")


async def sign_in_by_key(visit: Visit) -> Response:
    """Sign in by the key of the address, and show the user's courses."""
    token = visit.pages.sign_in_by_key(visit.request.path_params["key"], visit.token)
    return signed_in(visit, token, "/index")


async def go_to_course(visit: Visit) -> Response:
    """Sign in by the key of the address, and open its course."""
    key, course_id = (visit.request.path_params[name] for name in ("key", "id"))
    token = visit.pages.go_to_course(key, course_id, visit.token)
    return signed_in(visit, token, f"/learner/courseinfo/id:{course_id}")


async def sign_out(visit: Visit) -> Response:
    """Sign out by the button of a page."""
    return signed_out(visit, visit.pages.sign_out(visit.token))


async def sign_out_by_key(visit: Visit) -> Response:
    """Sign out by the key of the address."""
    key = visit.request.path_params["key"]
    return signed_out(visit, visit.pages.sign_out_by_key(key, visit.token))


async def unknown(visit: Visit) -> Response:
    """Say what this is, where there is no such page."""
    return page(visit, "unknown.html", status=404)
