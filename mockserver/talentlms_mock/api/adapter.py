"""From a call to its operation and back: find, parse, one transaction, serialise."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import orjson

from talentlms_mock.api.errors import ApiError, from_refusal
from talentlms_mock.api.operation import PREFIX, Operation
from talentlms_mock.api.page import NUMBER, Page, PageRequest, envelope
from talentlms_mock.api.parse import arguments
from talentlms_mock.api.values import Body, Kind, identifier
from talentlms_mock.asgi import off_loop
from talentlms_mock.asgi.call import Call, Response
from talentlms_mock.errors import RequestRefused
from talentlms_mock.portal.contract import refusals
from talentlms_mock.portal.contract.corrections import apply, compiled
from talentlms_mock.portal.portal import Portal
from talentlms_mock.portal.state.settings import Settings
from talentlms_mock.portal.store.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Found:
    """What a method and path lead to; without an operation, the methods that the path has."""

    operation: Operation | None
    path_values: Mapping[str, str]
    methods: tuple[str, ...] = ()


class Path:
    """One path of the API, with its operations by method.

    Args:
        template: as the operations have it, with parameters in braces.
        texts: the types of those that are no ids, by name.
    """

    def __init__(self, template: str, texts: Mapping[str, Kind]) -> None:
        self.is_static = "{" not in template
        self.has_texts = bool(texts)
        self.operations: dict[str, Operation] = {}
        self._texts = texts
        self._pattern = re.compile(re.sub(r"{(\w+)}", self._segment, PREFIX + template))
        self.segments = (PREFIX + template).split("/")
        self._parameters = [
            (place, segment[1:-1])
            for place, segment in enumerate(self.segments)
            if segment.startswith("{")
        ]

    def ids(self, segments: list[str]) -> dict[str, str] | None:
        """Return the texts of the ids in a path with as many segments; None where one is empty."""
        values = {name: segments[place] for place, name in self._parameters}
        return values if all(values.values()) else None

    def texts(self, call: Call) -> dict[str, str] | None:
        """Return the texts of the parameters, or None where the call has another path."""
        # A text may have a slash in it, which only its escape tells from one of the path.
        found = self._pattern.fullmatch(call.sent_path)
        return found and {name: unquote(text) for name, text in found.groupdict().items()}

    @property
    def literals(self) -> tuple[int, ...]:
        """The places of the segments that are no parameters."""
        parameters = {place for place, _ in self._parameters}
        return tuple(place for place in range(len(self.segments)) if place not in parameters)

    def _segment(self, parameter: re.Match[str]) -> str:
        """Return the pattern of a parameter: where its type has one, nothing else is this path."""
        kind = self._texts.get(parameter[1])
        pattern: str = "[^/]+" if kind is None else kind.schema.get("pattern", "[^/]+")
        return f"(?P<{parameter[1]}>{pattern.removeprefix('^').removesuffix('$')})"


class _Paths:
    """The paths of the API; which one a call has takes as long for one as for a hundred."""

    def __init__(self, paths: Iterable[Path]) -> None:
        self._static: dict[str, Path] = {}
        self._with_texts: list[Path] = []
        # By the number of segments, then by those that are no parameters.
        self._with_ids: dict[int, dict[tuple[int, ...], dict[tuple[str, ...], Path]]] = {}
        for path in paths:
            segments = path.segments
            if path.is_static:
                self._static["/".join(segments)] = path
            elif path.has_texts:
                self._with_texts.append(path)
            else:
                literals = path.literals
                alike = self._with_ids.setdefault(len(segments), {}).setdefault(literals, {})
                alike[tuple(segments[place] for place in literals)] = path

    def find(self, call: Call) -> tuple[Path | None, dict[str, str]]:
        """Return the path of a call, and the texts of its parameters.

        One that is all static wins over one with an id.
        """
        static = self._static.get(call.path)
        if static is not None:
            return static, {}
        # With a parameter in it, a path has no slash at its end (conventions.md, Address and
        # transport).
        whole: str = call.scope["path"]
        if whole.endswith("/"):
            return None, {}
        segments = whole.split("/")
        for literals, paths in self._with_ids.get(len(segments), {}).items():
            path = paths.get(tuple([segments[place] for place in literals]))
            values = path and path.ids(segments)
            if values:
                return path, values
        for path in self._with_texts:
            values = path.texts(call)
            if values is not None:
                return path, values
        return None, {}


class Adapter:
    """Runs operations for calls that the gateway let through."""

    def __init__(self, operations: list[Operation]) -> None:
        paths: dict[str, Path] = {}
        for each in operations:
            path = paths.setdefault(each.path, Path(each.path, each.texts_in_path))
            path.operations[each.method] = each
        self._paths = _Paths(paths.values())

    def find(self, call: Call) -> Found:
        """Return what the call leads to."""
        path, values = self._paths.find(call)
        operation = path.operations.get(call.method) if path else None
        call.operation_id = operation.operation_id if operation else None
        return Found(operation, values, tuple(path.operations) if path else ())

    async def perform(
        self, portal: Portal, operation: Operation, path_values: Mapping[str, str], call: Call
    ) -> Response:
        """Run an operation in one transaction of `portal`, and return its response.

        Args:
            portal: it belongs to the call.
            operation: which the call asks for.
            path_values: the texts of the path's parameters by name.
            call: it has passed the checks.

        Raises:
            ApiError: the operation refuses.
            ClientLeft: the client went away before its request had arrived.
        """
        await call.read_body()
        if call.body_problem is not None:
            raise ApiError(refusals.REQUEST_MALFORMED, call.body_problem)
        document = _document(operation, call)

        def run() -> Response:
            with portal.transaction() as transaction:
                transaction.warn = call.warn
                transaction.origin = portal.origin_for(call.origin)
                response = _run(operation, transaction, call, document, path_values)
            call.changes = transaction.changes
            if call.method != "GET":
                portal.journal.last_pages.clear()
            return response

        try:
            return await off_loop.perform(portal, run)
        except RequestRefused as refused:
            raise from_refusal(refused, portal.settings.quirks["duplicate_status"]) from None


def _document(operation: Operation, call: Call) -> dict[str, Any] | None:
    """Return the call's JSON body, where the operation takes one."""
    if operation.body is None:
        return None
    if call.body_too_large:
        raise ApiError(refusals.BODY_TOO_LARGE, "the body is larger than 1 MiB")
    if operation.ids_in_query and not call.body:
        return _ids_in_query(operation.body, call)
    if not operation.body_required and not call.body:
        return {}
    try:
        document = orjson.loads(call.body or b"")
    except orjson.JSONDecodeError:
        raise ApiError(refusals.BODY_NOT_JSON, "the body is not JSON in UTF-8") from None
    if not isinstance(document, dict):
        raise ApiError(refusals.BODY_NOT_OBJECT, "the body is JSON, but not an object")
    if not (call.header(b"content-type") or "").lower().startswith("application/json"):
        call.warn("a JSON body without Content-Type: application/json")
    return document


