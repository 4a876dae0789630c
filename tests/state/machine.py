"""A portal that everybody uses at once: one rule for each thing that a person can do to it.

A rule names what it is about by a number, which counts through what there is, what was there
once, and what never was, so that a part of all calls is refused. After every step the
invariants are held against a dump of the whole database and against what the API answers.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import timedelta
from itertools import count
from typing import Any

import httpx
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from talentlms_mock import MockError, MockServer, Portal
from talentlms_mock.portal.learner import Learner
from talentlms_mock.portal.records.course_parts import Session, Unit
from tests.conftest import NOW
from tests.state import invariants
from tests.state.dump import take
from tests.state.timeline import Change, Event, expected, failed_unit, told

Json = dict[str, Any]
Membership = tuple[str, str, str, str]

NEVER = 10_000
"""An id that no portal of these tests gives out."""
WITHOUT_LIMIT = 10**9

Which = st.integers(0, 15)
Few = st.integers(0, 6)
Flag = st.booleans()
Score = st.sampled_from([None, 0, 40, 50, 87.5, 100])
Coupon = st.sampled_from([None, "half", "FREE", "unknown"])
Rules = st.sampled_from(["polls:2", "at-once", "seconds:90000", "manual"])

MEMBERSHIPS = (
    ("/group-memberships", "group_users", "groups", "users"),
    ("/group-courses", "group_courses", "groups", "courses"),
    ("/branch-users", "branch_users", "branches", "users"),
    ("/branch-courses", "branch_courses", "branches", "courses"),
    ("/learning-paths/enrollments", "learning_path_enrollments", "learning_paths", "users"),
    ("/enrollments", "enrollments", "courses", "users"),
)
"""Where things are made members, the table that says so, of what, and which things."""

UNITS = (
    "Reading",
    Unit.test("Quiz"),
    Unit("Essay", "assignment", pass_score=50),
    Unit.survey("Feedback"),
    Unit.ilt("Workshop", sessions=[Session("Morning", "2025-05-07T08:00:00Z", capacity=2)]),
    Unit("Package", "scorm"),
    Unit("Film", "video"),
)
COURSES: tuple[Json, ...] = (
    {"units": ["Reading", "Film"], "certification": "Reader", "certificate_days": 20},
    {"units": UNITS, "fails_with_test": True, "price": 10},
    {"units": UNITS[1:2], "capacity": 2, "time_limit": 10, "certification": "Quick"},
    {"price": 8, "discounted_price": 5},
    {"units": UNITS[2:5], "starts_at": "2025-05-10", "expires_at": "2025-06-20"},
)


_numbers = count(1)


class PortalMachine(RuleBasedStateMachine):
    """The rules, and what must be true after each of them."""

    def __init__(self, server: MockServer) -> None:
        super().__init__()
        self.server = server
        self.portal = server.create_portal(
            domain=f"machine{next(_numbers)}",
            dataset="empty",
            clock=NOW,
            hourly_limit=WITHOUT_LIMIT,
            burst_limit=WITHOUT_LIMIT,
        )
        self.client = client_of(self.portal)
        self.reader = invariants.Reader(self.portal)
        self.highest: Counter[str] = Counter()
        self.before = self.after = take(self.portal)
        self.batches: dict[str, list[Json]] = {}
        self.done = True
        self.declared: Counter[Event] = Counter()

    def teardown(self) -> None:
        self.client.close()
        self.reader.close()
        self.server.remove_portal(self.portal)

    @initialize(tasks=Rules)
    def begin(self, tasks: str) -> None:
        self.portal.set_tasks(tasks)
        self.portal.add_category("Sciences", price=6)
        self.portal.add_badge("Beginner")
        self.portal.add_coupon("half", 50)
        self.portal.add_coupon("free", 100)
        for number, values in enumerate(COURSES):
            self.portal.add_course(
                f"Course {number}", code=f"C{number}", category="Sciences", **values
            )
        self.portal.add_user("user0", credits=12, courses=["C0", "C1", "C2"])
        self.portal.add_user("user1", credits=12, courses=["C1"])
        self.portal.add_user("user2", credits=12, user_type="Trainer-Type")
        self.portal.enroll("user2", "C1", role="instructor")
        self.portal.add_group("Group", key="key", max_key_redemptions=2, users=["user1"])
        self.portal.add_branch("Branch", users=["user0"])
        self.portal.add_learning_path("Path", courses=["C0", "C3"], users=["user0"])
        self._settle(done=True)

    # What was called, and what came of it

    def _call(
        self, method: str, path: str, *, tells: Iterable[Event] = (), **request: Any
    ) -> httpx.Response:
        answer = self.client.request(method, path, **request)
        assert answer.status_code < 500, answer.text
        self._settle(done=answer.is_success, tells=tells)
        return answer

    def _do(self, act: Callable[[], object], tells: Iterable[Event] = ()) -> None:
        try:
            act()
        except MockError:
            self._settle(done=False)
        else:
            self._settle(done=True, tells=tells)

    def _settle(self, *, done: bool, tells: Iterable[Event] = ()) -> None:
        self.before, self.after = self.after, take(self.portal)
        self.done = done
        self.declared = Counter(tells if done else ())

    def _pick(self, table: str, which: int) -> int:
        """Return one of the ids that there are, the last one given, or one never given."""
        there = self.after.ids(table)
        known = [*there, *there, *there, self.highest[table] or NEVER, NEVER]
        return known[which % len(known)]

    def _seat(self, user: int, course: int) -> Json:
        return {"user_id": self._pick("users", user), "course_id": self._pick("courses", course)}

    def _learn(
        self, user: int, act: Callable[[Learner], object], *, tells: Iterable[Event] = ()
    ) -> None:
        """Let a user act in the pages, which signs it in first."""
        row = self.after.row("users", user)
        signs_in = row is not None and row["session_started_at"] is None
        first = [Event("user_login_user", user=user)] if signs_in else []
        self._do(lambda: act(self.portal.learner(user)), [*first, *tells])

    # Users

    @rule(name=Few, days=st.one_of(st.none(), Few), active=Flag)
    def add_user(self, name: int, days: int | None, active: bool) -> None:
        body: Json = {
            "name": "Ada",
            "surname": "Lovelace",
            "login": f"USER{name}",
            "email": f"user{name}@example.com",
            "password": "Passw0rd",
            "status": active,
            "credits": 12,
        }
        if days is not None:
            body["deactivation_date"] = self._day(days)
        self._call("POST", "/users", json=body)

    @rule(
        user=Which,
        changes=st.fixed_dictionaries(
            {"status": st.sampled_from(["active", "active", "inactive"])},
            optional={
                "login": st.sampled_from(["user1", "user8"]),
                "name": st.just("Grace"),
                "credits": st.sampled_from([0, 5, 30.5]),
                "timezone": st.sampled_from(["Europe/Athens", "nowhere"]),
            },
        ),
        days=st.one_of(st.none(), Few),
    )
    def change_user(self, user: int, changes: Json, days: int | None) -> None:
        id = self._pick("users", user)
        body = changes if days is None else {**changes, "deactivation_date": self._day(days)}
        tells = [Event("user_property_change", user=id)]
        self._call("PATCH", f"/users/{id}", json=body, tells=tells)

    @rule(user=Which, comes=Flag)
    def log_in_or_out(self, user: int, comes: bool) -> None:
        id = self._pick("users", user)
        if comes:
            self._call("GET", f"/users/{id}/login", tells=[Event("user_login_user", user=id)])
        else:
            self._call("POST", f"/users/{id}/logout", json={"next": ""})

    # Courses and who is in them

    @rule(kind=st.sampled_from(COURSES), code=Few)
    def add_course(self, kind: Json, code: int) -> None:
        self._do(lambda: self.portal.add_course("Another", code=f"c{code}", **kind))

    @rule(seat=Which)
    def reset_progress(self, seat: int) -> None:
        user, course = self._own_course(seat)
        tells = [Event("course_user_progress_reset", user, course)]
        query = {"user_id": user, "course_id": course}
        self._call("DELETE", "/course-progress", params=query, tells=tells)

    @rule(user=Which, course=Which, coupon=Coupon)
    def buy_course(self, user: int, course: int, coupon: str | None) -> None:
        seat = self._seat(user, course)
        self._buy(f"/courses/{seat['course_id']}", seat["user_id"], coupon, seat["course_id"])

    @rule(user=Which, category=Which, coupon=Coupon)
    def buy_category(self, user: int, category: int, coupon: str | None) -> None:
        id = self._pick("categories", category)
        self._buy(f"/categories/{id}", self._pick("users", user), coupon, None)

    def _buy(self, path: str, user: int, coupon: str | None, course: int | None) -> None:
        body = {"user_id": user, "cancel_path": "/no", "return_path": "/yes", "coupon": coupon}
        answer = self._call("POST", f"{path}/purchase", json=body)
        rows = self.before.row("users", user), self.after.row("users", user)
        owned = [0 if row is None else row["credits"] or 0 for row in rows]
        if owned[1] < owned[0]:
            self.declared[Event("user_create_payment", user=user, course=course)] += 1
        if self.done and "checkout" in answer.json()["_data"]["redirect_url"]:
            # Nothing is bought yet; the page on which the user pays has a key.
            earlier = self.before["page_keys"]
            keys = [row for key, row in self.after["page_keys"].items() if key not in earlier]
            assert [(row["kind"], row["user_id"]) for row in keys] == [("checkout", user)]
            assert self.after.tables | {"page_keys": earlier} == self.before.tables

    # Groups, branches, learning paths, and what belongs to what

    @rule(
        kind=st.sampled_from(["course", "group", "branch", "learning path"]),
        number=Few,
        courses=st.lists(Which, max_size=3),
    )
    def add(self, kind: str, number: int, courses: list[int]) -> None:
        name = f"New {number}"
        if kind == "course":
            category = self._pick("categories", number)
            body: Json = {"name": name, "category_id": category, "is_active": number > 1}
            self._call("POST", "/courses", json=body)
        elif kind == "group":
            body = {"name": name, "max_key_redemptions": number}
            self._call("POST", "/groups", json=body)
        elif kind == "branch":
            body = {"name": name, "description": "", "default_locale": "en-US"}
            self._call("POST", "/branches", json=body)
        else:
            ids = [self._pick("courses", course) for course in courses]
            self._do(lambda: self.portal.add_learning_path(name, courses=ids))

    @rule(kind=st.sampled_from(["users", "courses", "groups", "branches"]), which=Which)
    def delete(self, kind: str, which: int) -> None:
        self._call("DELETE", f"/{kind}/{self._pick(kind, which)}")

    @rule(which=Which)
    def restore(self, which: int) -> None:
        rows = [*self.after.rows("archive"), {"kind": "course", "entity_id": NEVER}]
        row = rows[which % len(rows)]
        self._do(lambda: getattr(self.portal, f"restore_{row['kind']}")(row["entity_id"]))

    @rule(branch=Which, active=Flag)
    def switch_branch(self, branch: int, active: bool) -> None:
        path = f"/branches/{self._pick('branches', branch)}/status"
        self._call("PUT", path, json={"is_active": active})

    @rule(kind=st.sampled_from(MEMBERSHIPS), whole=Which, part=Which, at_once=Flag)
    def join(self, kind: Membership, whole: int, part: int, at_once: bool) -> None:
        path, _, wholes, parts = kind
        body: Json = {
            _id_of(wholes): self._pick(wholes, whole),
            _id_of(parts): self._pick(parts, part),
        }
        if path == "/group-memberships":
            body["enroll_to_courses"] = at_once
        self._call("POST", path, json=body)

    @rule(kind=st.sampled_from(MEMBERSHIPS), which=Which)
    def leave(self, kind: Membership, which: int) -> None:
        path, table, wholes, parts = kind
        nobody: Json = {_id_of(wholes): self._pick(wholes, which), _id_of(parts): NEVER}
        rows = [*self.after.rows(table), nobody]
        row = rows[which % len(rows)]
        self._call("DELETE", path, json={name: row[name] for name in nobody})

    # Learners, who mostly are where they belong

    def _place(self, seat: int, unit: int, *types: str) -> tuple[int, int]:
        """Return a user, and a unit of one of its courses; mostly, of one of these types."""
        places = [
            (user, row["id"])
            for user, course in sorted(self.after.seats)
            for row in self.after.units_of(course)
            if not types or row["type"] in types
        ]
        if not places:
            return self._pick("users", seat), self._pick("units", unit)
        return places[(seat + 16 * unit) % len(places)]

    @rule(seat=Which, unit=Few, score=Score, minutes=Few)
    def complete_unit(self, seat: int, unit: int, score: float | None, minutes: int) -> None:
        user, id = self._place(seat, unit)
        time = minutes * 60 or None
        self._learn(user, lambda learner: learner.complete_unit(id, score, time=time))

    @rule(seat=Which, unit=Few, score=Score)
    def fail_unit(self, seat: int, unit: int, score: float | None) -> None:
        user, id = self._place(seat, unit)
        tells = failed_unit(self.after, user, id)
        self._learn(user, lambda learner: learner.fail(id, score), tells=tells)

    @rule(seat=Which, unit=Few, answer=st.sampled_from(["Yes", "No", "Maybe"]))
    def answer(self, seat: int, unit: int, answer: str) -> None:
        user, id = self._place(seat, unit, "test", "survey")
        asked = [row["id"] for row in self.after.rows("questions") if row["unit_id"] == id]
        outcome: list[str] = []
        tells = [*failed_unit(self.after, user, id)]
        self._learn(
            user,
            lambda learner: outcome.append(learner.answer(id, dict.fromkeys(asked, answer))),
        )
        if outcome == ["failed"]:
            self.declared.update(tells)

    @rule(seat=Which, unit=Few, score=st.sampled_from([None, None, 0, 49, 50, 100]))
    def hand_in_or_grade(self, seat: int, unit: int, score: float | None) -> None:
        user, id = self._place(seat, unit, "assignment")
        if score is None:
            row = self.after.row("units", id)
            course = None if row is None else row["course_id"]
            tells = [Event("unitprogress_assignment_answered", user, course, unit=id)]
            self._learn(user, lambda learner: learner.submit_assignment(id), tells=tells)
            return
        tells = [*failed_unit(self.after, user, id)] if score < 50 else []
        self._do(lambda: self.portal.learner(user).grade_assignment(id, score), tells)

    @rule(user=Which, training=Which, attends=Flag)
    def train(self, user: int, training: int, attends: bool) -> None:
        id = self._pick("sessions", training)
        learner = self._pick("users", user)
        if attends:
            self._do(lambda: self.portal.learner(learner).attend(id))
        else:
            self._learn(learner, lambda one: one.book(id))

    @rule(
        seat=Which,
        act=st.sampled_from(["complete", "complete", "complete", "open", "expire"]),
        score=Score,
    )
    def go_through_a_course(self, seat: int, act: str, score: float | None) -> None:
        user, course = self._own_course(seat)
        if act == "complete":
            self._learn(user, lambda learner: learner.complete(course, score=score))
        elif act == "open":
            self._learn(user, lambda learner: learner.open(course))
        else:
            self._do(lambda: self.portal.learner(user).expire(course))

    @rule(seat=Which)
    def fail_course(self, seat: int) -> None:
        user, course = self._own_course(seat)
        tells: list[Event] = []
        row, enrollment = self.after.row("courses", course), self.after.seats.get((user, course))
        if row and row["fails_with_test"] and enrollment:
            progress = self.after.progress(enrollment)
            left = [
                unit["id"]
                for unit in self.after.units_of(course)
                if unit["type"] == "test"
                and progress.get(unit["id"], {}).get("completion_status") != "completed"
            ]
            tells = [*failed_unit(self.after, user, left[0])] if left else []
        self._learn(user, lambda learner: learner.fail_course(course), tells=tells)

    def _own_course(self, seat: int) -> tuple[int, int]:
        """Return a user and one of its courses, or now and then one that it is not in."""
        seats = [*sorted(self.after.seats), (self._pick("users", seat), NEVER)]
        return seats[seat % len(seats)]

    # Batches and their tasks

    @rule(new=st.lists(Few, max_size=3), old=st.lists(Which, max_size=2))
    def upsert_users(self, new: list[int], old: list[int]) -> None:
        items: list[Json] = [
            {
                "name": "Class",
                "surname": "Mate",
                "login": f"user{number}",
                "email": f"user{number}@example.com",
            }
            for number in new
        ]
        items += [{"id": self._pick("users", user), "name": "Renamed"} for user in old]
        self._batch("users", items)

    @rule(new=st.lists(Few, max_size=3), old=st.lists(Which, max_size=2))
    def upsert_courses(self, new: list[int], old: list[int]) -> None:
        items: list[Json] = [{"name": "By code", "code": f"C{number}"} for number in new]
        items += [{"id": self._pick("courses", id), "name": "Renamed"} for id in old]
        self._batch("courses", [*items, {"nothing": "in it"}])

    @rule(seats=st.lists(st.tuples(Which, Which), min_size=1, max_size=4))
    def enroll_many(self, seats: list[tuple[int, int]]) -> None:
        self._batch("enrollments", [self._seat(*seat) for seat in seats])

    def _batch(self, kind: str, items: list[Json]) -> None:
        answer = self._call("POST", f"/batch/{kind}", json={kind: items})
        if self.done:
            self.batches[answer.json()["_data"]["task_id"]] = items

    @rule(task=Which)
    def poll(self, task: int) -> None:
        row = self.after.row("tasks", self._pick("tasks", task))
        self._call("GET", f"/tasks/{'2x3LBp89' if row is None else row['code']}")

    @rule(task=Which, verb=st.sampled_from(["advance_task", "complete_task", "fail_task"]))
    def move_task(self, task: int, verb: str) -> None:
        row = self.after.row("tasks", self._pick("tasks", task))
        code = "2x3LBp89" if row is None else row["code"]
        self._do(lambda: getattr(self.portal, verb)(code))

    @rule(tasks=Rules)
    def set_tasks(self, tasks: str) -> None:
        self._do(lambda: self.portal.set_tasks(tasks))

    # Time, and mistakes

    @rule(days=st.integers(0, 40))
    def wait(self, days: int) -> None:
        self.portal.clock.advance(days=days)
        now = self.portal.clock.timestamp()
        ended = [
            user["id"]
            for user in self.after.rows("users")
            if user["status"] == "active" and (user["deactivation_date"] or "9999") <= now
        ]
        self._do(lambda: None, [Event("user_property_change", user=id) for id in ended])

    @rule(
        wrong=st.sampled_from(
            [
                ("POST", "/users", {"login": "only"}),
                ("POST", "/enrollments", {"user_id": "1", "course_id": 1}),
                ("POST", "/batch/users", {"users": []}),
                ("POST", "/groups", {"name": "x" * 200}),
                ("PATCH", "/users/1", {"status": "gone"}),
                ("PUT", "/branches/1/status", {}),
                ("DELETE", "/users", None),
                ("POST", "/nowhere", {}),
                ("DELETE", "/course-progress?user_id=1", None),
            ]
        )
    )
    def make_a_mistake(self, wrong: tuple[str, str, Json | None]) -> None:
        method, path, body = wrong
        self._call(method, path, json=body)
        assert not self.done

    def _day(self, days: int) -> str:
        """Return a date some days from now, or before."""
        return (self.portal.clock.today() + timedelta(days=days * 7 - 7)).isoformat()

    # What is true after every step

    @invariant()
    def a_failed_call_changed_nothing(self) -> None:
        if not self.done:
            assert self.before.tables == self.after.tables

    @invariant()
    def every_change_left_exactly_its_events(self) -> None:
        change = Change(self.before, self.after, self.batches)
        assert told(change) == expected(change) + self.declared

    @invariant()
    def ids_are_never_given_twice(self) -> None:
        for table in self.after.tables:
            new = [key for key in self.after[table] if key not in self.before[table]]
            if "id" in next(iter(self.after.rows(table)), {}):
                is_new = not self._was_restored()
                assert not is_new or all(key[0] > self.highest[table] for key in new)
                self.highest[table] = max([self.highest[table], *self.after.ids(table)])

    def _was_restored(self) -> bool:
        return len(self.after.rows("archive")) < len(self.before.rows("archive"))

    @invariant()
    def the_rows_agree(self) -> None:
        invariants.nothing_refers_to_what_is_gone(self.after)
        invariants.percentages_agree_with_units(self.after)
        invariants.learning_paths_agree_with_their_courses(self.after)
        invariants.limits_hold(self.after)
        invariants.moments_are_in_order(self.after)

    @invariant()
    def the_answers_agree(self) -> None:
        if self.before.tables == self.after.tables:
            return  # as they did before
        invariants.statistics_agree_with_lists(self.reader, self.after)
        invariants.both_sides_tell_the_same(self.reader, self.after)


def _id_of(table: str) -> str:
    return f"{table.removesuffix('es') if table == 'branches' else table.removesuffix('s')}_id"


def client_of(portal: Portal) -> httpx.Client:
    return httpx.Client(
        base_url=portal.base_url,
        headers={**portal.headers, "Host": portal.host},
        verify=portal.ssl_context(),
    )
