"""The mock as a whole: whether it runs, and what it answers to."""

from functools import cache
from importlib.metadata import version
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from talentlms_mock.api import openapi as api_openapi
from talentlms_mock.api.operation import REGISTRY
from talentlms_mock.control import openapi
from talentlms_mock.control.addresses import origins
from talentlms_mock.control.parsing import host_of
from talentlms_mock.control.responses import Health, JsonResponse
from talentlms_mock.control.route import PEM, ControlRoute, control_routes, route

_TAG = "Mock"


@route("GET", "/health", tag=_TAG, summary="Health check", response=Health, public=True)
async def health(request: Request) -> Response:
    """Answer as soon as the mock runs. A script can wait for it; it needs no token."""
    return JsonResponse(
        {
            "status": "ok",
            "version": version("talentlms-mock"),
            "portals": len(host_of(request).portals),
        }
    )


@route(
    "GET",
    "/operations",
    tag=_TAG,
    summary="List the operations of the TalentLMS API, and how well each is known",
    response=list[dict[str, Any]],
)
def list_operations(request: Request) -> Response:
    """Return what is known of each operation: its parameters, shapes, source, and how many
    exchanges were recorded.
    """
    return JsonResponse([api_openapi.as_data(operation) for operation in REGISTRY])


@route(
    "GET",
    "/openapi.json",
    tag=_TAG,
    summary="The OpenAPI document of this control API",
    response=dict[str, Any],
)
def get_document(request: Request) -> Response:
    """Return this document, with the address by which it was asked for."""
    made = control_document(tuple(control_routes(request.app.routes)))
    return _at(made, origins(request)[1], "This mock.")


@route(
    "GET",
    "/api/openapi.json",
    tag=_TAG,
    summary="The OpenAPI document of the TalentLMS API, as the mock serves it",
    response=dict[str, Any],
)
def get_api_document(request: Request) -> Response:
    """Return the document of all operations, with the address of the API on this server."""
    return _at(api_document(), origins(request)[0], "This mock; the key says which portal.")


@cache
def control_document(routes: tuple[ControlRoute, ...]) -> dict[str, Any]:
    """Return the document of the control API; making it takes a fifth of a second."""
    return openapi.document(routes, version("talentlms-mock"))


@cache
def api_document() -> dict[str, Any]:
    """Return the document of the TalentLMS API; making it takes longer still."""
    return api_openapi.document(REGISTRY, version("talentlms-mock"))


def _at(document: dict[str, Any], address: str, description: str) -> Response:
    """Return the document with a server in front of those that it names."""
    servers = [{"url": address, "description": description}, *document["servers"]]
    return JsonResponse({**document, "servers": servers})


@route(
    "GET",
    "/ca.pem",
    tag=_TAG,
    summary="The certificate of the authority that clients must trust",
    response=str,
    media=PEM,
    public=True,
)
def get_authority(request: Request) -> Response:
    """Return the certificate as a PEM file. A client on another machine trusts it; no key is in it,
    and no token is needed.
    """
    return Response(host_of(request).address.ca_file.read_bytes(), media_type=PEM)
