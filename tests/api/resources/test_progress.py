import httpx
import pytest

from talentlms_mock import Portal
from talentlms_mock.portal.store.models import (
    certificates,
    enrollments,
    learning_path_enrollments,
    question_answers,
    session_attendees,
    unit_progress,
)
from tests.api.responses import Json, refusal
from tests.conftest import NOW
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
    "is_enrolled": False,
    "role": None,
    "enrolled_on": None,
    "expires_on": None,
    "completion_status": None,
    "completion_percentage": None,
    "score": None,
    "total_time": None,
    "completed_on": None,
    "last_accessed_unit": None,
    "certificate": None,
    "units": [],
}
COURSE = {"user_id": 1, "course_id": 1}
UNIT = {"user_id": 1, "unit_id": 1}


@pytest.fixture(autouse=True)
def _ada_and_algebra(empty: Portal) -> None:
    add_user(empty)
    add_course(empty, QUIZ, CLASS, certification="Algebraist", time_limit=30)


def course_progress(api: httpx.Client) -> Json:
    data: Json = api.get("/course-progress", params=COURSE).json()["_data"]
    return data


def begun(unit: Json) -> Json:
    return unit | {"completion_status": "not_attempted", "score": None, "total_time": 0}


def test_progress_of_somebody_who_is_not_enrolled(api: httpx.Client) -> None:
    response = api.get("/course-progress", params=COURSE)
    assert (response.status_code, response.json()) == (200, {"_data": NOT_ENROLLED})


def test_progress_of_somebody_who_has_not_begun(empty: Portal, api: httpx.Client) -> None:
    enroll(empty, 1, 1)
    units = [{"id": 1, "name": "Quiz", "type": "test"}, {"id": 2, "name": "Class", "type": "ilt"}]
    assert course_progress(api) == NOT_ENROLLED | {
        "is_enrolled": True,
        "role": "learner",
        "enrolled_on": NOW,
        "expires_on": "2025-06-06T09:30:00+00:00",
        "completion_status": "not_attempted",
        "completion_percentage": 0,
        "total_time": 0,
        "units": [begun(unit) | {"completed_on": None} for unit in units],
    }
    response = api.get("/unit-progress", params=UNIT)
    nothing = begun({"user_id": 1, "unit_id": 1}) | {"started_on": None, "completed_on": None}
    assert (response.status_code, response.json()) == (200, {"_data": nothing})


@pytest.mark.parametrize("method", ["GET", "DELETE"])
@pytest.mark.parametrize(
    ("query", "status", "message"),
    [
        ({"course_id": 1}, 400, "User id is required"),
        ({"user_id": 1}, 400, "Course id is required"),
        ({"user_id": "x", "course_id": 1}, 400, "User id must be a positive integer"),
        ({"user_id": 9, "course_id": 1}, 404, "User not found"),
        ({"user_id": 1, "course_id": 9}, 404, "Course not found"),
        ({"user_id": -1, "course_id": 1}, 400, "User id must be a positive integer"),
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
        ({"user_id": 9, "unit_id": 1}, 404, "User not found"),
        ({"user_id": 1, "unit_id": 9}, 404, "Unit not found"),
        (UNIT, 409, "The user is not enrolled in this course"),
    ],
)
def test_wrong_units(query: Json, status: int, message: str, api: httpx.Client) -> None:
    response = api.get("/unit-progress", params=query)
    assert (response.status_code, response.json()) == (status, refusal(message))


def test_resetting_progress(empty: Portal, api: httpx.Client) -> None:
    add_path(empty, 1)
    api.post("/learning-paths/enrollments", json={"user_id": 1, "learning_path_id": 1})
    fresh = course_progress(api)
    empty.learner(1).complete(1, time=60)
    assert course_progress(api)["certificate"] == {"id": 1, "name": "Algebraist"}
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
    assert (data["role"], data["completion_status"]) == ("instructor", "not_attempted")
    assert told(empty, before) == [("course_user_progress_reset", "Algebra", None)]


def test_resetting_somebody_who_is_not_enrolled_is_a_conflict(
    empty: Portal, api: httpx.Client
) -> None:
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
    assert course_progress(api) == NOT_ENROLLED | {"certificate": {"id": 1, "name": "Algebraist"}}
    for table in (enrollments, unit_progress, question_answers, session_attendees):
        assert count(empty, table) == 0
    enroll(empty, 1, 1)
    before = last_event(empty)
    empty.learner(1).complete(1)
    assert told(empty, before)[-2:] == [
        ("course_completion", "Algebra", None),
        ("certification_refresh_certification", "Algebra", None),
    ]
    assert course_progress(api)["certificate"] == {"id": 1, "name": "Algebraist"}


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
