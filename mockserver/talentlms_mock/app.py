"""The composition root: every surface of the mock becomes a route of one Starlette application."""

from collections.abc import Callable
from functools import cache, partial

from starlette.applications import Starlette
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from talentlms_mock import console, control
from talentlms_mock.api.adapter import Adapter
from talentlms_mock.api.downloads import download_routes
from talentlms_mock.api.gateway import Gateway
from talentlms_mock.api.operation import PREFIX, REGISTRY
from talentlms_mock.api.resources import (
    batch,
    branches,
    categories,
    courses,
    enrollments,
    fields,
    groups,
    learning_paths,
    progress,
    purchases,
    sign_ins,
    site,
    tasks,
    timeline,
    units,
    user_resources,
    users,
)
from talentlms_mock.api.response_fields import fields_of_response
from talentlms_mock.asgi.routing import with_line_breaks
from talentlms_mock.console.app import BrowserEntry, ConsoleApp
from talentlms_mock.control.app import ControlApp
from talentlms_mock.control.host import PortalHost
from talentlms_mock.pages.app import PagesApp
from talentlms_mock.pages.settings import PagesSettings
from talentlms_mock.portal.contract.operations import Catalogue, Entry
from talentlms_mock.portal.journal.journal import Exchange
from talentlms_mock.portal.portals import Portals

RESOURCES = (
    users,
    user_resources,
    sign_ins,
    progress,
    courses,
    enrollments,
    units,
    learning_paths,
    fields,
    purchases,
    site,
    timeline,
    tasks,
    groups,
    branches,
    categories,
    batch,
)
"""The modules that declare operations; importing them fills the registry."""


class Application(Starlette):
    """A Starlette application that hands a request of its first mount straight to what is mounted.

    Starlette's middlewares and router do nothing for the vendor's API, which answers its own
    errors and reads the path as it was sent; yet they take an eighth of the time of reading one
    user. All other requests pass through them.

    Args:
        routes: the first is the mount of the vendor's API.
        otherwise: answers what no route matches.
    """

    def __init__(self, routes: list[BaseRoute], otherwise: ASGIApp) -> None:
        super().__init__(routes=routes)
        self.router.redirect_slashes = False
        self.router.default = otherwise

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        api = self.router.routes[0]
        is_http = scope["type"] == "http"
        if is_http and isinstance(api, Mount) and scope["path"].startswith(api.path):
            await api.app(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def catalogue() -> Catalogue:
    """Return the operations of the API as a portal knows them."""
    return Catalogue(
        Entry(
            item.method,
            item.path,
            item.operation_id,
            takes_body=item.body is not None,
            response=cache(partial(fields_of_response, item)),
        )
        for item in REGISTRY
    )


def create_app(
    portals: Portals,
    *,
    allow_http: bool = False,
    behind_tls_proxy: bool = False,
    on_exchange: Callable[[Exchange], None] | None = None,
    portal_host: PortalHost | None = None,
) -> Starlette:
    """Return the application that serves `portals`.

    The vendor's API is one mount, behind which the gateway finds the operation: which portal is
    meant, who may ask and what counts is decided before the path is, and a path that does not
    exist is a request of the portal too, with the vendor's 404 and a place in the journal. So
    what no route matches is a page of a portal, or the gateway's.

    Args:
        portals: may change while it runs.
        allow_http: serve the API over plain HTTP too, with a contract warning.
        behind_tls_proxy: believe `X-Forwarded-Proto` of a client on the loopback address.
        on_exchange: is called with every exchange.
        portal_host: creates and removes portals; without one there is no control API and no
            console.
    """
    portals.catalogue = catalogue()
    gateway = Gateway(
        portals,
        Adapter(list(REGISTRY)),
        allow_http=allow_http,
        behind_tls_proxy=behind_tls_proxy,
        on_exchange=on_exchange,
    )
    settings = PagesSettings(
        portals,
        allow_http=allow_http,
        behind_tls_proxy=behind_tls_proxy,
        console="" if portal_host is None else f"{control.PREFIX}/",
    )
    pages = PagesApp(settings, gateway)
    routes: list[BaseRoute] = [_mount(PREFIX, gateway, name="api"), *download_routes(portals)]
    if portal_host is not None:
        control_app, console_app = ControlApp(portal_host), ConsoleApp(portal_host)
        routes += [
            _mount(console.PREFIX, console_app, name="console"),
            *_entries(control.PREFIX, control_app),
            _mount(control.PREFIX, control_app, name="control"),
            Route("/", BrowserEntry(pages, names_a_portal=portals.is_named), name="root"),
        ]
    return Application(routes, otherwise=pages)


def _mount(path: str, app: ASGIApp, *, name: str) -> Mount:
    return with_line_breaks(Mount(path, app, name=name))


def _entries(path: str, otherwise: ASGIApp) -> list[BaseRoute]:
    """Return the routes of `path` itself, with and without a slash, which lead to the console."""
    entry = BrowserEntry(otherwise)
    return [Route(each, entry, name="control root") for each in (path, f"{path}/")]
