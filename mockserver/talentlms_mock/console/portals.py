"""The pages of the server's portals: list, create, open, save, reset, remove, and sign in."""

from typing import Any, cast

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from talentlms_mock.console import PREFIX
from talentlms_mock.console.forms import EMPTY, Form, fields_of, on_page, read_model
from talentlms_mock.console.rendering import STATIC, go, page
from talentlms_mock.console.upload import uploaded
from talentlms_mock.control.parsing import host_of, portal_of
from talentlms_mock.control.portals import PortalInput, new_portal
from talentlms_mock.control.problems import REFUSED, Problem, of_refusal
from talentlms_mock.control.route import SQLITE
from talentlms_mock.errors import MockError
from talentlms_mock.portal import scenarios
from talentlms_mock.portal.portal import Portal
from talentlms_mock.portal.saving import whole
from talentlms_mock.portal.seed.definition import built_in_names
from talentlms_mock.portal.state.settings import PLANS, PRESETS

_SHOWN = 100
_NO_FILE = "Choose the file of a portal that was saved."
_TYPES = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
_FIELDS = fields_of(PortalInput, quirks="table")


def show_portals(request: Request, problem: Problem | None = None, form: Form = EMPTY) -> Response:
    """Show the portals of the server, and the forms for another."""
    portals = list(host_of(request).portals)
    return page(
        request,
        "portals.html",
        problem=problem,
        form=form,
        portals=[_row(portal) for portal in portals[:_SHOWN]],
        count=len(portals),
        datasets=built_in_names(),
        scenarios=scenarios.built_in_names(),
        plans=list(PLANS),
        presets=list(PRESETS),
    )


def _row(portal: Portal) -> dict[str, Any]:
    return {
        "domain": portal.domain,
        "users": len(portal.users),
        "requests": len(portal.requests),
        "limits": portal.rate_limit,
        "clock": portal.clock.as_data(),
        "faults": len(portal.faults),
        "settings": portal.settings,
    }


def list_portals(request: Request) -> Response:
    """Show the portals."""
    return show_portals(request)


@on_page(show_portals)
def create(request: Request, form: Form) -> Response:
    """Create a portal from a dataset."""
    portal = new_portal(host_of(request), read_model(PortalInput, _FIELDS, form))
    return go(f"/portals/{portal.domain}", done="created")


async def open_saved(request: Request) -> Response:
    """Open a portal that was saved."""
    form = EMPTY
    try:
        async with uploaded(request, "file", _NO_FILE) as (file, form):
            given: dict[str, Any] = form.only("domain", "api_key")
            portal = await run_in_threadpool(host_of(request).open_portal, file, **given)
    except (MockError, Problem) as error:
        problem = error if isinstance(error, Problem) else of_refusal(error)
        return show_portals(request, problem, form)
    return go(f"/portals/{portal.domain}", done="created")


def show_portal(request: Request, problem: Problem | None = None, form: Form = EMPTY) -> Response:
    """Show a portal: how it is reached, and what it is."""
    portal = portal_of(request)
    return page(
        request,
        "portal.html",
        portal=portal,
        problem=problem,
        form=form,
        row=_row(portal),
        counts=[
            ("courses", len(portal.courses)),
            ("enrollments", len(portal.enrollments)),
            ("groups", len(portal.groups)),
            ("branches", len(portal.branches)),
        ],
        warnings=portal.warnings[-5:],
        outbox=len(portal.outbox),
    )


def get_portal(request: Request) -> Response:
    """Show a portal."""
    return show_portal(request)


def save(request: Request) -> Response:
    """Send the whole portal as a file."""
    portal = portal_of(request)
    disposition = f'attachment; filename="{portal.domain}.sqlite"'
    return Response(whole(portal), media_type=SQLITE, headers={"Content-Disposition": disposition})


@on_page(show_portal)
def reset(request: Request, form: Form) -> Response:
    """Put a portal back to what it was when it was created."""
    portal = portal_of(request)
    portal.reset()
    return go(f"/portals/{portal.domain}", done="reset")


@on_page(show_portal)
def remove(request: Request, form: Form) -> Response:
    """Remove a portal and its data; the form repeats the domain."""
    portal = portal_of(request)
    if form["domain"].strip().lower() != portal.domain:
        raise Problem(REFUSED, f"To remove the portal, write its domain: {portal.domain}", "domain")
    host_of(request).remove_portal(portal)
    return go("/", done="removed")


def show_sign_in(request: Request) -> Response:
    """Ask for the token, as the page does that is opened without it."""
    return sign_in_page(request, None)


def sign_in_page(request: Request, problem: Problem | None, to: str | None = None) -> Response:
    """Return the page that asks for the token, and then goes to `to`."""
    return page(request, "sign-in.html", problem=problem, to=to or _to(request))


def _to(request: Request) -> str:
    """Return the path in the console that was asked for: a path alone, which leads nowhere else."""
    given = request.query_params.get("to", "")
    return given if given.startswith("/") and not given.startswith(("//", "/\\")) else "/"


def _again(request: Request, problem: Problem | None, form: Form) -> Response:
    return sign_in_page(request, problem)


@on_page(_again)
def sign_in(request: Request, form: Form) -> Response:
    """Keep in a cookie that the browser had the token."""
    access = host_of(request).access
    cookie = access.cookie(form["token"], request.headers["host"], request.url.scheme)
    response = RedirectResponse(PREFIX + _to(request), 303)
    response.headers["Set-Cookie"] = cookie
    return response


def get_static(request: Request) -> Response:
    """Send the stylesheet, a script or the icon."""
    name = cast(str, request.path_params["name"])
    content = STATIC.get(name)
    if content is None:
        raise Problem(404, "The console has no such file.")
    media = _TYPES[name.rpartition(".")[2]]
    kept = {"Cache-Control": "max-age=86400"}
    return Response(content, media_type=media, headers=kept)
