"""JSON forms of what the Python handle takes and returns, made from its own types.

So each argument of `portal.add_user` is one of the control API too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, fields
from datetime import date, datetime
from functools import cache
from inspect import getdoc
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, SkipValidation, create_model
from typing_extensions import get_type_hints

from talentlms_mock.control.route import Body, Query
from talentlms_mock.portal.records.collection import SOURCES
from talentlms_mock.portal.records.course_parts import Question, Session, Texts, Unit, UnitLike
from talentlms_mock.portal.rules.field_types import (
    CalendarDate,
    Moment,
    Text,
    WrittenDay,
    WrittenMoment,
)
from talentlms_mock.portal.state.clock import timestamp
from talentlms_mock.portal.store.transaction import LARGEST_ID

_PARTS = (Question, Session, Unit)
_Limit = Annotated[int, Field(ge=1, le=LARGEST_ID)]
_Offset = Annotated[int, Field(ge=0, le=LARGEST_ID)]
_RESPONSE = ConfigDict(extra="forbid", defer_build=True)


def body_of(title: str, description: str, kind: Any, /, **more: Any) -> type[Body]:
    """Return the body that has the arguments of `kind`, one of the classes of `arguments.py`.

    Args:
        title: of the model.
        description: of what it adds, for the document.
        kind: what a function of the handle takes.
        more: further arguments, by name, as type and default.
    """
    hints = get_type_hints(kind, include_extras=True)
    taken: dict[str, Any] = {key: (_json(hint), None) for key, hint in hints.items()}
    return create_model(title, __base__=Body, __doc__=description, **(more | taken))


@cache
def record_of(record: Any) -> type[BaseModel]:
    """Return the model of how a record of the portal looks in a response."""
    hints = get_type_hints(record, include_extras=True)
    shown: dict[str, Any] = {item.name: (_json(hints[item.name]), ...) for item in _fields(record)}
    described = _first_paragraph(record)
    return create_model(record.__name__, __config__=_RESPONSE, __doc__=described, **shown)


@cache
def filters_of(record: Any) -> type[Query]:
    """Return the query that picks records by their fields, and by what they refer to.

    `search` is a text in any field, `sort` the field to order by, with a hyphen before it in
    descending order.
    """
    hints = get_type_hints(record, include_extras=True)
    source = SOURCES[record]
    names = [item.name for item in _fields(record)]
    taken: dict[str, Any] = {
        name: (_json(hints[name]), None) for name in names if _is_scalar(hints[name])
    }
    taken |= {link: (str, None) for link in source.links if link not in taken}
    window: dict[str, Any] = {"limit": (_Limit, None), "offset": (_Offset, 0)}
    window |= {"search": (str, None), "sort": (str, None)}
    return create_model(f"{record.__name__}Query", __base__=Query, **(taken | window))


def as_data(item: Any) -> dict[str, Any]:
    """Return a record as JSON-able values."""
    return {field.name: _value(getattr(item, field.name)) for field in _fields(type(item))}


def _fields(record: Any) -> list[Any]:
    return [item for item in fields(record) if not item.name.startswith("_")]


def _value(value: Any) -> Any:
    return timestamp(value) if isinstance(value, datetime) else value


def _is_scalar(hint: Any) -> bool:
    kinds = {hint, *get_args(hint)}
    return not any(get_origin(kind) in (tuple, Mapping) for kind in kinds)


def _json(hint: Any) -> Any:
    """Return the type that a value of the type `hint` has in JSON."""
    for python, plain in _SAME:
        if hint == python:
            return plain
    if hint == UnitLike:
        return Text | _part(Unit)
    if hint == Sequence[Question]:
        return list[Text | _part(Question)]  # type: ignore[misc]
    if hint in _PARTS:
        return _part(hint)
    if hint is datetime:
        return Moment
    return _json_of_generic(hint, get_origin(hint), get_args(hint))


def _json_of_generic(hint: Any, origin: Any, arguments: tuple[Any, ...]) -> Any:
    if origin is Annotated:
        inner, *notes = arguments
        kept = tuple(note for note in notes if note is not SkipValidation)
        return Annotated[(_json(inner), *kept)] if kept else _json(inner)
    if origin in (Union, UnionType):
        return Union[tuple(_json(each) for each in arguments if not _only_python(each))]  # noqa: UP007  # made of a tuple
    if not isinstance(origin, type):  # no generic, or a Literal
        return hint
    if issubclass(origin, Mapping):
        key, value = map(_json, arguments)
        return dict[key, value]  # type: ignore[valid-type]
    item = _json(arguments[0])
    return list[item]  # type: ignore[valid-type]


def _only_python(hint: Any) -> bool:
    """Return whether JSON has no such value: a record read back, a date or a datetime."""
    return hint in SOURCES or hint is date


@cache
def _part(part: Any) -> type[Body]:
    """Return the body of a part of a new course: a unit, a question, or a session."""
    hints = get_type_hints(part, include_extras=True)
    taken: dict[str, Any] = {
        item.name: (_json(hints[item.name]), ... if item.default is MISSING else None)
        for item in fields(part)
    }
    described = _first_paragraph(part)
    return create_model(f"{part.__name__}Input", __base__=Body, __doc__=described, **taken)


def _first_paragraph(kind: Any) -> str:
    """Return the first paragraph of a docstring, in one line."""
    return " ".join((getdoc(kind) or "").partition("\n\n")[0].split())


_SAME: tuple[tuple[Any, Any], ...] = (
    (WrittenDay, CalendarDate),
    (WrittenMoment, Moment),
    (Texts, Text | list[Text]),
)
