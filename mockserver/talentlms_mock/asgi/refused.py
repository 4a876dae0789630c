"""What a server finds wrong with a request before the application sees it, for its response.

A server without such findings, as in tests that call the application directly, needs nothing of
this.
"""

from collections.abc import MutableMapping
from dataclasses import dataclass
from typing import Any

_REFUSED = "talentlms_mock.refused"
_BODY_ERROR = "talentlms_mock.body_error"
_SHOWN = 40  # characters of a header

Scope = MutableMapping[str, Any]


@dataclass(frozen=True, slots=True)
class Refused:
    """A request that is not HTTP, or larger than allowed.

    Args:
        status: of the response: 400, 414 or 431.
        reason: what is wrong, one sentence.
    """

    status: int
    reason: str


def refuse(scope: Scope, refused: Refused) -> None:
    """Make the application respond to a request with an error."""
    scope.setdefault("extensions", {})[_REFUSED] = refused


def refused_of(scope: Scope) -> Refused | None:
    """Return what is wrong with a request; None where nothing is."""
    refused: Refused | None = scope.get("extensions", {}).get(_REFUSED)
    return refused


def spoil_body(scope: Scope, reason: str) -> None:
    """Record that the body of a request ended in what is not HTTP; `reason` is one sentence."""
    scope.setdefault("extensions", {})[_BODY_ERROR] = reason


def body_problem(scope: Scope, length: int) -> str | None:
    """Return what is wrong with a body, one sentence; None where nothing is.

    Args:
        scope: of the request, whose body has been read to its end.
        length: the number of bytes that arrived.
    """
    spoiled: str | None = scope.get("extensions", {}).get(_BODY_ERROR)
    if spoiled is not None:
        return spoiled
    for name, value in scope["headers"]:
        if name == b"content-length" and value.strip() != b"%d" % length:
            declared = value.decode("latin-1").strip()[:_SHOWN]
            if not declared.isdecimal() or int(declared) != length:
                return f"Content-Length is {declared}, and {length} bytes arrived."
    return None
