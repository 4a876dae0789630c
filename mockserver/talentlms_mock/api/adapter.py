"""From a call to its operation and back: find, parse, one transaction, serialise."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import orjson
from pydantic import ValidationError
from starlette.routing import compile_path

from talentlms_mock.api import errors
from talentlms_mock.api.errors import ApiError, from_refusal
from talentlms_mock.api.operation import PREFIX, Operation
from talentlms_mock.api.page import NUMBER, SIZE, PageRequest, envelope, page_request
from talentlms_mock.api.values import Body, integer, read
from talentlms_mock.asgi.call import Answer, Call
from talentlms_mock.errors import InvalidValue, RequestRefused
from talentlms_mock.portal.portal import Portal
from talentlms_mock.portal.rules.field_types import first_problem
from talentlms_mock.portal.store.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Found:
    """What a method and path lead to; without an operation, whether the path at least is known."""

    operation: Operation | None
    path_values: Mapping[str, str]
    path_known: bool


class Path:
    """One path of the API, with its operations by method."""

    def __init__(self, template: str) -> None:
        self.pattern = compile_path(PREFIX + template)[0]
        self.is_static = "{" not in template
        self.has_texts = False
        self.operations: dict[str, Operation] = {}

    def add(self, operation: Operation) -> None:
        self.operations[operation.method] = operation
        self.has_texts = self.has_texts or bool(operation.texts_in_path)

    def match(self, call: Call) -> dict[str, str] | None:
        """Return the values of the path's parameters, or None where the call has another path."""
        # A text may have a slash in it, which only its escape tells from one of the path.
        found = self.pattern.match(call.sent_path if self.has_texts else call.path)
        if found is None:
            return None
        values = found.groupdict()
        return {name: unquote(text) for name, text in values.items()} if self.has_texts else values


class Adapter:
    """Runs operations for calls that the gateway let through."""

    def __init__(self, operations: list[Operation]) -> None:
        paths: dict[str, Path] = {}
        for operation in operations:
            paths.setdefault(operation.path, Path(operation.path)).add(operation)
        self._static = {
            PREFIX + template: path for template, path in paths.items() if path.is_static
        }
        self._patterns = [path for path in paths.values() if not path.is_static]

    def find(self, call: Call) -> Found:
        """Return what the call leads to. A path that is all static wins over one with an id."""
        path, values = self._static.get(call.path), {}
        if path is None:
            for candidate in self._patterns:
                match = candidate.match(call)
                if match is not None:
                    path, values = candidate, match
                    break
        operation = path.operations.get(call.method) if path else None
        call.operation_id = operation.operation_id if operation else None
        return Found(operation, values, path is not None)

    async def perform(self, portal: Portal, found: Found, call: Call) -> Answer:
        """Run what was found in one transaction of `portal`, and return its answer.

        Raises:
            ApiError: there is no such operation, or it refuses.
            ClientLeft: the client went away before its request had arrived.
        """
        operation = found.operation
        await call.read_body()
        if operation is None:
            if found.path_known:
                raise ApiError(405, errors.WRONG_METHOD, f"no operation {call.method} on this path")
            raise ApiError(404, errors.NO_SUCH_PATH, "no operation has this path")
        document = _document(operation, call)
        try:
            with portal.transaction() as transaction:
                transaction.warnings = call.warnings
                answer = _run(operation, transaction, call, document, found.path_values)
            call.changes = transaction.changes
            return answer
        except RequestRefused as refusal:
            raise from_refusal(refusal) from None


def _document(operation: Operation, call: Call) -> dict[str, Any] | None:
    """Return the call's JSON body, where the operation takes one."""
    if operation.body is None:
        return None
    if call.body_too_large:
        raise ApiError(413, errors.BODY_TOO_LARGE, "the body is larger than 1 MiB")
    if operation.ids_in_query and not call.body:
        return _ids_in_query(operation.body, call)
    if not operation.body_required and not call.body:
        return {}
    try:
        document = orjson.loads(call.body or b"")
    except orjson.JSONDecodeError:
        raise ApiError(422, errors.BODY_NOT_JSON, "the body is not JSON in UTF-8") from None
    if not isinstance(document, dict):
        raise ApiError(422, errors.BODY_NOT_OBJECT, "the body is JSON, but not an object")
    if not (call.header(b"content-type") or "").startswith("application/json"):
        call.warn("a JSON body without Content-Type: application/json")
    return document


def _ids_in_query(body: type[Body], call: Call) -> dict[str, Any]:
    document: dict[str, Any] = {}
    for name in body.model_fields:
        if name in call.query:
            call.warn(f"{name} in the query, where the document puts it in the body")
            try:
                document[name] = integer(call.query[name])
            except ValueError:
                document[name] = call.query[name]
    return document


def _run(
    operation: Operation,
    transaction: Transaction,
    call: Call,
    document: dict[str, Any] | None,
    path_values: Mapping[str, str],
) -> Answer:
    arguments: dict[str, Any] = _query_values(operation, transaction, call)
    if operation.body is not None:
        arguments["body"] = _body(operation.body, transaction, call, document or {})
    for name, text in path_values.items():
        arguments[name] = text if name in operation.texts_in_path else _path_id(text)
    result = operation.run(transaction, **arguments)
    if operation.answer.status == 204:
        return Answer(204)
    if operation.paginated:
        asked: PageRequest = arguments["page"]
        url = f"{call.scheme}://{call.host or transaction.settings.domain}{call.path}"
        return Answer(200, envelope(result, asked, url, call.query, transaction.settings.quirks))
    return Answer(200, orjson.dumps({"_data": result}))


def _path_id(text: str) -> int:
    """Return the id in a path; what can be no id is 0, which names nothing (conventions.md)."""
    try:
        return max(integer(text), 0)
    except ValueError:
        return 0


def _query_values(operation: Operation, transaction: Transaction, call: Call) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for parameter in operation.query:
        text = call.query.get(parameter.name)
        if text is not None:
            values[parameter.name] = read(parameter.kind, parameter.name, text)
        elif parameter.required:
            raise InvalidValue(f"{parameter.name} is required")
        else:
            values[parameter.name] = None
    if operation.paginated:
        known = operation.filters_by_name
        asked = [known[name] for name in call.query if name in known]
        values["page"] = page_request(
            call.query,
            {each.parameter: each.condition for each in asked},
            {each.parameter: read(each.kind, each.name, call.query[each.name]) for each in asked},
            transaction.quirk("page_size_over_limit"),
        )
    if call.query:
        _check_unknown_query(operation, transaction, call)
    return values


def _check_unknown_query(operation: Operation, transaction: Transaction, call: Call) -> None:
    known = {parameter.name for parameter in operation.query} | set(operation.filters_by_name)
    if operation.paginated:
        known |= {NUMBER, SIZE}
    if operation.ids_in_query and operation.body is not None and not call.body:
        known |= set(operation.body.model_fields)
    for name in call.query:
        if name not in known:
            if transaction.quirk("unknown_query") == "reject":
                raise InvalidValue(f"there is no parameter {name!r}")
            call.warn(f"unknown query parameter {name!r}")


def _body(
    model: type[Body], transaction: Transaction, call: Call, document: dict[str, Any]
) -> Body:
    try:
        body = model.model_validate(document)
    except ValidationError as error:
        raise InvalidValue(first_problem(error)) from None
    further = body.extra_fields()
    known = body.allowed_extra(transaction) if further else ()
    for name in further:
        if name in known:
            continue
        if transaction.quirk("unknown_body_field") == "reject":
            raise InvalidValue(f"there is no field {name!r}")
        call.warn(f"unknown field {name!r} in the body")
    return body
