from typing import Any

import httpx
import pytest
from sqlalchemy import insert

from talentlms_mock import Portal
from talentlms_mock.portal.store.models import categories
from tests.api.responses import Json, refusal


@pytest.fixture(autouse=True)
def _categories(empty: Portal, api: httpx.Client) -> None:
    rows: list[dict[str, Any]] = [
        {"name": "ΚΌΣΜΟΣ", "description": "All", "price": None, "parent_id": None},
        {"name": "Europe", "description": None, "price": 19.5, "parent_id": 1},
        {"name": "Asia", "description": None, "price": 0, "parent_id": 1},
    ]
    with empty.transaction() as transaction:
        transaction.connection.execute(insert(categories), rows)
    for name, category_id, is_active in (("A", 2, True), ("B", 1, True), ("C", 2, False)):
        body = {"name": name, "category_id": category_id, "is_active": is_active}
        assert api.post("/courses", json=body).status_code == 200


WORLD: Json = {
    "id": 1,
    "name": "ΚΌΣΜΟΣ",
    "description": "All",
    "price": None,
    "parent_id": None,
    "courses_count": 1,
}
EUROPE: Json = {
    "id": 2,
    "name": "Europe",
    "description": None,
    "price": {"amount": 19.5, "currency": "USD"},
    "parent_id": 1,
    "courses_count": 2,
}
ASIA: Json = {
    "id": 3,
    "name": "Asia",
    "description": None,
    "price": {"amount": 0, "currency": "USD"},
    "parent_id": 1,
    "courses_count": 0,
}


def test_categories_are_listed(api: httpx.Client) -> None:
    answer = api.get("/categories").json()
    assert answer["_data"] == [WORLD, EUROPE, ASIA]
    assert answer["_meta"]["pagination"]["total_items"] == 3


def test_a_category_has_its_courses(api: httpx.Client) -> None:
    two = [{"id": 1, "name": "A"}, {"id": 3, "name": "C"}]
    assert api.get("/categories/2").json() == {"_data": EUROPE | {"courses": two}}
    assert api.get("/categories/3").json() == {"_data": ASIA | {"courses": []}}


@pytest.mark.parametrize(
    ("keyword", "ids"),
    [("κόσμος", [1]), ("UROP", [2]), ("a", [3]), ("", [1, 2, 3]), ("%", []), ("All", [])],
)
def test_a_keyword_is_part_of_the_name(keyword: str, ids: list[int], api: httpx.Client) -> None:
    answer = api.get("/categories", params={"filter[keyword][like]": keyword}).json()
    assert [item["id"] for item in answer["_data"]] == ids


@pytest.mark.parametrize("id", ["4", "0", "x"])
def test_an_unknown_category_is_404(id: str, api: httpx.Client) -> None:
    response = api.get(f"/categories/{id}")
    assert response.status_code == 404
    assert response.json() == refusal("Category not found")


def test_a_course_that_is_deleted_is_in_no_category(api: httpx.Client) -> None:
    assert api.delete("/courses/1").status_code == 204
    answer = api.get("/categories/2").json()["_data"]
    assert (answer["courses_count"], answer["courses"]) == (1, [{"id": 3, "name": "C"}])
