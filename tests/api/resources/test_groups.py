from typing import Any, Literal

import httpx
import pytest
from sqlalchemy import select, update

from talentlms_mock import Portal
from talentlms_mock.errors import RuleBroken
from talentlms_mock.portal.store.models import enrollments, groups, tasks
from tests.api.events import told
from tests.api.responses import ADA, LEARNER, Json, error, refusal

GROUP: Json = {
    "id": 1,
    "name": "Class of 2025",
    "description": None,
    "branch": None,
    "key": None,
    "max_key_redemptions": None,
    "price": None,
}
LISTED: Json = {
    "id": 1,
    "name": "Class of 2025",
    "description": None,
    "key_redemptions": {"max": None, "used": 0},
    "branch": None,
    "price": None,
}
ADA_IN = {"group_id": 1, "user_id": 1}
ALGEBRA_IN = {"group_id": 1, "course_id": 1}


def add_group(api: httpx.Client, **different: Any) -> int:
    response = api.post("/groups", json={"name": "Class of 2025"} | different)
    assert response.status_code == 200, response.text
    id = response.json()["_data"]["id"]
    assert isinstance(id, int)
    return id


def add_user(api: httpx.Client, login: str, **different: Any) -> int:
    mine = {"login": login, "email": f"{login}@example.com"} | different
    id = api.post("/users", json=ADA | mine).json()["_data"]["id"]
    assert isinstance(id, int)
    return id


def add_course(api: httpx.Client, name: str, **different: Any) -> int:
    id = api.post("/courses", json={"name": name} | different).json()["_data"]["id"]
    assert isinstance(id, int)
    return id


def enrolled(portal: Portal) -> list[tuple[int, int]]:
    """Return every enrollment as user and course, in their order."""
    with portal.transaction() as transaction:
        rows = transaction.connection.execute(
            select(enrollments.c.user_id, enrollments.c.course_id).order_by(enrollments.c.id)
        )
        return [(row.user_id, row.course_id) for row in rows]


def ids(response: httpx.Response) -> list[int]:
    assert response.status_code == 200, response.text
    return [item["id"] for item in response.json()["_data"]]


@pytest.fixture
def ada_and_algebra(api: httpx.Client) -> None:
    """User 1, course 1 and group 1, which have nothing to do with each other."""
    assert (add_user(api, "ada"), add_course(api, "Algebra"), add_group(api)) == (1, 1, 1)


def test_creating_a_group_answers_with_it(empty: Portal, api: httpx.Client) -> None:
    response = api.post("/groups", json={"name": "Class of 2025"})
    assert (response.status_code, response.json()) == (200, {"_data": GROUP})
    assert list(response.json()["_data"]) == list(GROUP)
    assert told(empty) == [("group_create_group", "The group Class of 2025 was created")]
    assert api.get("/groups/1").json() == {"_data": GROUP}


def test_creating_a_group_with_everything(api: httpx.Client) -> None:
    body = {
        "name": "Class",
        "description": "All of them",
        "key": "OPEN",
        "max_key_redemptions": 25,
        "price": 9.5,
    }
    response = api.post("/groups", json=body)
    price = {"amount": 9.5, "currency": "USD"}
    assert response.json() == {"_data": body | {"id": 1, "price": price, "branch": None}}


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({}, "Group name is required"),
        ({"name": ""}, "Group name is required"),
        ({"name": "", "key": ""}, "Group name is required"),
        ({"name": 1}, "The attribute 'name' must be a string"),
        ({"name": "x" * 192}, "The attribute 'name' must have at most 191 characters"),
        ({"name": "x", "key": ""}, "Group key must be a not empty string or null"),
        ({"name": "x", "key": 7}, "Group key must be a not empty string or null"),
        ({"name": "x", "price": -1}, "The attribute 'price' must be at least 0"),
        (
            {"name": "x", "max_key_redemptions": "5"},
            "The attribute 'max_key_redemptions' must be an integer",
        ),
    ],
)
def test_a_wrong_group_is_400(body: Json, problem: str, empty: Portal, api: httpx.Client) -> None:
    response = api.post("/groups", json=body)
    assert (response.status_code, response.json()) == (400, refusal(problem))
    assert told(empty) == []


