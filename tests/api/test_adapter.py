"""Parameters of the path and the query, with operations of the test's own."""

import asyncio
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from talentlms_mock.api.adapter import Adapter
from talentlms_mock.api.fidelity import DOCUMENTED
from talentlms_mock.api.gateway import Gateway
from talentlms_mock.api.operation import Operation, Parameter, one
from talentlms_mock.api.values import ID, STRING, Kind, Shape, integer
from talentlms_mock.asgi.call import Call
from talentlms_mock.portal.portal import Portal
from talentlms_mock.portal.portals import Portals
from talentlms_mock.portal.state.settings import Settings
from talentlms_mock.portal.store.transaction import Transaction
from tests.api.responses import refusal


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
        Parameter("level", "query", Kind(integer, {"type": "integer"})),
        Parameter("user_id", "query", ID, required=False),
        Parameter("coupon", "query", STRING, required=False),
    ),
)
TASK = Operation(
    "GET",
    "/jobs/{code}/of/{name}",
    "job",
    "Portal",
    "Answer the parameters",
    one(Shape),
    DOCUMENTED,
    echo,
    texts_in_path={
        "code": Kind(str, {"type": "string", "pattern": "^[0-9A-Za-z]{8}$"}),
        "name": STRING,
    },
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
        portals, Adapter([ECHO, TASK]), allow_http=False, behind_tls_proxy=False, on_exchange=None
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
        ("level=7", {"level": 7, "user_id": None, "coupon": None}),
        ("level=-7&coupon=a%20b", {"level": -7, "user_id": None, "coupon": "a b"}),
        ("level=1&level=2&user_id=007&coupon=", {"level": 2, "user_id": 7, "coupon": ""}),
        ("level=0&user_id=" + "9" * 30, {"level": 0, "user_id": 2**63 - 1, "coupon": None}),
    ],
)
def test_parameters_are_read(query: str, values: dict[str, Any], portal: Portal) -> None:
    assert get(portal, f"/echo/3?{query}").json() == {"_data": {"id": 3, **values}}


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("/echo/3", "The attribute 'level' is required"),
        ("/echo/3?level=", "The attribute 'level' must be an integer"),
        ("/echo/3?level=seven", "The attribute 'level' must be an integer"),
        ("/echo/3?level=1&user_id=", "User id must be a positive integer"),
        ("/echo/3?level=1&user_id=-1", "User id must be a positive integer"),
        ("/echo/3?level=1&user_id=%2B1", "User id must be a positive integer"),
        ("/echo/3?user_id=x", "The attribute 'level' is required"),
        ("/echo/0?user_id=x", "Id must be a positive integer"),
        ("/echo/٣", "Id must be a positive integer"),
        ("/echo/3%0A", "Id must be a positive integer"),
    ],
)
def test_the_first_bad_parameter_is_400(path: str, problem: str, portal: Portal) -> None:
    response = get(portal, path)
    assert (response.status_code, response.json()) == (400, refusal(problem))


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("/jobs/2x3LBp89/of/ada", {"code": "2x3LBp89", "name": "ada"}),
        ("/jobs/2x3LBp89/of/a%2Fb%20c", {"code": "2x3LBp89", "name": "a/b c"}),
        ("/jobs/2x3LBp8/of/ada", None),
        ("/jobs/2x3LBp899/of/ada", None),
        ("/jobs/2x3LBp8-/of/ada", None),
        ("/jobs/2x3LBp89/of/ada/", None),
        ("/jobs/2x3LBp89/of/", None),
    ],
)
def test_a_text_that_has_another_form_is_another_path(
    path: str, values: dict[str, str] | None, portal: Portal
) -> None:
    response = get(portal, path)
    if values is None:
        assert (response.status_code, response.json()) == (404, refusal("Not Found"))
    else:
        assert (response.status_code, response.json()) == (200, {"_data": values})


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
            "query_string": "level=1&coupon=é\udcff".encode(errors="surrogateescape"),
            "headers": [(k.lower().encode(), v.encode()) for k, v in headers.items()],
        }
        await gateway_of(portal)(scope, receive, keep)
        return answers

    start, body = asyncio.run(send())
    assert start["status"] == 200
    assert body["body"].decode() == (
        '{"_data":{"id":1,"level":1,"user_id":null,"coupon":"é\ufffd"}}'
    )


def test_a_path_is_escaped_again_where_nobody_says_how_it_was_sent() -> None:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request"}

    scope = {"method": "GET", "path": "/users/a b@c/", "scheme": "https", "headers": []}
    assert Call(scope, receive).sent_path == "/users/a%20b%40c"
    assert Call(scope | {"raw_path": b"/users/a%2Fb@c/"}, receive).sent_path == "/users/a%2Fb@c"
