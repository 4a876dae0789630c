"""The portals of the mock: their settings, keys and switches, and putting one back."""

from dataclasses import asdict
from functools import partial
from typing import cast

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from talentlms_mock.control.host import PortalHost
from talentlms_mock.control.parsing import (
    host_of,
    portal_of,
    read_body,
    read_query,
    uploaded_file,
)
from talentlms_mock.control.problems import REFUSED, Problem
from talentlms_mock.control.responses import (
    DatasetState,
    JsonResponse,
    MessageState,
    NoContent,
    PortalState,
    portal_state,
)
from talentlms_mock.control.route import SQLITE, Body, Query, route
from talentlms_mock.hosts import domain_of
from talentlms_mock.portal.portal import Portal
from talentlms_mock.portal.saving import whole
from talentlms_mock.portal.state.settings import (
    BURST_LIMIT,
    DEFAULT_DATASET,
    DEFAULT_PLAN,
    DEFAULT_PRESET,
    DEFAULT_SEED,
    Plan,
    Preset,
    QuirkName,
    QuirkValue,
    Settings,
)
from talentlms_mock.portal.state.task_rule import DEFAULT_TASKS
from talentlms_mock.toml_files import is_path

_TAG = "Portals"
_ONE = "/portals/{domain}"
MOST_USERS_OVER_HTTP = 50_000
"""More take minutes, and no client of HTTP waits so long."""

_TOO_MANY = (
    f"Over HTTP a portal is made with at most {MOST_USERS_OVER_HTTP:,} users: for more, run "
    "`talentlms-mock seed --users N --database FILE`, and upload the file to portals/open or start "
    "the mock with it."
)
_NO_FILES = "{name} must be a name: over HTTP no file of the mock's machine is read or written."


class PortalInput(Body):
    """The arguments of `create_portal`."""

    domain: str | None = None
    api_key: str | None = None
    plan: str = DEFAULT_PLAN
    hourly_limit: int | None = None
    burst_limit: int = BURST_LIMIT
    users: int | None = None
    seed: int = DEFAULT_SEED
    dataset: str = DEFAULT_DATASET
    preset: str = DEFAULT_PRESET
    quirks: dict[str, str] | None = None
    tasks: str = DEFAULT_TASKS
    clock: str | None = None
    scenario: str | None = None


class OpenPortalQuery(Query):
    """Another domain or key than the portal was saved with."""

    domain: str | None = None
    api_key: str | None = None


class PortalChanges(Body):
    """What changes; the rest stays.

    A plan brings its hourly limit, `custom` needs one. A preset sets every quirk but `quirks`.
    """

    plan: str | None = None
    hourly_limit: int | None = None
    api_enabled: bool | None = None
    active: bool | None = None
    tasks: str | None = None
    preset: str | None = None
    quirks: dict[str, str] | None = None
    gamification: bool | None = None


class KeyInput(Body):
    """The new key; left out it is made up from the old one."""

    api_key: str | None = None


@route(
    "GET",
    "/portals",
    tag=_TAG,
    summary="List the portals",
    response=list[PortalState],
    python=("MockServer.portals",),
)
def list_portals(request: Request) -> Response:
    """Return every portal of the server, with its key, clock and limits."""
    return JsonResponse([portal_state(portal, request) for portal in host_of(request).portals])


@route(
    "POST",
    "/portals",
    tag=_TAG,
    summary="Create a portal",
    body=PortalInput,
    body_required=False,
    response=PortalState,
    status=201,
    python=("MockServer.create_portal",),
)
def create_portal(request: Request) -> Response:
    """Add a portal. Without a body it is one of 50 users and the plan core. Without a domain it
    gets the one that the Host header names, as in acme.talentlms.com, or else samples.
    """
    body = read_body(request, PortalInput)
    if body.domain is None:
        body.domain = domain_of(request.headers["host"])
    portal = new_portal(host_of(request), body)
    return JsonResponse(portal_state(portal, request), 201)


def new_portal(host: PortalHost, body: PortalInput) -> Portal:
    """Create a portal for a client that may be on another machine.

    Raises:
        Problem: it has too many users, or names a file of the mock's machine.
        SetupError: as `MockServer.create_portal`.
    """
    if (body.users or 0) > MOST_USERS_OVER_HTTP:
        raise Problem(REFUSED, _TOO_MANY, "users")
    for name, value in (("dataset", body.dataset), ("scenario", body.scenario)):
        if value is not None and is_path(value):
            raise Problem(REFUSED, _NO_FILES.format(name=name), name)
    return host.create_portal(**body.set_fields())


@route(
    "POST",
    "/portals/open",
    tag=_TAG,
    summary="Open a portal that was saved; its file is the body",
    query=OpenPortalQuery,
    takes_file=True,
    response=PortalState,
    status=201,
    python=("MockServer.open_portal", "MockServer.open"),
)
async def open_portal(request: Request) -> Response:
    """Add a portal from a file that savePortal gave, in the state of that time."""
    query = read_query(request, OpenPortalQuery)
    async with uploaded_file(request) as file:
        work = partial(host_of(request).open_portal, file, **query.set_fields())
        portal = await run_in_threadpool(work)
    return JsonResponse(portal_state(portal, request), 201)


@route(
    "GET",
    _ONE,
    tag=_TAG,
    summary="Read a portal",
    response=PortalState,
    python=(
        "Portal.api_key",
        "Portal.base_url",
        "Portal.ca_file",
        "Portal.console_url",
        "Portal.control_url",
        "Portal.domain",
        "Portal.headers",
        "Portal.host",
    ),
)
def get_portal(request: Request) -> Response:
    """Return what a client needs to reach the portal, and its settings. Its data is not read."""
    return JsonResponse(portal_state(portal_of(request), request))


