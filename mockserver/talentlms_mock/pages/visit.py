"""A visit: one request for a page, the portal that it is for, and who is signed in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import quote

from starlette.requests import Request

from talentlms_mock.asgi.call import used_scheme
from talentlms_mock.errors import Refusal, RequestRefused
from talentlms_mock.hosts import domain_of
from talentlms_mock.pages.settings import PagesSettings
from talentlms_mock.portal.pages.keys import PageKind
from talentlms_mock.portal.pages.pages import Pages, Site
from talentlms_mock.portal.pages.sign_ins import SignIn
from talentlms_mock.portal.portal import Portal
from talentlms_mock.portal.portals import Portals

FORM_COOKIE = "talentlms-mock-form"
"""The cookie that a form must repeat, so that nobody else can have made it."""

_KINDS: dict[str, PageKind] = {
    "/index/autologin/": "autologin",
    "/index/gotocourse/": "goto",
    "/index/logout/": "logout",
    "/index/resetpassword/": "reset",
    "/checkout/": "checkout",
}


@dataclass(frozen=True)
class Visit:
    """One request for a page of a portal.

    Args:
        request: the request.
        portal: whose page it is.
        origin: the scheme and host by which the browser asks.
        console: the path of the console; "" where there is none.
        form: what a form sent, by the names of its fields.
    """

    request: Request
    portal: Portal
    origin: str
    console: str
    form: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def pages(self) -> Pages:
        """What the portal's pages show and do."""
        return Pages(self.portal.transaction, self.portal.origin_for(self.origin))

    @property
    def cookie(self) -> str:
        """The name of the cookie of a sign-in; portals may share a host."""
        return f"talentlms-mock-{self.portal.domain}"

    @property
    def token(self) -> str | None:
        """The token that the browser has, whether or not it is signed in by it."""
        return self.request.cookies.get(self.cookie)

    @cached_property
    def sign_in(self) -> SignIn | None:
        """The sign-in of the browser."""
        return self.pages.sign_in(self.token)

    @property
    def user(self) -> SignIn:
        """The sign-in of the browser, for a page that nobody sees without.

        Raises:
            RequestRefused: it is not signed in.
        """
        if self.sign_in is None:
            raise SignInNeeded
        return self.sign_in

    @cached_property
    def site(self) -> Site:
        """Whose page it is: the portal's, or a branch's."""
        return self.pages.site(domain_of(_host(self.request)) or "", self.sign_in)

    def sent(self, name: str) -> str:
        """Return what a form sent in one field; "" where it did not."""
        return (self.form.get(name) or [""])[0]

    def link(self, path: str) -> str:
        """Return the address of another page of the portal, for this browser."""
        by_name = domain_of(_host(self.request)) is not None
        return path if by_name else f"{path}?portal={quote(self.portal.domain)}"


class SignInNeeded(RequestRefused):
    """Nobody sees the page without being signed in."""

    def __init__(self) -> None:
        super().__init__(Refusal(403, "forbidden", "Sign in to see this page."))


class NoPage(RequestRefused):
    """There is no page to show, and no portal whose page it could be.

    Args:
        status: of the response.
        text: what is wrong, and what to do.
    """

    def __init__(self, status: int, text: str) -> None:
        super().__init__(Refusal(status, "not_found", text))


def visit_of(request: Request, settings: PagesSettings) -> Visit:
    """Return the visit that a request is.

    Raises:
        NoPage: it came over plain HTTP, or it is for no portal, or for one that is inactive.
    """
    host = _host(request)
    scheme = used_scheme(request.scope, behind_tls_proxy=settings.behind_tls_proxy)
    if scheme != "https" and not settings.allow_http:
        raise NoPage(400, "The pages of a portal are shown over HTTPS only.")
    portal = _portal(request, settings.portals)
    if portal is None:
        raise NoPage(
            404,
            f"No portal answers for this address under {host!r}. Open the address as the API "
            "gave it.",
        )
    if not portal.settings.active:
        raise NoPage(403, f"The domain {portal.domain!r} is inactive.")
    return Visit(request, portal, f"{scheme}://{host}", settings.console)


def key_of(request: Request) -> tuple[PageKind, str] | None:
    """Return the kind and the text of the key in the address of a page; None where it has none."""
    for folder, kind in _KINDS.items():
        rest = request.url.path.removeprefix(folder)
        if rest != request.url.path:
            if kind == "checkout":
                return kind, request.query_params.get("key", "")
            return kind, rest.partition(":")[2].partition(",")[0]
    return None


def _portal(request: Request, portals: Portals) -> Portal | None:
    """Return the portal that a request is for.

    A host name says it. Under an address of the server, which all portals share, the query says
    it, or the portal that gave out the key; where there is but one portal, it is that one.
    """
    host, named = _host(request), request.query_params.get("portal")
    if portals.is_named(host):
        return portals.find(host, None)
    if named is not None:
        return portals.of_domain(named)
    key = key_of(request)
    found = [each for each in portals if key and Pages(each.transaction).has_key(*key)]
    # That of a logout is a number, which several portals may have given out.
    known = [each for each in found if _is_known_to(each, request)]
    return next(iter([*known, *found]), None) or portals.find(host, None)


def _is_known_to(portal: Portal, request: Request) -> bool:
    """Return whether the browser is signed in to the portal."""
    token = request.cookies.get(f"talentlms-mock-{portal.domain}")
    return Pages(portal.transaction).sign_in(token) is not None


def _host(request: Request) -> str:
    return request.headers.get("host", "")
