"""The OpenAPI 3.1 document that the mock itself answers to, made from the registry."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from talentlms_mock.api.envelope_schemas import ENVELOPE_SCHEMAS
from talentlms_mock.api.example_values import CHOICES, note_of
from talentlms_mock.api.json_schema import (
    Json,
    WithoutDefaults,
    choice_schemas,
    merged,
    object_of,
    ref,
    schemas_of,
    with_choices,
    with_notes,
)
from talentlms_mock.api.ledger import deviations
from talentlms_mock.api.operation import PREFIX, Operation, Parameter, Registry
from talentlms_mock.api.page import NUMBER, PAGE_NUMBER, PAGE_SIZE, SIZE
from talentlms_mock.api.recorded_examples import field_examples, recorded_example
from talentlms_mock.api.values import Kind
from talentlms_mock.hosts import VENDOR_SUFFIX

_ERRORS = {
    400: "A value is missing or invalid, the version is, or a rule of the domain forbids it.",
    401: "The key is missing or invalid.",
    403: "No portal has this host name or key, or its API is not enabled.",
    404: "The resource does not exist.",
    409: "It is archived, or is already, or is not yet, what is asked.",
    413: "The body is larger than 1 MiB.",
    422: "The body is not JSON, or not a JSON object.",
    429: "The rate limit is exceeded.",
    500: "Internal server error.",
}
_DOMAIN = {
    "default": "samples",
    "description": "The domain of the portal, or that of a branch, a hyphen and the portal's.",
}
_SERVERS = [
    {
        "url": f"https://{{domain}}{VENDOR_SUFFIX}",
        "description": "A portal under the vendor's host name, where requests are led to the mock.",
        "variables": {"domain": _DOMAIN},
    },
    {
        "url": "https://{domain}.localhost:{port}",
        "description": "A portal of a mock on this machine.",
        "variables": {
            "domain": _DOMAIN,
            "port": {"default": "8443", "description": "The HTTPS port of the mock."},
        },
    },
]
_VERSION = {
    "name": "X-API-Version",
    "in": "header",
    "required": True,
    "description": "The version of the API, a date as YYYY-MM-DD.",
    "schema": {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"},
    "example": "2025-07-01",
}
FIXED_HEADERS = {
    "Vary": "Origin",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store, no-cache, must-revalidate",
    "Pragma": "no-cache",
    "Expires": "Thu, 19 Nov 1981 08:52:00 GMT",
}
"""The headers of every response; those of the router have the first two alone."""
OF_ROUTER = 2
"""How many of them the router's own responses have."""
RATE_HEADERS = {
    "X-RateLimit-Limit": "How many requests an hour are allowed.",
    "X-RateLimit-Remaining": "How many of them are left.",
}


def document(registry: Registry, version: str) -> Json:
    """Return the document of every operation in `registry`.

    Args:
        registry: the operations.
        version: the mock's own, for `info.version`.
    """
    paths: dict[str, Json] = {}
    for operation in registry:
        paths.setdefault(PREFIX + operation.path, {})[operation.method.lower()] = _operation(
            operation
        )
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "talentlms-mock",
            "version": version,
            "description": "What the mock answers to. An independent project, not the vendor's.",
        },
        "servers": _SERVERS,
        "security": [{"apiKey": []}],
        "tags": [{"name": tag} for tag in dict.fromkeys(item.tag for item in registry)],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "apiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
            },
            "schemas": _schemas(registry),
            "headers": _headers(),
            "responses": _routing_responses(),
        },
    }


def as_data(operation: Operation) -> Json:
    """Return what the registry knows of an operation, with schemas of its request and response."""
    body, shape = operation.body, operation.response.shape
    return {
        "method": operation.method,
        "path": operation.path,
        "operation_id": operation.operation_id,
        "tag": operation.tag,
        "summary": operation.summary,
        "provenance": operation.provenance,
        "source": operation.source,
        "recorded_exchanges": operation.recorded,
        "deviations": [
            {"place": item.place, "what": item.what, **item.known.as_data()}
            for item in deviations(operation)
        ],
        "needs_key": operation.needs_key,
        "paginated": operation.paginated,
        "parameters": _parameters(operation),
        "request": body and body.model_json_schema(schema_generator=WithoutDefaults),
        "response": {
            "status": operation.response.status,
            "data": shape and shape.model_json_schema(mode="serialization"),
        },
    }


