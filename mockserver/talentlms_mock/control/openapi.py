"""The OpenAPI 3.1 document of the control API, made from its registry."""

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import models_json_schema

from talentlms_mock.api.openapi import WithoutDefaults
from talentlms_mock.control import PREFIX
from talentlms_mock.control.operation import SQLITE, Operation

Json = dict[str, Any]

_REF = "#/components/schemas/{model}"
_ERRORS = {
    400: "A rule refuses it.",
    401: "The token is missing or wrong; only off loopback one is needed.",
    403: "A web page of another origin, or a Host that is not the mock's.",
    404: "There is no such portal or thing.",
    409: "It is not so; the message says why.",
    413: "The body is too large.",
    415: "The body is no file.",
    422: "The body or the query is malformed, or of the wrong type.",
}


def document(operations: Iterable[Operation], version: str) -> Json:
    """Return the document of `operations`.

    Args:
        operations: those of the registry.
        version: the mock's own, for `info.version`.
    """
    found = list(operations)
    paths: dict[str, Json] = {}
    for operation in found:
        paths.setdefault(PREFIX + operation.path, {})[operation.method.lower()] = _one(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "talentlms-mock, control",
            "version": version,
            "description": "What a test does to the mock, and nothing of the vendor's API.",
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


def _schemas(operations: list[Operation]) -> Json:
    bodies = {item.body.__name__: item.body for item in operations if item.body}
    _, requests = models_json_schema(
        [(bodies[name], "validation") for name in sorted(bodies)],
        ref_template=_REF,
        schema_generator=WithoutDefaults,
    )
    shapes = {shape.__name__: shape for item in operations if (shape := _shape(item.answer))}
    _, answers = models_json_schema(
        [(shapes[name], "serialization") for name in sorted(shapes)], ref_template=_REF
    )
    place = {"type": ["string", "null"]}
    detail = {"message": {"type": "string"}, "at": place}
    error = _object({"error": _object(detail)})
    return {**requests["$defs"], **answers["$defs"], "Error": error}


def _shape(answer: Any) -> type[BaseModel] | None:
    """Return the model in an answer, which may be a list of them."""
    kinds = (answer, *getattr(answer, "__args__", ()))
    return next((kind for kind in kinds if isinstance(kind, type) and _is_model(kind)), None)


def _is_model(kind: type[Any]) -> bool:
    return issubclass(kind, BaseModel)


def _object(properties: Json) -> Json:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _one(operation: Operation) -> Json:
    described: Json = {
        "operationId": operation.name,
        "tags": [operation.tag],
        "summary": operation.summary,
        "parameters": _parameters(operation),
        "responses": _responses(operation),
    }
    if operation.body is not None:
        described["requestBody"] = {
            "required": operation.body_required,
            "content": {"application/json": {"schema": _ref(operation.body.__name__)}},
        }
    if operation.takes_file:
        described["requestBody"] = {"required": True, "content": {SQLITE: {}}}
    return described


def _parameters(operation: Operation) -> list[Json]:
    parameters: list[Json] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in operation.path_parameters
    ]
    if operation.query is None:
        return parameters
    schema = operation.query.model_json_schema(schema_generator=WithoutDefaults)
    for name, kind in schema["properties"].items():
        parameters.append({"name": name, "in": "query", "required": False, "schema": kind})
    return parameters


def _responses(operation: Operation) -> Json:
    status = 204 if operation.answer is None else operation.status
    responses: Json = {str(status): {"description": "Done."} | _content(operation)}
    for error in _statuses(operation):
        responses[str(error)] = {
            "description": _ERRORS[error],
            "content": {"application/json": {"schema": _ref("Error")}},
        }
    return responses


def _content(operation: Operation) -> Json:
    answer, shape = operation.answer, _shape(operation.answer)
    if answer is None:
        return {}
    if operation.media == SQLITE:
        return {"content": {SQLITE: {}}}
    if shape is None:
        schema = TypeAdapter(answer).json_schema()
    elif answer is shape:
        schema = _ref(shape.__name__)
    else:
        schema = {"type": "array", "items": _ref(shape.__name__)}
    return {"content": {operation.media: {"schema": schema}}}


def _statuses(operation: Operation) -> list[int]:
    statuses = {401, 403, 422, *operation.errors}
    if operation.path_parameters:
        statuses.add(404)
    if operation.method != "GET":
        statuses.add(400)
    if operation.query is not None:
        statuses.add(400)
    if operation.body is not None:
        statuses.add(413)
    if operation.takes_file:
        statuses |= {413, 415}
    return sorted(statuses)


def _ref(name: str) -> Json:
    return {"$ref": _REF.format(model=name)}
