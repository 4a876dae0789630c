from typing import Any

import httpx
import pytest
from sqlalchemy import update

from talentlms_mock import Portal
from talentlms_mock.portal.rules import branches as rules
from talentlms_mock.portal.store.models import groups, site
from tests.api.events import told
from tests.api.responses import ADA, WRONG, Json, refusal

OSLO = {"name": "Oslo", "description": "Ours", "default_locale": "nb-NO"}
LISTED: Json = {
    "id": 1,
    "name": "Oslo",
    "description": "Ours",
    "active": True,
    "default_locale": "nb-NO",
    "default_timezone": "UTC",
    "default_user_type": None,
    "default_group": None,
    "owner_id": None,
    "ecommerce": None,
}
WHOLE = {
    "title": None,
    "theme": None,
    "signup": {"method": "direct", "verification": "email"},
}
ADA_IN = {"branch_id": 1, "user_id": 1}
ALGEBRA_IN = {"branch_id": 1, "course_id": 1}


def url(portal: Portal, label: str) -> Json:
    return {"url": f"https://{portal.domain}-{label}.talentlms.com"}


def add(api: httpx.Client, **different: Any) -> int:
    response = api.post("/branches", json=OSLO | different)
    assert response.status_code == 200, response.text
    id = response.json()["_data"]["id"]
    assert isinstance(id, int)
    return id


@pytest.fixture
def ada_and_algebra(api: httpx.Client) -> None:
    """User 1, course 1 and branch 1, which have nothing to do with each other."""
    assert api.post("/users", json=ADA).json()["_data"]["id"] == 1
    assert api.post("/courses", json={"name": "Algebra"}).json()["_data"]["id"] == 1
    assert add(api) == 1


def test_creating_a_branch_answers_with_it(empty: Portal, api: httpx.Client) -> None:
    response = api.post("/branches", json=OSLO)
    whole = LISTED | url(empty, "oslo") | WHOLE
    assert (response.status_code, response.json()) == (200, {"_data": whole})
    assert told(empty) == [("branch_create_branch", "The branch Oslo was created")]
    assert api.get("/branches/1").json() == {"_data": whole}


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({}, "Branch name is required"),
        ({"name": "x"}, "Branch description is required"),
        ({"name": "x", "description": ""}, "Branch default locale is required"),
        (OSLO | {"name": ""}, "Branch name is required"),
        (OSLO | {"description": None}, "The attribute 'description' must be a string"),
        (
            OSLO | {"default_locale": "no"},
            "The attribute 'default_locale' must be one of the portal's locales, like en-US",
        ),
    ],
)
def test_a_wrong_branch_is_400(body: Json, problem: str, empty: Portal, api: httpx.Client) -> None:
    response = api.post("/branches", json=body)
    assert (response.status_code, response.json()) == (400, refusal(problem))
    assert told(empty) == []


def test_a_name_is_taken_without_regard_to_case(empty: Portal, api: httpx.Client) -> None:
    add(api, name="ÉCOLE")
    response = api.post("/branches", json=OSLO | {"name": "école"})
    assert response.status_code == 400
    assert response.json() == refusal("A branch with the same name already exists")
    assert len(told(empty)) == 1


def test_a_portal_has_a_limit_of_branches(empty: Portal, api: httpx.Client) -> None:
    with empty.transaction() as transaction:
        transaction.connection.execute(update(site).values(branch_limit=1))
    add(api)
    response = api.post("/branches", json=OSLO | {"name": "Bergen"})
    assert response.status_code == 400
    assert response.json() == refusal("The portal has reached its limit of branches")
    api.delete("/branches/1")
    assert add(api, name="Bergen") == 2


def test_branches_are_listed_and_searched(empty: Portal, api: httpx.Client) -> None:
    add(api)
    add(api, name="New York City!")
    add(api, name="Город")
    listed = api.get("/branches").json()
    assert listed["_meta"]["pagination"]["total_items"] == 3
    assert listed["_data"] == [
        LISTED | url(empty, "oslo"),
        LISTED | {"id": 2, "name": "New York City!"} | url(empty, "new-york-city-2"),
        LISTED | {"id": 3, "name": "Город"} | url(empty, "3"),
    ]
    found = api.get("/branches?filter[keyword][like]=ГОРОД").json()
    assert [branch["id"] for branch in found["_data"]] == [3]


