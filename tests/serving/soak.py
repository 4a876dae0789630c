"""Traffic with every kind of fault on many portals, and what there is after each round of it.

A program of its own, `python -m tests.serving.soak`: it counts every object, file and thread of
its process, and in a test's process there are those of other tests.
"""

import asyncio
import gc
import json
import os
import ssl
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import httpx

from talentlms_mock import MockServer, Portal

PORTALS = 20
ROUNDS = 6
REQUESTS = 30
"""Of each portal in a round: in all of them 3,600, which is six a second for ten minutes."""
LIMIT = 20.0

FAULTS: tuple[dict[str, Any], ...] = (
    {"status": 503, "probability": 0.1},
    {"method": "POST", "sequence": ["reset", None] * 200, "after_commit": True},
    {"path": "getUsers", "truncate_at": 50, "probability": 0.2},
    {"path": "getUserById", "sequence": ["empty", None, "reset", 500] * 200},
    {"path": "getStatistics", "timeout": True, "probability": 0.2},
    {"latency": (0.0, 0.01)},
    {"path": "getCourses", "drip": 100_000},
    {"path": "getCourse", "malformed_json": True, "drop_field": "name"},
)
PATHS = ("/users", "/users/1", "/statistics", "/courses", "/courses/1", "/nowhere")
PATIENCE = httpx.Timeout(LIMIT, read=0.2)


class Counts(NamedTuple):
    """What the process has."""

    files: int
    threads: int
    objects: int


def _portal(server: MockServer, number: int) -> Portal:
    portal = server.create_portal(
        domain=f"soak{number}",
        api_key=f"key-{number}",
        users=3,
        hourly_limit=10**6,
        burst_limit=10**6,
    )
    portal.clock.tick(100)
    for options in FAULTS:
        portal.fault(**options)
    return portal


async def _round(portals: list[Portal], context: ssl.SSLContext, name: int) -> None:
    async with asyncio.TaskGroup() as group:
        for portal in portals:
            group.create_task(_traffic(portal, context, name))


async def _traffic(portal: Portal, context: ssl.SSLContext, name: int) -> None:
    assert portal.server is not None
    plain = f"{portal.server.address.http_url}/api/v2"
    async with httpx.AsyncClient(
        headers=portal.headers, verify=context, timeout=PATIENCE
    ) as client:
        for number in range(REQUESTS):
            base_url = plain if number % 2 else portal.base_url
            body = {"name": f"Course {name}-{number}"}
            path = PATHS[number % len(PATHS)]
            try:
                if number % 10 == 9:
                    await client.post(f"{base_url}/courses", json=body)
                else:
                    await client.get(f"{base_url}{path}")
            except httpx.TransportError:
                pass


def _eventually(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + LIMIT
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def _is_idle(server: MockServer) -> bool:
    running = server._server
    assert running is not None
    state = running.server_state
    return not state.tasks and not state.connections


def _counts() -> Counts:
    gc.collect()
    directory = Path("/proc/self/fd")
    files = len(os.listdir(directory)) if directory.exists() else 0
    return Counts(files, threading.active_count(), len(gc.get_objects()))


def main() -> None:
    """Print the counts before the traffic and after each of its rounds, as JSON."""
    with MockServer(allow_http=True) as server:
        portals = [_portal(server, number) for number in range(PORTALS)]
        context = server.ssl_context()
        seen = [_counts()]
        for number in range(ROUNDS):
            asyncio.run(_round(portals, context, number))
            _eventually(lambda: _is_idle(server))
            for portal in portals:
                assert len(portal.journal) == REQUESTS
                assert any(exchange.faults for exchange in portal.journal)
                portal.clear_requests()
            seen.append(_counts())
    print(json.dumps(seen))


if __name__ == "__main__":
    main()
