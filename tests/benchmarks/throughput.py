"""Answers in a second, as ratios to bare Starlette sending the same bytes in the same run."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http.client import HTTPConnection
from statistics import median
from typing import Any, Literal

from talentlms_mock.api.operation import PREFIX
from tests.benchmarks.load import NUMBER, Load, Sample, first_number, measure

USERS = 1_000
MANY = 100_000
WARM_UP = 0.3
_TIME_LIMIT = 30

Scheme = Literal["http", "https"]
Json = dict[str, Any]

_NEW_USER = {
    "name": "Ada",
    "surname": "Lovelace",
    "login": f"ada{NUMBER}",
    "email": f"ada{NUMBER}@example.com",
    "password": "Passw0rd",
}


@dataclass(frozen=True)
class Row:
    """A kind of request, and the ratio to reach where there is one."""

    name: str
    path: str
    method: str = "GET"
    status: int = 200
    body: str = ""
    key: str | None = None
    target: float | None = None


JOINS = (
    Row("one user", "/users/500"),
    Row("a user's courses", "/users/500/courses"),
    Row("a user's groups, courses, ...", "/users/500/resources"),
    Row("progress in a course", "/course-progress?user_id=500&course_id=1"),
    Row("a course's users", "/courses/1/users"),
    Row("a group's users", "/groups/1/users"),
    Row("users", "/users"),
    Row("active users", "/users?filter%5Bstatus%5D%5Beq%5D=active"),
    Row("users by keyword", "/users?filter%5Bkeyword%5D%5Blike%5D=an"),
    Row("the timeline", "/timeline"),
    Row("the timeline of a user", "/timeline?filter%5Buser_id%5D%5Beq%5D=500"),
    Row("the timeline of a type", "/timeline?filter%5Bevent_type%5D%5Beq%5D=course_completion"),
    Row("statistics", "/statistics"),
)
"""What brings rows of several tables together, to be asked of portals of several sizes."""

ROWS = (
    Row("one user", "/users/500", target=0.40),
    Row("list of 10", "/users?page%5Bsize%5D=10"),
    Row("list of 100", "/users?page%5Bsize%5D=100", target=0.15),
    Row("create", "/users", method="POST", body=json.dumps(_NEW_USER)),
    Row("401", "/users", status=401, key="wrong-key"),
)


@contextmanager
def server(module: str, *arguments: str) -> Iterator[tuple[int, str]]:
    """Run a module of this package; give its process id and the line that it prints."""
    with subprocess.Popen(
        [sys.executable, "-m", f"tests.benchmarks.{module}", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield process.pid, process.stdout.readline()
        finally:
            process.stdin.close()
            process.wait(_TIME_LIMIT)


def run(
    *,
    client: str,
    seconds: float,
    rounds: int,
    say: Callable[[str], None],
    rows: tuple[Row, ...] = ROWS,
    users: int = USERS,
    schemes: tuple[Scheme, ...] = ("http", "https"),
) -> Iterator[tuple[str, Json]]:
    """Give the figures of each row, first over plain HTTP, then over TLS."""
    with server("mock", str(users)) as (pid, line):
        where = json.loads(line)
        for scheme in schemes:
            for row in rows:
                say(f"{row.name}, {scheme}")
                load = _load(row, scheme, where, seconds)
                with _bare(row, scheme, where) as (bare_pid, port):
                    loads = ((load, pid), (replace(load, port=port), bare_pid))
                    pairs = _pairs(loads, client, rounds)
                yield f"{row.name}, {scheme}", _summary(row, pairs)


def growth(
    *, client: str, seconds: float, rounds: int, say: Callable[[str], None]
) -> Iterator[tuple[str, Json]]:
    """Give what each row of JOINS costs in a small and in a large portal."""
    sizes = []
    for users in (USERS, MANY):
        say(f"Joins at {users:,} users")
        figures = run(
            client=client,
            seconds=seconds,
            rounds=rounds,
            say=say,
            rows=JOINS,
            users=users,
            schemes=("http",),
        )
        sizes.append(list(figures))
    for (name, small), (_, large) in zip(*sizes, strict=True):
        slower = small["mock_per_second"] / large["mock_per_second"]
        yield name.partition(",")[0], {"small": small, "large": large, "slower": round(slower, 2)}


def _pairs(loads: tuple[tuple[Load, int], ...], client: str, rounds: int) -> list[list[Sample]]:
    """Measure the mock, bare Starlette, the mock, ..., since machines drift."""
    for load, pid in loads:
        measure(replace(load, seconds=WARM_UP), client="python", server_pid=pid)
    return [
        [measure(load, client=client, server_pid=pid) for load, pid in loads] for _ in range(rounds)
    ]


def _load(row: Row, scheme: Scheme, where: Json, seconds: float) -> Load:
    headers = dict(where["headers"])
    if row.key is not None:
        headers["X-API-Key"] = row.key
    if row.body:
        headers["Content-Type"] = "application/json"
    return Load(
        port=where[scheme],
        tls=scheme == "https",
        method=row.method,
        path=PREFIX + row.path,
        status=row.status,
        headers=headers,
        body=row.body,
        seconds=seconds,
    )


@contextmanager
def _bare(row: Row, scheme: Scheme, where: Json) -> Iterator[tuple[int, int]]:
    path = PREFIX + row.path.partition("?")[0]
    with tempfile.NamedTemporaryFile() as file:
        file.write(_answer(_load(row, "http", where, 0)))
        file.flush()
        with server("bare", row.method, path, str(row.status), file.name, scheme) as (pid, line):
            yield pid, int(line)


def _answer(load: Load) -> bytes:
    connection = HTTPConnection("127.0.0.1", load.port, timeout=_TIME_LIMIT)
    body = load.body.replace(NUMBER, f"{first_number():08d}")
    connection.request(load.method, load.path, body or None, load.headers)
    answer = connection.getresponse()
    content = answer.read()
    assert answer.status == load.status, content
    connection.close()
    return content


def _summary(row: Row, pairs: list[list[Sample]]) -> Json:
    return {
        "mock_per_second": round(median(mock.per_second for mock, _ in pairs)),
        "bare_per_second": round(median(bare.per_second for _, bare in pairs)),
        "ratio": round(median(mock.per_second / bare.per_second for mock, bare in pairs), 3),
        "ratio_of_processor_time": _processor_ratio(pairs),
        "target": row.target,
    }


def _processor_ratio(pairs: list[list[Sample]]) -> float | None:
    ratios = [
        bare.server_cpu / mock.server_cpu
        for mock, bare in pairs
        if mock.server_cpu and bare.server_cpu
    ]
    return round(median(ratios), 3) if ratios else None
