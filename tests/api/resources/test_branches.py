from typing import Any, Literal

import httpx
import pytest
from sqlalchemy import update

from talentlms_mock import Portal
from talentlms_mock.errors import InvalidValue
from talentlms_mock.portal.store.models import groups, site
from tests.api.events import told
from tests.api.responses import ADA, Json, error, refusal

OSLO = {"name": "Oslo", "description": "Ours", "default_locale": "nb-NO"}
LEARNER = {"id": 4, "name": "Learner-Type"}
ECOMMERCE = {
    "processor": None,
    "currency": "USD",
    "paypal_email_address": None,
    "subscription": {
        "enabled": False,
        "fee": None,
        "interval": "monthly",
        "is_first_month_free": False,
        "active_subscriptions": None,
    },
    "are_credits_enabled": False,
}
CREATED: Json = {
    "id": 1,
    "name": "Oslo",
    "description": "Ours",
    "active": True,
    "disallow_access_to_main_domain": True,
    "default_user_type": LEARNER,
    "default_group": None,
    "restrict_user_registration_domains": None,
    "restrict_total_registered_users": None,
    "default_locale": "nb-NO",
    "default_timezone": "UTC",
    "signup": "direct",
    "user_verification": None,
    "ecommerce": ECOMMERCE,
    "announcement_internal": None,
    "announcement_external": None,
    "owner_id": None,
}
ADA_IN = {"branch_id": 1, "user_id": 1}
ALGEBRA_IN = {"branch_id": 1, "course_id": 1}


def listed(portal: Portal, label: str, **different: Any) -> Json:
    """Return how a list shows the branch Oslo, but for what is `different`."""
    return {
        "id": 1,
        "name": "Oslo",
        "url": f"{label}-{portal.domain}.talentlms.com",
        "description": "Ours",
        "active": True,
    } | different


def details(portal: Portal, **different: Any) -> Json:
    """Return the details of the branch Oslo, but for what is `different`."""
    return {
        "id": 1,
        "name": "Oslo",
        "url": f"oslo-{portal.domain}.talentlms.com",
        "title": None,
        "description": "Ours",
        "theme": {
            "id": "defaultBlue",
            "active": True,
            "default": True,
            "name": None,
            "primary_color": None,
        },
        "logo": None,
        "favicon": None,
        "active": True,
        "default_locale": "nb-NO",
        "default_timezone": "UTC",
        "announcement_internal": None,
        "announcement_external": None,
        "default_user_type": LEARNER,
        "default_group": None,
        "signup": "direct",
        "user_verification": None,
        "restrict_user_registration_domains": None,
        "restrict_total_registered_users": None,
        "disallow_access_to_main_domain": True,
        "terms_of_service": None,
        "badge_set": {"id": 1, "name": "Old school"},
        "ecommerce": ECOMMERCE,
    } | different


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
    assert (response.status_code, response.json()) == (200, {"_data": CREATED})
    assert list(response.json()["_data"]) == list(CREATED)
    assert told(empty) == [("branch_create_branch", "The branch Oslo was created")]
    got = api.get("/branches/1").json()
    assert got == {"_data": details(empty)}
    assert list(got["_data"]) == list(details(empty))


def test_the_first_administrator_owns_a_branch(empty: Portal, api: httpx.Client) -> None:
    empty.add_user("ada")
    empty.add_user("root", user_type="SuperAdmin")
    response = api.post("/branches", json=OSLO)
    assert response.json() == {"_data": CREATED | {"owner_id": 2}}


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
    page = api.get("/branches").json()
    assert page["_meta"]["pagination"]["total_items"] == 3
    assert page["_data"] == [
        listed(empty, "oslo"),
        listed(empty, "new-york-city-2", id=2, name="New York City!"),
        listed(empty, "3", id=3, name="Город"),
    ]
    assert list(page["_data"][0]) == list(listed(empty, "oslo"))
    found = api.get("/branches?filter[keyword][like]=ГОРОД").json()
    assert [branch["id"] for branch in found["_data"]] == [3]


def test_a_branch_shows_what_it_refers_to_and_its_settings(
    empty: Portal, api: httpx.Client
) -> None:
    ada, group = empty.add_user("ada"), empty.add_group("Class")
    branch = empty.add_branch(
        "Oslo",
        description="Ours",
        default_locale="nb-NO",
        default_timezone="Europe/Oslo",
        default_user_type="Trainer-Type",
        default_group=group,
        owner=ada,
        title="Academy",
        theme={"id": "nordic", "default": False, "name": "Nordic", "primary_color": "#1b4965"},
        logo="https://example.com/logo.png",
        favicon="https://example.com/favicon.ico",
        announcement_internal="Welcome",
        announcement_external="Sign up",
        signup="manual",
        user_verification="email",
        restrict_user_registration_domains="example.com",
        restrict_total_registered_users=100,
        disallow_access_to_main_domain=False,
        terms_of_service="Be kind",
        badge_set={"id": 2, "name": "Modern"},
        ecommerce={"currency": "NOK", "are_credits_enabled": True},
    )
    whole = details(
        empty,
        default_timezone="Europe/Oslo",
        default_user_type={"id": 3, "name": "Trainer-Type"},
        default_group={"id": 1, "name": "Class"},
        title="Academy",
        theme={
            "id": "nordic",
            "active": True,
            "default": False,
            "name": "Nordic",
            "primary_color": "#1b4965",
        },
        logo="https://example.com/logo.png",
        favicon="https://example.com/favicon.ico",
        announcement_internal="Welcome",
        announcement_external="Sign up",
        signup="manual",
        user_verification="email",
        restrict_user_registration_domains="example.com",
        restrict_total_registered_users=100,
        disallow_access_to_main_domain=False,
        terms_of_service="Be kind",
        badge_set={"id": 2, "name": "Modern"},
        ecommerce=ECOMMERCE | {"currency": "NOK", "are_credits_enabled": True},
    )
    assert api.get("/branches/1").json() == {"_data": whole}
    assert branch.owner_id == ada.id
    api.delete("/users/1")
    api.delete("/groups/1")
    assert api.get("/branches/1").json() == {"_data": whole | {"default_group": None}}
    assert empty.branches.get("Oslo").owner_id is None


