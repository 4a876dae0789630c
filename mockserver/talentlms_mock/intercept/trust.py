"""The authorities that a TLS connection to one of the vendor's hosts trusts."""

import os
import ssl
from contextlib import suppress
from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from pathlib import Path
from typing import Any

from talentlms_mock.errors import HostUnanswered
from talentlms_mock.intercept.call_site import call_site
from talentlms_mock.intercept.routes import ROUTES
from talentlms_mock.intercept.sockets import Original
from talentlms_mock.tls import contexts as tls


def context_class() -> type[ssl.SSLContext]:
    """Return the original class of TLS contexts, also if truststore has replaced it."""
    return next(kind for kind in ssl.SSLContext.__mro__ if kind.__module__ == "ssl")


def wrap_socket(original: Original) -> Original:
    """Return the method by which a context starts TLS on a socket, with the mock's authority."""

    def _wrap_socket(
        self: Any, sock: Any, server_side: bool, server_hostname: Any = None, **options: Any
    ) -> Any:
        name = None if server_side else ROUTES.vendor_name(server_hostname)
        if name is None:
            return original(self, sock, server_side, server_hostname, **options)
        _refuse_other_machines(sock, name)
        session = options.pop("session", None)
        connection = original(self, sock, server_side, server_hostname, **options, session=None)
        context = _trust_the_mock(connection, name, session)
        # truststore verifies the peer with the system, and with the authorities of this context.
        options["owner"]._context = context
        return connection

    return _wrap_socket


def wrap_bio(original: Original) -> Original:
    """Return the method by which a context starts TLS in memory, with the mock's authority."""

    def _wrap_bio(self: Any, incoming: Any, outgoing: Any, **options: Any) -> Any:
        server_side = options.get("server_side", False)
        name = None if server_side else ROUTES.vendor_name(options.get("server_hostname"))
        if name is None:
            return original(self, incoming, outgoing, **options)
        session = options.pop("session", None)
        connection = original(self, incoming, outgoing, **options, session=None)
        _trust_the_mock(connection, name, session)
        return connection

    return _wrap_bio


def _trust_the_mock(connection: Any, name: str, session: ssl.SSLSession | None) -> ssl.SSLContext:
    """Make one connection, before its handshake, trust only the mock's authority.

    The connection has already copied from the client's context whether to verify, the name to
    check, protocols and flags. Only the authorities are read from its context during the handshake,
    so that the context can be replaced here.
    """
    authority = ROUTES.server_of(name).ca_file if ROUTES.intercepting() else tls.ca_file()
    context = _context(authority, os.stat(authority).st_mtime_ns)
    connection.context = context
    if session is not None:
        with suppress(ValueError):  # it is from a connection that was not intercepted
            connection.session = session
    return context


@lru_cache(maxsize=8)
def _context(authority: Path, changed: int) -> ssl.SSLContext:
    context = context_class()(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(authority)
    return context


def _refuse_other_machines(sock: Any, name: str) -> None:
    """Refuse to start TLS with a peer on another machine, like a proxy.

    Raises:
        HostUnanswered: the peer is on another machine.
    """
    try:
        peer = sock.getpeername()
    except OSError:  # not connected yet
        return
    if not isinstance(peer, tuple) or _is_ours(peer[0]):
        return
    why = f"the connection leads to {peer[0]} port {peer[1]}, a proxy perhaps"
    raise HostUnanswered(name, call_site(), why=why)


def _is_ours(host: str) -> bool:
    address = ip_address(host.partition("%")[0])
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    ours = [server.socket_host for server in ROUTES.intercepting()]
    return address.is_loopback or str(address) in ours
