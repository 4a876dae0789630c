"""The OpenAPI 3.1 document that the mock itself answers to, made from the registry."""

from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue, models_json_schema
from pydantic_core.core_schema import WithDefaultSchema

from talentlms_mock.api.ledger import deviations
from talentlms_mock.api.operation import PREFIX, Operation, Parameter, Registry
from talentlms_mock.api.page import NUMBER, PAGE_NUMBER, PAGE_SIZE, SIZE
from talentlms_mock.api.values import Body, Shape
from talentlms_mock.hosts import VENDOR_SUFFIX

Json = dict[str, Any]

_REF = "#/components/schemas/{model}"
_COUNTS = {
    "page": "The number of this page, from 1.",
    "page_size": "How many items a page has at most.",
    "total_items": "How many items this page has.",
    "total_pages": "How many pages there are; an empty list has one.",
    "total_results": "How many items there are on all pages.",
}
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
_VERSION_PATTERN = r"^\d{4}-\d{2}-\d{2}$"
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


class WithoutDefaults(GenerateJsonSchema):
    """JSON schema in which a field that may be absent has no value instead."""

    def default_schema(self, schema: WithDefaultSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])


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
        "servers": [
            {
                "url": f"https://{{domain}}{VENDOR_SUFFIX}",
                "variables": {"domain": {"default": "samples"}},
            }
        ],
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
    """Return what the registry knows of an operation, with schemas of its request and answer."""
    body, shape = operation.body, operation.answer.shape
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
        "answer": {
            "status": operation.answer.status,
            "data": shape and shape.model_json_schema(mode="serialization"),
        },
    }


def _schemas(registry: Registry) -> Json:
    shapes: set[type[Shape]] = {item.answer.shape for item in registry if item.answer.shape}
    bodies: set[type[Body]] = {item.body for item in registry if item.body}
    _, answers = models_json_schema(
        [(shape, "serialization") for shape in sorted(shapes, key=_name)], ref_template=_REF
    )
    _, requests = models_json_schema(
        [(body, "validation") for body in sorted(bodies, key=_name)],
        ref_template=_REF,
        schema_generator=WithoutDefaults,
    )
    return {**answers["$defs"], **requests["$defs"], **_page_schemas(), **_error_schemas()}


def _page_schemas() -> Json:
    """Return what every page has around its items."""
    link = {"type": ["string", "null"]}
    links = _object(dict.fromkeys(("self", "first", "last", "prev", "next"), link))
    links["required"] = ["self", "first", "last"]  # the quirk edge_links may omit the others
    meta = _object({"pagination": _ref("Pagination")})
    filtered = _object({"filtered_by": _ref("FilteredBy"), "pagination": _ref("Pagination")})
    filtered["required"] = ["pagination"]
    return {
        "Links": links,
        "Pagination": _object(
            {name: {"type": "integer", "description": text} for name, text in _COUNTS.items()}
        ),
        "FilteredBy": {
            "type": "object",
            "description": "The filters as they were understood: values by operator, by field. "
            "Absent without a filter.",
            "additionalProperties": {"type": "object", "additionalProperties": {"type": "string"}},
        },
        "Meta": meta,
        "FilteredMeta": filtered,
    }


def _error_schemas() -> Json:
    """Return the shapes of an error; the quirk `error_shape` decides which of them is sent."""
    shapes = ("WrappedError", "FlatError", "RecordedErrors", "RouterError")
    text, integer = {"type": "string"}, {"type": "integer"}
    kinds = {"type": "string", "enum": ["invalid_request_error", "api_error"]}
    recorded = {"type": "array", "items": _ref("RecordedError"), "minItems": 1}
    return {
        "Error": {"anyOf": [_ref(shape) for shape in shapes]},
        "WrappedError": _object({"error": _ref("FlatError")}),
        "FlatError": _object({"type": kinds, "message": text}),
        "RecordedErrors": _object({"_errors": recorded}),
        "RecordedError": _object({"id": text, "title": text}),
        "RouterError": _object({"status_code": integer, "reason_phrase": text}),
    }


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


def _name(model: type[Any]) -> str:
    return model.__name__


def _ref(name: str) -> Json:
    return {"$ref": _REF.format(model=name)}


def _object(properties: Json) -> Json:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _operation(operation: Operation) -> Json:
    described: Json = {
        "operationId": operation.operation_id,
        "tags": [operation.tag],
        "summary": operation.summary,
        "parameters": _parameters(operation),
        "responses": _responses(operation),
        "x-fidelity": operation.known.as_data() | _recorded(operation) | _rules(operation),
    }
    if operation.body is not None:
        described["requestBody"] = {
            "required": operation.body_required and not operation.ids_in_query,
            "content": {"application/json": {"schema": _ref(operation.body.__name__)}},
        }
    if not operation.needs_key:
        described["security"] = []
    return described


def _parameters(operation: Operation) -> list[Json]:
    parameters = [_parameter(item) for item in (*operation.path_parameters, *operation.query)]
    for item in operation.filters:
        parameters.append(
            _query(item.name, item.kind.schema, item.description)
            | {"x-fidelity": item.known.as_data()}
        )
    if operation.paginated:
        parameters += [
            _query(NUMBER, PAGE_NUMBER.schema, "The number of the page, from 1."),
            _query(SIZE, PAGE_SIZE.schema, "How many items a page has at most."),
        ]
    if operation.needs_key:
        parameters.append(
            {
                "name": "X-API-Version",
                "in": "header",
                "required": True,
                "description": "The version of the API, a date.",
                "schema": {"type": "string", "pattern": _VERSION_PATTERN},
            }
        )
    return parameters


def _parameter(parameter: Parameter) -> Json:
    described = {
        "name": parameter.name,
        "in": parameter.place,
        "required": parameter.required,
        "description": parameter.meaning,
        "schema": parameter.kind.schema,
    }
    if parameter.place == "query":
        described["x-fidelity"] = parameter.known.as_data()
    return described


def _recorded(operation: Operation) -> Json:
    """Return how many exchanges with the vendor's servers stand behind the operation."""
    return {"recorded_exchanges": operation.recorded} if operation.recorded else {}


def _rules(operation: Operation) -> Json:
    """Return what the operation does that is known otherwise than the rest of it."""
    if not operation.rules:
        return {}
    return {"rules": [{"rule": rule.text} | rule.known.as_data() for rule in operation.rules]}


def _query(name: str, schema: Json, description: str) -> Json:
    return {
        "name": name,
        "in": "query",
        "required": False,
        "description": description,
        "schema": schema,
    }


def _responses(operation: Operation) -> Json:
    answer = operation.answer
    success: Json = {"description": "Done." if answer.shape is None else "What was asked for."}
    if answer.shape is not None:
        success["content"] = {"application/json": {"schema": _envelope(operation)}}
    if answer.known is not None:
        success["x-fidelity"] = answer.known.as_data()
    every = list(FIXED_HEADERS)
    counted = [*every, *RATE_HEADERS] if operation.needs_key else every
    responses = {str(answer.status): success | {"headers": _header_refs(counted)}}
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
        "content": {"application/json": {"schema": _ref("Error")}},
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
    shape = operation.answer.shape
    assert shape is not None
    item = _ref(shape.__name__)
    array = {"type": "array", "items": item}
    if not operation.paginated:
        return _object({"_data": array if operation.answer.is_array else item})
    return _object(
        {
            "_data": array,
            "_links": _ref("Links"),
            "_meta": _ref("FilteredMeta" if operation.filters else "Meta"),
        }
    )