def test_groups_are_listed_and_searched_without_regard_to_case(api: httpx.Client) -> None:
    add_group(api)
    add_group(api, name="ÉCOLE")
    response = api.get("/groups")
    assert response.json()["_data"] == [LISTED, LISTED | {"id": 2, "name": "ÉCOLE"}]
    assert list(response.json()["_data"][0]) == list(LISTED)
    assert response.json()["_meta"]["pagination"]["total_items"] == 2
    assert ids(api.get("/groups?filter[keyword][like]=éco")) == [2]
    assert ids(api.get("/groups?page[size]=1&page[number]=2")) == [2]


def test_a_group_says_its_branch(empty: Portal, api: httpx.Client) -> None:
    api.post("/branches", json={"name": "Oslo", "description": "", "default_locale": "nb-NO"})
    add_group(api)
    with empty.transaction() as transaction:
        transaction.connection.execute(update(groups).values(branch_id=1))
    assert api.get("/groups/1").json()["_data"]["branch"] == {"id": 1, "name": "Oslo"}


def test_a_deleted_group_is_gone_and_its_members_stay_enrolled(
    empty: Portal, api: httpx.Client, ada_and_algebra: None
) -> None:
    api.post("/group-courses", json=ALGEBRA_IN)
    api.post("/group-memberships", json=ADA_IN | {"enroll_to_courses": True})
    empty.add_branch("Oslo", default_group=1)
    seen = len(told(empty))

    response = api.delete("/groups/1")

    assert (response.status_code, response.content) == (204, b"")
    assert told(empty, seen) == [("group_delete_group", "The group Class of 2025 was deleted")]
    assert api.get("/groups").json()["_data"] == []
    assert api.get("/users?filter[group_id][eq]=1").json()["_data"] == []
    assert api.get("/branches/1").json()["_data"]["default_group"] is None
    assert enrolled(empty) == [(1, 1)]
    assert add_group(api) == 2  # ids are not used again
    again = api.delete("/groups/1")
    assert (again.status_code, again.json()) == (404, refusal("Group not found"))


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/groups/{}"),
        ("DELETE", "/groups/{}"),
        ("GET", "/groups/{}/courses"),
        ("GET", "/groups/{}/users"),
    ],
)
def test_a_group_that_does_not_exist(method: str, path: str, api: httpx.Client) -> None:
    response = api.request(method, path.format(9))
    assert (response.status_code, response.json()) == (404, refusal("Group not found"))
    for malformed in ("x", "-1", "0"):
        response = api.request(method, path.format(malformed))
        assert response.status_code == 400
        assert response.json() == refusal("Group id must be a positive integer")


def test_a_quirk_lists_the_members_in_the_details(
    empty: Portal, api: httpx.Client, ada_and_algebra: None
) -> None:
    api.post("/group-memberships", json=ADA_IN)
    assert api.get("/groups/1").json() == {"_data": GROUP}
    empty.set_quirk("group_detail_users", "list")
    details = api.get("/groups/1").json()["_data"]
    assert details == GROUP | {"users": [{"id": 1, "name": "Ada Lovelace"}]}
    assert list(details) == [*GROUP, "users"]


def test_joining_a_group(empty: Portal, api: httpx.Client, ada_and_algebra: None) -> None:
    seen = len(told(empty))
    response = api.post("/group-memberships", json=ADA_IN)
    assert (response.status_code, response.content) == (204, b"")
    assert told(empty, seen) == [
        ("group_add_user", "Ada Lovelace was added to the group Class of 2025")
    ]
    assert api.get("/groups/1/users").json()["_data"] == [
        {
            "id": 1,
            "login": "ada",
            "name": "Ada",
            "surname": "Lovelace",
            "email": "ada@example.com",
            "user_type": {"id": LEARNER["id"], "name": LEARNER["name"]},
            "status": "active",
            "last_login": None,
        }
    ]
    again = api.post("/group-memberships", json=ADA_IN)
    assert (again.status_code, again.json()) == (409, refusal("User already in group"))


