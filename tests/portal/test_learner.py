"""What learners do, read back over HTTP."""

from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from sqlalchemy import insert, select, update

from talentlms_mock import MockError, Portal
from talentlms_mock.errors import InvalidValue, NotFound, RuleBroken
from talentlms_mock.portal.learner import Learner
from talentlms_mock.portal.store.models import (
    badges,
    courses,
    session_attendees,
    site,
    units,
    user_badges,
)
from talentlms_mock.portal.store.row_types import UserRow
from tests.api.responses import refusal
from tests.conftest import NOW
from tests.portal.arrange import (
    CLASS,
    ESSAY,
    EVENING,
    FEEDBACK,
    FILM,
    MORNING,
    PACKAGE,
    QUIZ,
    READING,
    Json,
    add_course,
    add_path,
    add_user,
    count,
    enroll,
    last_event,
    told,
)


@dataclass(frozen=True)
class Question:
    """As something read back from the portal may be."""

    id: int


SIGNED_IN = ("user_login_user", None, None)


@pytest.fixture
def ada(empty: Portal) -> Learner:
    return empty.learner(add_user(empty))


def joins(portal: Portal, learner: Learner, *parts: Json, **columns: Any) -> int:
    """Add a course, and enroll the learner, who is signed in."""
    id = add_course(portal, *parts, **columns)
    enroll(portal, learner.id, id)
    with portal.transaction() as transaction:
        online = transaction.find(UserRow, learner.id).session_started_at
    if online is None:
        learner.log_in()
    return id


def progress(api: httpx.Client, learner: Learner, course_id: int) -> Json:
    query = {"user_id": learner.id, "course_id": course_id}
    data: Json = api.get("/course-progress", params=query).json()["_data"]
    return data


def unit_progress(api: httpx.Client, learner: Learner, unit_id: int) -> Json:
    query = {"user_id": learner.id, "unit_id": unit_id}
    data: Json = api.get("/unit-progress", params=query).json()["_data"]
    return data


def refused(error: type[MockError], message: str, *acts: Callable[[], object]) -> None:
    for act in acts:
        with pytest.raises(error, match=message):
            act()


def statuses(data: Json) -> list[str]:
    return [unit["completion_status"] for unit in data["units"]]


def user_row(portal: Portal, learner: Learner) -> UserRow:
    with portal.transaction() as transaction:
        return transaction.find(UserRow, learner.id)


def test_signing_in_and_out(empty: Portal, api: httpx.Client, ada: Learner) -> None:
    before = last_event(empty)
    ada.log_in()
    assert told(empty, before) == [SIGNED_IN]
    assert api.get("/users/1").json()["_data"]["status"] == "active"
    assert api.get("/users").json()["_data"][0]["last_login"] == NOW
    assert user_row(empty, ada).session_started_at == NOW

    empty.clock.advance(minutes=5)
    ada.log_out()
    row = user_row(empty, ada)
    assert (row.session_started_at, row.last_login) == (None, NOW)
    assert told(empty, before) == [SIGNED_IN]


def test_nobody_signs_in_who_is_not_active(empty: Portal, api: httpx.Client, ada: Learner) -> None:
    joins(empty, ada, READING)
    ada.log_out()
    api.patch("/users/1", json={"status": "inactive"})
    before = last_event(empty)
    refused(
        RuleBroken,
        "The requested user is not active",
        ada.log_in,
        lambda: ada.open_unit(1),
        lambda: ada.complete(1),
    )
    assert told(empty, before) == []


def test_nobody_attends_who_is_not_active(empty: Portal, api: httpx.Client, ada: Learner) -> None:
    joins(empty, ada, CLASS)
    api.patch("/users/1", json={"status": "inactive"})
    refused(RuleBroken, "The requested user is not active", lambda: ada.attend("Morning"))


def test_who_acts_is_signed_in(empty: Portal, ada: Learner) -> None:
    enroll(empty, ada.id, add_course(empty, READING, FILM))
    before = last_event(empty)
    ada.complete_unit("Reading")
    ada.complete_unit("Film")
    assert told(empty, before) == [SIGNED_IN, ("course_completion", "Algebra", None)]
    assert user_row(empty, ada).last_login == NOW


