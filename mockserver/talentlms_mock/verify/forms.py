"""The form of a value: what of it is the API's, and nothing of what is the portal's."""

import re
from typing import Any

TIMESTAMP, DAY, TEXT, NULL, EMPTY_LIST = "timestamp", "day", "text", "null", "empty list"

_MOMENT = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d"
_FORMS = {
    TIMESTAMP: rf"{_MOMENT}\+00:00",
    "timestamp with Z": rf"{_MOMENT}Z",
    "timestamp with fractions of a second": rf"{_MOMENT}\.\d+(Z|[+-]\d\d:?\d\d)?",
    "timestamp of another time zone": rf"{_MOMENT}[+-]\d\d:?\d\d",
    "timestamp without an offset": r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?",
    DAY: r"\d{4}-\d\d-\d\d",
    "day and time as a page shows them": r"\d\d/\d\d/\d{4},? \d\d:\d\d:\d\d",
    "text of digits": r"[+-]?\d+(\.\d+)?",
    "email address": r"[^@\s]+@[^@\s]+\.[^@\s]+",
    "address": r"https?://\S+",
    "empty text": "",
}
_PATTERNS = {form: re.compile(pattern) for form, pattern in _FORMS.items()}
FIELD_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
"""A name that is one of an API, and not a value that somebody uses as a key."""


def form(value: Any) -> str:
    """Return the type and format of a JSON value."""
    if value is None:
        return NULL
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, float):
        return "number with a fraction"
    if isinstance(value, list):
        return "list" if value else EMPTY_LIST
    if isinstance(value, dict):
        return "object"
    return next((name for name, each in _PATTERNS.items() if each.fullmatch(value)), TEXT)


def field_name(name: str) -> str:
    """Return the name of a field that is not ours, or what stands for one that may be a value."""
    return name if FIELD_NAME.fullmatch(name) else "{another name}"
