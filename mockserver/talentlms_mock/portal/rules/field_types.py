"""The types of values that people write into a portal, and the messages for invalid ones."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    Field,
    PlainValidator,
    TypeAdapter,
    ValidationError,
    WithJsonSchema,
)

from talentlms_mock.errors import InvalidValue, Refusal, place_of
from talentlms_mock.portal.contract.refusals import (
    EMAIL_INVALID,
    attribute,
    entity_of,
    id_malformed,
    missing,
)
from talentlms_mock.portal.state.clock import parse_moment, timestamp

LARGEST_INTEGER = 2**31 - 1

MAX_STRING = 191
"""The most characters that a string of the API may have (domain.md, User)."""


def _calendar_date(text: str) -> str:
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
        raise ValueError("must be a date, YYYY-MM-DD")
    try:
        date.fromisoformat(text)
    except ValueError:
        raise ValueError("must be a real date, YYYY-MM-DD") from None
    return text


def moment(text: str) -> str:
    """Return ISO 8601 `text` as the timestamp of the same moment.

    Raises:
        ValueError: it is no ISO 8601 date or date and time.
    """
    try:
        return timestamp(parse_moment(text))
    except (ValueError, OverflowError):
        raise ValueError("must be a date and time in ISO 8601") from None


Text = Annotated[str, Field(min_length=1, max_length=MAX_STRING)]
"""A string of 1 to 191 characters (operations.md, 4)."""
OptionalText = Annotated[str, Field(max_length=MAX_STRING)]
EMAIL = re.compile(r"^[^@\s]+@[^@\s.]+(\.[^@\s.]+)+$")
Email = Annotated[str, Field(max_length=MAX_STRING, pattern=EMAIL.pattern)]
CalendarDate = Annotated[
    str, AfterValidator(_calendar_date), WithJsonSchema({"type": "string", "format": "date"})
]
Moment = Annotated[
    str, AfterValidator(moment), WithJsonSchema({"type": "string", "format": "date-time"})
]


def _web_address(text: str) -> str:
    if not re.match(r"https?://[^\s/]", text):
        raise ValueError("must be an address that starts with https:// or http://")
    return text


def _written_day(value: object) -> str:
    if isinstance(value, date):
        value = value.isoformat()
    return _calendar_date(value if isinstance(value, str) else "")


def _written_moment(value: object) -> str:
    if isinstance(value, datetime):
        value = value.isoformat()
    return moment(value if isinstance(value, str) else "")


WebAddress = Annotated[str, AfterValidator(_web_address)]
WrittenDay = Annotated[str | date, PlainValidator(_written_day)]
"""A date as Python code has it, or its text; it becomes the text."""
WrittenMoment = Annotated[str | datetime, PlainValidator(_written_moment)]
"""A moment as Python code has it (UTC without a time zone), or its text; it becomes the text."""
Money = Annotated[float, Field(ge=0, le=1e12, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=0, le=LARGEST_INTEGER)]
Days = Annotated[int, Field(ge=1, le=36_500)]
"""A duration."""
Status = Literal["active", "inactive"]


def checked(kind: TypeAdapter[Any], values: object, subject: str = "") -> Any:
    """Return `values` converted to `kind`.

    Args:
        kind: what they are to be.
        values: by name.
        subject: what they belong to, as messages name it: user, course.

    Raises:
        InvalidValue: they are not valid; the message is the API's.
    """
    try:
        return kind.validate_python(values)
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        place = place_of(*problem["loc"])
        within = f"{place} {words(problem)}"
        refusal = refusal_of(error, subject) if len(problem["loc"]) == 1 else within
        raise InvalidValue(refusal, place) from None


_PROBLEMS = {
    "missing": "is required",
    "string_type": "must be a string",
    "int_type": "must be an integer",
    "float_type": "must be a number",
    "bool_type": "must be boolean",
    "dict_type": "must be an object",
    "list_type": "must be an array",
    "too_short": "must not be empty",
    "too_long": "must have at most {max_length} items",
    "string_too_short": "must not be empty",
    "string_too_long": "must have at most {max_length} characters",
    "string_pattern_mismatch": "must be a valid email address",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "greater_than": "must be more than {gt}",
    "finite_number": "must be a finite number",
    "dataclass_type": "must be a {class_name}",
    "dataclass_exact_type": "must be a {class_name}",
    "literal_error": "must be {expected}",
    "value_error": "{error}",
}
"""The API's words for an invalid value, by pydantic's type of error."""


def refusal_of(
    error: ValidationError, subject: str, own: Mapping[str, Refusal] = MappingProxyType({})
) -> Refusal:
    """Return the API's error for values that do not fit, which is about the first of them.

    Args:
        error: says what does not fit.
        subject: what the values belong to, as messages name it: user, course.
        own: by the name of a value, the error for any mistake in it, where it has one of its own.
    """
    problem = error.errors(include_url=False)[0]
    kind, place = problem["type"], problem["loc"]
    name = ".".join(map(str, place))
    if name in own:
        return own[name]
    if len(place) == 1 and kind in ("missing", "string_too_short"):
        return missing(subject, name)
    if entity_of(name):
        return id_malformed(entity_of(name))
    if kind == "string_pattern_mismatch" and problem["ctx"]["pattern"] == EMAIL.pattern:
        return EMAIL_INVALID
    return attribute(name, words(problem))


def words(problem: Mapping[str, Any]) -> str:
    """Return the API's words for one of the errors of a ValidationError."""
    text = _PROBLEMS.get(problem["type"], "is not valid")
    return text.format(**{name: _plain(value) for name, value in problem.get("ctx", {}).items()})


def _plain(value: object) -> object:
    """Return a whole number without decimals; other values as they are."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