def test_a_failed_act_does_not_sign_in(empty: Portal, ada: Learner) -> None:
    add_course(empty, READING)
    with pytest.raises(RuleBroken, match="is not enrolled in this course"):
        ada.open("Algebra")
    assert user_row(empty, ada).last_login is None


def test_acts_are_neither_counted_nor_journalled(empty: Portal, ada: Learner) -> None:
    joins(empty, ada, READING)
    ada.complete("Algebra")
    assert list(empty.journal) == []
    assert empty.rate_limit.hourly.remaining(empty.clock.seconds()) == 2000


def test_opening_and_completing_units(empty: Portal, api: httpx.Client, ada: Learner) -> None:
    id = joins(empty, ada, READING, PACKAGE, FILM)
    before = last_event(empty)

    assert ada.open("Algebra") == 1
    data = progress(api, ada, id)
    assert (data["completion_status"], data["completion_percentage"]) == ("incomplete", 0)
    assert data["last_accessed_unit"] == {"id": 1, "name": "Reading"}
    assert statuses(data) == ["incomplete", "not_attempted", "not_attempted"]

    empty.clock.advance(minutes=10)
    ada.complete_unit("Reading")
    assert unit_progress(api, ada, 1) == {
        "user_id": 1,
        "unit_id": 1,
        "completion_status": "completed",
        "score": None,
        "total_time": 600,
        "started_on": NOW,
        "completed_on": "2025-05-07T09:40:00+00:00",
    }
    assert ada.open(id) == 2
    ada.complete_unit(2, score=85.555, time=90)
    data = progress(api, ada, id)
    assert (data["completion_percentage"], data["score"], data["total_time"]) == (67, 85.56, 690)
    assert data["completed_on"] is None
    assert told(empty, before) == []

    ada.complete_unit(3, time=0)
    assert progress(api, ada, id) == {
        "is_enrolled": True,
        "role": "learner",
        "enrolled_on": NOW,
        "expires_on": None,
        "completion_status": "completed",
        "completion_percentage": 100,
        "score": 85.56,
        "total_time": 690,
        "completed_on": "2025-05-07T09:40:00+00:00",
        "last_accessed_unit": {"id": 3, "name": "Film"},
        "certificate": None,
        "units": [
            {
                "id": id,
                "name": name,
                "type": kind,
                "completion_status": "completed",
                "score": score,
                "total_time": time,
                "completed_on": "2025-05-07T09:40:00+00:00",
            }
            for id, name, kind, score, time in [
                (1, "Reading", "content", None, 600),
                (2, "Package", "scorm", 85.56, 90),
                (3, "Film", "video", None, 0),
            ]
        ],
    }
    assert told(empty, before) == [("course_completion", "Algebra", None)]


def test_completing_a_course_does_everything_in_it(
    empty: Portal, api: httpx.Client, ada: Learner
) -> None:
    parts = (READING, QUIZ, FEEDBACK, ESSAY, CLASS, PACKAGE)
    id = joins(empty, ada, *parts, certification="Algebraist", certificate_days=30)
    before = last_event(empty)

    ada.complete("Algebra", score=80, time=60)

    data = progress(api, ada, id)
    assert statuses(data) == ["completed"] * 6
    assert [unit["score"] for unit in data["units"]] == [None, 80, None, 80, 80, 80]
    assert (data["score"], data["completion_percentage"], data["total_time"]) == (80, 100, 360)
    assert data["certificate"] == {"id": 1, "name": "Algebraist"}
    assert told(empty, before) == [
        ("unitprogress_test_completion", "Algebra", "Quiz"),
        ("unitprogress_survey_completion", "Algebra", "Feedback"),
        ("unitprogress_assignment_answered", "Algebra", "Essay"),
        ("unitprogress_assignment_graded", "Algebra", "Essay"),
        ("unitprogress_ilt_graded", "Algebra", "Class"),
        ("course_completion", "Algebra", None),
        ("certification_issue_certification", "Algebra", None),
    ]
    assert api.get("/units/5/sessions").json()["_data"][0]["attendees_count"] == 1
    [listed] = api.get(f"/courses/{id}/users").json()["_data"]
    assert {name: listed[name] for name in ("completion_status", "score", "total_time")} == {
        "completion_status": "completed",
        "score": 80,
        "total_time": 360,
    }


