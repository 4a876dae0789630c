"""The OpenAPI 3.1 document of the control API, made from its routes."""

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import models_json_schema

from talentlms_mock.api.openapi import WithoutDefaults
from talentlms_mock.control import PREFIX
from talentlms_mock.control.route import SQLITE, ControlRoute

Json = dict[str, Any]

_REF = "#/components/schemas/{model}"
_ERRORS = {
    400: "A rule of the mock forbids it.",
    401: "The token is missing or wrong; on loopback none is needed.",
    403: "The request comes from a web page of another origin, or its Host is not the mock's.",
    404: "There is no such portal, or nothing with this id or name.",
    409: "The assertion failed; the message says why.",
    413: "The body is too large.",
    415: "The body is not a file.",
    422: "The body or the query is malformed, or a value has the wrong type.",
}


def document(routes: Iterable[ControlRoute], version: str) -> Json:
    """Return the document of `routes`.

    Args:
        routes: those of the control API.
        version: the mock's own, for `info.version`.
    """
    found = list(routes)
    paths: dict[str, Json] = {}
    for route in found:
        paths.setdefault(PREFIX + route.path, {})[route.method.lower()] = _one(route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "talentlms-mock, control",
            "version": version,
            "description": "Controls the mock: its portals, data, faults, clocks and requests.",
        },
        "servers": [{"url": "/"}],
        "security": [{}, {"token": []}],
        "tags": [{"name": tag} for tag in dict.fromkeys(item.tag for item in found)],
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": _schemas(found),
        },
    }


def _schemas(routes: list[ControlRoute]) -> Json:
    bodies = {item.body.__name__: item.body for item in routes if item.body}
    _, requests = models_json_schema(
        [(bodies[name], "validation") for name in sorted(bodies)],
        ref_template=_REF,
        schema_generator=WithoutDefaults,
    )
    shapes = {shape.__name__: shape for item in routes if (shape := _shape(item.response))}
    _, responses = models_json_schema(
        [(shapes[name], "serialization") for name in sorted(shapes)], ref_template=_REF
    )
    place = {"type": ["string", "null"]}
    detail = {"message": {"type": "string"}, "at": place}
    error = _object({"error": _object(detail)})
    return {**requests["$defs"], **responses["$defs"], "Error": error}


def _shape(response: Any) -> type[BaseModel] | None:
    """Return the model in a response, which may be a list of them."""
    kinds = (response, *getattr(response, "__args__", ()))
    return next((kind for kind in kinds if isinstance(kind, type) and _is_model(kind)), None)


def _is_model(kind: type[Any]) -> bool:
    return issubclass(kind, BaseModel)


def _object(properties: Json) -> Json:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _one(route: ControlRoute) -> Json:
    described: Json = {
        "operationId": route.name,
        "tags": [route.tag],
        "summary": route.summary,
        "parameters": _parameters(route),
        "responses": _responses(route),
    }
    if route.body is not None:
        described["requestBody"] = {
            "required": route.body_required,
            "content": {"application/json": {"schema": _ref(route.body.__name__)}},
        }
    if route.takes_file:
        described["requestBody"] = {"required": True, "content": {SQLITE: {}}}
    return described


def _parameters(route: ControlRoute) -> list[Json]:
    parameters: list[Json] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in route.param_convertors
    ]
    if route.query is None:
        return parameters
    schema = route.query.model_json_schema(schema_generator=WithoutDefaults)
    for name, kind in schema["properties"].items():
        parameters.append({"name": name, "in": "query", "required": False, "schema": kind})
    return parameters


def _responses(route: ControlRoute) -> Json:
    responses: Json = {str(route.status): {"description": "Done."} | _content(route)}
    for error in _statuses(route):
        responses[str(error)] = {
            "description": _ERRORS[error],
            "content": {"application/json": {"schema": _ref("Error")}},
        }
    return responses


def _content(route: ControlRoute) -> Json:
    response, shape = route.response, _shape(route.response)
    if response is None:
        return {}
    if route.media == SQLITE:
        return {"content": {SQLITE: {}}}
    if shape is None:
        schema = TypeAdapter(response).json_schema()
    elif response is shape:
        schema = _ref(shape.__name__)
    else:
        schema = {"type": "array", "items": _ref(shape.__name__)}
    return {"content": {route.media: {"schema": schema}}}


def _statuses(route: ControlRoute) -> list[int]:
    statuses = {401, 403, 422, *route.errors}
    if route.param_convertors:
        statuses.add(404)
    if route.method != "GET":
        statuses.add(400)
    if route.query is not None:
        statuses.add(400)
    if route.body is not None:
        statuses.add(413)
    if route.takes_file:
        statuses |= {413, 415}
    return sorted(statuses)


def _ref(name: str) -> Json:
    return {"$ref": _REF.format(model=name)}
