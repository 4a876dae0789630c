import httpx
import pytest

from talentlms_mock import MockError, Portal
from talentlms_mock.errors import NotFound, SetupError
from talentlms_mock.portal.rules import tasks
from tests.api.events import told
from tests.api.responses import ADA, Json, refusal
from tests.conftest import NOW, NewClient, NewPortal

PENDING: Json = {
    "id": 1,
    "type": "create_enrollments",
    "status": "pending",
    "progress": 0,
    "total": 4,
    "processed": 0,
    "failed": 0,
    "errors": [],
    "created_at": NOW,
    "completed_at": None,
}
ERRORS = [
    {"index": 1, "message": "The requested user does not exist."},
    {"index": 2, "message": "The requested user is already enrolled in this course"},
    {"index": 3, "message": "Invalid arguments provided: user_id is required"},
]
COMPLETED = PENDING | {
    "status": "completed",
    "progress": 100,
    "processed": 4,
    "failed": 3,
    "errors": ERRORS,
    "completed_at": NOW,
}


@pytest.fixture(autouse=True)
def _ada_and_algebra(api: httpx.Client) -> None:
    assert api.post("/users", json=ADA).json()["_data"]["id"] == 1
    assert api.post("/courses", json={"name": "Algebra"}).json()["_data"]["id"] == 1


def start(api: httpx.Client) -> None:
    """Start task 1: of its four items one can be done."""
    one = {"user_id": 1, "course_id": 1}
    items = [one, {"user_id": 9, "course_id": 1}, one, {"course_id": 1}]
    response = api.post("/batch/enrollments", json={"enrollments": items})
    assert (response.status_code, response.json()) == (200, {"_data": {"task_id": 1}})


def task(api: httpx.Client) -> Json:
    response = api.get("/tasks/1")
    assert response.status_code == 200
    data: Json = response.json()["_data"]
    return data


def effects(api: httpx.Client) -> int:
    """Return how many users are enrolled."""
    return len(api.get("/courses/1/users").json()["_data"])


def running(progress: int, processed: int) -> Json:
    return PENDING | {"status": "running", "progress": progress, "processed": processed}


def test_a_task_is_completed_by_the_second_poll(empty: Portal, api: httpx.Client) -> None:
    start(api)
    seen = len(told(empty))
    assert effects(api) == 0
    assert task(api) == running(50, 2)
    assert (effects(api), told(empty, seen)) == (0, [])
    assert task(api) == COMPLETED
    assert effects(api) == 1
    assert told(empty, seen) == [("course_add_user", "Ada Lovelace was enrolled in Algebra")]
    assert task(api) == COMPLETED


def test_a_task_takes_as_many_polls_as_are_set(empty: Portal, api: httpx.Client) -> None:
    empty.set_tasks("polls:3")
    start(api)
    assert [task(api)["progress"] for _ in range(4)] == [33, 66, 100, 100]


def test_a_single_poll_can_be_enough(empty: Portal, api: httpx.Client) -> None:
    empty.set_tasks("polls:1")
    start(api)
    assert effects(api) == 0
    assert task(api) == COMPLETED


def test_a_task_is_completed_by_the_clock_and_nobody_asks(empty: Portal, api: httpx.Client) -> None:
    empty.set_tasks("seconds:60")
    start(api)
    assert task(api) == PENDING
    empty.clock.advance(seconds=45)
    assert task(api) == running(75, 3)
    assert effects(api) == 0
    empty.clock.advance(hours=1)
    assert effects(api) == 1
    assert task(api) == COMPLETED | {"completed_at": "2025-05-07T09:31:00+00:00"}
    enrolled = api.get("/courses/1/users").json()["_data"][0]["enrolled_on"]
    assert enrolled == "2025-05-07T09:31:00+00:00"


def test_a_clock_that_is_set_back_takes_no_progress_away(empty: Portal, api: httpx.Client) -> None:
    empty.set_tasks("seconds:100")
    start(api)
    empty.clock.advance(seconds=50)
    assert task(api) == running(50, 2)
    empty.clock.freeze("2025-05-07T09:30:10Z", backwards=True)
    assert task(api) == running(50, 2)
    empty.clock.freeze("2025-05-07T09:00:00Z", backwards=True)
    assert task(api) == running(50, 2)


def test_what_time_brings_happens_in_its_order(empty: Portal, api: httpx.Client) -> None:
    # A day passes at once: the task is due before the user is deactivated, and the next after.
    empty.set_tasks("seconds:60")
    api.patch("/users/1", json={"status": "active", "deactivation_date": "2025-05-08"})
    start(api)
    empty.clock.advance(days=1)
    assert task(api)["failed"] == 3
    assert effects(api) == 1

    seen = len(told(empty))
    api.delete("/enrollments?user_id=1&course_id=1")
    item = {"user_id": 1, "course_id": 1}
    assert api.post("/batch/enrollments", json={"enrollments": [item]}).status_code == 200
    empty.clock.advance(days=1)
    errors = api.get("/tasks/2").json()["_data"]["errors"]
    assert errors == [{"index": 0, "message": "The requested user is not active"}]
    assert [name for name, _ in told(empty, seen)] == ["course_remove_user"]


def test_a_task_at_once_is_completed_when_it_is_answered(empty: Portal, api: httpx.Client) -> None:
    empty.set_tasks("at-once")
    start(api)
    assert effects(api) == 1
    assert task(api) == COMPLETED


