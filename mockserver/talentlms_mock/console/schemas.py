"""What a JSON schema says of each field, in one table."""

from collections.abc import Iterator, Mapping
from typing import Any

Json = Mapping[str, Any]


def fields(schema: Json | None, known: Json) -> list[dict[str, Any]]:
    """Return the fields of a schema, those of an object in it below it, with dots in their names.

    Args:
        schema: of an object; None has no fields.
        known: how well a field is known that says nothing of that itself.
    """
    if schema is None:
        return []
    (top,) = _objects(schema, schema)
    return list(_fields(top, schema, known, "", (top,)))


def _fields(
    part: Json, whole: Json, known: Json, start: str, within: tuple[Json, ...]
) -> Iterator[dict[str, Any]]:
    required = part.get("required", ())
    for name, field in part.get("properties", {}).items():
        own = field.get("x-fidelity", known)
        yield {
            "name": f"{start}{name}",
            "type": kind(field, whole),
            "required": name in required,
            "description": field.get("description", ""),
            "known": own,
        }
        for inner in _objects(field, whole):
            if inner not in within:  # like the categories in a category: any depth
                yield from _fields(inner, whole, own, f"{start}{name}.", (*within, inner))


def kind(field: Json, whole: Json) -> str:
    """Return the type of a value in a few words: `string, date`, `integer or null`."""
    if "$ref" in field:
        return kind(_resolved(field, whole), whole)
    if "anyOf" in field:
        return " or ".join(dict.fromkeys(kind(each, whole) for each in field["anyOf"]))
    if "enum" in field or "const" in field:
        return " | ".join(map(str, field.get("enum", [field.get("const")])))
    name = field.get("type", "any")
    if name == "array":
        return f"list of {kind(field.get('items', {}), whole)}"
    parts = [" or ".join(name) if isinstance(name, list) else str(name)]
    parts += [str(field["format"])] if "format" in field else []
    parts += [f"from {field['minimum']:g}"] if "minimum" in field else []
    parts += [f"to {field['maximum']:g}"] if "maximum" in field else []
    parts += [f"up to {field['maxLength']} characters"] if "maxLength" in field else []
    return ", ".join(parts)


def _objects(field: Json, whole: Json) -> Iterator[Json]:
    """Give the objects that a value is, or that are in it."""
    if "$ref" in field:
        field = _resolved(field, whole)
    for each in field.get("anyOf", ()):
        yield from _objects(each, whole)
    if "items" in field:
        yield from _objects(field["items"], whole)
    if "properties" in field:
        yield field


def _resolved(field: Json, whole: Json) -> Json:
    found: Json = whole["$defs"][field["$ref"].rpartition("/")[2]]
    return found
