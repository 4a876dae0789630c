"""Texts in the place of numbers and booleans in a body, as recorded servers took them.

The quirk `coercion` decides (conventions.md, Order of the checks).
"""

import re
from collections.abc import Callable
from typing import Any

from pydantic import ValidationError


def coerce(document: dict[str, Any], error: ValidationError) -> list[str]:
    """Replace each text in `document` that names the number or boolean that is expected there.

    Args:
        document: the body; it is changed.
        error: says where another type is expected.

    Returns:
        The places of the texts replaced.
    """
    places = []
    for problem in error.errors(include_url=False):
        read, text = _READERS.get(problem["type"]), problem["input"]
        value = read(text) if read is not None and isinstance(text, str) else None
        if value is not None:
            places.append(_replace(document, problem["loc"], value))
    return places


def _replace(document: Any, place: tuple[int | str, ...], value: object) -> str:
    """Put `value` at a place, which may go on with the names of alternatives of a type."""
    holder, last, *others = document, *place
    walked = [last]
    for part in others:
        inner = holder[last]
        if not isinstance(inner, dict | list):
            break
        holder, last = inner, part
        walked.append(part)
    holder[last] = value
    return ".".join(map(str, walked))


def _integer(text: str) -> int | None:
    return int(text) if re.fullmatch(r"-?[0-9]{1,300}", text) else None


def _number(text: str) -> float | None:
    return float(text) if re.fullmatch(r"-?[0-9]{1,15}(\.[0-9]{1,15})?", text) else None


def _boolean(text: str) -> bool | None:
    return {"true": True, "false": False}.get(text)


_READERS: dict[str, Callable[[str], object]] = {
    "int_type": _integer,
    "float_type": _number,
    "bool_type": _boolean,
}
"""What reads a text, by pydantic's name for the type that is expected in its place."""
