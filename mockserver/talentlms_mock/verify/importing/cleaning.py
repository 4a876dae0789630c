"""Cleaning a response: what the list of reads allows comes in, and nothing else."""

from collections.abc import Mapping
from typing import Any

from talentlms_mock.verify.forms import field_name
from talentlms_mock.verify.importing.notes import Notes
from talentlms_mock.verify.importing.reads import Read
from talentlms_mock.verify.importing.tokens import Tokens
from talentlms_mock.verify.importing.values import (
    DAY,
    ByName,
    Kept,
    Kind,
    Maybe,
    OfField,
    Replaced,
    RichText,
    Spec,
    Unused,
)

_FIELD_TYPES = ("text", "dropdown", "checkbox", "date")


class Cleaner:
    """Cleans responses.

    Args:
        tokens: stand for what is replaced; None keeps everything that is allowed.
        names: whether the names of things are replaced as well.
        notes: of what is left out.
    """

    def __init__(self, tokens: Tokens | None, *, names: bool, notes: Notes) -> None:
        self._tokens = tokens
        self._names = names
        self._notes = notes

    def clean(self, read: Read, value: Any) -> Any:
        """Return what of a row or an object of a read comes in; None where nothing does."""
        return self._part(read.spec, value, read.path, "")

    def _part(self, spec: Spec | Any, value: Any, where: str, place: str) -> Any:
        if value is None:
            return None
        match spec:
            case Maybe():
                return self._part(spec.spec, value, where, place)
            case Unused():
                return None
            case Kept():
                return self._kept(spec, value, where, place)
            case Replaced():
                return self._replaced(spec.kind, value, where, place)
            case RichText():
                return self._rich_text(value, where, place)
            case OfField():
                return self._of_field(value, where, place)
            case ByName():
                return self._by_name(spec, value, where, place)
            case list():
                return self._list(spec[0], value, where, place)
        return self._object(spec, value, where, place)

    def _object(self, spec: Mapping[str, Any], value: Any, where: str, place: str) -> Any:
        if not isinstance(value, dict):
            return self._wrong(where, place)
        for name in value.keys() - spec.keys():
            self._note(where, _below(place, field_name(name)), "unknown, left out")
        for name in spec.keys() - value.keys():
            if not isinstance(spec[name], Maybe | Unused):
                self._note(where, _below(place, name), "missing")
        return {
            name: self._part(one, value[name], where, _below(place, name))
            for name, one in spec.items()
            if name in value and not isinstance(one, Unused)
        }

    def _list(self, spec: Any, value: Any, where: str, place: str) -> Any:
        if not isinstance(value, list):
            return self._wrong(where, place)
        found = [self._part(spec, one, where, place) for one in value]
        return [one for one in found if one is not None]

    def _by_name(self, spec: ByName, value: Any, where: str, place: str) -> Any:
        if not isinstance(value, dict):
            return self._wrong(where, place)
        found = {}
        for name, one in value.items():
            try:
                key = spec.names(name)
            except ValueError:
                self._wrong(where, place)
            else:
                found[key] = self._part(spec.spec, one, where, place)
        return found

    def _kept(self, spec: Kept, value: Any, where: str, place: str) -> Any:
        try:
            return spec.read(value)
        except (ValueError, OverflowError):
            return self._wrong(where, place)

    def _replaced(self, kind: Kind, value: Any, where: str, place: str) -> Any:
        if isinstance(value, int | float) and not isinstance(value, bool):
            value = str(value)
        if not isinstance(value, str):
            return self._wrong(where, place)
        text = value.replace("\x00", "")  # which marks a token
        if self._tokens is None or (kind == "name" and not self._names):
            return text
        return self._tokens.of(kind, text)

    def _rich_text(self, value: Any, where: str, place: str) -> Any:
        if isinstance(value, str):
            value = {"html": value}
        html = value.get("html", value.get("text")) if isinstance(value, dict) else None
        if not isinstance(html, str):
            return self._wrong(where, place)
        plain = value.get("text")
        if self._tokens is None:
            return {"html": html, "text": plain if isinstance(plain, str) else html}
        return {"html": self._replaced("text", html, where, place)}

    def _of_field(self, value: Any, where: str, place: str) -> Any:
        if not isinstance(value, dict) or value.get("type") not in _FIELD_TYPES:
            return self._wrong(where, place)
        spec: dict[str, Spec] = {"id": _ID, "name": Replaced("name"), "type": _TYPE}
        cleaned = self._object({**spec, "value": Unused()}, value, where, place)
        cleaned["value"] = self._field_value(value["type"], value.get("value"), where, place)
        return cleaned

    def _field_value(self, kind: str, value: Any, where: str, place: str) -> Any:
        place = _below(place, "value")
        if value is None:
            return None
        if kind == "checkbox":
            return self._kept(_ON_OR_OFF, value, where, place)
        if kind == "date" and value != "":
            day = self._kept(DAY, value, where, place)
            return day and self._replaced("date", day, where, place)
        return self._replaced("text", value, where, place)

    def _wrong(self, where: str, place: str) -> None:
        self._note(where, place, "has another form, left out")

    def _note(self, where: str, place: str, what: str) -> None:
        self._notes.add(f"{where} {place}".strip(), what)


def _below(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name


def _on_or_off(value: Any) -> str:
    spelled = {True: "on", False: "off", "on": "on", "off": "off"}
    if not isinstance(value, bool | str) or value not in spelled:
        raise ValueError
    return spelled[value]


_ON_OR_OFF = Kept(_on_or_off)
_ID = Kept(int)
_TYPE = Kept(str)