def test_giving_a_group_a_course(empty: Portal, api: httpx.Client, ada_and_algebra: None) -> None:
    seen = len(told(empty))
    response = api.post("/group-courses", json=ALGEBRA_IN)
    assert (response.status_code, response.content) == (204, b"")
    assert told(empty, seen) == [
        ("group_add_course", "Algebra was added to the group Class of 2025")
    ]
    algebra = {"id": 1, "name": "Algebra", "code": None}
    assert api.get("/groups/1/courses").json()["_data"] == [algebra]
    again = api.post("/group-courses", json=ALGEBRA_IN)
    assert (again.status_code, again.json()) == (409, refusal("Course is already in the group"))


@pytest.mark.parametrize("path", ["/group-memberships", "/group-courses"])
@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_wrong_links(
    method: str, path: str, empty: Portal, api: httpx.Client, ada_and_algebra: None
) -> None:
    other = "user" if path == "/group-memberships" else "course"
    seen = len(told(empty))

    def refused(**body: object) -> tuple[int, Json]:
        response = api.request(method, path, json=body)
        return response.status_code, response.json()

    one: Json = {f"{other}_id": 1}
    name = other.capitalize()
    assert refused(**one) == (400, refusal("Group id is required"))
    assert refused(group_id=1) == (400, refusal(f"{name} id is required"))
    wrong = refusal("Group id must be a positive integer")
    assert refused(**one, group_id="x") == (400, wrong)
    wrong = refusal(f"{name} id must be a positive integer")
    assert refused(**{"group_id": 9, f"{other}_id": "x"}) == (400, wrong)
    assert refused(**one, group_id=9) == (404, refusal("Group not found"))
    gone = refusal(f"{name} not found")
    assert refused(**{"group_id": 1, f"{other}_id": 9}) == (404, gone)
    assert told(empty, seen) == []


@pytest.mark.parametrize(
    ("method", "path", "link", "text"),
    [
        ("POST", "/group-memberships", ADA_IN, "Cannot add an archived user to a group"),
        ("DELETE", "/group-memberships", ADA_IN, "The requested user is no longer available"),
        ("POST", "/group-courses", ALGEBRA_IN, "Course is not longer available"),
        ("DELETE", "/group-courses", ALGEBRA_IN, "The requested course is no longer available"),
    ],
)
@pytest.mark.parametrize("shape", ["wrapped", "recorded"])
def test_what_is_archived_is_409(
    shape: Literal["wrapped", "recorded"],
    method: str,
    path: str,
    link: Json,
    text: str,
    empty: Portal,
    api: httpx.Client,
    ada_and_algebra: None,
) -> None:
    empty.set_quirk("error_shape", shape)
    api.post(path, json=link)
    api.delete("/users/1" if "user_id" in link else "/courses/1")
    response = api.request(method, path, json=link)
    assert (response.status_code, response.json()) == (409, error(shape, "conflict", text))
    nowhere = api.request(method, path, json=link | {"group_id": 9})
    expected = error(shape, "not_found.group_not_found", "Group not found")
    assert (nowhere.status_code, nowhere.json()) == (404, expected)


@pytest.mark.parametrize(
    ("path", "id", "text"),
    [
        ("/group-memberships", "conflict.user_not_in_group", "User not in group"),
        ("/group-courses", "conflict", "Course is not in the group"),
    ],
)
def test_leaving_a_group_without_being_in_it(
    path: str, id: str, text: str, empty: Portal, api: httpx.Client, ada_and_algebra: None
) -> None:
    empty.set_quirk("error_shape", "recorded")
    link = ADA_IN if path == "/group-memberships" else ALGEBRA_IN
    response = api.request("DELETE", path, json=link)
    assert (response.status_code, response.json()) == (409, error("recorded", id, text))


