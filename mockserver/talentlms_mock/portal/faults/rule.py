"""What a fault does, and when: its rule, checked for contradictions and against the API.

A rule comes from Python, from a scenario's file or over HTTP, and is refused at once when it
contradicts itself or names what does not exist.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from itertools import combinations, product
from typing import Annotated, Any, Literal, Self, TypedDict, get_args

import orjson
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    WithJsonSchema,
    model_validator,
)

from talentlms_mock.errors import (
    SetupError,
    about,
    place_of,
)
from talentlms_mock.portal.contract.operations import Catalogue, Entry, PathPattern
from talentlms_mock.portal.contract.response_fields import absolute, is_field, names
from talentlms_mock.portal.contract.suggest import suggest
from talentlms_mock.portal.contract.validation import first_mistake

Kind = Literal["timeout", "reset", "empty", "malformed_json", "wrong_content_type"]
Step = int | Kind | None
"""One step of a sequence: a status, a kind of failure, or None for normal service."""

NORMAL = "normal"
"""How a file writes None in a sequence, as TOML has no null."""

LOSES = ("timeout", "reset", "empty")
"""The actions that leave the client without a response."""
DRIFTS = ("drop_field", "null_field", "rename_field")
_CONTENT = ("malformed_json", "wrong_content_type", *DRIFTS)
_DELIVERY = ("truncate_at", "drip")
ACTIONS = ("status", "latency", *LOSES, *_DELIVERY, *_CONTENT, "sequence")
"""The options that say what happens; the others say to which requests, when and how."""

CONTRADICTIONS = frozenset(
    frozenset(pair)
    for pair in (
        *combinations(("status", *LOSES), 2),
        *product(LOSES, ("body", *_DELIVERY, *_CONTENT)),
        *product(("status",), DRIFTS),
        *product(
            ("sequence",),
            ("status", "body", *LOSES, *_DELIVERY, *_CONTENT, "times", "on_call", "probability"),
        ),
        *product(("on_call",), ("times", "after", "probability")),
    )
)
"""The options that cannot be combined."""


class FaultOptions(TypedDict, total=False):
    """The options of `Portal.fault`, which describes each."""

    status: int | None
    body: object
    latency: float | Sequence[float] | Mapping[str, float] | None
    timeout: bool
    reset: bool
    empty: bool
    truncate_at: int | None
    drip: float | None
    malformed_json: bool
    wrong_content_type: bool
    drop_field: str | Iterable[str] | None
    null_field: str | Iterable[str] | None
    rename_field: Mapping[str, str] | None
    after_commit: bool
    times: int | None
    on_call: int | None
    after: int | None
    probability: float | None
    sequence: Sequence[int | str | None] | None
    match: Mapping[str, Mapping[str, Any]] | None
    optional: bool
    name: str | None


def _sendable(value: object) -> object:
    try:
        if isinstance(value, bytes):
            return value.decode()
        orjson.dumps(value)
    except (ValueError, TypeError):
        raise ValueError("must be text in UTF-8, or what can be written as JSON") from None
    return value


def _range(value: object) -> object:
    if value is None:
        return None
    if isinstance(value, Mapping):
        return _percentiles(value)
    ends = tuple(value) if isinstance(value, list | tuple) else (value, value)
    numbers = [end for end in ends if isinstance(end, int | float) and not isinstance(end, bool)]
    if len(numbers) != 2 or len(ends) != 2 or not 0 <= numbers[0] <= numbers[1] < float("inf"):
        raise ValueError("must be seconds, or the least and the most of them, like (0.1, 0.5)")
    return float(numbers[0]), float(numbers[1])


def _percentiles(value: Mapping[object, object]) -> dict[str, float]:
    """Return seconds by percentile, the lowest first."""
    wrong = ValueError("must be seconds by percentile, which do not fall, like {'p50': 0.1}")
    points = []
    for name, seconds in value.items():
        match = _PERCENTILE.fullmatch(str(name))
        is_number = isinstance(seconds, int | float) and not isinstance(seconds, bool)
        if match is None or not is_number or not 0 <= seconds < float("inf"):  # type: ignore[operator]  # a number
            raise wrong
        points.append((float(match[1]), float(seconds)))  # type: ignore[arg-type]  # a number
    points.sort()
    shares, values = zip(*points, strict=True) if points else ((), ())
    if (
        not points
        or shares[-1] > 100
        or len({*shares}) < len(shares)
        or list(values) != sorted(values)
    ):
        raise wrong
    return {f"p{share:g}": seconds for share, seconds in points}


def _field_names(value: object) -> object:
    if value is None:
        return ()
    found = (value,) if isinstance(value, str) else value
    if not isinstance(found, list | tuple | set | frozenset) or not all(map(_is_name, found)):
        raise ValueError("must be the name of a field, or a list of them, like 'user_type.name'")
    return tuple(found)


def _renamings(value: object) -> object:
    if value is None:
        return {}
    if (
        not isinstance(value, Mapping)
        or not all(map(_is_name, value))
        or not all(isinstance(new, str) and new and "." not in new for new in value.values())
    ):
        raise ValueError("must say the new name of each field, like {'email': 'mail'}")
    return dict(value)


def _is_name(value: object) -> bool:
    return isinstance(value, str) and all(value.split("."))


def _steps(value: object) -> object:
    if value is None:
        return ()
    if not isinstance(value, list | tuple) or not value:
        raise ValueError("must be a list, like [503, 'timeout', None]")
    return tuple(map(_step, value))


def _step(value: object) -> Step:
    if value is None or value == NORMAL:
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        if not 200 <= value <= 599:
            raise ValueError(f"has the status {value}, which is not between 200 and 599")
        if value in _SUCCESSES:
            raise ValueError(f"has the status {value}, which answers nothing: say None for success")
        return value
    for kind in get_args(Kind):
        if value == kind:
            return kind  # type: ignore[no-any-return]  # get_args knows no types
    known = (*get_args(Kind), NORMAL)
    raise ValueError(f"has an unknown step {value!r}{suggest(str(value), known)}")


_SUCCESSES = tuple(status for status in range(200, 300) if status != 204)
_Status = Annotated[int, Field(ge=200, le=599)]
_Number = Annotated[int, Field(ge=1)]
_Names = Annotated[tuple[str, ...], BeforeValidator(_field_names)]
_LATENCY = {
    "anyOf": [
        {"type": "number"},
        {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2},
        {"type": "object", "additionalProperties": {"type": "number"}, "minProperties": 1},
        {"type": "null"},
    ]
}
_PERCENTILE = re.compile(r"p(\d{1,3}(?:\.\d+)?)")
_Scalar = str | int | float | bool


class Match(BaseModel):
    """What a request must contain; it may contain more."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)

    # pydantic's own `json` would be hidden by a field of that name.
    document: dict[str, Any] | None = Field(None, alias="json")
    query: dict[str, _Scalar] | None = None
    headers: dict[str, str] | None = None


