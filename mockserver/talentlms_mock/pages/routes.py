"""The routes of the pages, and what stands around them."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route, Router
from starlette.types import ASGIApp

from talentlms_mock.asgi.response_headers import ResponseHeaders
from talentlms_mock.asgi.routing import with_line_breaks
from talentlms_mock.errors import PortalGone, RequestRefused
from talentlms_mock.pages import certificates, courses, passwords, payments, signing
from talentlms_mock.pages.forms import read_form
from talentlms_mock.pages.rendering import ICON, STYLE, bare_page, page
from talentlms_mock.pages.settings import PagesSettings
from talentlms_mock.pages.visit import SignInNeeded, Visit, visit_of

log = logging.getLogger("talentlms_mock")

Handler = Callable[[Visit], Awaitable[Response]]

GET, POST = ["GET"], ["POST"]
HANDLERS: tuple[tuple[list[str], str, Handler], ...] = (
    (GET, "/", signing.front_page),
    (GET, "/index", signing.front_page),
    (POST, "/index", signing.sign_in),
    (GET, "/index/autologin/key:{key}", signing.sign_in_by_key),
    (GET, "/index/gotocourse/key:{key},course_id:{id:int}", signing.go_to_course),
    (GET, "/index/logout/token:{key},next:{next:path}", signing.sign_out_by_key),
    (POST, "/index/signout", signing.sign_out),
    (GET, "/index/resetpassword/key:{key}", passwords.show),
    (POST, "/index/resetpassword/key:{key}", passwords.reset),
    (GET, "/learner/courseinfo/id:{id:int}", courses.course),
    (GET, "/unit/view/id:{id:int}", courses.unit),
    (POST, "/unit/view/id:{id:int}", courses.act),
    (GET, "/catalog/index/category:{id:int}", courses.category),
    (GET, "/certificates/view/{id:int}", certificates.view),
    (GET, "/certificates/download/{id:int}", certificates.download),
    (GET, "/checkout/{what}:{id:int}", payments.show),
    (POST, "/checkout/{what}:{id:int}", payments.decide),
)
"""Every page: its methods, its path, and what answers it."""

FILES = {
    "/index/pages.css": (STYLE, "text/css"),
    "/index/icon.svg": (ICON, "image/svg+xml"),
    "/favicon.ico": (ICON, "image/svg+xml"),
}
"""What is the same for every portal, by its path, with its type."""

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",  # keys are in addresses; yet a form needs its origin
    "X-Content-Type-Options": "nosniff",
}
"""Of every page. There is no `form-action`: browsers hold it against redirects of a form too."""


def application(settings: PagesSettings) -> ASGIApp:
    """Return the application of the pages of a server."""
    routes = [Route(path, _file(*of), methods=GET) for path, of in FILES.items()]
    routes += [
        Route(path, _endpoint(handler, settings), methods=methods)
        for methods, path, handler in HANDLERS
    ]
    unknown = with_line_breaks(
        Route("/{path:path}", _endpoint(signing.unknown, settings), methods=[*GET, *POST])
    )
    return ResponseHeaders(Router([*routes, unknown], redirect_slashes=False), _HEADERS)


def _endpoint(
    handler: Handler, settings: PagesSettings
) -> Callable[[Request], Awaitable[Response]]:
    async def respond(request: Request) -> Response:
        if request.method == "HEAD":  # of who looks whether a link works, and must not use it up
            return Response()
        visit: Visit | None = None
        try:
            visit = visit_of(request, settings)
            if request.method == "POST":
                visit = replace(visit, form=await read_form(request, visit.origin))
            return await handler(visit)
        except ClientDisconnect:
            return Response(status_code=400)  # nobody receives it
        except SignInNeeded as error:
            assert visit is not None
            return signing.sign_in_page(visit, error)
        except RequestRefused as error:
            return _refusal(error, visit, settings)
        except PortalGone:
            return bare_page("The portal was removed.", 404, settings.console)
        except Exception:  # whatever fails in here, the browser gets a page
            log.exception("%s %s failed inside the mock", request.method, request.url.path)
            return bare_page("An error inside the mock; its log has it.", 500, settings.console)

    return respond


def _refusal(error: RequestRefused, visit: Visit | None, settings: PagesSettings) -> Response:
    status = error.refusal.status
    if visit is None:
        return bare_page(str(error), status, settings.console)
    return page(visit, "refused.html", status=status, text=str(error))


def _file(content: bytes, media_type: str) -> Callable[[Request], Awaitable[Response]]:
    async def respond(request: Request) -> Response:
        return Response(content, media_type=media_type)

    return respond