def test_a_branch_says_what_it_refers_to(empty: Portal, api: httpx.Client) -> None:
    assert api.post("/users", json=ADA).status_code == 200
    with empty.transaction() as transaction:
        transaction.insert(groups, {"name": "Class"})
        values = OSLO | {
            "default_timezone": "Europe/Oslo",
            "default_user_type_id": 4,
            "default_group_id": 1,
            "owner_id": 1,
            "ecommerce_currency": "NOK",
            "title": "Academy",
            "theme": "Nordic",
        }
        assert rules.create_branch(transaction, values) == 1
    assert api.get("/branches/1").json()["_data"] == LISTED | url(empty, "oslo") | WHOLE | {
        "default_timezone": "Europe/Oslo",
        "default_user_type": {"id": 4, "name": "Learner-Type"},
        "default_group": {"id": 1, "name": "Class"},
        "owner_id": 1,
        "ecommerce": {"processor": None, "currency": "NOK"},
        "title": "Academy",
        "theme": "Nordic",
    }
    api.delete("/users/1")
    api.delete("/groups/1")
    left = api.get("/branches/1").json()["_data"]
    assert (left["owner_id"], left["default_group"]) == (None, None)


def test_a_deleted_branch_is_gone_and_its_groups_stay(
    empty: Portal, api: httpx.Client, ada_and_algebra: None
) -> None:
    api.post("/branch-users", json=ADA_IN)
    api.post("/branch-courses", json=ALGEBRA_IN)
    with empty.transaction() as transaction:
        transaction.insert(groups, {"name": "Class", "branch_id": 1})
    seen = len(told(empty))

    response = api.delete("/branches/1")

    assert (response.status_code, response.content) == (204, b"")
    assert told(empty, seen) == [("branch_delete_branch", "The branch Oslo was deleted")]
    assert api.get("/branches").json()["_data"] == []
    assert api.get("/users?filter[branch_id][eq]=1").json()["_data"] == []
    assert api.get("/groups/1").json()["_data"]["branch"] is None
    assert api.get("/users/1").status_code == api.get("/courses/1").status_code == 200


def test_switching_a_branch_off_and_on(empty: Portal, api: httpx.Client) -> None:
    add(api)
    changed = ("branch_update_branch", "The branch Oslo was changed")
    response = api.put("/branches/1/status", json={"is_active": False})
    assert (response.status_code, response.content) == (204, b"")
    assert api.get("/branches/1").json()["_data"]["active"] is False
    assert told(empty, 1) == [changed]
    assert api.put("/branches/1/status", json={"is_active": False}).status_code == 204
    assert told(empty, 1) == [changed]
    assert api.put("/branches/1/status", json={"is_active": True}).status_code == 204
    assert api.get("/branches/1").json()["_data"]["active"] is True
    assert told(empty, 1) == [changed, changed]


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({}, "Branch is active is required"),
        ({"is_active": 1}, "The attribute 'is_active' must be boolean"),
        ({"is_active": "true"}, "The attribute 'is_active' must be boolean"),
        ({"is_active": None}, "The attribute 'is_active' must be boolean"),
    ],
)
def test_a_wrong_status_is_400(body: Json, problem: str, api: httpx.Client) -> None:
    response = api.put("/branches/9/status", json=body)
    assert (response.status_code, response.json()) == (400, refusal(problem))


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/branches/9", None),
        ("DELETE", "/branches/9", None),
        ("PUT", "/branches/9/status", {"is_active": True}),
        ("GET", "/branches/9/users", None),
    ],
)
def test_a_branch_that_is_not_there_is_404(
    method: str, path: str, body: Json | None, api: httpx.Client
) -> None:
    response = api.request(method, path, json=body)
    assert response.status_code == 404
    assert response.json() == refusal("Branch not found")


