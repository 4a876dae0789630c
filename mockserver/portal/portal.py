"""A portal: one customer's site, and the handle by which a test author holds it."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol, Unpack

from mockserver.errors import MockError, SetupError
from mockserver.portal import (
    adds,
    definition,
    due,
    gamification,
    outbox,
    records,
    tasks,
    templates,
)
from mockserver.portal.arguments import (
    CourseRef,
    NewBadge,
    NewBranch,
    NewCategory,
    NewCourse,
    NewField,
    NewGroup,
    NewLearningPath,
    NewUser,
    Role,
    UserRef,
)
from mockserver.portal.clock import Clock
from mockserver.portal.database import Database
from mockserver.portal.journal import Journal
from mockserver.portal.learner import Learner
from mockserver.portal.lookup import Thing
from mockserver.portal.outbox import Message
from mockserver.portal.rate_limit import RateLimit
from mockserver.portal.session import Session
from mockserver.portal.settings import DEFAULT_PORTAL, DEFAULT_SEED, Settings
from mockserver.portal.sources import Collected
from mockserver.portal.task_rule import task_rule

API_VERSION = "2025-07-01"
"""The version that the mock's own examples send."""


@dataclass(frozen=True)
class Address:
    """Where a server answers for its portals."""

    host: str
    https_port: int
    http_port: int
    ca_file: Path


class Identified(Protocol):
    """Something that has an id."""

    @property
    def id(self) -> int: ...


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
        return self.settings.host

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

    # Adding: the rules, the messages of errors and the events are the API's, and each call is
    # one transaction; but it uses no rate limit, and is no request.

    def add_user(self, login: str | None = None, **values: Unpack[NewUser]) -> records.User:
        """Add a user; what is left out is made from the login, and that from a counter.

        `add_user("ada.lovelace", courses=["Algebra"])` is Ada Lovelace, ada.lovelace@example.com,
        with the password `Password1`.

        Raises:
            InvalidValue, NotFound, RuleBroken: as the API refuses it; also for the name of
                another thing that means none, or several.
        """
        return adds.add_user(self.transaction, login, values)

    def add_course(self, name: str, **values: Unpack[NewCourse]) -> records.Course:
        """Add a course, with units and learners.

        `add_course("Safety", units=["Read this", Unit.test("Quiz")], certification="Safety")`

        Raises:
            InvalidValue, NotFound, RuleBroken: as for `add_user`.
        """
        return adds.add_course(self.transaction, name, values)

    def add_category(self, name: str, **values: Unpack[NewCategory]) -> records.Category:
        """Add a category of courses.

        Raises:
            InvalidValue, NotFound: as for `add_user`.
        """
        return adds.add_category(self.transaction, name, values)

    def enroll(
        self, user: UserRef, course: CourseRef, role: Role = "learner"
    ) -> records.Enrollment:
        """Enroll a user in a course.

        Raises:
            InvalidValue, NotFound, RuleBroken: as for `add_user`.
        """
        return adds.enroll(self.transaction, user, course, role)

    def add_user_field(self, name: str, **values: Unpack[NewField]) -> records.UserField:
        """Add a custom field of users, of the type `text` if nothing else is said.

        Raises:
            InvalidValue: a value is wrong; the message is one sentence.
        """
        return adds.add_user_field(self.transaction, name, values)

    def add_course_field(self, name: str, **values: Unpack[NewField]) -> records.CourseField:
        """Add a custom field of courses, of the type `text` if nothing else is said.

        Raises:
            InvalidValue: a value is wrong; the message is one sentence.
        """
        return adds.add_course_field(self.transaction, name, values)

    def add_group(self, name: str, **values: Unpack[NewGroup]) -> records.Group:
        """Add a group; its users are enrolled in its courses at once.

        Raises:
            InvalidValue, NotFound, RuleBroken: as for `add_user`.
        """
        return adds.add_group(self.transaction, name, values)

    def add_branch(self, name: str, **values: Unpack[NewBranch]) -> records.Branch:
        """Add a branch, with users and courses.

        Raises:
            InvalidValue, NotFound, RuleBroken: as for `add_user`.
        """
        return adds.add_branch(self.transaction, name, values)

    def add_learning_path(
        self, name: str, **values: Unpack[NewLearningPath]
    ) -> records.LearningPath:
        """Add a learning path; its users are enrolled in its courses too.

        Raises:
            InvalidValue, NotFound, RuleBroken: as for `add_user`.
        """
        return adds.add_learning_path(self.transaction, name, values)

    def add_badge(
        self, name: str, completions: int = 1, **values: Unpack[NewBadge]
    ) -> records.Badge:
        """Add a badge that so many completed courses earn.

        Raises:
            InvalidValue: a value is wrong; the message is one sentence.
        """
        return adds.add_badge(self.transaction, name, completions, values)

    def add_coupon(self, code: str, percentage: int = 10) -> records.Coupon:
        """Add a coupon that takes so many percent off a price.

        Raises:
            InvalidValue: the percentage is not from 1 to 100.
            RuleBroken: there is a coupon of this code.
        """
        return adds.add_coupon(self.transaction, code, percentage)

    def learner(self, user: Thing) -> Learner:
        """Return `user` (an id, a login, or an object with an `id`) at work in the portal's pages.

        Raises:
            NotFound: there is no such user.
        """
        return Learner(self.transaction, user)

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

    def set_tasks(self, rule: str) -> None:
        """Let background tasks move by another rule, those too that are not completed yet.

        What the new rule would have completed by now is completed now.

        Args:
            rule: polls:N, seconds:N, at-once, by-hand or stuck.

        Raises:
            SetupError: it is none of these.
        """
        task_rule(rule)
        with self.transaction() as session:
            self.settings.tasks = rule
            tasks.complete_due(session)
        self._seen_changes = -1  # something else may be due next

    def advance_task(self, task: int | Identified) -> str:
        """Move a task one step, from pending to running to completed, and return its status.

        Raises:
            NotFound: there is no such task.
            MockError: it has ended already, or the portal's tasks are stuck.
        """
        with self.transaction() as session:
            return tasks.step(session, _id(task))

    def complete_task(self, task: int | Identified) -> None:
        """Do all that a task is to do, whatever the rule.

        Raises:
            NotFound, MockError: as for `advance_task`.
        """
        with self.transaction() as session:
            tasks.complete(session, _id(task))

    def fail_task(self, task: int | Identified) -> None:
        """End a task as failed, with nothing of it done.

        Raises:
            NotFound, MockError: as for `advance_task`.
        """
        with self.transaction() as session:
            tasks.fail(session, _id(task))

    def enable_gamification(self) -> None:
        """Let users have points, levels and badges, as a portal does unless it is told not to."""
        with self.transaction() as session:
            gamification.switch(session, enabled=True)

    def disable_gamification(self) -> None:
        """Switch gamification off: asking for a user's is answered 404."""
        with self.transaction() as session:
            gamification.switch(session, enabled=False)

    @property
    def outbox(self) -> list[Message]:
        """Every message that the portal would have sent, the newest last."""
        with self.transaction() as session:
            return outbox.messages(session)

    def close(self) -> None:
        """Let go of the data; a portal kept in a file stays in it."""
        self.database.close()


def _id(one: int | Identified) -> int:
    return one if isinstance(one, int) else one.id
