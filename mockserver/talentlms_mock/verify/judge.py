"""The judgement of one exchange: what of the contract it shows, and whether the mock agrees."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus

from talentlms_mock.api.fidelity import DOCUMENTED, INFERRED, RECORDED, Known
from talentlms_mock.api.openapi import FIXED_HEADERS, OF_ROUTER, RATE_HEADERS
from talentlms_mock.api.operation import Operation, Registry
from talentlms_mock.portal.contract.corrections import Corrections
from talentlms_mock.verify import pages, users
from talentlms_mock.verify.exchange import NOT_JSON, Seen
from talentlms_mock.verify.fields import FieldSeen, compare
from talentlms_mock.verify.forms import form
from talentlms_mock.verify.observation import EVERY, Area, Observation
from talentlms_mock.verify.schemas import Json, Schemas
from talentlms_mock.verify.shadow import Consulted, Prediction, Shadow

_SHAPES = {
    "wrapped": "WrappedError",
    "flat": "FlatError",
    "recorded": "RecordedErrors",
    "router": "RouterError",
}
_UNCOUNTED = (401, 403)
_UNPREDICTABLE = (403, 429)
_TAKEN = re.compile(rb"already (exists|in use|taken)|has already been taken", re.IGNORECASE)


@dataclass(frozen=True)
class Judgement:
    """What an exchange shows.

    Args:
        operation_id: which the request asks for; None where there is none.
        observations: one for each thing that it shows of the contract.
        consulted: the quirks on which the mock's side depends.
    """

    operation_id: str | None
    observations: tuple[Observation, ...]
    consulted: frozenset[str]

    @property
    def distance(self) -> int:
        """How far the mock is from what was seen; 0 where nothing differs."""
        return sum(each.count * each.parts for each in self.observations if each.kind)


class Judge:
    """Holds exchanges against what the mock does.

    Args:
        registry: the operations of the mock.
        corrections: those that it applies.
    """

    def __init__(self, registry: Registry, corrections: Corrections | None = None) -> None:
        self._operations = {operation.operation_id: operation for operation in registry}
        self.schemas = Schemas(registry, corrections)
        self._shadow = Shadow()
        self._compared: dict[int, tuple[Seen, Counter[FieldSeen]]] = {}

    def judge(self, seen: Seen, quirks: Mapping[str, str]) -> Judgement:
        """Return what an exchange shows, held against the mock with these quirks."""
        consulted = Consulted(quirks)
        prediction = self._shadow.predict(seen, consulted)
        operation = self.operation(prediction.operation_id)
        found = tuple(self._observe(seen, operation, prediction, consulted))
        return Judgement(prediction.operation_id, found, frozenset(consulted.names))

    def operation_id(self, seen: Seen, quirks: Mapping[str, str]) -> str | None:
        """Return the operation that a request asks for; None where there is none."""
        return self._shadow.predict(seen, Consulted(quirks)).operation_id

    def operation(self, operation_id: str | None) -> Operation | None:
        """Return an operation by its name."""
        return self._operations.get(operation_id or "")

    def close(self) -> None:
        """Release the portal that predicts."""
        self._shadow.close()

    def _observe(
        self,
        seen: Seen,
        operation: Operation | None,
        prediction: Prediction,
        quirks: Mapping[str, str],
    ) -> Iterator[Observation]:
        yield from self._status(seen, operation, prediction, quirks)
        yield from _headers(seen, operation)
        if seen.status >= 400:
            yield from self._error(seen, operation, quirks)
        elif seen.succeeded and operation is not None and seen.body is not None:
            yield from self._success(seen, operation, quirks)

    # The status.

    def _status(
        self,
        seen: Seen,
        operation: Operation | None,
        prediction: Prediction,
        quirks: Mapping[str, str],
    ) -> Iterator[Observation]:
        if seen.status in _UNPREDICTABLE or seen.status >= 500:
            return
        wanted = self._wanted(seen, operation, prediction, quirks)
        ours = " or ".join(map(_status_text, sorted(wanted)))
        known = _known_status(operation, prediction)
        name = operation.operation_id if operation else EVERY
        place = _status_place(operation, prediction)
        if seen.status in wanted:
            yield Observation(name, "status", place, ours, known)
        else:
            text = _status_text(seen.status)
            yield Observation(name, "status", place, ours, known, kind="status", seen=text)

    def _wanted(
        self,
        seen: Seen,
        operation: Operation | None,
        prediction: Prediction,
        quirks: Mapping[str, str],
    ) -> set[int]:
        """Return the statuses that the mock may give."""
        if operation is None or prediction.is_certain or seen.expects == "exact":
            return {prediction.status}
        if seen.succeeded or seen.expects == "success":
            return {operation.response.status}
        if _is_of_a_duplicate(seen, operation):
            return {int(quirks["duplicate_status"])}
        return self.schemas.documented_statuses(operation) - {operation.response.status}

    # The body.

    def _error(
        self, seen: Seen, operation: Operation | None, quirks: Mapping[str, str]
    ) -> Iterator[Observation]:
        if seen.status == 429 and seen.has_all_headers:
            yield _retry_after(seen, quirks)
        if seen.body is None or seen.method == "HEAD":
            return
        shape = quirks["error_shape"]
        wanted = "router" if shape == "recorded" and _is_of_router(seen, operation) else shape
        found = _shape_of(seen.document)
        place = f"of status {seen.status}"
        if found != wanted:
            yield Observation(
                EVERY, "error shape", place, wanted, DOCUMENTED, kind="error shape", seen=found
            )
            return
        yield Observation(EVERY, "error shape", place, wanted, DOCUMENTED)
        for each, count in compare(self.schemas.error(_SHAPES[wanted]), seen.document).items():
            if each.kind:
                yield _of_field(EVERY, "error shape", each, DOCUMENTED, count)

    def _success(
        self, seen: Seen, operation: Operation, quirks: Mapping[str, str]
    ) -> Iterator[Observation]:
        schema = self.schemas.envelope(operation)
        name, known = operation.operation_id, operation.response.known or operation.known
        if schema is None or seen.status == 204 or seen.document is NOT_JSON:
            ours = "none" if schema is None else "JSON"
            found = "none" if not seen.body else "no JSON"
            found = "JSON" if seen.document is not NOT_JSON else found
            kind = "" if found == ours else "body"
            yield Observation(name, "envelope", "body", ours, known, kind=kind, seen=found)
            return
        for each, count in self._fields(schema, seen).items():
            if operation.operation_id == "getGroup" and each.place == "users":
                continue
            area: Area = "envelope" if _is_around(each.place) else "fields"
            if each.place.startswith("_links."):
                continue  # judged as a whole below, with the quirks
            yield _of_field(name, area, each, known, count)
        yield from users.observe(seen, operation, quirks)
        if operation.paginated:
            yield from pages.observe(seen, operation, quirks)

    def _fields(self, schema: Json, seen: Seen) -> Counter[FieldSeen]:
        """Return the fields as they were seen, which no quirk changes."""
        found = self._compared.get(id(seen))
        if found is None or found[0] is not seen:
            found = self._compared[id(seen)] = seen, compare(schema, seen.document)
        return found[1]


def _is_of_a_duplicate(seen: Seen, operation: Operation) -> bool:
    """Return whether the response says that a name, login, email or code is taken."""
    taken = [refusal.is_duplicate for refusal in operation.conflicts]
    if seen.status == 409 and taken and all(taken):
        return True
    return any(taken) and seen.status in (400, 409) and bool(_TAKEN.search(seen.body or b""))


def _is_around(place: str) -> bool:
    return place.startswith(("_links", "_meta", "{response}")) or place in ("", "_data")


def _of_field(name: str, area: Area, seen: FieldSeen, known: Known, count: int) -> Observation:
    return Observation(
        name,
        area,
        seen.place or "body",
        seen.ours,
        seen.known or known,
        kind=seen.kind,
        seen=seen.seen,
        to=seen.to,
        after=seen.after,
        count=count,
    )


def _status_text(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _status_place(operation: Operation | None, prediction: Prediction) -> str:
    if operation is None:
        return "unknown path" if prediction.status == 404 else "wrong method"
    return "status"


def _known_status(operation: Operation | None, prediction: Prediction) -> Known:
    if operation is None:
        return RECORDED if prediction.status == 404 else INFERRED
    return operation.known


def _is_of_router(seen: Seen, operation: Operation | None) -> bool:
    return operation is None and seen.status in (404, 405)


def _shape_of(document: object) -> str:
    """Return the shape of an error, by the field that only that shape has."""
    if not isinstance(document, dict):
        return "no JSON" if document is NOT_JSON else f"another shape, {form(document)}"
    if "error" in document:
        return "wrapped"
    if "_errors" in document:
        return "recorded"
    if "status_code" in document:
        return "router"
    return "flat" if "message" in document else "another shape, object"


# The headers.


def _headers(seen: Seen, operation: Operation | None) -> Iterator[Observation]:
    if not seen.headers and not seen.has_all_headers:
        return
    yield from _content_type(seen)
    of_router = _is_of_router(seen, operation)
    expected = list(FIXED_HEADERS.items())[: OF_ROUTER if of_router else None]
    for name, value in expected:
        found = seen.headers.get(name.lower())
        if found is not None or seen.has_all_headers:
            difference = "missing" if found is None else "another value"
            yield _header(name, value, "" if found == value else difference)
    if not of_router or seen.has_all_headers:
        yield from _rate_headers(seen, operation)


def _header(
    name: str, ours: str, difference: str, *, area: Area = "headers", known: Known = RECORDED
) -> Observation:
    if not difference:
        return Observation(EVERY, area, name, ours, known)
    return Observation(EVERY, area, name, ours, known, kind="header", seen=difference)


def _content_type(seen: Seen) -> Iterator[Observation]:
    found = seen.headers.get("content-type")
    if seen.status == 204:
        # One that comes without a body says nothing.
        if seen.has_all_headers:
            yield _header("Content-Type", "none with 204", "there" if found else "", known=INFERRED)
    elif found is not None:
        media, _, parameters = found.partition(";")
        difference = "" if media.strip().lower() == "application/json" else "another type"
        if not difference and parameters:
            difference = "application/json with a parameter"
        yield _header("Content-Type", "application/json", difference)
    elif seen.has_all_headers:
        yield _header("Content-Type", "application/json", "missing")


def _rate_headers(seen: Seen, operation: Operation | None) -> Iterator[Observation]:
    counted = operation is not None and operation.needs_key and seen.status not in _UNCOUNTED
    for name in RATE_HEADERS:
        found = seen.headers.get(name.lower())
        if counted and (found is not None or seen.has_all_headers):
            difference = "missing" if found is None else "" if found.isdecimal() else "no number"
            yield _header(name, "a number", difference, area="rate limit", known=DOCUMENTED)
        elif not counted and seen.has_all_headers:
            difference = "there" if found is not None else ""
            ours = "none before the key is checked"
            place = f"{name} of status {seen.status}"
            yield _header(place, ours, difference, area="rate limit", known=INFERRED)
    names = {name.lower() for name in RATE_HEADERS}
    for name in seen.headers:
        is_more = name.startswith(("x-ratelimit", "x-rate-limit", "ratelimit"))
        if is_more and name not in names:
            yield _header(name, "no such header", "there", area="rate limit", known=RECORDED)


def _retry_after(seen: Seen, quirks: Mapping[str, str]) -> Observation:
    wanted, found = quirks["retry_after"] == "on", "retry-after" in seen.headers
    ours = "there with 429" if wanted else "none"
    difference = "" if wanted == found else ("there" if found else "missing")
    return _header("Retry-After", ours, difference, area="rate limit", known=INFERRED)
