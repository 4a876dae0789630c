"""Values that a client sends, held against values that somebody expects."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

MISSING: Final[Any] = type("Missing", (), {"__repr__": lambda self: "MISSING"})()
"""Stands for no value at all, which is something else than null."""


_JSON = (str, int, float, list, tuple, Mapping, type(None))  # a bool is an int


@dataclass(frozen=True, slots=True)
class JsonDifference:
    """One place in which two JSON values differ.

    Args:
        place: where, like `json.users[0].name`.
        key: the last key of the place, "" at the top.
        wanted: the value expected there; MISSING where none is.
        found: the value that is there; MISSING where none is. Where both are lists, their lengths
            differ.
        other_keys: where none is, the keys beside it that nobody expected.
    """

    place: str
    key: str
    wanted: Any
    found: Any
    other_keys: tuple[str, ...] = ()


def json_differences(
    place: str, wanted: Any, found: Any, *, partial: bool, key: str = ""
) -> Iterator[JsonDifference]:
    """Give every place in which two JSON values differ.

    Args:
        place: that of the values.
        wanted: the expected value; a tuple is a list.
        found: the value as it was read.
        partial: objects in `found` may have more keys, at any depth.
        key: the last one of the place.
    """
    if isinstance(wanted, Mapping) and isinstance(found, dict):
        yield from _of_objects(place, wanted, found, partial)
    elif isinstance(wanted, list | tuple) and isinstance(found, list):
        if len(wanted) != len(found):
            yield JsonDifference(place, key, wanted, found)
        for number, (one, other) in enumerate(zip(wanted, found, strict=False)):
            yield from json_differences(f"{place}[{number}]", one, other, partial=partial, key=key)
    elif not _same(wanted, found):
        yield JsonDifference(place, key, wanted, found)


def is_part(wanted: Any, found: Any) -> bool:
    """Return whether JSON has what is expected; what objects have besides does not matter."""
    return next(json_differences("", wanted, found, partial=True), None) is None


def query_text(value: object) -> str:
    """Return a value as it stands in a query."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _of_objects(
    place: str, wanted: Mapping[Any, Any], found: dict[str, Any], partial: bool
) -> Iterator[JsonDifference]:
    others = tuple(name for name in found if name not in wanted)
    for name, value in wanted.items():
        where, key = f"{place}.{name}", str(name)
        if name in found:
            yield from json_differences(where, value, found[name], partial=partial, key=key)
        else:
            yield JsonDifference(where, key, value, MISSING, others)
    if not partial:
        for name in others:
            yield JsonDifference(f"{place}.{name}", name, MISSING, found[name])


def _same(one: Any, other: Any) -> bool:
    if not isinstance(one, _JSON):  # what says itself what it is equal to, as of dirty-equals
        return bool(one == other)
    # True is 1 in Python, but not in JSON.
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)
