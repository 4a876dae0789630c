from typing import Any

import httpx
import pytest

from talentlms_mock import Portal
from tests.api.responses import Json

SIZES = ["S", 'M "wide"', "L"]


def add_fields(portal: Portal, of: str, **more: Any) -> None:
    """Add a field of each type: two to a branch, and one to the branches that it is not in."""
    add = portal.add_user_field if of == "user" else portal.add_course_field
    portal.add_branch("north")
    portal.add_branch("Größe")
    add("Größe", type="dropdown", values=SIZES, default=SIZES[1], mandatory=True, **more)
    add("Remote", type="checkbox", checkbox_status="on", visible_on_reports=False)
    inside: Any = {"selective_availability": True, "main_domain_availability": False}
    add("Hired on", type="date", branches=["Größe", "north"], **inside)
    add("Notes", branches=None, selective_availability=True)


def field(number: int, name: str, kind: str, **different: Any) -> Json:
    """Return a field of users without anything special, but for what is `different`."""
    return {
        "key": f"custom_field_{number}",
        "type": kind,
        "name": name,
        "mandatory": False,
        "visible_on_reports": True,
        "dropdown_values": None,
        "checkbox_status": "off",
        "selective_availability": False,
        "branches_map": None,
        "main_domain_availability": True,
        "previous_key": f"custom_field_{number - 1}" if number > 1 else None,
        "order": number,
    } | different


EXPECTED = [
    field(
        1,
        "Größe",
        "dropdown",
        mandatory=True,
        dropdown_values=[
            {"item": "S", "default": False},
            {"item": 'M "wide"', "default": True},
            {"item": "L", "default": False},
        ],
    ),
    field(2, "Remote", "checkbox", checkbox_status="on", visible_on_reports=False),
    field(
        3,
        "Hired on",
        "date",
        selective_availability=True,
        branches_map={"1": "north", "2": "Größe"},
        main_domain_availability=False,
    ),
    field(4, "Notes", "text", selective_availability=True),
]
OF_COURSES = [
    "key",
    "name",
    "type",
    "mandatory",
    "visible_on_reports",
    "visible_to_learners",
    "dropdown_values",
    "checkbox_status",
    "selective_availability",
    "branches_map",
    "main_domain_availability",
    "previous_key",
]
"""The names of a course field, in the order that was recorded."""


def test_fields_of_users(empty: Portal, api: httpx.Client) -> None:
    add_fields(empty, "user")
    answer = api.get("/user-fields").json()
    assert answer["_data"] == EXPECTED
    assert [list(item) for item in answer["_data"]] == [list(item) for item in EXPECTED]
    assert answer["_meta"]["pagination"]["total_results"] == 4


def test_fields_of_courses(empty: Portal, api: httpx.Client) -> None:
    add_fields(empty, "course", visible_to_learners=False)
    answer = api.get("/course-fields").json()
    seen = [False, True, True, True]
    expected = [
        {name: (item | {"visible_to_learners": is_seen})[name] for name in OF_COURSES}
        for item, is_seen in zip(EXPECTED, seen, strict=True)
    ]
    assert answer["_data"] == expected
    assert [list(item) for item in answer["_data"]] == [OF_COURSES] * 4
    assert answer["_meta"]["pagination"]["total_results"] == 4


@pytest.mark.parametrize("of", ["user", "course"])
def test_the_field_before_the_first_of_a_page_is_on_the_page_before(
    of: str, empty: Portal, api: httpx.Client
) -> None:
    add_fields(empty, of)
    answer = api.get(f"/{of}-fields", params={"page[size]": 2, "page[number]": 2}).json()
    assert [item["previous_key"] for item in answer["_data"]] == [
        "custom_field_2",
        "custom_field_3",
    ]


def test_a_branch_that_is_deleted_is_in_no_map(empty: Portal, api: httpx.Client) -> None:
    add_fields(empty, "user")
    for branch in empty.branches:
        assert api.delete(f"/branches/{branch.id}").status_code == 204
    fields = api.get("/user-fields").json()["_data"]
    assert [item["branches_map"] for item in fields] == [None] * 4


@pytest.mark.parametrize("path", ["/user-fields", "/course-fields"])
def test_a_portal_without_fields(path: str, api: httpx.Client) -> None:
    assert api.get(path).json()["_data"] == []


def test_the_fields_are_those_that_users_have(client: httpx.Client) -> None:
    fields = client.get("/user-fields").json()["_data"]
    of_user = client.get("/users/1").json()["_data"]["custom_fields"]
    names = ("name", "type")
    assert [[field[name] for name in names] for field in fields] == [
        [field[name] for name in names] for field in of_user
    ]
