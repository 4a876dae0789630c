"""The data of a portal in the console."""

import httpx
import pytest

from talentlms_mock import Portal, Question, Unit
from talentlms_mock.control.resources import RESOURCES
from tests.api.responses import ADA
from tests.console.conftest import Open
from tests.console.pages import Page


def test_every_collection_is_counted_and_has_a_page(portal: Portal, visit: Open) -> None:
    base = f"/portals/{portal.domain}/data"
    shown = {
        tile.one("dt").text: tile.one("dd").text for tile in visit(base).main.one("dl").all("div")
    }
    for resource in RESOURCES:
        many, count = resource.source.many, len(resource.collection(portal))
        assert shown[many[0].upper() + many[1:]] == f"{count:,}"
        page = visit(f"{base}/{resource.name}")
        assert (page.status, page.heading) == (200, many.capitalize())
        rows = page.table()
        assert len(rows) == min(max(count, 1), 100)
        if count and "id" in resource.source.fields and resource.name != "archived":
            record = resource.collection(portal)[0]
            one = visit(f"{base}/{resource.name}/{record.id}")
            assert one.status == 200
            assert dict(one.table())["ID"] == str(record.id)


def _logins(page: Page) -> list[str]:
    return [row[1] for row in page.table() if len(row) > 1]


def test_table_is_searched_sorted_and_paged(empty: Portal, see: Open) -> None:
    for number in range(101):
        empty.add_user(f"user{number:03}", surname="Ärger" if number == 7 else "Example")
    page = see("/data/users")
    assert _logins(page) == [f"user{number:03}" for number in range(100)]
    assert "Page 1 of 2, 101 users" in page.main.text
    assert _logins(page.follow("Next")) == ["user100"]
    assert _logins(page.follow("Next").follow("Previous"))[0] == "user000"

    found = page.send("Search", q="ärGER")
    assert _logins(found) == ["user007"]
    assert _logins(page.send("Search", q="nobody")) == []

    descending = page.follow("Login").follow("Login ↑")
    assert _logins(descending)[0] == "user100"
    assert descending.html.one("th", **{"aria-sort": "descending"}).text == "Login ↓"
    assert _logins(descending.follow("Next")) == ["user000"]
    assert _logins(see("/data/users", page="77")) == ["user100"]
    assert len(_logins(see("/data/users", page="x"))) == 100


def test_wrong_column_or_collection_is_refused(see: Open) -> None:
    page = see("/data/users", sort="shoe_size")
    assert page.status == 422
    assert page.problem.startswith("No user has a field 'shoe_size' (known are credits, ")
    for path in ("/data/shoes", "/data/users/77", "/data/archived/1", "/data/tasks/new"):
        assert see(path).status == 404


def test_records_are_shown_with_the_names_of_what_they_refer_to(empty: Portal, see: Open) -> None:
    empty.add_user("ada.lovelace", courses=[empty.add_course("Algebra", units=["Read"])])
    row = see("/data/enrollments").table()[0]
    assert row[:5] == ["1", "Ada Lovelace", "Algebra", "learner", "not_attempted"]
    assert see("/data/enrollments").follow("Algebra").heading == "Course Algebra"
    assert see("/data/enrollments").follow("Ada Lovelace").heading == "User ada.lovelace"

    user = see("/data/users/1")
    events = [item.text for item in user.main.one("ol").all("li")]
    assert events == [
        "2025-05-07 09:30:00 Ada Lovelace was enrolled in Algebra",
        "2025-05-07 09:30:00 Ada Lovelace was added as a user",
    ]
    headings = [each.text for each in user.main.all("h2")]
    assert headings == ["Timeline", "Enrollments 1", "Courses 1"]
    assert "No groups, branches, certificates, badges." in user.main.text
    assert see("/data/units/1").follow("Algebra").heading == "Course Algebra"


