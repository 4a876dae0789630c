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
_COUNTS = ("page", "page_size", "total_items", "total_pages", "total_results")
_ERRORS = {
    400: "A parameter is missing or invalid, the version is, or a rule of the domain forbids it.",
    401: "Invalid API key provided.",
    403: "API is not enabled for the specified domain or the domain is currently inactive.",
    404: "The resource does not exist.",
    413: "The body is larger than 1 MiB.",
    422: "The body is not JSON, or not a JSON object.",
    429: "The API request rate limit has been exceeded.",
    500: "Internal server error.",
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
    links = {"type": ["string", "null"]}
    return {
        **answers["$defs"],
        **requests["$defs"],
        "Links": _object(dict.fromkeys(("self", "first", "last", "prev", "next"), links))
        | {"required": ["self", "first", "last"]},  # the quirk edge_links may omit the others
        "Pagination": _object({name: {"type": "integer"} for name in _COUNTS}),
        "ErrorDetail": _object(
            {
                "type": {"enum": ["invalid_request_error", "api_error"]},
                "message": {"type": "string"},
            }
        ),
        # The quirk error_shape decides which of the two is sent.
        "Error": {"anyOf": [_object({"error": _ref("ErrorDetail")}), _ref("ErrorDetail")]},
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
        "x-fidelity": operation.known.as_data() | _rules(operation),
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
            _query(item.name, item.kind.schema) | {"x-fidelity": item.known.as_data()}
        )
    if operation.paginated:
        parameters += [
            _query(NUMBER, PAGE_NUMBER.schema),
            _query(SIZE, PAGE_SIZE.schema),
        ]
    if operation.needs_key:
        parameters.append(
            {
                "name": "X-API-Version",
                "in": "header",
                "required": True,
                "schema": {"type": "string", "format": "date"},
            }
        )
    return parameters


def _parameter(parameter: Parameter) -> Json:
    described = {
        "name": parameter.name,
        "in": parameter.place,
        "required": parameter.required,
        "schema": parameter.kind.schema,
    }
    if parameter.place == "query":
        described["x-fidelity"] = parameter.known.as_data()
    return described


def _rules(operation: Operation) -> Json:
    """Return what the operation does that is known otherwise than the rest of it."""
    if not operation.rules:
        return {}
    return {"rules": [{"rule": rule.text} | rule.known.as_data() for rule in operation.rules]}


def _query(name: str, schema: Json) -> Json:
    return {"name": name, "in": "query", "required": False, "schema": schema}


def _responses(operation: Operation) -> Json:
    answer = operation.answer
    success: Json = {"description": "Done." if answer.shape is None else "What was asked for."}
    if answer.shape is not None:
        success["content"] = {"application/json": {"schema": _envelope(operation)}}
    if answer.known is not None:
        success["x-fidelity"] = answer.known.as_data()
    headers = _rate_headers() if operation.needs_key else {}
    responses = {str(answer.status): success | headers}
    for status in _statuses(operation):
        counted = headers if status not in (401, 403) else {}
        responses[str(status)] = {
            "description": _ERRORS[status],
            "content": {"application/json": {"schema": _ref("Error")}},
        } | counted
    return responses


def _statuses(operation: Operation) -> list[int]:
    """Return the errors that this operation can answer."""
    statuses = {400, 403, 500}
    if operation.needs_key:
        statuses |= {401, 429}
    if _names_things(operation):
        statuses.add(404)
    if operation.body:
        statuses |= {413, 422}
    return sorted(statuses)


def _names_things(operation: Operation) -> bool:
    """Return whether a request names something that has to exist."""
    fields = operation.body.model_fields if operation.body else ()
    in_body = any(name == "login" or name.endswith("_id") for name in fields)
    return bool(operation.path_parameters or operation.query) or in_body


def _rate_headers() -> Json:
    integer = {"schema": {"type": "integer"}}
    return {"headers": {"X-RateLimit-Limit": integer, "X-RateLimit-Remaining": integer}}


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
            "_meta": _object({"pagination": _ref("Pagination")}),
        }
    )