@pytest.mark.parametrize(
    ("path", "link", "left"),
    [
        (
            "/group-memberships",
            ADA_IN,
            ("group_remove_user", "Ada Lovelace was removed from the group Class of 2025"),
        ),
        (
            "/group-courses",
            ALGEBRA_IN,
            ("group_remove_course", "Algebra was removed from the group Class of 2025"),
        ),
    ],
)
@pytest.mark.parametrize("place", ["json", "params"])
def test_leaving_a_group_keeps_enrollments(
    place: str,
    path: str,
    link: Json,
    left: tuple[str, str],
    empty: Portal,
    api: httpx.Client,
    ada_and_algebra: None,
) -> None:
    api.post("/group-memberships", json=ADA_IN)
    api.post("/group-courses", json=ALGEBRA_IN)
    assert enrolled(empty) == [(1, 1)]
    seen = len(told(empty))
    sent: Any = {place: link}

    response = api.request("DELETE", path, **sent)

    assert (response.status_code, response.content) == (204, b"")
    assert told(empty, seen) == [left]
    assert enrolled(empty) == [(1, 1)]
    warnings = [text for exchange in empty.journal for text in exchange.warnings]
    assert len(warnings) == (2 if place == "params" else 0)
    again = api.request("DELETE", path, **sent)
    text = "User not in group" if "user_id" in link else "Course is not in the group"
    assert (again.status_code, again.json()) == (409, refusal(text))


def test_joining_enrolls_at_once_when_asked_to(
    empty: Portal, api: httpx.Client, ada_and_algebra: None
) -> None:
    add_course(api, "Closed", is_active=False)
    add_course(api, "Biology")
    for course_id in (1, 2, 3):
        api.post("/group-courses", json={"group_id": 1, "course_id": course_id})
    api.post("/enrollments", json={"user_id": 1, "course_id": 3})
    empty.set_tasks("stuck")
    seen = len(told(empty))

    response = api.post("/group-memberships", json=ADA_IN | {"enroll_to_courses": True})

    assert response.status_code == 204
    assert enrolled(empty) == [(1, 3), (1, 1)]
    assert told(empty, seen) == [
        ("group_add_user", "Ada Lovelace was added to the group Class of 2025"),
        ("course_add_user", "Ada Lovelace was enrolled in Algebra"),
    ]


def test_joining_enrolls_by_a_task_otherwise(
    empty: Portal, api: httpx.Client, ada_and_algebra: None
) -> None:
    empty.set_tasks("manual")
    api.post("/group-courses", json=ALGEBRA_IN)
    api.post("/group-memberships", json=ADA_IN)
    assert enrolled(empty) == []
    (task,) = empty.tasks
    assert (task.type, task.status, task.total) == ("enroll_group", "pending", 1)
    empty.complete_task(task)
    assert enrolled(empty) == [(1, 1)]


def test_a_task_that_nobody_can_poll_is_done_after_the_answer(
    empty: Portal, api: httpx.Client, ada_and_algebra: None
) -> None:
    api.post("/group-courses", json=ALGEBRA_IN)
    api.post("/group-memberships", json=ADA_IN)
    assert ids(api.get("/courses/1/users")) == [1]
    assert [task.status for task in empty.tasks] == ["completed"]


