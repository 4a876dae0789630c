import re

import httpx
import pytest

from talentlms_mock import MockError, Portal
from talentlms_mock.errors import NotFound, SetupError
from talentlms_mock.portal.rules import tasks
from tests.api.events import told
from tests.api.responses import ADA, Json, refusal
from tests.conftest import NOW, NewClient, NewPortal

PENDING: Json = {
    "status": "pending",
    "progress": 0,
    "processed_items": 0,
    "download_url": None,
}
ERRORS = [
    (1, "User not found"),
    (2, "The user is already enrolled in this course"),
    (3, "User id is required"),
]
COMPLETED = PENDING | {"status": "completed", "progress": 100, "processed_items": 4}


@pytest.fixture(autouse=True)
def _ada_and_algebra(api: httpx.Client) -> None:
    assert api.post("/users", json=ADA).json()["_data"]["id"] == 1
    assert api.post("/courses", json={"name": "Algebra"}).json()["_data"]["id"] == 1


def start(api: httpx.Client) -> str:
    """Start a task of four items, of which one can be done, and return its id."""
    one = {"user_id": 1, "course_id": 1}
    items = [one, {"user_id": 9, "course_id": 1}, one, {"course_id": 1}]
    response = api.post("/batch/enrollments", json={"enrollments": items})
    assert response.status_code == 200
    (id,) = response.json()["_data"].values()
    assert response.json() == {"_data": {"task_id": id}}
    assert re.fullmatch("[A-Za-z0-9]{8}", id)
    return str(id)


def task(api: httpx.Client, id: str) -> Json:
    """Return what is said of a task, but for its id, and the address of its file, if it has one."""
    response = api.get(f"/tasks/{id}")
    assert response.status_code == 200
    data: Json = response.json()["_data"]
    assert data.pop("id") == id
    if data["download_url"] is not None:
        assert re.fullmatch(
            rf"https://\w+\.talentlms\.com/downloads/task:{id},key:[0-9a-f]{{20}}",
            data["download_url"],
        )
        data["download_url"] = None
    return data


def refused(portal: Portal, id: str) -> list[tuple[object, object]]:
    """Return the items of a task that were refused, and why."""
    return [(error["index"], error["message"]) for error in portal.tasks.get(id).errors]


def effects(api: httpx.Client) -> int:
    """Return how many users are enrolled."""
    return len(api.get("/courses/1/users").json()["_data"])


def running(progress: int, processed: int) -> Json:
    return PENDING | {"status": "running", "progress": progress, "processed_items": processed}


def test_a_task_is_completed_by_the_second_poll(empty: Portal, api: httpx.Client) -> None:
    id = start(api)
    seen = len(told(empty))
    assert effects(api) == 0
    assert task(api, id) == running(50, 2)
    assert (effects(api), told(empty, seen)) == (0, [])
    assert task(api, id) == COMPLETED
    assert effects(api) == 1
    assert told(empty, seen) == [("course_add_user", "Ada Lovelace was enrolled in Algebra")]
    assert task(api, id) == COMPLETED


def test_a_task_takes_as_many_polls_as_are_set(empty: Portal, api: httpx.Client) -> None:
    empty.set_tasks("polls:3")
    id = start(api)
    assert [task(api, id)["progress"] for _ in range(4)] == [33, 66, 100, 100]


def test_a_single_poll_can_be_enough(empty: Portal, api: httpx.Client) -> None:
    empty.set_tasks("polls:1")
    id = start(api)
    assert effects(api) == 0
    assert task(api, id) == COMPLETED


def test_a_task_is_completed_by_the_clock_and_nobody_asks(empty: Portal, api: httpx.Client) -> None:
    empty.set_tasks("seconds:60")
    id = start(api)
    assert task(api, id) == PENDING
    empty.clock.advance(seconds=45)
    assert task(api, id) == running(75, 3)
    assert effects(api) == 0
    empty.clock.advance(hours=1)
    assert effects(api) == 1
    assert task(api, id) == COMPLETED
    enrolled = api.get("/courses/1/users").json()["_data"][0]["enrolled_on"]
    assert enrolled == "2025-05-07T09:31:00+00:00"


