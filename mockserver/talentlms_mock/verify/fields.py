"""The fields of a response against its schema: what is as the mock has it, and what is not."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from talentlms_mock.api.fidelity import Known
from talentlms_mock.verify import forms, schemas
from talentlms_mock.verify.forms import field_name, form
from talentlms_mock.verify.schemas import Json, describe, inside, options, words

_TYPES: dict[str, tuple[type, ...]] = {
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "string": (str,),
    "null": (type(None),),
    "array": (list,),
    "object": (dict,),
}
_FORMATS = {"date-time": forms.TIMESTAMP, "date": forms.DAY}
_ORDER = "the fields in the order of the mock"


@dataclass(frozen=True)
class FieldSeen:
    """A field in one object of a response.

    Args:
        place: its name, as faults and corrections name fields.
        ours: what the mock has there.
        kind: what is different: missing, more, renamed, type, null, format, word, order; ""
            where nothing is.
        seen: what is there, by its form.
        known: how well the field is known; None is as its response.
        to: the name of a renamed field.
        after: the field before one that the mock has not.
    """

    place: str
    ours: str
    kind: str
    seen: str
    known: Known | None = None
    to: str = ""
    after: str = ""


def compare(schema: Json, value: Any) -> Counter[FieldSeen]:
    """Return every field of a whole response as it was seen, and how often it was seen so."""
    return Counter(_value(schema, value, "", None))


def _value(schema: Json, value: Any, place: str, known: Known | None) -> Iterator[FieldSeen]:
    known = schemas.known_of(schema) or known
    choices = options(schema)
    if not choices:
        yield FieldSeen(place, describe(schema), "", form(value), known)
        return
    fitting = [one for one in choices if _is_of_type(one, value)]
    if not fitting:
        kind = "null" if value is None else "type"
        yield FieldSeen(place, describe(schema), kind, form(value), known)
        return
    found = [list(_inside(one, value, place, known, describe(schema))) for one in fitting]
    # Of several alternatives, the one that it fits best is meant.
    yield from min(found, key=lambda seen: sum(bool(each.kind) for each in seen))


def _is_of_type(schema: Json, value: Any) -> bool:
    listed = words(schema)
    if "type" not in schema:
        return listed is not None and type(value) in {type(word) for word in listed}
    if isinstance(value, bool):
        return bool(schema["type"] == "boolean")
    return isinstance(value, _TYPES[schema["type"]])


def _inside(
    schema: Json, value: Any, place: str, known: Known | None, ours: str
) -> Iterator[FieldSeen]:
    if isinstance(value, dict):
        yield FieldSeen(place, ours, "", form(value), known)
        yield from _object(schema, value, place, known)
    elif isinstance(value, list):
        yield FieldSeen(place, ours, "", form(value), known)
        for item in value:
            yield from _value(schema.get("items", {}), item, place, known)
    else:
        yield _scalar(schema, value, place, known, ours)


def _scalar(schema: Json, value: Any, place: str, known: Known | None, ours: str) -> FieldSeen:
    listed = words(schema)
    if listed is not None and value not in listed:
        return FieldSeen(place, ours, "word", f"another {form(value)}", known)
    wanted = _FORMATS.get(schema.get("format", ""))
    kind = "format" if wanted is not None and form(value) != wanted else ""
    return FieldSeen(place, ours, kind, form(value), known)


def _object(
    schema: Json, value: dict[str, Any], place: str, known: Known | None
) -> Iterator[FieldSeen]:
    declared: Json | None = schema.get("properties")
    if declared is None:
        inner = schema.get("additionalProperties")
        for each in value.values():
            yield from _value(
                inner if isinstance(inner, dict) else {}, each, inside(place, "{key}"), known
            )
        return
    required = set(schema.get("required", ()))
    renamed = _renamed(declared, required, value)
    yield from _absent(declared, required, value, renamed, place, known)
    yield from _order(declared, value, place, known)
    before = ""
    for name, each in value.items():
        if name in declared:
            yield from _value(declared[name], each, inside(place, name), known)
        elif name not in renamed.values():
            here = inside(place, field_name(name))
            yield FieldSeen(here, "no such field", "more", form(each), known, after=before)
        before = field_name(name)


def _absent(
    declared: Json,
    required: set[str],
    value: dict[str, Any],
    renamed: dict[str, str],
    place: str,
    known: Known | None,
) -> Iterator[FieldSeen]:
    for name, schema in declared.items():
        if name in value or name not in required:
            continue
        mark = schemas.known_of(schema) or known
        here, ours = inside(place, name), describe(schema)
        if name in renamed:
            to = field_name(renamed[name])
            yield FieldSeen(here, ours, "renamed", f"named {to}", mark, to=to)
        else:
            yield FieldSeen(here, ours, "missing", "missing", mark)


def _renamed(declared: Json, required: set[str], value: dict[str, Any]) -> dict[str, str]:
    """Return the other name of each field that stands in its place, and has its type."""
    missing = [name for name in declared if name in required and name not in value]
    theirs = list(value)
    found: dict[str, str] = {}
    for name in missing:
        ours = [key for key in declared if key in value or key == name or key in found]
        theirs_beside = [key for key in theirs if key in declared or key in found.values()]
        others = [key for key in theirs if key not in declared and key not in found.values()]
        at = ours.index(name)
        before = theirs_beside[at - 1] if 0 < at <= len(theirs_beside) else None
        next_at = theirs.index(before) + 1 if before is not None else 0
        if next_at < len(theirs) and theirs[next_at] in others:
            other = theirs[next_at]
            fits = [one for one in options(declared[name]) if _is_of_type(one, value[other])]
            if fits or not options(declared[name]):
                found[name] = other
    return found


def _order(
    declared: Json, value: dict[str, Any], place: str, known: Known | None
) -> Iterator[FieldSeen]:
    theirs = [name for name in value if name in declared]
    ours = [name for name in declared if name in value]
    if len(ours) > 1:
        kind, seen = ("", "as the mock") if ours == theirs else ("order", "in another order")
        yield FieldSeen(f"{place or '{response}'}{{order}}", _ORDER, kind, seen, known)
