"""Python's HTTP clients as their users have them: no address, no proxy and no trust is set.

Each is made first and called later, so that a test can switch the interception on in between.
"""

import asyncio
import http.client
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from urllib.parse import urlsplit

import aiohttp
import aiohttp.resolver
import httpx
import requests
import trio
import urllib3
import uvloop

Headers = dict[str, str]
Call = Callable[[str, Headers], int]
"""Send one GET; return the status."""

NewClient = Callable[[], AbstractContextManager[Call]]
NewLoop = Callable[[], asyncio.AbstractEventLoop] | None

TIME_LIMIT = 10


@contextmanager
def _requests() -> Iterator[Call]:
    with requests.Session() as session:
        yield lambda url, headers: session.get(url, headers=headers, timeout=TIME_LIMIT).status_code


@contextmanager
def _urllib3() -> Iterator[Call]:
    with urllib3.PoolManager(timeout=TIME_LIMIT, retries=False) as pool:
        yield lambda url, headers: pool.request("GET", url, headers=headers).status


@contextmanager
def _urllib() -> Iterator[Call]:
    opener = urllib.request.build_opener()

    def call(url: str, headers: Headers) -> int:
        try:
            with opener.open(urllib.request.Request(url, headers=headers), timeout=TIME_LIMIT) as a:
                status: int = a.status
                return status
        except urllib.error.HTTPError as error:
            with error:
                return error.code

    yield call


@contextmanager
def _http_client() -> Iterator[Call]:
    context = ssl.create_default_context()

    def call(url: str, headers: Headers) -> int:
        parts = urlsplit(url)
        host = parts.hostname or ""
        connection = (
            http.client.HTTPSConnection(host, context=context, timeout=TIME_LIMIT)
            if parts.scheme == "https"
            else http.client.HTTPConnection(host, timeout=TIME_LIMIT)
        )
        try:
            connection.request("GET", parts.path, headers=headers)
            answer = connection.getresponse()
            answer.read()
            return answer.status
        finally:
            connection.close()

    yield call


@contextmanager
def _httpx() -> Iterator[Call]:
    with httpx.Client(timeout=TIME_LIMIT) as client:
        yield lambda url, headers: client.get(url, headers=headers).status_code


async def _get(client: httpx.AsyncClient, url: str, headers: Headers) -> int:
    async with client:
        return (await client.get(url, headers=headers)).status_code


@contextmanager
def _httpx_asyncio(loop: NewLoop = None) -> Iterator[Call]:
    client = httpx.AsyncClient(timeout=TIME_LIMIT)
    with asyncio.Runner(loop_factory=loop) as runner:
        yield lambda url, headers: runner.run(_get(client, url, headers))


@contextmanager
def _httpx_trio() -> Iterator[Call]:
    client = httpx.AsyncClient(timeout=TIME_LIMIT)
    yield lambda url, headers: trio.run(_get, client, url, headers)


@contextmanager
def _aiohttp(
    resolver: Callable[[], aiohttp.abc.AbstractResolver], loop: NewLoop = None
) -> Iterator[Call]:
    async def make() -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(resolver=resolver()),
            timeout=aiohttp.ClientTimeout(TIME_LIMIT),
            trust_env=True,
        )

    with asyncio.Runner(loop_factory=loop) as runner:
        session = runner.run(make())

        async def get(url: str, headers: Headers) -> int:
            async with session.get(url, headers=headers) as answer:
                await answer.read()
                return answer.status

        try:
            yield lambda url, headers: runner.run(get(url, headers))
        finally:
            runner.run(session.close())


@contextmanager
def _streams(loop: NewLoop = None) -> Iterator[Call]:
    context = ssl.create_default_context()

    async def get(url: str, headers: Headers) -> int:
        parts = urlsplit(url)
        secure = parts.scheme == "https"
        reader, writer = await asyncio.open_connection(
            parts.hostname, 443 if secure else 80, ssl=context if secure else None
        )
        lines = [f"GET {parts.path} HTTP/1.1", f"Host: {parts.hostname}", "Connection: close"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
        answer = await reader.read()
        writer.close()
        await writer.wait_closed()
        return int(answer.split()[1])

    with asyncio.Runner(loop_factory=loop) as runner:
        yield lambda url, headers: runner.run(asyncio.wait_for(get(url, headers), TIME_LIMIT))


_threaded, _cares = aiohttp.resolver.ThreadedResolver, aiohttp.resolver.AsyncResolver

CLIENTS: dict[str, NewClient] = {
    "requests": _requests,
    "urllib3": _urllib3,
    "urllib": _urllib,
    "http.client": _http_client,
    "httpx": _httpx,
    "httpx on asyncio": _httpx_asyncio,
    "httpx on trio": _httpx_trio,
    "httpx on uvloop": partial(_httpx_asyncio, uvloop.new_event_loop),
    "aiohttp": partial(_aiohttp, _threaded),
    "aiohttp with aiodns": partial(_aiohttp, _cares),
    "aiohttp on uvloop": partial(_aiohttp, _threaded, uvloop.new_event_loop),
    "aiohttp with aiodns on uvloop": partial(_aiohttp, _cares, uvloop.new_event_loop),
    "streams": _streams,
    "streams on uvloop": partial(_streams, uvloop.new_event_loop),
}
