"""What a portal must have for a recorded exchange to be repeated with it.

Each arrangement puts it into an empty portal, and returns the ids that stand in the place of the
recorded ones. What is not returned is sent as it was recorded: an id that names nothing here
either, or what is no id.
"""

from collections.abc import Callable
from datetime import timedelta
from itertools import count
from typing import Any

from talentlms_mock import Portal, Question, Session, Unit
from tests.conformance.recorded import Exchange

Ids = dict[str, Any]
Arrange = Callable[[Portal, Exchange], Ids]


def nothing(portal: Portal, exchange: Exchange) -> Ids:
    return {}


def both(*arrangements: Arrange) -> Arrange:
    """Return an arrangement of several, each on its own."""

    def arrange(portal: Portal, exchange: Exchange) -> Ids:
        ids: Ids = {}
        for each in arrangements:
            ids |= each(portal, exchange)
        return ids

    return arrange


# Users


def a_user(portal: Portal, exchange: Exchange) -> Ids:
    return {"user_id": portal.add_user("pupil").id}


def an_archived_user(portal: Portal, exchange: Exchange) -> Ids:
    user = portal.add_user("leaver")
    _send(portal, "DELETE", f"/users/{user.id}")
    return {"user_id": user.id}


def an_administrator(portal: Portal, exchange: Exchange) -> Ids:
    admin = portal.add_user("chief", user_type="SuperAdmin", credits=0)
    return {"user_id": admin.id}


def a_user_online(portal: Portal, exchange: Exchange) -> Ids:
    ids = a_user(portal, exchange)
    portal.learner(ids["user_id"]).log_in()
    return ids


def an_administrator_and_a_learner(portal: Portal, exchange: Exchange) -> Ids:
    an_administrator(portal, exchange)
    a_user(portal, exchange)
    for user in portal.users:
        portal.learner(user).log_in()
    return {}


def an_administrator_of_that_login(portal: Portal, exchange: Exchange) -> Ids:
    admin = portal.add_user(exchange.filter_value(), user_type="SuperAdmin")
    portal.learner(admin).log_in()
    return {}


def a_learner_of_that_email(portal: Portal, exchange: Exchange) -> Ids:
    learner = portal.add_user("pupil", email=exchange.filter_value())
    portal.learner(learner).log_in()
    return {}


def an_administrator_with_that_field(portal: Portal, exchange: Exchange) -> Ids:
    value = exchange.filter_value()
    portal.add_user_field("Shade", type="dropdown", values=[value, "None of these"])
    portal.add_user("pupil", custom_fields={"Shade": "None of these"})
    admin = portal.add_user("chief", user_type="SuperAdmin", custom_fields={"Shade": value})
    portal.learner(admin).log_in()
    return {}


def a_user_of_that_login(portal: Portal, exchange: Exchange) -> Ids:
    portal.add_user(exchange.body["login"])
    return {}


def a_user_of_the_email_in_the_path(portal: Portal, exchange: Exchange) -> Ids:
    portal.add_user("pupil", email=exchange.path_ids["email"])
    return {}


def a_user_of_that_password(portal: Portal, exchange: Exchange) -> Ids:
    user = portal.add_user("pupil", password=exchange.body["current_password"])
    return {"user_id": user.id}


def an_administrator_in_a_branch(portal: Portal, exchange: Exchange) -> Ids:
    ids = an_administrator(portal, exchange)
    portal.add_branch("north", users=[ids["user_id"]])
    return ids


def user_fields(portal: Portal, exchange: Exchange) -> Ids:
    branch = portal.add_branch("north")
    # The four say it each on its own: selective, in these branches, not in the main domain.
    inside: Any = {
        "visible_on_reports": False,
        "selective_availability": True,
        "main_domain_availability": False,
        "branches": [branch],
    }
    everywhere = inside | {"main_domain_availability": True, "branches": None}
    portal.add_user_field("Hired on", type="date", **inside)
    portal.add_user_field("Shoe size", type="text", **inside)
    shades = everywhere | {"values": ["Red", "Yellow", "Brass", "White"], "default": "Brass"}
    portal.add_user_field("Shade", type="dropdown", **shades)
    portal.add_user_field("Agreed", type="checkbox", **everywhere)
    return {}


# Courses and what happens in them


def a_course(portal: Portal, exchange: Exchange) -> Ids:
    return {"course_id": portal.add_course("Welding").id}


def an_archived_course(portal: Portal, exchange: Exchange) -> Ids:
    course = portal.add_course("Typewriting")
    _send(portal, "DELETE", f"/courses/{course.id}")
    return {"course_id": course.id}


