"""Corrections: where the fields of a response are others than the mock's, as somebody verified.

`talentlms-mock verify --write` writes them into a TOML file, which people may share and edit.
"""

from collections.abc import Callable, Iterator
from datetime import date
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from talentlms_mock.errors import SetupError
from talentlms_mock.portal.contract.operations import Catalogue
from talentlms_mock.portal.contract.response_fields import absolute, is_field
from talentlms_mock.portal.contract.suggest import suggest
from talentlms_mock.portal.contract.validation import first_mistake
from talentlms_mock.toml_files import parse

Change = Literal["missing", "null", "renamed", "added"]
Form = Literal["text", "timestamp", "day", "integer", "number", "boolean", "null", "list", "object"]

SAMPLES: dict[str, Any] = {
    "text": "",
    "timestamp": "2025-01-01T00:00:00+00:00",
    "day": "2025-01-01",
    "integer": 0,
    "number": 0.5,
    "boolean": False,
    "null": None,
    "list": [],
    "object": {},
}
"""The value of an added field by its form."""


class Correction(BaseModel):
    """What is different with one field of the responses of an operation.

    Args:
        operation: its name, like getUsers.
        field: relative to `_data`, as faults name fields.
        change: what it is: missing, null, renamed, or added where the mock has none.
        to: the name of a renamed field.
        form: the type and format of an added field.
        after: the field before an added one, in the same object; "" is the first place.
        sometimes: it is so in some objects only.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    operation: str
    field: str = Field(min_length=1)
    change: Change
    to: str = ""
    form: Form = "null"
    after: str = ""
    sometimes: bool = False

    @model_validator(mode="after")
    def _complete(self) -> "Correction":
        if (self.change == "renamed") != bool(self.to):
            raise ValueError("a renamed field needs its new name in `to`, and no other has one")
        return self

    @property
    def text(self) -> str:
        """What is different, in words."""
        words = {
            "missing": "is missing",
            "null": "is null",
            "renamed": f"is named {self.to}",
            "added": f"is there, {self.form}",
        }
        return f"{self.field} {words[self.change]}{' at times' if self.sometimes else ''}"


class Corrections(BaseModel):
    """The content of a file: when it was verified, and what is different."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    verified: date
    correction: tuple[Correction, ...] = ()

    @cached_property
    def _by_operation(self) -> dict[str, tuple[Correction, ...]]:
        found: dict[str, tuple[Correction, ...]] = {}
        for each in self.correction:
            found[each.operation] = (*found.get(each.operation, ()), each)
        return found

    def of(self, operation_id: str) -> tuple[Correction, ...]:
        """Return the corrections of an operation."""
        return self._by_operation.get(operation_id, ())

    def check(self, catalogue: Catalogue) -> None:
        """Refuse corrections of what the API does not have.

        Raises:
            SetupError: there is no such operation, or no such field in its responses.
        """
        for number, each in enumerate(self.correction, 1):
            if each.operation not in catalogue:
                known = [entry.operation_id for entry in catalogue]
                raise SetupError(
                    f"Correction {number} is of {each.operation!r}, which is no operation"
                    f"{suggest(each.operation, known)}.",
                    at="corrections",
                )
            fields = catalogue.named(each.operation).response()
            place = each.field.rpartition(".")[0] if each.change == "added" else each.field
            if fields is None or (place and not is_field(place, fields)):
                raise SetupError(
                    f"Correction {number} is of the field {each.field!r}, which no response of "
                    f"{each.operation} has.",
                    at="corrections",
                )


def load(path: Path) -> str:
    """Return the corrections in a TOML file, as the JSON text that `compiled` takes.

    Raises:
        SetupError: it cannot be read, or is no file of corrections.
    """
    try:
        return Corrections.model_validate(parse(path, "corrections")).model_dump_json()
    except ValidationError as error:
        problem = first_mistake(error, Corrections)
        raise SetupError(f"The corrections file {path}: {problem}.", at="corrections") from None


@lru_cache(maxsize=64)
def compiled(text: str) -> Corrections:
    """Return the corrections in a JSON text, read once."""
    return Corrections.model_validate_json(text)


def apply(document: Any, correction: Correction) -> None:
    """Change a response, JSON that Python has read, as the vendor's differs.

    Where something is so at times only, it is so in every object with an even id, and in every
    second one of those without.
    """
    for number, parent in enumerate(_parents(document, absolute(correction.field)[:-1])):
        if correction.sometimes and not _chosen(parent, number):
            continue
        _CHANGES[correction.change](parent, correction)


def _parents(part: Any, way: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """Give the objects at the end of `way`; lists on it are gone through item by item."""
    if isinstance(part, list):
        for item in part:
            yield from _parents(item, way)
    elif isinstance(part, dict):
        if not way:
            yield part
        elif way[0] in part:
            yield from _parents(part[way[0]], way[1:])


def _chosen(parent: dict[str, Any], number: int) -> bool:
    id = parent.get("id")
    return id % 2 == 0 if isinstance(id, int) else number % 2 == 1


def _drop(parent: dict[str, Any], correction: Correction) -> None:
    parent.pop(_name(correction), None)


def _null(parent: dict[str, Any], correction: Correction) -> None:
    if _name(correction) in parent:
        parent[_name(correction)] = None


def _rename(parent: dict[str, Any], correction: Correction) -> None:
    pairs = [
        (correction.to if name == _name(correction) else name, value)
        for name, value in parent.items()
    ]
    parent.clear()
    parent.update(pairs)


def _add(parent: dict[str, Any], correction: Correction) -> None:
    name, sample = _name(correction), SAMPLES[correction.form]
    value = sample.copy() if isinstance(sample, (list, dict)) else sample
    pairs = list(parent.items())
    names = [key for key, _ in pairs]
    at = names.index(correction.after) + 1 if correction.after in names else 0
    pairs.insert(at, (name, value))
    parent.clear()
    parent.update(pairs)


def _name(correction: Correction) -> str:
    return correction.field.rpartition(".")[2]


_CHANGES: dict[str, Callable[[dict[str, Any], Correction], None]] = {
    "missing": _drop,
    "null": _null,
    "renamed": _rename,
    "added": _add,
}
