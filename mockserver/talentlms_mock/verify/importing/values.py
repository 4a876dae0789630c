"""The kinds of values that a field may have: those that are kept, and those that are replaced."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any, Literal
from zoneinfo import available_timezones

from talentlms_mock.portal.state.clock import timestamp
from talentlms_mock.portal.store.transaction import LARGEST_ID

Kind = Literal[
    "first_name",
    "last_name",
    "login",
    "email",
    "text",
    "address",
    "code",
    "date",
    "hosts",
    "name",
]
"""What a value is replaced by; `name` is that of a thing, and is replaced only when asked for."""


@dataclass(frozen=True)
class Kept:
    """A value that stays.

    Args:
        read: returns the value as the mock has it; raises ValueError for another kind of value.
    """

    read: Callable[[Any], Any]


@dataclass(frozen=True)
class Replaced:
    """A text that is replaced."""

    kind: Kind


@dataclass(frozen=True)
class Maybe:
    """A field that some responses have not."""

    spec: "Spec"


@dataclass(frozen=True)
class ByName:
    """An object whose names are values.

    Args:
        names: reads a name.
        spec: of the values.
    """

    names: Callable[[Any], str]
    spec: "Spec"


@dataclass(frozen=True)
class RichText:
    """An {html, text}, of which both say the same."""


@dataclass(frozen=True)
class OfField:
    """The value of a custom field, an {id, name, value, type}."""


@dataclass(frozen=True)
class Unused:
    """A field of the API that says nothing which the mock does not know by itself."""


Spec = (
    Kept | Replaced | Maybe | ByName | RichText | OfField | Unused | Mapping[str, Any] | list[Any]
)
"""What of a part of a response comes in: a mapping is an object, a list of one an array."""


def _integer(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError
    number = int(value)
    if isinstance(value, float) and number != value:
        raise ValueError
    if abs(number) > LARGEST_ID:
        raise ValueError
    return number


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError
    number = float(value)
    if not abs(number) < 1e300:
        raise ValueError
    return int(number) if number == int(number) else number


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError
    return value


def _moment(value: Any) -> str:
    """Return a moment as the API writes it, whatever its fractions and time zone."""
    moment = datetime.fromisoformat(_text(value))
    return timestamp(moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment)


def _day(value: Any) -> str:
    return datetime.fromisoformat(_text(value)).date().isoformat()


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError
    return value


def one_of(*choices: str) -> Kept:
    """Return a value that is one of some words, in any case."""

    def read(value: Any) -> str:
        word = _text(value).lower()
        if word not in choices:
            raise ValueError
        return word

    return Kept(read)


def like(pattern: str) -> Kept:
    """Return a value that matches a pattern; what does not may be anything, and is left out."""
    whole = re.compile(pattern)

    def read(value: Any) -> str:
        if not whole.fullmatch(_text(value)):
            raise ValueError
        return str(value)

    return Kept(read)


@cache
def timezones() -> frozenset[str]:
    """Return the names of all time zones; looking for them takes a tenth of a second."""
    return frozenset(available_timezones())


def _timezone(value: Any) -> str:
    if value not in timezones():
        raise ValueError
    return str(value)


def identity(value: Any) -> str:
    """Return an id as the name of something in an object."""
    return str(_integer(value))


INTEGER = Kept(_integer)
NUMBER = Kept(_number)
BOOLEAN = Kept(_boolean)
MOMENT = Kept(_moment)
DAY = Kept(_day)
TIMEZONE = Kept(_timezone)
LOCALE = like(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8}){0,2}")
WORD = like(r"[A-Za-z][A-Za-z0-9_-]{0,39}")
CURRENCY = like(r"[A-Z]{3}")
COLOR = like(r"#[0-9A-Fa-f]{3,8}")
DATE_FORMAT = like(r"(DD|MM|YYYY){3}")
DATE_TEXT = like(r"\d{2,4}/\d{2}/\d{2,4}, \d{2}:\d{2}:\d{2}")
NAME = Replaced("name")
TEXT = Replaced("text")
FIRST_NAME = Replaced("first_name")
LAST_NAME = Replaced("last_name")
LOGIN = Replaced("login")
EMAIL = Replaced("email")
ADDRESS = Replaced("address")
CODE = Replaced("code")
HOSTS = Replaced("hosts")
UNUSED = Unused()
RICH_TEXT = RichText()
OF_FIELD = OfField()
