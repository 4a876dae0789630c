"""A server that opens its ports when an address of it is first asked for."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from talentlms_mock import Portal, SetupError
from talentlms_mock.serving import server as serving
from talentlms_mock.serving.on_demand import OnDemandServer


def _threads() -> set[str]:
    return {thread.name for thread in threading.enumerate()}


async def _in_process(portal: Portal) -> int:
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(portal.asgi),
        base_url=f"https://{portal.host}/api/v2",
        headers=portal.headers,
    ) as client:
        return (await client.get("/users")).status_code


def test_no_port_is_open_before_an_address_is_asked_for() -> None:
    with OnDemandServer() as server:
        portal = server.create_portal(domain="lazy", dataset="empty")
        assert asyncio.run(_in_process(portal)) == 200
        assert repr(portal) == "<Portal 'lazy' of lazy.talentlms.com>"
        assert repr(server) == "<MockServer, not running>"

        with ThreadPoolExecutor(8) as pool:
            addresses = set(pool.map(lambda _: portal.base_url, range(8)))
        assert len(addresses) == 1
        with portal.httpx_client() as client:
            assert client.get("/users").status_code == 200
        assert repr(portal) == f"<Portal 'lazy' at {portal.base_url}>"
    with pytest.raises(SetupError, match="The server is not running"):
        server.https_port  # noqa: B018  # what asks
    with pytest.raises(SetupError, match="The server is not running"):
        server.create_portal()


def test_ports_are_opened_before_an_address_is_asked_for() -> None:
    with OnDemandServer() as server:
        server.open_ports()
        assert repr(server).startswith("<MockServer https://127.0.0.1:")


def test_one_that_nobody_asks_for_an_address_ends_quietly() -> None:
    before = _threads()
    with OnDemandServer() as server:
        server.create_portal(dataset="empty")
    assert _threads() <= before


def test_what_blocks_sockets_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def listen(*_: object) -> None:
        raise RuntimeError("A test tried to use socket.socket.")

    monkeypatch.setattr(serving, "listen", listen)
    with OnDemandServer() as server:
        server.open_ports()
        portal = server.create_portal(dataset="empty")
        with pytest.raises(SetupError) as caught:
            portal.httpx_client()
        assert str(caught.value) == (
            "The mock cannot open its ports (A test tried to use socket.socket): portal.asgi needs "
            "none; or allow the test sockets, with pytest-socket by @pytest.mark.enable_socket."
        )
        monkeypatch.undo()
        with portal.httpx_client() as client:
            assert client.get("/users").status_code == 200


def test_a_mistake_of_setting_up_stays_what_it_is() -> None:
    with (
        OnDemandServer(host="no.such.host.invalid") as server,
        pytest.raises(SetupError, match=r"The host 'no.such.host.invalid' has no address"),
    ):
        server.create_portal(dataset="empty").base_url  # noqa: B018  # what asks
