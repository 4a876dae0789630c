"""A portal: one customer's site, and the handle by which a test author holds it."""

import ssl
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from talentlms_mock.errors import MockError, SetupError, about
from talentlms_mock.portal import clients, scenarios
from talentlms_mock.portal.contract.operations import Catalogue
from talentlms_mock.portal.faults.faults import Fault, Faults
from talentlms_mock.portal.journal.journal import Journal
from talentlms_mock.portal.journal.requests import Requests, Warned
from talentlms_mock.portal.learner import Learner
from talentlms_mock.portal.records import records
from talentlms_mock.portal.records.add import Adds
from talentlms_mock.portal.records.lookup import Thing
from talentlms_mock.portal.records.sources import Collected
from talentlms_mock.portal.rules import outbox, schedule, tasks
from talentlms_mock.portal.rules.outbox import Message
from talentlms_mock.portal.seed import definition, templates
from talentlms_mock.portal.snapshots import Snapshot, Snapshots, put_back, state_of
from talentlms_mock.portal.state.clock import Clock
from talentlms_mock.portal.state.keys import Keys
from talentlms_mock.portal.state.rate_limit import RateLimit
from talentlms_mock.portal.state.settings import DEFAULT_DATASET, DEFAULT_SEED, Quirks, Settings
from talentlms_mock.portal.state.task_rule import task_rule
from talentlms_mock.portal.store.database import Database
from talentlms_mock.portal.store.transaction import Transaction
from talentlms_mock.portal.switches import Switches
from talentlms_mock.portal.task_controls import TaskControls

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
        dataset: the data it starts with: empty, demo, large, messy, or the path of a TOML file.
        users: how many users it starts with; None takes the number the data is made for.
        seed: the same seed gives the same data.
        clock: the moment (ISO 8601 or a datetime) at which the portal's clock stands still;
            None follows the system's time. Seeded dates lie before it.
        database: a file to keep the data in, and to go on from when it exists.
        content: the bytes of a portal's SQLite file to start with, instead of `dataset`, `users`
            and `seed`.

    Raises:
        SetupError: the data or the file is not to be had.
    """

    # What is in it, read when it is asked for; the objects are those of `records`.
    users = Collected(records.User)
    user_types = Collected(records.UserType)
    user_fields = Collected(records.UserField)
    courses = Collected(records.Course)
    course_fields = Collected(records.CourseField)
    units = Collected(records.CourseUnit)
    categories = Collected(records.Category)
    enrollments = Collected(records.Enrollment)
    certificates = Collected(records.Certificate)
    groups = Collected(records.Group)
    branches = Collected(records.Branch)
    learning_paths = Collected(records.LearningPath)
    learning_path_enrollments = Collected(records.LearningPathEnrollment)
    badges = Collected(records.Badge)
    coupons = Collected(records.Coupon)
    events = Collected(records.Event)
    tasks = Collected(records.Task)

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
        self.clock = Clock()
        if clock is not None:
            with about("clock"):
                self.clock.freeze(clock, backwards=True)
        self.rate_limit = RateLimit(settings.limit, settings.burst_limit, self.clock.seconds)
        self.journal = Journal()
        self.requests = Requests(self.journal, lambda: self.catalogue)
        """The requests that reached the portal, oldest first; `filter` picks some."""
        self.address: Address | None = None
        self.interception: Callable[[], AbstractContextManager[None]] | None = None
        self.faults = Faults(seed, lambda: self.catalogue)
        self.keys = Keys(settings)
        self.catalogue = Catalogue()
        if content is None:
            template = self._template(dataset, users, seed)
        else:
            template = partial(bytes, content)
        if database is None:
            self.database = Database.from_template(template)
        else:
            self.database = Database.from_file(database, template)
        self._next_due: float | None = None
        self._seen_changes = -1
        self.snapshots = Snapshots()
        self._take_verbs()
        self.remember_start()

    def _take_verbs(self) -> None:
        """Let what can be added, switched, moved, asserted and made to fail be its own."""
        adds = Adds(self.transaction)
        self.add_user = adds.add_user
        self.add_course = adds.add_course
        self.add_category = adds.add_category
        self.enroll = adds.enroll
        self.add_user_field = adds.add_user_field
        self.add_course_field = adds.add_course_field
        self.add_group = adds.add_group
        self.add_branch = adds.add_branch
        self.add_learning_path = adds.add_learning_path
        self.add_badge = adds.add_badge
        self.add_coupon = adds.add_coupon
        switches = Switches(self.settings, self.keys, self.rate_limit, self.transaction)
        self.disable_api = switches.disable_api
        self.enable_api = switches.enable_api
        self.deactivate = switches.deactivate
        self.activate = switches.activate
        self.revoke_key = switches.revoke_key
        self.rotate_key = switches.rotate_key
        self.set_plan = switches.set_plan
        self.set_quirk = switches.set_quirk
        self.enable_gamification = switches.enable_gamification
        self.disable_gamification = switches.disable_gamification
        task_controls = TaskControls(self.transaction)
        self.advance_task = task_controls.advance_task
        self.complete_task = task_controls.complete_task
        self.fail_task = task_controls.fail_task
        self.assert_requested = self.requests.assert_requested
        self.assert_not_requested = self.requests.assert_not_requested
        self.assert_order = self.requests.assert_order
        self.assert_no_warnings = self.requests.assert_no_warnings
        self.wait_for_request = self.requests.wait_for
        self.fault = self.faults.declare
        self.clear_faults = self.faults.clear

    def _template(self, dataset: str, users: int | None, seed: int) -> Callable[[], bytes]:
        site = definition.load(dataset)
        count = site.users if users is None else users
        if count < 0:
            raise SetupError(f"A portal cannot have {count} users.", at="users")
        born = self.clock.now()
        return lambda: templates.template(site, users=count, seed=seed, at=born)

    def __repr__(self) -> str:
        return f"<Portal {self.domain!r}>"

    def open(self) -> None:
        """Make the data ready now, which otherwise the first request waits for."""
        with self.transaction():
            pass

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Open a transaction; an exception rolls everything in it back.

        What has become due by the portal's clock is done before, in a transaction of its own.
        """
        self._do_what_is_due()
        with self.database.transaction() as connection:
            yield Transaction(connection, self.clock, self.settings)

    def _do_what_is_due(self) -> None:
        if self.database.total_changes != self._seen_changes:
            with self.database.transaction() as connection:
                self._next_due = schedule.next_due(
                    Transaction(connection, self.clock, self.settings)
                )
                self._seen_changes = self.database.total_changes
        if self._next_due is not None and self._next_due <= self.clock.seconds():
            with self.database.transaction() as connection:
                schedule.apply(Transaction(connection, self.clock, self.settings))

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
        """The key in force."""
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
        return f"https://{self._address.host}:{self._address.https_port}/api/v2"

    @property
    def control_url(self) -> str:
        """The address of this portal in the control API, over plain HTTP.

        Raises:
            MockError: the portal is on no running server.
        """
        address = self._address
        return f"http://{address.host}:{address.http_port}/__mock__/portals/{self.domain}"

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

    def intercept(self) -> AbstractContextManager[None]:
        """Lead this process's connections to `*.talentlms.com` to the portal's server.

        For a `with` block. Clients that have the vendor's address built in reach the portal
        at `https://{portal.host}`, also those made before, with verification on; for a name that
        is no portal's, the server answers what the vendor does. It holds for all threads.

        Raises:
            MockError: the portal is on no running server.
        """
        if self.interception is None:
            raise self._homeless()
        return self.interception()

    @property
    def _address(self) -> Address:
        if self.address is None:
            raise self._homeless()
        return self.address

    def _homeless(self) -> MockError:
        return MockError(f"The portal {self.domain!r} is on no running server.")

    def learner(self, user: Thing) -> Learner:
        """Return `user` (an id, a login, or an object with an `id`) at work in the portal's pages.

        Raises:
            NotFound: there is no such user.
        """
        return Learner(self.transaction, user)

    @property
    def warnings(self) -> list[Warned]:
        """The contract warnings of the requests, each with its exchange."""
        return self.requests.warnings

    @property
    def quirks(self) -> Quirks:
        """The quirks in force by name; `portal.quirks["error_shape"] = "flat"` changes one."""
        return Quirks(self.settings)

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
        self._start = state_of(self, beginning=True)

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
        import_module("talentlms_mock.portal.saving").write(self, Path(path))

    def set_tasks(self, rule: str) -> None:
        """Let background tasks move by another rule, those too that are not completed yet.

        What the new rule would have completed by now is completed now.

        Args:
            rule: polls:N, seconds:N, at-once, manual or stuck.

        Raises:
            SetupError: it is none of these.
        """
        task_rule(rule)
        with self.transaction() as transaction:
            self.settings.tasks = rule
            tasks.complete_due(transaction)
        self._seen_changes = -1  # something else may be due next

    @property
    def outbox(self) -> list[Message]:
        """Every message that the portal would have sent, the newest last."""
        with self.transaction() as transaction:
            return outbox.messages(transaction)

    def close(self) -> None:
        """Let go of the data; a portal kept in a file stays in it."""
        self.database.close()
        self.journal.end()
