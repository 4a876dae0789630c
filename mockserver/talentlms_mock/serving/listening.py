"""The sockets that the server listens on, bound before it runs."""

import errno
import os
import socket
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any

from talentlms_mock.errors import SetupError

BACKLOG = 2048


def listen(host: str, ports: Mapping[str, int]) -> list[socket.socket]:
    """Return a listening socket for each flag and its port, or raise and open none.

    Raises:
        SetupError: a port is taken, or the host is not one of this machine.
    """
    with ExitStack() as bound:
        listeners = [bound.enter_context(_listen(host, port, flag)) for flag, port in ports.items()]
        bound.pop_all()
    return listeners


def _listen(host: str, port: int, flag: str) -> socket.socket:
    family, address = _resolve(host, port)
    # Without the protocol asyncio leaves Nagle's algorithm on, which costs 40 ms a request.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if sys.platform != "win32":  # there it would allow sharing a port that is in use
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise _cannot_listen(host, port, flag, error) from None
    return listener


def _resolve(host: str, port: int) -> tuple[socket.AddressFamily, Any]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError):
        raise SetupError(
            f"The host {host!r} has no address: use one of this machine's, like 127.0.0.1."
        ) from None
    found.sort(key=lambda entry: entry[0] != socket.AF_INET)
    family, _, _, _, address = found[0]
    return family, address


def _cannot_listen(host: str, port: int, flag: str, error: OSError) -> SetupError:
    name = flag.removeprefix("--").replace("-", "_")
    if isinstance(error, PermissionError):
        return SetupError(
            f"Port {port} needs more rights than this user has: use one above 1023 ({flag} 0, "
            f"{name}=0 picks a free one), or `talentlms-mock run -- COMMAND`, which needs none "
            f"below. On Linux, root can open it with `sysctl net.ipv4.ip_unprivileged_port_start="
            f"{port}` or `setcap cap_net_bind_service=+ep {os.path.realpath(sys.executable)}`."
        )
    if error.errno == errno.EADDRINUSE:
        return SetupError(
            f"Port {port} on {host} is taken: end the program that uses it, or choose another "
            f"({flag} 0, {name}=0 picks a free one)."
        )
    return SetupError(
        f"Cannot listen on {host} port {port} ({error.strerror}): use an address of this machine, "
        "like 127.0.0.1."
    )
