"""The application: one Starlette, whose routes are what the mock answers to."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount, Route

from talentlms_mock import MockServer, Portal, create_app
from talentlms_mock.api.gateway import Gateway
from talentlms_mock.console.app import BrowserEntry, ConsoleApp
from talentlms_mock.control.app import ControlApp
from talentlms_mock.control.routes import ROUTES
from talentlms_mock.portal.portals import Portals
from talentlms_mock.portal.state.settings import Settings


def test_routes_name_every_surface(server: MockServer) -> None:
    app = create_app(Portals(), portal_host=server)

    assert isinstance(app, Starlette)
    api, report, console, *entries, control, root = app.routes
    assert isinstance(api, Mount)
    assert (api.path, api.name, type(api.app)) == ("/api/v2", "api", Gateway)
    assert isinstance(report, Route)
    assert (report.path, report.methods) == (
        "/downloads/task:{code},key:{key}",
        {"GET", "HEAD"},
    )
    assert isinstance(console, Mount)
    assert (console.path, type(console.app)) == ("/__mock__/console", ConsoleApp)
    assert isinstance(control, Mount)
    assert (control.path, control.name, type(control.app)) == ("/__mock__", "control", ControlApp)
    assert control.routes == ROUTES
    paths = [(each.path, type(each.app)) for each in (*entries, root) if isinstance(each, Route)]
    assert paths == [(path, BrowserEntry) for path in ("/__mock__", "/__mock__/", "/")]


def test_without_a_host_of_portals_there_is_no_control_api() -> None:
    app = create_app(Portals())

    assert [(type(route), route.path) for route in app.routes if isinstance(route, Mount)] == [
        (Mount, "/api/v2")
    ]
    assert [route.path for route in app.routes if isinstance(route, Route)] == [
        "/downloads/task:{code},key:{key}"
    ]


@contextmanager
def _served(portal: Portal) -> Iterator[Portals]:
    portals = Portals()
    portals.add(portal)
    yield portals
    portals.close()


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "path",
    ["/", "/api", "/api/v2", "/api/v2/", "/api/v2x", "/api/v2/nothing", "/users/", "/__mock__x"],
)
async def test_path_that_no_route_has_is_a_request_of_the_portal(path: str) -> None:
    portal = Portal(Settings(), dataset="empty")
    with _served(portal) as portals:
        app = create_app(portals)
        async with _client(app, portal) as client:
            response = await client.get(path, headers=portal.headers)

        assert response.status_code == 404
        assert response.json() == {
            "error": {
                "type": "invalid_request_error",
                "message": "Not Found",
            }
        }
        assert [(item.path, item.status) for item in portal.requests] == [(path, 404)]


@pytest.mark.asyncio
async def test_routes_are_what_requests_are_led_by() -> None:
    portal = Portal(Settings(), dataset="empty")
    with _served(portal) as portals:
        app = create_app(portals)
        app.routes[0] = Mount("/api/v2", create_app(Portals()))
        async with _client(app, portal) as client:
            response = await client.get("/api/v2/users", headers=portal.headers)

        assert response.status_code == 403  # the other application has no portal
        assert list(portal.requests) == []


def _client(app: Callable[..., object], portal: Portal) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app)  # type: ignore[arg-type]
    return httpx.AsyncClient(transport=transport, base_url=f"https://{portal.host}")


@pytest.mark.parametrize(
    "path", ["/__mock__", "/__mock__/", "/%5F%5Fmock__/health", "/__mock__/a%0Ab", "/__mock__/%0A"]
)
def test_everything_below_the_control_api_is_its_own(server: MockServer, path: str) -> None:
    with httpx.Client(base_url=f"http://127.0.0.1:{server.http_port}") as client:
        url = httpx.URL(str(client.base_url)).copy_with(raw_path=path.encode())
        response = client.send(httpx.Request("GET", url))
        refused = client.send(httpx.Request("GET", url, headers={"Host": "evil.example.com"}))

    assert response.status_code == 404
    assert response.json()["error"]["message"].startswith("The control API has no path /")
    assert refused.status_code == 403
