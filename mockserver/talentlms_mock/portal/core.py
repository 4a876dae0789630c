"""What a portal is and has: its settings, time, limits, journal and addresses.

Its whole state is kept and restored here too.
"""

import ssl
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from sqlalchemy import func, select

from talentlms_mock.errors import (
    MockError,
    SetupError,
    about,
)
from talentlms_mock.hosts import ServerAddress, domain_of
from talentlms_mock.paths import write_whole
from talentlms_mock.portal.clients import Connections
from talentlms_mock.portal.contract.operations import Catalogue
from talentlms_mock.portal.faults.faults import Faults
from talentlms_mock.portal.journal.journal import Journal
from talentlms_mock.portal.journal.requests import ContractWarning, Requests
from talentlms_mock.portal.rules import outbox, schedule
from talentlms_mock.portal.rules.outbox import Message
from talentlms_mock.portal.seed import definition, origin, templates
from talentlms_mock.portal.seed.definition import check_users
from talentlms_mock.portal.snapshots import Snapshot, Snapshots, put_back, state_of
from talentlms_mock.portal.state.clock import Clock
from talentlms_mock.portal.state.keys import Keys
from talentlms_mock.portal.state.rate_limit import RateLimit
from talentlms_mock.portal.state.settings import DEFAULT_DATASET, DEFAULT_SEED, Quirks, Settings
from talentlms_mock.portal.store.changes import Differences
from talentlms_mock.portal.store.database import Database
from talentlms_mock.portal.store.models import users as users_table
from talentlms_mock.portal.store.transaction import Transaction

_COUNT = select(func.count()).select_from(users_table)

API_VERSION = "2025-07-01"
"""The version that the mock's own examples send."""


@dataclass(frozen=True)
class Server:
    """The server that a portal is on.

    Args:
        locate: returns where it listens, once it does.
        known: returns where it listens by now; None before it does.
        app: the same server as an ASGI application.
        intercept: leads connections of this process to it.
        shared: returns the connections of the clients that its portals hand out.
    """

    locate: Callable[[], ServerAddress]
    known: Callable[[], ServerAddress | None]
    app: Callable[..., Awaitable[None]]
    intercept: Callable[[], AbstractContextManager[None]]
    shared: Callable[[], Connections]

    @property
    def connections(self) -> Connections:
        """The connections of the clients that its portals hand out.

        Raises:
            SetupError: it does not listen.
        """
        return self.shared()

    @property
    def address(self) -> ServerAddress:
        """Where the server listens.

        Raises:
            SetupError: it does not.
        """
        return self.locate()


