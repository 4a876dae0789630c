"""The tables of the reference that are made from the operations and the routes."""

import re

import talentlms_mock.app  # noqa: F401 - its resources fill the registry
from talentlms_mock.api.fidelity import Known
from talentlms_mock.api.ledger import ORDER, by_known, deviations, words
from talentlms_mock.api.operation import REGISTRY, Operation
from talentlms_mock.control.route import ControlRoute
from talentlms_mock.control.routes import ROUTES
from talentlms_mock.errors import NotFound, Refusal
from talentlms_mock.portal.contract.refusals import CATALOGUE, attribute, id_malformed, missing
from tests.generated.marks import Parts, table

_RESOURCES = (
    "user",
    "course",
    "group",
    "branch",
    "unit",
    "category",
    "learning path",
    "user type",
)
_PARAMETER = re.compile(r"\b\w+(?:\[\w+\])+")
"""A parameter with brackets, which Markdown takes for a link."""
_METHODS = ("GET", "POST", "PATCH", "PUT", "DELETE")


def _operations() -> list[Operation]:
    return sorted(REGISTRY, key=lambda item: (item.path, _METHODS.index(item.method)))


def _operations_table() -> str:
    rows = [
        (
            item.method,
            f"`{item.path}`",
            f"`{item.operation_id}`",
            item.provenance,
            item.summary,
        )
        for item in _operations()
    ]
    return table(("method", "path", "operation", "known", ""), rows)


def _ledger_table() -> str:
    rows = []
    for operation in _operations():
        differs = [
            f"*{known.provenance}{_number(known)}*: {_shown(words(items))}"
            for known, items in by_known(deviations(operation))
        ]
        if differs:
            rows.append(
                (
                    f"`{operation.operation_id}`",
                    f"{operation.provenance}{_number(operation.known)}",
                    "<br>".join(differs),
                )
            )
    return table(("operation", "known", "what of it is known otherwise"), rows)


def _shown(text: str) -> str:
    return _PARAMETER.sub(r"`\g<0>`", text)


def _sources() -> list[Known]:
    """Return every source that knows something, the documented first."""
    known = {item.known for item in REGISTRY} | {
        item.known for operation in REGISTRY for item in deviations(operation)
    }
    return sorted(known, key=lambda item: (ORDER.index(item.provenance), item.source))


def _number(known: Known) -> str:
    """Return a number that tells the source from the others that know as well, or nothing."""
    alike = [item for item in _sources() if item.provenance == known.provenance]
    return "" if len(alike) == 1 else f" {alike.index(known) + 1}"


def _sources_table() -> str:
    rows = [(f"{item.provenance}{_number(item)}", item.source) for item in _sources()]
    return table(("known", "from"), rows)


def _errors() -> list[Refusal]:
    """Return every error of the catalogue, and one of each that is made for a name."""
    made = [
        *(NotFound(resource).refusal for resource in _RESOURCES),
        *(id_malformed(resource) for resource in _RESOURCES),
        missing("Course", "name"),
        missing("User", "surname"),
        attribute("is_active", "must be boolean"),
        attribute("credits", "must be a number"),
    ]
    return sorted([*CATALOGUE.values(), *made], key=lambda item: item.status)


def _errors_table() -> str:
    rows = [
        (
            "400 or 409" if item.is_duplicate else str(item.status),
            f"`{item.id}`" + (" or `conflict`" if item.is_duplicate else ""),
            item.text,
            item.known,
        )
        for item in _errors()
    ]
    return table(("status", "id", "text", "known"), rows)


def _control_table() -> str:
    """Return the paths of the control API; what belongs to a record stands beside the record."""
    rows = []
    for path in dict.fromkeys(item.path for item in ROUTES):
        here = [item for item in ROUTES if item.path == path]
        if all(_is_part(item) for item in here):
            continue
        parts = [item.path for item in ROUTES if _is_part(item) and _parent(item) == path]
        names = ", ".join(f"`{part.removeprefix(path + '/')}`" for part in parts)
        said = "; ".join(item.summary for item in here)
        rows.append(
            (
                ", ".join(item.method for item in here),
                f"`{path}`",
                f"{said}; below it {names}" if names else said,
            )
        )
    return table(("method", "path below `/__mock__`", ""), rows)


def _is_part(item: ControlRoute) -> bool:
    return re.fullmatch(r"get[A-Z]\w*Of[A-Z]\w*", item.name) is not None


def _parent(item: ControlRoute) -> str:
    return item.path.partition("{id_or_name}")[0] + "{id_or_name}"


OPERATIONS: Parts = {"operations": _operations_table}
LEDGER: Parts = {"ledger": _ledger_table, "sources": _sources_table}
ERRORS: Parts = {"errors": _errors_table}
CONTROL: Parts = {"control": _control_table}