def test_a_course_of_a_group_enrolls_whom_it_can(
    empty: Portal, api: httpx.Client, ada_and_algebra: None
) -> None:
    add_user(api, "bob", status=False)
    add_user(api, "cyd")
    add_user(api, "dan")
    add_user(api, "eve")
    add_course(api, "Small", capacity=2)
    api.post("/enrollments", json={"user_id": 4, "course_id": 2})
    for user_id in range(1, 6):
        api.post("/group-memberships", json={"group_id": 1, "user_id": user_id})
    seen = len(told(empty))

    assert api.post("/group-courses", json={"group_id": 1, "course_id": 2}).status_code == 204

    assert enrolled(empty) == [(4, 2), (1, 2)]
    assert told(empty, seen) == [
        ("group_add_course", "Small was added to the group Class of 2025"),
        ("course_add_user", "Ada Lovelace was enrolled in Small"),
    ]
    task = next(iter(empty.tasks))
    assert (task.status, task.total, task.failed) == ("completed", 4, 0)


@pytest.mark.parametrize("path", ["/group-memberships", "/group-courses"])
def test_what_left_the_group_before_the_task_is_not_enrolled(
    path: str, empty: Portal, api: httpx.Client, ada_and_algebra: None
) -> None:
    empty.set_tasks("manual")
    api.post("/group-courses", json=ALGEBRA_IN)
    api.post("/group-memberships", json=ADA_IN)
    left = ADA_IN if path == "/group-memberships" else ALGEBRA_IN
    api.request("DELETE", path, json=left)
    empty.complete_task(next(iter(empty.tasks)))
    assert enrolled(empty) == []


def test_a_group_without_courses_or_members_needs_no_task(
    empty: Portal, api: httpx.Client, ada_and_algebra: None
) -> None:
    api.post("/group-courses", json=ALGEBRA_IN)
    add_group(api, name="Other")
    api.post("/group-memberships", json={"group_id": 2, "user_id": 1})
    with empty.transaction() as transaction:
        assert transaction.connection.execute(select(tasks)).first() is None


def test_a_key_lets_users_in_until_it_is_used_up(empty: Portal, api: httpx.Client) -> None:
    add_group(api, key="K", max_key_redemptions=1)
    for login in ("ada", "bob", "cyd"):
        add_user(api, login)

    assert api.post("/group-memberships", json=ADA_IN).status_code == 204
    assert api.get("/groups").json()["_data"][0]["key_redemptions"] == {"max": 1, "used": 0}
    empty.learner("bob").join_group("K")
    assert api.get("/groups").json()["_data"][0]["key_redemptions"] == {"max": 1, "used": 1}
    assert ids(api.get("/groups/1/users")) == [1, 2]

    seen = len(told(empty))
    response = api.post("/group-memberships", json={"group_id": 1, "user_id": 3})
    full = "The key of the requested group has reached its redemptions"
    assert (response.status_code, response.json()) == (400, refusal(full))
    again = api.post("/group-memberships", json=ADA_IN)
    assert (again.status_code, again.json()) == (409, refusal("User already in group"))
    with pytest.raises(RuleBroken, match=full):
        empty.learner("cyd").join_group("K")
    with pytest.raises(RuleBroken, match="The requested group key does not exist"):
        empty.learner("cyd").join_group("L")
    assert told(empty, seen) == []


def test_a_key_without_a_limit_is_never_used_up(empty: Portal, api: httpx.Client) -> None:
    add_group(api, key="K", max_key_redemptions=0)
    for login in ("ada", "bob"):
        add_user(api, login)
        empty.learner(login).join_group("K")
    assert api.get("/groups").json()["_data"] == [
        LISTED | {"key_redemptions": {"max": 0, "used": 2}}
    ]


def test_the_members_of_a_large_group_come_in_pages(client: httpx.Client) -> None:
    listed = client.get("/groups/1/users", params={"page[size]": 3}).json()
    filtered = client.get("/users", params={"filter[group_id][eq]": 1, "page[size]": 3}).json()
    assert [item["id"] for item in listed["_data"]] == [item["id"] for item in filtered["_data"]]
    assert listed["_meta"]["pagination"] == filtered["_meta"]["pagination"]
    assert listed["_meta"]["pagination"]["total_pages"] > 1
