"""From the texts of a request to the values that an operation takes (conventions.md)."""

import re
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from pydantic import ValidationError

from talentlms_mock.api.operation import Filter, Operation, Parameter
from talentlms_mock.api.page import NUMBER, SIZE, PageRequest, page_request
from talentlms_mock.api.values import ID, MOMENT, Body, Kind, identifier, read, refusal_of
from talentlms_mock.asgi.call import Call
from talentlms_mock.errors import InvalidValue
from talentlms_mock.portal.contract.refusals import (
    entity_of,
    id_malformed,
    missing,
)
from talentlms_mock.portal.store.transaction import Transaction

_LOST_PLUS = re.compile(r"(T[\d:.]+) (\d{2}:?\d{2})")
_WITHOUT_OPERATOR = re.compile(r"filter\[(\w+)\]")


def arguments(
    operation: Operation,
    transaction: Transaction,
    call: Call,
    document: dict[str, Any] | None,
    path_values: Mapping[str, str],
) -> dict[str, Any]:
    """Return what `operation.run` takes beside the transaction.

    The first value that is wrong is reported: of the path, then of the query, then of the body,
    each in the order of its declaration.

    Raises:
        InvalidValue: a value is missing or wrong.
    """
    values: dict[str, Any] = {
        parameter.name: _path_value(operation, parameter, call, path_values[parameter.name])
        for parameter in operation.path_parameters
    }
    for parameter in operation.query:
        values[parameter.name] = _query_value(parameter, call)
    if operation.paginated:
        values["page"] = _page(operation, transaction, call)
    if call.query:
        _check_unknown_query(operation, transaction, call)
    if operation.body is not None:
        values["body"] = _body(operation.body, transaction, call, document or {})
    return values


def _path_value(operation: Operation, parameter: Parameter, call: Call, text: str) -> int | str:
    if parameter.kind is not ID:
        return text
    try:
        return identifier(text)
    except ValueError:
        if text.startswith(":"):
            call.warn(f"the path has {text!r} itself, where an id belongs")
        raise InvalidValue(operation.id_refusal or id_malformed(parameter.entity)) from None


def _query_value(parameter: Parameter, call: Call) -> Any:
    text = call.query.get(parameter.name)
    if text is None:
        if parameter.required:
            raise InvalidValue(missing("", parameter.name))
        return None
    return _read(parameter.kind, parameter.name, parameter.entity, text)


def _read(kind: Kind, name: str, entity: str, text: str) -> Any:
    if kind is ID:
        try:
            return identifier(text)
        except ValueError:
            raise InvalidValue(id_malformed(entity)) from None
    return read(kind, name, text)


def _page(operation: Operation, transaction: Transaction, call: Call) -> PageRequest:
    known = operation.filters_by_name
    query = {_with_operator(name, known): text for name, text in call.query.items()}
    asked = [known[name] for name in query if name in known]
    for each in asked:
        if each.kind is MOMENT:
            query[each.name] = _with_plus(each.name, query[each.name], call)
    values = {
        each.parameter: _read(each.kind, each.name, entity_of(each.field), query[each.name])
        for each in asked
    }
    filtered_by: dict[str, dict[str, str]] = {}
    for each in asked:
        filtered_by.setdefault(each.field, {})[each.operator] = query[each.name]
    return page_request(
        query,
        {each.parameter: each.condition for each in asked},
        values,
        filtered_by,
        transaction.quirk("page_size_over_limit"),
    )


def _with_plus(name: str, text: str, call: Call) -> str:
    """Return a moment with the + of its offset, which an address has to write as %2B."""
    if not _LOST_PLUS.search(text):
        return text
    # The vendor's own links have such a +: read as a space, no link would lead anywhere.
    call.warn(f"a + in {name} was read as a space: send it as %2B")
    return _LOST_PLUS.sub(r"\1+\2", text)


def _with_operator(name: str, known: Mapping[str, Filter]) -> str:
    """Return the name of a filter with its operator, which is `eq` where none is given."""
    match = _WITHOUT_OPERATOR.fullmatch(name)
    whole = f"{name}[eq]"
    return whole if match and whole in known else name


def _check_unknown_query(operation: Operation, transaction: Transaction, call: Call) -> None:
    known = {parameter.name for parameter in operation.query} | set(operation.filters_by_name)
    if operation.paginated:
        known |= {NUMBER, SIZE}
    if operation.ids_in_query and operation.body is not None and not call.body:
        known |= set(operation.body.model_fields)
    for name in call.query:
        if _with_operator(name, operation.filters_by_name) not in known:
            if transaction.quirk("unknown_query") == "reject":
                raise InvalidValue(f"There is no parameter '{name}'")
            call.warn(f"unknown query parameter {name!r}")


def _body(
    model: type[Body], transaction: Transaction, call: Call, document: dict[str, Any]
) -> Body:
    body = _validated(model, transaction, call, document)
    extra = body.extra_fields()
    known = body.allowed_extra(transaction) if extra else ()
    for name in extra:
        if name in known:
            continue
        if transaction.quirk("unknown_body_field") == "reject":
            raise InvalidValue(f"There is no attribute '{name}'")
        call.warn(f"unknown field {name!r} in the body")
    return body


def _validated(
    model: type[Body], transaction: Transaction, call: Call, document: dict[str, Any]
) -> Body:
    try:
        return model.model_validate(document)
    except ValidationError as error:
        refused = error
    if transaction.quirk("coercion") == "recorded":
        names = coerce(document := deepcopy(document), refused)
        for name in names:
            call.warn(f"{name} in the body is a text, where the document has a number or boolean")
        if names:
            try:
                return model.model_validate(document)
            except ValidationError as error:
                refused = error
    raise InvalidValue(refusal_of(model, refused))


def coerce(document: dict[str, Any], error: ValidationError) -> list[str]:
    """Make values of the texts in `document` that name a number or a boolean where one is due.

    Returns the places of these, as recorded servers read them (conventions.md, Order of the
    checks).
    """
    places = []
    for problem in error.errors(include_url=False):
        reader = _COERCED.get(problem["type"])
        text = problem["input"]
        if reader is None or not isinstance(text, str):
            continue
        value = reader(text)
        if value is not None:
            _put(document, problem["loc"], value)
            places.append(".".join(map(str, problem["loc"])))
    return places


def _put(document: Any, place: tuple[int | str, ...], value: object) -> None:
    *way, last = place
    for part in way:
        document = document[part]
    document[last] = value


def _whole_number(text: str) -> int | None:
    return int(text) if re.fullmatch(r"-?\d{1,18}", text, re.ASCII) else None


def _number(text: str) -> float | None:
    return float(text) if re.fullmatch(r"-?\d{1,15}(\.\d{1,15})?", text, re.ASCII) else None


def _boolean(text: str) -> bool | None:
    return {"true": True, "false": False}.get(text)


_COERCED = {"int_type": _whole_number, "float_type": _number, "bool_type": _boolean}
