"""What the proxy adds to a request, beside the same request without it."""

import json
import ssl
import time
from collections.abc import Callable
from contextlib import closing
from http.client import HTTPSConnection
from statistics import median
from typing import Any

from talentlms_mock.tls.contexts import ca_file, client_context
from tests.benchmarks.throughput import server

HOST = "samples.talentlms.com"
_PATH = "/api/v2/users/1"
_TIME_LIMIT = 30

Json = dict[str, Any]
Connect = Callable[[], HTTPSConnection]


def added(*, requests: int = 3_000, connections: int = 200) -> Json:
    """Measure requests on kept connections and on new ones, with and without the proxy by turns."""
    with server("mock", "50") as (_, line):
        where = json.loads(line)
        context = client_context(ca_file())
        ways = (_direct(where, context), _by_proxy(where, context))
        kept = _on_kept_connections(ways, where["headers"], requests)
        new = _on_new_connections(ways, where["headers"], connections)
    return {
        "kept_ms": round(kept[0], 4),
        "kept_by_proxy_ms": round(kept[1], 4),
        "kept_added_ms": round(kept[1] - kept[0], 4),
        "kept_target_ms": 0.3,
        "new_ms": round(new[0], 3),
        "new_by_proxy_ms": round(new[1], 3),
        "new_added_ms": round(new[1] - new[0], 3),
    }


def _direct(where: Json, context: ssl.SSLContext) -> Connect:
    return lambda: HTTPSConnection(
        "127.0.0.1", where["https"], context=context, timeout=_TIME_LIMIT
    )


def _by_proxy(where: Json, context: ssl.SSLContext) -> Connect:
    def connect() -> HTTPSConnection:
        connection = HTTPSConnection(
            "127.0.0.1", where["proxy"], context=context, timeout=_TIME_LIMIT
        )
        connection.set_tunnel(HOST, 443)
        return connection

    return connect


def _on_kept_connections(
    ways: tuple[Connect, ...], headers: dict[str, str], requests: int
) -> list[float]:
    connections = [connect() for connect in ways]
    times: list[list[float]] = [[] for _ in ways]
    for _ in range(requests):
        for connection, taken in zip(connections, times, strict=True):
            taken.append(_ask(connection, headers))
    for connection in connections:
        connection.close()
    return [median(taken[requests // 10 :]) for taken in times]


def _on_new_connections(
    ways: tuple[Connect, ...], headers: dict[str, str], connections: int
) -> list[float]:
    times: list[list[float]] = [[] for _ in ways]
    for _ in range(connections):
        for connect, taken in zip(ways, times, strict=True):
            with closing(connect()) as connection:
                taken.append(_ask(connection, headers))
    return [median(taken) for taken in times]


def _ask(connection: HTTPSConnection, headers: dict[str, str]) -> float:
    """Return the milliseconds that a request takes, and its connection where that is new."""
    started = time.perf_counter()
    connection.request("GET", _PATH, headers=headers)
    answer = connection.getresponse()
    answer.read()
    taken = time.perf_counter() - started
    assert answer.status == 200
    return 1000 * taken
