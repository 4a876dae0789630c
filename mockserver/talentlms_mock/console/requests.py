"""The pages of a portal's requests: the journal, one request, two compared, and a HAR file."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from talentlms_mock.console.forms import EMPTY, Form, on_page
from talentlms_mock.console.links import of_change
from talentlms_mock.console.rendering import go, page
from talentlms_mock.control.parsing import portal_of
from talentlms_mock.control.problems import Problem, of_refusal
from talentlms_mock.errors import MockError
from talentlms_mock.portal.journal import copies, har, look
from talentlms_mock.portal.journal.journal import Exchange
from talentlms_mock.portal.portal import Portal

_ON_A_PAGE = 100
_FILTERS = ("q", "method", "path", "operation", "status", "decided", "warned")
_ON_A_RAW_SIDE = 200_000
"""Characters of a body that a page shows."""


def show_requests(request: Request, problem: Problem | None = None, form: Form = EMPTY) -> Response:
    """Show the journal, the newest first, as far as it matches the query."""
    portal = portal_of(request)
    found: Iterable[Exchange] = ()
    try:
        found = _found(portal, request)
    except MockError as error:
        problem = problem or of_refusal(error)
    folded = list(islice(look.fold(found), _ON_A_PAGE + 1))
    return page(
        request,
        "requests.html",
        portal=portal,
        problem=problem,
        form=form,
        folded=folded[:_ON_A_PAGE],
        older=folded[_ON_A_PAGE].newest.number + 1 if len(folded) > _ON_A_PAGE else None,
        count=len(portal.requests),
        chosen={name: request.query_params.get(name, "") for name in _FILTERS},
        methods=sorted({entry.method for entry in portal.catalogue}),
        operations=[entry.operation_id for entry in portal.catalogue],
    )


def _found(portal: Portal, request: Request) -> Iterator[Exchange]:
    """Return the requests that match the query, the newest first.

    Raises:
        SetupError: the path is no pattern, or there is no such operation or status.
    """
    query = request.query_params
    wanted: dict[str, Any] = {
        name: query[name] for name in ("method", "path", "operation") if query.get(name)
    }
    if query.get("status"):
        status = query["status"]
        wanted["status"] = int(status) if status.isdecimal() else status
    matching = list(portal.requests.filter(**wanted) if wanted else portal.requests)
    return (each for each in reversed(matching) if _has(each, request))


def _has(exchange: Exchange, request: Request) -> bool:
    query = request.query_params
    before, decided, text = query.get("before", ""), query.get("decided", ""), query.get("q", "")
    if before.isdecimal() and exchange.number >= int(before):
        return False
    if query.get("warned") and not exchange.warnings:
        return False
    if decided and decided.casefold() not in exchange.reason.casefold():
        return False
    return not text or look.mentions(exchange, text)


def list_requests(request: Request) -> Response:
    """Show the journal."""
    return show_requests(request)


def get_archive(request: Request) -> Response:
    """Send the requests that match the query as an HTTP Archive."""
    portal = portal_of(request)
    found = list(_found(portal, request))[::-1]
    archive = orjson.dumps(har.archive(found, host=portal.host), option=orjson.OPT_INDENT_2)
    disposition = f'attachment; filename="{portal.domain}.har"'
    headers = {"Content-Disposition": disposition}
    return Response(archive, media_type="application/json", headers=headers)


@on_page(show_requests)
def clear(request: Request, form: Form) -> Response:
    """Forget the requests so far."""
    portal = portal_of(request)
    portal.clear_requests()
    return go(f"/portals/{portal.domain}/requests", done="cleared")


def get_request(request: Request) -> Response:
    """Show one request with its response."""
    portal = portal_of(request)
    exchange = _numbered(portal, request.path_params["number"])
    shown = exchange.redacted()
    numbers = [each.number for each in portal.requests]
    at = numbers.index(exchange.number)
    base, authority = portal.base_url, portal.ca_file
    return page(
        request,
        "request.html",
        portal=portal,
        exchange=shown,
        sides=[
            _side("Request", shown.headers, shown.body),
            _side("Response", shown.response_headers, shown.response),
        ],
        changes=[(of_change(portal, *change), *change) for change in exchange.changes],
        faults=[fault for fault in portal.faults if fault.number in exchange.faults],
        earlier=numbers[at - 1] if at else None,
        later=numbers[at + 1] if at + 1 < len(numbers) else None,
        copies=[
            ("curl", copies.as_curl(exchange, base, authority)),
            ("httpx", copies.as_httpx(exchange, base, authority)),
            ("pytest", copies.as_assertion(exchange)),
        ],
    )


def _side(name: str, headers: Mapping[str, str], body: bytes | None) -> dict[str, Any]:
    """Return a body as a page shows it: what it is as JSON, and as it was sent."""
    raw = "" if body is None else body.decode("utf-8", "replace")
    try:
        pretty = orjson.dumps(orjson.loads(raw), option=orjson.OPT_INDENT_2).decode() if raw else ""
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        pretty = ""
    return {
        "name": name,
        "headers": headers,
        "raw": raw[:_ON_A_RAW_SIDE],
        "pretty": pretty[:_ON_A_RAW_SIDE],
        "is_cut": max(len(raw), len(pretty)) > _ON_A_RAW_SIDE,
        "bytes": None if body is None else len(body),
    }


def compare(request: Request) -> Response:
    """Show where two requests and their responses differ."""
    portal = portal_of(request)
    query = request.query_params
    one, other = (_numbered(portal, query.get(name, "")) for name in ("a", "b"))
    found = look.differences(one, other)
    return page(request, "compare.html", portal=portal, one=one, other=other, differences=found)


def _numbered(portal: Portal, number: str) -> Exchange:
    """Return the request of this number.

    Raises:
        Problem: there is none, or not any more.
    """
    for exchange in portal.requests:
        if str(exchange.number) == number.strip():
            return exchange
    raise Problem(404, f"The portal {portal.domain!r} has no request {number!r}, or not any more.")
