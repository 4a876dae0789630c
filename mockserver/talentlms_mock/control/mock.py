"""The mock as a whole: whether it runs, and what it answers to."""

from importlib.metadata import version
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from talentlms_mock.api import openapi as api_openapi
from talentlms_mock.api.operation import REGISTRY
from talentlms_mock.control import openapi
from talentlms_mock.control.parsing import host_of
from talentlms_mock.control.responses import Health, JsonResponse
from talentlms_mock.control.route import control_routes, route

_TAG = "Mock"


@route("GET", "/health", tag=_TAG, summary="Health check", response=Health)
async def health(request: Request) -> Response:
    """Answer as soon as the mock runs. A script can wait for it."""
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
    """Return this document. That of the TalentLMS API itself comes from the command talentlms-mock
    openapi.
    """
    routes = control_routes(request.app.routes)
    return JsonResponse(openapi.document(routes, version("talentlms-mock")))
