"""What faults cost requests that meet none: in answers a second, and in processor time.

Three servers are measured in turns: one with no fault, one built without the feature's checks,
and one with 1,000 faults that are all for other requests.
"""

import ast
import inspect
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from statistics import median
from typing import Any

from talentlms_mock import Portal, app
from talentlms_mock.api import gateway
from talentlms_mock.asgi import transport
from tests.benchmarks.load import Load, Sample, measure
from tests.benchmarks.throughput import WARM_UP, Json, server

USERS = 1_000
MANY = 1_000
KINDS = ("plain", "without", "many")
TARGET = 0.97
"""Of the answers a second without the feature's checks."""

Samples = dict[str, Sample]

_ROWS = {"one user": "/api/v2/users/500", "list of 10": "/api/v2/users?page%5Bsize%5D=10"}


class _WithoutFaults(ast.NodeTransformer):
    """Takes the checks for faults out of the gateway."""

    def __init__(self) -> None:
        self.taken = 0

    def visit_If(self, node: ast.If) -> ast.AST | None:  # ast's name
        test = ast.unparse(node.test)
        if test.startswith("portal.faults and") or test == "answer.effect is not None":
            self.taken += 1
            return None
        return self.generic_visit(node)

    def visit_keyword(self, node: ast.keyword) -> ast.AST | None:
        if node.arg == "faults":
            self.taken += 1
            return None
        return self.generic_visit(node)


def build_without() -> None:
    """Make the servers of this process know of no faults."""
    transformer = _WithoutFaults()
    tree = transformer.visit(ast.parse(inspect.getsource(gateway)))
    assert transformer.taken == 3, "the gateway checks for faults in another way"
    names: dict[str, Any] = {"__name__": gateway.__name__}
    exec(compile(ast.fix_missing_locations(tree), gateway.__file__, "exec"), names)
    vars(app)["Gateway"] = names["Gateway"]
    vars(transport)["name_itself"] = lambda connection: None


def declare_many(portal: Portal) -> None:
    """Declare 1,000 faults that the measured requests do not meet."""
    for number in range(MANY // 4):
        portal.fault("GET", f"/users/{USERS + 1 + number}", status=503)
        portal.fault("POST", "/users", status=429, match={"json": {"login": f"ada{number}"}})
        portal.fault(path="getCourses", latency=1, match={"query": {"page[number]": number}})
        portal.fault("DELETE", "/courses/*", sequence=[503, "timeout"])


def run(
    *, client: str, seconds: float, rounds: int, say: Callable[[str], None]
) -> Iterator[tuple[str, Json]]:
    """Give the ratios of each row: to the build without the checks, and of many faults to none."""
    found: dict[str, list[Samples]] = {name: [] for name in _ROWS}
    for number in range(1, rounds + 1):
        with ExitStack() as stack:
            # New ones each time: where the memory of a process lies makes a difference too.
            servers = {kind: _start(stack, kind) for kind in KINDS}
            for name, path in _ROWS.items():
                say(f"faults, {name}, {number} of {rounds}")
                found[name] += _rounds(servers, path, client, seconds)
    for name, samples in found.items():
        yield name, _summary(samples)


def _start(stack: ExitStack, kind: str) -> tuple[int, Json]:
    pid, line = stack.enter_context(server("mock", str(USERS), kind))
    return pid, json.loads(line)


def _rounds(
    servers: dict[str, tuple[int, Json]], path: str, client: str, seconds: float
) -> list[Samples]:
    loads = {
        kind: Load(where["http"], False, "GET", path, 200, where["headers"], seconds=seconds)
        for kind, (_, where) in servers.items()
    }
    for kind, load in loads.items():
        measure(replace(load, seconds=WARM_UP), client="python", server_pid=servers[kind][0])
    # Each is the first as often as the others, since machines drift.
    orders = [(*KINDS[first:], *KINDS[:first]) for first in range(len(KINDS))]
    return [
        {kind: measure(loads[kind], client=client, server_pid=servers[kind][0]) for kind in order}
        for order in orders
    ]


def _summary(rounds: list[Samples]) -> Json:
    def ratios(kind: str, to: str) -> Json:
        by_processor = [
            one[to].server_cpu / one[kind].server_cpu  # type: ignore[operator]  # both are known
            for one in rounds
            if one[kind].server_cpu and one[to].server_cpu
        ]
        return {
            "ratio": round(median(one[kind].per_second / one[to].per_second for one in rounds), 3),
            "ratio_of_processor_time": round(median(by_processor), 3) if by_processor else None,
        }

    return {
        "per_second": round(median(one["plain"].per_second for one in rounds)),
        "no_fault_to_no_feature": ratios("plain", "without"),
        "many_faults_to_none": ratios("many", "plain"),
        "target": TARGET,
    }
