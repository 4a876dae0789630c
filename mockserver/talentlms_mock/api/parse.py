"""From the texts of a request to the values that an operation takes (conventions.md)."""

import re
from collections.abc import Callable, Mapping
from itertools import islice
from typing import Any

from pydantic import ValidationError

from talentlms_mock.api.coercion import coerce
from talentlms_mock.api.operation import Filter, Operation, Parameter
from talentlms_mock.api.page import NUMBER, SIZE, Filters, PageRequest, page_request
from talentlms_mock.api.values import ID, MOMENT, Body, identifier, read, refusal_of
from talentlms_mock.asgi.call import Call
from talentlms_mock.errors import InvalidValue, Refusal
from talentlms_mock.portal.contract.refusals import entity_of, id_malformed, missing
from talentlms_mock.portal.store.transaction import Transaction

_UNDECLARED_READ = 1000
"""The number of undeclared fields of a body that are looked at; the others are only counted."""

_LOST_PLUS = re.compile(r"(T[0-9:.]+) ([0-9]{2}:?[0-9]{2})")


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

    Args:
        operation: which is to run.
        transaction: in which it runs.
        call: its query is read, and it gets the contract warnings.
        document: the body, where the operation has one.
        path_values: the texts of the path's parameters by name.

    Raises:
        InvalidValue: a value is missing or wrong.
    """
    values: dict[str, Any] = {}
    for parameter in operation.path_parameters:
        values[parameter.name] = _path_value(operation, parameter, path_values[parameter.name])
    for parameter in operation.query:
        values[parameter.name] = _query_value(parameter, call)
    if operation.paginated:
        values["page"] = _page(operation, transaction, call)
    elif operation.filters:
        values["filters"] = _filters(operation, call, _complete_query(operation, call))
    if call.query:
        _check_unknown_query(operation, transaction, call)
    if operation.body is not None:
        values["body"] = _body(operation.body, transaction, call, document or {})
    return values


def _query_value(parameter: Parameter, call: Call) -> Any:
    text = call.query.get(parameter.name)
    if text is None:
        if parameter.required:
            raise InvalidValue(missing("", parameter.name))
        return None
    if parameter.kind is ID:
        return _id(text, lambda: id_malformed(parameter.entity))
    return read(parameter.kind, parameter.name, text)


def _path_value(operation: Operation, parameter: Parameter, text: str) -> Any:
    if parameter.kind is ID:
        return _id(text, lambda: operation.id_refusal or id_malformed(parameter.entity))
    return read(parameter.kind, parameter.name, text)


def _id(text: str, malformed: Callable[[], Refusal]) -> int:
    """Return the id that `text` names; `malformed` makes the error where it is none."""
    try:
        return identifier(text)
    except ValueError:
        raise InvalidValue(malformed()) from None


def _page(operation: Operation, transaction: Transaction, call: Call) -> PageRequest:
    query = _complete_query(operation, call)
    filters = _filters(operation, call, query)
    return page_request(query, filters, transaction.quirk("page_size_over_limit"))


def _complete_query(operation: Operation, call: Call) -> dict[str, str]:
    """Return the query, with the operator of each filter."""
    known = operation.filters_by_name
    return {with_operator(name, known): text for name, text in call.query.items()}


def _filters(operation: Operation, call: Call, query: dict[str, str]) -> Filters:
    """Return the filters in `query`, in which a lost + is put right."""
    known = operation.filters_by_name
    filters = [known[name] for name in query if name in known]
    values: dict[str, object] = {}
    filtered_by: dict[str, dict[str, str]] = {}
    for each in filters:
        if each.kind is MOMENT:
            query[each.name] = _with_plus(each.name, query[each.name], call)
        text = query[each.name]
        values[each.parameter] = _filter_value(each, text)
        filtered_by.setdefault(each.field, {})[each.operator] = text
    return Filters({each.parameter: each.condition for each in filters}, values, filtered_by)


def _filter_value(filter: Filter, text: str) -> Any:
    if filter.kind is ID:
        return _id(text, lambda: id_malformed(entity_of(filter.field)))
    return read(filter.kind, filter.name, text)


def _with_plus(name: str, text: str, call: Call) -> str:
    """Return a moment with the + of its offset, which a query has to write as %2B."""
    whole = with_plus(text)
    if whole != text:
        call.warn(f"a + in {name} was read as a space: send it as %2B")
    return whole


def with_plus(text: str) -> str:
    """Return a moment with the + that arrived as a space.

    Links have such a + (conventions.md, Pagination): without this, no link would be right.
    """
    return _LOST_PLUS.sub(r"\1+\2", text)


def with_operator(name: str, known: Mapping[str, Filter]) -> str:
    """Return the name of a filter with its operator, which is `eq` where none is given."""
    whole = f"{name}[eq]"
    return whole if whole in known else name


def _check_unknown_query(operation: Operation, transaction: Transaction, call: Call) -> None:
    known = {parameter.name for parameter in operation.query} | set(operation.filters_by_name)
    if operation.paginated:
        known |= {NUMBER, SIZE}
    if operation.ids_in_query and operation.body is not None and not call.body:
        known |= set(operation.body.model_fields)
    for name in call.query:
        if with_operator(name, operation.filters_by_name) in known:
            continue
        if transaction.quirk("unknown_query") == "reject":
            raise InvalidValue(f"There is no parameter '{name}'")
        call.warn(f"unknown query parameter {name!r}")


def _body(
    model: type[Body], transaction: Transaction, call: Call, document: dict[str, Any]
) -> Body:
    read = _few_undeclared(model, document)
    body = _validated(model, transaction, call, read)
    extra = body.extra_fields()
    known = body.allowed_extra(transaction) if extra else ()
    if read is not document:
        read |= {name: document[name] for name in known if name in document}
        body = _validated(model, transaction, call, read)
        call.further_warnings += len(document) - len(read)
    for name in extra:
        if name in known:
            continue
        if transaction.quirk("unknown_body_field") == "reject":
            raise InvalidValue(f"There is no attribute '{name}'")
        call.warn(f"unknown field {name!r} in the body")
    return body


def _few_undeclared(model: type[Body], document: dict[str, Any]) -> dict[str, Any]:
    """Return a document without most of the fields that a model does not declare.

    Each takes a hundred times what it took in the body, and time.
    """
    if len(document) <= _UNDECLARED_READ:
        return document
    fields = model.model_fields
    declared = {name for each in fields for name in (each, fields[each].alias)}
    undeclared = islice((name for name in document if name not in declared), _UNDECLARED_READ)
    kept = {*undeclared, *declared}
    return {name: value for name, value in document.items() if name in kept}


def _validated(
    model: type[Body], transaction: Transaction, call: Call, document: dict[str, Any]
) -> Body:
    try:
        return model.model_validate(document)
    except ValidationError as error:
        replaced = coerce(document, error) if transaction.quirk("coercion") == "recorded" else []
        if not replaced:
            raise InvalidValue(refusal_of(model, error)) from None
    for place in replaced:
        call.warn(f"{place} in the body is a text, where the document has a number or boolean")
    try:
        return model.model_validate(document)
    except ValidationError as error:
        raise InvalidValue(refusal_of(model, error)) from None
