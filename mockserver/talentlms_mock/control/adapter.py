"""From a request of the control API to its operation and back."""

import asyncio
import inspect
import logging
import tempfile
from collections.abc import Coroutine
from contextlib import aclosing, suppress
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import orjson
from pydantic import BaseModel, ValidationError

from talentlms_mock.asgi.call import Call, ClientLeft, Receive, Scope, Send
from talentlms_mock.control.application import PortalHost
from talentlms_mock.control.operation import SQLITE, Events, File, Operation, portal_named
from talentlms_mock.control.problems import (
    ASSERTION_FAILED,
    MALFORMED,
    Problem,
    of_body,
    of_refusal,
)
from talentlms_mock.control.surface import REGISTRY
from talentlms_mock.errors import MockError
from talentlms_mock.portal.portal import Portal

log = logging.getLogger("talentlms_mock")

LARGEST_FILE = 256 * 1024 * 1024
"""Bytes of a portal that may be uploaded."""

Headers = list[tuple[bytes, bytes]]

_JSON = (b"content-type", b"application/json")
_COMMON = [(b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff")]
_INTERNAL = "An error inside the mock; its log has it."
_TOO_LARGE = "The body is larger than {limit} MiB."


async def answer(host: PortalHost, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer one HTTP request."""
    call = Call(scope, receive)
    with suppress(ClientLeft):
        try:
            host.access.check(scope["headers"], scope["scheme"])
            operation, values = REGISTRY.find(call.method, call.sent_path)
            result = await _result(host, operation, values, call)
        except Problem as problem:
            headers = [_JSON, *problem.headers]
            await _send(send, problem.status, orjson.dumps(problem.as_data()), headers)
        else:
            await _send_result(call, send, operation, result)


async def _send_result(call: Call, send: Send, operation: Operation, result: Any) -> None:
    if isinstance(result, Events):
        await _stream(call, send, result)
    elif isinstance(result, File):
        name = b'attachment; filename="%s"' % result.name.encode()
        headers = [(b"content-type", SQLITE.encode()), (b"content-disposition", name)]
        await _send(send, operation.status, result.content, headers)
    elif operation.answer is None:
        await _send(send, 204, b"", [])
    else:
        await _send(send, operation.status, orjson.dumps(result), [_JSON])


async def _result(
    host: PortalHost, operation: Operation, values: dict[str, str], call: Call
) -> Any:
    """Do what is asked, and return what comes of it.

    Raises:
        Problem: it is not done.
        ClientLeft: the client went away.
    """
    arguments: dict[str, Any] = {name: unquote(text) for name, text in values.items()}
    try:
        subject: PortalHost | Portal = host
        if operation.is_of_portal:
            subject = portal_named(host, arguments.pop("domain"))
        if operation.query is not None:
            arguments["query"] = _query(operation, call)
        elif call.query:
            raise Problem(MALFORMED, "This takes no query.", next(iter(call.query)))
        if operation.takes_file:
            return await _with_file(operation, subject, arguments, call)
        await call.read_body()
        if operation.body is not None:
            arguments["body"] = _body(operation, operation.body, call)
        result = operation.run(subject, **arguments)
        return await _unless_left(call, result) if inspect.iscoroutine(result) else result
    except MockError as error:
        raise of_refusal(error, arguments.get("body")) from None
    except AssertionError as error:
        raise Problem(ASSERTION_FAILED, str(error)) from None
    except (Problem, ClientLeft):
        raise
    except Exception:  # whatever fails in here, the client gets an answer
        log.exception("%s %s failed inside the mock", call.method, call.path_with_query)
        raise Problem(500, _INTERNAL) from None


def _query(operation: Operation, call: Call) -> BaseModel:
    assert operation.query is not None
    given: dict[str, str] = dict(call.query)
    resumed = call.header(b"last-event-id")
    if resumed is not None and operation.media == "text/event-stream":
        given["after"] = resumed  # how a browser goes on after a connection that was lost
    try:
        return operation.query.model_validate(given)
    except ValidationError as error:
        problem = of_body(error, given, operation.query)
        raise Problem(MALFORMED, problem.message, problem.at) from None


def _body(operation: Operation, model: type[BaseModel], call: Call) -> BaseModel:
    """Return the body of a request, with a request without one as an empty object."""
    if call.body_too_large:
        raise Problem(413, _TOO_LARGE.format(limit=1))
    try:
        document = orjson.loads(call.body) if call.body else None
    except orjson.JSONDecodeError as error:
        raise Problem(MALFORMED, f"The body is no JSON in UTF-8: {error}.") from None
    if document is None and not (call.body or operation.body_required):
        document = {}
    if not isinstance(document, dict):
        raise Problem(MALFORMED, "The body must be a JSON object.")
    try:
        return model.model_validate(document)
    except ValidationError as error:
        raise of_body(error, document, model) from None


async def _with_file(
    operation: Operation, subject: Any, arguments: dict[str, Any], call: Call
) -> Any:
    if (call.header(b"content-type") or "").partition(";")[0].strip() != SQLITE:
        raise Problem(415, f"The body must be a file, with Content-Type: {SQLITE}.")
    with tempfile.TemporaryDirectory(prefix="talentlms-mock-") as directory:
        file = Path(directory) / "portal.sqlite"
        await _receive(call, file)
        return operation.run(subject, file=file, **arguments)


async def _receive(call: Call, file: Path) -> None:
    size, more = 0, True
    with file.open("wb") as out:
        while more:
            message = await call.receive()
            if message["type"] == "http.disconnect":
                raise ClientLeft
            piece = message.get("body", b"")
            size += len(piece)
            if size > LARGEST_FILE:
                raise Problem(413, _TOO_LARGE.format(limit=LARGEST_FILE // 1024**2))
            out.write(piece)
            more = message.get("more_body", False)


async def _unless_left(call: Call, work: Coroutine[Any, Any, Any]) -> Any:
    """Return what `work` does, or end it when the client goes away.

    Raises:
        ClientLeft: it did.
    """
    tasks = [asyncio.create_task(work), asyncio.create_task(call.wait_for_disconnect())]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        if not tasks[0].done():
            raise ClientLeft
        return tasks[0].result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _stream(call: Call, send: Send, events: Events) -> None:
    headers = [(b"content-type", b"text/event-stream"), *_COMMON]
    await send({"type": "http.response.start", "status": 200, "headers": headers})

    async def send_all() -> None:
        # Waits while the client does not read, and keeps nothing meanwhile.
        async with aclosing(events.stream) as stream:
            async for piece in stream:
                await send({"type": "http.response.body", "body": piece, "more_body": True})

    await _unless_left(call, send_all())
    await send({"type": "http.response.body", "body": b""})


async def _send(send: Send, status: int, body: bytes, headers: Headers) -> None:
    headers = [*headers, *_COMMON]
    if status != 204:
        headers.append((b"content-length", b"%d" % len(body)))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
