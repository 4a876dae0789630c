from typing import Any

import httpx
import pytest
from sqlalchemy import Table, insert, update

from talentlms_mock import Portal
from talentlms_mock.portal.store.models import (
    badges,
    branch_users,
    branches,
    certificates,
    enrollments,
    group_users,
    groups,
    user_badges,
    users,
)
from tests.api.responses import ADA, Json, refusal
from tests.conftest import NOW, NewClient, NewPortal

NOBODY = refusal("User not found")
MALFORMED = refusal("User id must be a positive integer")
LATER = "2025-05-08T09:30:00+00:00"

RESOURCES = pytest.mark.parametrize(
    "resource", ["groups", "branches", "courses", "certificates", "resources", "gamification"]
)


def add(portal: Portal, table: Table, *rows: dict[str, Any]) -> None:
    with portal.transaction() as transaction:
        transaction.connection.execute(insert(table), list(rows))


def get(api: httpx.Client, path: str, **params: Any) -> Json:
    response = api.get(path, params=params)
    assert response.status_code == 200, response.text
    data: Json = response.json()
    assert list(data) == ["_data"]
    return data["_data"]  # type: ignore[no-any-return]


@pytest.fixture(autouse=True)
def _ada_and_her_things(empty: Portal, api: httpx.Client) -> None:
    """User 1 has everything, user 2 something of its own, user 3 nothing."""
    for login in ("ada", "bob", "cyd"):
        body = ADA | {"login": login, "email": f"{login}@example.com"}
        assert api.post("/users", json=body).status_code == 200
    for name in ("Algebra", "Botany"):
        assert api.post("/courses", json={"name": name}).status_code == 200
    for user_id, course_id in ((1, 2), (1, 1), (2, 1)):
        ids = {"user_id": user_id, "course_id": course_id}
        assert api.post("/enrollments", json=ids).status_code == 200
    add(empty, groups, {"name": "Zoo"}, {"name": "Ant's"})
    add(empty, group_users, {"group_id": 2, "user_id": 1}, {"group_id": 1, "user_id": 1})
    add(empty, group_users, {"group_id": 1, "user_id": 2})
    place = {"default_locale": "en-US", "default_timezone": "UTC"}
    signup = {"signup_method": "direct", "signup_verification": "none"}
    add(empty, branches, {"name": "North", "name_key": "north", **place, **signup})
    add(empty, branch_users, {"branch_id": 1, "user_id": 1})
    add(
        empty,
        certificates,
        {"user_id": 1, "course_id": 2, "name": "Botanist", "issued_on": NOW, "expires_on": None},
        {"user_id": 2, "course_id": 1, "name": "Bob's", "issued_on": NOW, "expires_on": None},
        {
            "user_id": 1,
            "course_id": 1,
            "name": "Algebraist",
            "issued_on": NOW,
            "expires_on": LATER,
        },
    )


def certificate(portal: Portal, id: int, name: str, course: Json, expires: str | None) -> Json:
    address = f"https://{portal.host}/certificates"
    return {
        "id": id,
        "name": name,
        "course": course,
        "issued_on": NOW,
        "expires_on": expires,
        "download_url": f"{address}/download/{id}",
        "public_url": f"{address}/view/{id}",
    }


def hers(portal: Portal) -> list[Json]:
    return [
        certificate(portal, 1, "Botanist", {"id": 2, "name": "Botany"}, None),
        certificate(portal, 3, "Algebraist", {"id": 1, "name": "Algebra"}, LATER),
    ]


def test_groups_and_branches_of_a_user(api: httpx.Client) -> None:
    assert get(api, "/users/1/groups") == {
        "groups": [{"id": 1, "name": "Zoo"}, {"id": 2, "name": "Ant's"}]
    }
    assert get(api, "/users/1/branches") == {"branches": [{"id": 1, "name": "North"}]}


def test_courses_of_a_user_tell_how_far_it_is(empty: Portal, api: httpx.Client) -> None:
    with empty.transaction() as transaction:
        transaction.connection.execute(
            update(enrollments)
            .where(enrollments.c.user_id == 1, enrollments.c.course_id == 2)
            .values(
                role="instructor",
                completion_status="completed",
                completion_percentage=100,
                completed_on=LATER,
                score=82.5,
                total_time=3600,
            )
        )
    assert get(api, "/users/1/courses") == {
        "courses": [
            {
                "id": 1,
                "name": "Algebra",
                "role": "learner",
                "enrolled_on": NOW,
                "completed_on": None,
                "completion_status": "not_attempted",
                "completion_percentage": 0,
                "score": None,
                "total_time": 0,
            },
            {
                "id": 2,
                "name": "Botany",
                "role": "instructor",
                "enrolled_on": NOW,
                "completed_on": LATER,
                "completion_status": "completed",
                "completion_percentage": 100,
                "score": 82.5,
                "total_time": 3600,
            },
        ]
    }


def test_a_course_and_its_user_tell_the_same(client: httpx.Client) -> None:
    told: dict[tuple[int, int], Json] = {}
    for course in client.get("/courses", params={"page[size]": 100}).json()["_data"]:
        page = client.get(f"/courses/{course['id']}/users", params={"page[size]": 100}).json()
        told |= {(course["id"], item["id"]): item for item in page["_data"]}
    assert told
    for user_id in {user_id for _, user_id in told}:
        for item in client.get(f"/users/{user_id}/courses").json()["_data"]["courses"]:
            of_course = told.pop((item["id"], user_id))
            assert {name: of_course[name] for name in item if name not in ("id", "name")} == {
                name: value for name, value in item.items() if name not in ("id", "name")
            }
    assert told == {}


