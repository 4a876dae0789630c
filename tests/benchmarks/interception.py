"""What it costs to reach the mock by the vendor's name instead of by its own address."""

import ssl
import time
from collections.abc import Callable
from contextlib import closing
from http.client import HTTPSConnection
from statistics import median
from typing import Any

from talentlms_mock import MockServer

TARGET_MS = 0.2
_TIME_LIMIT = 10.0
_PATH = "/api/v2/health"

Json = dict[str, Any]
NewConnection = Callable[[], HTTPSConnection]


def run(repeats: int) -> Json:
    """Measure new and kept connections, direct and intercepted in turns."""
    with MockServer() as server:
        portal = server.create_portal(domain="acme", users=1)
        trusting, usual = server.ssl_context(), ssl.create_default_context()

        def direct() -> HTTPSConnection:
            return HTTPSConnection(
                "127.0.0.1", server.https_port, context=trusting, timeout=_TIME_LIMIT
            )

        def intercepted() -> HTTPSConnection:
            return HTTPSConnection(portal.host, context=usual, timeout=_TIME_LIMIT)

        with portal.intercept():
            return {
                "new_connection": _new_connections(direct, intercepted, repeats),
                "kept_alive": _kept_alive(direct, intercepted, repeats * 5),
                "target_ms": TARGET_MS,
            }


def _new_connections(direct: NewConnection, intercepted: NewConnection, repeats: int) -> Json:
    # In turns, since machines drift; the first of each warms up.
    return _summary(
        [(_first_request(direct), _first_request(intercepted)) for _ in range(repeats + 1)][1:]
    )


def _summary(pairs: list[tuple[float, float]]) -> Json:
    return {
        "direct_ms": round(median(one for one, _ in pairs), 3),
        "intercepted_ms": round(median(two for _, two in pairs), 3),
        "added_ms": round(median(two - one for one, two in pairs), 3),
    }


def _first_request(new: NewConnection) -> float:
    started = time.perf_counter()
    with closing(new()) as connection:
        _ask(connection)
        return 1000 * (time.perf_counter() - started)


def _kept_alive(direct: NewConnection, intercepted: NewConnection, repeats: int) -> Json:
    with closing(direct()) as one, closing(intercepted()) as two:
        return _summary([(_again(one), _again(two)) for _ in range(repeats + 1)][1:])


def _again(connection: HTTPSConnection) -> float:
    started = time.perf_counter()
    _ask(connection)
    return 1000 * (time.perf_counter() - started)


def _ask(connection: HTTPSConnection) -> None:
    connection.request("GET", _PATH)
    answer = connection.getresponse()
    content = answer.read()
    assert answer.status == 200, content
