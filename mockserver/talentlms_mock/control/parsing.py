"""What an endpoint takes from its request: the portal of the path, the query, the body, a file."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import orjson
from pydantic import BaseModel, ValidationError
from starlette.requests import ClientDisconnect, Request

from talentlms_mock.asgi.call import LARGEST_BODY, wait_for_disconnect
from talentlms_mock.asgi.refused import body_problem
from talentlms_mock.control.host import PortalHost
from talentlms_mock.control.problems import MALFORMED, Problem, of_body
from talentlms_mock.control.route import SQLITE, ControlRoute, Query
from talentlms_mock.portal.contract.suggest import suggest
from talentlms_mock.portal.portal import Portal

LARGEST_FILE = 256 * 1024 * 1024
"""Bytes of a portal that may be uploaded."""

B = TypeVar("B", bound=BaseModel)
Q = TypeVar("Q", bound=Query)
T = TypeVar("T")

_TOO_LARGE = "The body is larger than {limit} MiB."


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


async def read_body(request: Request, model: type[B]) -> B:
    """Return the JSON body of a request; where none is required, none is an empty object.

    Args:
        request: the request.
        model: what its route has as `body`.

    Raises:
        Problem: it is too large, malformed, or not of this model.
        ClientDisconnect: the client went away before its end.
    """
    route = _route(request)
    _check(model, route.body)
    content = await _content(request)
    try:
        document = orjson.loads(content) if content else None
    except orjson.JSONDecodeError as error:
        raise Problem(MALFORMED, f"The body is no JSON in UTF-8: {error}.") from None
    if not content and not route.body_required:
        document = {}
    if not isinstance(document, dict):
        raise Problem(MALFORMED, "The body must be a JSON object.")
    try:
        return model.model_validate(document)
    except ValidationError as error:
        raise of_body(error, document, model) from None


async def _content(request: Request) -> bytes:
    content = bytearray()
    async with aclosing(request.stream()) as pieces:
        async for piece in pieces:
            content += piece
            if len(content) > LARGEST_BODY:
                raise Problem(413, _TOO_LARGE.format(limit=LARGEST_BODY // 1024**2))
    _check_whole(request, len(content))
    return bytes(content)


def _check_whole(request: Request, length: int) -> None:
    """Let a body of which `length` bytes arrived pass.

    Raises:
        Problem: it is not what the client declared.
    """
    problem = body_problem(request.scope, length)
    if problem is not None:
        raise Problem(400, problem)


@asynccontextmanager
async def uploaded_file(request: Request) -> AsyncIterator[Path]:
    """Give a file with the body of a request, which is there until the end of the block.

    Raises:
        Problem: the request does not say that it is a file, or it is too large.
        ClientDisconnect: the client went away before its end.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip() != SQLITE:
        raise Problem(415, f"The body must be a file, with Content-Type: {SQLITE}.")
    with tempfile.TemporaryDirectory(prefix="talentlms-mock-") as directory:
        file = Path(directory) / "portal.sqlite"
        with file.open("wb") as out:
            async with aclosing(request.stream()) as pieces:
                async for piece in pieces:
                    out.write(piece)
                    if out.tell() > LARGEST_FILE:
                        raise Problem(413, _TOO_LARGE.format(limit=LARGEST_FILE // 1024**2))
            _check_whole(request, out.tell())
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
