"""What faults look like to clients: the table of the reference, asked of the clients themselves."""

import http.client
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import requests

from talentlms_mock import MockServer, Portal
from tests.docs.pages import of_reference

FETCH = Path(__file__).with_name("fetch.mjs")

PATIENCE = 0.4
"""Seconds that a client waits for an answer that never comes."""
LIMIT = 30.0
"""Seconds for another program to start and end."""


@dataclass
class Asked:
    """A portal, and its list of users by one scheme."""

    portal: Portal
    url: str
    timeout: float


def _rows() -> list[list[str]]:
    return [
        [cell.strip("`") for cell in row] for row in of_reference("faults").table("fault | curl")
    ]


ROWS = pytest.mark.parametrize("row", _rows(), ids=lambda row: row[0])
SCHEMES = pytest.mark.parametrize("scheme", ["http", "https"])


@pytest.fixture(scope="module")
def server() -> Iterator[MockServer]:
    with MockServer(allow_http=True) as server:
        yield server


@pytest.fixture
def asked(row: list[str], scheme: str, server: MockServer) -> Iterator[Asked]:
    portal = server.create_portal(users=10)
    options = eval(f"dict({row[0]})")
    portal.fault("GET", "/users", **options)
    port = server.http_port if scheme == "http" else server.https_port
    timeout = PATIENCE if "timeout" in options else LIMIT
    yield Asked(portal, f"{scheme}://127.0.0.1:{port}/api/v2/users", timeout)
    server.remove_portal(portal)


def _outcome(ask: Callable[[], int]) -> str:
    try:
        return str(ask())
    except Exception as error:
        return type(error).__name__


def _over_tls(scheme: str, seen: str, instead: str, expected: str) -> str:
    """Return what is expected, but for a reset within TLS, which Python before 3.13 overlooks."""
    is_reset = (scheme, expected) == ("https", seen)
    return instead if is_reset and sys.version_info < (3, 13) else expected


@SCHEMES
@ROWS
def test_http_client(row: list[str], scheme: str, asked: Asked) -> None:
    def ask() -> int:
        url = httpx.URL(asked.url)
        connection = (
            http.client.HTTPConnection(url.host, url.port, timeout=asked.timeout)
            if scheme == "http"
            else http.client.HTTPSConnection(
                url.host, url.port, timeout=asked.timeout, context=asked.portal.ssl_context()
            )
        )
        with closing(connection):
            connection.request("GET", url.path, headers=asked.portal.headers)
            answer = connection.getresponse()
            json.loads(answer.read())
            return answer.status

    expected = _over_tls(scheme, "ConnectionResetError", "RemoteDisconnected", row[2])
    assert _outcome(ask) == expected


@SCHEMES
@ROWS
def test_requests(row: list[str], scheme: str, asked: Asked) -> None:
    def ask() -> int:
        with requests.Session() as session:
            session.trust_env = False
            answer = session.get(
                asked.url,
                headers=asked.portal.headers,
                verify=str(asked.portal.ca_file),
                timeout=asked.timeout,
            )
            answer.json()
            return answer.status_code

    assert _outcome(ask) == row[3]


@SCHEMES
@ROWS
def test_httpx(row: list[str], scheme: str, asked: Asked) -> None:
    def ask() -> int:
        with httpx.Client(verify=asked.portal.ssl_context(), timeout=asked.timeout) as client:
            answer = client.get(asked.url, headers=asked.portal.headers)
            answer.json()
            return answer.status_code

    assert _outcome(ask) == _over_tls(scheme, "ReadError", "RemoteProtocolError", row[4])


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@SCHEMES
@ROWS
def test_curl(row: list[str], scheme: str, asked: Asked) -> None:
    words = ["curl", "--silent", "--max-time", str(asked.timeout), "--noproxy", "*"]
    for name, value in asked.portal.headers.items():
        words += ["-H", f"{name}: {value}"]
    words += ["--cacert", str(asked.portal.ca_file), asked.url]
    done = subprocess.run(words, check=False, capture_output=True, timeout=LIMIT * 2)
    assert str(done.returncode) == row[1]


def _has_fetch() -> bool:
    node = shutil.which("node")
    if node is None:
        return False
    version = subprocess.run([node, "--version"], check=True, capture_output=True, text=True)
    major = re.match(r"v(\d+)", version.stdout)
    return major is not None and int(major[1]) >= 18


@pytest.mark.skipif(not _has_fetch(), reason="Node 18 or newer is not installed")
@SCHEMES
@ROWS
def test_node(row: list[str], scheme: str, asked: Asked) -> None:
    done = subprocess.run(
        ["node", FETCH, asked.url, asked.portal.api_key, str(int(asked.timeout * 1000))],
        check=True,
        capture_output=True,
        text=True,
        timeout=LIMIT * 2,
        env={**os.environ, "NODE_EXTRA_CA_CERTS": str(asked.portal.ca_file)},
    )
    # Within TLS, Node takes one reset in ten for the end of the connection.
    also = "UND_ERR_SOCKET" if (scheme, row[5]) == ("https", "ECONNRESET") else row[5]
    assert done.stdout.strip() in (row[5], also)
