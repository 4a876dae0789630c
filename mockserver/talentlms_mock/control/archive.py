"""Putting users and courses of a portal into its archive, reading and restoring them."""

from collections.abc import Iterator
from contextlib import contextmanager

from starlette.requests import Request
from starlette.responses import Response

from talentlms_mock.control.parsing import id_or_name, portal_of
from talentlms_mock.control.problems import Problem
from talentlms_mock.control.resources import find
from talentlms_mock.control.responses import JsonResponse
from talentlms_mock.control.route import route
from talentlms_mock.control.schema import as_data, record_of
from talentlms_mock.errors import NotFound
from talentlms_mock.portal.records.history import Archived
from talentlms_mock.portal.records.records import Course, User

_TAG = "Data"
_USER = "/portals/{domain}/users/{id_or_name}"
_COURSE = "/portals/{domain}/courses/{id_or_name}"
_ARCHIVED = "/portals/{domain}/archived"


@route(
    "POST",
    f"{_USER}/archive",
    tag=_TAG,
    summary="Archive a user, with everything that hangs on it",
    response=record_of(Archived),
    python=("Portal.archive_user",),
)
def archive_user(request: Request) -> Response:
    """Put a user into the archive: the API does not list it any more. Login and email are free."""
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
def restore_user(request: Request) -> Response:
    """Put a user back from the archive, with its enrollments, memberships and progress."""
    portal, which = portal_of(request), request.path_params["id_or_name"]
    with _of_path():
        return JsonResponse(as_data(portal.restore_user(id_or_name(which))))


@route(
    "POST",
    f"{_COURSE}/archive",
    tag=_TAG,
    summary="Archive a course, with everything that hangs on it",
    response=record_of(Archived),
    python=("Portal.archive_course",),
)
def archive_course(request: Request) -> Response:
    """Put a course into the archive: the API does not list it any more. Its code is free."""
    portal = portal_of(request)
    course = find(portal.courses, request.path_params["id_or_name"])
    return JsonResponse(as_data(portal.archive_course(course)))


@route(
    "POST",
    f"{_COURSE}/restore",
    tag=_TAG,
    summary="Restore an archived course, by its id, code or name, with everything that hung on it",
    response=record_of(Course),
    python=("Portal.restore_course",),
)
def restore_course(request: Request) -> Response:
    """Put a course back from the archive, with its enrollments and progress."""
    portal, which = portal_of(request), request.path_params["id_or_name"]
    with _of_path():
        return JsonResponse(as_data(portal.restore_course(id_or_name(which))))


@route(
    "GET",
    f"{_ARCHIVED}/users/{{id_or_name}}",
    tag=_TAG,
    summary="Read one archived user, by its id or full name",
    response=record_of(Archived),
    python=("Collection.get",),
)
def get_archived_user(request: Request) -> Response:
    """Return a user of the archive, by its id or its full name of that time."""
    archived = portal_of(request).archived.filter(kind="user")
    return JsonResponse(as_data(find(archived, request.path_params["id_or_name"])))


@route(
    "GET",
    f"{_ARCHIVED}/courses/{{id_or_name}}",
    tag=_TAG,
    summary="Read one archived course, by its id or name",
    response=record_of(Archived),
    python=("Collection.get",),
)
def get_archived_course(request: Request) -> Response:
    """Return a course of the archive, by its id or its name."""
    archived = portal_of(request).archived.filter(kind="course")
    return JsonResponse(as_data(find(archived, request.path_params["id_or_name"])))


@contextmanager
def _of_path() -> Iterator[None]:
    """Respond with 404 where what the path names does not exist.

    Raises:
        Problem: it does not.
    """
    try:
        yield
    except NotFound as error:
        raise Problem(404, str(error)) from None