def test_parts_of_a_record_have_pages(empty: Portal, see: Open) -> None:
    course = empty.add_course("Algebra")
    for number in range(1, 104):
        empty.add_user(f"user{number}", courses=[course])

    def ids(page: Page) -> list[str]:
        (part,) = (
            each for each in page.main.all("section") if each.one("h2").text == "Enrollments 103"
        )
        return [row[0] for row in part.one("table").rows()]

    page = see("/data/courses/1")
    assert "The first 25. All enrollments" in page.main.text
    assert ids(page) == [str(id) for id in range(1, 26)]
    first = page.follow("All enrollments")
    assert ids(first) == [str(id) for id in range(1, 101)]
    assert "Page 1 of 2, 103 enrollments Next" in first.main.text
    second = first.follow("Next")
    assert ids(second) == ["101", "102", "103"]
    assert "Previous Page 2 of 2, 103 enrollments" in second.main.text
    for asked, count in (("0", 100), ("99", 3), ("x", 100)):
        assert len(ids(see("/data/courses/1", part="enrollments", page=asked))) == count


def test_user_is_added_by_the_rules_of_the_api(empty: Portal, see: Open) -> None:
    empty.add_course("Algebra")
    empty.add_course("2")
    form = see("/data/users").follow("Add user")
    refused = form.send("Add user", login="ada", email="no address", surname="Lovelace")
    assert refused.status == 422
    assert refused.problem.startswith("email must be ")
    assert refused.html.one("input", id="add-surname").attributes["value"] == "Lovelace"

    page = refused.send("Add user", email="ada@example.com", courses="Algebra\n2", status="active")
    assert (page.problem, page.heading, page.done) == ("", "User ada", "Added.")
    ada = empty.users.get("ada")
    assert (ada.email, ada.surname, ada.status) == ("ada@example.com", "Lovelace", "active")
    assert [course.id for course in ada.courses] == [1, 2]
    assert list(empty.requests) == []


def test_course_with_units_is_added(empty: Portal, see: Open) -> None:
    empty.add_course_field("Room")
    page = see("/data/courses/new").send(
        "Add course",
        name="Safety",
        units='["Read", {"name": "Quiz", "type": "survey", "questions": [{"text": "Well?"}]}]',
        price="9.5",
        is_locked="true",
        capacity="20",
        custom_fields="Room = 5",
        starts_at="2025-06-01T00:00:00Z",
    )
    assert page.heading == "Course Safety"
    course = empty.courses.get("Safety")
    assert [unit.type for unit in course.units] == ["content", "survey"]
    assert (course.price, course.is_locked, course.capacity) == (9.5, True, 20)
    assert course.custom_fields == {"Room": "5"}

    wrong = see("/data/courses/new").send("Add course", name="X", units="[")
    assert wrong.problem.startswith("units is no JSON: ")
    wrong = see("/data/courses/new").send("Add course", name="X", capacity="many")
    assert wrong.problem == "capacity must be a number. capacity"


@pytest.mark.parametrize(
    ("collection", "one", "values", "heading"),
    [
        ("categories", "category", {"name": "Maths"}, "Category Maths"),
        ("groups", "group", {"name": "Staff", "users": "ada"}, "Group Staff"),
        ("branches", "branch", {"name": "north"}, "Branch north"),
        ("learning_paths", "learning path", {"name": "Basics"}, "Learning path Basics"),
        ("badges", "badge", {"name": "First", "completions": "2"}, "Badge First"),
        ("coupons", "coupon", {"code": "SPRING", "percentage": "20"}, "Coupon SPRING"),
        ("user_fields", "user field", {"name": "Team", "type": "text"}, "User field Team"),
        ("course_fields", "course field", {"name": "Room"}, "Course field Room"),
        ("enrollments", "enrollment", {"user": "1", "course": "Algebra"}, "Enrollment 1"),
    ],
)
def test_everything_else_is_added(
    empty: Portal, see: Open, collection: str, one: str, values: dict[str, str], heading: str
) -> None:
    empty.add_user("ada")
    empty.add_course("Algebra")
    page = see(f"/data/{collection}").follow(f"Add {one}").send(f"Add {one}", **values)
    assert (page.heading, page.done) == (heading, "Added.")


