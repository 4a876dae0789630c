"""Sockets of the standard library, and the functions that resolve names for them."""

import socket
from collections.abc import Callable
from typing import Any

from talentlms_mock.errors import HostUnanswered
from talentlms_mock.intercept.call_site import call_site
from talentlms_mock.intercept.routes import ROUTES

Original = Callable[..., Any]


def getaddrinfo(original: Original) -> Original:
    """Return `socket.getaddrinfo` that resolves to stand-ins."""

    def getaddrinfo(
        host: Any,
        port: Any,
        family: int = 0,
        type: int = 0,  # noqa: A002 - callers name it
        proto: int = 0,
        flags: int = 0,
    ) -> Any:
        name = ROUTES.vendor_name(host)
        if name is None:
            return original(host, port, family, type, proto, flags)
        stand_in = ROUTES.stand_in(name, six=family == socket.AF_INET6)
        if flags & socket.AI_NUMERICHOST and _is_name(host):
            return original(host, port, family, type, proto, flags)  # fails: it is not numeric
        _only_streams(name, type)
        flags = (flags | socket.AI_NUMERICHOST) & ~socket.AI_ADDRCONFIG
        found = original(stand_in, port, family, socket.SOCK_STREAM, proto, flags)
        return [(*entry[:3], name if entry[3] else "", entry[4]) for entry in found]

    return getaddrinfo


def gethostbyname(original: Original) -> Original:
    """Return `socket.gethostbyname` that resolves to stand-ins."""

    def gethostbyname(hostname: Any) -> Any:
        name = ROUTES.vendor_name(hostname)
        return original(hostname if name is None else ROUTES.stand_in(name, six=False))

    return gethostbyname


def gethostbyname_ex(original: Original) -> Original:
    """Return `socket.gethostbyname_ex` that resolves to stand-ins."""

    def gethostbyname_ex(hostname: Any) -> Any:
        name = ROUTES.vendor_name(hostname)
        if name is None:
            return original(hostname)
        return name, [], [ROUTES.stand_in(name, six=False)]

    return gethostbyname_ex


def connect(original: Original) -> Original:
    """Return `connect` or `connect_ex` of a socket, or of Windows' event loop, that redirects."""

    def connect(self: Any, *arguments: Any) -> Any:
        # `sock.connect(address)`, or `proactor.connect(sock, address)`.
        *sockets, address = arguments
        return original(self, *sockets, _redirected(sockets[0] if sockets else self, address))

    return connect


def _redirected(sock: socket.socket, address: Any) -> Any:
    if sock.family not in (socket.AF_INET, socket.AF_INET6) or not isinstance(address, tuple):
        return address
    name = ROUTES.vendor_name(address[0])
    if name is None:
        return address
    _only_streams(name, sock.type)
    six = sock.family == socket.AF_INET6
    target = ROUTES.target(name, address[1], six=six)
    return (*target, 0, 0) if six else target


def _only_streams(name: str, kind: int) -> None:
    if kind not in (0, socket.SOCK_STREAM):
        raise HostUnanswered(name, call_site(), why="the mock supports only TCP")


def _is_name(host: Any) -> bool:
    text = host.decode("ascii", "replace") if isinstance(host, bytes | bytearray) else host
    return not text.replace(".", "").isdigit() and ":" not in text