def test_a_course_without_units_is_completed_as_it_is(
    empty: Portal, api: httpx.Client, ada: Learner
) -> None:
    id = api.post("/courses", json={"name": "Bare"}).json()["_data"]["id"]
    enroll(empty, ada.id, id)
    assert ada.open("Bare") is None
    ada.complete("Bare")
    data = progress(api, ada, id)
    assert (data["completion_status"], data["completion_percentage"]) == ("completed", 100)
    assert (data["score"], data["units"], data["last_accessed_unit"]) == (None, [], None)


def test_nothing_is_completed_twice(empty: Portal, ada: Learner) -> None:
    joins(empty, ada, READING, FILM)
    ada.complete_unit(1)
    with pytest.raises(RuleBroken, match="has completed this unit already"):
        ada.complete_unit(1)
    ada.complete(1)
    with pytest.raises(RuleBroken, match="has completed this course already"):
        ada.complete(1)
    with pytest.raises(RuleBroken, match="has completed this course already"):
        ada.fail_course(1)


def test_units_in_an_order(empty: Portal, api: httpx.Client, ada: Learner) -> None:
    id = joins(empty, ada, READING, QUIZ, FILM, rule_traversal="sequential")
    before = last_event(empty)
    refused(
        RuleBroken,
        "The units before this one are not completed",
        lambda: ada.open_unit("Quiz"),
        lambda: ada.complete_unit("Film"),
        lambda: ada.fail("Quiz"),
        lambda: ada.answer("Quiz", {"Capital of France?": "Paris"}),
    )
    assert progress(api, ada, id)["completion_status"] == "not_attempted"
    ada.complete_unit("Reading")
    ada.open_unit("Quiz")
    ada.open_unit("Reading")
    assert progress(api, ada, id)["last_accessed_unit"]["id"] == 1
    ada.fail("Quiz")
    with pytest.raises(RuleBroken, match="The units before this one are not completed"):
        ada.open_unit("Film")
    ada.complete(id)
    assert progress(api, ada, id)["completion_status"] == "completed"
    assert [what for what, _, _ in told(empty, before)] == [
        "unitprogress_test_failed",
        "unitprogress_test_completion",
        "course_completion",
    ]


def test_a_failed_test_fails_the_course_where_its_rule_says_so(
    empty: Portal, api: httpx.Client, ada: Learner
) -> None:
    id = joins(empty, ada, READING, QUIZ, FILM, fails_with_test=True)
    before = last_event(empty)
    ada.complete_unit("Reading")
    ada.fail("Quiz", score=20, time=30)
    data = progress(api, ada, id)
    assert (data["completion_status"], data["completion_percentage"]) == ("failed", 33)
    assert (data["score"], data["total_time"], data["completed_on"]) == (20, 30, None)
    assert statuses(data) == ["completed", "failed", "not_attempted"]
    assert told(empty, before) == [
        ("unitprogress_test_failed", "Algebra", "Quiz"),
        ("course_failure", "Algebra", None),
    ]
    refused(
        RuleBroken,
        "The requested user has failed this course",
        lambda: ada.open(id),
        lambda: ada.open_unit("Film"),
        lambda: ada.complete_unit("Quiz"),
        lambda: ada.complete(id),
        lambda: ada.fail_course(id),
    )
    assert api.delete(f"/course-progress?user_id=1&course_id={id}").status_code == 204
    ada.complete(id)
    assert progress(api, ada, id)["completion_status"] == "completed"


def test_a_failed_test_may_be_taken_again_elsewhere(
    empty: Portal, api: httpx.Client, ada: Learner
) -> None:
    id = joins(empty, ada, QUIZ)
    ada.fail_unit("Quiz", time=10)
    data = progress(api, ada, id)
    assert (data["completion_status"], data["score"], statuses(data)) == (
        "incomplete",
        0,
        ["failed"],
    )
    ada.complete_unit("Quiz", time=20)
    data = progress(api, ada, id)
    assert (data["completion_status"], data["score"], data["total_time"]) == ("completed", 100, 30)


def test_failing_a_course_with_its_test(empty: Portal, api: httpx.Client, ada: Learner) -> None:
    id = joins(empty, ada, READING, QUIZ, FILM, fails_with_test=True)
    ada.fail_course("Algebra", score=40)
    data = progress(api, ada, id)
    assert (data["completion_status"], data["score"]) == ("failed", 40)
    assert statuses(data) == ["completed", "failed", "not_attempted"]


