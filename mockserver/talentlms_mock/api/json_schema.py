"""JSON schemas for the OpenAPI documents: from models, with a description and an example each.

Code generators read the documents, so a choice of types has a name of its own: an unnamed one
becomes a type that some languages do not have.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue, models_json_schema
from pydantic_core.core_schema import WithDefaultSchema

from talentlms_mock.errors import MockError

Json = dict[str, Any]

_PREFIX = "#/components/schemas/"
_NULL = {"type": "null"}


class Note(NamedTuple):
    """What a document says of a field or a parameter."""

    description: str
    example: Any


class Choice(NamedTuple):
    """A value of several types, which has a name in the document."""

    name: str
    note: Note
    branches: list[Json]


class WithoutTitles(GenerateJsonSchema):
    """JSON schema whose fields have no titles: generators would make types of these names."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


class WithoutDefaults(WithoutTitles):
    """JSON schema in which a field that may be absent has no value instead."""

    def default_schema(self, schema: WithDefaultSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])


def ref(name: str) -> Json:
    """Return the reference to a schema of the document."""
    return {"$ref": f"{_PREFIX}{name}"}


def object_of(properties: Json, description: str = "") -> Json:
    """Return the schema of an object that has exactly these properties."""
    described = {"description": description} if description else {}
    return {
        "type": "object",
        **described,
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def merged(*several: Json) -> Json:
    """Return the schemas of all, by name.

    Raises:
        MockError: two different ones have one name.
    """
    found: Json = {}
    for schemas in several:
        for name, schema in schemas.items():
            if found.setdefault(name, schema) != schema:
                raise MockError(f"Two schemas of the document are called {name}.")
    return found


def nullable(schema: Json) -> Json:
    """Return the schema of a value that may be null."""
    return {"anyOf": [schema, _NULL]}


def schemas_of(
    models: Iterable[type[BaseModel]], mode: Literal["validation", "serialization"]
) -> Json:
    """Return the schemas of `models` and of the models in them, by name.

    Args:
        models: of requests (`validation`), or of responses (`serialization`).
        mode: which of the two.
    """
    kind = WithoutDefaults if mode == "validation" else WithoutTitles
    _, found = models_json_schema(
        [(model, mode) for model in sorted(models, key=lambda model: model.__name__)],
        ref_template=f"{_PREFIX}{{model}}",
        schema_generator=kind,
    )
    named: Json = {}
    schemas = {name: _hoisted(schema, named) for name, schema in found["$defs"].items()}
    return merged(schemas, named)


def _hoisted(schema: Any, named: Json, *, is_top: bool = True) -> Any:
    """Return `schema` with references to the models in it, which go into `named`.

    pydantic writes a model that it does not validate where it stands, instead of a reference.
    """
    if isinstance(schema, list):
        return [_hoisted(each, named, is_top=False) for each in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {key: _hoisted(value, named, is_top=False) for key, value in schema.items()}
    if is_top or "title" not in inner or "properties" not in inner:
        return inner
    named[inner["title"]] = inner
    return ref(inner["title"])


def with_choices(schema: Any, choices: Iterable[Choice]) -> Any:
    """Return `schema` in which each choice of several types refers to one of `choices`.

    Raises:
        MockError: a choice has no name.
    """
    names = {_key(choice.branches): choice.name for choice in choices}
    return _named(schema, names)


def choice_schemas(choices: Iterable[Choice]) -> Json:
    """Return the schemas of `choices`, by name."""
    return {
        choice.name: {
            "description": choice.note.description,
            "anyOf": choice.branches,
            "examples": [choice.note.example],
        }
        for choice in choices
    }


def _named(schema: Any, names: Mapping[tuple[str, ...], str]) -> Any:
    if isinstance(schema, list):
        return [_named(each, names) for each in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {key: _named(value, names) for key, value in schema.items()}
    branches = [branch for branch in inner.get("anyOf", ()) if branch != _NULL]
    if len(branches) < 2:
        return inner
    name = names.get(_key(branches))
    if name is None:
        raise MockError(f"This choice of types has no name in the document: {branches}.")
    may_be_null = len(branches) < len(inner.pop("anyOf"))
    return {**(nullable(ref(name)) if may_be_null else ref(name)), **inner}


def _key(branches: list[Json]) -> tuple[str, ...]:
    # In any order: `int | str` may come out as `str | int` where typing has seen that before.
    return tuple(sorted(json.dumps(branch, sort_keys=True) for branch in branches))


def with_notes(schemas: Json, note_of: Callable[[str, str], Note | None]) -> Json:
    """Return `schemas` whose fields have the notes that they lack.

    Args:
        schemas: by name.
        note_of: the note of a field, by the name of its schema and its own.
    """
    return {name: _with_note_each(name, schema, note_of) for name, schema in schemas.items()}


def _with_note_each(name: str, schema: Json, note_of: Callable[[str, str], Note | None]) -> Json:
    if "properties" not in schema:
        return schema
    properties = {
        field: _with_note(value, note_of(name, field))
        for field, value in schema["properties"].items()
    }
    return {**schema, "properties": properties}


def _with_note(schema: Json, note: Note | None) -> Json:
    if note is None:
        return schema
    described = {"description": note.description} if note.description else {}
    return described | {"examples": [note.example]} | schema


def example_of(schema: Json, schemas: Json) -> Any:
    """Return an example of a schema: its own, or one made of those of its fields."""
    if "examples" in schema:
        return schema["examples"][0]
    if "$ref" in schema:
        return example_of(schemas[schema["$ref"].removeprefix(_PREFIX)], schemas)
    if "properties" in schema:
        return {name: example_of(value, schemas) for name, value in schema["properties"].items()}
    if schema.get("type") == "array":
        return [example_of(schema["items"], schemas)]
    raise MockError(f"This schema has no example: {schema}.")


def resolved(schema: Json, value: Any, schemas: Json) -> tuple[str, Json]:
    """Return the schema that describes `value`, without references, and its name; "" for none.

    Of a choice it is the first branch whose fields the value has.
    """
    name = ""
    while True:
        if "$ref" in schema:
            name = schema["$ref"].removeprefix(_PREFIX)
            schema = schemas[name]
        elif "anyOf" in schema:
            found = [resolved(branch, value, schemas) for branch in schema["anyOf"]]
            return next((each for each in found if _has_fields(each[1], value)), (name, {}))
        else:
            return name, schema


def _has_fields(schema: Json, value: Any) -> bool:
    if isinstance(value, list):
        return schema.get("type") == "array"
    if not isinstance(value, dict) or "properties" not in schema:
        return False
    is_open = schema.get("additionalProperties") is not False
    return set(schema.get("required", ())) <= set(value) and (
        is_open or set(value) <= set(schema["properties"])
    )
