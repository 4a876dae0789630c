"""Both OpenAPI documents, and everything in them."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from talentlms_mock import app  # noqa: F401  # registers every operation
from talentlms_mock.api import openapi as of_api
from talentlms_mock.api.operation import REGISTRY
from talentlms_mock.control import openapi as of_control
from talentlms_mock.control.routes import ROUTES

Json = dict[str, Any]

DOCUMENTS: dict[str, Json] = {
    "api": of_api.document(REGISTRY, "1.0"),
    "control": of_control.document(ROUTES, "1.0"),
}
BOTH = pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS)
NULL = {"type": "null"}
_OF_A_VALUE = ("schema", "items", "additionalProperties")


class Schema(NamedTuple):
    """A schema somewhere in a document; `place` is where."""

    place: tuple[str, ...]
    content: Json

    @property
    def is_named(self) -> bool:
        """Whether it is one of the components of the document."""
        return self.place[:2] == ("components", "schemas") and len(self.place) == 3


def operations(document: Json) -> Iterator[Json]:
    """Give every operation."""
    for path in document["paths"].values():
        yield from path.values()


def schemas(document: Json) -> Iterator[Schema]:
    """Give every schema, and those in it."""
    for name, content in document["components"]["schemas"].items():
        yield from _schemas(("components", "schemas", name), content)
    for operation in operations(document):
        place = (operation["operationId"],)
        for parameter in operation["parameters"]:
            yield from _schemas((*place, parameter["name"]), parameter["schema"])
        for where, content in contents(operation):
            yield from _schemas((*place, where), content["schema"])


def contents(operation: Json) -> Iterator[tuple[str, Json]]:
    """Give the bodies of an operation's request and responses, each with where it is."""
    bodies = {"request": operation.get("requestBody", {}), **operation["responses"]}
    for where, body in bodies.items():
        for media, content in body.get("content", {}).items():
            yield f"{where} {media}", content


def _schemas(place: tuple[str, ...], content: Any) -> Iterator[Schema]:
    if not isinstance(content, dict):  # additionalProperties may be true or false
        return
    yield Schema(place, content)
    for key in _OF_A_VALUE:
        if key in content:
            yield from _schemas((*place, key), content[key])
    for name, field in content.get("properties", {}).items():
        yield from _schemas((*place, name), field)
    for branch in content.get("anyOf", ()):
        yield from _schemas((*place, "anyOf"), branch)


def branches(schema: Json) -> list[Json]:
    """Return the types that a value may have, without null."""
    if isinstance(schema.get("type"), list):
        return [{"type": kind} for kind in schema["type"] if kind != "null"]
    return [branch for branch in schema.get("anyOf", [schema]) if branch != NULL]
