from typing import Any

import httpx
import pytest

from talentlms_mock import Portal
from tests.api.responses import Json, error, refusal
from tests.conftest import NewClient, NewPortal


@pytest.fixture(autouse=True)
def _categories(empty: Portal) -> None:
    """Add a tree in which neither the names nor the ids stand in the order of the answer."""
    empty.add_category("ΚΌΣΜΟΣ")
    empty.add_category("europe", price=19.5, discounted_price=10, parent=1)
    empty.add_category("Asia", price=0, parent=1)
    empty.add_category("Japan", parent="Asia")
    empty.add_category("Moon", price=1000)


def listed(id: int, parent_id: int | None, name: str, *children: Json, **price: Json) -> Json:
    return {
        "id": id,
        "parent_id": parent_id,
        "name": name,
        **price,
        "children": list(children) or None,
    }


def usd(amount: float) -> Json:
    return {"amount": amount, "currency": "USD"}


def test_categories_are_a_tree(api: httpx.Client) -> None:
    answer = api.get("/categories").json()
    asia = listed(3, 1, "Asia", listed(4, 3, "Japan"), price=usd(0))
    assert answer == {
        "_data": [
            listed(5, None, "Moon", price=usd(1000)),
            listed(1, None, "ΚΌΣΜΟΣ", asia, listed(2, 1, "europe", price=usd(19.5))),
        ]
    }
    moon, world = answer["_data"]
    assert list(moon) == ["id", "parent_id", "name", "price", "children"]
    assert list(world) == ["id", "parent_id", "name", "children"]


def test_a_portal_may_have_no_category(new_portal: NewPortal, new_client: NewClient) -> None:
    portal = new_portal(dataset="empty")
    assert new_client(portal).get("/categories").json() == {"_data": []}


@pytest.mark.parametrize(
    ("id", "values"),
    [
        (1, {"parent_id": None, "name": "ΚΌΣΜΟΣ", "price": None, "discounted_price": None}),
        (2, {"parent_id": 1, "name": "europe", "price": usd(19.5), "discounted_price": usd(10)}),
        (3, {"parent_id": 1, "name": "Asia", "price": usd(0), "discounted_price": None}),
    ],
)
def test_a_category(id: int, values: Json, api: httpx.Client) -> None:
    response = api.get(f"/categories/{id}")
    assert (response.status_code, response.json()) == (200, {"_data": {"id": id, **values}})
    assert list(response.json()["_data"]) == ["id", *values]


@pytest.mark.parametrize(
    ("keyword", "ids"),
    [("κόσμος", [1]), ("UROP", [2]), ("a", [3, 4]), ("", [3, 2, 4, 5, 1]), ("%", [])],
)
def test_a_keyword_gives_a_flat_list(keyword: str, ids: list[int], api: httpx.Client) -> None:
    found = api.get("/categories", params={"filter[keyword][like]": keyword}).json()["_data"]
    assert [(item["id"], item["children"]) for item in found] == [(id, None) for id in ids]


def test_categories_have_no_pages(empty: Portal, api: httpx.Client) -> None:
    assert len(api.get("/categories?page[size]=1").json()["_data"]) == 2
    assert [exchange.warnings for exchange in empty.journal] == [
        ["unknown query parameter 'page[size]'"]
    ]


MISSING = (404, "not_found.course_category_not_found", "The category does not exist")
MALFORMED = (400, "bad_request", "Category id must be a positive integer")


@pytest.mark.parametrize(
    ("id", "refused"), [("9", MISSING), ("0", MALFORMED), ("-1", MALFORMED), ("x", MALFORMED)]
)
def test_a_category_that_does_not_exist(
    id: str, refused: Any, new_portal: NewPortal, new_client: NewClient, api: httpx.Client
) -> None:
    status, error_id, message = refused
    response = api.get(f"/categories/{id}")
    assert (response.status_code, response.json()) == (status, refusal(message))
    recorded = new_client(new_portal(dataset="empty", preset="recorded"))
    response = recorded.get(f"/categories/{id}")
    assert (response.status_code, response.json()) == (status, error("recorded", error_id, message))
