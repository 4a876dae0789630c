"""Everything that is replaced is put back, in whatever order the blocks end."""

import asyncio
import socket
import ssl
import subprocess
import sys
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import httpx
import pycares
import pytest
import requests
import uvloop

from talentlms_mock import MockServer, Portal, SetupError, guard
from talentlms_mock.intercept.patches import PATCHES, wanted
from tests.intercept.conftest import users_of

_TIME_LIMIT = 30


@pytest.fixture(autouse=True)
def nothing_escapes() -> None:
    """Guard nothing here, unlike in the other modules."""


def _attributes() -> dict[str, Any]:
    """Return what stands in each place, None where it is inherited."""
    return {
        f"{patch.owner.__name__}.{patch.name}": vars(patch.owner).get(patch.name)
        for patch in wanted()
    }


def _status(portal: Portal) -> int:
    return requests.get(users_of(portal), headers=portal.headers, timeout=_TIME_LIMIT).status_code


def test_all_is_as_before_when_it_ends(acme: Portal) -> None:
    before = _attributes()

    with acme.intercept():
        during = _attributes()

    after = _attributes()
    assert all(after[name] is value for name, value in before.items())
    assert not [name for name, value in before.items() if during[name] is value]
    assert not PATCHES.installed_now


def test_all_of_this_is_replaced() -> None:
    assert {(patch.owner, patch.name) for patch in wanted()} == {
        (socket, "getaddrinfo"),
        (socket, "gethostbyname"),
        (socket, "gethostbyname_ex"),
        (socket.socket, "connect"),
        (socket.socket, "connect_ex"),
        (ssl.SSLContext, "_wrap_socket"),
        (ssl.SSLContext, "_wrap_bio"),
        (urllib.request, "getproxies"),
        (urllib.request, "getproxies_environment"),
        (asyncio.BaseEventLoop, "getaddrinfo"),
        (uvloop.Loop, "getaddrinfo"),
        (uvloop.Loop, "create_connection"),
        (pycares.Channel, "getaddrinfo"),
        (httpx.Client, "_transport_for_url"),
        (httpx.AsyncClient, "_transport_for_url"),
        *(
            (urllib.request, name)
            for name in ("proxy_bypass_macosx_sysconf", "proxy_bypass_registry")
            if hasattr(urllib.request, name)
        ),
    }


def test_it_ends_with_an_error_too(acme: Portal) -> None:
    before = _attributes()

    with pytest.raises(ZeroDivisionError), acme.intercept(), guard():
        _ = 1 / 0

    assert _attributes() == before


def test_blocks_may_end_in_any_order(acme: Portal) -> None:
    before = _attributes()
    first, second, third = ExitStack(), ExitStack(), ExitStack()
    first.enter_context(acme.intercept())
    second.enter_context(acme.intercept())
    third.enter_context(guard())

    first.close()
    assert _status(acme) == 200
    second.close()
    with pytest.raises(requests.ConnectionError, match="Nothing here answers"):
        _status(acme)
    third.close()

    assert _attributes() == before


def test_threads_may_each_have_their_own(acme: Portal) -> None:
    before = _attributes()

    def call(_: int) -> int:
        with acme.intercept(), guard():
            return _status(acme)

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(call, range(12), timeout=_TIME_LIMIT)) == {200}

    assert _attributes() == before


def test_it_holds_for_threads_that_run_already(acme: Portal) -> None:
    with ThreadPoolExecutor(1) as pool:
        pool.submit(int).result(_TIME_LIMIT)
        with acme.intercept():
            assert pool.submit(_status, acme).result(_TIME_LIMIT) == 200


def test_what_another_tool_put_on_top_stays(acme: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    with acme.intercept():
        ours = socket.getaddrinfo

        def theirs(*arguments: Any, **options: Any) -> Any:
            return ours(*arguments, **options)

        monkeypatch.setattr(socket, "getaddrinfo", theirs)
        assert _status(acme) == 200

    assert socket.getaddrinfo is theirs
    # It still calls ours, which does now what the original does.
    assert socket.getaddrinfo("127.0.0.1", 80, type=socket.SOCK_STREAM)[0][4] == ("127.0.0.1", 80)


_LATE_IMPORTS = """
import os, socket
from talentlms_mock import MockServer, guard

with MockServer() as server, socket.create_server(("127.0.0.1", 0)) as proxy:
    proxy.setblocking(False)
    os.environ["HTTPS_PROXY"] = f"http://127.0.0.1:{proxy.getsockname()[1]}"
    portal = server.create_portal(domain="acme", users=3)
    with guard(), portal.intercept():
        import aiohttp, asyncio, httpx, requests, uvloop

        url = f"https://{portal.host}/api/v2/users"

        async def get():
            async with aiohttp.ClientSession(trust_env=True) as session:
                async with session.get(url, headers=portal.headers) as answer:
                    await answer.read()
                    return answer.status

        print(
            httpx.get(url, headers=portal.headers).status_code,
            requests.get(url, headers=portal.headers).status_code,
            asyncio.run(get()),
            uvloop.run(get()),
        )
    try:
        proxy.accept()
    except BlockingIOError:
        print("no proxy")
"""


def _run(program: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program],
        check=False,
        capture_output=True,
        text=True,
        timeout=_TIME_LIMIT,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_clients_that_are_imported_later_are_led_there_too() -> None:
    assert _run(_LATE_IMPORTS) == "200 200 200 200\nno proxy\n"


_WITHOUT_CLIENTS = """
import sys, urllib.request

for name in ("httpx", "pycares", "uvloop"):
    sys.modules[name] = None  # importing it fails, as where it is not installed

from talentlms_mock import MockServer

with MockServer() as server:
    portal = server.create_portal(domain="acme", users=3)
    url = f"https://{portal.host}/api/v2/users"
    with portal.intercept():
        request = urllib.request.Request(url, headers=portal.headers)
        with urllib.request.urlopen(request, timeout=10) as answer:
            print(answer.status)
"""


def test_it_needs_none_of_the_clients() -> None:
    assert _run(_WITHOUT_CLIENTS) == "200\n"


def test_an_interception_without_a_server_is_refused() -> None:
    server = MockServer()
    with pytest.raises(SetupError, match="The server is not running"):
        server.intercept()
    server.start()
    portal = server.create_portal()
    server.stop()
    with pytest.raises(SetupError, match="The server is not running"):
        portal.intercept()
