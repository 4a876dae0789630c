"""The handle by which a test author holds a portal: everything that one does with it."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Unpack

from talentlms_mock.portal import clients, scenarios
from talentlms_mock.portal.asserting import PortalRequests
from talentlms_mock.portal.faults.faults import Fault
from talentlms_mock.portal.faults.rule import FaultOptions
from talentlms_mock.portal.learner import Learner
from talentlms_mock.portal.records import arguments, fields, history, records
from talentlms_mock.portal.records.add import Adds
from talentlms_mock.portal.records.change import Changes
from talentlms_mock.portal.records.lookup import Reference
from talentlms_mock.portal.rules import rewards, tasks
from talentlms_mock.portal.simulation.time_lapse import TimeLapse, simulate
from talentlms_mock.portal.state.settings import Plan, Preset, QuirkName, QuirkValue
from talentlms_mock.portal.state.task_rule import task_rule

if TYPE_CHECKING:
    import httpx
    import requests


class Portal(PortalRequests):
    """One customer's TalentLMS site: its data, clock, rate limits and journal.

    `MockServer.create_portal` makes one that a server answers for.

    Args:
        settings: domain, key, plan, limits and quirks.
        dataset: the data it starts with: empty, demo, large, messy, or the path of a TOML file.
        users: the number of users it starts with; None takes the number of the dataset.
        seed: the same seed gives the same data.
        clock: the moment (ISO 8601 or a datetime) at which the portal's clock is frozen;
            None follows the system's time. Seeded dates lie before it.
        database: a file to keep the data in, and to continue from when it exists.
        content: the bytes of a portal's SQLite file to start with, instead of `dataset`, `users`
            and `seed`.

    Raises:
        SetupError: the dataset or the file does not exist, or cannot be read.
    """

    # Adding and changing data. Nothing of this counts for a rate limit, or appears in the journal.

    def add_user(
        self, login: str | None = None, **values: Unpack[arguments.NewUser]
    ) -> records.User:
        """Add a user; what is left out is made from the login, and that from a counter.

        `add_user("ada.lovelace", courses=["Algebra"])` is Ada Lovelace, ada.lovelace@example.com,
        with the password `Password1`.

        Raises:
            InvalidValue, NotFound, RuleBroken: as the API refuses it; also for the name of
                something else that matches nothing, or several.
        """
        if "password" in values:
            self.journal.secrets.add_passwords([str(values["password"])])
        return self._adds.add_user(login, **values)

    def change_user(self, user: Reference, **values: Unpack[arguments.UserChanges]) -> records.User:
        """Change a user as the API does, and return what it is now.

        Raises:
            InvalidValue, NotFound, RuleBroken: as for `add_user`.
        """
        return Changes(self.transaction).change_user(user, **values)

    def add_course(self, name: str, **values: Unpack[arguments.NewCourse]) -> records.Course:
        """Add a course, with units and learners.

        `add_course("Safety", units=["Read this", Unit.test("Quiz")], certification="Safety")`

        Raises:
            InvalidValue, NotFound, RuleBroken: as for `add_user`.
        """
        return self._adds.add_course(name, **values)

    def change_course(
        self, course: Reference, **values: Unpack[arguments.CourseChanges]
    ) -> records.Course:
        """Change a course as the API does, and return what it is now.

        Raises:
            InvalidValue, NotFound, RuleBroken: as for `add_user`.
        """
        return Changes(self.transaction).change_course(course, **values)

    def add_category(self, name: str, **values: Unpack[arguments.NewCategory]) -> records.Category:
        """Add a category of courses.

        Raises:
            InvalidValue, NotFound: as for `add_user`.
        """
        return self._adds.add_category(name, **values)

    def enroll(
        self,
        user: arguments.UserRef,
        course: arguments.CourseRef,
        role: arguments.Role = "learner",
    ) -> records.Enrollment:
        """Enroll a user in a course.

        Raises:
            InvalidValue, NotFound, RuleBroken: as for `add_user`.
        """
        return self._adds.enroll(user, course, role)

    def add_user_field(self, name: str, **values: Unpack[arguments.NewField]) -> fields.UserField:
        """Add a custom field of users, by default of the type `text`.

        Raises:
            InvalidValue: a value is wrong.
            RuleBroken: there is a field of this name.
        """
        return self._adds.add_user_field(name, **values)

    def add_course_field(
        self, name: str, **values: Unpack[arguments.NewCourseField]
    ) -> fields.CourseField:
        """Add a custom field of courses, by default of the type `text`.

        Raises:
            InvalidValue, RuleBroken: as for `add_user_field`.
        """
        return self._adds.add_course_field(name, **values)

    def add_group(self, name: str, **values: Unpack[arguments.NewGroup]) -> records.Group:
        """Add a group; its users are enrolled in its courses at once.

        Raises:
            InvalidValue, NotFound, RuleBroken: as for `add_user`.
        """
        return self._adds.add_group(name, **values)

    def add_branch(self, name: str, **values: Unpack[arguments.NewBranch]) -> records.Branch:
        """Add a branch, with users and courses.

        Raises:
            InvalidValue, NotFound, RuleBroken: as for `add_user`.
        """
        return self._adds.add_branch(name, **values)

    def add_learning_path(
        self, name: str, **values: Unpack[arguments.NewLearningPath]
    ) -> records.LearningPath:
        """Add a learning path; its users are enrolled in its courses too.

        Raises:
            InvalidValue, NotFound, RuleBroken: as for `add_user`.
        """
        return self._adds.add_learning_path(name, **values)

    def add_badge(
        self, name: str, completions: int = 1, **values: Unpack[arguments.NewBadge]
    ) -> records.Badge:
        """Add a badge that users earn with this number of completed courses.

        Raises:
            InvalidValue: a value is wrong.
        """
        return self._adds.add_badge(name, completions, **values)

    def add_coupon(self, code: str, percentage: int = 10) -> records.Coupon:
        """Add a coupon that takes this percentage off a price.

        Raises:
            InvalidValue: the percentage is not from 1 to 100.
            RuleBroken: there is a coupon of this code.
        """
        return self._adds.add_coupon(code, percentage)

    @property
    def _adds(self) -> Adds:
        return Adds(self.transaction)

    # What learners do, and background tasks.

    def learner(self, user: Reference) -> Learner:
        """Return `user` (an id, a login, or an object with an `id`) at work in the portal's pages.

        Raises:
            NotFound: there is no such user.
        """
        return Learner(self.transaction, user)

    def simulate(self, days: int) -> TimeLapse:
        """Let days go by with people at work: they sign in, begin, finish and fail courses.

        Certificates expire and users are deactivated meanwhile, and instructors grade. The seed
        and the clock decide what happens, by the rules that `learner` obeys: all of it, or nothing
        after an error. The clock is `days` later at the end, also where it is frozen.

        Args:
            days: a whole number.

        Raises:
            SetupError: there are too many days, or too many for so many users.
        """
        with self.database.held():  # nobody sees what has not happened yet
            with self.transaction() as transaction:
                lapse = simulate(transaction, days)
            self.clock.advance(days=days)
        return lapse

    def advance_task(self, task: str | history.Task) -> str:
        """Move a task one step, from pending to running to completed, and return its status.

        Raises:
            NotFound: there is no such task.
            MockError: it has ended already, or the portal's tasks are stuck.
        """
        with self.transaction() as transaction:
            return tasks.step(transaction, _task_id(task))

    def complete_task(self, task: str | history.Task) -> None:
        """Complete a task at once, whatever the rule.

        Raises:
            NotFound, MockError: as for `advance_task`.
        """
        with self.transaction() as transaction:
            tasks.complete(transaction, _task_id(task))

    def fail_task(self, task: str | history.Task) -> None:
        """End a task as failed, with nothing of it done.

        Raises:
            NotFound, MockError: as for `advance_task`.
        """
        with self.transaction() as transaction:
            tasks.fail(transaction, _task_id(task))

    def set_tasks(self, rule: str) -> None:
        """Change the rule by which background tasks move, also for those not completed yet.

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

    # Faults, scenarios and switches.

    def fault(
        self,
        method: str | None = None,
        path: str | None = None,
        *,
        then: "Callable[[Portal], object] | None" = None,
        **options: Unpack[FaultOptions],
    ) -> Fault:
        """Make requests fail, from now on.

        Args:
            method: of the requests; None is any.
            path: a path or a pattern (`/users/*`), an operationId, or None for every request that
                passes the checks, also to an unknown path.
            then: what is done after each request that it acts on, before the response is sent, so
                between two requests of a client: `then=lambda portal: portal.archive_user("ada")`.
            options: what happens, one or more that do not contradict each other:
                status: the response has it, with the vendor's error or with `body` (a text
                    unchanged, else as JSON).
                latency: seconds until the response, or the least and the most of them, or the
                    seconds by percentile: {"p50": 0.1, "p99": 2}.
                timeout: no response ever; reset: the connection is reset; empty: it is closed
                    without a response.
                truncate_at: the connection is closed after this number of bytes of the body, of
                    which at least one is missing; drip: the body's bytes a second.
                malformed_json, wrong_content_type: of the response.
                drop_field, null_field: the name of a field, or several; rename_field: the new
                    name by the old. Names are relative to `_data`, in each item of a list:
                    `email`, `user_type.name`; or to the whole: `_meta.pagination.page`.
                after_commit: the operation is performed, and then its response is lost.
                And on which of the requests:
                match: on those whose `json`, `query` and `headers` contain what is given here.
                times: at most this often; on_call: on this one alone; after: not on the first N;
                    probability: by chance, from 0 to 1, as the seed decides.
                sequence: what each in turn gets, a status, "timeout", "reset", "empty",
                    "malformed_json", "wrong_content_type", or None for normal service.
                Besides: a `name`, and `optional` where a test may pass although it never fired.

        Raises:
            SetupError: the rule contradicts itself, or names what does not exist.
        """
        return self.faults.declare(method, path, then=then, **options)

    def clear_faults(self) -> None:
        """Remove all faults; the numbers of new ones continue."""
        self.faults.clear()

    def apply_scenario(self, scenario: str) -> list[Fault]:
        """Apply a scenario, all of it or nothing, and return the faults that it declares.

        Args:
            scenario: the name of a built-in one, or the path of a TOML file.

        Raises:
            SetupError: there is no such scenario, or something in it is impossible.
        """
        return scenarios.apply(self, scenario)

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
        """Replace the API key and return the new one; the old one is answered 401.

        Args:
            api_key: None derives one from the old one.

        Raises:
            SetupError: it is no valid key, another portal has it, or it is the current one.
        """
        return self.keys.rotate(api_key)

    def set_plan(self, plan: Plan, hourly_limit: int | None = None) -> None:
        """Change the plan, and with it the requests allowed in an hour, also in the current one.

        Args:
            plan: its name.
            hourly_limit: the requests allowed in an hour; the plan `custom` needs it.

        Raises:
            SetupError: there is no such plan, or the limit is invalid or missing.
        """
        self.settings.set_plan(plan, hourly_limit)
        self.rate_limit.hourly.limit = self.settings.limit

    def set_preset(self, preset: Preset) -> None:
        """Take every quirk from a preset: `documented`, or `recorded`.

        Raises:
            SetupError: there is no such preset.
        """
        self.settings.set_preset(preset)

    def set_quirk(self, name: QuirkName, value: QuirkValue) -> None:
        """Change one quirk.

        Raises:
            SetupError: there is no such quirk, or it has no such value.
        """
        self.settings.set_quirk(name, value)

    def enable_gamification(self) -> None:
        """Switch gamification on, as it is by default: users have points, levels and badges."""
        with self.transaction() as transaction:
            rewards.switch_gamification(transaction, enabled=True)

    def disable_gamification(self) -> None:
        """Switch gamification off: requests for a user's are answered 404."""
        with self.transaction() as transaction:
            rewards.switch_gamification(transaction, enabled=False)

    # Clients.

    def httpx_client(self, **options: Any) -> "httpx.Client":
        """Return an httpx client of this portal: `client.get("/users")`.

        It sends the headers, trusts the authority and reads no proxy from the environment;
        `options` are those of `httpx.Client`, and override these.

        Raises:
            SetupError: httpx is not installed.
            MockError: the portal is on no running server.
        """
        return clients.httpx_client(self, **options)

    def httpx_async_client(self, **options: Any) -> "httpx.AsyncClient":
        """Return the same as `httpx_client`, for async code."""
        return clients.httpx_async_client(self, **options)

    def requests_session(self) -> "requests.Session":
        """Return a session of requests like `httpx_client`: `session.get("/users")`."""
        return clients.requests_session(self)


def _task_id(task: str | history.Task) -> str:
    return task if isinstance(task, str) else task.id
