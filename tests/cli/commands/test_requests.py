"""talentlms-mock requests."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from talentlms_mock import MockServer, Portal
from tests.api.responses import ADA
from tests.cli.commands.conftest import Run, table

_LIMIT = 20


def test_requests_are_listed(of_empty: Run, api: httpx.Client, empty: Portal) -> None:
    assert of_empty("requests") == f"No request reached the portal {empty.domain}.\n"
    api.post("/users", json=ADA)
    api.get("/users/9?colour=red")
    heads, first, second = table(of_empty("requests"))
    assert heads == ["#", "Time", "Method", "Path", "Status", "ms", "Decided by"]
    assert first[:5] == ["1", "09:30:00", "POST", "/api/v2/users", "200"]
    assert first[6] == "wrote user 1"
    assert second[:5] == ["2", "09:30:00", "GET", "/api/v2/users/9?colour=red", "404"]
    assert second[6] == "User not found"
    assert len(table(of_empty("requests", "--method", "get"))) == 2
    assert len(table(of_empty("requests", "--status", "4xx", "--limit", "5", "--after", "1"))) == 2
    assert of_empty("requests", "--status", "500") == (
        f"No request like this reached the portal {empty.domain}.\n"
    )
    shown = json.loads(of_empty("requests", "--json", "--operation", "createUser"))
    assert shown == [empty.requests[0].as_data()]


def test_lines_are_never_broken(of_empty: Run, api: httpx.Client) -> None:
    api.get(f"/users?colour={'x' * 300}")
    assert f"/api/v2/users?colour={'x' * 300}" in of_empty("requests")


@contextmanager
def _following(
    server: MockServer, portal: Portal, *words: str
) -> Iterator["subprocess.Popen[str]"]:
    url = f"http://127.0.0.1:{server.http_port}"
    command = [sys.executable, "-m", "talentlms_mock", "requests", "--follow", "--url", url, *words]
    with subprocess.Popen(
        [*command, "--domain", portal.domain],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def test_following_ends_with_the_portal(run: Run, server: MockServer) -> None:
    portal = server.create_portal(domain="leaving", api_key="key-of-leaving", dataset="empty")
    headers = portal.headers | {"Host": portal.host}
    with httpx.Client(verify=portal.ssl_context(), headers=headers) as client:
        client.get(f"{portal.base_url}/users")
    leaving = threading.Timer(0.5, server.remove_portal, [portal])
    leaving.start()

    shown = run("requests", "--follow", "--domain", "leaving")

    leaving.join(_LIMIT)
    assert re.fullmatch(r" +1 \d\d:\d\d:\d\d GET    /api/v2/users 200 \d+\.\d ms\n", shown)


def test_requests_are_followed(server: MockServer, api: httpx.Client, empty: Portal) -> None:
    api.get("/users")
    with _following(server, empty) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("    1 09:30:00 GET    /api/v2/users 200 ")
        api.get("/users/9?colour=red")
        line = process.stdout.readline()
        assert line.startswith("    2 09:30:00 GET    /api/v2/users/9?colour=red 404 ")
        assert line.endswith(" ms  User not found  unknown query parameter 'colour'\n")
        process.send_signal(signal.SIGINT)
        assert process.wait(_LIMIT) == 0
        assert process.stderr is not None
        assert process.stderr.read() == ""


def test_requests_are_followed_from_the_last_on_as_data(
    server: MockServer, api: httpx.Client, empty: Portal
) -> None:
    for _ in range(3):
        api.get("/users")
    with _following(server, empty, "--limit", "1", "--json") as process:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline()) == empty.requests[2].as_data()


def test_following_begins_anew_where_there_is_none(
    server: MockServer, api: httpx.Client, empty: Portal
) -> None:
    with _following(server, empty, "--limit", "1") as process:
        assert process.stdout is not None
        api.get("/users")
        assert process.stdout.readline().startswith("    1 ")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows knows no broken pipe")
def test_following_ends_when_nobody_reads(
    server: MockServer, api: httpx.Client, empty: Portal
) -> None:
    api.get("/users")
    with _following(server, empty) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.close()
        for _ in range(50):
            api.get("/users")
        process.wait(_LIMIT)
        assert process.stderr is not None
        assert process.stderr.read() == ""


def test_following_ends_with_the_mock() -> None:
    with MockServer() as server:
        portal = server.create_portal(dataset="empty")
        with _following(server, portal, "--after", "0") as process:
            with httpx.Client(verify=portal.ssl_context(), headers=portal.headers) as client:
                client.get(f"{portal.base_url}/users")
            assert process.stdout is not None
            process.stdout.readline()
            server.stop()
            assert process.wait(_LIMIT) == 0


def test_refusal_is_told(of_empty: Run) -> None:
    assert of_empty("requests", "--follow", "--status", "4x", status=2).startswith("Error: ")
