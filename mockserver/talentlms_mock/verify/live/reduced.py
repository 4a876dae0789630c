"""What of a response is kept in a file between two runs: its shape, and nobody's data."""

import re
from typing import Any

import orjson

from talentlms_mock.verify import forms
from talentlms_mock.verify.exchange import NOT_JSON, Seen
from talentlms_mock.verify.forms import form

_STAND_INS = {
    "email address": "user@example.com",
    "address": "https://example.com/a",
    "text of digits": "1",
    "empty text": "",
}
_KEPT = (
    forms.TIMESTAMP,
    "timestamp with Z",
    "timestamp with fractions of a second",
    "timestamp of another time zone",
    "timestamp without an offset",
    forms.DAY,
)
_AROUND = ("_links", "_meta")
_TAKEN = re.compile(r"already (exists|in use|taken)|has already been taken", re.IGNORECASE)


def body(seen: Seen, words: frozenset[str]) -> bytes:
    """Return the body of a response with stand-ins of the same forms for its texts.

    Args:
        seen: a response to a request of ours.
        words: the texts that are the API's own, like `active`.
    """
    if seen.document is NOT_JSON:
        return b"" if not seen.body else b"<"
    return orjson.dumps(_reduced(seen.document, words | set(seen.query.values())))


def _reduced(value: Any, words: frozenset[str]) -> Any:
    if isinstance(value, dict):
        # The links and the filters repeat what we asked for.
        return {
            _key(name): one if name in _AROUND else _reduced(one, words)
            for name, one in value.items()
        }
    if isinstance(value, list):
        return [_reduced(one, words) for one in value]
    return _text(value, words) if isinstance(value, str) else value


def _key(name: str) -> str:
    return name if name in ("_data", "_errors", *_AROUND) else forms.field_name(name)


def _text(text: str, words: frozenset[str]) -> str:
    kind = form(text)
    if text in words or kind in _KEPT:
        return text
    if _TAKEN.search(text):
        return "already exists"
    return _STAND_INS.get(kind, "a text")
