"""Which mocks run on this machine, for the commands that need one.

`talentlms-mock serve` writes a small file into the directory `running` of the data directory, named
after the port of its proxy or else its plain port, and removes it when it ends.
"""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from time import sleep

from talentlms_mock.errors import SetupError
from talentlms_mock.hosts import ServerAddress
from talentlms_mock.paths import cannot_write, data_dir, private_directory, write_whole
from talentlms_mock.portal.state.clock import stopwatch

_CONNECT_TIMEOUT = 1.0
_PAUSE = 0.05


@contextmanager
def announced(address: ServerAddress) -> Iterator[None]:
    """Make the mock at `address` findable for other processes within the block.

    Raises:
        SetupError: the data directory cannot be written.
    """
    file = _directory() / f"{_port(address)}.json"
    try:
        write_whole(file, json.dumps(asdict(address), default=str).encode())
    except OSError as error:
        raise cannot_write(file, error) from None
    try:
        yield
    finally:
        file.unlink(missing_ok=True)


def find(proxy_port: int | None = None, *, wait: float = 0) -> ServerAddress:
    """Return the address of the mock with that proxy, or of the one started last.

    Args:
        proxy_port: the port of the proxy; None is any.
        wait: seconds to wait for a mock that is starting.

    Raises:
        SetupError: there is none.
    """
    deadline = stopwatch() + wait
    while True:
        for address in _addresses():
            if address.proxy_port is None or proxy_port not in (None, address.proxy_port):
                continue
            if _answers(address):
                return address
        if stopwatch() >= deadline:
            raise _none_runs(proxy_port)
        sleep(_PAUSE)


def newest() -> ServerAddress | None:
    """Return the address of the mock started last, with or without a proxy; None if there is none.

    Raises:
        SetupError: the data directory cannot be made.
    """
    return next(filter(_answers, _addresses()), None)


def _addresses() -> Iterator[ServerAddress]:
    return filter(None, map(_read, _newest_first()))


def _port(address: ServerAddress) -> int:
    return address.http_port if address.proxy_port is None else address.proxy_port


def _none_runs(proxy_port: int | None) -> SetupError:
    where = "" if proxy_port is None else f" on port {proxy_port}"
    return SetupError(
        f"No mock with a proxy runs{where}: start one with `talentlms-mock serve --proxy-port "
        f"{proxy_port or 8888}`, or use `talentlms-mock run -- COMMAND`."
    )


def _directory() -> Path:
    return private_directory(data_dir() / "running")


def _newest_first() -> list[Path]:
    started = {}
    for file in _directory().glob("*.json"):
        with suppress(FileNotFoundError):  # the mock has just ended
            started[file] = file.stat().st_mtime_ns
    return sorted(started, key=started.__getitem__, reverse=True)


def _read(file: Path) -> ServerAddress | None:
    try:
        data = json.loads(file.read_bytes())
        return ServerAddress(**{**data, "ca_file": Path(data["ca_file"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _answers(address: ServerAddress) -> bool:
    """Return whether something listens there: a mock that was killed leaves its file behind."""
    try:
        connection = (address.socket_host, _port(address))
        socket.create_connection(connection, timeout=_CONNECT_TIMEOUT).close()
    except OSError:
        return False
    return True
