import httpx
import pytest

from talentlms_mock import Portal, Session, Unit
from talentlms_mock.portal.store.models import (
    certificates,
    enrollments,
    learning_path_enrollments,
    question_answers,
    session_attendees,
    unit_progress,
)
from tests.api.responses import Json, error, refusal
from tests.conftest import NOW, NewClient, NewPortal
from tests.portal.arrange import (
    CLASS,
    QUIZ,
    add_course,
    add_path,
    add_user,
    count,
    enroll,
    last_event,
    told,
)

NOT_ENROLLED: Json = {
    "id": 1,
    "name": "Algebra",
    "category": None,
    "status": "active",
    "creation_date": NOW,
    "last_updated_on": NOW,
    "progress": None,
    "enrolled": False,
    "role_in_course": None,
}
NOT_BEGUN: Json = {
    "total_time": 0,
    "score": None,
    "completion_status": "not_attempted",
    "completion_date": None,
    "completion_percentage": 0,
    "last_viewed_unit_id": None,
    "certificate": None,
}
UNIT_NOT_BEGUN: Json = {
    "total_time": 0,
    "status": "not_attempted",
    "score": None,
    "completion_date": None,
    "first_access_time": None,
    "last_accessed_time": None,
    "submission": None,
    "ilt_attendance": None,
    "repetitions": None,
    "remaining_time": None,
    "grade_date": None,
}
COURSE = {"user_id": 1, "course_id": 1}
UNIT = {"user_id": 1, "unit_id": 1}
AN_HOUR_LATER = "2025-05-07T10:30:00+00:00"


@pytest.fixture(autouse=True)
def _ada_and_algebra(empty: Portal) -> None:
    add_user(empty)
    add_course(empty, QUIZ, CLASS, certification="Algebraist", time_limit=30)


def course_progress(api: httpx.Client) -> Json:
    response = api.get("/course-progress", params=COURSE)
    assert response.status_code == 200, response.text
    data: Json = response.json()["_data"]
    assert list(data) == list(NOT_ENROLLED)
    return data


def progress_in(api: httpx.Client, unit_id: int) -> Json:
    response = api.get("/unit-progress", params=UNIT | {"unit_id": unit_id})
    assert response.status_code == 200, response.text
    data: Json = response.json()["_data"]
    assert list(data) == list(UNIT_NOT_BEGUN)
    return data


def certificate(portal: Portal) -> Json:
    return {
        "id": 1,
        "name": "Algebraist",
        "issued_on": NOW,
        "expires_on": None,
        "download_url": f"https://{portal.host}/certificates/download/1",
        "public_url": f"https://{portal.host}/certificates/view/1",
    }


def test_progress_of_somebody_who_is_not_enrolled(api: httpx.Client) -> None:
    assert course_progress(api) == NOT_ENROLLED


def test_progress_of_somebody_who_has_not_begun(empty: Portal, api: httpx.Client) -> None:
    enroll(empty, 1, 1)
    assert course_progress(api) == NOT_ENROLLED | {
        "progress": NOT_BEGUN,
        "enrolled": True,
        "role_in_course": "learner",
    }
    assert list(course_progress(api)["progress"]) == list(NOT_BEGUN)
    assert progress_in(api, 1) == progress_in(api, 2) == UNIT_NOT_BEGUN


def test_progress_of_somebody_who_has_completed_it(empty: Portal, api: httpx.Client) -> None:
    enroll(empty, 1, 1)
    empty.learner(1).complete(1, score=75, time=60)
    assert course_progress(api)["progress"] == {
        "total_time": 120,
        "score": 75,
        "completion_status": "completed",
        "completion_date": NOW,
        "completion_percentage": 100,
        "last_viewed_unit_id": 2,
        "certificate": certificate(empty),
    }


def test_progress_in_a_test(empty: Portal, api: httpx.Client) -> None:
    enroll(empty, 1, 1)
    learner = empty.learner(1)
    learner.fail("Quiz", time=30)
    tried = UNIT_NOT_BEGUN | {
        "total_time": 30,
        "status": "failed",
        "score": 0,
        "first_access_time": NOW,
        "last_accessed_time": NOW,
        "repetitions": 0,
    }
    assert progress_in(api, 1) == tried
    empty.clock.advance(hours=1)
    learner.complete_unit("Quiz", time=30)
    assert progress_in(api, 1) == tried | {
        "total_time": 60,
        "status": "completed",
        "score": 100,
        "completion_date": AN_HOUR_LATER,
        "last_accessed_time": AN_HOUR_LATER,
        "repetitions": 1,
    }


