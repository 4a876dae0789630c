"""Days in a training department: what an integration does to a portal, and reads back from it."""

from collections import Counter
from typing import Any

import httpx
import pytest

from talentlms_mock import Portal
from talentlms_mock.errors import RuleBroken
from talentlms_mock.portal.records.course_parts import Unit
from tests.state.invariants import every, reads_of

Json = dict[str, Any]

HIRED = ("ada", "bob", "cyd", "dan")


def get(api: httpx.Client, path: str) -> Any:
    answer = api.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()["_data"]


def post(api: httpx.Client, path: str, body: Json) -> Any:
    answer = api.post(path, json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()["_data"]


def join(api: httpx.Client, path: str, body: Json) -> None:
    answer = api.post(path, json=body)
    assert (answer.status_code, answer.content) == (204, b"")


def story(portal: Portal, after: int = 0) -> list[str]:
    """Return what happened since an event, the oldest first."""
    return [event.message for event in portal.events if event.id > after]


def states(api: httpx.Client, course: int) -> Json:
    """Return how far each user of a course is: its status and percentage, by login."""
    rows = every(reads_of(api), f"/courses/{course}/users")
    return {row["login"]: (row["completion_status"], row["completion_percentage"]) for row in rows}


def hire(*logins: str) -> Json:
    people = [
        {
            "login": login,
            "email": f"{login}@example.com",
            "name": login.capitalize(),
            "surname": "Hill",
        }
        for login in logins
    ]
    return {"users": people}


def test_a_class_is_hired_and_trained(empty: Portal, api: httpx.Client) -> None:
    safety = empty.add_course(
        "Safety",
        units=["Read this", Unit.test("Quiz", pass_score=60)],
        fails_with_test=True,
        certification="Safety at Work",
    )

    # Five are hired at once; one of them under a login that somebody has already.
    task = post(api, "/batch/users", hire(*HIRED, "ADA"))["task_id"]
    assert get(api, "/users") == []
    assert get(api, f"/tasks/{task}")["status"] == "running"
    done = get(api, f"/tasks/{task}")
    assert (done["status"], done["processed_items"]) == ("completed", 5)
    taken = "A user with the same login already exists"
    assert list(empty.tasks.get(task).errors) == [{"index": 4, "message": taken}]
    ids = {user["login"]: user["id"] for user in every(reads_of(api), "/users")}
    assert list(ids) == list(HIRED)

    # They make a group, and the group is given the course.
    group = post(api, "/groups", {"name": "Class of May"})["id"]
    for login in HIRED:
        join(api, "/group-memberships", {"group_id": group, "user_id": ids[login]})
    join(api, "/group-courses", {"group_id": group, "course_id": safety.id})
    assert states(api, safety.id) == dict.fromkeys(HIRED, ("not_attempted", 0))

    # Two finish, one fails, and one leaves the company before the quiz.
    empty.clock.advance(days=1)
    empty.learner("ada").complete(safety, score=90)
    empty.learner("bob").complete(safety, score=70)
    empty.learner("cyd").complete_unit("Read this")
    empty.learner("cyd").fail("Quiz", score=20)
    empty.learner("dan").complete_unit("Read this")
    assert api.patch(f"/users/{ids['dan']}", json={"status": "inactive"}).status_code == 204
    with pytest.raises(RuleBroken, match="not active"):
        empty.learner("dan").complete_unit("Quiz")
    assert api.get(f"/users/{ids['dan']}/login").status_code == 400
    assert states(api, safety.id) == {
        "ada": ("completed", 100),
        "bob": ("completed", 100),
        "cyd": ("failed", 50),
        "dan": ("incomplete", 50),
    }

    # The certificates are read, and then what the timeline says of the two days.
    certificates = {
        login: [
            (item["name"], item["course"]["name"], item["issued_on"], item["expires_on"])
            for item in get(api, f"/users/{id}/certificates")["certificates"]
        ]
        for login, id in ids.items()
    }
    issued = [("Safety at Work", "Safety", "2025-05-08T09:30:00+00:00", None)]
    assert certificates == {"ada": issued, "bob": issued, "cyd": [], "dan": []}
    people = [f"{login.capitalize()} Hill" for login in HIRED]
    ada, bob, cyd, dan = people
    assert story(empty) == [
        "The course Safety was created",
        *(f"{person} was added as a user" for person in people),
        "The group Class of May was created",
        *(f"{person} was added to the group Class of May" for person in people),
        "Safety was added to the group Class of May",
        *(f"{person} was enrolled in Safety" for person in people),
        f"{ada} signed in",
        f"{ada} passed the test Quiz in Safety",
        f"{ada} completed Safety",
        f"{ada} received the certificate of Safety",
        f"{bob} signed in",
        f"{bob} passed the test Quiz in Safety",
        f"{bob} completed Safety",
        f"{bob} received the certificate of Safety",
        f"{cyd} signed in",
        f"{cyd} failed the test Quiz in Safety",
        f"{cyd} failed Safety",
        f"{dan} signed in",
        f"The profile of {dan} was changed",
    ]
    statistics = get(api, "/statistics")
    totals = ("total_users", "total_courses", "total_groups", "monthly_active_users")
    assert [statistics[total] for total in totals] == [4, 1, 1, 4]


def test_a_year_of_compliance(empty: Portal, api: httpx.Client) -> None:
    privacy = empty.add_course(
        "Privacy", units=["Policy"], certification="Privacy 2025", certificate_days=365
    )
    for login in ("ada", "bob", "cyd"):
        empty.add_user(login, surname="Hill", courses=[privacy])
    # Cyd has a contract until the end of June.
    end = {"status": "active", "deactivation_date": "2025-07-01"}
    assert api.patch("/users/3", json=end).status_code == 204

    # In May ada does it at once, bob waits until June, and cyd forgets about it.
    empty.learner("ada").complete(privacy)
    empty.clock.advance(days=30)
    empty.learner("bob").complete(privacy)
    seen = empty.events[-1].id
    assert states(api, privacy.id)["cyd"] == ("not_attempted", 0)

    # In July nobody did anything, but cyd is gone.
    empty.clock.advance(days=30)
    assert get(api, "/users/3")["status"] == "inactive"
    assert api.get("/users/3/login").status_code == 400
    assert story(empty, seen) == ["The profile of Cyd Hill was changed"]

    # A year after ada's certificate was issued it expires; bob's has a month left.
    empty.clock.freeze("2026-05-10T09:00:00Z")
    assert story(empty, seen)[1:] == ["The certificate of Ada Hill for Privacy expired"]
    newest = next(every(reads_of(api), "/timeline"))
    assert newest["created_at"] == "2026-05-07T09:30:00+00:00"
    due = [
        user.login
        for user in empty.users.filter(status="active")
        if all(certificate.is_expired for certificate in user.certificates)
    ]
    assert due == ["ada"]
    assert get(api, "/users/1/certificates")["certificates"][0]["expires_on"] == (
        "2026-05-07T09:30:00+00:00"
    )

    # So ada's progress is reset, and she does it again.
    seen = int(newest["id"])
    assert api.delete("/course-progress?user_id=1&course_id=1").status_code == 204
    assert get(api, "/users/1/certificates") == {"certificates": []}
    assert states(api, privacy.id)["ada"] == ("not_attempted", 0)
    empty.learner("ada").complete(privacy)
    (renewed,) = get(api, "/users/1/certificates")["certificates"]
    assert renewed["expires_on"] == "2027-05-10T09:00:00+00:00"
    assert story(empty, seen) == [
        "The progress of Ada Hill in Privacy was reset",
        "The certificate of Ada Hill for Privacy was removed",
        "Ada Hill completed Privacy",
        "Ada Hill received the certificate of Privacy",
    ]
    # Nobody was active in the month but ada, who is signed in since last year.
    assert get(api, "/statistics")["monthly_active_users"] == 0
    empty.learner("ada").log_in()
    assert get(api, "/statistics")["monthly_active_users"] == 1


def test_a_learning_path_is_sold(empty: Portal, api: httpx.Client) -> None:
    category = empty.add_category("Languages", price=60)
    basic = empty.add_course("Greek 1", units=["Alphabet"], category=category, price=40)
    further = empty.add_course("Greek 2", units=["Verbs"], category=category, price=40)
    path = empty.add_learning_path("Greek", courses=[basic, further])
    empty.add_coupon("SPRING", 50)
    empty.add_user("ada", surname="Hill", credits=45)
    seen = empty.events[-1].id
    order = {"user_id": 1, "cancel_path": "/catalog", "return_path": "/home"}

    # Both together cost more than ada has: she is sent to the checkout, and nothing changes.
    address = post(api, f"/categories/{category.id}/purchase", order)["redirect_url"]
    assert "/checkout/" in address
    assert "amount=60" in address
    assert get(api, "/users/1/courses") == {"courses": []}
    assert api.post(f"/courses/{basic.id}/purchase", json=order | {"coupon": "AUTUMN"}).json() == {
        "error": {
            "type": "invalid_request_error",
            "message": "The requested coupon does not exist",
        }
    }

    # With a coupon her credits are enough for each of the two.
    with_coupon = order | {"coupon": "spring"}
    for course, left in ((basic, 25), (further, 5)):
        address = post(api, f"/courses/{course.id}/purchase", with_coupon)["redirect_url"]
        assert "/checkout/" not in address
        assert get(api, "/users/1")["credits"] == left
    # Nothing is left to sell.
    assert api.post(f"/categories/{category.id}/purchase", json=with_coupon).status_code == 400

    # She walks the path, whose courses she is in already.
    walk = {"user_id": 1, "learning_path_id": path.id}
    post(api, "/learning-paths/enrollments", walk)
    assert api.post("/learning-paths/enrollments", json=walk).status_code == 409
    ada = empty.learner("ada")
    ada.complete("Greek 1")
    assert empty.learning_path_enrollments.first().completed_on is None
    empty.clock.advance(days=7)
    ada.complete("Greek 2")
    assert empty.learning_path_enrollments.first().completed_on == empty.clock.now()
    courses = get(api, "/users/1/courses")["courses"]
    assert [course["completed_on"] for course in courses] == [
        "2025-05-07T09:30:00+00:00",
        "2025-05-14T09:30:00+00:00",
    ]
    assert Counter(story(empty, seen)) == {
        "Ada Hill made a payment": 2,
        "Ada Hill was enrolled in Greek 1": 1,
        "Ada Hill was enrolled in Greek 2": 1,
        "Ada Hill signed in": 1,
        "Ada Hill completed Greek 1": 1,
        "Ada Hill completed Greek 2": 1,
        "Ada Hill completed a learning path": 1,
    }
    assert get(api, "/users/1/gamification") == {"points": 50, "level": 1, "badges": []}
