"""The registry of operations: the vendor's surface, each operation declared in one place.

A resource module declares its operations with `@operation`, which only records what it
is told. Routing, validation, the OpenAPI document and the command `operations` read
the registry.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from sqlalchemy import ColumnElement, bindparam, func

from talentlms_mock.api.fidelity import DOCUMENTED, INFERRED, RECORDED, Known, Provenance, Rule
from talentlms_mock.api.values import CASELESS, ID, Body, Kind, Shape
from talentlms_mock.errors import MockError, Refusal
from talentlms_mock.portal.contract.refusals import entity_of

Run = Callable[..., Any]

PREFIX = "/api/v2"
"""What every path of the API starts with."""


@dataclass(frozen=True)
class Filter:
    """A filter of a list, `filter[field][operator]`, and the condition it puts on the rows.

    `where` makes the condition from the expression of the value, once for all requests.
    `description` and `example` are for the OpenAPI document, as those of a parameter are; an
    example is needed only where the recorded one has no such filter and the kind none.
    """

    field: str
    operator: str
    kind: Kind
    where: Callable[[ColumnElement[Any]], ColumnElement[bool]]
    known: Known = DOCUMENTED
    description: str = ""
    example: str = ""

    @property
    def name(self) -> str:
        return f"filter[{self.field}][{self.operator}]"

    @property
    def parameter(self) -> str:
        """What the value is called in the condition."""
        return f"filter_{self.field}_{self.operator}"

    @cached_property
    def condition(self) -> ColumnElement[bool]:
        return self.where(bindparam(self.parameter))


def keyword(
    text: ColumnElement[Any],
    known: Known = DOCUMENTED,
    description: str = "A part of the name, in any case.",
) -> Filter:
    """The filter `filter[keyword][like]`: rows whose `text`, casefolded, has the value in it."""
    return Filter(
        "keyword",
        "like",
        CASELESS,
        lambda value: func.instr(text, value) > 0,
        known,
        description,
        "safety",
    )


@dataclass(frozen=True)
class Parameter:
    """A parameter of the path or the query."""

    name: str
    place: Literal["path", "query"]
    kind: Kind
    required: bool = True
    known: Known = DOCUMENTED
    of: str = ""
    description: str = ""

    @property
    def entity(self) -> str:
        """What the value is the id of, by the parameter's name, else `of`; "" for no id."""
        return entity_of(self.name) or self.of

    @property
    def meaning(self) -> str:
        """The description; that of an id needs none."""
        of_id = f"The id of the {self.entity}." if self.entity else ""
        return self.description or self.kind.description or of_id


_ENTITIES = {
    "users": "user",
    "courses": "course",
    "groups": "group",
    "branches": "branch",
    "categories": "category",
    "units": "unit",
    "learning-paths": "learning path",
}
"""What a path names by its first part."""


@dataclass(frozen=True)
class ResponseSpec:
    """What an operation responds when it succeeds; `known` of None is that of the operation."""

    status: int
    shape: type[Shape] | None = None
    paginated: bool = False
    is_array: bool = False
    known: Known | None = None


def one(shape: type[Shape], known: Known | None = None) -> ResponseSpec:
    """A single object: `{"_data": {...}}`."""
    return ResponseSpec(200, shape, known=known)


def array_of(shape: type[Shape], known: Known | None = None) -> ResponseSpec:
    """A whole list, without pages: `{"_data": [...]}`."""
    return ResponseSpec(200, shape, is_array=True, known=known)


def page_of(shape: type[Shape], known: Known | None = None) -> ResponseSpec:
    """A page of a list: `_data`, `_links` and `_meta`."""
    return ResponseSpec(200, shape, paginated=True, known=known)


NO_CONTENT = ResponseSpec(204)
NO_CONTENT_RECORDED = ResponseSpec(204, known=RECORDED)
NO_CONTENT_INFERRED = ResponseSpec(204, known=INFERRED)