def a_course_with_a_price(portal: Portal, exchange: Exchange) -> Ids:
    return {"course_id": portal.add_course("Sailing", price=40).id}


def an_enrollment(portal: Portal, exchange: Exchange) -> Ids:
    course = portal.add_course("Welding", units=["Masks and gloves"])
    user = portal.add_user("pupil", courses=[course])
    return {"course_id": course.id, "user_id": user.id}


def a_completed_course(portal: Portal, exchange: Exchange) -> Ids:
    """Complete a course that has no units, so that none was the last one viewed."""
    course = portal.add_course("Welding")
    user = portal.add_user("pupil", courses=[course])
    portal.learner(user).complete(course)
    return {"course_id": course.id, "user_id": user.id}


def a_completed_package(portal: Portal, exchange: Exchange) -> Ids:
    """Complete a unit that has a score and cannot be taken again."""
    course = portal.add_course("Welding", units=[Unit("Sparks", type="scorm")])
    user = portal.add_user("pupil", courses=[course])
    learner, unit = portal.learner(user), course.unit("Sparks")
    learner.open_unit(unit)
    portal.clock.advance(minutes=3)
    learner.complete_unit(unit, score=100)
    return {"unit_id": unit.id, "user_id": user.id}


def courses_with_that_field(portal: Portal, exchange: Exchange) -> Ids:
    value = exchange.filter_value()
    portal.add_course_field("Effort", type="dropdown", values=["Little", value])
    portal.add_course("Knitting", price=0, custom_fields={"Effort": "Little"})
    for name, price in (("Welding", 0), ("Sailing", 40), ("Flying", 25), ("Diving", 0)):
        portal.add_course(name, price=price, custom_fields={"Effort": value})
    return {}


def two_courses_of_a_category(portal: Portal, exchange: Exchange) -> Ids:
    category = portal.add_category("Crafts")
    for name, code in (("Welding", "W-1"), ("Sewing", "S-1")):
        portal.add_course(
            name, code=code, category=category, price=0, description="<p>By hand.</p>"
        )
    return {}


def a_course_with_a_video(portal: Portal, exchange: Exchange) -> Ids:
    more: Any = {
        "intro_video": "https://www.youtube.com/watch?v=aaaaaaaaaaa",
        "cover_image": "https://static.example.com/covers/welding.png",
        "traversal": "sequential",
        "retain_access_after_completion": False,
    }
    category = portal.add_category("Crafts")
    course = portal.add_course(
        "Welding", code="W-1", category=category, price=0, description="<p>By hand.</p>", **more
    )
    return {"course_id": course.id}


def a_category_and_fields(portal: Portal, exchange: Exchange) -> Ids:
    fields_of_that_name(portal, exchange)
    return {"category_id": portal.add_category("Crafts").id}


def fields_of_that_name(portal: Portal, exchange: Exchange) -> Ids:
    for name in exchange.body["custom_fields"]:
        portal.add_course_field(name)
    return {}


def course_fields(portal: Portal, exchange: Exchange) -> Ids:
    shown: Any = {
        "visible_on_reports": True,
        "visible_to_learners": True,
        "selective_availability": True,
        "main_domain_availability": True,
    }
    hidden: Any = dict.fromkeys(shown, False)
    efforts = shown | {"values": ["Little", "Some", "Much"], "default": "Much"}
    portal.add_course_field("Trade", type="text", mandatory=True, **shown)
    portal.add_course_field("Effort", type="dropdown", **efforts)
    portal.add_course_field("Remarks", type="text", **hidden)
    return {}


def an_answered_test(portal: Portal, exchange: Exchange) -> Ids:
    which, how = "Which metal melts first?", "What do we call molten rock?"
    free: Any = {"type": "freetext"}
    questions = [Question(which, ["Tin", "Iron", "Gold"], correct="Tin"), Question(how, **free)]
    course = portal.add_course("Welding", units=[Unit.test("Metals", questions)])
    user = portal.add_user("pupil", courses=[course])
    learner, unit = portal.learner(user), course.unit("Metals")
    learner.answer(unit, {which: "Tin", how: "Magma"})
    learner.grade_test(unit, {how: 100})
    return {"unit_id": unit.id, "user_id": user.id}


def three_sessions(portal: Portal, exchange: Exchange) -> Ids:
    trainer = portal.add_user("trainer", user_type="Trainer-Type")
    sessions = [
        Session(f"Day {at}", portal.clock.now() + timedelta(days=at), instructor=trainer)
        for at in (1, 2, 3)
    ]
    course = portal.add_course("Welding", units=[Unit.ilt("Workshop", sessions)])
    return {"unit_id": course.unit("Workshop").id}


# Groups


