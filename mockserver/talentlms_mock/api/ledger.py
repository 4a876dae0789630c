"""The ledger of fidelity: what of each operation is known better or worse than the rest of it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, get_args

from pydantic import BaseModel

from talentlms_mock.api.fidelity import Known, Provenance, verified
from talentlms_mock.api.operation import Filter, Operation, Parameter
from talentlms_mock.portal.contract.corrections import Corrections

ORDER: tuple[Provenance, ...] = ("verified", "documented", "recorded", "observed", "inferred")
"""From what is known best to what is known least."""


class Deviation(NamedTuple):
    """Something of an operation that is known otherwise than the rest of it.

    `place` is where it is: parameters, body, response or rules; `what` is its name there, "" for
    all of it. A field within a field has dots, `user_type.name`.
    """

    place: str
    what: str
    known: Known


def deviations(operation: Operation) -> list[Deviation]:
    """Return what of `operation` is known otherwise than the operation itself.

    A field of a response that is known otherwise as a whole differs from that response.
    """
    of_response = operation.response.known or operation.known
    queried: tuple[Parameter | Filter, ...] = (*operation.query, *operation.filters)
    found = [Deviation("parameters", item.name, item.known) for item in queried]
    found += _fields("body", operation.body)
    if operation.response.shape is None:
        found.append(Deviation("rules", "the response is 204, without a body", of_response))
    else:
        found.append(Deviation("response", "", of_response))
    in_response = _fields("response", operation.response.shape)
    rules = [Deviation("rules", rule.text, rule.known) for rule in operation.rules]
    return [
        *(item for item in found if item.known != operation.known),
        *(item for item in in_response if item.known != of_response),
        *(item for item in rules if item.known != operation.known),
    ]


def corrected(operation: Operation, corrections: Corrections | None) -> list[Deviation]:
    """Return what of the response of `operation` was verified to be otherwise than it is here."""
    if corrections is None:
        return []
    known = verified(corrections.verified)
    return [
        Deviation("response", each.text, known) for each in corrections.of(operation.operation_id)
    ]


def by_known(items: Iterable[Deviation]) -> list[tuple[Known, list[Deviation]]]:
    """Return `items` by how well they are known, the best first, each in its order."""
    found: defaultdict[Known, list[Deviation]] = defaultdict(list)
    for item in items:
        found[item.known].append(item)
    return sorted(found.items(), key=lambda pair: (ORDER.index(pair[0].provenance), pair[0].source))


def words(items: Iterable[Deviation]) -> str:
    """Return what `items` are, in a sentence: parameters, fields of body and response, rules."""
    places: defaultdict[str, list[str]] = defaultdict(list)
    for item in items:
        places[item.place].append(item.what)
    return "; ".join(_place(place, names) for place, names in places.items())


def _place(place: str, names: list[str]) -> str:
    if place == "rules":
        return "; ".join(names)
    if names[0] == "":
        return ", ".join(["the response", *(f"its {name}" for name in names[1:])])
    listed = ", ".join(names)
    return {"body": f"{listed} in the body", "response": f"{listed} in the response"}.get(
        place, listed
    )


def _fields(place: str, shape: type[BaseModel] | None) -> list[Deviation]:
    marks = () if shape is None else _marks(shape, (shape,))
    return [Deviation(place, name, known) for name, known in marks]


def _marks(
    shape: type[BaseModel], within: tuple[type[BaseModel], ...]
) -> Iterator[tuple[str, Known]]:
    """Give the marked fields of a shape and, by a path with dots, of the shapes in its fields.

    What is in a field that is marked is known as the field is, and not given again.
    """
    for name, field in shape.model_fields.items():
        parts = [*field.metadata, *_parts(field.annotation)]
        mark = next((part for part in parts if isinstance(part, Known)), None)
        if mark is not None:
            yield name, mark
            continue
        for part in parts:
            if isinstance(part, type) and issubclass(part, BaseModel) and part not in within:
                for inner, known in _marks(part, (*within, part)):
                    yield f"{name}.{inner}", known


def _parts(annotation: Any) -> Iterator[Any]:
    """Give an annotation, and everything that stands in it."""
    yield annotation
    for part in (*get_args(annotation), *getattr(annotation, "__metadata__", ())):
        yield from _parts(part)