class PortalCore:
    """What a portal is and has; `PortalData` adds its data, and `Portal` what is done with it.

    The arguments are those of `Portal`.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        dataset: str = DEFAULT_DATASET,
        users: int | None = None,
        seed: int = DEFAULT_SEED,
        clock: str | datetime | None = None,
        database: Path | None = None,
        content: bytes | None = None,
    ) -> None:
        self.settings = settings
        self.catalogue = Catalogue()
        self.journal = Journal()
        self.keys = Keys(settings, self.journal.secrets.add_key)
        self.server: Server | None = None
        self._clock = Clock()
        if clock is not None:
            with about("clock"):
                self._clock.freeze(clock, backwards=True)
        self._rate_limit = RateLimit(settings.limit, settings.burst_limit, self._clock.seconds)
        self._requests = Requests(self.journal, lambda: self.catalogue)
        self._faults = Faults(seed, lambda: self.catalogue)
        self._snapshots = Snapshots()
        if content is None:
            template = self._template(dataset, users, seed)
        else:
            template = partial(bytes, content)
        self.continued = database is not None and database.exists()
        """Whether its data was in a file already, so that nothing seeded it."""
        if database is None:
            self.database = Database.from_template(template)
        else:
            self.database = Database.from_file(database, template)
        self._next_change: float | None = None
        self._scheduled_from: tuple[int, str] | None = None
        self.remember_start()

    def _template(self, dataset: str, users: int | None, seed: int) -> Callable[[], bytes]:
        site = definition.load(dataset)
        count = site.users if users is None else users
        check_users(count)
        born = self._clock.now()
        return lambda: templates.template(site, users=count, seed=seed, at=born)

    def without_effect(
        self,
        *,
        dataset: str | None = None,
        users: int | None = None,
        seed: int | None = None,
        settings: Iterable[str] = (),
    ) -> str:
        """Return what to say of arguments that have no effect; "" where they agree.

        A portal that continues from a file has the data in it, whatever these arguments say.

        Args:
            dataset, users, seed: as they were given; None is not given.
            settings: the names of those in place of which it has others.

        Raises:
            SetupError: there is no such dataset.
        """
        if not self.continued:
            return ""
        with self.database.transaction() as connection:
            made_from = origin.read(connection)
            count = connection.execute(_COUNT).scalar()
        names = [name.replace("_", "-") for name in settings]
        if made_from is not None:
            names += made_from.differing(dataset=dataset, users=users, seed=seed)
        if not names:
            return ""
        path = self.database.path
        has = "have" if len(names) > 1 else "has"
        options = " and ".join(", ".join(f"--{name}" for name in names).rsplit(", ", 1))
        return (
            f"The portal continues from {path.name if path else 'its file'} ({count} users); "
            f"{options} {has} no effect."
        )

    def __repr__(self) -> str:
        address = None if self.server is None else self.server.known()
        where = "on no server" if self.server is None else f"of {self.host}"
        if address is not None:
            where = f"at {address.https_url}/api/v2"
        return f"<Portal {self.domain!r} {where}>"

    @property
    def clock(self) -> Clock:
        """The portal's time: `freeze`, `travel`, `tick`, `advance`, `now`."""
        return self._clock

    @property
    def rate_limit(self) -> RateLimit:
        """Both rate limits: the one of the hour, and the one of five seconds."""
        return self._rate_limit

    @property
    def requests(self) -> Requests:
        """The requests that reached the portal, oldest first; `filter` selects some."""
        return self._requests

    @property
    def warnings(self) -> list[ContractWarning]:
        """The contract warnings of the requests, each with its exchange."""
        return self._requests.warnings

    @property
    def faults(self) -> Faults:
        """The faults that were declared, oldest first."""
        return self._faults

    @property
    def quirks(self) -> Quirks:
        """The current quirks by name; `portal.quirks["error_shape"] = "flat"` changes one."""
        return Quirks(self.settings)

    @property
    def snapshots(self) -> Snapshots:
        """The named snapshots, oldest first."""
        return self._snapshots

    @property
    def outbox(self) -> list[Message]:
        """Every message that the portal would have sent, the newest last."""
        with self.transaction() as transaction:
            return outbox.messages(transaction)

    # Names and addresses.

    @property
    def domain(self) -> str:
        """The portal's label: the first part of its host name."""
        return self.settings.domain

    @property
    def host(self) -> str:
        """The host name by which the vendor's clients know the portal."""
        return self.settings.host

    @property
    def api_key(self) -> str:
        """The current API key."""
        return self.settings.api_key

    @property
    def headers(self) -> dict[str, str]:
        """The headers that a well-behaved client sends with every request.

        The version is 2025-07-01, or the day of the portal's clock where that is earlier.
        """
        return {
            "X-API-Key": self.api_key,
            "X-API-Version": min(API_VERSION, self.clock.today().isoformat()),
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
        return f"{self._running().address.api_origin}/api/v2"

    @property
    def control_url(self) -> str:
        """The address of this portal in the control API, over plain HTTP.

        Raises:
            MockError: the portal is on no running server.
        """
        return f"{self._running().address.control_origin}/__mock__/portals/{self.domain}"

    @property
    def console_url(self) -> str:
        """The address of this portal in the console, for a browser, over plain HTTP.

        Raises:
            MockError: the portal is on no running server.
        """
        return f"{self._running().address.control_origin}/__mock__/console/portals/{self.domain}"

    def origin_for(self, origin: str) -> str:
        """Return the scheme and host of the portal's addresses, as they go to a client.

        Args:
            origin: the scheme and host by which the client asked. Where that host names no portal,
                the server's public address takes its place.
        """
        address = self.server and self.server.known()  # which opens no port
        public = address and address.public_url
        if not public or domain_of(origin.partition("://")[2]) is not None:
            return origin
        return public

    @property
    def ca_file(self) -> Path:
        """The certificate of the authority that a client must trust, a PEM file.

        Raises:
            MockError: the portal is on no running server.
        """
        return self._running().address.ca_file

    def ssl_context(self) -> ssl.SSLContext:
        """Return a context that trusts the mock's authority and no other.

        Raises:
            MockError: the portal is on no running server.
        """
        return ssl.create_default_context(cafile=str(self.ca_file))

    @property
    def connections(self) -> Connections:
        """What the clients that the portals of this server hand out share.

        Raises:
            MockError: the portal is on no running server.
        """
        return self._running().connections

    @property
    def asgi(self) -> Callable[..., Awaitable[None]]:
        """The server as an ASGI application, for tests that need no socket.

        With `base_url=f"https://{portal.host}/api/v2"` the host name says that it is this portal.
        TLS, and what happens to connections, is not part of it.

        Raises:
            MockError: the portal is on no running server.
        """
        return self._running().app

    def intercept(self) -> AbstractContextManager[None]:
        """Lead this process's connections to `*.talentlms.com` to the portal's server.

        For a `with` block. Clients that have the vendor's address built in reach the portal
        at `https://{portal.host}`, also those made before, with verification on; for a name that
        is no portal's, the server answers what the vendor does. It applies to all threads.

        Raises:
            MockError: the portal is on no running server.
        """
        return self._running().intercept()

    def _running(self) -> Server:
        if self.server is None:
            raise MockError(f"The portal {self.domain!r} is on no running server.")
        return self.server

    def open(self) -> None:
        """Prepare the data now, for which the first request waits otherwise."""
        with self.transaction():
            pass

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Open a transaction; an exception rolls back everything in it.

        What the portal's clock has brought about is applied before, in a transaction of its own.
        """
        self._apply_schedule()
        with self.database.transaction() as connection:
            transaction = Transaction(connection, self._clock, self.settings)
            transaction.remembered = self.database.remembered
            yield transaction
            if self._scheduled_from != self._schedule_depends_on:
                self._plan(transaction)

    @property
    def _schedule_depends_on(self) -> tuple[int, str]:
        """What the next change by time depends on: the data, and the rule of tasks."""
        return self.database.total_changes, self.settings.tasks

    def _plan(self, transaction: Transaction) -> None:
        """Find out when the next change by time is due."""
        self._next_change = schedule.next_due(transaction)
        self._scheduled_from = self._schedule_depends_on

    def _apply_schedule(self) -> None:
        if self._scheduled_from != self._schedule_depends_on:
            with self.database.transaction() as connection:
                self._plan(Transaction(connection, self._clock, self.settings))
        if self._next_change is not None and self._next_change <= self._clock.seconds():
            with self.database.transaction() as connection:
                schedule.apply(Transaction(connection, self._clock, self.settings))

    # Keeping the state.

    def snapshot(self, name: str | None = None, *, journal: bool = False) -> Snapshot:
        """Take a snapshot of the whole state: data, ids, clock, limits, faults, settings.

        In a with statement it is restored at the end of the block; one with a name can also be
        restored by `restore(name)`.

        Args:
            name: to keep it under, in place of an older one.
            journal: restore the journal too, which otherwise continues.
        """
        snapshot = Snapshot(self, name, journal=journal)
        if name is not None:
            self.snapshots.keep(name, snapshot)
        return snapshot

    def diff(self, snapshot: Snapshot | str) -> Differences:
        """Return what was added, changed and removed since a snapshot, also as text.

        Args:
            snapshot: as `snapshot()` returned it, or the name of one.

        Raises:
            SetupError: there is no such snapshot.
        """
        then = self.snapshots[snapshot] if isinstance(snapshot, str) else snapshot
        return then.differences()

    def compare(self, before: str, after: str | None = None) -> Differences:
        """Return what was added, changed and removed since a named snapshot was taken.

        Args:
            before: the name of the snapshot.
            after: the name of a later one; None is how the portal is now.

        Raises:
            SetupError: there is no such snapshot.
        """
        later = None if after is None else self.snapshots[after]
        return self.snapshots[before].differences(later)

    def restore(self, name: str) -> None:
        """Restore the state that the portal had at `snapshot(name)`.

        Raises:
            SetupError: there is no such snapshot, or another portal has the key of the snapshot.
        """
        self.snapshots[name].restore()

    def save(self, path: Path | str) -> None:
        """Write the whole portal into a file, from which `MockServer.open` continues.

        Keys and passwords in the requests of the journal are left out.

        Raises:
            SetupError: the file cannot be written, is not a portal's, or is the one that the
                portal is kept in.
        """
        from talentlms_mock.portal import saving  # noqa: PLC0415  # most portals are never saved

        saving.write(self, Path(path))

    def save_dataset(self, path: Path | str) -> None:
        """Write the portal as a dataset file, which people can read and edit.

        People, courses, groups, branches and who is in them stay; what people did in courses is
        drawn when a portal is made of the file.

        Raises:
            SetupError: the file cannot be written, or the portal has something that no dataset
                can have.
        """
        target = Path(path)
        content = self.as_dataset(file=target.name)
        try:
            write_whole(target, content.encode(), mode=0o644)
        except OSError as error:
            raise SetupError(f"Cannot write {target}: {error.strerror}.") from None

    def as_dataset(self, *, file: str = "FILE.toml") -> str:
        """Return the content of the file that `save_dataset` writes.

        Args:
            file: what it will be called, for its first line.

        Raises:
            SetupError: as for `save_dataset`.
        """
        from talentlms_mock.portal.seed.describing import (  # noqa: PLC0415  # few write one
            dataset,
        )

        with self.transaction() as transaction:
            return dataset(transaction, file=file)

    def remember_start(self) -> None:
        """Make the current state, except for the data, the one that `reset` restores."""
        self._start = state_of(self, beginning=True)

    def reset(self) -> None:
        """Restore the portal as it was created, without any request.

        Named snapshots stay.

        Raises:
            SetupError: another portal has the key it had, or the portal continued from a file
                that was too large to be kept.
        """
        put_back(self, self._start, journal=True)

    def close(self) -> None:
        """Release the data; a portal kept in a file stays in it."""
        self.clock.stop_driving()
        self.database.close()
        self.journal.end()
