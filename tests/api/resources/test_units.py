import httpx
import pytest
from sqlalchemy import update

from talentlms_mock import Portal
from talentlms_mock.portal.store.models import sessions
from tests.api.responses import Json, refusal
from tests.conftest import NOW
from tests.portal.arrange import CLASS, FEEDBACK, QUIZ, READING, add_course, add_user, enroll

UNIT = {"unit_id": 1, "user_id": 1}


@pytest.fixture(autouse=True)
def _ada_in_algebra(empty: Portal) -> None:
    add_user(empty)
    add_course(empty, QUIZ, FEEDBACK, READING, CLASS)
    enroll(empty, 1, 1)


def result(api: httpx.Client, unit_id: int = 1) -> tuple[int, Json]:
    response = api.get("/results", params=UNIT | {"unit_id": unit_id})
    return response.status_code, response.json()


def test_the_result_of_a_test(empty: Portal, api: httpx.Client) -> None:
    empty.learner(1).answer("Quiz", {1: "No", 2: ["Haste", "Threats"], 3: "paris"}, time=75)
    assert result(api) == (
        200,
        {
            "_data": {
                "unit_id": 1,
                "unit_name": "Quiz",
                "type": "test",
                "user_id": 1,
                "user_name": "Ada Lovelace",
                "completion_status": "completed",
                "score": 75,
                "completed_on": NOW,
                "total_time": 75,
                "questions": [
                    {
                        "id": 1,
                        "text": "Is a long password strong?",
                        "type": "multiple_choice",
                        "weight": 1,
                        "correct": False,
                        "answers": ["Yes", "No"],
                        "correct_answers": ["Yes"],
                        "user_answers": ["No"],
                    },
                    {
                        "id": 2,
                        "text": "Which are signs of phishing?",
                        "type": "multiple_choice",
                        "weight": 2,
                        "correct": True,
                        "answers": ["Haste", "Threats", "Your name"],
                        "correct_answers": ["Haste", "Threats"],
                        "user_answers": ["Haste", "Threats"],
                    },
                    {
                        "id": 3,
                        "text": "Capital of France?",
                        "type": "free_text",
                        "weight": 1,
                        "correct": True,
                        "answers": [],
                        "correct_answers": ["Paris"],
                        "user_answers": ["paris"],
                    },
                ],
            }
        },
    )


def test_a_failed_test_has_no_date_of_completion(empty: Portal, api: httpx.Client) -> None:
    empty.learner(1).fail("Quiz")
    status, answer = result(api)
    data = answer["_data"]
    assert (status, data["completion_status"], data["completed_on"]) == (200, "failed", None)
    assert [question["correct"] for question in data["questions"]] == [False] * 3
    assert [question["user_answers"] for question in data["questions"]] == [
        ["No"],
        ["Your name"],
        ["I do not know"],
    ]


@pytest.mark.parametrize(
    ("score", "right"),
    [(100, [True] * 3), (75, [True, True, False]), (60, [False, True, False])],
)
def test_made_up_answers_come_near_the_score(
    score: int, right: list[bool], empty: Portal, api: httpx.Client
) -> None:
    empty.learner(1).complete_unit("Quiz", score=score)
    data = result(api)[1]["_data"]
    assert data["score"] == score
    assert [question["correct"] for question in data["questions"]] == right


def test_the_result_of_a_survey(empty: Portal, api: httpx.Client) -> None:
    empty.learner(1).complete_unit("Feedback")
    status, answer = result(api, 2)
    data = answer["_data"]
    assert (status, data["type"], data["score"]) == (200, "survey", None)
    assert [(question["correct"], question["user_answers"]) for question in data["questions"]] == [
        (None, ["Yes"]),
        (None, ["No comment"]),
    ]


def test_a_result_of_nothing_is_404(empty: Portal, api: httpx.Client) -> None:
    missing = (404, refusal("The requested result does not exist."))
    assert result(api) == missing
    empty.learner(1).open_unit("Quiz")
    assert result(api) == missing
    empty.learner(1).answer("Quiz", {1: "Yes"})
    assert result(api)[1]["_data"]["completion_status"] == "incomplete"


def test_a_test_without_questions_has_a_result(empty: Portal, api: httpx.Client) -> None:
    id = add_course(empty, {"name": "Bare", "type": "test"}, name="Bare")
    enroll(empty, 1, id)
    empty.learner(1).answer("Bare", {})
    status, answer = result(api, 5)
    assert (status, answer["_data"]["score"], answer["_data"]["questions"]) == (200, 100, [])


@pytest.mark.parametrize(
    ("query", "status", "message"),
    [
        ({"unit_id": 1}, 400, "User id is required"),
        ({"user_id": 1}, 400, "Unit id is required"),
        ({"unit_id": 9, "user_id": 1}, 404, "Unit not found"),
        ({"unit_id": 3, "user_id": 9}, 404, "User not found"),
        (
            {"unit_id": 3, "user_id": 1},
            400,
            "The requested unit is neither a test nor a survey",
        ),
    ],
)
def test_wrong_results(query: Json, status: int, message: str, api: httpx.Client) -> None:
    response = api.get("/results", params=query)
    assert (response.status_code, response.json()) == (status, refusal(message))


def test_the_sessions_of_a_unit(empty: Portal, api: httpx.Client) -> None:
    with empty.transaction() as transaction:
        transaction.connection.execute(
            update(sessions).where(sessions.c.id == 1).values(instructor_id=1, location="Athens")
        )
    empty.learner(1).attend("Morning")
    response = api.get("/units/4/sessions")
    assert (response.status_code, response.json()) == (
        200,
        {
            "_data": [
                {
                    "id": 1,
                    "name": "Morning",
                    "type": "classroom",
                    "instructor": {"id": 1, "name": "Ada Lovelace"},
                    "starts_at": "2025-05-07T08:00:00+00:00",
                    "ends_at": "2025-05-07T09:00:00+00:00",
                    "duration_minutes": 60,
                    "location": "Athens",
                    "capacity": 1,
                    "attendees_count": 1,
                },
                {
                    "id": 2,
                    "name": "Evening",
                    "type": "classroom",
                    "instructor": None,
                    "starts_at": "2025-05-07T18:00:00+00:00",
                    "ends_at": "2025-05-07T19:30:00+00:00",
                    "duration_minutes": 90,
                    "location": None,
                    "capacity": None,
                    "attendees_count": 0,
                },
            ]
        },
    )
    assert '"duration_minutes":60,' in response.text


@pytest.mark.parametrize(
    ("path", "status", "message"),
    [
        ("/units/1/sessions", 400, "The requested unit is not an instructor-led training"),
        ("/units/9/sessions", 404, "Unit not found"),
        ("/units/x/sessions", 404, "Unit not found"),
    ],
)
def test_wrong_sessions(path: str, status: int, message: str, api: httpx.Client) -> None:
    response = api.get(path)
    assert (response.status_code, response.json()) == (status, refusal(message))


def test_a_unit_without_sessions(empty: Portal, api: httpx.Client) -> None:
    add_course(empty, {**CLASS, "sessions": []}, name="Later")
    assert api.get("/units/5/sessions").json() == {"_data": []}