@pytest.mark.parametrize(
    ("parts", "fails_with_test"), [((READING,), True), ((QUIZ,), False), ((), False)]
)
def test_failing_a_course_by_hand(
    parts: tuple[Json, ...], fails_with_test: bool, empty: Portal, api: httpx.Client, ada: Learner
) -> None:
    id = joins(empty, ada, *parts, fails_with_test=fails_with_test)
    before = last_event(empty)
    ada.fail_course(id)
    data = progress(api, ada, id)
    assert (data["completion_status"], data["completion_percentage"]) == ("failed", 0)
    assert told(empty, before) == [("course_failure", "Algebra", None)]


def test_answering_question_by_question(empty: Portal, api: httpx.Client, ada: Learner) -> None:
    id = joins(empty, ada, QUIZ)
    before = last_event(empty)
    assert ada.answer("Quiz", {"Is a long password strong?": "No"}) == "incomplete"
    assert ada.answer("Quiz", {"Is a long password strong?": "Yes"}) == "incomplete"
    assert ada.answer("Quiz", {2: ["Threats", "Haste"]}) == "incomplete"
    assert told(empty, before) == []
    assert ada.answer("Quiz", {Question(id=3): " paris "}, time=50) == "completed"
    data = progress(api, ada, id)
    assert (data["score"], data["completion_status"], data["total_time"]) == (100, "completed", 50)
    assert told(empty, before) == [
        ("unitprogress_test_completion", "Algebra", "Quiz"),
        ("course_completion", "Algebra", None),
    ]


def test_the_weights_decide_on_the_score_and_the_score_on_passing(
    empty: Portal, api: httpx.Client, ada: Learner
) -> None:
    id = joins(empty, ada, QUIZ, READING)
    before = last_event(empty)
    given: Json = {
        "Is a long password strong?": "Yes",
        "Which are signs of phishing?": "Haste",
        "Capital of France?": "Paris",
    }
    assert ada.answer("Quiz", given) == "failed"
    assert progress(api, ada, id)["score"] == 50
    assert ada.answer("Quiz", {"Is a long password strong?": "No"}) == "incomplete"
    result = api.get("/results?unit_id=1&user_id=1").json()["_data"]
    assert (result["completion_status"], result["score"]) == ("incomplete", None)
    assert [question["user_answers"] for question in result["questions"]] == [["No"], [], []]
    given = {"Which are signs of phishing?": ["Haste", "Threats"], "Capital of France?": "Paris"}
    assert ada.answer("Quiz", given) == "completed"
    assert progress(api, ada, id)["score"] == 75
    assert [what for what, _, _ in told(empty, before)] == [
        "unitprogress_test_failed",
        "unitprogress_test_completion",
    ]


def test_a_test_that_says_nothing_is_passed_with_half(empty: Portal, ada: Learner) -> None:
    joins(empty, ada, {**QUIZ, "pass_score": None}, READING)
    given: dict[int, Any] = {1: [], 2: ["Haste", "Threats"], 3: "Rome"}
    assert ada.answer("Quiz", given) == "completed"


def test_answering_a_survey(empty: Portal, api: httpx.Client, ada: Learner) -> None:
    id = joins(empty, ada, FEEDBACK)
    before = last_event(empty)
    assert ada.answer("Feedback", {"Was it clear?": "No", "What else?": "More jokes"}) == (
        "completed"
    )
    result = api.get("/results?unit_id=1&user_id=1").json()["_data"]
    assert [question["user_answers"] for question in result["questions"]] == [
        ["No"],
        ["More jokes"],
    ]
    assert [question["correct"] for question in result["questions"]] == [None, None]
    assert progress(api, ada, id)["score"] is None
    assert told(empty, before) == [
        ("unitprogress_survey_completion", "Algebra", "Feedback"),
        ("course_completion", "Algebra", None),
    ]


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        (
            {"Capital of Frence?": "Paris"},
            NotFound,
            r"Question not found \(did you mean 'Capital of France\?'\?\)",
        ),
        ({9: "Paris"}, NotFound, r"Question not found"),
        (
            {1: "Maybe"},
            InvalidValue,
            r"'Is a long password strong\?' has no answer 'Maybe' \(there are Yes, No\)",
        ),
    ],
)
def test_wrong_answers(
    given: Json, error: type[MockError], message: str, empty: Portal, ada: Learner
) -> None:
    joins(empty, ada, QUIZ)
    with pytest.raises(error, match=message):
        ada.answer("Quiz", given)