def test_opening_a_unit_again_is_the_last_access(empty: Portal, api: httpx.Client) -> None:
    enroll(empty, 1, 1)
    empty.learner(1).complete_unit("Quiz")
    empty.clock.advance(hours=1)
    empty.learner(1).open_unit("Quiz")
    found = progress_in(api, 1)
    assert (found["status"], found["completion_date"]) == ("completed", NOW)
    assert (found["first_access_time"], found["last_accessed_time"]) == (NOW, AN_HOUR_LATER)


def test_progress_in_an_assignment(empty: Portal, api: httpx.Client) -> None:
    course = empty.add_course("Essays", units=[Unit("Essay", "assignment")], users=[1])
    essay = course.unit("Essay").id
    learner = empty.learner(1)
    learner.submit_assignment(essay, "To be")
    submitted = UNIT_NOT_BEGUN | {
        "status": "incomplete",
        "first_access_time": NOW,
        "last_accessed_time": NOW,
        "submission": {"submitted_on": NOW, "text": "To be"},
    }
    assert progress_in(api, essay) == submitted
    empty.clock.advance(hours=1)
    learner.grade_assignment(essay, 80)
    assert progress_in(api, essay) == submitted | {
        "total_time": 3600,
        "status": "completed",
        "score": 80,
        "completion_date": AN_HOUR_LATER,
        "grade_date": AN_HOUR_LATER,
    }


def test_progress_in_a_unit_with_sessions(empty: Portal, api: httpx.Client) -> None:
    sessions = [Session("Early", NOW), Session("Late", AN_HOUR_LATER)]
    course = empty.add_course("Talks", units=[Unit.ilt("Talk", sessions)], users=[1])
    talk = course.unit("Talk").id
    early, late = (session.id for session in course.unit("Talk").sessions)
    learner = empty.learner(1)
    learner.book(early)
    assert progress_in(api, talk)["ilt_attendance"] == {"session_id": early, "attended": False}
    empty.clock.advance(hours=1)
    learner.attend(late, score=90)
    assert progress_in(api, talk) == UNIT_NOT_BEGUN | {
        "total_time": 3600,
        "status": "completed",
        "score": 90,
        "completion_date": AN_HOUR_LATER,
        "first_access_time": NOW,
        "last_accessed_time": AN_HOUR_LATER,
        "ilt_attendance": {"session_id": late, "attended": True},
        "grade_date": AN_HOUR_LATER,
    }


@pytest.mark.parametrize("method", ["GET", "DELETE"])
@pytest.mark.parametrize(
    ("query", "status", "message"),
    [
        ({"course_id": 1}, 400, "User id is required"),
        ({"user_id": 1}, 400, "Course id is required"),
        ({"user_id": "x", "course_id": 1}, 400, "User id must be a positive integer"),
        ({"user_id": "x", "course_id": ""}, 400, "Course id must be a positive integer"),
        ({"user_id": -1, "course_id": 1}, 400, "User id must be a positive integer"),
        ({"user_id": 9, "course_id": 1}, 404, "User not found"),
        ({"user_id": 1, "course_id": 9}, 404, "Course not found"),
        ({"user_id": 9, "course_id": 9}, 404, "Course not found"),
    ],
)
def test_wrong_courses(
    method: str, query: Json, status: int, message: str, api: httpx.Client
) -> None:
    response = api.request(method, "/course-progress", params=query)
    assert (response.status_code, response.json()) == (status, refusal(message))


@pytest.mark.parametrize(
    ("query", "status", "message"),
    [
        ({"unit_id": 1}, 400, "User id is required"),
        ({"user_id": 1}, 400, "Unit id is required"),
        ({"user_id": 1, "unit_id": ""}, 400, "Unit id must be a positive integer"),
        ({"user_id": "x", "unit_id": 0}, 400, "Unit id must be a positive integer"),
        ({"user_id": 9, "unit_id": 1}, 404, "User not found"),
        ({"user_id": 9, "unit_id": 9}, 404, "Unit not found"),
        (UNIT, 409, "The user is not enrolled in this course"),
    ],
)
def test_wrong_units(query: Json, status: int, message: str, api: httpx.Client) -> None:
    response = api.get("/unit-progress", params=query)
    assert (response.status_code, response.json()) == (status, refusal(message))


