"""Unmodified clients read every page of users over HTTPS, and verify whom they talk to."""

import asyncio
import json
import os
import re
import shutil
import subprocess
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import httpx
import pytest
import requests
from sqlalchemy import select

from talentlms_mock import Portal
from talentlms_mock.portal.store.models import users

Json = dict[str, Any]

_TIME_LIMIT = 30
_SCRIPT = Path(__file__).with_name("pages.mjs")


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, "127.0.0.1")


def _every_id(portal: Portal) -> list[int]:
    with portal.transaction() as transaction:
        return list(transaction.connection.scalars(select(users.c.id).order_by(users.c.id)))


def _next(page: Json, ids: list[int]) -> str | None:
    """Take a page's ids; return the address of the next one, or None after the last."""
    ids += [user["id"] for user in page["_data"]]
    pagination = page["_meta"]["pagination"]
    done = pagination["page"] == pagination["total_pages"]
    return None if done else page["_links"]["next"]


def _read_all(portal: Portal, get: Callable[[str], Json]) -> list[int]:
    ids: list[int] = []
    url: str | None = f"{portal.base_url}/users"
    while url is not None:
        url = _next(get(url), ids)
    return ids


async def _read_all_async(portal: Portal, get: Callable[[str], Awaitable[Json]]) -> list[int]:
    ids: list[int] = []
    url: str | None = f"{portal.base_url}/users"
    while url is not None:
        url = _next(await get(url), ids)
    return ids


def _run(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    if shutil.which(words[0]) is None:
        pytest.skip(f"{words[0]} is not installed")
    return subprocess.run(
        words,
        check=False,
        capture_output=True,
        text=True,
        timeout=_TIME_LIMIT,
        env={**os.environ, **environment},
    )


def _curl(portal: Portal, url: str, *flags: str) -> subprocess.CompletedProcess[str]:
    headers = [word for pair in portal.headers.items() for word in ("-H", ": ".join(pair))]
    # Without --globoff curl takes the brackets of a link for a range of addresses.
    return _run("curl", "--silent", "--show-error", "--fail", "--globoff", *flags, *headers, url)


def test_curl(portal: Portal) -> None:
    def get(url: str) -> Json:
        done = _curl(portal, url, "--cacert", str(portal.ca_file))
        assert done.returncode == 0, done.stderr
        page: Json = json.loads(done.stdout)
        return page

    assert _read_all(portal, get) == _every_id(portal)


def test_requests(portal: Portal) -> None:
    with requests.Session() as session:
        session.headers.update(portal.headers)

        def get(url: str) -> Json:
            # Not once for the session: there REQUESTS_CA_BUNDLE in the environment would win.
            answer = session.get(url, verify=str(portal.ca_file), timeout=_TIME_LIMIT)
            answer.raise_for_status()
            page: Json = answer.json()
            return page

        assert _read_all(portal, get) == _every_id(portal)


def test_httpx(portal: Portal) -> None:
    with httpx.Client(headers=portal.headers, verify=portal.ssl_context()) as client:

        def get(url: str) -> Json:
            page: Json = client.get(url).raise_for_status().json()
            return page

        assert _read_all(portal, get) == _every_id(portal)


def test_httpx_async(portal: Portal) -> None:
    async def read() -> list[int]:
        async with httpx.AsyncClient(headers=portal.headers, verify=portal.ssl_context()) as client:

            async def get(url: str) -> Json:
                page: Json = (await client.get(url)).raise_for_status().json()
                return page

            return await _read_all_async(portal, get)

    assert asyncio.run(read()) == _every_id(portal)


def test_aiohttp(portal: Portal) -> None:
    async def read() -> list[int]:
        connector = aiohttp.TCPConnector(ssl=portal.ssl_context())
        async with aiohttp.ClientSession(
            headers=portal.headers, connector=connector, raise_for_status=True
        ) as session:

            async def get(url: str) -> Json:
                async with session.get(url) as answer:
                    page: Json = await answer.json()
                    return page

            return await _read_all_async(portal, get)

    assert asyncio.run(read()) == _every_id(portal)


def test_node_fetch(portal: Portal) -> None:
    version = _run("node", "--version").stdout
    major = re.match(r"v(\d+)\.", version)
    if major is None or int(major[1]) < 18:
        pytest.skip(f"node {version.strip()} has no fetch")

    done = _run(
        "node",
        str(_SCRIPT),
        portal.base_url,
        json.dumps(portal.headers),
        NODE_EXTRA_CA_CERTS=str(portal.ca_file),
    )

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == _every_id(portal)


def test_the_last_page_is_its_own_next(portal: Portal) -> None:
    with httpx.Client(headers=portal.headers, verify=portal.ssl_context()) as client:
        last = client.get(f"{portal.base_url}/users?page[number]=5").json()

    assert last["_links"]["next"] == f"{portal.base_url}/users?page[number]=5&page[size]=10"
    assert last["_links"]["next"] == last["_links"]["self"]


def test_a_client_that_does_not_know_the_authority_is_warned_off(portal: Portal) -> None:
    with pytest.raises(requests.exceptions.SSLError, match="certificate verify failed"):
        requests.get(f"{portal.base_url}/users", headers=portal.headers, timeout=_TIME_LIMIT)


def test_curl_that_does_not_know_the_authority_is_warned_off(portal: Portal) -> None:
    done = _curl(portal, f"{portal.base_url}/users")

    assert done.returncode == 60, done.stderr
