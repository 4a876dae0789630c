"""What a fault sees of a call, and whether that has what the fault asks for."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import orjson

from talentlms_mock.portal.faults.rule import Match


@dataclass
class Request:
    """What a fault sees of a call; `path` has no slash at its end, header names are lower case."""

    method: str
    path: str
    operation_id: str | None
    query: Mapping[str, str]
    headers: Mapping[bytes, bytes]
    body: bytes

    @cached_property
    def document(self) -> object:
        """The body, where it is JSON."""
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError:
            return None


def has(request: Request, match: Match) -> bool:
    """Return whether a request has what is asked for, whatever it has besides."""
    query, headers, document = match.query, match.headers, match.document
    return (
        all(request.query.get(key) == _text(value) for key, value in (query or {}).items())
        and all(
            request.headers.get(name.lower().encode()) == value.encode("latin-1", "replace")
            for name, value in (headers or {}).items()
        )
        and (document is None or _is_part(document, request.document))
    )


def _text(value: object) -> str:
    """Return a value as a query has it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _is_part(expected: object, actual: object) -> bool:
    """Return whether JSON has what is expected; what objects have besides does not matter."""
    if isinstance(expected, dict):
        return isinstance(actual, dict) and all(
            key in actual and _is_part(value, actual[key]) for key, value in expected.items()
        )
    if isinstance(expected, list):
        return (
            isinstance(actual, list)
            and len(actual) == len(expected)
            and all(map(_is_part, expected, actual))
        )
    # In Python True is 1, in JSON it is not.
    return isinstance(expected, bool) == isinstance(actual, bool) and expected == actual