def test_a_user_of_a_branch(empty: Portal, api: httpx.Client, ada_and_algebra: None) -> None:
    seen = len(told(empty))
    response = api.post("/branch-users", json=ADA_IN)
    assert (response.status_code, response.json()) == (200, {"_data": ADA_IN})
    assert api.get("/branches/1/users").json()["_data"] == [
        {
            "id": 1,
            "login": "ada",
            "name": "Ada",
            "surname": "Lovelace",
            "email": "ada@example.com",
            "user_type": {"id": 4, "name": "Learner-Type"},
            "status": "active",
            "last_login": None,
        }
    ]
    again = api.post("/branch-users", json=ADA_IN)
    assert again.status_code == 400
    assert again.json() == refusal("The user already belongs to this branch")
    assert told(empty, seen) == [("branch_add_user", "Ada Lovelace was added to the branch Oslo")]


def test_a_course_of_a_branch(empty: Portal, api: httpx.Client, ada_and_algebra: None) -> None:
    seen = len(told(empty))
    response = api.post("/branch-courses", json=ALGEBRA_IN)
    assert (response.status_code, response.json()) == (200, {"_data": ALGEBRA_IN})
    again = api.post("/branch-courses", json=ALGEBRA_IN)
    assert again.status_code == 400
    assert again.json() == refusal("Course already exists in branch")
    assert told(empty, seen) == [("branch_add_course", "Algebra was added to the branch Oslo")]


@pytest.mark.parametrize(
    ("path", "link", "left"),
    [
        (
            "/branch-users",
            ADA_IN,
            ("branch_remove_user", "Ada Lovelace was removed from the branch Oslo"),
        ),
        (
            "/branch-courses",
            ALGEBRA_IN,
            ("branch_remove_course", "Algebra was removed from the branch Oslo"),
        ),
    ],
)
@pytest.mark.parametrize("place", ["json", "params"])
def test_leaving_a_branch(
    place: str,
    path: str,
    link: Json,
    left: tuple[str, str],
    empty: Portal,
    api: httpx.Client,
    ada_and_algebra: None,
) -> None:
    api.post("/enrollments", json={"user_id": 1, "course_id": 1})
    api.post(path, json=link)
    seen = len(told(empty))
    sent: Any = {place: link}

    response = api.request("DELETE", path, **sent)

    assert (response.status_code, response.content) == (204, b"")
    assert told(empty, seen) == [left]
    assert len(api.get("/courses/1/users").json()["_data"]) == 1
    assert api.get("/branches/1/users").json()["_data"] == []
    warnings = [text for exchange in empty.journal for text in exchange.warnings]
    assert len(warnings) == (2 if place == "params" else 0)
    again = api.request("DELETE", path, **sent)
    other = "user" if "user_id" in link else "course"
    assert again.status_code == 404
    assert again.json() == refusal(f"The requested branch {other} does not exist.")


@pytest.mark.parametrize("path", ["/branch-users", "/branch-courses"])
@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_wrong_links(
    method: str, path: str, empty: Portal, api: httpx.Client, ada_and_algebra: None
) -> None:
    other = path.removeprefix("/branch-").rstrip("s")
    seen = len(told(empty))

    def refused(**body: object) -> tuple[int, Json]:
        response = api.request(method, path, json=body)
        return response.status_code, response.json()

    one: Json = {f"{other}_id": 1}
    assert refused(**one) == (400, refusal("Branch id is required"))
    assert refused(branch_id=1) == (400, refusal(f"{WRONG}{other}_id is required"))
    wrong = refusal("Branch id must be a positive integer")
    assert refused(**one, branch_id="1") == (400, wrong)
    gone = refusal("Branch not found")
    assert refused(**one, branch_id=9) == (404, gone)
    gone = refusal(f"The requested {other} does not exist.")
    assert refused(**{"branch_id": 1, f"{other}_id": 9}) == (404, gone)
    assert told(empty, seen) == []
