"""Reading a portal back: collections, what they find, and what they say when they do not."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, assert_type

import httpx
import pytest

from talentlms_mock import InvalidValue, MockError, NotFound, NotOne, Portal
from talentlms_mock.portal.records.collection import SOURCES, Collection
from talentlms_mock.portal.records.history import Event
from talentlms_mock.portal.records.records import Course, CourseUnit, Enrollment, User
from tests.api.responses import ADA
from tests.conftest import NewPortal

NAMES = (
    "badges",
    "branches",
    "categories",
    "certificates",
    "coupons",
    "course_fields",
    "courses",
    "enrollments",
    "events",
    "groups",
    "learning_path_enrollments",
    "learning_paths",
    "tasks",
    "units",
    "user_fields",
    "user_types",
    "users",
)


@pytest.fixture
def school(empty: Portal) -> Portal:
    """A portal of three users and three courses, two of which have the same name."""
    for login in ("ada", "eve", "bob"):
        empty.add_user(login)
    empty.add_course("Algebra", code="A-1", units=["Read", "Write"], users=["ada", "eve"])
    empty.add_course("Logic", code="L-1", users=["ada"])
    empty.add_course("Logic", units=["Read"])
    return empty


def test_every_collection_reads_every_record_of_every_portal(new_portal: NewPortal) -> None:
    for name in ("demo", "messy", "empty"):
        portal = new_portal(dataset=name)
        for collection in map(portal.__getattribute__, NAMES):
            records = list(collection)
            assert len(collection) == len(records)
            assert collection[:] == records
            for record in records[:2]:
                assert record in collection
                assert hash(record) == hash(record)
                assert type(record).__name__ in repr(record)


def test_every_kind_of_record_can_be_read(school: Portal) -> None:
    for record in SOURCES:
        assert list(Collection(record, school.transaction)) is not None
    assert len({source.one for source in SOURCES.values()}) == len(SOURCES)


def test_what_is_read_is_what_the_api_answers(empty: Portal, api: httpx.Client) -> None:
    id = api.post("/users", json=ADA).json()["_data"]["id"]
    answer = api.get(f"/users/{id}").json()["_data"]
    user = empty.users.get(id)
    for name in ("id", "login", "name", "surname", "email", "timezone", "locale", "status"):
        assert getattr(user, name) == answer[name]
    assert user.user_type == answer["user_type"]["name"]
    assert user.registration == datetime(2025, 5, 7, 9, 30, tzinfo=UTC)
    assert user.last_login is None


def test_types_are_told_to_the_type_checker(school: Portal) -> None:
    assert_type(school.users, Collection[User])
    assert_type(school.users[0], User)
    assert_type(school.users[:1], list[User])
    assert_type(school.users.get("ada").login, str)
    assert_type(school.courses.get("Algebra").unit("Read"), CourseUnit)
    assert_type(school.courses[0].starts_at, datetime | None)
    assert_type(school.enrollments.filter(user="ada"), Collection[Enrollment])
    assert_type(school.events.first(), Event)


def test_a_collection_is_a_sequence_in_the_order_of_ids(school: Portal) -> None:
    users = school.users
    assert [user.login for user in users] == ["ada", "eve", "bob"]
    assert (len(users), bool(users), repr(users)) == (3, True, "<3 users: 'ada', 'eve', 'bob'>")
    assert (users[0].login, users[-1].login, users[-3].login) == ("ada", "bob", "ada")
    assert [user.login for user in users[1:]] == ["eve", "bob"]
    assert [user.login for user in users[-2:-1]] == ["eve"]
    assert [user.login for user in users[::2]] == ["ada", "bob"]
    assert [user.login for user in users[::-1]] == ["bob", "eve", "ada"]
    assert [user.login for user in reversed(users)] == ["bob", "eve", "ada"]
    assert users[5:] == users[2:1] == []


@pytest.mark.parametrize("index", [3, -4])
def test_an_index_out_of_range(index: int, school: Portal) -> None:
    with pytest.raises(IndexError) as error:
        school.users[index]
    assert str(error.value) == f"there are 3 users, no index {index}"


def test_a_collection_is_never_out_of_date(school: Portal, api: httpx.Client) -> None:
    users, ada = school.users, school.users.get("ada")
    api.delete("/users/2")
    assert [user.login for user in users] == ["ada", "bob"]
    api.patch("/users/1", json={"status": "active", "surname": "Lovelace"})
    assert ada.surname == "Example"
    assert users[0].surname == "Lovelace"


def test_what_is_due_by_the_clock_is_done_before_reading(empty: Portal) -> None:
    empty.add_user("ada", deactivation_date="2025-05-08")
    empty.clock.advance(days=1)
    assert empty.users[0].status == "inactive"


@pytest.mark.parametrize(
    "call",
    [
        lambda portal: portal.users.get(2),
        lambda portal: portal.users.get("EVE"),
        lambda portal: portal.users.get(login="Eve"),
        lambda portal: portal.users.get(email="EVE@example.com"),
        lambda portal: portal.users.get(name="Eve", user_type="Learner-Type"),
        lambda portal: portal.users.filter(user_type="Learner-Type").get("eve"),
        lambda portal: portal.enrollments.get(user="eve").user,
    ],
    ids=range(7),
)
def test_get_finds_one(call: Callable[[Portal], User], school: Portal) -> None:
    assert call(school).login == "eve"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda portal: portal.users.get(login="adda"),
            "There is no user with login 'adda' (did you mean 'ada'?).",
        ),
        (
            lambda portal: portal.users.get("zacharias"),
            "There is no user with login 'zacharias' (known are ada, bob, eve).",
        ),
        (
            lambda portal: portal.users.get(9),
            "There is no user with id 9 (the ids go from 1 to 3).",
        ),
        (lambda portal: portal.groups.get(9), "There is no group with id 9."),
        (lambda portal: portal.groups.get("A"), "There is no group with name 'A'."),
        (
            lambda portal: portal.courses.get("Logic"),
            "There is more than one course with name 'Logic': say which by its id, one of 2, 3.",
        ),
        (
            lambda portal: portal.users.get(),
            "There is more than one user: say which by its id, one of 1, 2, 3.",
        ),
        (
            lambda portal: portal.enrollments.get(user="bob", course=1),
            "There is no enrollment with user 'bob' and course 1.",
        ),
        (
            lambda portal: portal.enrollments.get(user=portal.users[2]),
            "There is no enrollment with user 'bob'.",
        ),
        (
            lambda portal: portal.users.get(last_login=datetime(2025, 1, 1, tzinfo=UTC)),
            "There is no user with last_login "
            "datetime.datetime(2025, 1, 1, 0, 0, tzinfo=datetime.timezone.utc).",
        ),
        (lambda portal: portal.groups.first(), "There is no group."),
        (
            lambda portal: portal.users.filter(login="zoe").first(),
            "There is no such user.",
        ),
        (
            lambda portal: portal.learning_path_enrollments.get(),
            "There is more than one enrollment in a learning path.",
        ),
    ],
    ids=range(13),
)
def test_get_says_what_is_near(
    call: Callable[[Portal], object], message: str, school: Portal
) -> None:
    school.add_learning_path("Path", courses=["A-1"], users=["ada", "eve"])
    with pytest.raises(NotOne) as error:
        call(school)
    assert str(error.value) == message


def test_of_many_only_some_are_named(portal: Portal) -> None:
    with pytest.raises(NotOne, match=r"one of 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and more\.$"):
        portal.users.get()
    with pytest.raises(NotOne, match=r"^There is no user with login 'qqqqqq'\.$"):
        portal.users.get("qqqqqq")


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (
            lambda portal: portal.users.get(logn="ada"),
            MockError,
            "No user has a field 'logn' (did you mean 'login'?).",
        ),
        (
            lambda portal: portal.enrollments.filter(user="adda"),
            NotFound,
            "User not found (did you mean 'ada'?)",
        ),
        (
            lambda portal: portal.enrollments.filter(course="Logic"),
            InvalidValue,
            "'Logic' names more than one course; give one of the ids 2, 3",
        ),
        (
            lambda portal: portal.enrollments.filter(user=True),
            InvalidValue,
            "a user is given by an id, a login or an object with an id, not by a bool",
        ),
        (
            lambda portal: portal.enrollments.filter(course=1.5),
            InvalidValue,
            "a course is given by an id, a name or an object with an id, not by a float",
        ),
    ],
    ids=range(5),
)
def test_a_filter_that_cannot_be(
    call: Callable[[Portal], object], kind: type[MockError], message: str, school: Portal
) -> None:
    with pytest.raises(kind) as error:
        call(school)
    assert str(error.value) == message


def test_filters_take_values_records_and_none(school: Portal) -> None:
    ada = school.users[0]
    assert len(school.enrollments.filter(user=ada)) == 2
    assert len(school.enrollments.filter(user_id=1, course="a-1")) == 1
    assert len(school.users.filter(last_login=None)) == 3
    assert len(school.courses.filter(category=None, code="L-1")) == 1
    assert len(school.users.filter(registration=school.clock.now())) == 3
    assert len(school.users.filter(email_notifications=False)) == 0
    assert len(school.events.filter(event_type="course_add_user").filter(user="eve")) == 1
    assert school.users.filter(user_type="Learner-Type").first() == ada


def test_a_record_is_among_others_or_not(school: Portal) -> None:
    ada, _, bob = school.users
    learners = school.courses[0].users
    assert ada in learners
    assert bob not in learners
    other: Any = school.courses[0]
    assert other not in learners


def test_a_record_as_it_was_is_still_in(school: Portal) -> None:
    ada = school.users[0]
    school.learner(ada).log_in()
    assert ada != school.users[0]
    assert ada in school.users
    assert school.users[0].is_online


def test_what_belongs_to_a_record(school: Portal) -> None:
    ada, course = school.users[0], school.courses[0]
    assert [item.name for item in ada.courses] == ["Algebra", "Logic"]
    assert [item.course_id for item in ada.enrollments] == [1, 2]
    assert [item.name for item in course.units] == ["Read", "Write"]
    assert course.unit("Write").position == 2
    with pytest.raises(NotOne, match="did you mean 'Write'"):
        course.unit("Wrote")
    maths = school.add_category("Maths")
    school.add_course("Sums", category=maths)
    assert [item.name for item in maths.courses] == ["Sums"]
    assert (len(ada.groups), len(ada.branches), len(ada.badges)) == (0, 0, 0)


def test_a_units_parts_and_a_sessions_attendees(portal: Portal) -> None:
    unit = portal.units.get(14)
    assert unit.type == "ilt"
    session = unit.sessions.first()
    assert session.ends_at > session.starts_at
    assert all(session in unit.sessions for session in unit.sessions)
    attendees = [user for each in portal.units for item in each.sessions for user in item.attendees]
    assert all(isinstance(user, User) for user in attendees)
    assert portal.units.get(8).questions.first().correct_answers


def test_events_are_read_oldest_first(portal: Portal) -> None:
    moments = [event.created_at for event in portal.events]
    assert moments == sorted(moments)
    assert len(moments) > 100


def test_tasks_tell_what_failed(empty: Portal, api: httpx.Client) -> None:
    api.post("/batch/enrollments", json={"enrollments": [{"user_id": 1, "course_id": 1}]})
    empty.complete_task(empty.tasks[0])
    (task,) = empty.tasks
    assert (task.status, task.progress, task.failed) == ("completed", 100, 1)
    assert task.errors == ({"index": 0, "message": "Course not found"},)
    assert task.completed_at == empty.clock.now()


def test_a_course_is_named_by_its_code_sooner_than_by_its_name(empty: Portal) -> None:
    empty.add_course("B-2")
    coded = empty.add_course("Other", code="b-2", users=[empty.add_user("ada")])
    assert empty.enrollments.get(course="B-2").course == coded


def test_reading_is_no_request(empty: Portal) -> None:
    assert list(empty.users) == []
    assert list(empty.journal) == []


def test_other_objects_with_an_id_will_do(school: Portal) -> None:
    class Theirs:
        id = 1

    theirs: Any = Theirs()
    assert len(school.enrollments.filter(user=theirs)) == 2
    assert isinstance(school.courses.get(1), Course)


def test_search_finds_text_in_any_field_and_names_of_what_is_linked(empty: Portal) -> None:
    algebra = empty.add_course("Älgebra", code="M-1")
    empty.add_user("ada.lovelace", courses=[algebra], description="Countess")
    empty.add_user("grace.hopper")

    assert [user.login for user in empty.users.search("COUNTESS")] == ["ada.lovelace"]
    assert [user.login for user in empty.users.search("hopper@")] == ["grace.hopper"]
    assert [group.id for group in empty.groups.search("2")] == []
    for name in ("Night", "Day"):
        empty.add_group(name)
    assert [group.name for group in empty.groups.search("2")] == ["Day"]
    assert [course.id for course in empty.courses.search("älGEBRA")] == [1]
    assert [each.user_id for each in empty.enrollments.search("lovelace")] == [1]
    assert [each.user_id for each in empty.enrollments.search("m-1")] == [1]
    assert len(empty.enrollments.search("hopper")) == 0
    assert [user.id for user in empty.users.search("example").filter(login="ada.lovelace")] == [1]


def test_records_are_ordered_by_a_field(empty: Portal) -> None:
    for login in ("bob", "Ada", "cid"):
        empty.add_user(login, credits=3 if login == "bob" else 1)

    assert [user.login for user in empty.users.order_by("login")] == ["Ada", "bob", "cid"]
    descending = empty.users.order_by("login", descending=True)
    assert [user.login for user in descending] == ["cid", "bob", "Ada"]
    assert [user.id for user in empty.users.order_by("credits").search("example")] == [2, 3, 1]
    with pytest.raises(MockError, match=r"No user has a field 'logn' .*login"):
        empty.users.order_by("logn")
