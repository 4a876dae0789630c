"""The pages of the vendor's API: every operation, how well it is known, and sending it."""

from collections.abc import Iterable
from functools import cache
from itertools import groupby
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from talentlms_mock.api import openapi
from talentlms_mock.api.fidelity import Known
from talentlms_mock.api.operation import PREFIX, REGISTRY, Operation
from talentlms_mock.console import schemas
from talentlms_mock.console.forms import EMPTY, Form, on_page
from talentlms_mock.console.rendering import go, page
from talentlms_mock.console.sending import headers, send, target
from talentlms_mock.control.mock import api_document, control_document
from talentlms_mock.control.parsing import portal_of
from talentlms_mock.control.problems import Problem
from talentlms_mock.control.routes import ROUTES
from talentlms_mock.toml_files import folder


def index(request: Request) -> Response:
    """Show the operations."""
    return show_operations(request)


def show_operations(request: Request, problem: Problem | None = None) -> Response:
    """Show the operations by what they are about, or those in which a text stands."""
    portal = portal_of(request)
    text = request.query_params.get("q", "")
    found = [each for each in REGISTRY if text.casefold() in _searched(each)]
    tags = list(dict.fromkeys(each.tag for each in found))
    ordered = sorted(found, key=lambda each: tags.index(each.tag))
    groups = [(tag, list(same)) for tag, same in groupby(ordered, key=lambda each: each.tag)]
    return page(request, "api.html", portal=portal, problem=problem, groups=groups, text=text)


def _searched(operation: Operation) -> str:
    texts = (operation.method, operation.path, operation.operation_id, operation.summary)
    return " ".join(texts).casefold()


def show(request: Request, problem: Problem | None = None, form: Form = EMPTY) -> Response:
    """Show an operation: what it takes and answers, how well that is known, and an example."""
    portal = portal_of(request)
    operation = _operation(request)
    return page(
        request,
        "operation.html",
        portal=portal,
        problem=problem,
        form=form,
        operation=operation,
        prefix=PREFIX,
        version_header=portal.headers["X-API-Version"],
        **_details(operation.operation_id),
    )


def get(request: Request) -> Response:
    """Show an operation."""
    return show(request)


@cache
def _details(operation_id: str) -> dict[str, Any]:
    operation = REGISTRY[operation_id]
    data = openapi.as_data(operation)
    own = operation.known.as_data()
    known = (operation.response.known or operation.known).as_data()
    request_example, response_example = _example(operation.operation_id)
    rules: Iterable[tuple[str, Known]] = ((rule.text, rule.known) for rule in operation.rules)
    return {
        "own": own,
        "parameters": [_parameter(each, own) for each in data["parameters"]],
        "body_fields": schemas.fields(data["request"], own),
        "response": data["response"],
        "response_known": known,
        "response_fields": schemas.fields(data["response"]["data"], known),
        "rules": [(text, how.as_data()) for text, how in rules],
        "example": request_example,
        "example_response": response_example,
        "example_body": request_example.partition("\n\n")[2].strip(),
    }


def _parameter(described: dict[str, Any], own: dict[str, str]) -> dict[str, Any]:
    return {
        "name": described["name"],
        "in": described["in"],
        "required": described["required"],
        "description": described["description"],
        "type": schemas.kind(described["schema"], {}),
        "known": described.get("x-fidelity", own),
    }


def _example(operation_id: str) -> tuple[str, str]:
    """Return the recorded example of an operation: its request and its response."""
    file = folder("examples") / f"{operation_id}.http"
    text = file.read_text(encoding="utf-8") if file.is_file() else ""
    request, start, response = text.partition("\nHTTP/1.1 ")
    return request.strip(), (start + response).strip()


@on_page(show)
async def send_form(request: Request, form: Form) -> Response:
    """Send the operation to the portal, and go to the request in the journal."""
    portal, operation = portal_of(request), _operation(request)
    where = target(operation, form)
    body = form["body"].encode()
    sent = headers(portal, form, body)
    exchange = await send(portal, operation.method, where, sent, body)
    if exchange is None:
        raise Problem(409, "The portal has not kept the request in its journal.")
    return go(f"/portals/{portal.domain}/requests/{exchange.number}")


def get_document(request: Request) -> Response:
    """Send the OpenAPI document of the vendor's surface, with the portal's own address."""
    portal = portal_of(request)
    document = api_document()
    address = portal.base_url.removesuffix(PREFIX)
    servers = [{"url": address}, *document["servers"]]
    return _download({**document, "servers": servers}, f"{portal.domain}-openapi.json")


def get_control_document(request: Request) -> Response:
    """Send the OpenAPI document of the control API."""
    portal_of(request)
    document = control_document(tuple(ROUTES))
    return _download(document, "control-openapi.json")


def _download(document: dict[str, Any], name: str) -> Response:
    return Response(
        orjson.dumps(document, option=orjson.OPT_INDENT_2),
        media_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _operation(request: Request) -> Operation:
    """Return the operation that the path names.

    Raises:
        Problem: there is none.
    """
    name = request.path_params["operation"]
    for operation in REGISTRY:
        if operation.operation_id == name:
            return operation
    raise Problem(404, f"There is no operation {name!r}.")
