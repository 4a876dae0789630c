"""The routes of the control API: each one is found, and says what it reads."""

import inspect
import logging
from collections import Counter

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, Mount, Router

from talentlms_mock.control import (
    clock,
    faults,
    learners,
    mock,
    parsing,
    portals,
    rate_limit,
    requests,
    resources,
    snapshots,
    tasks,
)
from talentlms_mock.control.middleware import error_response
from talentlms_mock.control.route import Body, ControlRoute, Query, control_routes, route
from talentlms_mock.control.routes import ROUTES

MODULES = (
    clock,
    faults,
    learners,
    mock,
    portals,
    rate_limit,
    requests,
    resources,
    snapshots,
    tasks,
)


def test_names_and_places_are_unique() -> None:
    names = Counter(each.name for each in ROUTES)
    places = Counter((each.method, each.path) for each in ROUTES)

    assert [name for name, count in (names + places).items() if count > 1] == []


@pytest.mark.parametrize("wanted", ROUTES, ids=lambda each: str(each.name))
def test_no_route_stands_before_another_that_it_matches_too(wanted: ControlRoute) -> None:
    path = wanted.path_format.replace("{", "").replace("}", "")
    scope = {"type": "http", "method": wanted.method, "path": path}

    assert next(each for each in ROUTES if each.matches(scope)[0] is Match.FULL) is wanted


def test_every_route_of_a_module_is_listed() -> None:
    declared = {
        name
        for module in MODULES
        for name, value in inspect.getmembers(module)
        if isinstance(value, ControlRoute) and value not in ROUTES
    }

    assert declared == set()


class _Input(Body):
    name: str


class _Other(Body):
    name: str


class _Filter(Query):
    name: str | None = None


def _request(each: ControlRoute, content: bytes = b"") -> Request:
    scope = {"type": "http", "method": each.method, "path": each.path, "query_string": b""}
    _, found = each.matches(scope)
    return Request({**scope, **found, "headers": [], "state": {"content": content}})


@route("POST", "/things/{id_or_name}", tag="Things", summary="Rename a thing", body=_Input)
def rename_thing(request: Request) -> Response:
    parsing.read_body(request, _Input)
    return Response(status_code=204)


def test_route_has_what_is_said_of_it() -> None:
    assert rename_thing.name == "renameThing"
    assert (rename_thing.method, rename_thing.path) == ("POST", "/things/{id_or_name}")
    assert (rename_thing.body, rename_thing.query, rename_thing.status) == (_Input, None, 204)
    assert rename_thing.methods == {"POST"}


def test_names_in_a_path_are_decoded_once() -> None:
    scope = {"type": "http", "method": "POST", "path": "/things/a%2Fb%2520c"}
    match, found = rename_thing.matches(scope)

    assert (match, found["path_params"]) == (Match.FULL, {"id_or_name": "a/b%20c"})
    assert rename_thing.matches({**scope, "path": "/things/a/b"}) == (Match.NONE, {})


def test_endpoint_reads_what_its_route_declares() -> None:
    read = parsing.read_body(_request(rename_thing, b'{"name": "A"}'), _Input)
    assert read == _Input(name="A")
    with pytest.raises(TypeError, match=r"reads <class .*_Other.*declares <class .*_Input"):
        parsing.read_body(_request(rename_thing), _Other)
    with pytest.raises(TypeError, match="its route declares None"):
        parsing.read_query(_request(rename_thing), _Filter)


def test_routes_are_found_wherever_they_are_mounted() -> None:
    mounted: list[BaseRoute] = [Mount("/a", routes=[Mount("/b", app=Router([rename_thing]))])]

    assert list(control_routes([*mounted, *ROUTES[:1]])) == [rename_thing, ROUTES[0]]


@pytest.mark.asyncio
async def test_error_that_nobody_expected_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR, logger="talentlms_mock"):
        response = await error_response(_request(rename_thing), ZeroDivisionError("secret"))

    assert (response.status_code, b"secret" in bytes(response.body)) == (500, False)
    assert "POST /things/{id_or_name} failed inside the mock" in caplog.text
    assert "secret" in caplog.text


def test_head_is_not_answered_where_get_is(control: httpx.Client) -> None:
    response = control.head("/health")

    assert (response.status_code, response.headers["allow"]) == (405, "GET")


def test_allow_has_every_method_of_the_path(control: httpx.Client) -> None:
    # "open" may also be the domain of a portal.
    response = control.put("/portals/open")

    assert response.headers["allow"] == "POST, GET, PATCH, DELETE"
