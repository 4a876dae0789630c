"""Whom a TLS connection trusts that names one of the vendor's hosts."""

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
    """Return the class of TLS contexts, also where truststore has put its own in its place."""
    return next(kind for kind in ssl.SSLContext.__mro__ if kind.__module__ == "ssl")


def wrap_socket(original: Original) -> Original:
    """Return the method by which a context starts TLS on a socket, with the mock's authority."""

    def _wrap_socket(
        self: Any, sock: Any, server_side: bool, server_hostname: Any = None, **options: Any
    ) -> Any:
        name = None if server_side else ROUTES.vendor_name(server_hostname)
        if name is None:
            return original(self, sock, server_side, server_hostname, **options)
        _refuse_strangers(sock, name)
        session = options.pop("session", None)
        connection = original(self, sock, server_side, server_hostname, **options, session=None)
        context = _trust_the_mock(connection, name, session)
        # truststore asks the system about the peer, and for authorities this context.
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
    """Let one connection, before its handshake, trust the mock's authority and no other.

    What the client's context asked for is with the connection already: whether to verify, the
    name to check, protocols and flags. The authorities alone are looked up in the context that
    the connection has at its handshake, so that it can have another one than it was made with.
    """
    authority = ROUTES.server_of(name).ca_file if ROUTES.intercepting() else tls.ca_file()
    context = _context(authority, os.stat(authority).st_mtime_ns)
    connection.context = context
    if session is not None:
        with suppress(ValueError):  # it is of a connection that nothing intercepted
            connection.session = session
    return context


@lru_cache(maxsize=8)
def _context(authority: Path, changed: int) -> ssl.SSLContext:
    context = context_class()(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(authority)
    return context


def _refuse_strangers(sock: Any, name: str) -> None:
    """Refuse to say anything to a peer on another machine, like a proxy that leads outside.

    Raises:
        HostUnanswered: the peer is one.
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
