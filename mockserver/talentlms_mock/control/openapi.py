"""The OpenAPI 3.1 document of the control API, made from its routes."""

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel, TypeAdapter

from talentlms_mock.api.json_schema import (
    Json,
    Note,
    WithoutDefaults,
    choice_schemas,
    example_of,
    merged,
    nullable,
    object_of,
    ref,
    schemas_of,
    with_choices,
    with_notes,
)
from talentlms_mock.control import PREFIX
from talentlms_mock.control.notes.examples import BODIES, RESPONSES
from talentlms_mock.control.notes.field_notes import (
    CHOICES,
    PARAMETER_NOTES,
    field_note,
    query_note,
)
from talentlms_mock.control.route import FILES, PEM, SQLITE, ControlRoute

_SERVERS = [
    {
        "url": "http://127.0.0.1:{port}",
        "description": "A mock on this machine, over plain HTTP.",
        "variables": {"port": {"default": "8080", "description": "The HTTP port."}},
    },
    {
        "url": "https://127.0.0.1:{port}",
        "description": "A mock on this machine, over HTTPS.",
        "variables": {"port": {"default": "8443", "description": "The HTTPS port."}},
    },
]
_FILE: Json = {"type": "string", "format": "binary"}
_TEXT: Json = {"type": "string"}
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
    schemas = _schemas(found)
    paths: dict[str, Json] = {}
    for route in found:
        paths.setdefault(PREFIX + route.path, {})[route.method.lower()] = _one(route, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "talentlms-mock, control",
            "version": version,
            "description": "Controls the mock: its portals, data, faults, clocks and requests.",
        },
        "servers": _SERVERS,
        "security": [{}, {"token": []}],
        "tags": [{"name": tag} for tag in dict.fromkeys(item.tag for item in found)],
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": schemas,
        },
    }


def _schemas(routes: list[ControlRoute]) -> Json:
    bodies = {item.body for item in routes if item.body}
    shapes = {shape for item in routes if (shape := _shape(item.response))}
    models = merged(schemas_of(bodies, "validation"), schemas_of(shapes, "serialization"))
    named = merged(with_choices(models, CHOICES), choice_schemas(CHOICES), _error_schemas())
    return with_notes(named, field_note)


def _error_schemas() -> Json:
    text = {"type": "string"}
    return {
        "Error": object_of({"error": ref("ErrorDetail")}, "Why a request was not done."),
        "ErrorDetail": object_of(
            {"message": text, "at": nullable(text)}, "What is wrong with a request, and where."
        ),
    }


def _shape(response: Any) -> type[BaseModel] | None:
    """Return the model in a response, which may be a list of them."""
    kinds = (response, *getattr(response, "__args__", ()))
    return next((kind for kind in kinds if isinstance(kind, type) and _is_model(kind)), None)


def _is_model(kind: type[Any]) -> bool:
    return issubclass(kind, BaseModel)


def _one(route: ControlRoute, schemas: Json) -> Json:
    described: Json = {
        "operationId": route.name,
        "tags": [route.tag],
        "summary": route.summary,
        "description": route.description,
        "parameters": _parameters(route),
        "responses": _responses(route, schemas),
    }
    if route.public:
        described["security"] = []
    if route.body is not None:
        name = route.body.__name__
        example = BODIES[name] if name in BODIES else example_of(ref(name), schemas)
        described["requestBody"] = {
            "required": route.body_required,
            "content": {"application/json": {"schema": ref(name), "example": example}},
        }
    if route.takes_file:
        content = {media: {"schema": _FILE, "example": _A_FILE} for media in FILES}
        described["requestBody"] = {"required": True, "content": content}
    return described


_A_FILE = "SQLite format 3"
"""What stands for a file: its first bytes."""
_FILES = {SQLITE: _A_FILE, PEM: "A certificate in PEM"}


def _parameters(route: ControlRoute) -> list[Json]:
    parameters = [
        _parameter(name, "path", {"type": "string"}, PARAMETER_NOTES[name])
        for name in route.param_convertors
    ]
    if route.query is None:
        return parameters
    schema = route.query.model_json_schema(schema_generator=WithoutDefaults)
    for name, kind in schema["properties"].items():
        note = query_note(route.query.__name__, name, _record_of(route.query))
        parameters.append(_parameter(name, "query", _of_query(kind), note))
    return parameters


def _record_of(query: type[BaseModel]) -> str:
    """Return the name of the record whose fields a query has; "" where it has none of them."""
    name = query.__name__
    return name.removesuffix("Query") if name.endswith("Query") else ""


def _of_query(schema: Json) -> Json:
    """Return the schema of a parameter: no query can say null."""
    branches = [branch for branch in schema.get("anyOf", ()) if branch != {"type": "null"}]
    return branches[0] if len(branches) == 1 else schema


def _parameter(name: str, place: str, schema: Json, note: Note | None) -> Json:
    noted = {"description": note.description, "example": note.example} if note else {}
    return {"name": name, "in": place, "required": place == "path", **noted, "schema": schema}


def _responses(route: ControlRoute, schemas: Json) -> Json:
    success: Json = {"description": "Done."} | _content(route, schemas)
    responses: Json = {str(route.status): success}
    for error in _statuses(route):
        responses[str(error)] = {
            "description": _ERRORS[error],
            "content": {"application/json": {"schema": ref("Error")}},
        }
    return responses


def _content(route: ControlRoute, schemas: Json) -> Json:
    response, shape = route.response, _shape(route.response)
    if response is None:
        return {}
    if route.media in _FILES:
        schema = _TEXT if route.media == PEM else _FILE
        return {"content": {route.media: {"schema": schema, "example": _FILES[route.media]}}}
    if shape is None:
        schema = TypeAdapter(response).json_schema()
    elif response is shape:
        schema = ref(shape.__name__)
    else:
        schema = {"type": "array", "items": ref(shape.__name__)}
    example = RESPONSES[route.name] if shape is None else example_of(schema, schemas)
    return {"content": {route.media: {"schema": schema, "example": example}}}


def _statuses(route: ControlRoute) -> list[int]:
    statuses = {403, 422, *route.errors}
    if not route.public:
        statuses.add(401)
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
