"""A portal: one customer's site, and the handle by which a test author holds it."""

import ssl
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mockserver import clients
from mockserver.errors import MockError, SetupError
from mockserver.portal import definition, due, templates
from mockserver.portal.clock import Clock
from mockserver.portal.database import Database
from mockserver.portal.journal import Journal
from mockserver.portal.rate_limit import RateLimit
from mockserver.portal.session import Session
from mockserver.portal.settings import DEFAULT_PORTAL, DEFAULT_SEED, Settings

if TYPE_CHECKING:
    import httpx
    import requests

API_VERSION = "2025-07-01"
"""The version that the mock's own examples send."""


@dataclass(frozen=True)
class Address:
    """Where a server answers for its portals."""

    host: str
    https_port: int
    http_port: int
    ca_file: Path
    app: Callable[..., Awaitable[None]]  # the same by ASGI


class Portal:
    """One customer's TalentLMS site: its data, clock, rate limit and journal.

    Args:
        settings: domain, key, plan, limits and quirks.
        portal: which data it starts with: empty, demo, large, messy, or the path of a TOML file.
        users: how many users it starts with; None takes the number the data is made for.
        seed: the same seed gives the same data.
        clock: the moment (ISO 8601 or a datetime) at which the portal's clock stands still;
            None follows the system's time. Seeded dates lie before it.
        database: a file to keep the data in, and to go on from when it exists.

    Raises:
        SetupError: the data or the file is not to be had.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        portal: str = DEFAULT_PORTAL,
        users: int | None = None,
        seed: int = DEFAULT_SEED,
        clock: str | datetime | None = None,
        database: Path | None = None,
    ) -> None:
        self.settings = settings
        self.clock = Clock()
        if clock is not None:
            self.clock.freeze(clock)
        self.rate_limit = RateLimit(settings.limit, settings.burst_limit)
        self.journal = Journal()
        self.address: Address | None = None
        site = definition.load(portal)
        count = site.users if users is None else users
        if count < 0:
            raise SetupError(f"A portal cannot have {count} users.")
        born = self.clock.now()

        def template() -> bytes:
            return templates.template(site, users=count, seed=seed, at=born)

        if database is None:
            self.database = Database.from_template(template)
        else:
            self.database = Database.from_file(database, template)
        self._next_due: float | None = None
        self._seen_changes = -1

    def open(self) -> None:
        """Make the data ready now, which otherwise the first request waits for."""
        with self.transaction():
            pass

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Give a session for one transaction; an exception rolls everything in it back.

        What has become due by the portal's clock is done before, in a transaction of its own.
        """
        self._do_what_is_due()
        with self.database.transaction() as connection:
            yield Session(connection, self.clock, self.settings)

    def _do_what_is_due(self) -> None:
        if self.database.total_changes != self._seen_changes:
            with self.database.transaction() as connection:
                self._next_due = due.next_due(Session(connection, self.clock, self.settings))
                self._seen_changes = self.database.total_changes
        if self._next_due is not None and self._next_due <= self.clock.seconds():
            with self.database.transaction() as connection:
                due.apply(Session(connection, self.clock, self.settings))

    @property
    def domain(self) -> str:
        """The portal's label: the first part of its host name."""
        return self.settings.domain

    @property
    def host(self) -> str:
        """The host name by which the vendor's clients know the portal."""
        return f"{self.domain}.talentlms.com"

    @property
    def api_key(self) -> str:
        """The key in force."""
        return self.settings.api_key

    @property
    def headers(self) -> dict[str, str]:
        """The headers that a well-behaved client sends with every request."""
        return {
            "X-API-Key": self.api_key,
            "X-API-Version": API_VERSION,
            "Accept": "application/json",
        }

    @property
    def base_url(self) -> str:
        """The address of the API over HTTPS, without a slash at the end.

        It has the server's address, where the key says which portal is meant: names below
        `.localhost` work too, but not every system resolves them.

        Raises:
            MockError: the portal is on no running server.
        """
        return f"https://{self._address.host}:{self._address.https_port}/api/v2"

    @property
    def ca_file(self) -> Path:
        """The certificate of the authority that a client must trust, a PEM file.

        Raises:
            MockError: the portal is on no running server.
        """
        return self._address.ca_file

    def ssl_context(self) -> ssl.SSLContext:
        """Return a context that trusts the mock's authority, and nobody else.

        Raises:
            MockError: the portal is on no running server.
        """
        return ssl.create_default_context(cafile=str(self.ca_file))

    def httpx_client(self, **options: Any) -> "httpx.Client":
        """Return an httpx client of this portal: `client.get("/users")`.

        It sends the headers, trusts the authority and reads no proxy from the environment;
        `options` are those of `httpx.Client`, over these.

        Raises:
            SetupError: httpx is not installed.
            MockError: the portal is on no running server.
        """
        return clients.httpx_client(self, **options)

    def httpx_async_client(self, **options: Any) -> "httpx.AsyncClient":
        """Do as `httpx_client`, for async code."""
        return clients.httpx_async_client(self, **options)

    def requests_session(self) -> "requests.Session":
        """Do as `httpx_client` with requests; the session takes `"/users"` as an address."""
        return clients.requests_session(self)

    @property
    def asgi(self) -> Callable[..., Awaitable[None]]:
        """The server as an ASGI application, for tests that want no socket.

        With `base_url=f"https://{portal.host}/api/v2"` the host name says that it is this portal.
        Nothing of TLS and of what happens to connections is there.

        Raises:
            MockError: the portal is on no running server.
        """
        return self._address.app

    @property
    def _address(self) -> Address:
        if self.address is None:
            raise MockError(f"The portal {self.domain!r} is on no running server.")
        return self.address

    def disable_api(self) -> None:
        """Switch the API off: every call is answered 403."""
        self.settings.api_enabled = False

    def enable_api(self) -> None:
        """Switch the API on again."""
        self.settings.api_enabled = True

    def deactivate(self) -> None:
        """Make the domain inactive: every call is answered 403."""
        self.settings.active = False

    def activate(self) -> None:
        """Make the domain active again."""
        self.settings.active = True

    def close(self) -> None:
        """Let go of the data; a portal kept in a file stays in it."""
        self.database.close()
