"""What the control API answers when it does not do what it was asked.

{"error": {"message": "...", "at": "faults[0].status"}}, where `at` is the place in the body, or the
parameter of the query, that is wrong; null where it is none.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ValidationError

from talentlms_mock.errors import InvalidValue, MockError, PortalGone, place_of
from talentlms_mock.portal.contract.suggest import suggest
from talentlms_mock.portal.rules.field_types import words

MALFORMED = 422
REFUSED = 400
ASSERTION_FAILED = 409
"""The status of an assertion that failed."""


class Problem(Exception):
    """A request of the control API that is not done."""

    def __init__(
        self,
        status: int,
        message: str,
        at: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.at = at
        self.headers = headers

    def as_data(self) -> dict[str, Any]:
        """Return what is answered."""
        return {"error": {"message": self.message, "at": self.at}}


def of_refusal(error: MockError) -> Problem:
    """Return the problem that a rule of the mock's, or a value that it cannot take, is."""
    at = error.at or None
    if isinstance(error, InvalidValue):
        return Problem(MALFORMED, _sentence(str(error)), at)
    if isinstance(error, PortalGone):
        return Problem(404, str(error))
    return Problem(REFUSED, _sentence(str(error)), at)


def of_body(error: ValidationError, document: object, model: type[BaseModel]) -> Problem:
    """Return the problem that a body, or a query, of another form than `model` is."""
    found = error.errors(include_url=False)
    # Of the branches of a union the one that comes deepest was meant.
    problem = max(found, key=lambda each: (len(_walked(each, document)), _inner_place(each)))
    path, inner = _walked(problem, document), _inner_place(problem)
    place = place_of(*path, inner)
    if problem["type"] == "extra_forbidden":
        *above, key = path
        known = _known(model.model_json_schema(), above)
        return Problem(MALFORMED, f"There is no {key!r} here{suggest(str(key), known)}.", place)
    said = words(problem)
    if inner:  # the sentence names the value
        return Problem(MALFORMED, _sentence(said), place)
    if not path:  # no value alone: what the values say together
        return Problem(REFUSED, _sentence(said))
    return Problem(MALFORMED, _sentence(f"{place} {said}"), place)


def _sentence(text: str) -> str:
    return text if text.endswith((".", "?", "!")) else f"{text}."


def _inner_place(problem: Mapping[str, Any]) -> str:
    """Return the place of what a model found wrong with its values, below that of the model."""
    place: str = problem.get("ctx", {}).get("at", "")
    return place


def _walked(problem: Mapping[str, Any], document: object) -> list[int | str]:
    """Return the place of a problem as the document has it, without the branches of unions."""
    path: list[int | str] = []
    location, current = problem["loc"], document
    for number, part in enumerate(location, 1):
        is_missing = problem["type"] == "missing" and number == len(location)
        if isinstance(current, Mapping) and (part in current or is_missing):
            path.append(part)
            current = current.get(part)
        elif isinstance(current, list) and isinstance(part, int):
            path.append(part)
            current = current[part]
    return path


def _known(schema: Mapping[str, Any], path: Sequence[int | str]) -> set[str]:
    """Return the keys that may stand at a place of what has this JSON schema."""
    level: list[Mapping[str, Any]] = list(_objects(schema, schema))
    for part in path:
        inner = [
            item.get("items", {}) if isinstance(part, int) else item.get("properties", {}).get(part)
            for item in level
        ]
        level = [found for item in inner if item for found in _objects(item, schema)]
    return {name for item in level for name in item.get("properties", {})}


def _objects(item: Mapping[str, Any], schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Give what `item` may be: what it refers to, and each branch of a union."""
    if "$ref" in item:
        name = item["$ref"].rpartition("/")[2]
        yield from _objects(schema["$defs"][name], schema)
    for branch in item.get("anyOf", ()):
        yield from _objects(branch, schema)
    yield item
