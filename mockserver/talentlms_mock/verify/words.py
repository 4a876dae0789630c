"""The texts that the API chooses from, and that are nobody's data: the words of all schemas."""

from collections.abc import Iterator
from typing import Any

from talentlms_mock.api.operation import Registry
from talentlms_mock.verify.schemas import described


def words(registry: Registry) -> frozenset[str]:
    """Return every text that a schema of a response lists."""
    return frozenset(_words(described(registry)["components"]["schemas"]))


def _words(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        for word in (*schema.get("enum", ()), schema.get("const")):
            if isinstance(word, str):
                yield word
        schema = list(schema.values())
    if isinstance(schema, list):
        for part in schema:
            yield from _words(part)