def test_a_setting_that_no_branch_has(empty: Portal) -> None:
    theme: Any = {"color": "red"}
    with pytest.raises(InvalidValue) as refused:
        empty.add_branch("Oslo", theme=theme)
    assert refused.value.at == "theme.color"


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
    again = api.delete("/branches/1")
    assert (again.status_code, again.json()) == (404, refusal("Branch not found"))


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
        ({}, "The attribute 'is_active' must be boolean"),
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
        ("GET", "/branches/{}", None),
        ("DELETE", "/branches/{}", None),
        ("PUT", "/branches/{}/status", {"is_active": True}),
        ("GET", "/branches/{}/users", None),
    ],
)
def test_a_branch_that_does_not_exist(
    method: str, path: str, body: Json | None, api: httpx.Client
) -> None:
    response = api.request(method, path.format(9), json=body)
    assert (response.status_code, response.json()) == (404, refusal("Branch not found"))
    for malformed in ("x", "-1", "0"):
        response = api.request(method, path.format(malformed), json=body)
        assert response.status_code == 400
        assert response.json() == refusal("Branch id must be a positive integer")


def test_a_user_of_a_branch(empty: Portal, api: httpx.Client, ada_and_algebra: None) -> None:
    seen = len(told(empty))
    response = api.post("/branch-users", json=ADA_IN)
    assert (response.status_code, response.content) == (204, b"")
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
    assert again.status_code == 409
    assert again.json() == refusal("The user already belongs to this branch")
    assert told(empty, seen) == [("branch_add_user", "Ada Lovelace was added to the branch Oslo")]


def test_a_course_of_a_branch(empty: Portal, api: httpx.Client, ada_and_algebra: None) -> None:
    seen = len(told(empty))
    response = api.post("/branch-courses", json=ALGEBRA_IN)
    assert (response.status_code, response.content) == (204, b"")
    again = api.post("/branch-courses", json=ALGEBRA_IN)
    assert again.status_code == 409
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
    user = "The requested user is not a member of this branch"
    text = user if "user_id" in link else "Course does not exist in branch"
    assert (again.status_code, again.json()) == (409, refusal(text))


@pytest.mark.parametrize(
    ("method", "path", "link", "text"),
    [
        ("POST", "/branch-users", ADA_IN, "Cannot add an archived user to a branch"),
        ("DELETE", "/branch-users", ADA_IN, "The requested user is no longer available"),
        ("POST", "/branch-courses", ALGEBRA_IN, "Cannot add an archived course to a branch"),
        ("DELETE", "/branch-courses", ALGEBRA_IN, "The requested course is no longer available"),
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
    nowhere = api.request(method, path, json=link | {"branch_id": 9})
    expected = error(shape, "not_found.branch_not_found", "Branch not found")
    assert (nowhere.status_code, nowhere.json()) == (404, expected)


@pytest.mark.parametrize(
    ("path", "link", "id", "text"),
    [
        (
            "/branch-users",
            ADA_IN,
            "conflict.user_already_in_branch",
            "The user already belongs to this branch",
        ),
        (
            "/branch-courses",
            ALGEBRA_IN,
            "conflict.course_already_in_branch",
            "Course already exists in branch",
        ),
    ],
)
def test_what_is_in_a_branch_already_has_an_id_of_its_own(
    path: str,
    link: Json,
    id: str,
    text: str,
    empty: Portal,
    api: httpx.Client,
    ada_and_algebra: None,
) -> None:
    empty.set_quirk("error_shape", "recorded")
    assert api.post(path, json=link).status_code == 204
    again = api.post(path, json=link)
    assert (again.status_code, again.json()) == (409, error("recorded", id, text))


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
    name = other.capitalize()
    assert refused(branch_id=1) == (400, refusal(f"{name} id is required"))
    wrong = refusal("Branch id must be a positive integer")
    assert refused(**one, branch_id="x") == (400, wrong)
    wrong = refusal(f"{name} id must be a positive integer")
    assert refused(**{"branch_id": 9, f"{other}_id": "x"}) == (400, wrong)
    gone = refusal("Branch not found")
    assert refused(**one, branch_id=9) == (404, gone)
    gone = refusal(f"{name} not found")
    assert refused(**{"branch_id": 1, f"{other}_id": 9}) == (404, gone)
    assert told(empty, seen) == []
