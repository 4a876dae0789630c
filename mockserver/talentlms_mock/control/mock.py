"""The mock as a whole: is it there, what does it answer to, which portals it has."""

from importlib.metadata import version
from pathlib import Path
from typing import Any

from talentlms_mock.api import openapi as api_openapi
from talentlms_mock.api.operation import REGISTRY as API
from talentlms_mock.control import openapi
from talentlms_mock.control.application import PortalHost
from talentlms_mock.control.operation import REGISTRY, Body, Query, operation
from talentlms_mock.control.problems import REFUSED, Problem
from talentlms_mock.control.responses import Health, PortalState, portal_state
from talentlms_mock.portal.state.settings import (
    BURST_LIMIT,
    DEFAULT_DATASET,
    DEFAULT_PLAN,
    DEFAULT_SEED,
)
from talentlms_mock.portal.state.task_rule import DEFAULT_TASKS
from talentlms_mock.toml_files import is_path

NO_FILES = "{name} must be a name: over HTTP no file of the mock's machine is read or written"


class NewPortal(Body):
    """The arguments of `create_portal`."""

    domain: str | None = None
    api_key: str | None = None
    plan: str = DEFAULT_PLAN
    hourly_limit: int | None = None
    burst_limit: int = BURST_LIMIT
    users: int | None = None
    seed: int = DEFAULT_SEED
    dataset: str = DEFAULT_DATASET
    quirks: dict[str, str] | None = None
    tasks: str = DEFAULT_TASKS
    clock: str | None = None
    scenario: str | None = None


class Opening(Query):
    domain: str | None = None
    api_key: str | None = None


@operation("GET", "/health", "health", tag="Mock", summary="Is it there?", answer=Health)
def health(host: PortalHost) -> dict[str, Any]:
    return {
        "status": "ok",
        "version": version("talentlms-mock"),
        "portals": len(host.portals),
    }


@operation(
    "GET",
    "/operations",
    "listOperations",
    tag="Mock",
    summary="Every operation of the TalentLMS API, and how well it is known",
    answer=list[dict[str, Any]],
)
def list_operations(host: PortalHost) -> list[dict[str, Any]]:
    return [api_openapi.as_data(each) for each in API]


@operation(
    "GET",
    "/openapi.json",
    "getDocument",
    tag="Mock",
    summary="The OpenAPI document of this control API",
    answer=dict[str, Any],
)
def get_document(host: PortalHost) -> dict[str, Any]:
    return openapi.document(REGISTRY, version("talentlms-mock"))


@operation(
    "GET",
    "/portals",
    "listPortals",
    tag="Portals",
    summary="Every portal",
    answer=list[PortalState],
    python=("MockServer.portals",),
)
def list_portals(host: PortalHost) -> list[dict[str, Any]]:
    return [portal_state(portal) for portal in host.portals]


@operation(
    "POST",
    "/portals",
    "createPortal",
    tag="Portals",
    summary="Create a portal",
    body=NewPortal,
    body_required=False,
    answer=PortalState,
    status=201,
    python=("MockServer.create_portal",),
)
def create_portal(host: PortalHost, body: NewPortal) -> dict[str, Any]:
    for name in ("dataset", "scenario"):
        value = getattr(body, name)
        if value is not None and is_path(value):
            raise Problem(REFUSED, f"{NO_FILES.format(name=name)}.", name)
    return portal_state(host.create_portal(**body.set_fields()))


@operation(
    "POST",
    "/portals/open",
    "openPortal",
    tag="Portals",
    summary="Go on with a portal that was saved, whose file is the body",
    query=Opening,
    answer=PortalState,
    status=201,
    takes_file=True,
    python=("MockServer.open_portal", "MockServer.open"),
)
def open_portal(host: PortalHost, file: Path, query: Opening) -> dict[str, Any]:
    return portal_state(host.open_portal(file, **query.set_fields()))
