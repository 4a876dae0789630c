"""The dataset demo has what the recorded responses show, read over HTTP and by the handle."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from talentlms_mock import MockServer, Portal
from tests.conftest import NewPortal

ANY_SIZE = pytest.mark.parametrize(("users", "seed"), [(10, 7), (50, 42), (300, 1)])


@pytest.fixture(scope="module")
def demo(server: MockServer) -> Iterator[Portal]:
    """A portal as it is without any options, which no test of this module changes."""
    portal = server.create_portal(domain="seeded-demo", api_key="key-of-seeded-demo")
    yield portal
    server.remove_portal(portal)


@pytest.fixture
def read(demo: Portal, new_client: Any) -> Any:
    """Return what is at a path."""
    client: httpx.Client = new_client(demo)

    def get(path: str, **query: object) -> Any:
        response = client.get(path, params={name: str(value) for name, value in query.items()})
        assert response.status_code == 200, response.text
        return response.json()["_data"]

    return get


def test_categories_are_nested_some_with_a_price(read: Any) -> None:
    tree = read("/categories")

    assert [category["name"] for category in tree] == [
        *("Compliance", "Leadership", "Sales", "Technology", "Wellbeing")
    ]
    technology = tree[3]
    assert "price" not in technology
    assert technology["children"] == [
        {
            "id": 7,
            "parent_id": 4,
            "name": "Software Development",
            "price": {"amount": 99.0, "currency": "USD"},
            "children": [
                {"id": 8, "parent_id": 7, "name": "Version Control", "children": None},
            ],
        }
    ]
    assert read("/categories/7")["discounted_price"] == {"amount": 79.0, "currency": "USD"}


def test_user_fields_have_every_type_defaults_and_branches(read: Any) -> None:
    fields = {field["name"]: field for field in read("/user-fields")}

    assert {field["type"] for field in fields.values()} == {"text", "dropdown", "checkbox", "date"}
    assert {item["item"]: item["default"] for item in fields["Department"]["dropdown_values"]} == {
        "Customer Care": False,
        "Engineering": False,
        "Finance": False,
        "Operations": True,
        "People": False,
        "Sales": False,
    }
    assert fields["Works remotely"]["checkbox_status"] == "on"
    assert fields["Store number"] == {
        "key": "custom_field_5",
        "type": "text",
        "name": "Store number",
        "mandatory": False,
        "visible_on_reports": True,
        "dropdown_values": None,
        "checkbox_status": "off",
        "selective_availability": True,
        "branches_map": {"2": "Retail Partners"},
        "main_domain_availability": False,
        "previous_key": "custom_field_4",
        "order": 5,
    }


def test_course_fields_have_every_type_defaults_and_branches(read: Any) -> None:
    fields = {field["name"]: field for field in read("/course-fields")}

    assert {field["type"] for field in fields.values()} == {"text", "dropdown", "checkbox", "date"}
    assert fields["Audience"]["dropdown_values"][0] == {"item": "Everyone", "default": True}
    assert fields["Content owner"]["visible_to_learners"] is False
    assert fields["Next review"]["selective_availability"] is True
    assert fields["Next review"]["branches_map"] == {"1": "Northwind Europe"}


def test_a_branch_sells_subscriptions_and_has_settings_of_its_own(read: Any) -> None:
    branch = read("/branches/1")
    subscribed = branch["ecommerce"]["subscription"].pop("active_subscriptions")

    members = len(read("/branches/1/users", **{"page[size]": 100}))
    assert 0 < subscribed <= members
    assert branch | {"url": ""} == {
        "id": 1,
        "name": "Northwind Europe",
        "url": "",
        "title": "Northwind Academy Europe",
        "description": "Our people from Lisbon to Helsinki.",
        "theme": {
            "id": "nordic",
            "active": True,
            "default": False,
            "name": "Nordic",
            "primary_color": "#1b4965",
        },
        "logo": "https://cdn.example.com/branches/europe/logo.png",
        "favicon": "https://cdn.example.com/branches/europe/favicon.ico",
        "active": True,
        "default_locale": "de-DE",
        "default_timezone": "Europe/Berlin",
        "announcement_internal": "The practice day in Madrid has two places left.",
        "announcement_external": "Sign up with your company address.",
        "default_user_type": {"id": 4, "name": "Learner-Type"},
        "default_group": {"id": 1, "name": "New joiners"},
        "signup": "direct",
        "user_verification": "email",
        "restrict_user_registration_domains": "example.com,example.org",
        "restrict_total_registered_users": 5000,
        "disallow_access_to_main_domain": False,
        "terms_of_service": "By signing in you agree to the rules of the academy.",
        "badge_set": {"id": 2, "name": "Nordic"},
        "ecommerce": {
            "processor": "stripe",
            "currency": "EUR",
            "paypal_email_address": None,
            "subscription": {
                "enabled": True,
                "fee": 29.0,
                "interval": "monthly",
                "is_first_month_free": True,
            },
            "are_credits_enabled": True,
        },
    }


def test_courses_have_rules_prerequisites_a_rating_and_an_intro_video(
    demo: Portal, read: Any
) -> None:
    ids = {course.name: course.id for course in demo.courses}
    team = read(f"/courses/{ids['Leading Your First Team']}")
    talks = read(f"/courses/{ids['Difficult Conversations']}")
    tours = read(f"/courses/{ids['Getting Around the Intranet']}")
    welcome = read(f"/courses/{ids['Welcome to Northwind']}")

    assert (team["is_prerequisite"], talks["is_prerequisite"]) == (True, False)
    assert talks["rules"] == {
        "traversal": "sequential",
        "prerequisites": [{"id": team["id"], "name": "Leading Your First Team"}],
        "completion": [{"rule_type": "all_units", "unit_percentage": None, "complete_units": None}],
        "score_calculation": [{"rule_type": "all_tests_and_assignments", "score_units": None}],
    }
    assert tours["rules"]["completion"] == [
        {"rule_type": "unit_percentage", "unit_percentage": 60, "complete_units": None}
    ]
    assert tours["price"] == {"amount": 0.0, "currency": "USD"}
    assert welcome["rating"] == {"average": 4.6, "count": 38}
    assert welcome["intro_video"] == {
        "url": "https://videos.example.com/welcome.mp4",
        "type": "file",
    }


def test_an_archived_user_can_be_restored_with_what_it_did(new_portal: NewPortal) -> None:
    portal = new_portal()
    archived = next(each for each in portal.archived if each.kind == "user")
    assert archived.name == "George Lindqvist"
    assert len(portal.users) == 50
    assert len(portal.users.filter(login="george.lindqvist")) == 0

    george = portal.restore_user(archived.id)

    assert (george.login, george.status) == ("george.lindqvist", "active")
    assert len(portal.users) == 51
    assert "Information Security Essentials" in {course.name for course in george.courses}
    assert [each.name for each in portal.certificates.filter(user=george)] == [
        "Information Security Essentials"
    ]


def test_an_archived_course_can_be_restored_with_its_enrollments(new_portal: NewPortal) -> None:
    portal = new_portal()
    archived = next(each for each in portal.archived if each.kind == "course")
    assert archived.name == "Customer Care by Fax"
    assert len(portal.courses.filter(name="Customer Care by Fax")) == 0

    course = portal.restore_course(archived.id)

    done = portal.enrollments.get(user="priya.raman", course=course)
    assert (done.completion_status, done.completion_percentage) == ("completed", 100)


def test_archived_ones_are_in_no_list_or_count(demo: Portal, read: Any) -> None:
    assert read("/statistics")["total_users"] == 50
    assert read("/statistics")["total_courses"] == len(demo.courses)
    assert {each.id for each in demo.users} == set(range(1, 51))


@pytest.mark.parametrize(("users", "archived"), [(8, ["course"]), (9, ["course", "user"])])
def test_the_archived_user_is_there_once_all_people_are(
    new_portal: NewPortal, users: int, archived: list[str]
) -> None:
    portal = new_portal(users=users)

    assert len(portal.users) == users
    assert sorted(each.kind for each in portal.archived) == archived


def test_keys_of_groups_were_redeemed(read: Any) -> None:
    redeemed = {group["name"]: group["key_redemptions"] for group in read("/groups")}

    assert redeemed["New joiners"]["used"] > 0
    assert redeemed["New joiners"]["max"] is None
    assert 0 < redeemed["Sales floor"]["used"] <= redeemed["Sales floor"]["max"] == 25
    assert redeemed["Team leads"] == {"max": None, "used": 0}


def test_who_is_online_was_signed_in_by_an_address(demo: Portal, read: Any) -> None:
    online = [user for user in demo.users if user.is_online]

    assert online
    assert read(f"/users/{online[0].id}/online-status") == {"status": "online"}
    assert all(user.status == "active" for user in online)


@ANY_SIZE
def test_answers_and_assignments_wait_for_a_grade(
    users: int, seed: int, new_portal: NewPortal
) -> None:
    portal = new_portal(users=users, seed=seed)
    quiz, essay = portal.units.get("Story quiz"), portal.units.get("Plan your first month")
    (question,) = (each for each in quiz.questions if each.type == "freetext")

    portal.learner("noah.bergstrom").grade_test(quiz, {question.id: 100})
    portal.learner("tom.whitfield").grade_assignment(essay, 70)

    for login, unit in (("noah.bergstrom", quiz), ("tom.whitfield", essay)):
        enrollment = portal.enrollments.get(user=login, course=unit.course_id)
        assert enrollment.progress.get(unit_id=unit.id).completion_status == "completed"


@ANY_SIZE
def test_certificates_have_expired_expire_soon_or_never(
    users: int, seed: int, new_portal: NewPortal
) -> None:
    portal = new_portal(users=users, seed=seed)
    now = portal.clock.now()

    def days_left(login: str) -> float:
        certificate = portal.certificates.get(user=login, name="Information Security Essentials")
        assert certificate.expires_on is not None
        return (certificate.expires_on - now) / timedelta(days=1)

    assert days_left("ingrid.solberg") < 0
    assert 0 < days_left("samuel.okafor") < 7
    assert 7 < days_left("margaret.hale") < 30
    assert portal.certificates.get(user="david.kim", name="Team Leader").expires_on is None


def test_administrators_signed_in_within_the_last_month(demo: Portal) -> None:
    since = demo.clock.now() - timedelta(days=30)
    staff = [user for user in demo.users if user.user_type in ("SuperAdmin", "Admin-Type")]

    assert len(staff) == 3
    assert all(datetime.fromisoformat(str(user.last_login)) > since for user in staff)


def test_most_users_signed_in_lately(demo: Portal, read: Any) -> None:
    assert 15 < read("/statistics")["monthly_active_users"] < 50


def test_most_things_happen_during_working_hours_where_people_live(
    new_portal: NewPortal,
) -> None:
    portal = new_portal(users=200)
    hours = []
    for user in portal.users:
        zone = ZoneInfo(user.timezone)
        for moment in (user.registration, user.last_login):
            if moment is not None:
                hours.append(datetime.fromisoformat(str(moment)).astimezone(zone).hour)

    assert sum(7 <= hour < 19 for hour in hours) > 0.8 * len(hours)
    assert len(set(hours)) > 8


def test_descriptions_are_those_of_the_dataset(demo: Portal) -> None:
    written = [user.description for user in demo.users if user.description]

    assert len(written) > 8
    assert (
        "<p>Teaches leadership and communication. In the office on Tuesdays and Wednesdays.</p>"
        in (written)
    )
    assert not any(word in text.lower() for text in written for word in ("lorem", "ipsum"))
