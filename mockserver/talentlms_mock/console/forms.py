"""The forms of the console: how they are read, and what is said when one is refused."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from inspect import iscoroutinefunction
from typing import Any
from urllib.parse import parse_qsl

import orjson
from pydantic import BaseModel, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from talentlms_mock.asgi.call import LARGEST_BODY, media_type
from talentlms_mock.control.content import read_at_most
from talentlms_mock.control.problems import MALFORMED, Problem, of_body, of_refusal
from talentlms_mock.errors import MockError

URLENCODED = "application/x-www-form-urlencoded"

Json = dict[str, Any]


@dataclass(frozen=True)
class Form:
    """What was sent with a form: texts by name, of which empty ones are as good as left out."""

    values: Mapping[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> str:
        """Return a value, "" where it was left out."""
        return self.values.get(name, "")

    def __contains__(self, name: str) -> bool:
        return bool(self[name])

    def __iter__(self) -> Iterator[str]:
        return (name for name, value in self.values.items() if value)

    def only(self, *names: str) -> dict[str, str]:
        """Return the values of these names that were not left out."""
        return {name: self[name] for name in names if self[name]}


EMPTY = Form()

Show = Callable[[Request, Problem | None, Form], Response]
Endpoint = Callable[[Request], Awaitable[Response] | Response]
"""One that only reads and writes a portal is a plain function, which Starlette runs in a thread."""


def on_page(show: Show) -> Callable[[Callable[[Request, Form], Any]], Endpoint]:
    """Make the decorated function the endpoint of a form that stands on the page of `show`.

    Where it is refused, the page is shown again, with the reason and what was filled in. Unless it
    is asynchronous, it runs in a thread: the form says how much there is to do.
    """

    def decorate(do: Callable[[Request, Form], Any]) -> Endpoint:
        async def endpoint(request: Request) -> Response:
            form = await read_form(request)
            try:
                if iscoroutinefunction(do):
                    response: Response = await do(request, form)
                else:
                    response = await run_in_threadpool(do, request, form)
            except (MockError, Problem) as error:
                problem = error if isinstance(error, Problem) else of_refusal(error)
                return await run_in_threadpool(show, request, problem, form)
            return response

        return endpoint

    return decorate


async def read_form(request: Request) -> Form:
    """Return the form that a request sends; of a name given twice, the values on lines of one.

    Raises:
        Problem: it is too large, or no form.
        ClientDisconnect: the client went away before its end.
    """
    if media_type(request.headers) != URLENCODED:
        raise Problem(415, f"A form must be sent as {URLENCODED}.")
    content = await read_at_most(request, LARGEST_BODY)
    values: dict[str, str] = {}
    for name, value in parse_qsl(content.decode("utf-8", "replace"), keep_blank_values=True):
        text = value.replace("\r\n", "\n")
        values[name] = f"{values[name]}\n{text}" if name in values else text
    return Form(values)


@dataclass(frozen=True)
class Field:
    """One field of a form that a model describes.

    Args:
        name: of the model's field.
        kind: text, long, integer, number, boolean, choice, reference, list, references, table or
            json; a reference is an id or a name.
        choices: of a choice.
        required: whether the model has no default for it.
    """

    name: str
    kind: str
    choices: tuple[str, ...] = ()
    required: bool = False

    def value(self, text: str) -> object:
        """Return what the model takes for a text.

        Raises:
            Problem: it cannot be that.
        """
        if self.kind in ("integer", "number"):
            try:
                return int(text) if self.kind == "integer" else float(text)
            except ValueError:
                raise Problem(MALFORMED, f"{self.name} must be a number.", self.name) from None
        if self.kind == "boolean":
            return text == "true"
        if self.kind == "reference":
            return id_or_name(text)
        if self.kind in ("list", "references"):
            lines = [line.strip() for line in text.splitlines() if line.strip()]
            return lines if self.kind == "list" else [id_or_name(line) for line in lines]
        if self.kind == "table":
            return self._table(text)
        return self._json(text) if self.kind == "json" else text

    def _table(self, text: str) -> dict[str, str]:
        pairs = [line.partition("=") for line in text.splitlines() if line.strip()]
        for name, equals, _ in pairs:
            if not equals:
                raise Problem(
                    MALFORMED, f"{self.name}: write {name.strip()} = VALUE on a line.", self.name
                )
        return {name.strip(): value.strip() for name, _, value in pairs}

    def _json(self, text: str) -> object:
        try:
            return orjson.loads(text)
        except orjson.JSONDecodeError as error:
            raise Problem(MALFORMED, f"{self.name} is no JSON: {error}.", self.name) from None


def id_or_name(text: str) -> int | str:
    """Return what a text refers to: digits are an id."""
    return int(text) if text.isascii() and text.isdecimal() else text


def fields_of(model: type[BaseModel], **kinds: str) -> tuple[Field, ...]:
    """Return the fields of a form for a model; `kinds` are those that its schema does not say."""
    schema = model.model_json_schema()
    required = schema.get("required", ())
    return tuple(
        Field(
            name,
            kinds.get(name) or _kind(part, schema),
            _choices(part, schema),
            required=name in required,
        )
        for name, part in schema.get("properties", {}).items()
    )


def read_model(model: type[BaseModel], fields: tuple[Field, ...], form: Form) -> Any:
    """Return a model with the values of a form.

    Raises:
        Problem: a value is wrong.
    """
    given = {each.name: each.value(form[each.name]) for each in fields if form[each.name]}
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise of_body(error, given, model) from None


def _branches(part: Json, schema: Json) -> list[Json]:
    """Return what a value may be, without null."""
    if "$ref" in part:
        return _branches(schema["$defs"][part["$ref"].rpartition("/")[2]], schema)
    branches = [each for one in part.get("anyOf", ()) for each in _branches(one, schema)]
    return [each for each in branches or [part] if each.get("type") != "null"]


def _kind(part: Json, schema: Json) -> str:
    branches = _branches(part, schema)
    types = {each.get("type") for each in branches}
    if _choices(part, schema):
        return "choice"
    if "array" in types:
        item = next(each for each in branches if each.get("type") == "array").get("items", {})
        items = {each.get("type") for each in _branches(item, schema)}
        if "object" in items or "string" not in items:
            return "json"
        return "references" if "integer" in items else "list"
    if "object" in types:
        is_table = any(isinstance(each.get("additionalProperties"), dict) for each in branches)
        return "table" if is_table else "json"
    if {"string", "integer"} <= types:
        return "reference"
    for kind in ("string", "boolean", "integer", "number"):
        if kind in types:
            return "text" if kind == "string" else kind
    return "json"


def _choices(part: Json, schema: Json) -> tuple[str, ...]:
    branches = _branches(part, schema)
    found = branches[0].get("enum", ()) if len(branches) == 1 else ()
    return tuple(map(str, found))