def test_a_clock_that_is_set_back_takes_no_progress_away(empty: Portal, api: httpx.Client) -> None:
    empty.set_tasks("seconds:100")
    id = start(api)
    empty.clock.advance(seconds=50)
    assert task(api, id) == running(50, 2)
    empty.clock.freeze("2025-05-07T09:30:10Z", backwards=True)
    assert task(api, id) == running(50, 2)
    empty.clock.freeze("2025-05-07T09:00:00Z", backwards=True)
    assert task(api, id) == running(50, 2)


def test_what_time_brings_happens_in_its_order(empty: Portal, api: httpx.Client) -> None:
    # A day passes at once: the task is due before the user is deactivated, and the next after.
    empty.set_tasks("seconds:60")
    api.patch("/users/1", json={"status": "active", "deactivation_date": "2025-05-08"})
    id = start(api)
    empty.clock.advance(days=1)
    assert refused(empty, id) == ERRORS
    assert effects(api) == 1

    seen = len(told(empty))
    api.delete("/enrollments?user_id=1&course_id=1")
    item = {"user_id": 1, "course_id": 1}
    started = api.post("/batch/enrollments", json={"enrollments": [item]}).json()["_data"]
    empty.clock.advance(days=1)
    assert refused(empty, started["task_id"]) == [(0, "The requested user is not active")]
    assert [name for name, _ in told(empty, seen)] == ["course_remove_user"]


def test_a_task_at_once_is_completed_when_it_is_answered(empty: Portal, api: httpx.Client) -> None:
    empty.set_tasks("at-once")
    id = start(api)
    assert effects(api) == 1
    assert task(api, id) == COMPLETED


@pytest.mark.parametrize("rule", ["at-once", "seconds:60"])
def test_what_another_rule_would_have_completed_is_completed_now(
    rule: str, empty: Portal, api: httpx.Client
) -> None:
    id = start(api)
    empty.clock.advance(days=1)
    empty.set_tasks(rule)
    assert task(api, id) == COMPLETED
    assert effects(api) == 1


def test_a_manual_task_moves_only_when_it_is_moved(empty: Portal, api: httpx.Client) -> None:
    empty.set_tasks("manual")
    id = start(api)
    empty.clock.advance(days=1)
    assert [task(api, id) for _ in range(3)] == [PENDING] * 3
    assert empty.advance_task(id) == "running"
    assert task(api, id) == running(50, 2)
    assert effects(api) == 0
    assert empty.advance_task(id) == "completed"
    assert effects(api) == 1
    assert task(api, id) == COMPLETED


def test_a_task_can_be_completed_under_any_rule(empty: Portal, api: httpx.Client) -> None:
    id = start(api)
    empty.complete_task(empty.tasks.get(id))
    assert task(api, id) == COMPLETED


def test_a_failed_task_has_done_nothing(empty: Portal, api: httpx.Client) -> None:
    id = start(api)
    empty.fail_task(id)
    assert task(api, id) == PENDING | {"status": "failed"}
    empty.clock.advance(days=1)
    assert effects(api) == 0


def test_a_task_that_is_stuck_stays(empty: Portal, api: httpx.Client) -> None:
    empty.set_tasks("stuck")
    id = start(api)
    empty.clock.advance(days=1)
    assert [task(api, id) for _ in range(3)] == [PENDING] * 3
    for move in (empty.advance_task, empty.complete_task, empty.fail_task):
        with pytest.raises(MockError) as refused:
            move(id)
        assert str(refused.value) == (
            f"The task {id} cannot move: the portal's tasks are stuck; set another rule first."
        )
    assert task(api, id) == PENDING


