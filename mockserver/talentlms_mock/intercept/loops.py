"""Event loops and resolvers that bypass the sockets of the standard library."""

import socket
from typing import Any

from talentlms_mock.intercept.routes import ROUTES
from talentlms_mock.intercept.sockets import Original


def getaddrinfo(original: Original) -> Original:
    """Return the coroutine function `getaddrinfo` of an event loop that resolves to stand-ins.

    A stand-in needs no thread, and a refusal is raised while the caller's frames still exist.
    """

    async def answer(host: Any, port: Any, **hints: int) -> Any:
        return socket.getaddrinfo(host, port, **hints)

    def getaddrinfo(self: Any, host: Any, port: Any, **hints: int) -> Any:
        if ROUTES.vendor_name(host) is None:
            return original(self, host, port, **hints)
        return answer(host, port, **hints)

    return getaddrinfo


def create_connection(original: Original) -> Original:
    """Return uvloop's `create_connection` that redirects; uvloop has sockets of its own."""

    def create_connection(
        self: Any, protocol_factory: Any, host: Any = None, port: Any = None, **options: Any
    ) -> Any:
        name = ROUTES.vendor_name(host)
        if name is None:
            return original(self, protocol_factory, host, port, **options)
        if options.get("ssl") and not options.get("server_hostname"):
            options["server_hostname"] = host
        six = options.get("family") == socket.AF_INET6
        return original(self, protocol_factory, *ROUTES.target(name, port, six=six), **options)

    return create_connection


def cares_getaddrinfo(original: Original) -> Original:
    """Return `getaddrinfo` of a c-ares channel, below aiodns, that resolves to stand-ins.

    c-ares resolves a numeric address itself, without a query.
    """

    def getaddrinfo(self: Any, host: Any, *arguments: Any, **hints: Any) -> Any:
        name = ROUTES.vendor_name(host)
        if name is not None:
            host = ROUTES.stand_in(name, six=hints.get("family") == socket.AF_INET6)
        return original(self, host, *arguments, **hints)

    return getaddrinfo