def test_user_is_changed(empty: Portal, see: Open) -> None:
    empty.add_user_field("Team")
    empty.add_user("ada.lovelace", description="Countess", custom_fields={"Team": "Blue"})
    page = see("/data/users/1").send(
        "Change user",
        login="ada",
        description="",
        status="inactive",
        credits="2.5",
        custom_fields="Team = Red",
    )
    assert (page.heading, page.done) == ("User ada", "Changed.")
    ada = empty.users.get("ada")
    assert (ada.description, ada.status, ada.credits) == (None, "inactive", 2.5)
    assert ada.custom_fields == {"Team": "Red"}
    assert (ada.name, ada.surname) == ("Ada", "Lovelace")

    empty.add_user("eve")
    refused = see("/data/users/2").send("Change user", login="ADA")
    assert refused.status == 400
    assert refused.html.one("input", id="change-login").attributes["value"] == "ADA"
    assert empty.users.get(2).login == "eve"


def test_course_is_changed(empty: Portal, see: Open) -> None:
    empty.add_course("Algebra", code="M-1", category=empty.add_category("Maths"), price=5)
    empty.add_category("Science")
    page = see("/data/courses/1").send(
        "Change course", name="Geometry", code="", category="Science", price="7"
    )
    assert page.done == "Changed."
    course = empty.courses.get(1)
    assert (course.name, course.code, course.category_id, course.price) == ("Geometry", None, 2, 7)


def test_user_and_course_are_archived_and_restored(empty: Portal, see: Open) -> None:
    course = empty.add_course("Algebra")
    empty.add_user("ada", courses=[course])

    page = see("/data/users/1").send("Archive")
    assert (page.heading, page.done) == ("Archived records", "Archived.")
    assert page.table() == [["user", "1", "Ada Example", "2025-05-07 09:30:00", "Restore"]]
    assert list(empty.users) == []
    empty.add_user("ada")
    taken = page.send("Restore")
    assert taken.status == 400
    empty.change_user("ada", login="another", email="another@example.com")
    assert see("/data/archived").send("Restore").heading == "User ada"

    see("/data/courses/1").send("Archive")
    assert list(empty.courses) == []
    assert see("/data/archived").send("Restore").done == "Restored."
    assert [each.course_id for each in empty.users.get(1).enrollments] == [1]


def test_what_cannot_be_changed_or_archived_is_not(empty: Portal, browser: httpx.Client) -> None:
    empty.add_group("Staff")
    for act in ("change", "archive"):
        answer = browser.post(f"/portals/{empty.domain}/data/groups/1/{act}", data={"a": "b"})
        assert answer.status_code == 404


def test_tasks_are_moved_by_hand(empty: Portal, api: httpx.Client, see: Open) -> None:
    empty.set_tasks("manual")
    api.post("/batch/courses", json={"courses": [{"name": "A"}]})
    task = empty.tasks.first()

    page = see(f"/data/tasks/{task.id}").send("Advance")
    assert dict(page.table())["Status"] == "running"
    assert dict(page.send("Complete").table())["Status"] == "completed"
    assert [course.name for course in empty.courses] == ["A"]
    assert page.send("Fail").status == 400
    odd = see(f"/data/tasks/{task.id}")
    answer = httpx.post(
        str(odd.url).replace(f"data/tasks/{task.id}", f"tasks/{task.id}"),
        data={"step": "dance"},
    )
    assert answer.status_code == 422


def _act(page: Page) -> dict[str, list[str]]:
    return {row[0]: row[1:5] for row in page.table()}


@pytest.fixture
def course(empty: Portal) -> Portal:
    quiz = Unit.test("Quiz", [Question("2 + 2?", ["3", "4"], correct="4")], pass_score=50)
    letter = Unit.test("Letter", [Question("Write", [], type="freetext")])
    essay = Unit("Essay", "assignment")
    empty.add_course("Algebra", units=["Read", quiz, letter, essay], users=[empty.add_user("ada")])
    return empty


