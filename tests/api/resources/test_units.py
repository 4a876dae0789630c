from pathlib import Path

import httpx
import pytest

from talentlms_mock import Portal, Question, Session, Unit
from tests.api.responses import Json, error, refusal
from tests.conftest import NOW, NewClient, NewPortal
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


def data_of(api: httpx.Client, unit_id: int = 1) -> Json:
    status, answer = result(api, unit_id)
    assert status == 200, answer
    data: Json = answer["_data"]
    return data


def text(words: str) -> Json:
    return {"html": words, "text": words}


def possible(*answers: str) -> Json:
    return {"possible": list(answers), "pairs": None, "gaps": None}


def test_the_result_of_a_test(empty: Portal, api: httpx.Client) -> None:
    empty.learner(1).answer("Quiz", {1: "No", 2: ["Haste", "Threats"], 3: "paris"}, time=75)
    assert result(api) == (
        200,
        {
            "_data": {
                "status": "completed",
                "score": 75,
                "completion_date": NOW,
                "questions": [
                    {
                        "id": 1,
                        "type": "multiple_choice",
                        "text": text("Is a long password strong?"),
                        "answered": True,
                        "correct": False,
                        "points_percentage": None,
                        "feedback": "",
                        "answers": possible("Yes", "No"),
                        "correct_answers": possible("Yes"),
                        "user_answers": possible("No"),
                        "children": None,
                        "weight_percentage": 25,
                    },
                    {
                        "id": 2,
                        "type": "multiple_choice",
                        "text": text("Which are signs of phishing?"),
                        "answered": True,
                        "correct": True,
                        "points_percentage": None,
                        "feedback": "",
                        "answers": possible("Haste", "Threats", "Your name"),
                        "correct_answers": possible("Haste", "Threats"),
                        "user_answers": possible("Haste", "Threats"),
                        "children": None,
                        "weight_percentage": 50,
                    },
                    {
                        "id": 3,
                        "type": "freetext",
                        "text": text("Capital of France?"),
                        "answered": True,
                        "correct": True,
                        "points_percentage": 100,
                        "feedback": "",
                        "answers": None,
                        "correct_answers": None,
                        "user_answers": possible("paris"),
                        "children": None,
                        "weight_percentage": 25,
                    },
                ],
                "test_abandoned": False,
                "maximum_score": None,
                "remaining_attempts": None,
                "allow_test_repetition": True,
                "time_for_repetition": None,
                "statistics": None,
                "instructor_message": None,
            }
        },
    )
    assert list(data_of(api)["questions"][0])[-3:] == [
        "user_answers",
        "children",
        "weight_percentage",
    ]


