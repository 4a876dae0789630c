"""The fields of a response, by name: which there are, and how a fault changes them.

A name is relative to `_data`, in each item of it where it is a list: `email`,
`user_type.name`. One that starts with `_data`, `_links` or `_meta` is relative to the whole
response: `_meta.pagination.total_pages`. Lists on the way are gone through item by item.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

ENVELOPE = ("_data", "_links", "_meta")


@dataclass(frozen=True)
class Fields:
    """What is known of a part of a response: the fields in it, or that it may have any."""

    inside: Mapping[str, "Fields"] = field(default_factory=dict)
    is_open: bool = False


def absolute(name: str) -> tuple[str, ...]:
    """Return the way from the top of a response to the field of this name."""
    parts = tuple(name.split("."))
    return parts if parts[0] in ENVELOPE else ("_data", *parts)


def is_field(name: str, fields: Fields) -> bool:
    """Return whether a response with these `fields` may have one of this name."""
    for part in absolute(name):
        if fields.is_open:
            return True
        if part not in fields.inside:
            return False
        fields = fields.inside[part]
    return True


def names(fields: Fields, start: str = "") -> Iterator[str]:
    """Give the name of each field."""
    for name, part in fields.inside.items():
        yield f"{start}{name}"
        yield from names(part, "" if name == ENVELOPE[0] else f"{start}{name}.")


def drop(document: object, name: str) -> None:
    """Take the field out of `document`, JSON that Python has read."""
    _each(document, absolute(name), lambda parent, key: parent.pop(key))


def null(document: object, name: str) -> None:
    """Make the field null."""
    _each(document, absolute(name), lambda parent, key: parent.update({key: None}))


def rename(document: object, name: str, new: str) -> None:
    """Give the field another name, in the same place."""

    def put(parent: dict[str, Any], key: str) -> None:
        renamed = [(new if old == key else old, value) for old, value in parent.items()]
        parent.clear()
        parent.update(renamed)

    _each(document, absolute(name), put)


def _each(
    part: object, way: tuple[str, ...], change: Callable[[dict[str, Any], str], object]
) -> None:
    """Do `change` to each object that has the last name of the `way`."""
    if isinstance(part, list):
        for item in part:
            _each(item, way, change)
    elif isinstance(part, dict) and way[0] in part:
        if len(way) == 1:
            change(part, way[0])
        else:
            _each(part[way[0]], way[1:], change)