@pytest.mark.parametrize("rule", ["at-once", "seconds:60"])
def test_what_another_rule_would_have_completed_is_completed_now(
    rule: str, empty: Portal, api: httpx.Client
) -> None:
    start(api)
    empty.clock.advance(days=1)
    empty.set_tasks(rule)
    assert task(api) == COMPLETED | {"completed_at": "2025-05-08T09:30:00+00:00"}
    assert effects(api) == 1


def test_a_task_by_hand_moves_by_hand_alone(empty: Portal, api: httpx.Client) -> None:
    empty.set_tasks("manual")
    start(api)
    empty.clock.advance(days=1)
    assert [task(api) for _ in range(3)] == [PENDING] * 3
    assert empty.advance_task(1) == "running"
    assert task(api) == running(50, 2)
    assert effects(api) == 0
    assert empty.advance_task(1) == "completed"
    assert effects(api) == 1
    assert task(api) == COMPLETED | {"completed_at": "2025-05-08T09:30:00+00:00"}


def test_a_task_is_completed_by_hand_under_any_rule(empty: Portal, api: httpx.Client) -> None:
    class Task:
        id = 1

    start(api)
    empty.complete_task(Task())
    assert task(api) == COMPLETED


def test_a_task_fails_by_hand_with_nothing_done(empty: Portal, api: httpx.Client) -> None:
    start(api)
    empty.fail_task(1)
    assert task(api) == PENDING | {"status": "failed"}
    empty.clock.advance(days=1)
    assert effects(api) == 0


def test_a_task_that_is_stuck_stays(empty: Portal, api: httpx.Client) -> None:
    empty.set_tasks("stuck")
    start(api)
    empty.clock.advance(days=1)
    assert [task(api) for _ in range(3)] == [PENDING] * 3
    for move in (empty.advance_task, empty.complete_task, empty.fail_task):
        with pytest.raises(MockError) as refused:
            move(1)
        assert str(refused.value) == (
            "The task 1 cannot move: the portal's tasks are stuck; set another rule first."
        )
    assert task(api) == PENDING


@pytest.mark.parametrize("move", ["advance_task", "complete_task", "fail_task"])
def test_a_task_that_is_over_does_not_move(move: str, empty: Portal, api: httpx.Client) -> None:
    start(api)
    empty.complete_task(1)
    with pytest.raises(MockError) as refused:
        getattr(empty, move)(1)
    assert str(refused.value) == "The task 1 is completed already."
    with pytest.raises(NotFound) as missing:
        getattr(empty, move)(2)
    assert str(missing.value) == "The requested task does not exist."


@pytest.mark.parametrize("rule", ["at-once", "seconds:1"])
def test_another_rule_holds_for_what_is_under_way(
    rule: str, empty: Portal, api: httpx.Client
) -> None:
    empty.set_tasks("stuck")
    start(api)
    empty.clock.advance(seconds=1)
    empty.set_tasks(rule)
    assert effects(api) == 1


def test_an_unknown_rule_is_refused_and_changes_nothing(empty: Portal) -> None:
    with pytest.raises(SetupError) as refused:
        empty.set_tasks("manualy")
    assert str(refused.value) == "There is no rule 'manualy' for tasks (did you mean 'manual'?)."
    assert empty.settings.tasks == "polls:2"


def test_a_portal_is_made_with_its_rule(new_portal: NewPortal, new_client: NewClient) -> None:
    portal = new_portal(dataset="empty", tasks="at-once", clock=NOW)
    client = new_client(portal)
    client.post("/batch/courses", json={"courses": [{"name": "Algebra"}]})
    assert len(client.get("/courses").json()["_data"]) == 1


@pytest.mark.parametrize("id", ["2", "0", "x", "99999999999999999999"])
def test_a_task_that_is_not_there_is_404(id: str, api: httpx.Client) -> None:
    start(api)
    response = api.get(f"/tasks/{id}")
    assert response.status_code == 404
    assert response.json() == refusal("The requested task does not exist.")


def test_a_job_that_is_refused_half_way_leaves_nothing(empty: Portal, api: httpx.Client) -> None:
    # A change of a user's name with a custom field that cannot be: the name stays too.
    empty.set_tasks("at-once")
    with empty.transaction() as transaction:
        items = [
            {"values": {"id": 1, "name": "Augusta"}, "extra": {}},
            {"values": {"id": 1, "login": "x", "locale": "xx"}, "extra": {}},
        ]
        assert tasks.start(transaction, "upsert_users", items) == 1
    user = api.get("/users/1").json()["_data"]
    assert (user["name"], user["login"]) == ("Augusta", "ada")
    assert task(api)["errors"][0]["index"] == 1


def test_a_failure_outside_of_the_items_leaves_nothing(empty: Portal, api: httpx.Client) -> None:
    # Even a savepoint that is the first thing of its transaction is undone with it.
    def break_off() -> None:
        with empty.transaction() as transaction:
            with transaction.savepoint():
                tasks.start(transaction, "create_enrollments", [])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        break_off()
    assert api.get("/tasks/1").status_code == 404


def test_time_moves_no_task_by_hand(empty: Portal, api: httpx.Client) -> None:
    empty.set_tasks("manual")
    start(api)
    api.patch("/users/1", json={"status": "active", "deactivation_date": "2025-05-08"})
    empty.clock.advance(days=1)
    assert api.get("/users/1").json()["_data"]["status"] == "inactive"
    assert task(api) == PENDING