def test_handing_in_and_grading_an_assignment(
    empty: Portal, api: httpx.Client, ada: Learner
) -> None:
    id = joins(empty, ada, ESSAY, READING)
    before = last_event(empty)
    with pytest.raises(RuleBroken, match="The requested assignment has not been handed in"):
        ada.grade_assignment("Essay", 70)
    ada.open_unit("Essay")
    with pytest.raises(RuleBroken, match="The requested assignment has not been handed in"):
        ada.grade_assignment("Essay", 70)
    ada.submit_assignment("Essay")
    assert statuses(progress(api, ada, id)) == ["incomplete", "not_attempted"]
    ada.grade_assignment("Essay", 49)
    data = progress(api, ada, id)
    assert (statuses(data)[0], data["score"]) == ("failed", 49)
    ada.submit_assignment("Essay")
    empty.clock.advance(hours=1)
    ada.grade_assignment("Essay", 50)
    data = progress(api, ada, id)
    assert (statuses(data)[0], data["score"], data["total_time"]) == ("completed", 50, 3600)
    answered = ("unitprogress_assignment_answered", "Algebra", "Essay")
    graded = ("unitprogress_assignment_graded", "Algebra", "Essay")
    assert told(empty, before) == [answered, graded, answered, graded]


def test_completing_an_assignment_that_is_handed_in_grades_it(empty: Portal, ada: Learner) -> None:
    joins(empty, ada, ESSAY, READING)
    before = last_event(empty)
    ada.submit_assignment("Essay")
    ada.complete_unit("Essay", score=90)
    assert [what for what, _, _ in told(empty, before)] == [
        "unitprogress_assignment_answered",
        "unitprogress_assignment_graded",
    ]


def test_attending_a_session(empty: Portal, api: httpx.Client, ada: Learner) -> None:
    id = joins(empty, ada, CLASS, READING)
    before = last_event(empty)
    ada.book("Evening")
    with pytest.raises(RuleBroken, match="The requested session has not begun"):
        ada.attend("Evening")
    empty.clock.freeze("2025-05-07T19:30:00Z")
    ada.attend("Evening", score=95)
    data = progress(api, ada, id)
    assert (statuses(data)[0], data["score"], data["total_time"]) == ("completed", 95, 5400)
    counts = [item["attendees_count"] for item in api.get("/units/1/sessions").json()["_data"]]
    assert counts == [0, 1]
    assert told(empty, before) == [("unitprogress_ilt_graded", "Algebra", "Class")]


def test_a_session_has_so_many_seats(empty: Portal, ada: Learner) -> None:
    id = joins(empty, ada, CLASS)
    bob = empty.learner(add_user(empty, "bob", "Bob"))
    enroll(empty, bob.id, id)
    ada.book("Morning")
    ada.book("Morning")
    with pytest.raises(RuleBroken, match="The requested session has reached its capacity"):
        bob.attend("Morning")
    with pytest.raises(RuleBroken, match="The requested session has reached its capacity"):
        bob.complete(id)
    ada.complete(id)
    assert count(empty, session_attendees) == 1


def test_completing_a_unit_takes_a_session_that_has_begun(empty: Portal, ada: Learner) -> None:
    joins(empty, ada, {**CLASS, "sessions": [EVENING]}, {**CLASS, "name": "Talk", "sessions": []})
    with pytest.raises(RuleBroken, match="The requested session has not begun"):
        ada.complete_unit("Class")
    ada.complete_unit("Talk")
    empty.clock.advance(days=1)
    ada.fail("Class")
    ada.complete_unit("Class")
    assert count(empty, session_attendees) == 1


def test_not_passing_a_session(empty: Portal, api: httpx.Client, ada: Learner) -> None:
    id = joins(empty, ada, {**CLASS, "pass_score": 50})
    ada.attend("Morning", score=10)
    assert statuses(progress(api, ada, id)) == ["failed"]


