"""Time until the mock answers, time for a fresh portal, and what a large portal weighs."""

import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException, HTTPSConnection
from pathlib import Path
from socket import socket
from statistics import median
from typing import Any

from sqlalchemy import func, select

from talentlms_mock import MockServer, Portal
from talentlms_mock.portal.core import API_VERSION
from talentlms_mock.portal.state.settings import DEFAULT_API_KEY
from talentlms_mock.portal.store.models import users as users_table

MANY = 100_000
_TIME_LIMIT = 60.0
_COMMAND = (sys.executable, "-m", "talentlms_mock")

Json = dict[str, Any]


def ready(starts: int) -> Json:
    """Measure from the start of the process to the first 200, on a machine that had no mock."""
    times = []
    for _ in range(starts + 1):
        with _serve() as (_, _, seconds):
            times.append(seconds)
    return {
        "first_start_s": round(times[0], 3),
        "second_start_s": round(median(times[1:]), 3),
        "target_s": 0.4,
    }


def fresh_portals(*counts: int, repeats: int) -> Iterator[tuple[int, Json]]:
    """Measure portals from a cached template, made and asked for the first time."""
    with MockServer() as server:
        for count in counts:
            made, asked = [], []
            for number in range(repeats + 1):
                started = time.perf_counter()
                portal = server.create_portal(domain=f"p{number}", users=count)
                created = time.perf_counter()
                _count_users(portal)
                queried = time.perf_counter()
                server.remove_portal(portal)
                made.append(1000 * (created - started))
                asked.append(1000 * (queried - started))
            yield (
                count,
                {
                    "first_ms": round(asked[0], 1),
                    "create_ms": round(median(made[1:]), 3),
                    "create_and_query_ms": round(median(asked[1:]), 3),
                    "target_ms": 1.0 if count == 50 else None,
                },
            )


def _count_users(portal: Portal) -> None:
    with portal.transaction() as transaction:
        transaction.scalar(select(func.count()).select_from(users_table))


def large_portal(directory: Path) -> Json:
    """Measure a portal of very many users in a file: made, opened and asked."""
    file = directory / "large.sqlite"
    started = time.perf_counter()
    seed = (*_COMMAND, "seed", "--users", str(MANY), "--database", str(file))
    subprocess.run(seed, check=True, capture_output=True)
    seeded = time.perf_counter() - started
    with _serve("--database", str(file)) as (pid, port, opened):
        for path in ("/users?page[size]=100", "/users/1", "/statistics"):
            _ask(port, path)
        weight = _resident_mib(pid)
    with _serve() as (pid, _, _):
        small = _resident_mib(pid)
    return {
        "users": MANY,
        "seed_s": round(seeded, 1),
        "seed_target_s": 15,
        "file_mib": round(file.stat().st_size / 2**20),
        "ready_s": round(opened, 3),
        "resident_mib": weight,
        "resident_mib_at_50_users": small,
    }


@contextmanager
def _serve(*flags: str) -> Iterator[tuple[int, int, float]]:
    """Run the command; give its process id, its TLS port, and the seconds until it answered."""
    port, plain = _free_ports()
    words = (*_COMMAND, "serve", "--https-port", str(port), "--http-port", str(plain), *flags)
    started = time.perf_counter()
    with subprocess.Popen(words, stdout=subprocess.DEVNULL) as process:
        try:
            _until_answered(process, port, started + _TIME_LIMIT)
            yield process.pid, port, time.perf_counter() - started
        finally:
            process.terminate()
            process.wait(_TIME_LIMIT)


def _free_ports() -> tuple[int, int]:
    with socket() as one, socket() as other:
        one.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        return one.getsockname()[1], other.getsockname()[1]


def _until_answered(process: subprocess.Popen[bytes], port: int, deadline: float) -> None:
    while True:
        try:
            return _ask(port, "/users?page[size]=1")
        except (OSError, HTTPException):
            assert process.poll() is None, "the server ended"
            assert time.perf_counter() < deadline, "the server did not answer"
            time.sleep(0.002)


def _ask(port: int, path: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # cheap, since it loads no authorities
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    connection = HTTPSConnection("127.0.0.1", port, timeout=_TIME_LIMIT, context=context)
    headers = {"X-API-Key": DEFAULT_API_KEY, "X-API-Version": API_VERSION}
    try:
        connection.request("GET", f"/api/v2{path}", headers=headers)
        answer = connection.getresponse()
        content = answer.read()
    finally:
        connection.close()
    assert answer.status == 200, content


def _resident_mib(pid: int) -> int:
    kib = subprocess.check_output(("ps", "-o", "rss=", "-p", str(pid)), text=True)
    return int(kib) // 1024
