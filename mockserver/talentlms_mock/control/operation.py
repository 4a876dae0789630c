"""The registry of the control API: each of its operations declared in one place.

A module of here declares its operations with `@operation`; routing, validation, the OpenAPI
document, the table in the README and the test that compares it with Python read the registry.
"""

import re
from collections.abc import AsyncGenerator, Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict
from starlette.routing import compile_path

from talentlms_mock.control import PREFIX
from talentlms_mock.control.application import PortalHost
from talentlms_mock.control.problems import Problem
from talentlms_mock.errors import MockError
from talentlms_mock.portal.contract.suggest import closest, suggest
from talentlms_mock.portal.portal import Portal

Run = Callable[..., Any]
SQLITE = "application/vnd.sqlite3"

_OF_PORTAL = "/portals/{domain}"


class Body(BaseModel):
    """The JSON object of a request: types are strict, and what it does not declare is refused."""

    model_config = ConfigDict(
        strict=True, extra="forbid", defer_build=True, arbitrary_types_allowed=True
    )

    def set_fields(self) -> dict[str, Any]:
        """Return what the request says, by the names that Python has for it."""
        return self.model_dump(exclude_unset=True)


class Query(BaseModel):
    """The parameters of a query, read from their texts; others are refused."""

    model_config = ConfigDict(extra="forbid", defer_build=True)

    def set_fields(self) -> dict[str, Any]:
        """Return what the request says, by the names that Python has for it."""
        return self.model_dump(exclude_unset=True)


@dataclass(frozen=True)
class File:
    """An answer that is a file."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Events:
    """An answer that goes on: server-sent events, as bytes, until the client leaves."""

    stream: AsyncGenerator[bytes, None]


@dataclass(frozen=True)
class Operation:
    """One operation of the control API.

    `run` takes the portal of the path, or without one the `PortalHost`; then by name the path's
    parameters, `query`, `body`, and `file`, the path of what was uploaded; what is `of_server`
    takes the `PortalHost` in any case. A coroutine may wait, and is ended when the client leaves.
    `answer` is the type of what it returns, for the document; None is no answer. `python` names
    what of the handle it does.
    """

    method: str
    path: str
    name: str
    tag: str
    summary: str
    run: Run
    answer: Any = None
    status: int = 200
    body: type[BaseModel] | None = None
    body_required: bool = True
    query: type[Query] | None = None
    media: Literal["application/json", "text/event-stream", "application/vnd.sqlite3"] = (
        "application/json"
    )
    takes_file: bool = False
    errors: tuple[int, ...] = ()
    python: tuple[str, ...] = ()
    of_server: bool = False

    @property
    def is_of_portal(self) -> bool:
        """Whether it is done by the portal that its path names."""
        return self.path.startswith(_OF_PORTAL) and not self.of_server

    @cached_property
    def path_parameters(self) -> tuple[str, ...]:
        """The names in braces."""
        return tuple(re.findall(r"{(\w+)}", self.path))


@dataclass
class Path:
    """One path, with its operations by method."""

    template: str
    operations: dict[str, Operation] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.pattern = compile_path(PREFIX + self.template)[0]


class Registry:
    """Every operation, in the order of declaration."""

    def __init__(self) -> None:
        self._operations: dict[str, Operation] = {}
        self._static: dict[str, Path] = {}
        self._patterns: dict[str, Path] = {}

    def __iter__(self) -> Iterator[Operation]:
        return iter(self._operations.values())

    def __len__(self) -> int:
        return len(self._operations)

    def __getitem__(self, name: str) -> Operation:
        return self._operations[name]

    def add(self, operation: Operation) -> None:
        """Add an operation.

        Raises:
            MockError: another has its name, or its method and path.
        """
        if operation.name in self._operations:
            raise MockError(f"There are two operations {operation.name!r}.")
        template = operation.path
        paths = self._patterns if "{" in template else self._static
        path = paths.setdefault(PREFIX + template, Path(template))
        if operation.method in path.operations:
            raise MockError(f"There are two operations {operation.method} {template}.")
        path.operations[operation.method] = operation
        self._operations[operation.name] = operation

    def find(self, method: str, path: str) -> tuple[Operation, dict[str, str]]:
        """Return the operation that a request leads to, and the values in its path as sent.

        Args:
            method: of the request.
            path: with its escapes; what is all static wins over what has a parameter.

        Raises:
            Problem: there is no such path, or it has no such method.
        """
        allowed: dict[str, None] = {}
        for found, values in self._matches(path):
            if method in found.operations:
                return found.operations[method], values
            allowed |= dict.fromkeys(found.operations)
        if not allowed:
            raise Problem(404, f"The control API has no path {path[:_LONGEST]}{self._near(path)}.")
        methods = ", ".join(allowed)
        raise Problem(
            405,
            f"The path {path[:_LONGEST]} has no {method}, but {methods}.",
            headers=[(b"allow", methods.encode())],
        )

    def _matches(self, path: str) -> Iterator[tuple[Path, dict[str, str]]]:
        if path in self._static:
            yield self._static[path], {}
        for candidate in self._by_parameters:
            match = candidate.pattern.match(path)
            if match is not None:
                yield candidate, match.groupdict()

    def _near(self, path: str) -> str:
        templates = [one.template for one in (*self._static.values(), *self._patterns.values())]
        asked = path.removeprefix(PREFIX)[:_LONGEST]
        close = closest(asked, templates)
        return f" (did you mean {close}?)" if close else ""

    @cached_property
    def _by_parameters(self) -> list[Path]:
        """The paths with parameters; of two that match, the one with fewer of them comes first."""
        return sorted(self._patterns.values(), key=lambda path: path.template.count("{"))


_LONGEST = 200

REGISTRY = Registry()


def operation(
    method: str, path: str, name: str, *, tag: str, summary: str, **more: Any
) -> Callable[[Run], Run]:
    """Declare the decorated function as an operation of the control API.

    Raises:
        MockError: another operation has this name, or this method and path.
    """

    def record(run: Run) -> Run:
        REGISTRY.add(Operation(method, path, name, tag, summary, run, **more))
        return run

    return record


def portal_named(host: PortalHost, domain: str) -> Portal:
    """Return the portal of this domain.

    Raises:
        Problem: there is none.
    """
    portal = host.portals.of_domain(domain.lower())
    if portal is None:
        known = [portal.domain for portal in host.portals]
        near = suggest(domain, known)
        raise Problem(404, f"This server has no portal {domain!r}{near}.")
    return portal
