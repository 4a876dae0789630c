"""Kills a mock at random moments, under load, and looks at what its files hold.

`python -m tests.serving.kills 50` does so fifty times.
"""

import random
import subprocess
import sys
import tempfile
import threading
from contextlib import suppress
from pathlib import Path

import httpx

from talentlms_mock import MockServer

_SERVER = """
import sys
from talentlms_mock import MockServer
with MockServer() as server:
    portal = server.create_portal(domain="killed", users=40, database=sys.argv[1])
    print(portal.control_url, flush=True)
    while True:
        portal.save(sys.argv[2])
"""
_MOST_SECONDS = 1.5

Logins = frozenset[str]


class Kills:
    """A portal in a file, and what it must hold.

    Args:
        directory: where its files are.
        seed: decides what is asked, and when the mock is killed.
    """

    def __init__(self, directory: Path, seed: int) -> None:
        self._database, self._saved = directory / "kept.sqlite", directory / "saved.sqlite"
        self._random = random.Random(seed)
        self._writes = 0
        self._now: Logins = frozenset()
        self._next: Logins = frozenset()
        self._ever: set[Logins] = set()

    def kill_once(self) -> int:
        """Start the mock, ask it for one thing after another, kill it, and check its files.

        Returns:
            how many acknowledged requests there were.

        Raises:
            AssertionError: a write is lost, or a file does not open.
        """
        process = subprocess.Popen(
            [sys.executable, "-c", _SERVER, self._database, self._saved],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert url, "the mock did not start"
        timer = threading.Timer(self._random.uniform(0, _MOST_SECONDS), process.kill)
        try:
            done = self._ask(url, timer)
        finally:
            timer.join()
            process.wait()
            process.stdout.close()
        self._check()
        return done

    def _ask(self, url: str, timer: threading.Timer) -> int:
        done = 0
        with httpx.Client(base_url=url, timeout=60) as client:
            began = self._now = self._next = _logins(client)
            self._ever.add(began)
            timer.start()
            snapshot: Logins | None = None
            with suppress(httpx.TransportError):
                while True:
                    kind = self._random.choice(["write"] * 6 + ["reset", "snapshot", "restore"])
                    if kind == "write":
                        self._writes += 1
                        login = f"user{self._writes}"
                        self._next = self._now | {login}
                        answer = client.post("/users", json={"login": login})
                    elif kind == "reset":
                        self._next = began
                        answer = client.post("/reset")
                    elif kind == "snapshot":
                        answer = client.post("/snapshots", json={"name": "kept"})
                        snapshot = self._now
                    elif snapshot is None:
                        continue
                    else:
                        self._next = snapshot
                        answer = client.post("/snapshots/kept/restore")
                    assert answer.is_success, answer.text
                    self._now = self._next
                    self._ever.add(self._now)
                    done += 1
        self._ever.add(self._next)
        return done

    def _check(self) -> None:
        with MockServer() as server:
            kept = server.create_portal(domain="kept", api_key="kept", database=self._database)
            found = frozenset(user.login for user in kept.users)
            assert found in (self._now, self._next), found ^ self._now
            kept.reset()
            assert frozenset(user.login for user in kept.users) == found
            if self._saved.exists():
                saved = server.open_portal(self._saved, domain="saved", api_key="saved")
                assert frozenset(user.login for user in saved.users) in self._ever
        self._now = self._next = found


def _logins(client: httpx.Client) -> Logins:
    return frozenset(user["login"] for user in client.get("/users").json())


def main(kills: int, seed: int) -> None:
    """Kill a mock so many times.

    Raises:
        AssertionError: as for `Kills.kill_once`.
    """
    with tempfile.TemporaryDirectory() as directory:
        killed = Kills(Path(directory), seed)
        for number in range(1, kills + 1):
            print(
                f"kill {number}: {killed.kill_once()} requests before it, nothing lost", flush=True
            )


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1)