def test_a_failed_test_has_no_date_of_completion(empty: Portal, api: httpx.Client) -> None:
    empty.learner(1).fail("Quiz")
    data = data_of(api)
    assert (data["status"], data["completion_date"]) == ("failed", None)
    assert [question["correct"] for question in data["questions"]] == [False] * 3
    assert [question["user_answers"]["possible"] for question in data["questions"]] == [
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
    data = data_of(api)
    assert data["score"] == score
    assert [question["correct"] for question in data["questions"]] == right


@pytest.fixture
def essay(empty: Portal) -> int:
    """A test with a choice, and two free texts that an instructor grades."""
    course = empty.add_course(
        "Letters",
        units=[
            Unit.test(
                "Essay",
                [
                    Question("Vowel?", ["A", "B"], correct="A", feedback="As in apple."),
                    Question("<b>Write</b> a line", type="freetext"),
                    Question("Write two", type="freetext", weight=2),
                ],
                pass_score=60,
                max_attempts=2,
            )
        ],
        users=[1],
    )
    return course.unit("Essay").id


def test_a_free_text_waits_for_an_instructor(empty: Portal, essay: int, api: httpx.Client) -> None:
    learner = empty.learner(1)
    lines = {"Vowel?": "A", "<b>Write</b> a line": "One", "Write two": "One, two"}
    assert learner.answer(essay, lines) == "incomplete"
    data = data_of(api, essay)
    assert (data["status"], data["score"], data["remaining_attempts"]) == ("incomplete", None, 1)
    first, second, third = data["questions"]
    assert (first["correct"], first["feedback"]) == (True, "As in apple.")
    assert second["text"] == {"html": "<b>Write</b> a line", "text": "Write a line"}
    for question in (second, third):
        assert (question["answered"], question["correct"]) == (True, None)
        assert question["points_percentage"] is None

    assert learner.grade_test(essay, {"Write two": 70}) == "incomplete"
    assert learner.grade_test(essay, {"<b>Write</b> a line": 100}, "Well done") == "completed"

    data = data_of(api, essay)
    assert (data["status"], data["score"], data["completion_date"]) == ("completed", 85, NOW)
    assert data["instructor_message"] == "Well done"
    assert [(each["correct"], each["points_percentage"]) for each in data["questions"]] == [
        (True, None),
        (True, 100),
        (False, 70),
    ]
    progress = api.get("/unit-progress", params=UNIT | {"unit_id": essay}).json()["_data"]
    assert (progress["grade_date"], progress["score"]) == (NOW, 85)


def test_a_test_may_be_taken_only_so_often(empty: Portal, essay: int, api: httpx.Client) -> None:
    learner = empty.learner(1)
    learner.fail(essay, 50)
    questions = data_of(api, essay)["questions"]
    assert [each["points_percentage"] for each in questions] == [None, 0, 50]
    learner.fail(essay)
    data = data_of(api, essay)
    assert (data["remaining_attempts"], data["allow_test_repetition"]) == (0, True)
    once = empty.add_course("Once", units=[Unit.test("Once", max_attempts=1)], users=[1])
    learner.complete(once)
    data = data_of(api, once.unit("Once").id)
    assert (data["remaining_attempts"], data["allow_test_repetition"]) == (0, False)


def test_the_result_of_a_survey(empty: Portal, api: httpx.Client) -> None:
    empty.learner(1).complete_unit("Feedback")
    data = data_of(api, 2)
    assert (data["status"], data["score"]) == ("completed", None)
    assert data["questions"] == [
        {
            "id": 4,
            "type": "multiple_choice",
            "text": text("Was it clear?"),
            "answered": True,
            "correct": None,
            "points_percentage": None,
            "feedback": "",
            "answers": possible("Yes", "No"),
            "correct_answers": None,
            "user_answers": possible("Yes"),
            "children": None,
            "weight": None,
        },
        {
            "id": 5,
            "type": "freetext",
            "text": text("What else?"),
            "answered": True,
            "correct": None,
            "points_percentage": None,
            "feedback": "",
            "answers": None,
            "correct_answers": None,
            "user_answers": possible("No comment"),
            "children": None,
            "weight": None,
        },
    ]


def test_a_result_of_nothing_is_404(empty: Portal, api: httpx.Client) -> None:
    missing = (404, refusal("Result not found"))
    assert result(api) == missing
    empty.learner(1).open_unit("Quiz")
    assert result(api) == missing
    empty.learner(1).answer("Quiz", {1: "Yes"})
    data = data_of(api)
    assert data["status"] == "incomplete"
    assert [(each["answered"], each["correct"]) for each in data["questions"]] == [
        (True, True),
        (False, None),
        (False, None),
    ]
    assert [each["user_answers"] for each in data["questions"]] == [possible("Yes"), None, None]


def test_a_test_without_questions_has_a_result(empty: Portal, api: httpx.Client) -> None:
    id = add_course(empty, {"name": "Bare", "type": "test"}, name="Bare")
    enroll(empty, 1, id)
    empty.learner(1).answer("Bare", {})
    data = data_of(api, 5)
    assert (data["score"], data["questions"]) == (100, [])


@pytest.mark.parametrize(
    ("query", "status", "message"),
    [
        ({"unit_id": 1}, 400, "User id is required"),
        ({"user_id": 1}, 400, "Unit id is required"),
        ({"unit_id": "x", "user_id": "x"}, 400, "Unit id must be a positive integer"),
        ({"unit_id": 1, "user_id": 0}, 400, "User id must be a positive integer"),
        ({"unit_id": 9, "user_id": 9}, 404, "Unit not found"),
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
    unit = Unit.ilt(
        "Talks",
        [
            Session("Morning", "2025-05-07T08:00:00Z", instructor=1, location="Athens", capacity=1),
            Session(
                "Evening",
                "2025-12-31T23:30:00Z",
                minutes=90,
                type="webinar",
                owner="ada",
                description="The second part.",
                multiname="Talks of May",
                linked_to="Morning",
            ),
        ],
    )
    id = empty.add_course("Talks", units=[unit]).unit("Talks").id
    response = api.get(f"/units/{id}/sessions")
    assert response.status_code == 200
    assert response.json()["_data"] == [
        {
            "id": 3,
            "name": "Morning",
            "multiname": None,
            "linked_to": None,
            "type": "classroom",
            "owner_id": 1,
            "instructor_id": 1,
            "description": None,
            "location": "Athens",
            "start_timestamp": 1746604800,
            "start_date": "07/05/2025, 08:00:00",
            "capacity": 1,
            "duration_minutes": 60,
        },
        {
            "id": 4,
            "name": "Evening",
            "multiname": "Talks of May",
            "linked_to": 3,
            "type": "webinar",
            "owner_id": 1,
            "instructor_id": None,
            "description": "The second part.",
            "location": None,
            "start_timestamp": 1767223800,
            "start_date": "31/12/2025, 23:30:00",
            "capacity": None,
            "duration_minutes": 90,
        },
    ]
    assert list(response.json()["_data"][0])[:4] == ["id", "name", "multiname", "linked_to"]
    pagination = response.json()["_meta"]["pagination"]
    assert (pagination["total_items"], pagination["total_results"]) == (2, 2)


def test_a_session_starts_in_the_time_zone_of_the_portal(
    tmp_path: Path, new_portal: NewPortal, new_client: NewClient
) -> None:
    dataset = tmp_path / "athens.toml"
    dataset.write_text(
        'name = "Athens"\ndefault_timezone = "Europe/Athens"\ndate_format = "YYYYMMDD"\nusers = 0\n'
    )
    portal = new_portal(dataset=str(dataset))
    sessions = [Session("Late", "2025-12-31T23:30:00Z"), Session("Hot", "2025-07-01T00:00:00Z")]
    portal.add_course("Talks", units=[Unit.ilt("Talk", sessions)])
    found = new_client(portal).get("/units/1/sessions").json()["_data"]
    assert [each["start_date"] for each in found] == [
        "2026/01/01, 01:30:00",
        "2025/07/01, 03:00:00",
    ]


def test_sessions_come_in_pages(api: httpx.Client) -> None:
    answer = api.get("/units/4/sessions?page[size]=1&page[number]=2").json()
    assert [item["name"] for item in answer["_data"]] == ["Evening"]
    assert answer["_meta"]["pagination"]["total_pages"] == 2


@pytest.mark.parametrize(
    ("id", "status", "error_id", "message"),
    [
        ("1", 404, "not_found.unit_not_found", "Unit not found"),
        ("9", 404, "not_found.unit_not_found", "Unit not found"),
        ("x", 400, "bad_request", "Unit id must be a positive integer"),
    ],
)
def test_wrong_sessions(
    id: str,
    status: int,
    error_id: str,
    message: str,
    new_portal: NewPortal,
    new_client: NewClient,
    api: httpx.Client,
) -> None:
    response = api.get(f"/units/{id}/sessions")
    assert (response.status_code, response.json()) == (status, refusal(message))
    recorded = new_portal(dataset="empty", preset="recorded")
    recorded.add_course("Algebra", units=["Reading"])
    response = new_client(recorded).get(f"/units/{id}/sessions")
    assert (response.status_code, response.json()) == (status, error("recorded", error_id, message))


def test_a_unit_without_sessions(empty: Portal, api: httpx.Client) -> None:
    add_course(empty, {**CLASS, "sessions": []}, name="Later")
    assert api.get("/units/5/sessions").json()["_data"] == []


def test_an_archived_course_takes_its_units_with_it(empty: Portal, api: httpx.Client) -> None:
    empty.learner(1).complete_unit("Quiz")
    empty.archive_course(1)
    for path in ("/units/4/sessions", "/results?unit_id=1&user_id=1"):
        response = api.get(path)
        assert (response.status_code, response.json()) == (404, refusal("Unit not found"))
    empty.restore_course(1)
    assert data_of(api)["status"] == "completed"