@pytest.mark.parametrize(
    ("act", "error", "message"),
    [
        (lambda ada: ada.complete_unit("Reading", score=1), InvalidValue, "content has no score"),
        (lambda ada: ada.fail("Reading"), RuleBroken, "of the type content cannot be failed"),
        (lambda ada: ada.complete_unit("Quiz", score=101), InvalidValue, "from 0 to 100"),
        (lambda ada: ada.fail("Quiz", score=-1), InvalidValue, "from 0 to 100"),
        (lambda ada: ada.complete_unit("Quiz", score=59), InvalidValue, "must be at least 60"),
        (lambda ada: ada.fail("Quiz", score=60), InvalidValue, "score must be below 60"),
        (lambda ada: ada.complete_unit("Quiz", score="9"), InvalidValue, "must be a number"),
        (lambda ada: ada.complete_unit("Quiz", score=True), InvalidValue, "must be a number"),
        (lambda ada: ada.complete_unit("Quiz", time=-1), InvalidValue, "seconds, at least 0"),
        (lambda ada: ada.complete_unit("Quiz", time=1.5), InvalidValue, "a whole number of"),
        (lambda ada: ada.answer("Quiz", {1: 5}), InvalidValue, "a list of texts, not 5"),
        (lambda ada: ada.answer("Quiz", {1: [5]}), InvalidValue, r"list of texts, not \[5\]"),
        (lambda ada: ada.answer("Reading", {}), InvalidValue, "content has no questions"),
        (lambda ada: ada.submit_assignment("Quiz"), InvalidValue, "is no assignment, but of the"),
        (lambda ada: ada.grade_assignment("Quiz", 5), InvalidValue, "is no assignment, but of"),
    ],
)
def test_what_a_unit_cannot_have(
    act: Any, error: type[MockError], message: str, empty: Portal, ada: Learner
) -> None:
    joins(empty, ada, READING, QUIZ)
    before = last_event(empty)
    with pytest.raises(error, match=message):
        act(ada)
    assert told(empty, before) == []


def test_a_unit_without_a_bound_is_failed_by_hand(empty: Portal, ada: Learner) -> None:
    joins(empty, ada, PACKAGE, {**QUIZ, "pass_score": 0}, fails_with_test=True)
    ada.fail("Package", score=90)
    with pytest.raises(InvalidValue, match="score must be below 0"):
        ada.fail("Quiz")
    ada.complete(1)


def test_an_instructor_has_no_progress(empty: Portal, ada: Learner) -> None:
    id = add_course(empty, READING)
    enroll(empty, ada.id, id, role="instructor")
    refused(
        RuleBroken,
        "is not a learner of this course",
        lambda: ada.open(id),
        lambda: ada.complete_unit(1),
        lambda: ada.complete(id),
    )


def test_a_course_that_is_over_or_not_active_is_closed(empty: Portal, ada: Learner) -> None:
    joins(empty, ada, READING, ESSAY, expires_at="2025-05-08T00:00:00+00:00")
    ada.submit_assignment("Essay")
    empty.clock.freeze("2025-05-08T00:00:00Z")
    refused(
        RuleBroken,
        "The requested course is not active",
        lambda: ada.open(1),
        lambda: ada.complete_unit(1),
        lambda: ada.complete(1),
    )
    ada.grade_assignment("Essay", 90)


def test_an_enrollment_that_has_expired_is_closed(
    empty: Portal, api: httpx.Client, ada: Learner
) -> None:
    id = joins(empty, ada, READING, FILM, time_limit=1)
    ada.complete_unit(1)
    empty.clock.advance(days=1)
    refused(
        RuleBroken,
        "enrollment in this course has expired",
        lambda: ada.open(id),
        lambda: ada.complete_unit(2),
        lambda: ada.complete(id),
    )
    data = progress(api, ada, id)
    assert data["expires_on"] == "2025-05-08T09:30:00+00:00"
    assert (data["completion_status"], data["completion_percentage"]) == ("incomplete", 50)