class FaultRule(BaseModel):
    """What a fault does, to which requests, and when; see `Portal.fault`."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)

    method: str | None = None
    path: str | None = None
    status: _Status | None = None
    body: Annotated[Any, BeforeValidator(_sendable)] = None
    latency: Annotated[
        tuple[float, float] | dict[str, float] | None,
        BeforeValidator(_range),
        WithJsonSchema(_LATENCY),
    ] = None
    timeout: bool = False
    reset: bool = False
    empty: bool = False
    truncate_at: Annotated[int, Field(ge=0)] | None = None
    drip: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    malformed_json: bool = False
    wrong_content_type: bool = False
    drop_field: _Names = ()
    null_field: _Names = ()
    rename_field: Annotated[dict[str, str], BeforeValidator(_renamings)] = {}
    after_commit: bool = False
    times: _Number | None = None
    on_call: _Number | None = None
    after: _Number | None = None
    probability: Annotated[float, Field(gt=0, le=1)] | None = None
    sequence: Annotated[tuple[Step, ...], BeforeValidator(_steps)] = ()
    match: Match | None = None
    optional: bool = False
    name: str | None = None

    @model_validator(mode="after")
    def _agrees_with_itself(self, info: ValidationInfo) -> Self:
        given = self.set_fields
        for pair in combinations(given, 2):
            if frozenset(pair) in CONTRADICTIONS:
                raise ValueError(f"{pair[0]} and {pair[1]} contradict each other")
        if not set(ACTIONS) & set(given) and not info.context:
            raise ValueError(f"it says nothing to do: give it one of {', '.join(ACTIONS)}")
        if "body" in given and self.status is None:
            raise ValueError("a body needs a status: say status=200 for one that is no error")
        if self._does_nothing:
            raise ValueError(
                f"status={self.status} alone answers nothing: give it a body, which may be empty"
            )
        if self.status in (204, 304) and set(given) & {"body", *_DELIVERY, *_CONTENT}:
            raise ValueError(f"an answer {self.status} has no body")
        touched = [absolute(field) for field in self.drifting()]
        if len(touched) != len(set(touched)):
            raise ValueError("a field can be dropped, nulled or renamed, and only once")
        return self

    @property
    def _does_nothing(self) -> bool:
        """Whether it answers success with nothing in it, which is no response of the API."""
        says = {"body", "malformed_json", "wrong_content_type"}
        return self.status in _SUCCESSES and not says & set(self.set_fields)

    @cached_property
    def set_fields(self) -> tuple[str, ...]:
        """The names of the options that differ from their defaults."""
        fields = type(self).model_fields
        return tuple(name for name in fields if getattr(self, name) != fields[name].default)

    @property
    def decides(self) -> bool:
        """Whether it decides the response, instead of changing or delaying one."""
        return bool({"status", "sequence", *LOSES} & set(self.set_fields))

    def as_data(self) -> dict[str, Any]:
        """Return the options that differ from their defaults, as JSON-able values."""
        data = self.model_dump(mode="json", exclude_defaults=True, by_alias=True)
        if isinstance(self.latency, tuple) and self.latency[0] == self.latency[1]:
            data["latency"] = self.latency[0]
        return data

    @property
    def varies(self) -> bool:
        """Whether chance decides on the latency."""
        return self.latency is not None and self.seconds(0) != self.seconds(1)

    def seconds(self, share: float) -> float:
        """Return the latency of the request that is slower than this share of all, in seconds."""
        if self.latency is None:
            return 0.0
        if isinstance(self.latency, tuple):
            low, high = self.latency
            return low + share * (high - low)
        # Straight lines between the percentiles; what is beyond the last is as slow as that.
        below, low = 0.0, 0.0
        for name, high in self.latency.items():
            above = float(name[1:]) / 100
            if share < above:
                return low + (high - low) * (share - below) / (above - below)
            below, low = above, high
        return low

    def drifting(self) -> list[str]:
        """Return the names of the fields that it changes in a response."""
        return [*self.drop_field, *self.null_field, *self.rename_field]

    @property
    def changes_content(self) -> bool:
        """Whether it needs a response of the operation that has a body."""
        changes = (*_DELIVERY, *_CONTENT)
        return self.status is None and bool(set(changes) & set(self.set_fields))

    @property
    def where(self) -> str:
        """The requests that it matches, for printing: `GET /users/*`, `getUsers`, `*`."""
        if self.path is None:
            return f"{self.method.upper()} *" if self.method else "*"
        return f"{self.method.upper()} {self.path}" if self.method else self.path


def make_rule(data: Mapping[str, object], *, acts: bool = False) -> FaultRule:
    """Return the rule with these options.

    Args:
        data: the options.
        acts: whether the fault does something besides, so that it needs no other action.

    Raises:
        SetupError: one is unknown, has an invalid value, or contradicts another.
    """
    try:
        return FaultRule.model_validate(data, context=acts)
    except ValidationError as error:
        raise SetupError(
            f"The fault is not right: {first_mistake(error, FaultRule)}.",
            at=place_of(*error.errors(include_url=False)[0]["loc"][:1]),
        ) from None


def targets(rule: FaultRule, catalogue: Catalogue) -> list[Entry] | None:
    """Return the operations that a rule matches; None is every request, also to unknown paths.

    Raises:
        SetupError: it names a method, path, operation or field that does not exist.
    """
    if not {"method", "path"} & set(rule.set_fields) and not _needs_answer_or_body(rule):
        return None
    if not len(catalogue):
        raise SetupError("The portal is on no server yet: add it to one before its faults.")
    method = None if rule.method is None else rule.method.upper()
    if method is not None:
        _check_method(rule.method or "", catalogue)
    if rule.path is not None:
        entries = _at_path(method, rule.path, catalogue)
    elif _needs_answer_or_body(rule):
        entries = [entry for entry in catalogue if method in (None, entry.method)]
    else:
        return None
    if _needs_body(rule):
        entries = [entry for entry in entries if entry.takes_body]
        if not entries:
            raise SetupError(
                f"Nothing that {rule.where} can mean takes a body to match.", at="match.json"
            )
    return _with_content(rule, entries) if rule.changes_content else entries


def _needs_answer_or_body(rule: FaultRule) -> bool:
    return rule.changes_content or _needs_body(rule)


def _needs_body(rule: FaultRule) -> bool:
    return rule.match is not None and rule.match.document is not None


def _check_method(method: str, catalogue: Catalogue) -> None:
    known = {entry.method for entry in catalogue}
    if method.upper() in known:
        return
    if method.startswith("/") or method in catalogue:
        raise SetupError(
            f"{method!r} is no method: write fault(path={method!r}), or the method before it.",
            at="method",
        )
    raise SetupError(
        f"No operation has the method {method!r}{suggest(method.upper(), known)}.", at="method"
    )


def _at_path(method: str | None, path: str, catalogue: Catalogue) -> list[Entry]:
    if not path.startswith("/"):
        with about("path"):
            entry = catalogue.named(path)
        if method not in (None, entry.method):
            raise SetupError(f"{entry.operation_id} is {entry.method}, not {method}.", at="method")
        return [entry]
    pattern = PathPattern(path)
    found = catalogue.matching(method, pattern)
    if found:
        return found
    others = sorted({entry.method for entry in catalogue.matching(None, pattern)})
    if others:
        raise SetupError(
            f"The path {path!r} has no {method}, but {', '.join(others)}.", at="method"
        )
    meant = catalogue.meant(method, path)
    raise SetupError(
        f"No operation has the path {path!r}{f' (did you mean {meant}?)' if meant else ''}.",
        at="path",
    )


def _drift_place(rule: FaultRule, field: str) -> str:
    if field in rule.rename_field:
        return place_of("rename_field", field)
    return "drop_field" if field in rule.drop_field else "null_field"


def _with_content(rule: FaultRule, entries: list[Entry]) -> list[Entry]:
    """Return those of `entries` whose responses have what the rule changes."""
    answering = [(entry, fields) for entry in entries if (fields := entry.response())]
    if not answering:
        raise SetupError(
            f"What {rule.where} means answers without a body, which leaves nothing to change."
        )
    wanted = rule.drifting()
    for field in wanted:
        if not any(is_field(field, fields) for _, fields in answering):
            known = {name for _, fields in answering for name in names(fields)}
            raise SetupError(
                f"There is no field {field!r} in what {rule.where} answers"
                f"{suggest(field.removeprefix('_data.'), known)}.",
                at=_drift_place(rule, field),
            )
    for entry, fields in answering:
        for old, new in rule.rename_field.items():
            renamed = ".".join((*absolute(old)[:-1], new))
            if is_field(old, fields) and is_field(renamed, fields):
                raise SetupError(
                    f"{entry.operation_id} answers with a field {new!r} already.",
                    at=place_of("rename_field", old),
                )
    return [
        entry
        for entry, fields in answering
        if not wanted or any(is_field(field, fields) for field in wanted)
    ]
