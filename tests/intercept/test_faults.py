"""A fault is the same to a client that has the vendor's address built in."""

from collections.abc import Callable
from contextlib import closing
from http.client import HTTPException, HTTPSConnection
from typing import Any

import httpx
import pytest
import requests

from talentlms_mock import Portal

PATIENCE = 0.5
"""Seconds for an answer that never comes."""
TIME_LIMIT = 20
START = 500
"""Characters of an answer: further behind stand links, which have the address in them."""

Outcome = tuple[object, ...]
Ask = Callable[[Portal, str, float], Outcome]


def by_httpx(portal: Portal, base_url: str, limit: float) -> Outcome:
    with httpx.Client(verify=portal.ssl_context(), trust_env=False, timeout=limit) as client:
        try:
            answer = client.get(f"{base_url}/users", headers=portal.headers)
            return answer.status_code, answer.headers["content-type"], answer.text[:START]
        except httpx.HTTPError as error:
            return _kind(error)


def by_requests(portal: Portal, base_url: str, limit: float) -> Outcome:
    with requests.Session() as session:
        session.trust_env = False
        session.verify = str(portal.ca_file)
        try:
            answer = session.get(f"{base_url}/users", headers=portal.headers, timeout=limit)
            return answer.status_code, answer.headers["content-type"], answer.text[:START]
        except requests.RequestException as error:
            return _kind(error)


def by_http_client(portal: Portal, base_url: str, limit: float) -> Outcome:
    host = base_url.removeprefix("https://").partition("/")[0]
    context = portal.ssl_context()
    with closing(HTTPSConnection(host, context=context, timeout=limit)) as connection:
        try:
            connection.request("GET", "/api/v2/users", headers=portal.headers)
            answer = connection.getresponse()
            return answer.status, answer.headers["content-type"], answer.read().decode()[:START]
        except (OSError, HTTPException) as error:
            return _kind(error)


def _kind(error: Exception) -> Outcome:
    return (type(error).__name__,)


@pytest.mark.parametrize("ask", [by_httpx, by_requests, by_http_client])
@pytest.mark.parametrize(
    "fault",
    [
        {"reset": True},
        {"empty": True},
        {"timeout": True},
        {"truncate_at": 50},
        {"malformed_json": True},
        {"wrong_content_type": True},
        {"status": 503},
        {"drop_field": "email"},
    ],
    ids=lambda fault: next(iter(fault)),
)
def test_a_fault_is_the_same(fault: dict[str, Any], ask: Ask, acme: Portal) -> None:
    acme.fault("GET", "/users", **fault)
    limit = PATIENCE if "timeout" in fault else TIME_LIMIT
    plain = ask(acme, acme.base_url, limit)
    with acme.intercept():
        led = ask(acme, f"https://{acme.host}/api/v2", limit)
    assert led == plain
    assert [exchange.faults for exchange in acme.requests] == [(1,), (1,)]
