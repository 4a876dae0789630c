"""Between the checks and the operations: what the faults of a portal do to a call.

`with_faults` decides on the response and makes it; `sending` sends it as the fault wants. All
waiting is in real seconds and ends when the client goes away, so that a call which waits delays no
other.
"""

import logging
import re
from collections.abc import Awaitable, Callable
from http import HTTPStatus

import orjson
from starlette.concurrency import run_in_threadpool

from talentlms_mock.api.errors import ApiError, error_body
from talentlms_mock.api.operation import Operation
from talentlms_mock.api.sending import GAVE_UP
from talentlms_mock.asgi.call import Call, Response
from talentlms_mock.errors import NotFound, Refusal
from talentlms_mock.portal.contract import refusals
from talentlms_mock.portal.faults.effect import Action, Effect
from talentlms_mock.portal.faults.request import Request
from talentlms_mock.portal.portal import Portal

log = logging.getLogger("talentlms_mock")

Perform = Callable[[], Awaitable[Response]]

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


async def with_faults(
    portal: Portal, operation: Operation, call: Call, perform: Perform
) -> Response:
    """Return the response to `call`, as the faults of `portal` leave it.

    Args:
        portal: it has faults that may be for the call.
        operation: which the call asks for.
        call: it has passed the checks.
        perform: does what was asked for and gives the response, also when that is an error.

    Raises:
        ClientLeft: the client went away before its request had arrived.
    """
    await call.read_body()
    effect = portal.faults.apply(
        Request(
            call.method, call.path, call.operation_id, call.query, call.headers, call.body or b""
        )
    )
    if effect is None:
        return await perform()
    response = await _answered(portal, operation, call, perform, effect)
    for act in effect.acts:
        await _act(act, portal, effect)
    return response


async def _act(act: Action, portal: Portal, effect: Effect) -> None:
    """Do what somebody wants done after a request, in a thread: it may take its time.

    Raises:
        ApiError: it failed.
    """
    try:
        await run_in_threadpool(act, portal)
    except Exception as error:  # of a program that we know nothing of
        log.exception("%s failed", effect.reason)
        reason = f"{effect.reason}, which failed: {type(error).__name__}: {error}"
        raise ApiError(refusals.INTERNAL, reason) from None


async def _answered(
    portal: Portal, operation: Operation, call: Call, perform: Perform, effect: Effect
) -> Response:
    response = await perform() if effect.after_commit else None
    if effect.latency and not await call.stays(effect.latency):
        effect.loses = ""  # there is no connection left to do it to
        return Response(0, reason=f"{effect.reason}; {GAVE_UP}", effect=effect)
    if effect.replaces:
        return _replaced(effect, portal, operation)
    if response is None:
        response = await perform()
    return _changed(response, effect)


def _replaced(effect: Effect, portal: Portal, operation: Operation) -> Response:
    status = 0 if effect.loses or effect.status is None else effect.status
    body = b""
    if isinstance(effect.body, str):
        body = effect.body.encode()
    elif effect.body is not None:
        body = orjson.dumps(effect.body)
    elif status >= 400:
        body = error_body(_refusal(status, operation), portal.settings.quirks["error_shape"])
    return _changed(Response(status, body if status else b""), effect)


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


def _changed(response: Response, effect: Effect) -> Response:
    """Return what the effect makes of a response, and who decided it."""
    body = response.body
    if effect.drifts and 200 <= response.status < 300 and body:
        document = orjson.loads(body)
        for drift in effect.drifts:
            drift(document)
        body = orjson.dumps(document)
    if effect.malformed_json and body:
        body = body[: len(body) // 2] + b"<"  # the start of no JSON, whatever it was
    reason = f"{effect.reason}; {response.reason}" if response.reason else effect.reason
    return Response(response.status, body, reason, effect)
