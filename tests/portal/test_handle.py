"""The handle as tools see it: methods with signatures, collections with types, short reprs."""

import inspect
import pydoc
from collections.abc import Callable
from typing import Any, assert_type, get_type_hints
from unittest.mock import create_autospec

import pytest

from talentlms_mock import (
    Collection,
    Fault,
    MockServer,
    Portal,
    Question,
    Session,
    Unit,
    User,
)
from tests.conftest import NOW

VERBS = {
    "activate",
    "add_badge",
    "add_branch",
    "add_category",
    "add_coupon",
    "add_course",
    "add_course_field",
    "add_group",
    "add_learning_path",
    "add_user",
    "add_user_field",
    "advance_task",
    "apply_scenario",
    "assert_no_warnings",
    "assert_not_requested",
    "assert_order",
    "assert_requested",
    "clear_faults",
    "clear_requests",
    "complete_task",
    "deactivate",
    "disable_api",
    "disable_gamification",
    "enable_api",
    "enable_gamification",
    "enroll",
    "fail_task",
    "fault",
    "httpx_async_client",
    "httpx_client",
    "intercept",
    "learner",
    "requests_session",
    "reset",
    "restore",
    "revoke_key",
    "rotate_key",
    "as_dataset",
    "save",
    "save_dataset",
    "set_plan",
    "set_quirk",
    "set_tasks",
    "snapshot",
    "ssl_context",
    "wait_for_request",
}


def test_verbs_are_methods_with_docstrings() -> None:
    methods = dict(inspect.getmembers(Portal, inspect.isfunction))

    assert methods.keys() >= VERBS
    assert [name for name in VERBS if not inspect.getdoc(methods[name])] == []


def test_help_shows_signatures() -> None:
    shown = pydoc.plain(pydoc.render_doc(Portal))

    assert "add_user(self, login: str | None = None, **values: *" in shown
    assert "assert_requested(self, method: str | None = None, path: str | None = None" in shown
    assert "fault(self, method: str | None = None, path: str | None = None, *, then:" in shown
    assert "Make requests fail, from now on." in shown
    assert "The users, by id or login." in shown


def test_autospec_knows_the_verbs() -> None:
    portal = create_autospec(Portal, instance=True)
    portal.add_user("ada", name="Ada")
    portal.users.get("ada")
    portal.clock.advance(days=1)

    with pytest.raises(TypeError, match="unexpected keyword argument 'time'"):
        portal.snapshot(time=3)
    with pytest.raises(AttributeError, match="add_usr"):
        portal.add_usr("ada")


def test_collections_on_the_class_have_types_and_docstrings(portal: Portal) -> None:
    users: Any = Portal.users

    assert get_type_hints(users.fget)["return"] == Collection[User]
    assert inspect.getdoc(users) == "The users, by id or login."
    assert_type(portal.users, Collection[User])
    assert_type(portal.fault(status=503, optional=True), Fault)


def test_a_collection_is_not_replaced(portal: Portal) -> None:
    with pytest.raises(AttributeError, match="users"):
        portal.users = []  # type: ignore[misc, assignment]


@pytest.fixture
def school(empty: Portal) -> Portal:
    """One of each kind of record."""
    session = Session("Monday", "2025-05-07T09:00:00Z")
    quiz = Unit.test("Quiz", [Question("2 + 2?", ["3", "4"], "4")])
    units: list[str | Unit] = ["Read", quiz, Unit.ilt("Workshop", [session])]
    empty.add_user("ada.lovelace")
    empty.add_category("Maths")
    empty.add_course("Algebra", units=units, users=["ada.lovelace"], certification="Algebraist")
    empty.add_group("Staff", users=["ada.lovelace"])
    empty.add_branch("North")
    empty.add_learning_path("Basics", courses=["Algebra"], users=["ada.lovelace"])
    empty.add_badge("First", completions=3)
    empty.add_coupon("SPRING", 20)
    empty.add_user_field("Team")
    empty.add_course_field("Room")
    empty.learner("ada.lovelace").complete("Algebra", score=80)
    return empty


