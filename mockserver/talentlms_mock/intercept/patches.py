"""The patches of the standard library and of other libraries, which are undone at the end."""

import asyncio
import socket
import sys
import threading
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from importlib import import_module
from typing import Any

from talentlms_mock.intercept import loops, proxies, sockets, trust

_MISSING = object()


@dataclass
class Patch:
    """One attribute of a module or a class, and the function that makes its replacement.

    A replacement that is still referenced afterwards behaves like the original.
    """

    owner: Any
    name: str
    make: Callable[[Callable[..., Any]], Callable[..., Any]]
    before: Any = _MISSING
    replacement: Any = None
    original: Any = None

    def install(self) -> None:
        original = self.original = getattr(self.owner, self.name)
        self.before = vars(self.owner).get(self.name, _MISSING)
        self.replacement = wraps(original)(self.make(original))
        setattr(self.owner, self.name, self.replacement)

    @property
    def is_displaced(self) -> bool:
        """Whether somebody has put something else in the place of the replacement."""
        return vars(self.owner).get(self.name) is not self.replacement

    @property
    def is_undone(self) -> bool:
        """Whether somebody has put the original back."""
        return self.is_displaced and getattr(self.owner, self.name) == self.original

    def undo(self) -> None:
        # A patch that others put on top of ours stays.
        if self.is_displaced:
            return
        if self.before is _MISSING:
            delattr(self.owner, self.name)
        else:
            setattr(self.owner, self.name, self.before)


class Patches:
    """All patches together, installed while there is a user of them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._users = 0
        self.installed_now: list[Patch] = []

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Keep the patches installed until the block ends; blocks may overlap in any order."""
        with self._lock:
            self._users += 1
            if self._users == 1:
                self.installed_now = wanted()
                for patch in self.installed_now:
                    patch.install()
            else:
                self._install_undone()
        try:
            yield
        finally:
            with self._lock:
                self._users -= 1
                if self._users == 0:
                    for patch in reversed(self.installed_now):
                        patch.undo()
                    self.installed_now = []

    def keep(self) -> None:
        """Install again what others have undone, like pytest-socket at the end of a test."""
        with self._lock:
            if self._users:
                self._install_undone()

    def _install_undone(self) -> None:
        # Not on top of what others have put there: they may look for it.
        for at, patch in enumerate(self.installed_now):
            if patch.is_undone:
                self.installed_now[at] = again = Patch(patch.owner, patch.name, patch.make)
                again.install()


PATCHES = Patches()


def wanted() -> list[Patch]:
    """Return the patches for the packages that are installed."""
    return [*_sockets(), *_trust(), *_proxies(), *_event_loops(), *_httpx()]


def _sockets() -> Iterator[Patch]:
    for make in (sockets.getaddrinfo, sockets.gethostbyname, sockets.gethostbyname_ex):
        yield Patch(socket, make.__name__, make)
    for name in ("connect", "connect_ex"):
        yield Patch(socket.socket, name, sockets.connect)


def _trust() -> Iterator[Patch]:
    # Below `wrap_socket` and `wrap_bio`: a socket that is wrapped first and connected later
    # starts TLS without them.
    yield Patch(trust.context_class(), "_wrap_socket", trust.wrap_socket)
    yield Patch(trust.context_class(), "_wrap_bio", trust.wrap_bio)


def _proxies() -> Iterator[Patch]:
    for name in ("getproxies_environment", "getproxies"):
        yield Patch(urllib.request, name, proxies.getproxies)
    for name in ("proxy_bypass_macosx_sysconf", "proxy_bypass_registry"):  # macOS, Windows
        if hasattr(urllib.request, name):
            yield Patch(urllib.request, name, proxies.bypass)


def _event_loops() -> Iterator[Patch]:
    yield Patch(asyncio.BaseEventLoop, "getaddrinfo", loops.getaddrinfo)
    if sys.platform == "win32":
        yield Patch(asyncio.IocpProactor, "connect", sockets.connect)
    # Imported here, because code that imports them later would bypass the patches.
    if (uvloop := _module("uvloop")) is not None:
        yield Patch(uvloop.Loop, "getaddrinfo", loops.getaddrinfo)
        yield Patch(uvloop.Loop, "create_connection", loops.create_connection)
    if (pycares := _module("pycares")) is not None:
        yield Patch(pycares.Channel, "getaddrinfo", loops.cares_getaddrinfo)


def _module(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError:
        return None


def _httpx() -> Iterator[Patch]:
    # If it is imported later, it reads the proxies through `urllib.request`.
    httpx = sys.modules.get("httpx")
    for client in ("Client", "AsyncClient") if httpx else ():
        owner = getattr(httpx, client, None)
        if hasattr(owner, "_transport_for_url"):
            yield Patch(owner, "_transport_for_url", proxies.transport_for_url)