def test_course_is_learned_unit_by_unit(course: Portal, see: Open) -> None:
    page = see("/data/users/1").follow("Act for this user").follow("Algebra")
    assert _act(page) == {"Algebra": ["learner", "not_attempted", "0 %", "–"]}

    page = page.send("Complete unit")
    assert page.done == "Done."
    assert _act(page) == {"Algebra": ["learner", "incomplete", "25 %", "–"]}
    answer = next(page.main.all("form", action=str(page.url.path) + "/answer"))
    names = [box.attributes["name"] for box in answer.all("input", type="checkbox")]
    assert names == ["answer-1", "answer-1"]
    page = page.send("Answer", **{"answer-1": "4"})
    assert _act(page)["Algebra"][2] == "50 %"
    page = page.send("Answer", 1, **{"answer-2": "Dear all"})
    page = page.send("Grade test", **{"points-2": "80", "message": "Good"})
    page = page.send("Submit assignment", text="My essay")
    page = page.send("Grade assignment", score="90")
    assert _act(page) == {"Algebra": ["learner", "completed", "100 %", "90"]}
    assert course.users.get("ada").is_online
    assert list(course.requests) == []


def test_course_is_completed_failed_and_expired_at_once(course: Portal, see: Open) -> None:
    page = see("/data/users/1/act")
    assert _act(page.send("Open"))["Algebra"][1] == "incomplete"
    assert _act(page.send("Complete"))["Algebra"] == ["learner", "completed", "100 %", "100"]
    refused = page.send("Fail")
    assert refused.status == 400
    page = page.send("Expire")
    assert course.enrollments.first().expires_on == course.clock.now()


def test_unit_is_failed_with_a_score(course: Portal, see: Open) -> None:
    page = see("/data/users/1/act", course="1")
    assert page.send("Open", 1).done == "Done."
    path = f"{page.url.path}/fail-unit"
    sent = {"course": "1", "unit": "2", "score": "20"}
    answer = httpx.post(str(page.url.copy_with(path=path, query=None)), data=sent)
    assert answer.status_code == 303
    progress = course.enrollments.first().progress.get(unit="Quiz")
    assert (progress.completion_status, progress.score) == ("failed", 20)
    for wrong in ({"score": "much"}, {"unit": "x"}):
        answer = httpx.post(
            str(page.url.copy_with(path=path, query=None)),
            data={"unit": "2", "course": "1"} | wrong,
        )
        assert answer.status_code == 422


def test_sessions_are_booked_and_attended(empty: Portal, see: Open) -> None:
    sessions = [{"name": "Monday", "starts_at": "2025-05-08T09:00:00Z"}]
    unit = {"name": "Workshop", "type": "ilt", "sessions": sessions}
    empty.add_course("Skills", units=[unit], users=[empty.add_user("ada")])
    page = see("/data/users/1/act", course="1").send("Book")
    assert [user.login for user in empty.units.first().sessions[0].attendees] == ["ada"]
    empty.clock.advance(days=1)
    assert _act(page.send("Attend"))["Skills"][1] == "completed"


def test_user_signs_in_and_out_and_joins_a_group(empty: Portal, see: Open) -> None:
    empty.add_user("ada")
    empty.add_group("Staff", key="staff", max_key_redemptions=5)
    page = see("/data/users/1/act").send("Sign in")
    assert empty.users.get(1).is_online
    page = page.send("Sign out")
    assert not empty.users.get(1).is_online
    assert page.send("Join", key="nothing").status in (400, 404, 422)
    page.send("Join", key="staff")
    assert [group.name for group in empty.users.get(1).groups] == ["Staff"]


def test_act_that_there_is_not(empty: Portal, browser: httpx.Client) -> None:
    empty.add_user("ada")
    base = f"/portals/{empty.domain}/data/users"
    assert browser.post(f"{base}/1/act/dance", data={"a": "b"}).status_code == 404
    assert browser.get(f"{base}/9/act").status_code == 404


def test_requests_over_the_api_appear(empty: Portal, api: httpx.Client, see: Open) -> None:
    api.post("/users", json=ADA)
    assert _logins(see("/data/users")) == [ADA["login"]]
