"""Load on a server: four kept connections that ask for one thing over and over.

The client runs in a process of its own, as `python -m tests.benchmarks.load`, or is wrk. Each
answer must have the status that is expected, since a fast error would look like a fast server.
"""

import json
import os
import re
import selectors
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

CONNECTIONS = 4
NUMBER = "00000000"
"""Stands in a body for a number that is another one in each request."""

_ANSWER_LIMIT = 10.0


@dataclass(frozen=True)
class Load:
    """What to ask for, where, and for how long."""

    port: int
    tls: bool
    method: str
    path: str
    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""
    seconds: float = 1.0


@dataclass(frozen=True)
class Sample:
    """What came of it."""

    per_second: float
    server_cpu: float | None
    """Seconds of the server's processor time for each answer; None where that is not known."""


def measure(load: Load, *, client: str, server_pid: int) -> Sample:
    """Put the load on a server, with the client `wrk` or `python`."""
    before = _processor_time(server_pid)
    answers, seconds = _by_wrk(load) if client == "wrk" else _by_python(load)
    after = _processor_time(server_pid)
    cpu = None if before is None or after is None else (after - before) / answers
    return Sample(per_second=answers / seconds, server_cpu=cpu)


def _processor_time(pid: int) -> float | None:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:  # not Linux
        return None
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def wrk_is_there() -> bool:
    return shutil.which("wrk") is not None


_SCRIPT = """
local body, number = os.getenv("BODY"), tonumber(os.getenv("FIRST"))
wrk.method = os.getenv("METHOD")
request = function()
  if body == "" then return wrk.format() end
  number = number + 1
  return wrk.format(nil, nil, nil, (body:gsub("00000000", string.format("%08d", number))))
end
"""


def _by_wrk(load: Load) -> tuple[int, float]:
    scheme = "https" if load.tls else "http"
    words = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{max(1, round(load.seconds))}s"]
    for name, value in load.headers.items():
        words += ["-H", f"{name}: {value}"]
    environment = {"METHOD": load.method, "BODY": load.body, "FIRST": str(first_number())}
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        if load.body:  # a script costs the client time, so only where it is needed
            script.write(_SCRIPT)
            script.flush()
            words += ["-s", script.name]
        words.append(f"{scheme}://127.0.0.1:{load.port}{load.path}")
        done = subprocess.run(
            words, env={**os.environ, **environment}, capture_output=True, text=True, check=True
        )
    return _read_wrk(done.stdout, load)


def _read_wrk(text: str, load: Load) -> tuple[int, float]:
    counted = re.search(r"(\d+) requests in ([\d.]+)s", text)
    assert counted is not None, text
    answers = int(counted[1])
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    failed = int(refused[1]) if refused else 0
    expected = 0 if 200 <= load.status < 400 else answers
    assert failed == expected, f"{load.method} {load.path}: not {load.status} alone\n{text}"
    assert "Socket errors" not in text, text
    return answers, float(counted[2])


def _by_python(load: Load) -> tuple[int, float]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.load"],
        input=json.dumps(asdict(load)),
        capture_output=True,
        text=True,
        check=True,
    )
    answers, seconds = json.loads(done.stdout)
    return answers, seconds


class _Connection:
    """One request at a time on a socket that does not block; frugal, to be faster than servers."""

    def __init__(self, load: Load) -> None:
        plain = socket.create_connection(("127.0.0.1", load.port), timeout=_ANSWER_LIMIT)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket = _unverified().wrap_socket(plain) if load.tls else plain
        self.socket.setblocking(False)
        self._status = b" %d " % load.status
        self._buffer = bytearray(65_536)
        self._missing = 0

    def answered(self) -> bool:
        """Take what has arrived; return whether the answer is whole."""
        while True:
            try:
                count = self.socket.recv_into(self._buffer)
            except (BlockingIOError, ssl.SSLWantReadError):
                return False
            assert count, "the server closed the connection"
            if not self._missing:
                self._missing = self._length(count)
            self._missing -= count
            if not self._missing:
                return True

    def _length(self, count: int) -> int:
        """Return how long the answer is of which the first bytes are in the buffer."""
        end = self._buffer.find(b"\r\n\r\n", 0, count)
        assert end > 0, "the head of an answer came in pieces"
        head = self._buffer[:end].lower() + b"\r"
        assert head[8:13] == self._status, bytes(self._buffer[:count])
        start = head.index(b"\r\ncontent-length: ") + 18
        return end + 4 + int(head[start : head.index(b"\r", start)])


def _unverified() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def _requests(load: Load) -> Iterator[bytes]:
    headers = {"Host": f"127.0.0.1:{load.port}", **load.headers}
    if load.body:
        headers["Content-Length"] = str(len(load.body.encode()))
    lines = [f"{load.method} {load.path} HTTP/1.1", *(f"{n}: {v}" for n, v in headers.items())]
    request = ("\r\n".join(lines) + "\r\n\r\n" + load.body).encode()
    number = first_number()
    while True:
        number += 1
        yield request.replace(NUMBER.encode(), b"%08d" % number) if load.body else request


def first_number() -> int:
    """Return a number such that those counted from it do not come again in a later process."""
    return time.monotonic_ns() // 10_000 % 10**8


def _run(load: Load) -> tuple[int, float]:
    requests = _requests(load)
    selector = selectors.DefaultSelector()
    for _ in range(CONNECTIONS):
        connection = _Connection(load)
        selector.register(connection.socket, selectors.EVENT_READ, connection)
        connection.socket.sendall(next(requests))
    answers = 0
    started = now = time.perf_counter()
    while now < started + load.seconds:
        ready = selector.select(timeout=_ANSWER_LIMIT)
        assert ready, f"no answer within {_ANSWER_LIMIT:g} seconds"
        for key, _ in ready:
            if key.data.answered():
                answers += 1
                key.data.socket.sendall(next(requests))
        now = time.perf_counter()
    return answers, now - started


if __name__ == "__main__":
    print(json.dumps(_run(Load(**json.load(sys.stdin)))))
