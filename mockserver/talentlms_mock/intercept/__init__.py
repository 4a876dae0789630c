"""The vendor's host names inside this process: lead them to the mock, or refuse them.

`intercept` leads connections to `*.talentlms.com` to a running mock; `guard` makes those without a
mock fail at once. Both apply to the whole process, all its threads and event loops. Both may be
nested, also in several threads at a time; the last to end undoes everything.

How it works, in three places:

names        such a name resolves to a stand-in address of its own, which no network routes
connections  connecting to a stand-in, or to the name itself, goes to the mock's port instead
trust        a TLS connection that names such a host trusts only the mock's authority; the client's
             own context and all other connections are unchanged

A stand-in is used instead of the mock's address, because some clients keep only the address and
lose the port, and others remember it for the next server. `routes` decides for all other modules.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from talentlms_mock.hosts import ServerAddress
from talentlms_mock.intercept.routes import ROUTES, Finder, Server


@contextmanager
def intercept(portals: Finder, address: Callable[[], ServerAddress | None]) -> Iterator[None]:
    """Lead connections of this process to `*.talentlms.com` to a server, until the block ends.

    Port 443 goes to its TLS port, 80 to its plain one. If several servers intercept, a name goes to
    the latest one that has a portal for it. If none has, it goes to the latest one, which answers
    as the vendor does for an unknown domain.

    Args:
        portals: the server's portals.
        address: returns where the server listens; None after it has stopped.
    """
    server = Server(portals, address)
    from talentlms_mock.intercept.patches import PATCHES  # noqa: PLC0415  # imports urllib.request

    with PATCHES.installed():
        ROUTES.add(server)
        try:
            yield
        finally:
            ROUTES.remove(server)


@contextmanager
def guard() -> Iterator[None]:
    """Prevent connections of this process to the vendor, until the block ends.

    A connection to `*.talentlms.com` that no server intercepts fails with `HostUnanswered`, a
    `ConnectionRefusedError`, which most clients wrap in their own error.
    """
    from talentlms_mock.intercept.patches import PATCHES  # noqa: PLC0415  # imports urllib.request

    with PATCHES.installed():
        ROUTES.add_guard()
        try:
            yield
        finally:
            ROUTES.remove_guard()
