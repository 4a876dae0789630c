"""Templates to pages. Everything that they show is escaped, wherever it comes from."""

import secrets
from hashlib import sha256
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, RedirectResponse, Response

from talentlms_mock.pages.visit import FORM_COOKIE, Visit
from talentlms_mock.pages.words import words_in

_HERE = Path(__file__).parent
STYLE = (_HERE / "static" / "pages.css").read_bytes()
ICON = (_HERE / "static" / "icon.svg").read_bytes()

_ENVIRONMENT = Environment(
    loader=FileSystemLoader(_HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_ENVIRONMENT.globals["style"] = f"/index/pages.css?v={sha256(STYLE).hexdigest()[:12]}"


def page(
    visit: Visit, template: str, *, status: int = 200, problem: str = "", **values: object
) -> Response:
    """Return a page of a portal.

    Args:
        visit: what it answers.
        template: its file.
        status: of the response.
        problem: what a form was refused for.
        values: of the template's variables.
    """
    form_token = visit.request.cookies.get(FORM_COOKIE) or secrets.token_urlsafe(16)
    common = {
        "visit": visit,
        "form_token": form_token,
        "problem": problem,
        "word": words_in(visit.sign_in.locale if visit.sign_in else ""),
    }
    text = _ENVIRONMENT.get_template(template).render(common | values)
    response = HTMLResponse(text, status)
    if FORM_COOKIE not in visit.request.cookies:
        _keep(response, visit, FORM_COOKIE, form_token)
    return response


def bare_page(text: str, status: int, console: str) -> Response:
    """Return a page that is of no portal: what this is, and what is wrong."""
    template = _ENVIRONMENT.get_template("nothing.html")
    return HTMLResponse(template.render(text=text, console=console), status)


def go(address: str) -> Response:
    """Return a response that leads to an address, which must not come from the browser."""
    return RedirectResponse(address, 303)


def signed_in(visit: Visit, token: str, path: str) -> Response:
    """Return a response that signs the browser in, and leads to a page of the portal."""
    response = go(visit.link(path))
    _keep(response, visit, visit.cookie, token)
    return response


def signed_out(visit: Visit, address: str) -> Response:
    """Return a response that signs the browser out, and leads to an address."""
    response = go(address)
    response.delete_cookie(visit.cookie)
    return response


def _keep(response: Response, visit: Visit, name: str, value: str) -> None:
    is_secure = visit.origin.startswith("https:")
    response.set_cookie(name, value, secure=is_secure, httponly=True, samesite="lax")
