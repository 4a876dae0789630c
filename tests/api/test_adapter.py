"""Parameters of the query, with an operation of the test's own."""

import asyncio
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from talentlms_mock.api.adapter import Adapter
from talentlms_mock.api.fidelity import DOCUMENTED
from talentlms_mock.api.gateway import Gateway
from talentlms_mock.api.operation import Operation, Parameter, one
from talentlms_mock.api.values import INTEGER, STRING, Shape
from talentlms_mock.asgi.call import Call
from talentlms_mock.portal.portal import Portal
from talentlms_mock.portal.portals import Portals
from talentlms_mock.portal.state.settings import Settings
from talentlms_mock.portal.store.transaction import Transaction
from tests.api.responses import WRONG, refusal


def echo(transaction: Transaction, **values: Any) -> dict[str, Any]:
    return values


ECHO = Operation(
    "GET",
    "/echo/{id}",
    "echo",
    "Portal",
    "Answer the parameters",
    one(Shape),
    DOCUMENTED,
    echo,
    query=(
        Parameter("user_id", "query", INTEGER),
        Parameter("coupon", "query", STRING, required=False),
    ),
)


@pytest.fixture
def portal() -> Iterator[Portal]:
    portal = Portal(Settings(), dataset="empty")
    yield portal
    portal.close()


def gateway_of(portal: Portal) -> Gateway:
    portals = Portals()
    portals.add(portal)
    return Gateway(
        portals, Adapter([ECHO]), allow_http=False, behind_tls_proxy=False, on_exchange=None
    )


def get(portal: Portal, path: str) -> httpx.Response:
    async def send() -> httpx.Response:
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(gateway_of(portal)),
            base_url="https://samples.talentlms.com/api/v2",
            headers=portal.headers,
        ) as client:
            return await client.get(path)

    return asyncio.run(send())


@pytest.mark.parametrize(
    ("query", "values"),
    [
        ("user_id=7", {"user_id": 7, "coupon": None}),
        ("user_id=-7&coupon=a%20b", {"user_id": -7, "coupon": "a b"}),
        ("user_id=1&user_id=2&coupon=", {"user_id": 2, "coupon": ""}),
    ],
)
def test_parameters_are_read(query: str, values: dict[str, Any], portal: Portal) -> None:
    assert get(portal, f"/echo/3?{query}").json() == {"_data": {"id": 3, **values}}


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("", "user_id is required"),
        ("user_id=", "user_id must be an integer"),
        ("user_id=seven", "user_id must be an integer"),
    ],
)
def test_a_bad_parameter_is_400(query: str, problem: str, portal: Portal) -> None:
    response = get(portal, f"/echo/3?{query}")
    assert (response.status_code, response.json()) == (400, refusal(WRONG + problem))


def test_a_query_need_not_be_encoded(portal: Portal) -> None:
    async def send() -> list[Any]:
        answers: list[Any] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request"}

        async def keep(message: Any) -> None:
            answers.append(message)

        headers = {**portal.headers, "Host": portal.host}
        scope = {
            "type": "http",
            "method": "GET",
            "scheme": "https",
            "path": "/api/v2/echo/1",
            "query_string": "user_id=1&coupon=é\udcff".encode(errors="surrogateescape"),
            "headers": [(k.lower().encode(), v.encode()) for k, v in headers.items()],
        }
        await gateway_of(portal)(scope, receive, keep)
        return answers

    start, body = asyncio.run(send())
    assert start["status"] == 200
    assert body["body"].decode() == '{"_data":{"user_id":1,"coupon":"é\ufffd","id":1}}'


def test_a_path_is_escaped_again_where_nobody_says_how_it_was_sent() -> None:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request"}

    scope = {"method": "GET", "path": "/users/a b@c/", "scheme": "https", "headers": []}
    assert Call(scope, receive).sent_path == "/users/a%20b%40c"
    assert Call(scope | {"raw_path": b"/users/a%2Fb@c/"}, receive).sent_path == "/users/a%2Fb@c"