def test_certificates_of_a_user_are_listed_whole(empty: Portal, api: httpx.Client) -> None:
    assert get(api, "/users/1/certificates") == {"certificates": hers(empty)}


def test_a_certificate_that_has_expired_is_listed(empty: Portal, api: httpx.Client) -> None:
    empty.clock.advance(days=365)
    assert get(api, "/users/1/certificates") == {"certificates": hers(empty)}


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ({"page[size]": 1}, slice(0, 1)),
        ({"page[size]": 1, "page[number]": 2}, slice(1, 2)),
        ({"page[number]": 1}, slice(0, 2)),
        ({"page[number]": 2}, slice(0, 0)),
        ({"page[number]": "9" * 18}, slice(0, 0)),
    ],
)
def test_certificates_come_in_pages(
    page: dict[str, Any], expected: slice, empty: Portal, api: httpx.Client
) -> None:
    answer = get(api, "/users/1/certificates", **page)
    assert answer == {"certificates": hers(empty)[expected]}
    assert [text for exchange in empty.journal for text in exchange.warnings] == []


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("page[number]", "0", "must be at least 1"),
        ("page[number]", "one", "must be an integer"),
        ("page[size]", "0", "must be at least 1"),
        ("page[size]", "101", "must be at most 100"),
    ],
)
def test_a_bad_page_of_certificates_is_400(
    name: str, value: str, problem: str, api: httpx.Client
) -> None:
    response = api.get("/users/1/certificates", params={name: value})
    refused = refusal(f"The attribute '{name}' {problem}")
    assert (response.status_code, response.json()) == (400, refused)


def test_a_page_of_certificates_that_is_too_large_may_be_clamped(
    new_portal: NewPortal, new_client: NewClient
) -> None:
    client = new_client(new_portal(quirks={"page_size_over_limit": "clamp"}))
    whole = client.get("/users/1/certificates").json()
    assert client.get("/users/1/certificates", params={"page[size]": 101}).json() == whole


def test_resources_of_a_user(api: httpx.Client) -> None:
    assert get(api, "/users/1/resources") == {
        "branches": [{"id": 1, "name": "North"}],
        "groups": [{"id": 1, "name": "Zoo"}, {"id": 2, "name": "Ant's"}],
        "courses": [{"id": 1, "name": "Algebra"}, {"id": 2, "name": "Botany"}],
        "certificates": [{"id": 1, "name": "Botanist"}, {"id": 3, "name": "Algebraist"}],
    }


def test_a_user_with_nothing(api: httpx.Client) -> None:
    assert get(api, "/users/3/groups") == {"groups": []}
    assert get(api, "/users/3/branches") == {"branches": []}
    assert get(api, "/users/3/courses") == {"courses": []}
    assert get(api, "/users/3/certificates") == {"certificates": []}
    assert get(api, "/users/3/resources") == {
        "branches": [],
        "groups": [],
        "courses": [],
        "certificates": [],
    }
    assert get(api, "/users/3/gamification") == {"points": 0, "level": 1, "badges": []}


def test_what_is_gone_is_not_listed(api: httpx.Client) -> None:
    assert api.delete("/courses/2").status_code == 204
    left = get(api, "/users/1/resources")
    assert left["courses"] == [{"id": 1, "name": "Algebra"}]
    assert left["certificates"] == [{"id": 3, "name": "Algebraist"}]


def test_gamification(empty: Portal, api: httpx.Client) -> None:
    badge = {"type": "activity", "image_url": "https://cdn.example.com/b.png", "badge_set_id": 7}
    earned = badge | {"completions": 1}
    add(
        empty,
        badges,
        {"name": "Starter", "criteria": "1 login", **earned},
        {"name": "Regular", "criteria": "4 logins", **earned},
    )
    add(
        empty,
        user_badges,
        {"user_id": 1, "badge_id": 1, "issued_on": 1746610200},
        {"user_id": 1, "badge_id": 2, "issued_on": 1746610100},
    )
    with empty.transaction() as transaction:
        transaction.connection.execute(
            update(users).where(users.c.id == 1).values(points=125, level=2)
        )
    assert get(api, "/users/1/gamification") == {
        "points": 125,
        "level": 2,
        "badges": [
            {"name": "Regular", "criteria": "4 logins", "issued_on": 1746610100, **badge},
            {"name": "Starter", "criteria": "1 login", "issued_on": 1746610200, **badge},
        ],
    }


def test_gamification_that_is_off_is_404(empty: Portal, api: httpx.Client) -> None:
    empty.disable_gamification()
    response = api.get("/users/1/gamification")
    assert response.status_code == 404
    assert response.json() == refusal("Gamification data not found")
    empty.enable_gamification()
    assert get(api, "/users/1/gamification") == {"points": 0, "level": 1, "badges": []}


@RESOURCES
@pytest.mark.parametrize("id", ["4", str(2**63)])
def test_an_unknown_user_is_404(resource: str, id: str, api: httpx.Client) -> None:
    response = api.get(f"/users/{id}/{resource}")
    assert (response.status_code, response.json()) == (404, NOBODY)


@RESOURCES
@pytest.mark.parametrize("id", ["0", "-1", "ada"])
def test_a_malformed_id_is_400(resource: str, id: str, api: httpx.Client) -> None:
    response = api.get(f"/users/{id}/{resource}")
    assert (response.status_code, response.json()) == (400, MALFORMED)


@RESOURCES
def test_nothing_but_reading(resource: str, api: httpx.Client) -> None:
    assert api.post(f"/users/1/{resource}", json={}).status_code == 405
