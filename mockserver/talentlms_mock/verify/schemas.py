"""What the mock declares of each response, as JSON schemas in which no part refers to another.

The corrections of a portal change them as they change the responses.
"""

from collections.abc import Iterator, Sequence
from copy import deepcopy
from functools import cache
from typing import Any

from talentlms_mock.api.fidelity import Known, Provenance
from talentlms_mock.api.openapi import document
from talentlms_mock.api.operation import PREFIX, Operation, Registry
from talentlms_mock.portal.contract.corrections import Correction, Corrections
from talentlms_mock.portal.contract.response_fields import absolute

Json = dict[str, Any]

_ANY: Json = {}
_SCALARS = {"integer", "number", "boolean", "string", "null"}
_OF_FORM: dict[str, Json] = {
    "text": {"type": "string"},
    "timestamp": {"type": "string", "format": "date-time"},
    "day": {"type": "string", "format": "date"},
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "boolean": {"type": "boolean"},
    "null": _ANY,
    "list": {"type": "array", "items": _ANY},
    "object": {"type": "object", "additionalProperties": _ANY},
}
"""The schema of an added field by its form; one that was only seen as null may be anything."""


@cache
def described(registry: Registry) -> Json:
    """Return the OpenAPI document of the operations, made once."""
    return document(registry, "0")


class Schemas:
    """The schemas of all responses.

    Args:
        registry: the operations.
        corrections: of the portal; None are none.
    """

    def __init__(self, registry: Registry, corrections: Corrections | None = None) -> None:
        self._registry = registry
        self._document = described(registry)
        self._parts: Json = self._document["components"]["schemas"]
        self._corrections = corrections
        self._envelopes: dict[str, Json | None] = {}

    def envelope(self, operation: Operation) -> Json | None:
        """Return the schema of what an operation responds with; None where it has no body."""
        name = operation.operation_id
        if name not in self._envelopes:
            self._envelopes[name] = self._inlined(operation)
        return self._envelopes[name]

    def error(self, name: str) -> Json:
        """Return the schema of one of the shapes of an error, like `WrappedError`."""
        return self._resolved(self._parts[name], ())

    def documented_statuses(self, operation: Operation) -> set[int]:
        """Return every status that the mock can give for an operation."""
        described = self._document["paths"][PREFIX + operation.path][operation.method.lower()]
        return {int(status) for status in described["responses"]}

    def _inlined(self, operation: Operation) -> Json | None:
        described = self._document["paths"][PREFIX + operation.path][operation.method.lower()]
        content = described["responses"][str(operation.response.status)].get("content")
        if content is None:
            return None
        schema = self._resolved(content["application/json"]["schema"], ())
        for each in self._corrections.of(operation.operation_id) if self._corrections else ():
            for parent in _parents(schema, absolute(each.field)[:-1]):
                _correct(parent, each)
        return schema

    def _resolved(self, schema: Json, within: tuple[str, ...]) -> Json:
        """Return a copy with what it refers to in it; what would be endless may be anything."""
        name = str(schema.get("$ref", "")).rpartition("/")[2]
        if name:
            if name in within:
                return _ANY
            beside = {key: value for key, value in schema.items() if key != "$ref"}
            return self._resolved(self._parts[name], (*within, name)) | beside
        found = dict(schema)
        for key in ("items", "additionalProperties"):
            if isinstance(found.get(key), dict):
                found[key] = self._resolved(found[key], within)
        for key in ("anyOf", "oneOf"):
            if key in found:
                found[key] = [self._resolved(one, within) for one in found[key]]
        if "properties" in found:
            properties = found["properties"].items()
            found["properties"] = {key: self._resolved(one, within) for key, one in properties}
        return found


def options(schema: Json) -> list[Json]:
    """Return the alternatives of a schema that are no choices themselves; [] is anything."""
    for key in ("anyOf", "oneOf"):
        if key in schema:
            return [one for part in schema[key] for one in options(part) or [_ANY]]
    kind = schema.get("type")
    if isinstance(kind, list):
        return [{**schema, "type": one} for one in kind]
    return [schema] if kind or "const" in schema or "enum" in schema else []


def describe(schema: Json) -> str:
    """Return what a schema allows, in words."""
    found = dict.fromkeys(_one(each) for each in options(schema))
    return " or ".join(found) or "anything"


def _one(schema: Json) -> str:
    if "enum" in schema or "const" in schema:
        return "one of its words" if isinstance(_words(schema)[0], str) else "one of its values"
    if schema.get("format") == "date-time":
        return "timestamp"
    if schema.get("format") == "date":
        return "day"
    names = {"string": "text", "array": "list"}
    kind = schema.get("type", "anything")
    return names.get(kind, str(kind))


def _words(schema: Json) -> list[Any]:
    return list(schema["enum"]) if "enum" in schema else [schema["const"]]


def words(schema: Json) -> list[Any] | None:
    """Return the values that a schema lists; None where it lists none."""
    return _words(schema) if "enum" in schema or "const" in schema else None


def known_of(schema: Json) -> Known | None:
    """Return how well what a schema describes is known, where it is marked."""
    mark = schema.get("x-fidelity")
    if mark is None:
        return None
    provenance: Provenance = mark["known"]
    return Known(provenance, mark["source"])


def places(schema: Json, start: str = "") -> Iterator[str]:
    """Give the name of every field, as corrections and faults name it."""
    for each in options(schema):
        if each.get("type") == "array":
            yield from places(each["items"], start)
        for name, inner in each.get("properties", {}).items():
            place = inside(start, name)
            if place != "_data":
                yield place
            yield from places(inner, place)


def inside(place: str, name: str) -> str:
    """Return the name of a field in the object at `place`; `_data` itself is left out."""
    return name if place in ("", "_data") else f"{place}.{name}"


def _parents(schema: Json, way: Sequence[str]) -> Iterator[Json]:
    for each in options(schema):
        if each.get("type") == "array":
            yield from _parents(each["items"], way)
        elif "properties" in each:
            if not way:
                yield each
            elif way[0] in each["properties"]:
                yield from _parents(each["properties"][way[0]], way[1:])


def _correct(parent: Json, correction: Correction) -> None:
    name = correction.field.rpartition(".")[2]
    properties: Json = dict(parent["properties"])
    required = set(parent.get("required", ()))
    if correction.change == "missing":
        required.discard(name)
        if not correction.sometimes:
            properties.pop(name, None)
    elif correction.change == "null" and name in properties:
        properties[name] = {
            "anyOf": [properties[name], {"type": "null"}],
            **({"x-fidelity": mark} if (mark := properties[name].get("x-fidelity")) else {}),
        }
    elif correction.change == "renamed" and name in properties:
        properties = {
            correction.to if key == name else key: value for key, value in properties.items()
        }
        required = {correction.to if key == name else key for key in required}
        if correction.sometimes:
            required.discard(correction.to)
    elif correction.change == "added":
        properties = _with(properties, name, deepcopy(_OF_FORM[correction.form]), correction.after)
        if not correction.sometimes:
            required.add(name)
    parent["properties"], parent["required"] = properties, list(required)


def _with(properties: Json, name: str, schema: Json, after: str) -> Json:
    names = list(properties)
    at = names.index(after) + 1 if after in names else 0
    pairs = list(properties.items())
    pairs.insert(at, (name, schema))
    return dict(pairs)