@dataclass(frozen=True)
class Operation:
    """One operation of the API.

    Args:
        method, path, operation_id, tag, summary: the vendor's; `path` is below `/api/v2`.
        response: what it responds when it succeeds.
        known: how well the operation is known.
        run: takes a transaction, then by name: the path's parameters, the query's, `body` where
            there is one, and `page` where the response is paginated, else `filters` where it has
            any.
        query: the parameters of the query, in the order in which they are checked.
        filters: of a list.
        body: the shape of the request; its fields are checked in their order.
        body_required: otherwise no body is as good as an empty object.
        ids_in_query: a request without a body may name the body's fields in the query, with a
            contract warning.
        needs_key: whether the gateway asks for a key and a version, and counts the request.
        texts_in_path: the parameters of the path that are no ids, each with its type. Where that
            has a pattern, a path with another text is no path of the API.
        id_refusal: the error for a malformed id in the path, where it is not that of its kind.
        conflicts: the errors of status 409 that it can respond, and those for which the quirk
            `duplicate_status` decides on 409.
        recorded: how many exchanges with the vendor's servers stand behind the operation.
        rules: what is known otherwise than the operation.
    """

    method: str
    path: str
    operation_id: str
    tag: str
    summary: str
    response: ResponseSpec
    known: Known
    run: Run
    query: tuple[Parameter, ...] = ()
    filters: tuple[Filter, ...] = ()
    body: type[Body] | None = None
    body_required: bool = True
    ids_in_query: bool = False
    needs_key: bool = True
    texts_in_path: Mapping[str, Kind] = field(default_factory=dict)
    id_refusal: Refusal | None = None
    conflicts: tuple[Refusal, ...] = ()
    recorded: int = 0
    rules: tuple[Rule, ...] = ()

    @property
    def description(self) -> str:
        """What it does, for the OpenAPI document: the docstring of its function."""
        return " ".join((self.run.__doc__ or "").split())

    @cached_property
    def path_parameters(self) -> tuple[Parameter, ...]:
        """The parameters in braces; most are ids, positive integers (conventions.md)."""
        return tuple(
            Parameter(name, "path", self.texts_in_path.get(name, ID), of=self._entity)
            for name in re.findall(r"{(\w+)}", self.path)
        )

    @property
    def _entity(self) -> str:
        """What the operation's `{id}` is the id of."""
        return _ENTITIES.get(self.path.split("/")[1], "")

    @cached_property
    def filters_by_name(self) -> dict[str, Filter]:
        return {filter.name: filter for filter in self.filters}

    @property
    def paginated(self) -> bool:
        return self.response.paginated

    @property
    def provenance(self) -> Provenance:
        return self.known.provenance

    @property
    def source(self) -> str:
        return self.known.source


class Registry:
    """Every operation, in the order of declaration."""

    def __init__(self) -> None:
        self._operations: dict[str, Operation] = {}

    def __iter__(self) -> Iterator[Operation]:
        return iter(self._operations.values())

    def __len__(self) -> int:
        return len(self._operations)

    def __getitem__(self, operation_id: str) -> Operation:
        return self._operations[operation_id]

    def add(self, operation: Operation) -> None:
        """Add an operation.

        Raises:
            MockError: another has its operationId, or its method and path.
        """
        for other in self:
            if other.operation_id == operation.operation_id:
                raise MockError(f"There are two operations {operation.operation_id!r}.")
            if other.method == operation.method and _form(other.path) == _form(operation.path):
                raise MockError(f"There are two operations {operation.method} {operation.path}.")
        self._operations[operation.operation_id] = operation


def _form(path: str) -> str:
    return re.sub(r"{\w+}", "{}", path)


REGISTRY = Registry()


def operation(
    method: str,
    path: str,
    operation_id: str,
    *,
    tag: str,
    summary: str,
    response: ResponseSpec,
    known: Known,
    **more: Any,
) -> Callable[[Run], Run]:
    """Declare the decorated function as an operation of the API; `path` is below `/api/v2`.

    Its docstring is the operation's description in the OpenAPI document.

    Raises:
        MockError: another operation has this operationId, or this method and path.
    """

    def record(run: Run) -> Run:
        REGISTRY.add(
            Operation(method, path, operation_id, tag, summary, response, known, run, **more)
        )
        return run

    return record
