"""The exchanges that were recorded with the vendor's servers, which are not ours to keep.

TALENTLMS_RECORDED names the file; without it the tests that replay them skip.
"""

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import talentlms_mock.app  # noqa: F401 - its resources fill the registry
from talentlms_mock.api.operation import REGISTRY, Operation

VARIABLE = "TALENTLMS_RECORDED"

NOT_REPLAYED = {
    8: "its id is empty, and a path without an id is that of the list",
    9: "its request was not kept",
    142: "it sends the id that its answer says is missing",
    167: "its id is empty, and such a path leads nowhere",
}
"""The exchanges that no server could repeat, and why."""

_RENAMED = (
    (re.compile(r"/userlogout/([^/]+)"), "POST", r"/users/\1/logout"),
    (re.compile(r"/username-recovery/([^/]+)"), "POST", r"/users/\1/username-recovery"),
    (re.compile(r"/course-purchase/([^/]+)"), "POST", r"/courses/\1/purchase"),
)
"""Paths that had another form when they were recorded: that form, and the method and path now."""

_PLACEHOLDER = re.compile(r"<null\|\w+>")
"""What stands in an example for a value that may be null; it was never sent."""


@dataclass(frozen=True)
class Exchange:
    """A request, and how the vendor's server answered it.

    `operation` is None where the path leads to none.
    """

    number: int
    example: str
    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    body: Any
    status: int
    headers: dict[str, str]
    answer: Any
    operation: Operation | None

    @property
    def id(self) -> str:
        """The name of the test that replays it."""
        example = re.sub(r"\W+", "-", self.example.lower()).strip("-")
        return f"{self.number}-{self.operation_id}-{example}"

    @property
    def operation_id(self) -> str:
        return self.operation.operation_id if self.operation else "none"

    @property
    def failed(self) -> bool:
        return self.status >= 400

    @property
    def path_ids(self) -> dict[str, str]:
        """The values in the path, by the names of the parameters."""
        if self.operation is None:
            return {}
        names = self.operation.path.strip("/").split("/")
        values = self.path.strip("/").split("/")
        return {
            name.strip("{}"): value
            for name, value in zip(names, values, strict=True)
            if name.startswith("{")
        }

    def filter_value(self) -> str:
        """Return the value of its filter."""
        return next(value for name, value in self.query if name.startswith("filter["))


def exchanges() -> list[Exchange]:
    """Return every exchange of the file; none where the variable names no file."""
    name = os.environ.get(VARIABLE)
    if not name:
        return []
    return [_exchange(item) for item in json.loads(Path(name).read_text(encoding="utf-8"))]


def replayable() -> Iterator[Exchange]:
    """Yield the exchanges that a server can repeat."""
    return (each for each in exchanges() if each.number not in NOT_REPLAYED)


def _exchange(item: dict[str, Any]) -> Exchange:
    method, path = _as_now(item["method"], item["path"])
    return Exchange(
        number=item["number"],
        example=item["example"],
        method=method,
        path=path,
        query=tuple(parse_qsl(item["query"], keep_blank_values=True)),
        body=_without_placeholders(item["request"]),
        # Two examples do not say it; they are answers of success.
        status=item["status"] or 200,
        headers=item["headers"],
        answer=item["answer"],
        operation=_operation(method, path),
    )


def _as_now(method: str, path: str) -> tuple[str, str]:
    for former, method_now, path_now in _RENAMED:
        if former.fullmatch(path):
            return method_now, former.sub(path_now, path)
    return method, path


def _without_placeholders(body: Any) -> Any:
    if not isinstance(body, dict):
        return body
    return {
        name: None if isinstance(value, str) and _PLACEHOLDER.fullmatch(value) else value
        for name, value in body.items()
    }


def _operation(method: str, path: str) -> Operation | None:
    found = [
        operation
        for operation in REGISTRY
        if operation.method == method
        and re.fullmatch(re.sub(r"{\w+}", "[^/]+", operation.path), path.rstrip("/"))
    ]
    return min(found, key=lambda operation: operation.path.count("{"), default=None)