@pytest.mark.parametrize(
    ("read", "shown"),
    [
        (
            lambda portal: portal.users[0],
            "User(id=1, login='ada.lovelace', name='Ada', surname='Lovelace', status='active')",
        ),
        (lambda portal: portal.user_types[0], "UserType(id=1, name='SuperAdmin')"),
        (lambda portal: portal.categories[0], "Category(id=1, name='Maths')"),
        (lambda portal: portal.courses[0], "Course(id=1, name='Algebra', status='active')"),
        (
            lambda portal: portal.units[1],
            "CourseUnit(id=2, name='Quiz', type='test', course_id=1)",
        ),
        (
            lambda portal: portal.units[1].questions[0],
            "UnitQuestion(id=1, text='2 + 2?', type='multiple_choice')",
        ),
        (
            lambda portal: portal.units[2].sessions[0],
            "UnitSession(id=1, name='Monday', starts_at=2025-05-07T09:00:00+00:00)",
        ),
        (
            lambda portal: portal.enrollments[0],
            "Enrollment(id=1, user_id=1, course_id=1, role='learner', "
            "completion_status='completed')",
        ),
        (
            lambda portal: portal.enrollments[0].progress[1],
            "UnitProgress(enrollment_id=1, unit_id=2, completion_status='completed', score=80.0)",
        ),
        (
            lambda portal: portal.certificates[0],
            "Certificate(id=1, name='Algebraist', user_id=1, course_id=1, is_expired=False)",
        ),
        (lambda portal: portal.groups[0], "Group(id=1, name='Staff')"),
        (lambda portal: portal.branches[0], "Branch(id=1, name='North', active=True)"),
        (
            lambda portal: portal.learning_paths[0],
            "LearningPath(id=1, name='Basics', status='active')",
        ),
        (
            lambda portal: portal.learning_path_enrollments[0],
            "LearningPathEnrollment(learning_path_id=1, user_id=1, "
            "completed_on=2025-05-07T09:30:00+00:00)",
        ),
        (lambda portal: portal.badges[0], "Badge(id=1, name='First', completions=3)"),
        (lambda portal: portal.coupons[0], "Coupon(id=1, code='SPRING', percentage=20)"),
        (lambda portal: portal.user_fields[0], "UserField(id=1, name='Team', type='text')"),
        (lambda portal: portal.course_fields[0], "CourseField(id=1, name='Room', type='text')"),
        (
            lambda portal: portal.events[0],
            "Event(id=1, event_type='user_create_user', "
            "message='Ada Lovelace was added as a user')",
        ),
        (lambda portal: portal.units, "<3 units: 'Read', 'Quiz', 'Workshop'>"),
        (lambda portal: portal.enrollments, "<1 enrollments: 1>"),
        (lambda portal: portal.tasks, "<0 tasks>"),
        (lambda portal: portal.learning_path_enrollments, "<1 enrollments in learning paths>"),
        (lambda portal: portal.learner("ada.lovelace"), "<Learner 1 'ada.lovelace'>"),
    ],
)
def test_data_prints_in_one_line(
    read: Callable[[Portal], object], shown: str, school: Portal
) -> None:
    assert repr(read(school)) == shown


def test_a_long_collection_prints_its_first_names(portal: Portal) -> None:
    assert repr(portal.users).startswith("<50 users: 'margaret.hale', ")
    assert repr(portal.users).endswith(", ...>")
    assert repr(portal.users).count("'") == 10


def test_a_task_prints_its_progress(empty: Portal) -> None:
    with empty.httpx_client() as client:
        client.post("/batch/courses", json={"courses": [{"name": "Algebra"}]})

    (task,) = empty.tasks
    assert repr(task) == (
        f"Task(id={task.id!r}, type='upsert_courses', status='pending', progress=0)"
    )


def test_the_portal_prints_where_it_is(empty: Portal) -> None:
    assert repr(empty) == f"<Portal {empty.domain!r} at {empty.base_url}>"


def test_what_is_gone_still_prints() -> None:
    with MockServer() as server:
        portal = server.create_portal(dataset="empty", clock=NOW)
        users = portal.users
        before = repr(server)
        server.remove_portal(portal)
        assert repr(users) == "<users of a portal that is gone>"
        assert before.endswith(f":{server.http_port}, 1 portals>")
    assert repr(server) == "<MockServer, not running>"


def test_the_clock_prints_its_time_and_pace(empty: Portal, portal: Portal) -> None:
    clock = empty.clock
    shown = [repr(clock)]
    clock.tick(60)
    shown.append(repr(clock).partition(", ")[2])
    clock.tick()
    shown.append(repr(clock).partition(", ")[2])

    assert shown == [f"<Clock {NOW}, frozen>", "running 60 times as fast>", "running>"]
    assert repr(portal.clock).endswith(", following the system>")


def test_the_rate_limit_prints_what_is_left(empty: Portal) -> None:
    empty.rate_limit.remaining = 3
    empty.rate_limit.set(limit=5, window=60, of="burst")

    assert repr(empty.rate_limit) == (
        "<RateLimit hour: 3 of 2000 left in 3600 s, burst: 5 of 5 left in 60 s>"
    )


def test_snapshots_print_their_names(empty: Portal) -> None:
    unnamed, named = empty.snapshot(), empty.snapshot("before")
    domain = empty.domain

    assert repr(unnamed) == f"<Snapshot of {domain!r} at {NOW}>"
    assert repr(named) == f"<Snapshot 'before' of {domain!r} at {NOW}>"
    assert repr(empty.snapshots) == "<1 snapshots: 'before'>"
