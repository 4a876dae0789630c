"""The vendor's host names inside this process: lead them to the mock, or let nothing out.

`intercept` leads connections to `*.talentlms.com` to a running mock; `guard` makes those that no
mock answers fail at once. Both hold for the whole process, all its threads and event loops, and
both may be nested, also in several threads at a time; the last to end undoes everything.

How it works, in three places:

names        resolving such a name gives a stand-in address of its own, which no network routes
connections  connecting to a stand-in, or to the name itself, goes to the mock's port instead
trust        a TLS connection that names such a host trusts the mock's authority and no other;
             the client's own context is not touched, nor is any other connection

Stand-ins, and not the mock's address itself: some clients keep the address alone and forget the
port, others remember it for the next server. `routes` decides, the other modules only ask it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from talentlms_mock.hosts import ServerAddress
from talentlms_mock.intercept.routes import ROUTES, Finder, Server


@contextmanager
def intercept(portals: Finder, address: Callable[[], ServerAddress | None]) -> Iterator[None]:
    """Lead connections of this process to `*.talentlms.com` to a server, until the block ends.

    Port 443 goes to its TLS port, 80 to its plain one. Where several servers are intercepting, a
    name goes to the latest that has a portal for it, and to the latest of all when none has:
    that one answers as the vendor does for a domain it does not know.

    Args:
        portals: the server's portals.
        address: where the server answers; None when it has stopped.
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
    """Let no connection of this process reach the vendor, until the block ends.

    One to `*.talentlms.com` that no server intercepts fails with `HostUnanswered`, a
    `ConnectionRefusedError`, which most clients wrap into their own error.
    """
    from talentlms_mock.intercept.patches import PATCHES  # noqa: PLC0415  # imports urllib.request

    with PATCHES.installed():
        ROUTES.add_guard()
        try:
            yield
        finally:
            ROUTES.remove_guard()
