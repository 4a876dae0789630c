"""The types of values in bodies and queries, as the vendor's documents name them."""

import re
from base64 import b64decode
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, WithJsonSchema

from talentlms_mock.errors import InvalidValue, Refusal
from talentlms_mock.portal.contract.refusals import (
    attribute,
)
from talentlms_mock.portal.rules import field_types
from talentlms_mock.portal.rules.field_types import (
    LARGEST_INTEGER,
    CalendarDate,
    Count,
    Email,
    Moment,
    Money,
    OptionalText,
    Text,
    moment,
)
from talentlms_mock.portal.store.transaction import LARGEST_ID, Transaction

__all__ = [  # those of rules/field_types.py too: a body has them beside the types of here
    "CASELESS",
    "ENCODED_ADDRESS",
    "ID",
    "LARGEST_INTEGER",
    "MOMENT",
    "STRING",
    "Body",
    "CalendarDate",
    "Count",
    "Email",
    "Id",
    "Kind",
    "Moment",
    "Money",
    "OptionalText",
    "Shape",
    "Text",
    "Timestamp",
    "encoded_address",
    "identifier",
    "integer",
    "moment",
    "one_of",
    "read",
    "refusal_of",
]


class Body(BaseModel):
    """A request body: types are strict, a string is no integer (conventions.md).

    Fields that it does not declare are kept aside for the contract warning.
    """

    model_config = ConfigDict(strict=True, extra="allow", defer_build=True)

    subject: ClassVar[str] = ""
    """What the fields belong to, as messages name it: "User login is required"."""
    refusals: ClassVar[Mapping[str, Refusal]] = {}
    """By the name of a field, the error for any mistake in it, where it has one of its own."""

    def set_fields(self, *names: str) -> dict[str, Any]:
        """Return the declared fields that the request has, without `names`."""
        return {
            name: getattr(self, name)
            for name in self.model_fields_set
            if name in type(self).model_fields and name not in names
        }

    def extra_fields(self) -> dict[str, object]:
        """Return the fields of the request that are not declared."""
        return self.model_extra or {}

    def allowed_extra(self, transaction: Transaction) -> Collection[str]:
        """Return which names among those of `extra_fields` this portal knows."""
        return ()


class Shape(BaseModel):
    """A part of a response, for the OpenAPI document; responses are not validated at run time."""

    model_config = ConfigDict(extra="forbid", defer_build=True)


def _within_range(value: object) -> object:
    # JSON's larger integers arrive as floats; whatever is that large names nothing.
    return LARGEST_ID if isinstance(value, int | float) and value > LARGEST_ID else value


Id = Annotated[int, Field(ge=1), BeforeValidator(_within_range)]
"""The id of something, in a body: one that is too large to be any is the largest number."""

Timestamp = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]
"""A timestamp in a response."""


@dataclass(frozen=True)
class Kind:
    """A type of value in a path or a query.

    Args:
        read: returns the value of a text.
        schema: its JSON schema.
        example: a value; "" where each parameter needs its own.
        description: what it is, where that is the same for each parameter.
    """

    read: Callable[[str], Any]
    schema: dict[str, Any]
    example: int | str = ""
    description: str = ""


def integer(text: str) -> int:
    """Return the integer that `text` names.

    Raises:
        ValueError: it is none of at most 18 digits.
    """
    if not re.fullmatch(r"[+-]?[0-9]{1,18}", text):
        raise ValueError("must be an integer")
    return int(text)


def identifier(text: str) -> int:
    """Return the id that `text` names; one that is too large to be any is the largest number.

    Raises:
        ValueError: it is no positive integer.
    """
    digits = text.lstrip("0")
    if not (digits.isascii() and digits.isdigit()):
        raise ValueError("must be a positive integer")
    return int(digits) if len(digits) <= 18 else LARGEST_ID


def one_of(*choices: str) -> Kind:
    """Return the type of a value that is one of `choices`."""

    def read(text: str) -> str:
        if text not in choices:
            raise ValueError(f"must be one of {', '.join(choices)}")
        return text

    return Kind(read, {"type": "string", "enum": list(choices)}, choices[0])


STRING = Kind(str, {"type": "string"})
CASELESS = Kind(str.casefold, {"type": "string"})
"""A text whose case does not matter."""
ID = Kind(identifier, {"type": "integer", "minimum": 1}, 1)
MOMENT = Kind(moment, {"type": "string", "format": "date-time"}, "2025-05-07T09:30:00+00:00")


def encoded_address(text: str) -> str:
    """Return the address, with or without a scheme, whose base64 `text` is; it may be empty.

    Raises:
        ValueError: it is no base64 of such a text.
    """
    try:
        # A + that was sent as it is arrives as a space.
        address = b64decode(text.replace(" ", "+"), validate=True).decode()
    except ValueError:
        raise ValueError(_NO_ADDRESS) from None
    if not address.isprintable() or " " in address:
        raise ValueError(_NO_ADDRESS)
    return address


_NO_ADDRESS = "must be the base64 of an address"


ENCODED_ADDRESS = Kind(
    encoded_address,
    {"type": "string", "contentEncoding": "base64"},
    "aHR0cHM6Ly9pbnRyYW5ldC5leGFtcGxlLmNvbS8=",
)


def read(kind: Kind, name: str, text: str) -> Any:
    """Return the value of the query parameter `name`.

    Raises:
        InvalidValue: `text` is not of this kind.
    """
    try:
        return kind.read(text)
    except ValueError as error:
        raise InvalidValue(attribute(name, str(error))) from None


def refusal_of(model: type[Body], error: ValidationError) -> Refusal:
    """Return the error for a body that is no `model`, which is about its first mistake."""
    return field_types.refusal_of(error, model.subject, model.refusals)
