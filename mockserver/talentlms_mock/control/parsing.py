"""What an endpoint takes from its request: the portal of the path, the query, the body, a file."""

import asyncio
import tempfile
from codecs import BOM_UTF8
from collections.abc import AsyncIterator, Coroutine, Iterable, Mapping
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import orjson
from pydantic import BaseModel, ValidationError
from starlette.requests import ClientDisconnect, Request

from talentlms_mock.asgi.call import media_type, wait_for_disconnect
from talentlms_mock.control.content import TOO_LARGE, check_whole
from talentlms_mock.control.host import PortalHost
from talentlms_mock.control.problems import MALFORMED, Problem, of_body
from talentlms_mock.control.route import FILES, SQLITE, ControlRoute, Query
from talentlms_mock.errors import place_of
from talentlms_mock.portal.contract.suggest import suggest
from talentlms_mock.portal.portal import Portal
from talentlms_mock.portal.store.transaction import LARGEST_ID

LARGEST_FILE = 256 * 1024 * 1024
"""Bytes of a portal that may be uploaded."""

B = TypeVar("B", bound=BaseModel)
Q = TypeVar("Q", bound=Query)
T = TypeVar("T")

_LONGEST_ID = 18
"""Digits, so that every such number is one of 64 bits."""


def host_of(request: Request) -> PortalHost:
    """Return who has the portals."""
    host: PortalHost = request.state.portal_host
    return host


def portal_of(request: Request) -> Portal:
    """Return the portal whose domain the path has, in any case.

    Raises:
        Problem: there is none.
    """
    domain, portals = request.path_params["domain"], host_of(request).portals
    portal = portals.of_domain(domain.lower())
    if portal is None:
        known = [portal.domain for portal in portals]
        near = suggest(domain, known)
        raise Problem(404, f"This server has no portal {domain!r}{near}.")
    return portal


def id_or_name(text: str) -> int | str:
    """Return digits as the id that they are, unless no id has so many, and else the name."""
    is_id = text.isascii() and text.isdecimal() and len(text.lstrip("0")) <= _LONGEST_ID
    return int(text[-_LONGEST_ID:]) if is_id else text


def read_query(request: Request, model: type[Q], more: Mapping[str, str] | None = None) -> Q:
    """Return the query of a request; of a parameter given twice, the last counts.

    Args:
        request: the request.
        model: what its route has as `query`.
        more: parameters that the request gives in another way.

    Raises:
        Problem: it is malformed.
    """
    _check(model, _route(request).query)
    given = {**request.query_params, **(more or {})}
    try:
        return model.model_validate(given)
    except ValidationError as error:
        problem = of_body(error, given, model)
        raise Problem(MALFORMED, problem.message, problem.at) from None


def read_body(request: Request, model: type[B]) -> B:
    """Return the JSON body of a request; where none is required, none is an empty object.

    Args:
        request: the request.
        model: what its route has as `body`.

    Raises:
        Problem: it is malformed, or not of this model.
    """
    route = _route(request)
    _check(model, route.body)
    content: bytes = request.state.content.removeprefix(BOM_UTF8)  # of a file that curl sends
    try:
        document = orjson.loads(content) if content else None
    except orjson.JSONDecodeError as error:
        raise Problem(MALFORMED, f"The body is no JSON in UTF-8: {error}.") from None
    if not content and not route.body_required:
        document = {}
    if not isinstance(document, dict):
        raise Problem(MALFORMED, "The body must be a JSON object.")
    place = _beyond_64_bits(document)
    if place is not None:
        raise Problem(MALFORMED, f"{place} is a whole number beyond 64 bits.", place)
    try:
        return model.model_validate(document)
    except ValidationError as error:
        raise of_body(error, document, model) from None


def _beyond_64_bits(value: object) -> str | None:
    """Return the place of an integer that SQLite cannot keep; None where there is none."""
    if isinstance(value, int) and abs(value) > LARGEST_ID:
        return ""
    inner: Iterable[tuple[int | str, object]] = ()
    if isinstance(value, dict):
        inner = value.items()
    elif isinstance(value, list):
        inner = enumerate(value)
    for key, item in inner:
        place = _beyond_64_bits(item)
        if place is not None:
            return place_of(key, place)
    return None


@asynccontextmanager
async def uploaded_file(request: Request) -> AsyncIterator[Path]:
    """Give a file with the body of a request, which is there until the end of the block.

    Raises:
        Problem: the request does not say that it is a file, or it is too large.
        ClientDisconnect: the client went away before its end.
    """
    if media_type(request.headers) not in FILES:
        raise Problem(415, f"The body must be a file, with Content-Type: {SQLITE}.")
    with tempfile.TemporaryDirectory(prefix="talentlms-mock-") as directory:
        file = Path(directory) / "portal.sqlite"
        with file.open("wb") as out:
            async with aclosing(request.stream()) as pieces:
                async for piece in pieces:
                    out.write(piece)
                    if out.tell() > LARGEST_FILE:
                        raise Problem(413, TOO_LARGE.format(limit=LARGEST_FILE // 1024**2))
            check_whole(request, out.tell())
        yield file


async def unless_disconnected(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """Return what `work` returns, or cancel it when the client goes away.

    The body of the request must have been read.

    Raises:
        ClientDisconnect: the client went away.
    """
    working = asyncio.create_task(work)
    gone = asyncio.create_task(wait_for_disconnect(request.receive))
    try:
        await asyncio.wait([working, gone], return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise ClientDisconnect
        return working.result()
    finally:
        working.cancel()
        gone.cancel()
        await asyncio.gather(working, gone, return_exceptions=True)


def _route(request: Request) -> ControlRoute:
    route: ControlRoute = request.scope["route"]
    return route


def _check(read: type[BaseModel], declared: type[BaseModel] | None) -> None:
    """Raise TypeError where an endpoint reads something else than its route declares."""
    if read is not declared:
        raise TypeError(f"The endpoint reads {read!r}, and its route declares {declared!r}.")
