"""Between the checks and the operations: what the faults of a portal do to a call.

`with_faults` decides and makes the answer; `deliver` sends it as the fault wants it sent. All
waiting is in real seconds and ends when the client goes away, so that a call which is held up
holds up nobody else.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable
from http import HTTPStatus

import orjson

from talentlms_mock.api.errors import error_body
from talentlms_mock.api.operation import Operation
from talentlms_mock.asgi import transport
from talentlms_mock.asgi.call import Answer, Call, Send
from talentlms_mock.errors import NotFound, Refusal
from talentlms_mock.portal.contract import refusals
from talentlms_mock.portal.faults.effect import Effect
from talentlms_mock.portal.faults.request import Request
from talentlms_mock.portal.portal import Portal

Headers = list[tuple[bytes, bytes]]
Perform = Callable[[], Awaitable[Answer]]

GAVE_UP = "the client gave up"
_WRONG_TYPE = b"text/html; charset=utf-8"
_DRIP_INTERVAL = 0.1
"""Seconds between two pieces of a drip, unless one byte takes longer."""
_CLOSE_LIMIT = 5.0
"""Seconds for a client to take what is on its way when a connection closes."""

REFUSALS = {
    401: refusals.INVALID_KEY,
    403: refusals.API_DISABLED,
    405: refusals.WRONG_METHOD,
    413: refusals.BODY_TOO_LARGE,
    422: refusals.BODY_NOT_JSON,
    429: refusals.RATE_LIMITED,
    500: refusals.INTERNAL,
}
"""The error for a status; others have the name of the status, 404 that of what the path names."""


async def with_faults(portal: Portal, operation: Operation, call: Call, perform: Perform) -> Answer:
    """Return the answer to `call`, as the faults of `portal` leave it.

    Args:
        portal: it has faults that may be for the call.
        operation: which the call asks for.
        call: it has passed the checks.
        perform: does what was asked for and gives the answer, also when that is an error.

    Raises:
        ClientLeft: the client went away before its request had arrived.
    """
    await call.read_body()
    effect = portal.faults.meet(
        Request(
            call.method, call.path, call.operation_id, call.query, call.headers, call.body or b""
        )
    )
    if effect is None:
        return await perform()
    answer = await perform() if effect.after_commit else None
    if effect.latency and not await _stays(call, effect.latency):
        effect.loses = ""  # there is no connection left to do it to
        return Answer(0, reason=f"{effect.reason}; {GAVE_UP}", effect=effect)
    if effect.replaces:
        return _replaced(effect, portal, operation)
    if answer is None:
        answer = await perform()
    return _changed(answer, effect)


def _replaced(effect: Effect, portal: Portal, operation: Operation) -> Answer:
    status = 0 if effect.loses or effect.status is None else effect.status
    body = b""
    if isinstance(effect.body, str):
        body = effect.body.encode()
    elif effect.body is not None:
        body = orjson.dumps(effect.body)
    elif status >= 400:
        body = error_body(_refusal(status, operation), portal.settings.quirks["error_shape"])
    return _changed(Answer(status, body if status else b""), effect)


def _refusal(status: int, operation: Operation) -> Refusal:
    """Return the error that a fault with this status and without a body stands for."""
    if status in REFUSALS:
        return REFUSALS[status]
    ids = [each.entity for each in operation.path_parameters if each.entity]
    if status == 404 and ids:
        return NotFound(ids[0]).refusal
    try:
        name = HTTPStatus(status).phrase
    except ValueError:
        name = f"Error {status}"
    return Refusal(status, re.sub(r"\W+", "_", name.lower()), f"{name}.")


def _changed(answer: Answer, effect: Effect) -> Answer:
    """Return what the effect makes of an answer, and who decided it."""
    body = answer.body
    if effect.drifts and 200 <= answer.status < 300 and body:
        document = orjson.loads(body)
        for drift in effect.drifts:
            drift(document)
        body = orjson.dumps(document)
    if effect.malformed_json and body:
        body = body[: len(body) // 2] + b"<"  # the start of no JSON, whatever it was
    reason = f"{effect.reason}; {answer.reason}" if answer.reason else effect.reason
    return Answer(answer.status, body, reason, effect)


async def deliver(call: Call, answer: Answer, headers: Headers, send: Send) -> None:
    """Send an answer as its effect says, or leave the client without one.

    `headers` are those that every answer gets. What the client does meanwhile is added to the
    reason.
    """
    effect = answer.effect
    assert effect is not None
    if answer.status:
        if await _send(call, answer, effect, headers, send):
            return
        answer.reason += f"; {GAVE_UP}"
    elif effect.loses == "reset":
        transport.reset(call.scope)
        await call.left()  # else uvicorn takes it for a mistake that there is no answer
    elif effect.loses == "empty":
        await _close(call)
    elif effect.loses == "timeout":
        await call.left()


async def _send(call: Call, answer: Answer, effect: Effect, headers: Headers, send: Send) -> bool:
    """Send an answer, or the part of it that is to arrive; return whether the client stayed."""
    body = answer.body
    if answer.status not in (204, 304):
        media_type = _WRONG_TYPE if effect.wrong_content_type else b"application/json"
        headers = [
            *headers,
            (b"content-type", media_type),
            (b"content-length", b"%d" % len(body)),
        ]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    is_cut = effect.truncate_at is not None and bool(body)
    if is_cut:
        body = body[: min(effect.truncate_at or 0, len(body) - 1)]
    pieces, pause = _pieces(body, effect.drip)
    for piece in pieces[:-1]:
        await send({"type": "http.response.body", "body": piece, "more_body": True})
        if not await _stays(call, pause):
            return False
    await send({"type": "http.response.body", "body": pieces[-1], "more_body": is_cut})
    if is_cut:
        await _close(call)
    return True


def _pieces(body: bytes, rate: float | None) -> tuple[list[bytes], float]:
    """Return the body in the pieces that make `rate` bytes a second, and the seconds between."""
    if rate is None or not body:
        return [body], 0.0
    size = max(round(rate * _DRIP_INTERVAL), 1)
    return [body[start : start + size] for start in range(0, len(body), size)], size / rate


async def _close(call: Call) -> None:
    transport.close(call.scope)
    # A client need not answer the good-bye of TLS, for which asyncio waits half a minute.
    if await _stays(call, _CLOSE_LIMIT):
        transport.abort(call.scope)
        await call.left()


async def _stays(call: Call, seconds: float) -> bool:
    """Wait; return whether the client is still there then."""
    try:
        async with asyncio.timeout(seconds):
            await call.left()
    except TimeoutError:
        return True
    return False
