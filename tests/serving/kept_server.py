"""A mock in a process of its own, which keeps its portals in a folder."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

TOKEN = "a-long-secret"  # of the tests alone
_SERVER = """
import sys
from talentlms_mock import MockServer
server = MockServer(
    databases=sys.argv[1],
    http_port=int(sys.argv[2]),
    behind_tls_proxy=True,
    control_token=sys.argv[3],
)
with server.opened():
    print(server.control_url, flush=True)
    server.serve_forever()
"""


@contextmanager
def started(folder: Path, port: int = 0) -> Iterator[tuple["subprocess.Popen[str]", httpx.Client]]:
    """Start a mock on `port`, 0 for any, and give its process and a client of its control API.

    At the end of the block it is killed, if it still runs.
    """
    with subprocess.Popen(
        [sys.executable, "-c", _SERVER, folder, str(port), TOKEN], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            url = process.stdout.readline().strip()
            assert url, "the mock did not start"
            token = {"Authorization": f"Bearer {TOKEN}"}
            with httpx.Client(base_url=url, headers=token, timeout=60) as client:
                yield process, client
        finally:
            process.kill()
