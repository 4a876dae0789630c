"""Which names belong to the vendor, and where a connection to one of them goes."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Protocol

from talentlms_mock.errors import HostUnanswered
from talentlms_mock.hosts import VENDOR_SUFFIX, ServerAddress
from talentlms_mock.intercept.call_site import call_site

TLS_PORT, PLAIN_PORT = 443, 80
"""The vendor's ports."""

# Multicast: TCP never connects to it, so a stand-in that a client remembers for longer than the
# interception lasts fails at once, and on this machine.
_FIRST_STAND_IN = int(IPv4Address("239.192.0.1"))
_MAPPED = "::ffff:"


class Finder(Protocol):
    """The portals of a server."""

    def find(self, host: str, api_key: str | None) -> object | None: ...


@dataclass(frozen=True, eq=False)
class Server:
    """A server that intercepts connections."""

    portals: Finder
    address: Callable[[], ServerAddress | None]


class Routes:
    """The intercepting servers and the guards, and where a name leads because of them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._servers: tuple[Server, ...] = ()
        self._guards = 0
        self._stand_ins: dict[str, str] = {}
        self._names: dict[str, str] = {}

    def add(self, server: Server) -> None:
        """Add a server; it takes precedence over those added earlier."""
        with self._lock:
            self._servers = (*self._servers, server)

    def remove(self, server: Server) -> None:
        """Remove a server."""
        with self._lock:
            self._servers = tuple(other for other in self._servers if other is not server)

    def add_guard(self) -> None:
        """Refuse connections that no server intercepts."""
        with self._lock:
            self._guards += 1

    def remove_guard(self) -> None:
        """Remove one guard."""
        with self._lock:
            self._guards -= 1

    def vendor_name(self, host: object) -> str | None:
        """Return the vendor's name that `host` is or stands in for; None for all other hosts.

        It is None for every host while there is neither a server nor a guard.
        """
        if not (self._servers or self._guards):
            return None
        if isinstance(host, bytes | bytearray):
            host = bytes(host).decode("ascii", "replace")
        if not isinstance(host, str):
            return None
        name = host.lower().removesuffix(".")
        if name.endswith(VENDOR_SUFFIX):
            return name
        return self._names.get(name.removeprefix(_MAPPED))

    def stand_in(self, name: str, *, six: bool) -> str:
        """Return the stand-in address of a vendor's name, the same while the process lives.

        Args:
            name: a result of `vendor_name`.
            six: return an IPv6 address.

        Raises:
            HostUnanswered: no server answers for the name.
        """
        six = six or ":" in self.server_of(name).host
        with self._lock:
            if name not in self._stand_ins:
                address = str(IPv4Address(_FIRST_STAND_IN + len(self._stand_ins)))
                self._stand_ins[name], self._names[address] = address, name
        return _MAPPED + self._stand_ins[name] if six else self._stand_ins[name]

    def target(self, name: str, port: object, *, six: bool) -> tuple[str, int]:
        """Return the address and port to connect to for `port` of a vendor's name.

        Args:
            name: a result of `vendor_name`.
            port: of the vendor.
            six: the connection is made from an IPv6 socket.

        Raises:
            HostUnanswered: no server answers for the name, or on the port.
        """
        server = self.server_of(name)
        ports = {TLS_PORT: server.https_port, PLAIN_PORT: server.http_port}
        if not isinstance(port, int) or port not in ports:
            why = f"the mock answers on ports 443 and 80 of it, not on {port}"
            raise HostUnanswered(name, call_site(), why=why)
        address = server.socket_host
        return _MAPPED + address if six and ":" not in address else address, ports[port]

    def server_of(self, name: str) -> ServerAddress:
        """Return where the server listens that a vendor's name leads to.

        Raises:
            HostUnanswered: there is none.
        """
        servers = [(one, address) for one in self._servers if (address := one.address())]
        for server, address in reversed(servers):
            if server.portals.find(name, None) is not None:
                return address
        if servers:
            return servers[-1][1]
        why = "the server that intercepted it has stopped" if self._servers else None
        raise HostUnanswered(name, call_site(), why=why)

    def intercepting(self) -> list[ServerAddress]:
        """Return where the intercepting servers listen."""
        return [address for one in self._servers if (address := one.address())]


ROUTES = Routes()
