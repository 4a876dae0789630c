"""What is different between a recorded answer and the mock's.

The same fields in the same order and of the same types; moments, addresses and ids of the same
form; the words that the vendor chooses from (a status, a type) to the letter. Other values are
no difference: they are those of the portal.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import available_timezones

_WORDS = {
    "checkbox_status",
    "completion_status",
    "event_type",
    "interval",
    "role",
    "role_in_course",
    "rule_type",
    "signup",
    "signup_method",
    "signup_type",
    "status",
    "traversal",
    "type",
}
"""The fields whose texts the vendor chooses from, and not the portal."""

_WORD = re.compile(r"main_domain")
_TYPE_NAME = re.compile(r"user_type\.name$|available_types\[\d+\]\.name$")

_FORMS = {
    "a timestamp": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00",
    "a day": r"\d{4}-\d\d-\d\d",
    "a day and time of the portal": r"\d\d/\d\d/\d{4}, \d\d:\d\d:\d\d",
    "a key of a custom field": r"custom_field_\d+",
    "a host of a branch": r"[a-z0-9-]+-[a-z0-9]+\.talentlms\.com",
}
_FORMS_BY_FIELD = {
    "id": {"digits": r"\d+", "tcc_{n}": r"tcc_\d+", "8 letters and digits": r"[A-Za-z0-9]{8}"},
    "email": {"an email address": r"[^@\s]+@[^@\s]+"},
    "currency": {"a currency": r"[A-Z]{3}"},
    "date_format": {"a date format": r"[DMY]{8}"},
    "locale": {"a locale": r"[a-z]{2}-[A-Z]{2}"},
}
_ANY_ADDRESS = "an address"
_FIRST_SECONDS = 1_000_000_000
"""From here on a number can be seconds since 1970."""


@dataclass(frozen=True)
class Difference:
    """A place in an answer, and what is different there."""

    path: str
    text: str

    def __str__(self) -> str:
        return f"{self.path}: {self.text}"


@dataclass(frozen=True)
class Expected:
    """What is known beside the recorded answer.

    Args:
        sent: the fields of the request, whose values come back as they were.
        newer: names of fields that the vendor documents and had not when this was recorded.
    """

    sent: Mapping[str, Any] = field(default_factory=dict)
    newer: Collection[str] = ()


def differences(
    recorded: Any, answered: Any, expected: Expected, path: str = ""
) -> Iterator[Difference]:
    """Yield every difference between two values of JSON."""
    if _kind(recorded) != _kind(answered):
        yield Difference(path, f"recorded {_shown(recorded)}, answered {_shown(answered)}")
    elif path == "_meta.filtered_by":
        if recorded != answered:
            yield Difference(path, f"recorded {recorded}, answered {answered}")
    elif isinstance(recorded, dict):
        yield from _of_objects(recorded, answered, expected, path)
    elif isinstance(recorded, list):
        yield from _of_lists(recorded, answered, expected, path)
    else:
        yield from _of_scalars(recorded, answered, expected, path)


def page_differences(answered: Any) -> Iterator[Difference]:
    """Yield where the numbers of a page do not fit each other as those of every recording do."""
    pagination = answered.get("_meta", {}).get("pagination")
    if pagination is None:
        return
    items, results = len(answered["_data"]), pagination["total_results"]
    pages = max(1, -(-results // pagination["page_size"]))
    for name, value in {"total_items": items, "total_pages": pages}.items():
        if pagination.get(name) != value:
            yield Difference(
                f"_meta.pagination.{name}",
                f"{pagination.get(name)}, where {value} fits the {items} items of this page and "
                f"the {results} results",
            )


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, float) and value.is_integer():
        return "an integer written as a fraction"
    if isinstance(value, int | float):
        return "number"
    return type(value).__name__


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return f"an object of {', '.join(value)}" if value else "an empty object"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    return "null" if value is None else repr(value)


def _of_objects(
    recorded: dict[str, Any], answered: dict[str, Any], expected: Expected, path: str
) -> Iterator[Difference]:
    if path.endswith("branches_map"):
        recorded, answered = _by_position(recorded), _by_position(answered)
    place = f"{path}." if path else ""
    for name in recorded:
        if name not in answered:
            yield Difference(place + name, "missing")
    for name in answered:
        if name not in recorded and name not in expected.newer:
            yield Difference(place + name, "not recorded")
    theirs = [name for name in recorded if name in answered]
    ours = [name for name in answered if name in recorded]
    if ours != theirs:
        yield Difference(path, f"order recorded {', '.join(theirs)}; answered {', '.join(ours)}")
    for name in theirs:
        yield from differences(recorded[name], answered[name], expected, place + name)


def _by_position(names: dict[str, Any]) -> dict[str, Any]:
    """Return what was by id, each by its position where it had an id."""
    return {str(at) if id.isdigit() else id: name for at, (id, name) in enumerate(names.items())}


def _of_lists(
    recorded: list[Any], answered: list[Any], expected: Expected, path: str
) -> Iterator[Difference]:
    if recorded and isinstance(recorded[0], dict) and "event_type" in recorded[0]:
        yield from _of_events(recorded, answered, expected, path)
        return
    if len(recorded) != len(answered):
        yield Difference(path, f"recorded {len(recorded)} items, answered {len(answered)}")
    for at, (theirs, ours) in enumerate(zip(recorded, answered, strict=False)):
        yield from differences(theirs, ours, expected, f"{path}[{at}]")


def _of_events(
    recorded: list[Any], answered: list[Any], expected: Expected, path: str
) -> Iterator[Difference]:
    """Compare each recorded event with one of the same type: when which occurs is the portal's."""
    ours = {item.get("event_type"): item for item in answered}
    theirs = {item["event_type"]: item for item in recorded}
    for event_type, item in theirs.items():
        place = f"{path}[{event_type}]"
        if event_type not in ours:
            yield Difference(place, "missing")
        else:
            yield from differences(item, ours[event_type], expected, place)