@pytest.mark.parametrize(
    ("archived", "reading", "resetting"),
    [
        ("user", "User not found", "User is archived or not available"),
        ("course", "Course not found", "Course is archived or not available"),
    ],
)
def test_progress_of_what_is_archived(
    archived: str, reading: str, resetting: str, new_portal: NewPortal, new_client: NewClient
) -> None:
    portal = new_portal(dataset="empty", preset="recorded")
    portal.add_course("Algebra", units=["Reading"], users=[portal.add_user("ada")])
    if archived == "user":
        portal.archive_user("ada")
    else:
        portal.archive_course("Algebra")
    api = new_client(portal)
    response = api.get("/course-progress", params=COURSE)
    missing = error("recorded", f"not_found.{archived}_not_found", reading)
    assert (response.status_code, response.json()) == (404, missing)
    response = api.delete("/course-progress", params=COURSE)
    conflict = error("recorded", "conflict", resetting)
    assert (response.status_code, response.json()) == (409, conflict)


def test_resetting_progress(empty: Portal, api: httpx.Client) -> None:
    add_path(empty, 1)
    api.post("/learning-paths/enrollments", json={"user_id": 1, "learning_path_id": 1})
    fresh = course_progress(api)
    empty.learner(1).complete(1, time=60)
    assert course_progress(api)["progress"]["certificate"] == certificate(empty)
    before = last_event(empty)
    empty.clock.advance(hours=1)

    response = api.delete("/course-progress", params=COURSE)

    assert (response.status_code, response.content) == (204, b"")
    assert course_progress(api) == fresh
    assert api.get("/results", params=UNIT).status_code == 404
    for table in (unit_progress, question_answers, session_attendees, certificates):
        assert count(empty, table) == 0
    completed = learning_path_enrollments.c.completed_on.is_not(None)
    assert count(empty, learning_path_enrollments, completed) == 0
    assert told(empty, before) == [
        ("course_user_progress_reset", "Algebra", None),
        ("certification_remove_certification", "Algebra", None),
    ]


def test_resetting_where_nothing_was_done(empty: Portal, api: httpx.Client) -> None:
    enroll(empty, 1, 1, role="instructor")
    before = last_event(empty)
    assert api.delete("/course-progress", params=COURSE).status_code == 204
    data = course_progress(api)
    assert (data["role_in_course"], data["progress"]) == ("instructor", NOT_BEGUN)
    assert told(empty, before) == [("course_user_progress_reset", "Algebra", None)]


def test_resetting_somebody_who_is_not_enrolled_is_409(empty: Portal, api: httpx.Client) -> None:
    before = last_event(empty)
    response = api.delete("/course-progress", params=COURSE)
    assert response.status_code == 409
    assert response.json() == refusal("The user is not enrolled in this course")
    assert told(empty, before) == []


def test_points_outlive_a_reset_and_come_again(empty: Portal, api: httpx.Client) -> None:
    enroll(empty, 1, 1)
    for _ in range(2):
        empty.learner(1).complete(1)
        api.delete("/course-progress", params=COURSE)
    with empty.transaction() as transaction:
        assert transaction.sqlite.execute("SELECT points, level FROM users").fetchall() == [(50, 1)]


def test_leaving_a_course_takes_the_progress_and_leaves_the_certificate(
    empty: Portal, api: httpx.Client
) -> None:
    enroll(empty, 1, 1)
    empty.learner(1).complete(1)
    assert api.delete("/enrollments", params=COURSE).status_code == 204
    assert course_progress(api) == NOT_ENROLLED
    assert count(empty, certificates) == 1
    for table in (enrollments, unit_progress, question_answers, session_attendees):
        assert count(empty, table) == 0
    enroll(empty, 1, 1)
    before = last_event(empty)
    empty.learner(1).complete(1)
    assert told(empty, before)[-2:] == [
        ("course_completion", "Algebra", None),
        ("certification_refresh_certification", "Algebra", None),
    ]
    assert course_progress(api)["progress"]["certificate"] == certificate(empty)


@pytest.mark.parametrize("path", ["/users/1", "/courses/1"])
def test_deleting_either_takes_everything_of_it(
    path: str, empty: Portal, api: httpx.Client
) -> None:
    add_path(empty, 1)
    api.post("/learning-paths/enrollments", json={"user_id": 1, "learning_path_id": 1})
    empty.learner(1).complete(1)
    gone = (enrollments, unit_progress, question_answers, session_attendees, certificates)
    for table in gone:
        assert count(empty, table) > 0
    assert api.delete(path).status_code == 204
    for table in gone:
        assert count(empty, table) == 0
    with empty.transaction() as transaction:
        assert transaction.sqlite.execute("PRAGMA foreign_key_check").fetchall() == []