@pytest.mark.parametrize("move", ["advance_task", "complete_task", "fail_task"])
def test_a_task_that_is_over_does_not_move(move: str, empty: Portal, api: httpx.Client) -> None:
    id = start(api)
    empty.complete_task(id)
    with pytest.raises(MockError) as refused:
        getattr(empty, move)(id)
    assert str(refused.value) == f"The task {id} is completed already."
    with pytest.raises(NotFound) as missing:
        getattr(empty, move)("2x3LBp89")
    assert str(missing.value) == "Task not found"


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


def test_a_task_that_is_not_there_is_404(api: httpx.Client) -> None:
    start(api)
    response = api.get("/tasks/2x3LBp89")
    assert response.status_code == 404
    assert response.json() == refusal("Task not found")


@pytest.mark.parametrize("id", ["1", "abc", "-1", "2x3LBp890", "2x3LBp8_", "2x3LBp8%C3%A9"])
def test_an_id_of_another_form_is_no_path(id: str, empty: Portal, api: httpx.Client) -> None:
    left = empty.rate_limit.remaining
    response = api.get(f"/tasks/{id}")
    assert (response.status_code, response.json()) == (404, refusal("Not Found"))
    assert empty.rate_limit.remaining == left


def test_what_was_refused_is_in_a_file(empty: Portal, api: httpx.Client) -> None:
    id = start(api)
    empty.complete_task(id)
    address = api.get(f"/tasks/{id}").json()["_data"]["download_url"]
    key = address.rpartition(":")[2]
    with empty.transaction() as transaction:
        assert tasks.report(transaction, id, key) == (
            "index,message\r\n"
            "1,User not found\r\n"
            "2,The user is already enrolled in this course\r\n"
            "3,User id is required\r\n"
        )
        with pytest.raises(NotFound):
            tasks.report(transaction, id, "another")


def test_a_task_without_a_refused_item_has_no_file(empty: Portal, api: httpx.Client) -> None:
    empty.set_tasks("at-once")
    item = {"user_id": 1, "course_id": 1}
    started = api.post("/batch/enrollments", json={"enrollments": [item]}).json()["_data"]
    response = api.get(f"/tasks/{started['task_id']}")
    assert response.json() == {
        "_data": {
            "id": started["task_id"],
            "status": "completed",
            "progress": 100,
            "processed_items": 1,
            "download_url": None,
        }
    }


def test_every_task_has_an_id_of_its_own(api: httpx.Client) -> None:
    assert len({start(api) for _ in range(20)}) == 20


def test_a_job_that_is_refused_half_way_leaves_nothing(empty: Portal, api: httpx.Client) -> None:
    # A change of a user's name with a custom field that cannot be: the name stays too.
    empty.set_tasks("at-once")
    with empty.transaction() as transaction:
        items = [
            {"values": {"id": 1, "name": "Augusta"}, "extra": {}},
            {"values": {"id": 1, "login": "x", "locale": "xx"}, "extra": {}},
        ]
        id = tasks.start(transaction, "upsert_users", items)
    user = api.get("/users/1").json()["_data"]
    assert (user["name"], user["login"]) == ("Augusta", "ada")
    assert [index for index, _ in refused(empty, id)] == [1]


def test_a_failure_outside_of_the_items_leaves_nothing(empty: Portal, api: httpx.Client) -> None:
    # Even a savepoint that is the first thing of its transaction is undone with it.
    def break_off() -> None:
        with empty.transaction() as transaction:
            with transaction.savepoint():
                started.append(tasks.start(transaction, "create_enrollments", []))
            raise RuntimeError

    started: list[str] = []

    with pytest.raises(RuntimeError):
        break_off()
    assert api.get(f"/tasks/{started[0]}").status_code == 404


def test_time_moves_no_manual_task(empty: Portal, api: httpx.Client) -> None:
    empty.set_tasks("manual")
    id = start(api)
    api.patch("/users/1", json={"status": "active", "deactivation_date": "2025-05-08"})
    empty.clock.advance(days=1)
    assert api.get("/users/1").json()["_data"]["status"] == "inactive"
    assert task(api, id) == PENDING