def a_group(portal: Portal, exchange: Exchange) -> Ids:
    return {"group_id": portal.add_group("Night shift").id}


def a_deleted_group(portal: Portal, exchange: Exchange) -> Ids:
    ids = a_group(portal, exchange)
    _send(portal, "DELETE", f"/groups/{ids['group_id']}")
    return ids


def a_group_without_a_price(portal: Portal, exchange: Exchange) -> Ids:
    group = portal.add_group(
        "Night shift", description="From ten to six", key="nights", max_key_redemptions=20
    )
    return {"group_id": group.id}


def a_group_at_no_price(portal: Portal, exchange: Exchange) -> Ids:
    portal.add_group(
        "Night shift", description="From ten to six", key="nights", max_key_redemptions=20, price=0
    )
    return {}


def a_group_with_a_user(portal: Portal, exchange: Exchange) -> Ids:
    user = portal.add_user("pupil")
    return {"user_id": user.id, "group_id": portal.add_group("Night shift", users=[user]).id}


def a_group_with_a_course(portal: Portal, exchange: Exchange) -> Ids:
    course = portal.add_course("Welding")
    group = portal.add_group("Night shift", courses=[course])
    return {"course_id": course.id, "group_id": group.id}


# Branches


def a_branch(portal: Portal, exchange: Exchange) -> Ids:
    branch = portal.add_branch("north", title="The north", description="Beyond the river")
    return {"branch_id": branch.id}


def an_inactive_branch(portal: Portal, exchange: Exchange) -> Ids:
    return {"branch_id": portal.add_branch("north", active=False).id}


def a_branch_with_a_user(portal: Portal, exchange: Exchange) -> Ids:
    user = portal.add_user("pupil")
    return {"user_id": user.id, "branch_id": portal.add_branch("north", users=[user]).id}


def a_branch_with_a_course(portal: Portal, exchange: Exchange) -> Ids:
    course = portal.add_course("Welding")
    branch = portal.add_branch("north", courses=[course])
    return {"course_id": course.id, "branch_id": branch.id}


# Categories


def a_category(portal: Portal, exchange: Exchange) -> Ids:
    return {"category_id": portal.add_category("Crafts").id}


def a_category_with_a_price(portal: Portal, exchange: Exchange) -> Ids:
    category = portal.add_category("Sports", price=20)
    portal.add_course("Sailing", category=category)
    return {"category_id": category.id}


def a_tree_of_categories(portal: Portal, exchange: Exchange) -> Ids:
    """Add them such that neither the names nor the ids are in the order of the answer."""
    portal.add_category("Sports")
    crafts = portal.add_category("Crafts")
    wood = portal.add_category("Wood", parent=crafts)
    portal.add_category("Carving", parent=wood)
    portal.add_category("Languages", price=20)
    return {}


# The timeline and tasks


def a_busy_week(portal: Portal, exchange: Exchange) -> Ids:
    """Let the ten newest events be of every type that was recorded.

    The fourth course completes the learning path, and brings a level and a badge.
    """
    courses = [portal.add_course(name) for name in ("Welding", "Sewing", "Sailing", "Diving")]
    portal.add_badge("Jack of all trades", completions=len(courses))
    user = portal.add_user("pupil")
    admin = portal.add_user("chief", user_type="SuperAdmin")
    portal.add_learning_path("Everything", courses=courses, users=[user])
    for course in courses:
        portal.learner(user).complete(course)
        portal.clock.advance(days=1)
    last = {"course_id": courses[-1].id, "user_id": user.id}
    _send(portal, "DELETE", "/course-progress", params=last)
    for _ in range(3):
        portal.learner(admin).log_in()
        portal.clock.advance(minutes=10)
    portal.add_user("novice")
    return {}


def completed_courses(portal: Portal, exchange: Exchange) -> Ids:
    course = portal.add_course("Welding")
    for number in count(1):
        portal.learner(portal.add_user(f"pupil{number}", courses=[course])).complete(course)
        portal.clock.advance(hours=3)
        if number == len(exchange.answer["_data"]):
            return {}
    return {}


def a_completed_task(portal: Portal, exchange: Exchange) -> Ids:
    person = {"name": "A", "surname": "B", "status": "active"}
    people = [person | {"login": f"p{n}", "email": f"p{n}@example.com"} for n in range(5)]
    answer = _send(portal, "POST", "/batch/users", json={"users": people})
    task_id = answer["_data"]["task_id"]
    portal.complete_task(task_id)
    return {"task_id": task_id}


def _send(portal: Portal, method: str, path: str, **options: Any) -> Any:
    """Do what only the API does."""
    with portal.httpx_client() as client:
        response = client.request(method, path, **options).raise_for_status()
        return response.json() if response.content else None
