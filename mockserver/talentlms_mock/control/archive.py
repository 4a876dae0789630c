"""Putting users of a portal into its archive, and restoring them."""

from starlette.requests import Request
from starlette.responses import Response

from talentlms_mock.control.parsing import portal_of
from talentlms_mock.control.problems import Problem
from talentlms_mock.control.resources import find
from talentlms_mock.control.responses import JsonResponse
from talentlms_mock.control.route import route
from talentlms_mock.control.schema import as_data, record_of
from talentlms_mock.errors import NotFound
from talentlms_mock.portal.records.history import Archived
from talentlms_mock.portal.records.records import User

_TAG = "Data"
_USER = "/portals/{domain}/users/{id_or_name}"


@route(
    "POST",
    f"{_USER}/archive",
    tag=_TAG,
    summary="Archive a user, with everything that hangs on it",
    response=record_of(Archived),
    python=("Portal.archive_user",),
)
async def archive_user(request: Request) -> Response:
    portal = portal_of(request)
    user = find(portal.users, request.path_params["id_or_name"])
    return JsonResponse(as_data(portal.archive_user(user)))


@route(
    "POST",
    f"{_USER}/restore",
    tag=_TAG,
    summary="Restore an archived user, by its id or login, with everything that hung on it",
    response=record_of(User),
    python=("Portal.restore_user",),
)
async def restore_user(request: Request) -> Response:
    portal, which = portal_of(request), request.path_params["id_or_name"]
    try:
        user = portal.restore_user(_id_or_name(which))
    except NotFound as error:
        raise Problem(404, str(error)) from None
    return JsonResponse(as_data(user))


def _id_or_name(text: str) -> int | str:
    return int(text) if text.isascii() and text.isdecimal() else text
