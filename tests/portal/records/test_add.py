"""Adding from Python: what is made, what is refused as over the API, and what is left behind."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import httpx
import pytest

from talentlms_mock import InvalidValue, MockError, NotFound, Portal, RuleBroken, Unit
from talentlms_mock.portal.journal.journal import Exchange
from tests.api.responses import ADA
from tests.conftest import NewPortal

Call = Callable[[Portal], object]
LONG = "x" * 192


def told(portal: Portal) -> list[str]:
    return [event.message for event in portal.events]


def test_a_user_needs_no_more_than_nothing(empty: Portal) -> None:
    first, second = empty.add_user(), empty.add_user()
    assert [(user.id, user.login, user.email) for user in (first, second)] == [
        (1, "user1", "user1@example.com"),
        (2, "user2", "user2@example.com"),
    ]
    assert (first.name, first.surname, first.user_type) == ("User1", "Example", "Learner-Type")
    assert first.registration == empty.clock.now()


@pytest.mark.parametrize(
    ("login", "name", "surname", "email"),
    [
        ("ada", "Ada", "Example", "ada@example.com"),
        ("ada.lovelace", "Ada", "Lovelace", "ada.lovelace@example.com"),
        ("ada_king-noel", "Ada", "King Noel", "ada_king-noel@example.com"),
        ("ada@corp.example", "Ada", "Example", "ada@corp.example"),
        ("Zoë Ünal", "Zoë", "Ünal", "Zo-nal@example.com"),
        ("!?", "!?", "Example", "user@example.com"),
        ("x" * 191, "X" + "x" * 190, "Example", "x" * 100 + "@example.com"),
    ],
)
def test_what_is_left_out_of_a_user_comes_from_the_login(
    login: str, name: str, surname: str, email: str, empty: Portal
) -> None:
    user = empty.add_user(login)
    assert (user.login, user.name, user.surname, user.email) == (login, name, surname, email)


def test_what_is_made_up_is_not_taken_already(empty: Portal) -> None:
    empty.add_user("USER2", email="Ada@example.com")
    assert empty.add_user("ada").email == "ada2@example.com"
    assert empty.add_user("ada!").email == "ada3@example.com"
    assert empty.add_user().login == "user4"
    empty.add_user("user6")
    assert empty.add_user().login == "user7"
    assert empty.add_user("user9").id == 7
    assert [user.login for user in (empty.add_user(), empty.add_user())] == ["user8", "user10"]


def test_a_user_with_everything_answers_as_if_the_api_had_added_it(
    empty: Portal, api: httpx.Client
) -> None:
    empty.add_user_field("Size", type="dropdown", values=["S", "M"])
    empty.add_user_field("Remote", type="checkbox")
    empty.add_user_field("Hired", type="date")
    written: dict[str, Any] = {
        "login": "ada",
        "name": "Ada",
        "surname": "Lovelace",
        "email": "ada@example.com",
        "password": "Passw0rd",
        "description": "<p>First</p>",
        "credits": 3,
        "deactivation_date": "2025-12-31",
        "email_notifications": False,
        "timezone": "Europe/London",
        "locale": "en-US",
    }
    user = empty.add_user(
        **written | {"deactivation_date": date(2025, 12, 31)},
        user_type="Trainer-Type",
        status="inactive",
        custom_fields={"Size": "M", "custom_field_2": True, "Hired": "2025-01-01"},
    )
    added = api.post(
        "/users",
        json=written
        | {
            "login": "eve",
            "email": "eve@example.com",
            "user_type_id": 3,
            "status": False,
            "custom_field_1": "M",
            "custom_field_2": True,
            "custom_field_3": "2025-01-01",
        },
    ).json()["_data"]
    by_api = api.get(f"/users/{added['id']}").json()["_data"]
    mine = api.get(f"/users/{user.id}").json()["_data"]
    assert mine | {"id": 2, "login": "eve", "email": "eve@example.com"} == by_api
    assert user.custom_fields == {"Size": "M", "Remote": "on", "Hired": "2025-01-01"}
    assert user.deactivation_date == datetime(2025, 12, 31, tzinfo=UTC)


def test_a_user_with_the_password_that_is_made_up_can_change_it(
    empty: Portal, api: httpx.Client
) -> None:
    empty.add_user("ada")
    changed = {"status": "active", "current_password": "Password1", "password": "Passw0rd"}
    assert api.patch("/users/1", json=changed).status_code == 204


def test_a_user_is_put_where_it_belongs_in_one_call(empty: Portal) -> None:
    algebra, logic = empty.add_course("Algebra"), empty.add_course("Logic", code="L-1")
    empty.add_group("Class A", courses=[logic])
    empty.add_branch("London")
    ada = empty.add_user("ada", courses=[algebra.id], groups="Class A", branches=["london"])
    assert [course.name for course in ada.courses] == ["Algebra", "Logic"]
    assert [group.name for group in ada.groups] == ["Class A"]
    assert [branch.name for branch in ada.branches] == ["London"]
    assert told(empty)[-5:] == [
        "Ada Example was added as a user",
        "Ada Example was added to the branch London",
        "Ada Example was enrolled in Algebra",
        "Ada Example was added to the group Class A",
        "Ada Example was enrolled in Logic",
    ]


def test_a_course_with_everything(empty: Portal, api: httpx.Client) -> None:
    empty.add_course_field("Audience", type="dropdown", values=["All"])
    empty.add_user("ada")
    category = empty.add_category("Maths", price=9)
    course = empty.add_course(
        "Algebra",
        code="A-1",
        description="<b>x</b>",
        category=category,
        price=30,
        discounted_price=20,
        capacity=2,
        level=1,
        time_limit=30,
        starts_at="2025-01-01",
        expires_at=datetime(2026, 1, 1, 1, tzinfo=timezone(timedelta(hours=1))),
        is_hidden_from_catalog=True,
        certification="Algebraist",
        certificate_days=365,
        custom_fields={"custom_field_1": "All"},
        units="Read this",
        users="ADA",
    )
    answer = api.get("/courses/1").json()["_data"]
    assert {name: answer[name] for name in ("name", "code", "level", "capacity")} == {
        "name": "Algebra",
        "code": "A-1",
        "level": 1,
        "capacity": 2,
    }
    assert answer["category"] == {"id": 1, "name": "Maths"}
    assert answer["price"] == {"amount": 30, "currency": "USD"}
    assert answer["availability"]["expires_at"] == "2026-01-01T00:00:00+00:00"
    assert answer["custom_fields"][0]["value"] == "All"
    assert answer["units"] == [{"id": 1, "name": "Read this", "type": "content"}]
    assert (course.certification, course.certificate_days) == ("Algebraist", 365)
    assert course.starts_at == datetime(2025, 1, 1, tzinfo=UTC)
    assert [user.login for user in course.users] == ["ada"]
    (enrollment,) = course.enrollments
    assert enrollment.expires_on == enrollment.enrolled_on + timedelta(days=30)


def test_a_group_enrolls_its_users_in_its_courses(empty: Portal) -> None:
    ada = empty.add_user("ada")
    algebra = empty.add_course("Algebra")
    branch = empty.add_branch("London", courses=[algebra], users=["ada"])
    group = empty.add_group(
        "Class A", key="A", max_key_redemptions=3, branch=branch, courses=[algebra], users=["ada"]
    )
    assert ada in group.users
    assert algebra in group.courses
    assert ada in algebra.users
    assert (group.key, group.max_key_redemptions, group.branch_id) == ("A", 3, branch.id)
    assert told(empty)[-4:] == [
        "The group Class A was created",
        "Algebra was added to the group Class A",
        "Ada Example was added to the group Class A",
        "Ada Example was enrolled in Algebra",
    ]


def test_a_branch_with_everything(empty: Portal, api: httpx.Client) -> None:
    ada, group = empty.add_user("ada"), empty.add_group("All")
    logic = empty.add_course("Logic")
    branch = empty.add_branch(
        "London",
        courses=[logic],
        users=[ada],
        description="By the river",
        default_locale="en-US",
        default_timezone="Europe/London",
        default_user_type="Trainer-Type",
        default_group=group,
        owner=ada,
        title="LDN",
        theme="Dark",
    )
    assert (branch.owner_id, branch.default_group_id, branch.default_user_type_id) == (1, 1, 3)
    assert api.get("/branches/1").json()["_data"]["title"] == "LDN"
    assert (list(branch.users), list(branch.courses)) == ([ada], [logic])
    assert told(empty)[-3:] == [
        "The branch London was created",
        "Logic was added to the branch London",
        "Ada Example was added to the branch London",
    ]


def test_a_learning_path_has_its_courses_in_order(empty: Portal) -> None:
    empty.add_user("ada")
    empty.add_category("Maths")
    for name in ("Algebra", "Logic"):
        empty.add_course(name)
    path = empty.add_learning_path(
        "Thinking", category="Maths", courses=["Logic", "Algebra"], users=["ada"], price=5
    )
    assert [course.name for course in path.courses] == ["Logic", "Algebra"]
    assert [course.name for course in path.courses[::-1]] == ["Algebra", "Logic"]
    assert [user.login for user in path.users] == ["ada"]
    (enrollment,) = empty.learning_path_enrollments.filter(user="ada", learning_path=path)
    assert enrollment.completed_on is None
    assert len(empty.users.get("ada").courses) == 2


def test_enrolling(empty: Portal) -> None:
    ada, course = empty.add_user("ada"), empty.add_course("Algebra", code="A-1")
    eve = empty.add_user("eve", user_type=3)
    assert empty.enroll(ada, course).role == "learner"
    assert empty.enroll("eve", "a-1", role="instructor").role == "instructor"
    assert [enrollment.user.login for enrollment in course.enrollments] == ["ada", "eve"]
    assert eve.enrollments.first().course.name == "Algebra"
    assert told(empty)[-1] == "Eve Example was enrolled in Algebra"


def test_a_badge_is_earned_and_a_coupon_is_taken(empty: Portal, api: httpx.Client) -> None:
    badge = empty.add_badge("Starter", image_url="https://cdn.example.com/starter.png")
    empty.add_badge("Regular", completions=2)
    empty.add_user("ada", courses=[empty.add_course("Algebra", units=["Read"], price=10)])
    empty.learner("ada").complete("Algebra")
    assert [earned.name for earned in empty.users.get("ada").badges] == ["Starter"]
    assert badge.criteria == "Complete 1 course"
    assert empty.badges.get("Regular").criteria == "Complete 2 courses"

    empty.add_coupon("FREE", 100)
    eve = empty.add_user("eve")
    bought = {"user_id": 2, "cancel_path": "/a", "return_path": "/b", "coupon": "free"}
    assert api.post("/courses/1/purchase", json=bought).status_code == 200
    assert eve in empty.courses[0].users


def test_adding_is_no_request(new_portal: NewPortal) -> None:
    portal = new_portal(dataset="empty", hourly_limit=1)
    for _ in range(3):
        portal.add_user()
    journal: list[Exchange] = list(portal.journal)
    assert journal == []
    assert len(portal.users) == 3


SAME_REFUSALS: list[tuple[str, dict[str, Any], Call]] = [
    ("/users", ADA | {"login": ""}, lambda portal: portal.add_user("")),
    ("/users", ADA | {"login": LONG}, lambda portal: portal.add_user(LONG)),
    ("/users", ADA | {"name": LONG}, lambda portal: portal.add_user("ada", name=LONG)),
    ("/users", ADA | {"email": "ada"}, lambda portal: portal.add_user("ada", email="ada")),
    ("/users", ADA | {"credits": -1}, lambda portal: portal.add_user("ada", credits=-1)),
    ("/users", ADA | {"locale": "xx"}, lambda portal: portal.add_user("ada", locale="xx")),
    ("/users", ADA | {"timezone": "X"}, lambda portal: portal.add_user("ada", timezone="X")),
    ("/users", ADA | {"password": "weak"}, lambda portal: portal.add_user("ada", password="weak")),
    ("/users", ADA | {"user_type_id": 9}, lambda portal: portal.add_user("ada", user_type=9)),
    ("/users", ADA | {"login": "EVE"}, lambda portal: portal.add_user("EVE")),
    (
        "/users",
        ADA | {"email": "EVE@example.com"},
        lambda portal: portal.add_user("ada", email="EVE@example.com"),
    ),
    (
        "/users",
        ADA | {"deactivation_date": "2025-02-30"},
        lambda portal: portal.add_user("ada", deactivation_date="2025-02-30"),
    ),
    (
        "/users",
        ADA | {"custom_field_1": "L"},
        lambda portal: portal.add_user("ada", custom_fields={"Size": "L"}),
    ),
    ("/courses", {"name": ""}, lambda portal: portal.add_course("")),
    ("/courses", {"name": LONG}, lambda portal: portal.add_course(LONG)),
    ("/courses", {"name": "A", "price": -1}, lambda portal: portal.add_course("A", price=-1)),
    ("/courses", {"name": "A", "code": "L-1"}, lambda portal: portal.add_course("A", code="L-1")),
    (
        "/courses",
        {"name": "A", "time_limit": 0},
        lambda portal: portal.add_course("A", time_limit=0),
    ),
    (
        "/courses",
        {"name": "A", "category_id": 9},
        lambda portal: portal.add_course("A", category=9),
    ),
    (
        "/courses",
        {"name": "A", "start_datetime": "2025-02-01", "expiration_datetime": "2025-01-01"},
        lambda portal: portal.add_course("A", starts_at="2025-02-01", expires_at="2025-01-01"),
    ),
    ("/enrollments", {"user_id": 1, "course_id": 1}, lambda portal: portal.enroll(1, 1)),
    ("/enrollments", {"user_id": 9, "course_id": 1}, lambda portal: portal.enroll(9, 1)),
    ("/enrollments", {"user_id": 1, "course_id": 9}, lambda portal: portal.enroll(1, 9)),
    ("/groups", {"name": ""}, lambda portal: portal.add_group("")),
    ("/groups", {"name": "A", "price": -1}, lambda portal: portal.add_group("A", price=-1)),
    (
        "/group-memberships",
        {"group_id": 9, "user_id": 1},
        lambda portal: portal.add_user("ada", groups=[9]),
    ),
    (
        "/branches",
        {"name": "london", "description": "", "default_locale": "en-US"},
        lambda portal: portal.add_branch("london"),
    ),
    (
        "/learning-paths/enrollments",
        {"user_id": 9, "learning_path_id": 1},
        lambda portal: portal.add_learning_path("Path", users=[9]),
    ),
]


@pytest.mark.parametrize(("path", "body", "call"), SAME_REFUSALS, ids=range(len(SAME_REFUSALS)))
def test_what_the_api_refuses_is_refused_with_its_words_and_changes_nothing(
    path: str, body: dict[str, Any], call: Call, empty: Portal, api: httpx.Client
) -> None:
    empty.add_user_field("Size", type="dropdown", values=["S", "M"])
    empty.add_user("eve", courses=[empty.add_course("Logic", code="L-1")])
    empty.add_branch("London")
    empty.add_learning_path("Path")
    before = told(empty)
    with pytest.raises((InvalidValue, NotFound, RuleBroken)) as refused:
        call(empty)
    assert told(empty) == before
    answer = api.post(path, json=body)
    assert answer.json()["error"]["message"] == str(refused.value)
    assert answer.status_code == refused.value.refusal.status


REFUSALS: list[tuple[Call, str]] = [
    (
        lambda portal: portal.add_user("ada", custom_fields={"Siz": "S"}),
        "there is no custom field 'Siz' (did you mean 'Size'?)",
    ),
    (
        lambda portal: portal.add_user("ada", courses=["Logik"]),
        "Course not found (did you mean 'Logic'?)",
    ),
    (
        lambda portal: portal.add_user("ada", deactivation_date=datetime(2025, 1, 1, tzinfo=UTC)),
        "The attribute 'deactivation_date' must be a date, YYYY-MM-DD",
    ),
    (
        lambda portal: portal.add_user("ada", status="gone"),  # type: ignore[arg-type]
        "The attribute 'status' must be 'active' or 'inactive'",
    ),
    (
        lambda portal: portal.add_course("A", expires_at="soon"),
        "The attribute 'expires_at' must be a date and time in ISO 8601",
    ),
    (
        lambda portal: portal.add_course("A", users=[portal.courses[0]]),  # type: ignore[list-item]
        "a user is given by an id, a login or an object with an id, not by a Course",
    ),
    (
        lambda portal: portal.enroll("eve", "Logic", role="boss"),  # type: ignore[arg-type]
        "role must be 'learner' or 'instructor'",
    ),
    (
        lambda portal: portal.enroll("eve", portal.add_course("A"), role="instructor"),
        "The user type of the requested user does not allow it to instruct",
    ),
    (
        lambda portal: portal.add_user_field("Size"),
        "A custom field with the same name already exists",
    ),
    (
        lambda portal: portal.add_user_field("Colour", type="dropdown"),
        "values must be given for a field of the type dropdown, and no other",
    ),
    (
        lambda portal: portal.add_category("Sums", parent="Maths"),
        "Category not found",
    ),
    (lambda portal: portal.add_coupon("ten"), "A coupon with the same code already exists"),
    (
        lambda portal: portal.add_coupon("ALL", 101),
        "percentage must be from 1 to 100",
    ),
    (
        lambda portal: portal.add_badge("Never", 0),
        "completions must be at least 1",
    ),
]


@pytest.mark.parametrize(("call", "message"), REFUSALS, ids=range(len(REFUSALS)))
def test_what_only_python_can_say_wrong_is_one_sentence(
    call: Call, message: str, empty: Portal
) -> None:
    empty.add_user_field("Size", type="dropdown", values=["S", "M"])
    empty.add_user("eve", courses=[empty.add_course("Logic")])
    empty.add_coupon("TEN")
    with pytest.raises(MockError) as refused:
        call(empty)
    assert str(refused.value) == message


def test_an_argument_that_does_not_exist_is_a_type_error_that_says_what_is_near(
    empty: Portal,
) -> None:
    with pytest.raises(TypeError) as refused:
        empty.add_user("ada", emial="ada@example.com")  # type: ignore[call-arg]
    assert str(refused.value) == ("add_user() takes no argument 'emial' (did you mean 'email'?)")


def test_fields_of_both_kinds_count_up_and_show_their_values(empty: Portal) -> None:
    first = empty.add_course_field("Audience")
    second = empty.add_course_field(
        "Level", type="dropdown", values=["1", "2"], mandatory=True, visible_on_reports=False
    )
    assert [(item.key, item.position) for item in (first, second)] == [
        ("custom_field_1", 1),
        ("custom_field_2", 2),
    ]
    assert (second.dropdown_values, second.mandatory) == (("1", "2"), True)
    assert empty.add_course("A", custom_fields={"Level": "2"}).custom_fields == {
        "Audience": None,
        "Level": "2",
    }


def test_a_field_may_be_for_some_branches(empty: Portal) -> None:
    north = empty.add_branch("North")
    empty.add_branch("South")
    field = empty.add_user_field(
        "Size",
        type="dropdown",
        values=["S", "M"],
        default="M",
        selective_availability=True,
        branches=[north],
        main_domain_availability=False,
    )
    assert (field.default_value, field.checkbox_status) == ("M", "off")
    assert (field.selective_availability, field.main_domain_availability) == (True, False)
    assert [branch.name for branch in field.branches] == ["North"]
    seen = empty.add_course_field("Seen", type="checkbox", checkbox_status="on")
    hidden = empty.add_course_field("Hidden", visible_to_learners=False, branches="South")
    assert (seen.checkbox_status, seen.visible_to_learners, list(seen.branches)) == ("on", True, [])
    assert (hidden.visible_to_learners, hidden.branches[0].name) == (False, "South")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"type": "dropdown", "values": ["S", "M"], "default": "L"},
            "default must be one of the values",
        ),
        ({"default": "L"}, "default must be one of the values"),
        (
            {"checkbox_status": "on"},
            "checkbox_status can be on for a field of the type checkbox, no other",
        ),
        ({"branches": ["North"]}, "Branch not found"),
    ],
)
def test_a_field_that_cannot_be(options: Any, message: str, empty: Portal) -> None:
    with pytest.raises((InvalidValue, NotFound)) as refused:
        empty.add_user_field("Size", **options)
    assert str(refused.value) == message
    assert list(empty.user_fields) == []


def test_a_learner_works_in_what_was_added(empty: Portal) -> None:
    course = empty.add_course("Safety", units=["Read", Unit.test("Quiz")], certification="Safe")
    ada = empty.add_user("ada", courses=[course])
    learner = empty.learner(ada)
    learner.complete_unit("Read")
    assert empty.enrollments.get(user=ada, course="Safety").completion_percentage == 50
    learner.complete_unit(course.unit("Quiz"), score=100)
    enrollment = empty.enrollments.get(user=ada, course=course)
    assert (enrollment.completion_status, enrollment.score) == ("completed", 100.0)
    assert [step.completion_status for step in enrollment.progress] == ["completed"] * 2
    assert [certificate.name for certificate in ada.certificates] == ["Safe"]
