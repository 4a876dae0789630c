"""What the guard says, and where it says that the call came from."""

import asyncio
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import uvloop

from talentlms_mock import HostUnanswered, MockError, MockServer, Portal, guard
from talentlms_mock.intercept.call_site import call_site
from talentlms_mock.intercept.sockets import connect

_TIME_LIMIT = 10
_HOST = "acme.talentlms.com"
_HERE = "tests/intercept/test_guard.py"


@contextmanager
def _refused() -> Iterator[list[HostUnanswered]]:
    found: list[HostUnanswered] = []
    with pytest.raises(HostUnanswered) as refused:
        yield found
    found.append(refused.value)


def _line(function: Callable[..., Any], offset: int) -> str:
    return f"{_HERE}:{function.__code__.co_firstlineno + offset}"


def _call() -> None:
    socket.create_connection(("acme.talentlms.com", 443), _TIME_LIMIT)


def test_it_names_the_host_the_place_and_the_ways_out() -> None:
    with _refused() as found:
        _call()

    (error,) = found
    assert isinstance(error, ConnectionRefusedError)
    assert isinstance(error, MockError)
    assert str(error) == (
        "Nothing here answers for acme.talentlms.com, and the real one is not called "
        f"(called at {_line(_call, 1)}): make the mock answer with `with portal.intercept():`, "
        "with @pytest.mark.talentlms(intercept=True), or with talentlms_intercept = true for a "
        "whole suite; or give the client portal.base_url."
    )
    assert (error.host, error.call_site) == ("acme.talentlms.com", _line(_call, 1))


def test_it_may_be_nested() -> None:
    with guard(), guard():
        pass
    with _refused():
        _call()


def test_a_file_elsewhere_is_named_in_full(tmp_path: Path) -> None:
    file = tmp_path / "client.py"
    file.write_text("def call(function):\n    return function()\n")
    names: dict[str, Any] = {}
    exec(compile(file.read_text(), file, "exec"), names)
    assert names["call"](call_site) == f"{file}:2"


def test_code_without_a_file_is_named_as_it_is() -> None:
    names: dict[str, Any] = {}
    exec(compile("def call(function):\n    return function()\n", "<typed in>", "exec"), names)
    assert names["call"](call_site) == "<typed in>:2"


def test_a_thread_that_runs_libraries_alone_has_no_place_to_name() -> None:
    with ThreadPoolExecutor(1) as pool, _refused() as found:
        pool.submit(socket.create_connection, ("acme.talentlms.com", 443)).result(_TIME_LIMIT)

    assert found[0].call_site is None
    assert "the real one is not called: make" in str(found[0])


loops = pytest.mark.parametrize(
    "loop", [asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"]
)


@loops
def test_a_task_that_waits_for_one_of_a_library_is_the_place(
    loop: Callable[[], asyncio.AbstractEventLoop],
) -> None:
    async def inner(session: aiohttp.ClientSession) -> None:
        await session.get("https://acme.talentlms.com")

    async def call() -> None:
        async with aiohttp.ClientSession() as session:
            await asyncio.gather(inner(session), asyncio.sleep(0))

    with (
        asyncio.Runner(loop_factory=loop) as runner,
        pytest.raises(aiohttp.ClientConnectorError) as refused,
    ):
        runner.run(call())
    assert f"(called at {_line(inner, 1)})" in str(refused.value)


@loops
def test_a_task_that_nobody_waits_for_has_no_place_to_name(
    loop: Callable[[], asyncio.AbstractEventLoop],
) -> None:
    async def call() -> None:
        running = asyncio.get_running_loop()
        await asyncio.gather(running.create_connection(asyncio.Protocol, _HOST, 443))

    with asyncio.Runner(loop_factory=loop) as runner, _refused() as found:
        runner.run(call())
    # uvloop's call is refused when it is made, asyncio's when its task runs.
    expected = None if loop is asyncio.new_event_loop else _line(call, 2)
    assert found[0].call_site == expected


@loops
@pytest.mark.parametrize("host", ["acme.talentlms.com", b"acme.talentlms.com"], ids=repr)
def test_a_socket_of_an_event_loop(
    loop: Callable[[], asyncio.AbstractEventLoop], host: Any
) -> None:
    async def call() -> None:
        with socket.socket() as connection:
            connection.setblocking(False)
            await asyncio.get_running_loop().sock_connect(connection, (host, 443))

    with asyncio.Runner(loop_factory=loop) as runner, _refused() as found:
        runner.run(call())
    assert found[0].call_site == _line(call, 3)


def test_an_event_loop_that_connects_sockets_itself_is_redirected(
    acme: Portal, server: MockServer
) -> None:
    """Windows' own is `proactor.connect(sock, address)`."""
    asked = []
    redirecting = connect(lambda proactor, sock, address: asked.append((proactor, address)))
    with acme.intercept(), socket.socket() as connection:
        redirecting("proactor", connection, (acme.host, 443))
        redirecting("proactor", connection, ("127.0.0.1", 443))
    assert asked == [
        ("proactor", ("127.0.0.1", server.https_port)),
        ("proactor", ("127.0.0.1", 443)),
    ]
