"""What of a request is not for printing: API keys and passwords."""

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl, quote

import orjson

HIDDEN = "***"

_SECRET = re.compile(r"password|passwd|secret|api[-_]?key|authorization|cookie", re.IGNORECASE)
_IN_TEXT = re.compile(
    rb'("[^"\\]*(?:password|passwd|secret|api[-_]?key)[^"\\]*"\s*:\s*)"(?:[^"\\]|\\.)*"?',
    re.IGNORECASE,
)


def is_secret(name: str) -> bool:
    """Return whether the header, parameter or field of this name holds a secret."""
    return _SECRET.search(name) is not None


def redacted(value: Any) -> Any:
    """Return a JSON value in which `***` stands for every secret, at any depth."""
    whole = [value]
    to_do: list[tuple[Any, Any]] = [(whole, 0)]  # no recursion: a client nests as it likes
    while to_do:
        holder, place = to_do.pop()
        inner = holder[place]
        if isinstance(inner, dict):
            holder[place] = copy = {
                name: HIDDEN if is_secret(name) and one is not None else one
                for name, one in inner.items()
            }
            to_do += [(copy, name) for name in copy]
        elif isinstance(inner, list):
            holder[place] = copied = list(inner)
            to_do += [(copied, at) for at in range(len(copied))]
    return whole[0]


def redacted_values(values: Mapping[str, str]) -> dict[str, str]:
    """Return headers or parameters in which `***` stands for every secret."""
    return {name: HIDDEN if is_secret(name) else value for name, value in values.items()}


def redacted_headers(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Return a request's headers as they arrived, with `***` for every secret."""
    return [
        (name, HIDDEN.encode() if is_secret(name.decode("latin-1")) else value)
        for name, value in headers
    ]


def redacted_target(target: str) -> str:
    """Return a path and query in which `***` stands for every secret of the query."""
    path, mark, query = target.partition("?")
    if not mark or not is_secret(query):
        return target
    pairs = parse_qsl(query, keep_blank_values=True)
    return f"{path}?" + "&".join(
        f"{quote(name, safe='[]')}={HIDDEN if is_secret(name) else quote(value)}"
        for name, value in pairs
    )


def redacted_body(body: bytes) -> bytes:
    """Return a body in which `***` stands for every secret, also where it is not quite JSON."""
    if not is_secret(body.decode("latin-1")):
        return body
    try:
        return orjson.dumps(redacted(orjson.loads(body)))
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):  # the latter for a depth of 255
        return _IN_TEXT.sub(rb'\1"***"', body)
