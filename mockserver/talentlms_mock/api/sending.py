"""The one place that sends what the API answers: unchanged, as a fault wants it, or not at all."""

from typing import Any

from talentlms_mock.asgi import transport
from talentlms_mock.asgi.call import Call, Headers, Response, Send
from talentlms_mock.portal.faults.effect import Effect

GAVE_UP = "the client gave up"

_JSON = b"application/json"
_WRONG_TYPE = b"text/html; charset=utf-8"
_WITHOUT_BODY = (204, 304)
_DRIP_INTERVAL = 0.1
"""Seconds between two pieces of a drip, unless one byte takes longer."""
_CLOSE_LIMIT = 5.0
"""Seconds for a client to take what is on its way when a connection closes."""


async def send_response(call: Call, response: Response, headers: Headers, send: Send) -> None:
    """Send a response, or with a status of 0 end the connection as its effect says.

    Args:
        call: the request.
        response: what it is answered. That the client gave up meanwhile is added to the reason of
            one with an effect.
        headers: all of `response_headers`.
        send: of ASGI.
    """
    effect = response.effect
    if effect is None:
        await send(_start(response, headers))
        await send({"type": "http.response.body", "body": response.body})
    elif not response.status:
        await _lose(call, effect)
    elif not await _send_with(effect, call, response, headers, send):
        response.reason += f"; {GAVE_UP}"


def response_headers(response: Response, headers: Headers) -> Headers:
    """Return all headers that a response is sent with: those given, and the ones of its body."""
    if not response.status:
        return []
    if response.status in _WITHOUT_BODY:
        return headers
    is_wrong = response.effect is not None and response.effect.wrong_content_type
    return [
        *headers,
        (b"content-type", _WRONG_TYPE if is_wrong else _JSON),
        (b"content-length", b"%d" % len(response.body)),
    ]


def _start(response: Response, headers: Headers) -> dict[str, Any]:
    return {"type": "http.response.start", "status": response.status, "headers": headers}


async def _send_with(
    effect: Effect, call: Call, response: Response, headers: Headers, send: Send
) -> bool:
    """Send a response, or the part of it that is to arrive; return whether the client stayed."""
    body = response.body
    await send(_start(response, headers))
    is_cut = effect.truncate_at is not None and bool(body)
    if is_cut:
        body = body[: min(effect.truncate_at or 0, len(body) - 1)]
    pieces, pause = _pieces(body, effect.drip)
    for piece in pieces[:-1]:
        await send({"type": "http.response.body", "body": piece, "more_body": True})
        if not await call.stays(pause):
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


async def _lose(call: Call, effect: Effect) -> None:
    """Leave the client without a response."""
    if effect.loses == "reset":
        transport.reset(call.scope)
        await call.wait_for_disconnect()  # else uvicorn reports that there is no response
    elif effect.loses == "empty":
        await _close(call)
    elif effect.loses == "timeout":
        await call.wait_for_disconnect()


async def _close(call: Call) -> None:
    transport.close(call.scope)
    # A client need not answer the closing of TLS, for which asyncio waits half a minute.
    if await call.stays(_CLOSE_LIMIT):
        transport.abort(call.scope)
        await call.wait_for_disconnect()