def test_the_way_to_a_course_closes_with_it(empty: Portal, api: httpx.Client, ada: Learner) -> None:
    def goto(learner: Learner) -> tuple[int, Json]:
        response = api.get(f"/courses/1/users/{learner.id}/goto")
        return response.status_code, response.json()

    joins(empty, ada, READING, time_limit=1)
    bob = empty.learner(add_user(empty, "bob", "Bob"))
    enroll(empty, bob.id, 1, role="instructor")
    assert goto(ada)[0] == 200
    empty.clock.advance(days=2)
    assert goto(ada) == (400, refusal("The requested user's enrollment in this course has expired"))
    assert goto(bob)[0] == 200


def test_letting_an_enrollment_expire(empty: Portal, api: httpx.Client, ada: Learner) -> None:
    id = joins(empty, ada, READING)
    before = last_event(empty)
    ada.expire("Algebra")
    empty.clock.advance(days=1)
    ada.expire("Algebra")
    assert progress(api, ada, id)["expires_on"] == NOW
    with pytest.raises(RuleBroken, match="enrollment in this course has expired"):
        ada.complete(id)
    assert told(empty, before) == []


def test_what_is_completed_stays_open(empty: Portal, api: httpx.Client, ada: Learner) -> None:
    id = joins(empty, ada, READING, FILM, time_limit=1)
    ada.complete(id)
    empty.clock.advance(days=2)
    ada.open_unit("Reading")
    data = progress(api, ada, id)
    assert (data["completion_status"], data["completion_percentage"]) == ("completed", 100)
    assert data["last_accessed_unit"]["id"] == 1
    with empty.transaction() as transaction:
        transaction.connection.execute(update(courses).values(status="inactive"))
    with pytest.raises(RuleBroken, match="The requested course is not active"):
        ada.open(id)


def test_what_is_completed_is_closed_where_access_ends_with_it(empty: Portal, ada: Learner) -> None:
    joins(empty, ada, READING, retain_access_after_completion=False)
    ada.complete(1)
    with pytest.raises(RuleBroken, match="has completed this course already"):
        ada.open(1)


def test_a_unit_that_comes_later_does_not_complete_the_course_again(
    empty: Portal, api: httpx.Client, ada: Learner
) -> None:
    joins(empty, ada, READING, PACKAGE, fails_with_test=True)
    ada.complete(1, score=60)
    add_course(empty, QUIZ, name="Other", fails_with_test=True)
    with empty.transaction() as transaction:
        transaction.connection.execute(update(units).where(units.c.id == 3).values(course_id=1))
    before = last_event(empty)
    ada.fail("Quiz")
    ada.complete_unit("Quiz")
    assert [what for what, _, _ in told(empty, before)] == [
        "unitprogress_test_failed",
        "unitprogress_test_completion",
    ]
    data = progress(api, ada, 1)
    assert (data["completion_status"], data["completion_percentage"]) == ("completed", 100)
    assert data["score"] == 80


def test_points_levels_and_badges(empty: Portal, ada: Learner) -> None:
    badge = {"type": "learning", "image_url": "x", "criteria": "x", "badge_set_id": 1}
    with empty.transaction() as transaction:
        transaction.connection.execute(
            insert(badges),
            [
                badge | {"name": "First", "completions": 1},
                badge | {"name": "Second", "completions": 2},
            ],
        )
    told_of: list[list[str]] = []
    for number in range(1, 5):
        before = last_event(empty)
        id = joins(empty, ada, name=f"Course {number}")
        ada.complete(id)
        told_of.append([what for what, _, _ in told(empty, before) if what.startswith("user_")])
    row = user_row(empty, ada)
    assert (row.points, row.level) == (100, 2)
    assert told_of == [
        ["user_login_user", "user_unlock_badge"],
        ["user_unlock_badge"],
        [],
        ["user_upgrade_level"],
    ]
    with empty.transaction() as transaction:
        earned = transaction.connection.execute(select(user_badges)).all()
    moment = int(empty.clock.seconds())
    assert [tuple(row) for row in earned] == [(1, 1, moment), (1, 2, moment)]


def test_no_points_without_gamification(empty: Portal, ada: Learner) -> None:
    with empty.transaction() as transaction:
        transaction.connection.execute(update(site).values(gamification_enabled=False))
    joins(empty, ada, READING)
    ada.complete(1)
    assert user_row(empty, ada).points == 0