def _ids_in_query(body: type[Body], call: Call) -> dict[str, Any]:
    document: dict[str, Any] = {}
    for name in body.model_fields:
        if name in call.query:
            call.warn(f"{name} in the query, where the document puts it in the body")
            try:
                document[name] = identifier(call.query[name])
            except ValueError:
                document[name] = call.query[name]
    return document


def _run(
    operation: Operation,
    transaction: Transaction,
    call: Call,
    document: dict[str, Any] | None,
    path_values: Mapping[str, str],
) -> Response:
    values = arguments(operation, transaction, call, document, path_values)
    result = operation.run(transaction, **values)
    if operation.response.status == 204:
        return Response(204)
    settings = transaction.settings
    if operation.paginated:
        _watch_last_page(result, values["page"], call, settings.quirks)
        body = envelope(result, values["page"], _url(settings, call), settings.quirks)
    else:
        body = orjson.dumps({"_data": result})
    return Response(
        200, _corrected(body, operation, settings) if settings.correction_text else body
    )


def _corrected(body: bytes, operation: Operation, settings: Settings) -> bytes:
    """Return a response as the vendor's was verified to be."""
    corrections = compiled(settings.correction_text).of(operation.operation_id)
    if not corrections:
        return body
    document = orjson.loads(body)
    for each in corrections:
        apply(document, each)
    return orjson.dumps(document)


def _watch_last_page(page: Page, asked: PageRequest, call: Call, quirks: Mapping[str, str]) -> None:
    """Warn of a client that follows `next` from the last page to itself."""
    assert call.portal is not None  # the gateway has found it
    last_pages = call.portal.journal.last_pages
    # A link to a page always has its number.
    is_last = NUMBER in call.query and asked.number == page.last(asked.size)
    if is_last and quirks["edge_links"] == "self":
        last_pages.ask(call.path, call.query, call.warnings)
    else:
        last_pages.leave(call.path)


def _url(settings: Settings, call: Call) -> str:
    """Return the address that the client used, without a query, for the links of a page."""
    scheme = "http" if settings.quirks["link_scheme"] == "http" else call.scheme
    return f"{scheme}://{call.host or settings.host}{call.path}"
