"""One portal: its settings, keys and switches, and putting it back."""

from dataclasses import asdict
from importlib import import_module
from typing import Any, cast

from talentlms_mock.control.application import PortalHost
from talentlms_mock.control.operation import SQLITE, Body, File, operation, portal_named
from talentlms_mock.control.responses import MessageState, PortalState, portal_state
from talentlms_mock.portal.portal import Portal
from talentlms_mock.portal.state.settings import Plan, QuirkName, QuirkValue, Settings

_TAG = "Portals"
_ONE = "/portals/{domain}"


class PortalChanges(Body):
    """What changes; the rest stays. A plan brings its hourly limit, `custom` needs one."""

    plan: str | None = None
    hourly_limit: int | None = None
    api_enabled: bool | None = None
    active: bool | None = None
    tasks: str | None = None
    quirks: dict[str, str] | None = None
    gamification: bool | None = None


class NewKey(Body):
    """The key to be; without one it is made up from the old one."""

    api_key: str | None = None


@operation(
    "GET",
    _ONE,
    "getPortal",
    tag=_TAG,
    summary="Read a portal",
    answer=PortalState,
    python=(
        "Portal.api_key",
        "Portal.base_url",
        "Portal.ca_file",
        "Portal.control_url",
        "Portal.domain",
        "Portal.headers",
        "Portal.host",
    ),
)
def get_portal(portal: Portal) -> dict[str, Any]:
    return portal_state(portal)


@operation(
    "PATCH",
    _ONE,
    "changePortal",
    tag=_TAG,
    summary="Change the plan, switches, the rule for tasks, or quirks",
    body=PortalChanges,
    answer=PortalState,
    python=(
        "Portal.activate",
        "Portal.deactivate",
        "Portal.disable_api",
        "Portal.disable_gamification",
        "Portal.enable_api",
        "Portal.enable_gamification",
        "Portal.quirks",
        "Portal.set_plan",
        "Portal.set_quirk",
        "Portal.set_tasks",
    ),
)
def change_portal(portal: Portal, body: PortalChanges) -> dict[str, Any]:
    _check(portal, body)
    if body.plan is not None or body.hourly_limit is not None:
        portal.set_plan(cast(Plan, body.plan or portal.settings.plan), body.hourly_limit)
    if body.api_enabled is not None:
        (portal.enable_api if body.api_enabled else portal.disable_api)()
    if body.active is not None:
        (portal.activate if body.active else portal.deactivate)()
    if body.tasks is not None:
        portal.set_tasks(body.tasks)
    for name, value in (body.quirks or {}).items():
        portal.set_quirk(cast(QuirkName, name), cast(QuirkValue, value))
    if body.gamification is not None:
        (portal.enable_gamification if body.gamification else portal.disable_gamification)()
    return portal_state(portal)


def _check(portal: Portal, body: PortalChanges) -> None:
    """Raise what one of the changes would, before any is made."""
    now = portal.settings
    Settings(
        plan=body.plan or now.plan,
        hourly_limit=body.hourly_limit if body.plan or body.hourly_limit else now.hourly_limit,
        quirks=body.quirks or {},
        tasks=body.tasks or now.tasks,
    )


@operation(
    "DELETE",
    _ONE,
    "deletePortal",
    tag=_TAG,
    summary="Remove a portal with all that is in it",
    of_server=True,
    python=("MockServer.remove_portal",),
)
def delete_portal(host: PortalHost, domain: str) -> None:
    host.remove_portal(portal_named(host, domain))


@operation(
    "POST",
    f"{_ONE}/rotate-key",
    "rotateKey",
    tag=_TAG,
    summary="Put another API key in force",
    body=NewKey,
    body_required=False,
    answer=PortalState,
    python=("Portal.rotate_key",),
)
def rotate_key(portal: Portal, body: NewKey) -> dict[str, Any]:
    portal.rotate_key(body.api_key)
    return portal_state(portal)


@operation(
    "POST",
    f"{_ONE}/revoke-key",
    "revokeKey",
    tag=_TAG,
    summary="Make the API key invalid, until it is rotated",
    answer=PortalState,
    python=("Portal.revoke_key",),
)
def revoke_key(portal: Portal) -> dict[str, Any]:
    portal.revoke_key()
    return portal_state(portal)


@operation(
    "POST",
    f"{_ONE}/reset",
    "resetPortal",
    tag=_TAG,
    summary="Put everything back to what it was when the portal was created",
    answer=PortalState,
    python=("Portal.reset",),
)
def reset_portal(portal: Portal) -> dict[str, Any]:
    portal.reset()
    return portal_state(portal)


@operation(
    "GET",
    f"{_ONE}/save",
    "savePortal",
    tag=_TAG,
    summary="The whole portal as a SQLite file, for openPortal or MockServer.open",
    answer=bytes,
    media=SQLITE,
    python=("Portal.save",),
)
def save_portal(portal: Portal) -> File:
    saving = import_module("talentlms_mock.portal.saving")
    return File(f"{portal.domain}.sqlite", saving.whole(portal))


@operation(
    "GET",
    f"{_ONE}/outbox",
    "listMessages",
    tag=_TAG,
    summary="Every email that the portal would have sent, the newest last",
    answer=list[MessageState],
    python=("Portal.outbox",),
)
def list_messages(portal: Portal) -> list[dict[str, Any]]:
    return [asdict(message) for message in portal.outbox]