def test_the_last_course_completes_a_learning_path(
    empty: Portal, api: httpx.Client, ada: Learner
) -> None:
    path = add_path(empty, add_course(empty, READING), add_course(empty, FILM, name="Botany"))
    add_path(empty, name="Empty")
    body = {"user_id": ada.id, "learning_path_id": path}
    assert api.post("/learning-paths/enrollments", json=body).status_code == 200
    completed = "SELECT completed_on FROM learning_path_enrollments"

    def completions() -> list[tuple[str | None]]:
        with empty.transaction() as transaction:
            return transaction.sqlite.execute(completed).fetchall()

    ada.complete("Algebra")
    assert completions() == [(None,)]
    ada.complete("Botany")
    assert completions() == [(NOW,)]
    api.delete("/course-progress?user_id=1&course_id=1")
    assert completions() == [(None,)]
    api.delete("/courses/1")
    assert completions() == [(NOW,)]
    api.delete("/enrollments?user_id=1&course_id=2")
    assert completions() == [(None,)]
    empty.enroll(ada.id, 2)
    ada.complete(2)
    assert completions() == [(NOW,)]
    api.delete("/courses/2")
    assert completions() == [(NOW,)]


def test_the_demo_portal_has_work_to_do(portal: Portal, client: httpx.Client) -> None:
    hana = portal.learner("hana.novak")
    body = {"user_id": hana.id, "course_id": 3}
    assert client.post("/enrollments", json=body).status_code == 200
    hana.complete("Data Protection and Privacy", score=70)
    data = progress(client, hana, 3)
    assert (data["completion_status"], data["score"]) == ("completed", 70)
    assert data["certificate"]["name"] == "Data Protection"


def test_the_learner_is_found_by_id_by_login_and_as_an_object(empty: Portal, ada: Learner) -> None:
    assert empty.learner(1).id == empty.learner("ADA").id == 1
    assert empty.learner(SimpleNamespace(id=1)).id == 1


@pytest.mark.parametrize(
    ("who", "error", "message"),
    [
        (9, NotFound, r"User not found"),
        ("adda", NotFound, r"User not found \(did you mean 'ada'\?\)"),
        ("zzz", NotFound, r"User not found"),
        (
            {"id": 1},
            InvalidValue,
            "a user is given by an id, a login or an object with an id, not by a dict",
        ),
    ],
)
def test_a_learner_that_is_not_there(
    who: Any, error: type[MockError], message: str, empty: Portal, ada: Learner
) -> None:
    with pytest.raises(error, match=message):
        empty.learner(who)


def test_a_learner_that_is_deleted_does_nothing(
    empty: Portal, api: httpx.Client, ada: Learner
) -> None:
    api.delete("/users/1")
    refused(NotFound, "User not found", ada.log_in, ada.log_out, lambda: ada.open(1))


def test_courses_units_and_sessions_by_name(empty: Portal, ada: Learner) -> None:
    for name, code in (("Algebra", "A-1"), ("Algebra", "A-2"), ("Botany", "B-1")):
        id = add_course(empty, READING, CLASS, name=name, code=code, code_key=code.casefold())
    with pytest.raises(InvalidValue, match=r"'Algebra' names more than one course; give one of"):
        ada.open("Algebra")
    with pytest.raises(NotFound, match=r"Course not found \(did you mean 'Botany'\?\)"):
        ada.open("Botanny")
    with pytest.raises(InvalidValue, match=r"'Reading' names more than one unit; .* 1, 3, 5$"):
        ada.open_unit("Reading")
    with pytest.raises(NotFound, match=r"Unit not found \(did you mean 'Reading'\?\)"):
        ada.open_unit("Readin")
    with pytest.raises(InvalidValue, match=r"a unit is given by an id, a name or an object"):
        ada.open_unit(None)  # type: ignore[arg-type]
    with pytest.raises(InvalidValue, match=r"'Morning' names more than one session"):
        ada.attend(MORNING["name"])
    with pytest.raises(NotFound, match="Session not found"):
        ada.attend(99)
    with pytest.raises(NotFound, match="Course not found"):
        ada.open(99)
    with pytest.raises(NotFound, match="Unit not found"):
        ada.open_unit(99)
    enroll(empty, ada.id, id)
    ada.open_unit("Reading")
    assert ada.open("b-1") == 5
