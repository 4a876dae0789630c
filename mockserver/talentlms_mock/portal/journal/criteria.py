"""What a test looks for among the requests, and in what a request differs from it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from http import HTTPMethod
from typing import Any, TypedDict

import orjson

from talentlms_mock.errors import SetupError
from talentlms_mock.portal.contract.comparison import (
    MISSING,
    JsonDifference,
    json_differences,
    query_text,
)
from talentlms_mock.portal.contract.operations import Catalogue, PathPattern, path_pattern
from talentlms_mock.portal.contract.suggest import closest, suggest
from talentlms_mock.portal.journal.journal import Exchange
from talentlms_mock.portal.journal.redaction import is_secret, redacted
from talentlms_mock.portal.journal.secret_values import HIDDEN

_METHODS = frozenset(method.value for method in HTTPMethod)

Status = int | str | Iterable[int]


class RequestCriteria(TypedDict, total=False):
    """What a request must match; what is left out does not matter.

    `operation` is an operationId. `status` is a number, a class like "4xx", or several numbers;
    0 is no response. `query` and `headers` are values that must be present, or, as None, absent;
    others may be present too. `json` is the whole body, None for no body; `json_contains` is a
    part of it, at any depth.
    """

    operation: str
    status: Status
    query: Mapping[str, Any]
    headers: Mapping[str, object]
    json: Any
    json_contains: Any


@dataclass(frozen=True, slots=True)
class Difference:
    """One place in which a request differs from the criteria, for printing."""

    place: str
    wanted: str
    found: str

    def __str__(self) -> str:
        return f"{self.place}: {self.wanted}, {self.found}"


class Criteria:
    """What a test looks for; the arguments are method, path and those of `RequestCriteria`.

    Raises:
        SetupError: the path is no pattern, there is no such operation, or a status is none.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        method: str | None = None,
        path: str | None = None,
        wanted: RequestCriteria | None = None,
    ) -> None:
        self.method = None if method is None else _method(method, catalogue)
        self.path: PathPattern | None = None if path is None else path_pattern(path)
        self.wanted: RequestCriteria = wanted or {}
        if len(catalogue) and "operation" in self.wanted:
            catalogue.named(self.wanted["operation"])
        self._statuses = _statuses(self.wanted["status"]) if "status" in self.wanted else None

    def matches(self, exchange: Exchange) -> bool:
        """Return whether the request is as wanted."""
        if not self.leads_to(exchange):
            return False
        return next(self.differences(exchange), None) is None

    def leads_to(self, exchange: Exchange) -> bool:
        """Return whether the request has the method, path and operation that are wanted."""
        operation = self.wanted.get("operation")
        return (
            self.method in (None, exchange.method)
            and (self.path is None or self.path.matches(exchange.path))
            and operation in (None, exchange.operation_id)
        )

    def differences(self, exchange: Exchange) -> Iterator[Difference]:
        """Give each place in which the request is not as wanted."""
        if self.method not in (None, exchange.method):
            yield Difference("method", f"expected {self.method}", f"was {exchange.method}")
        if self.path is not None and not self.path.matches(exchange.path):
            yield Difference("path", f"expected {self.path.text}", f"was {exchange.path}")
        operation = self.wanted.get("operation", exchange.operation_id)
        if operation != exchange.operation_id:
            found = exchange.operation_id or "none of the API"
            yield Difference("operation", f"expected {operation}", f"was {found}")
        if self._statuses is not None and exchange.status not in self._statuses:
            found = str(exchange.status or "no answer")
            yield Difference("status", f"expected {self.status_text}", f"was {found}")
        yield from _named("query", self.wanted.get("query"), exchange.query)
        yield from _named("headers", self.wanted.get("headers"), exchange.headers)
        yield from self._json_differences(exchange)

    def _json_differences(self, exchange: Exchange) -> Iterator[Difference]:
        for name, partial in (("json", False), ("json_contains", True)):
            if name not in self.wanted:
                continue
            wanted = self.wanted["json_contains" if partial else "json"]
            found, problem = _body(exchange)
            if problem and not (wanted is None and exchange.body == b""):
                yield Difference("json", f"expected {shown(wanted)}", problem)
            elif not problem:
                yield from map(_in_words, json_differences("json", wanted, found, partial=partial))

    @property
    def status_text(self) -> str:
        """The statuses that are wanted, for printing."""
        status = self.wanted["status"]
        return str(status) if isinstance(status, int | str) else " or ".join(map(str, status))

    @property
    def title(self) -> str:
        """Method and path, or what else there is, on one line."""
        words = [self.method or "", "" if self.path is None else self.path.text or "/"]
        named = " ".join(word for word in words if word)
        return named or self.wanted.get("operation") or "a request"

    def lines(self) -> Iterator[str]:
        """Give everything else that is wanted, a line each."""
        if "operation" in self.wanted and self.title != self.wanted["operation"]:
            yield f"operation {self.wanted['operation']}"
        if "status" in self.wanted:
            yield f"status {self.status_text}"
        if self.wanted.get("query"):
            yield f"query {shown(self.wanted['query'])}"
        if self.wanted.get("headers"):
            yield f"headers {shown(self.wanted['headers'])}"
        for name, word in (("json", "json"), ("json_contains", "json that has")):
            if name in self.wanted:
                yield f"{word} {shown(self.wanted[name])}"  # type: ignore[literal-required]