def _schemas(registry: Registry) -> Json:
    shapes = {item.response.shape for item in registry if item.response.shape}
    bodies = {item.body for item in registry if item.body}
    models = merged(schemas_of(shapes, "serialization"), schemas_of(bodies, "validation"))
    named = merged(with_choices(models, CHOICES), choice_schemas(CHOICES), ENVELOPE_SCHEMAS)
    recorded = field_examples(_recorded_values(registry), named)
    return with_notes(named, partial(note_of, recorded))


def _recorded_values(registry: Registry) -> Iterator[tuple[Json, Any]]:
    """Give the schemas of all bodies, each with that of a recorded example."""
    for operation in registry:
        example = recorded_example(operation.operation_id)
        if operation.body is not None and example.body is not None:
            yield ref(operation.body.__name__), example.body
        if operation.response.shape is not None:
            yield _envelope(operation), example.response


def _headers() -> Json:
    """Return the headers of responses."""
    fixed = {
        name: {"required": True, "schema": {"type": "string", "const": value}}
        for name, value in FIXED_HEADERS.items()
    }
    # Not required: a 400 that says that plain HTTP is refused has none.
    rates = {
        name: {"description": text, "schema": {"type": "integer", "minimum": 0}}
        for name, text in RATE_HEADERS.items()
    }
    allow = {
        "description": "The methods of the path.",
        "required": True,
        "schema": {"type": "string"},
    }
    return fixed | rates | {"Allow": allow}


def _routing_responses() -> Json:
    """Return what is no operation's: the responses to a path or a method that does not exist."""
    names = list(FIXED_HEADERS)[:OF_ROUTER]
    return {
        "UnknownPath": _error_response("No operation has this path.", names),
        "WrongMethod": _error_response("The path has no such method.", [*names, "Allow"]),
    }


def _operation(operation: Operation) -> Json:
    example = recorded_example(operation.operation_id)
    described: Json = {
        "operationId": operation.operation_id,
        "tags": [operation.tag],
        "summary": operation.summary,
        "description": operation.description,
        "parameters": _parameters(operation),
        "responses": _responses(operation),
        "x-fidelity": operation.known.as_data() | _recorded(operation) | _rules(operation),
    }
    if operation.body is not None:
        described["requestBody"] = {
            "required": operation.body_required and not operation.ids_in_query,
            "content": {"application/json": _content(ref(operation.body.__name__), example.body)},
        }
    if not operation.needs_key:
        described["security"] = []
    return described


def _parameters(operation: Operation) -> list[Json]:
    values = recorded_example(operation.operation_id).parameters(operation)
    parameters = [_parameter(item) for item in (*operation.path_parameters, *operation.query)]
    for item in operation.filters:
        parameters.append(
            _query(item.name, item.kind, item.description, item.example)
            | {"x-fidelity": item.known.as_data()}
        )
    if operation.paginated:
        parameters += [
            _query(NUMBER, PAGE_NUMBER, "The number of the page, from 1."),
            _query(SIZE, PAGE_SIZE, "The largest number of items on a page, from 1 to 100."),
        ]
    for parameter in parameters:
        if parameter["name"] in values:
            parameter["example"] = _typed(values[parameter["name"]], parameter["schema"])
    return [*parameters, _VERSION] if operation.needs_key else parameters


def _typed(text: str, schema: Json) -> int | str:
    return int(text) if schema["type"] == "integer" else text