def _of_scalars(
    recorded: Any, answered: Any, expected: Expected, path: str
) -> Iterator[Difference]:
    name = path.rpartition(".")[2]
    sent = _sent(path, expected)
    if sent is not None and sent == recorded:
        if answered != sent:
            yield Difference(path, f"sent {sent!r}, answered {answered!r}")
        return
    theirs, ours = _form(path, name, recorded), _form(path, name, answered)
    if theirs == _ANY_ADDRESS and str(answered).startswith("https://"):
        return
    if theirs not in (ours, "a text"):
        yield Difference(path, f"recorded {theirs}, answered {ours} ({answered!r})")


def _sent(path: str, expected: Expected) -> Any:
    """Return what the request said for the field at `path` or around it: `price` for its amount."""
    parts = path.split(".")
    return expected.sent.get(parts[1]) if parts[0] == "_data" and len(parts) > 1 else None


def _form(path: str, name: str, value: Any) -> str:
    """Return what of a value is the API's and not the portal's."""
    if isinstance(value, bool) or name == "page_size":
        return repr(value)
    if isinstance(value, int | float):
        return "seconds since 1970" if value >= _FIRST_SECONDS else "a number"
    if value is None or name in _WORDS or _WORD.fullmatch(value) or _TYPE_NAME.search(path):
        return repr(value)
    if path.startswith("_links."):
        return _form_of_link(value, edge=name in ("last", "next"))
    if re.match(r"https?://", value):
        return _form_of_address(value)
    if "timezone" in name:
        return "a time zone" if value in available_timezones() else "no time zone"
    forms = _FORMS | _FORMS_BY_FIELD.get(name.removeprefix("default_"), {})
    return next((form for form, text in forms.items() if re.fullmatch(text, value)), "a text")


def _form_of_link(link: str, *, edge: bool) -> str:
    """Return a link without its scheme and host, ids, and the number of a page that may be any."""
    path = re.sub(r"^https?://[^/]+", "", link)
    path = re.sub(r"/\d+(?=/|\?)", "/{id}", path)
    return re.sub(r"page\[number\]=\d+", "page[number]={n}", path) if edge else path


def _form_of_address(address: str) -> str:
    scheme, _, rest = address.partition("://")
    host, _, path = rest.partition("/")
    if not path.startswith("index/"):
        return _ANY_ADDRESS
    path = re.sub(r"key:[A-Za-z0-9]+", "key:{key}", path)
    path = re.sub(r"token:\d+", "token:{number}", path)
    path = re.sub(r"course_id:\d+", "course_id:{id}", path)
    host = re.sub(r"^[a-z0-9-]+-[a-z0-9]+(?=\.talentlms\.com$)", "{branch}-{domain}", host)
    host = re.sub(r"^[a-z0-9]+(?=\.talentlms\.com$)", "{domain}", host)
    return f"{scheme}://{host}/{path}"