@route(
    "PATCH",
    _ONE,
    tag=_TAG,
    summary="Change the plan, switches, preset, quirks, or the rule for tasks",
    body=PortalChanges,
    response=PortalState,
    python=(
        "Portal.activate",
        "Portal.deactivate",
        "Portal.disable_api",
        "Portal.disable_gamification",
        "Portal.enable_api",
        "Portal.enable_gamification",
        "Portal.quirks",
        "Portal.set_plan",
        "Portal.set_preset",
        "Portal.set_quirk",
        "Portal.set_tasks",
    ),
)
def change_portal(request: Request) -> Response:
    """Change settings of a running portal, all of them or, if one is refused, none."""
    portal = portal_of(request)
    body = read_body(request, PortalChanges)
    make_changes(portal, body)
    return JsonResponse(portal_state(portal, request))


def make_changes(portal: Portal, body: PortalChanges) -> None:
    """Make all of the changes or none.

    Raises:
        SetupError: one is impossible.
    """
    _check(portal, body)
    if body.plan is not None or body.hourly_limit is not None:
        plan = portal.settings.plan if body.plan is None else body.plan
        portal.set_plan(cast(Plan, plan), body.hourly_limit)
    if body.api_enabled is not None:
        (portal.enable_api if body.api_enabled else portal.disable_api)()
    if body.active is not None:
        (portal.activate if body.active else portal.deactivate)()
    if body.tasks is not None:
        portal.set_tasks(body.tasks)
    if body.preset is not None:
        portal.set_preset(cast(Preset, body.preset))
    for name, value in (body.quirks or {}).items():
        portal.set_quirk(cast(QuirkName, name), cast(QuirkValue, value))
    if body.gamification is not None:
        (portal.enable_gamification if body.gamification else portal.disable_gamification)()


def _check(portal: Portal, body: PortalChanges) -> None:
    """Raise what one of the changes would, before any is made."""
    now = portal.settings
    has_limit = body.plan is not None or body.hourly_limit is not None
    Settings(
        plan=now.plan if body.plan is None else body.plan,
        hourly_limit=body.hourly_limit if has_limit else now.hourly_limit,
        preset=now.preset if body.preset is None else body.preset,
        quirks=body.quirks or {},
        tasks=now.tasks if body.tasks is None else body.tasks,
    )


@route(
    "DELETE",
    _ONE,
    tag=_TAG,
    summary="Remove a portal and its data",
    python=("MockServer.remove_portal",),
)
def delete_portal(request: Request) -> Response:
    """Remove the portal with its data, faults and journal. Its domain is free again."""
    host_of(request).remove_portal(portal_of(request))
    return NoContent()


@route(
    "POST",
    f"{_ONE}/rotate-key",
    tag=_TAG,
    summary="Replace the API key",
    body=KeyInput,
    body_required=False,
    response=PortalState,
    python=("Portal.rotate_key",),
)
def rotate_key(request: Request) -> Response:
    """Replace the API key; a request with the old one is answered 401."""
    portal = portal_of(request)
    body = read_body(request, KeyInput)
    portal.rotate_key(body.api_key)
    return JsonResponse(portal_state(portal, request))


@route(
    "POST",
    f"{_ONE}/revoke-key",
    tag=_TAG,
    summary="Revoke the API key, until it is rotated",
    response=PortalState,
    python=("Portal.revoke_key",),
)
def revoke_key(request: Request) -> Response:
    """Make the API key invalid: every request is answered 401 until the key is rotated."""
    portal = portal_of(request)
    portal.revoke_key()
    return JsonResponse(portal_state(portal, request))


@route(
    "POST",
    f"{_ONE}/reset",
    tag=_TAG,
    summary="Put the portal back to what it was when it was created",
    response=PortalState,
    python=("Portal.reset",),
)
def reset_portal(request: Request) -> Response:
    """Put data, clock, limits, faults, settings and journal back to what they were at the start."""
    portal = portal_of(request)
    portal.reset()
    return JsonResponse(portal_state(portal, request))


@route(
    "GET",
    f"{_ONE}/save",
    tag=_TAG,
    summary="Save the whole portal: a SQLite file for openPortal or MockServer.open",
    response=bytes,
    media=SQLITE,
    python=("Portal.save",),
)
def save_portal(request: Request) -> Response:
    """Return the portal as a SQLite file, which openPortal takes on this or another machine."""
    portal = portal_of(request)
    disposition = f'attachment; filename="{portal.domain}.sqlite"'
    return Response(whole(portal), media_type=SQLITE, headers={"Content-Disposition": disposition})


@route(
    "GET",
    f"{_ONE}/dataset",
    tag=_TAG,
    summary="Write the portal as a dataset, the text of a TOML file",
    response=DatasetState,
    python=("Portal.as_dataset", "Portal.save_dataset"),
)
def get_dataset(request: Request) -> Response:
    """Return the portal as a dataset that people can edit, for `--dataset`: people, courses and
    groups as they are, without what people did.
    """
    return JsonResponse({"toml": portal_of(request).as_dataset()})


@route(
    "GET",
    f"{_ONE}/outbox",
    tag=_TAG,
    summary="List the emails that the portal would have sent, oldest first",
    response=list[MessageState],
    python=("Portal.outbox",),
)
def list_messages(request: Request) -> Response:
    """Return the emails of password resets and username recoveries. None is ever sent."""
    return JsonResponse([asdict(message) for message in portal_of(request).outbox])