def _parameter(parameter: Parameter) -> Json:
    described = {
        "name": parameter.name,
        "in": parameter.place,
        "required": parameter.required,
        "description": parameter.meaning,
        "schema": parameter.kind.schema,
        "example": parameter.kind.example,
    }
    if parameter.place == "query":
        described["x-fidelity"] = parameter.known.as_data()
    return described


def _content(schema: Json, example: Any) -> Json:
    """Return the description of a body; a body that may be left out may have no example."""
    return {"schema": schema} | ({} if example is None else {"example": example})


def _recorded(operation: Operation) -> Json:
    """Return how many exchanges with the vendor's servers stand behind the operation."""
    return {"recorded_exchanges": operation.recorded} if operation.recorded else {}


def _rules(operation: Operation) -> Json:
    """Return what the operation does that is known otherwise than the rest of it."""
    if not operation.rules:
        return {}
    return {"rules": [{"rule": rule.text} | rule.known.as_data() for rule in operation.rules]}


def _query(name: str, kind: Kind, description: str, example: str = "") -> Json:
    return {
        "name": name,
        "in": "query",
        "required": False,
        "description": description,
        "schema": kind.schema,
        "example": example or kind.example,
    }


def _responses(operation: Operation) -> Json:
    spec = operation.response
    success: Json = {"description": "Done." if spec.shape is None else "What was asked for."}
    if spec.shape is not None:
        example = recorded_example(operation.operation_id)
        content = _content(_envelope(operation), example.response)
        success["content"] = {"application/json": content}
    if spec.known is not None:
        success["x-fidelity"] = spec.known.as_data()
    every = list(FIXED_HEADERS)
    counted = [*every, *RATE_HEADERS] if operation.needs_key else every
    responses = {str(spec.status): success | {"headers": _header_refs(counted)}}
    for status in _statuses(operation):
        names = every if status in (401, 403) else counted
        responses[str(status)] = _error_response(_description(operation, status), names)
    return responses


def _description(operation: Operation, status: int) -> str:
    if status != 409:
        return _ERRORS[status]
    texts = " / ".join(refusal.text for refusal in operation.conflicts)
    if all(refusal.is_duplicate for refusal in operation.conflicts):
        return f"With the quirk duplicate_status=409: {texts}."
    return f"{_ERRORS[status]} {texts}."


def _error_response(description: str, headers: list[str]) -> Json:
    return {
        "description": description,
        "headers": _header_refs(headers),
        "content": {"application/json": {"schema": ref("Error")}},
    }


def _header_refs(names: list[str]) -> Json:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _statuses(operation: Operation) -> list[int]:
    """Return the errors that this operation can answer."""
    statuses = {400, 403, 500}
    if operation.needs_key:
        statuses |= {401, 429}
    if _names_things(operation):
        statuses.add(404)
    if operation.conflicts:
        statuses.add(409)
    if operation.body:
        statuses |= {413, 422}
    return sorted(statuses)


def _names_things(operation: Operation) -> bool:
    """Return whether a request names something that has to exist."""
    fields = operation.body.model_fields if operation.body else ()
    in_body = any(name == "login" or name.endswith("_id") for name in fields)
    return bool(operation.path_parameters or operation.query) or in_body


def _envelope(operation: Operation) -> Json:
    """Return the schema of a response, with the parts of the recorded one as examples."""
    shape = operation.response.shape
    response = recorded_example(operation.operation_id).response
    assert shape is not None
    item = ref(shape.__name__)
    array = {"type": "array", "items": item}
    parts: Json = {"_data": item, "_links": ref("Links"), "_meta": ref("Meta")}
    if operation.paginated or operation.response.is_array:
        parts["_data"] = array
    if operation.filters:
        parts["_meta"] = ref("FilteredMeta")
    return object_of(
        {
            name: schema | {"description": _ENVELOPE[name], "examples": [response[name]]}
            for name, schema in parts.items()
            if name == "_data" or operation.paginated
        }
    )


_ENVELOPE = {
    "_data": "What was asked for.",
    "_links": "Where the other pages of the list are.",
    "_meta": "What is known of the page.",
}
