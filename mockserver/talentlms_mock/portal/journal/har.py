"""A journal as a file: JSON Lines, or an HTTP Archive (HAR 1.2), which browsers can show."""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from importlib.metadata import version
from typing import Any

import orjson

from talentlms_mock.portal.journal.journal import Exchange

Json = dict[str, Any]

_UNKNOWN = -1
"""The size or time in HAR of what is not known."""


def json_lines(exchanges: Iterable[Exchange]) -> bytes:
    """Return the exchanges, each a line of JSON; keys and passwords are left out."""
    return b"".join(orjson.dumps(exchange.as_data()) + b"\n" for exchange in exchanges)


def archive(exchanges: Iterable[Exchange], *, host: str) -> Json:
    """Return the exchanges as an archive; keys and passwords are left out.

    Args:
        exchanges: the oldest first.
        host: the portal's, for requests without a host name of their own.
    """
    entries = [_entry(exchange.redacted(), host) for exchange in exchanges]
    creator = {"name": "talentlms-mock", "version": version("talentlms-mock")}
    return {"log": {"version": "1.2", "creator": creator, "entries": entries}}


def _entry(exchange: Exchange, host: str) -> Json:
    milliseconds = exchange.duration * 1000
    return {
        "startedDateTime": exchange.at,
        "time": milliseconds,
        "request": _request(exchange, host),
        "response": _response(exchange),
        "cache": {},
        "timings": {"send": 0, "wait": milliseconds, "receive": 0},
        "comment": "; ".join(filter(None, (exchange.reason, *exchange.warnings))),
    }


def _request(exchange: Exchange, host: str) -> Json:
    body = exchange.body
    request: Json = {
        "method": exchange.method,
        "url": f"https://{exchange.headers.get('host', host)}{exchange.target}",
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _pairs(exchange.headers),
        "queryString": _pairs(exchange.query),
        "headersSize": _UNKNOWN,
        "bodySize": _UNKNOWN if body is None else len(body),
    }
    if body:
        media = exchange.headers.get("content-type", "application/json")
        request["postData"] = {"mimeType": media, "text": body.decode("utf-8", "replace")}
    return request


def _response(exchange: Exchange) -> Json:
    body = exchange.response or b""
    return {
        "status": exchange.status,
        "statusText": _phrase(exchange.status),
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _pairs(exchange.response_headers),
        "content": {
            "size": len(body),
            "mimeType": exchange.response_headers.get("content-type", "application/json"),
            "text": body.decode("utf-8", "replace"),
        },
        "redirectURL": "",
        "headersSize": _UNKNOWN,
        "bodySize": len(body),
    }


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""  # no response was sent, or a status of a fault's own


def _pairs(values: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in values.items()]
