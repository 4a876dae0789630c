"""The composition root: the registry of operations becomes one ASGI application."""

from collections.abc import Awaitable, Callable
from functools import cache, partial

from talentlms_mock.api.adapter import Adapter
from talentlms_mock.api.gateway import Gateway
from talentlms_mock.api.operation import REGISTRY
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
from talentlms_mock.api.response_fields import answer_fields
from talentlms_mock.asgi.call import Receive, Scope, Send
from talentlms_mock.control import is_below
from talentlms_mock.control.application import Control, PortalHost
from talentlms_mock.portal.contract.operations import Catalogue, Entry
from talentlms_mock.portal.journal.journal import Exchange
from talentlms_mock.portal.portals import Portals

ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]

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


def catalogue() -> Catalogue:
    """Return the operations of the API as a portal knows them."""
    return Catalogue(
        Entry(
            item.method,
            item.path,
            item.operation_id,
            takes_body=item.body is not None,
            answer=cache(partial(answer_fields, item)),
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
) -> ASGIApp:
    """Return the application that serves `portals`.

    Args:
        portals: may change while it runs.
        allow_http: serve the API over plain HTTP too, with a contract warning.
        behind_tls_proxy: believe `X-Forwarded-Proto` of a client on the loopback address.
        on_exchange: is told of every exchange.
        portal_host: who makes and removes portals; without one there is no control API.
    """
    portals.catalogue = catalogue()
    gateway = Gateway(
        portals,
        Adapter(list(REGISTRY)),
        allow_http=allow_http,
        behind_tls_proxy=behind_tls_proxy,
        on_exchange=on_exchange,
    )
    return gateway if portal_host is None else _beside(gateway, Control(portal_host))


def _beside(gateway: ASGIApp, control: ASGIApp) -> ASGIApp:
    # No coroutine of its own, which each request would pay for.
    def application(scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        answer = control if is_below(scope["path"]) else gateway
        return answer(scope, receive, send)

    return application
