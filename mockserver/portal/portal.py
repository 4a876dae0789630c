"""A portal: one customer's site, and the handle by which a test author holds it."""

import ssl
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Unpack

from mockserver.errors import MockError, SetupError
from mockserver.portal import definition, due, scenarios, templates
from mockserver.portal.catalogue import Catalogue
from mockserver.portal.clock import Clock
from mockserver.portal.criteria import Wanted
from mockserver.portal.database import Database
from mockserver.portal.fault_rules import FaultOptions, make_rule
from mockserver.portal.faults import Fault, Faults
from mockserver.portal.journal import Exchange, Journal
from mockserver.portal.rate_limit import RateLimit
from mockserver.portal.requests import WAIT, Requests, Step, Warned
from mockserver.portal.session import Session
from mockserver.portal.settings import (
    DEFAULT_PORTAL,
    DEFAULT_SEED,
    Quirks,
    Settings,
    check_key,
)
from mockserver.portal.snapshots import Snapshot, Snapshots, put_back, state_of

API_VERSION = "2025-07-01"
"""The version that the mock's own examples send."""


@dataclass(frozen=True)
class Address:
    """Where a server answers for its portals."""

    host: str
    https_port: int
    http_port: int
    ca_file: Path


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
        content: the bytes of a portal's SQLite file to start with, instead of `portal`, `users`
            and `seed`.

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
        content: bytes | None = None,
    ) -> None:
        self.settings = settings
        self.clock = Clock()
        if clock is not None:
            self.clock.freeze(clock, backwards=True)
        self.rate_limit = RateLimit(settings.limit, settings.burst_limit, self.clock.seconds)
        self.journal = Journal()
        self.address: Address | None = None
        self.on_keys: Callable[[Sequence[str]], None] | None = None
        self._former_keys: list[str] = []
        self.faults = Faults(seed, lambda: self.catalogue)
        self.catalogue = Catalogue()
        if content is None:
            template = self._template(portal, users, seed)
        else:
            template = partial(bytes, content)
        if database is None:
            self.database = Database.from_template(template)
        else:
            self.database = Database.from_file(database, template)
        self._next_due: float | None = None
        self._seen_changes = -1
        self.snapshots = Snapshots()
        self._start = state_of(self)

    def _template(self, portal: str, users: int | None, seed: int) -> Callable[[], bytes]:
        site = definition.load(portal)
        count = site.users if users is None else users
        if count < 0:
            raise SetupError(f"A portal cannot have {count} users.")
        born = self.clock.now()
        return lambda: templates.template(site, users=count, seed=seed, at=born)

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

    def revoke_key(self) -> None:
        """Make the API key invalid: every call is answered 401 until `rotate_key`."""
        self.settings.key_revoked = True

    def rotate_key(self, api_key: str | None = None) -> str:
        """Put another API key in force and return it; the old one is answered 401.

        Args:
            api_key: None makes one up from the old one.

        Raises:
            SetupError: it cannot be a key, another portal has it, or it is in force already.
        """
        settings = self.settings
        key = self._next_key() if api_key is None else api_key
        check_key(key)
        if key == settings.api_key and not settings.key_revoked:
            raise SetupError(f"{key!r} is the API key of {self.domain!r} already.")
        self.have_keys([*(old for old in self.keys if old != key), key])
        settings.key_revoked = False
        return key

    def _next_key(self) -> str:
        stem, _, number = self.api_key.rpartition("-")
        if stem and number.isdecimal():
            return f"{stem}-{int(number) + 1}"
        return f"{self.api_key}-2"

    def have_keys(self, keys: Sequence[str]) -> None:
        """Have had these API keys, of which the last is in force.

        Raises:
            SetupError: another portal has that one.
        """
        if self.on_keys is not None:
            self.on_keys(keys)
        *self._former_keys, self.settings.api_key = keys

    @property
    def keys(self) -> tuple[str, ...]:
        """Every API key that the portal has had, the one in force last."""
        return (*self._former_keys, self.settings.api_key)

    def set_plan(self, plan: str, hourly_limit: int | None = None) -> None:
        """Change the plan, and with it the requests allowed in the hour, also in this one.

        Args:
            plan: its name.
            hourly_limit: that number itself; the plan `custom` needs it.

        Raises:
            SetupError: there is no such plan, or the limit is not to be had.
        """
        self.settings.set_plan(plan, hourly_limit)
        self.rate_limit.hourly.limit = self.settings.limit

    @property
    def requests(self) -> Requests:
        """The requests that reached the portal, oldest first; `filter` picks some."""
        return Requests(self.journal, self.catalogue)

    @property
    def warnings(self) -> list[Warned]:
        """The contract warnings of the requests, each with its exchange."""
        return self.requests.warnings

    def assert_requested(
        self,
        method: str | None = None,
        path: str | None = None,
        *,
        times: int | None = None,
        **wanted: Unpack[Wanted],
    ) -> Exchange:
        """Assert that a client has sent this, and return the last such request.

        The arguments and errors are those of `Requests.assert_requested`.
        """
        __tracebackhide__ = True
        return self.requests.assert_requested(method, path, times=times, **wanted)

    def assert_not_requested(
        self, method: str | None = None, path: str | None = None, **wanted: Unpack[Wanted]
    ) -> None:
        """Assert that no client has sent this; as `Requests.assert_not_requested`."""
        __tracebackhide__ = True
        self.requests.assert_not_requested(method, path, **wanted)

    def assert_order(self, steps: Iterable[Step]) -> list[Exchange]:
        """Assert that requests came in this order; as `Requests.assert_order`."""
        __tracebackhide__ = True
        return self.requests.assert_order(steps)

    def assert_no_warnings(self) -> None:
        """Assert that no request has a contract warning; as `Requests.assert_no_warnings`."""
        __tracebackhide__ = True
        self.requests.assert_no_warnings()

    def wait_for_request(
        self,
        method: str | None = None,
        path: str | None = None,
        *,
        timeout: float = WAIT,
        times: int = 1,
        after: int = 0,
        **wanted: Unpack[Wanted],
    ) -> Exchange:
        """Wait until a client has sent this, and return it; as `Requests.wait_for`."""
        __tracebackhide__ = True
        return self.requests.wait_for(
            method, path, timeout=timeout, times=times, after=after, **wanted
        )

    @property
    def quirks(self) -> Quirks:
        """The quirks in force by name; `portal.quirks["error_shape"] = "flat"` changes one."""
        return Quirks(self.settings)

    def set_quirk(self, name: str, value: str) -> None:
        """Change one quirk.

        Raises:
            SetupError: there is no such quirk, or it has no such value.
        """
        self.settings.set_quirk(name, value)

    def fault(
        self,
        method: str | None = None,
        path: str | None = None,
        **options: Unpack[FaultOptions],
    ) -> Fault:
        """Make requests fail, from now on.

        Args:
            method: of the requests; None is any.
            path: a path or a pattern (`/users/*`), an operationId, or None for every request that
                passes the checks, also one that leads nowhere.
            options: what happens, one or more that agree with each other:
                status: it is answered, with the vendor's error, or with `body` (a text as it
                    is, else as JSON).
                latency: seconds until it is answered, or the least and the most of them.
                timeout: no answer ever; reset: the connection is reset; empty: it is closed
                    without an answer.
                truncate_at: the connection is closed after so many bytes of the body, of which
                    at least one is missing; drip: the body comes at so many bytes a second.
                malformed_json, wrong_content_type: so the answer is.
                drop_field, null_field: the name of a field, or several; rename_field: the new
                    name by the old. Names are relative to `_data`, in each item of a list:
                    `email`, `user_type.name`; or to the whole: `_meta.pagination.page`.
                after_commit: the operation is done all the same, and then its answer is lost.
                And to which of the requests, each time when nothing is said:
                match: those whose `json`, `query` and `headers` have what is given here.
                times: at most so often; on_call: on that one alone; after: not on the first so
                    many; probability: by chance, between 0 and 1, as the seed decides.
                sequence: what each does in its turn, a status, "timeout", "reset", "empty",
                    "malformed_json", "wrong_content_type", or None for normal service.
                Besides: a `name`, and `optional` where it does not matter whether it fires.

        Raises:
            SetupError: the rule contradicts itself, or names what does not exist.
        """
        return self.faults.add(make_rule({"method": method, "path": path, **options}))

    def clear_faults(self) -> None:
        """Take all faults away."""
        self.faults.clear()

    def apply_scenario(self, scenario: str) -> list[Fault]:
        """Do what a scenario says, all of it or nothing, and return the faults that it declares.

        Args:
            scenario: the name of one that is built in, or the path of a TOML file.

        Raises:
            SetupError: there is no such scenario, or it says something impossible.
        """
        return scenarios.apply(self, scenario)

    def snapshot(self, name: str | None = None, *, journal: bool = False) -> Snapshot:
        """Remember everything that the portal is: data, ids, clock, limits, faults, settings.

        In a with statement it is put back at the end of the block; one with a name is also put
        back by `restore(name)`.

        Args:
            name: to keep it under, in the place of an older one.
            journal: put the journal back too, which otherwise goes on.
        """
        snapshot = Snapshot(self, name, journal=journal)
        if name is not None:
            self.snapshots.keep(name, snapshot)
        return snapshot

    def restore(self, name: str) -> None:
        """Put the portal back to what it was at `snapshot(name)`.

        Raises:
            SetupError: there is no such snapshot, or another portal has the key of then.
        """
        self.snapshots[name].restore()

    def reset(self) -> None:
        """Put the portal back to what it was when it was created, without any request.

        Named snapshots stay.

        Raises:
            SetupError: another portal has the key of then, or the portal went on from a file too
                large to be remembered.
        """
        put_back(self, self._start, journal=True)

    def remember_start(self) -> None:
        """Let `reset` come back to what the portal is now, its data apart."""
        self._start = replace(state_of(self), data=None, journal=[])

    def clear_requests(self) -> None:
        """Forget the requests so far; numbers go on."""
        self.journal.clear()

    def save(self, path: Path | str) -> None:
        """Write all of the portal into a file, which `MockServer.open` goes on from.

        Keys and passwords in the requests of the journal are left out.

        Raises:
            SetupError: the file cannot be written, is something else than a portal, or is the
                one that the portal is kept in.
        """
        import_module("mockserver.portal.saving").write(self, Path(path))

    def close(self) -> None:
        """Let go of the data; a portal kept in a file stays in it."""
        self.database.close()
