"""The recorded example of each operation, as it comes with the package: a request and its response.

The OpenAPI document shows them, and takes from them an example of each field.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, unquote

import orjson

from talentlms_mock.api.json_schema import Json, resolved
from talentlms_mock.api.operation import PREFIX, Operation
from talentlms_mock.toml_files import folder

Field = tuple[str, str]
"""The name of a schema, and that of one of its fields."""


@dataclass(frozen=True)
class RecordedExample:
    """A request of an operation, and its response.

    Args:
        target: the path, with the query.
        body: of the request; None where it has none.
        response: the body of the response; None where it has none.
    """

    target: str
    body: Any
    response: Any

    def parameters(self, operation: Operation) -> dict[str, str]:
        """Return the values of the path's and the query's parameters."""
        path, _, query = self.target.partition("?")
        pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(PREFIX + operation.path))
        matched = re.fullmatch(pattern, path)
        in_path = matched.groupdict() if matched else {}
        return {name: unquote(text) for name, text in in_path.items()} | dict(parse_qsl(query))


@cache
def recorded_example(operation_id: str) -> RecordedExample:
    """Return the example of an operation."""
    text = (folder("examples") / f"{operation_id}.http").read_text(encoding="utf-8")
    request, _, response = text.partition("\nHTTP/1.1 ")
    return RecordedExample(request.split(" ", 2)[1], _content(request), _content(response))


def _content(message: str) -> Any:
    _, _, content = message.partition("\n\n")
    return orjson.loads(content) if content.strip() else None


def field_examples(pairs: Iterable[tuple[Json, Any]], schemas: Json) -> Mapping[Field, Any]:
    """Return an example of each field that has a value somewhere in `pairs`.

    Args:
        pairs: schemas, each with a value that it describes.
        schemas: those that they refer to, by name.
    """
    found: dict[Field, Any] = {}
    for schema, value in pairs:
        for field, example in _fields(schema, value, schemas):
            if found.get(field) in (None, [], {}):
                found[field] = example
    return {field: example for field, example in found.items() if example is not None}


def _fields(schema: Json, value: Any, schemas: Json) -> Iterator[tuple[Field, Any]]:
    name, described = resolved(schema, value, schemas)
    if isinstance(value, list):
        for each in value:
            yield from _fields(described.get("items", {}), each, schemas)
    if isinstance(value, dict):
        for field, inner in described.get("properties", {}).items():
            if field in value:
                yield (name, field), _short(value[field])
                yield from _fields(inner, value[field], schemas)


def _short(value: Any) -> Any:
    """Return a value whose lists end after their first item."""
    if isinstance(value, list):
        return [_short(each) for each in value[:1]]
    if isinstance(value, dict):
        return {key: _short(each) for key, each in value.items()}
    return value
