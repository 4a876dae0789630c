"""What a fault sees of a call, and whether that has what the fault asks for."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import orjson

from talentlms_mock.portal.contract.comparison import is_part, query_text
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
        all(request.query.get(key) == query_text(value) for key, value in (query or {}).items())
        and all(
            request.headers.get(name.lower().encode()) == value.encode("latin-1", "replace")
            for name, value in (headers or {}).items()
        )
        and (document is None or is_part(document, request.document))
    )
