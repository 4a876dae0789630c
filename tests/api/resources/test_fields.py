import httpx
import pytest
from sqlalchemy import Table, insert

from talentlms_mock import Portal
from talentlms_mock.portal.store.models import course_fields, user_fields
from tests.api.responses import Json

SIZES = '["S","M \\"wide\\""]'
EXPECTED: list[Json] = [
    {
        "id": 1,
        "key": "custom_field_1",
        "name": "Größe",
        "type": "dropdown",
        "mandatory": True,
        "visible_on_reports": False,
        "dropdown_values": ["S", 'M "wide"'],
        "order": 2,
    },
    {
        "id": 2,
        "key": "custom_field_2",
        "name": "A date",
        "type": "date",
        "mandatory": False,
        "visible_on_reports": True,
        "dropdown_values": None,
        "order": 1,
    },
]


def add_fields(portal: Portal, table: Table) -> None:
    size = {"key": "custom_field_1", "name": "Größe", "type": "dropdown", "mandatory": True}
    date = {"key": "custom_field_2", "name": "A date", "type": "date", "mandatory": False}
    with portal.transaction() as transaction:
        transaction.connection.execute(
            insert(table),
            [
                size | {"position": 2, "dropdown_values": SIZES, "visible_on_reports": False},
                date | {"position": 1, "dropdown_values": None, "visible_on_reports": True},
            ],
        )


def test_fields_of_users_are_an_array(empty: Portal, api: httpx.Client) -> None:
    add_fields(empty, user_fields)
    response = api.get("/user-fields")
    assert (response.status_code, response.json()) == (200, {"_data": EXPECTED})


def test_fields_of_courses_are_a_page(empty: Portal, api: httpx.Client) -> None:
    add_fields(empty, course_fields)
    answer = api.get("/course-fields").json()
    assert answer["_data"] == EXPECTED
    assert answer["_meta"]["pagination"]["total_items"] == 2
    second = api.get("/course-fields", params={"page[size]": 1, "page[number]": 2}).json()
    assert second["_data"] == EXPECTED[1:]


@pytest.mark.parametrize("path", ["/user-fields", "/course-fields"])
def test_a_portal_without_fields(path: str, api: httpx.Client) -> None:
    assert api.get(path).json()["_data"] == []


def test_the_fields_are_those_that_users_have(client: httpx.Client) -> None:
    fields = client.get("/user-fields").json()["_data"]
    of_user = client.get("/users/1").json()["_data"]["custom_fields"]
    names = ("id", "name", "type")
    assert [[field[name] for name in names] for field in fields] == [
        [field[name] for name in names] for field in of_user
    ]