def _method(name: str, catalogue: Catalogue) -> str:
    method = name.upper()
    if method in _METHODS:
        return method
    if name.startswith("/"):
        raise SetupError(
            f"{name!r} is no method: write path={name!r}, or the method before it.", at="method"
        )
    if name in catalogue:
        raise SetupError(
            f"{name!r} is no method, but an operation: write operation={name!r}.", at="method"
        )
    raise SetupError(f"There is no method {name!r}{suggest(method, _METHODS)}.", at="method")


def shown(value: Any, limit: int = 300) -> str:
    """Return a JSON value for printing, without secrets and not too long."""
    try:
        text = orjson.dumps(redacted(value), option=orjson.OPT_NON_STR_KEYS).decode()
    except TypeError:
        text = repr(value)
    return text if len(text) <= limit else f"{text[:limit]}... ({len(text)} characters)"


def _statuses(status: Status) -> frozenset[int]:
    if isinstance(status, int):
        return frozenset([status])
    if isinstance(status, str):
        if len(status) == 3 and status[0].isdigit() and status[1:].lower() == "xx":
            first = int(status[0]) * 100
            return frozenset(range(first, first + 100))
        raise SetupError(
            f"{status!r} is no status: give a number, several, or a class like '4xx'.", at="status"
        )
    return frozenset(status)


def _named(
    place: str, wanted: Mapping[str, Any] | None, found: Mapping[str, str]
) -> Iterator[Difference]:
    wanted = wanted or {}
    for name, value in wanted.items():
        expected = None if value is None else query_text(value)
        actual = found.get(name)
        # Some values say themselves what they are equal to, as those of dirty-equals.
        if actual == expected or (actual is not None and value == actual):
            continue
        where = f"{place}.{name}"
        is_plain = isinstance(value, str | int | float | None)
        wanted_text = _secret(name, expected if is_plain else value)
        if expected is None:
            yield Difference(where, "expected none", f"was {_secret(name, actual)}")
        elif actual is None:
            near = closest(name, [other for other in found if other not in wanted])
            was = f"was missing; there is {near}" if near else "was missing"
            yield Difference(where, f"expected {wanted_text}", was)
        else:
            was = _secret(name, actual, other=True)
            yield Difference(where, f"expected {wanted_text}", f"was {was}")


def _secret(name: str, value: Any, *, other: bool = False) -> str:
    if is_secret(name):
        return "another secret" if other else HIDDEN
    return shown(value)


def _body(exchange: Exchange) -> tuple[Any, str]:
    """Return the body as a JSON value, or why there is none."""
    if exchange.body is None:
        lost = exchange.response is None
        return None, "was let go of to save memory" if lost else "was refused before it was read"
    if not exchange.body:
        return None, "there was no body"
    try:
        return orjson.loads(exchange.body), ""
    except orjson.JSONDecodeError:
        return None, f"was no JSON: {exchange.redacted().body!r:.200}"


def _in_words(difference: JsonDifference) -> Difference:
    place, key = difference.place, difference.key
    wanted, found = difference.wanted, difference.found
    if found is MISSING:
        near = closest(key, difference.other_keys)
        was = f"was missing; there is {near}" if near else "was missing"
        return Difference(place, f"expected {_secret(key, wanted)}", was)
    if wanted is MISSING:
        return Difference(place, "expected none", f"was {_secret(key, found)}")
    if isinstance(wanted, list | tuple) and isinstance(found, list):
        return Difference(place, f"expected {len(wanted)} items", f"had {len(found)}")
    kinds = _kind(wanted), _kind(found)
    note = "" if kinds[0] == kinds[1] else f" ({kinds[1]}, not {kinds[0]})"
    was = f"was {_secret(key, found, other=True)}{note}"
    return Difference(place, f"expected {_secret(key, wanted)}", was)


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    names = {bool: "a boolean", int: "an integer", float: "a number", str: "a string"}
    if isinstance(value, Mapping):
        return "an object"
    return "an array" if isinstance(value, list | tuple) else names.get(type(value), "something")
