import re
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from sqlalchemy import insert, update

from talentlms_mock import Portal
from talentlms_mock.portal.store.models import categories, coupons, courses
from tests.api.resources.test_users import told
from tests.api.responses import ADA, Json, error, refusal
from tests.conftest import NOW, NewClient, NewPortal

LATER = "2025-05-07T10:30:00+00:00"

BOTH = pytest.mark.parametrize("what", ["courses", "categories"])


@pytest.fixture(autouse=True)
def _shop(empty: Portal, api: httpx.Client) -> None:
    """Ada has 100 credits; category 1 costs 60, and its courses are 1 for 49.9 and 2 for free."""
    assert api.post("/users", json=ADA | {"credits": 100}).status_code == 200
    with empty.transaction() as transaction:
        transaction.connection.execute(
            insert(categories),
            [{"name": "Sums", "price": 60}, {"name": "Free", "price": None}],
        )
        transaction.connection.execute(
            insert(coupons),
            [
                {"code": "HALF", "code_key": "half", "percentage": 50},
                {"code": "GRÖẞE", "code_key": "grösse", "percentage": 100},
                {"code": "THIRD", "code_key": "third", "percentage": 33},
            ],
        )
    add_course(api, name="Algebra", price=49.9, category_id=1)
    add_course(api, name="Botany", category_id=1)
    empty.clock.advance(hours=1)


def add_course(api: httpx.Client, **body: Any) -> None:
    response = api.post("/courses", json=body)
    assert response.status_code == 200, response.text


def change_course(portal: Portal, id: int, **values: Any) -> None:
    with portal.transaction() as transaction:
        transaction.connection.execute(update(courses).where(courses.c.id == id).values(values))


def change_credits(api: httpx.Client, owned: float | None) -> None:
    body = {"status": "active", "credits": owned}
    assert api.patch("/users/1", json=body).status_code == 204


def buy(api: httpx.Client, what: str, **more: Any) -> str:
    """Buy for Ada, and return the address that is answered."""
    response = api.post(f"/{what}/purchase", json={"user_id": 1} | more)
    assert response.status_code == 200, response.text
    data = response.json()["_data"]
    assert list(data) == ["redirect_url"]
    address: str = data["redirect_url"]
    return address


def refused(api: httpx.Client, what: str, **more: Any) -> tuple[int, Json]:
    response = api.post(f"/{what}/purchase", json={"user_id": 1} | more)
    return response.status_code, response.json()


def amount(address: str) -> str:
    return dict(parse_qsl(urlsplit(address).query))["amount"]


def credits_of(api: httpx.Client) -> float | None:
    found: float | None = api.get("/users/1").json()["_data"]["credits"]
    return found


def courses_of(api: httpx.Client) -> list[int]:
    return [item["id"] for item in api.get("/users/1/courses").json()["_data"]["courses"]]


def test_credits_pay_for_a_course(empty: Portal, api: httpx.Client) -> None:
    before = len(told(empty))
    assert buy(api, "courses/1") == f"https://{empty.host}/learner/courseinfo/id:1"
    assert (credits_of(api), courses_of(api)) == (50.1, [1])
    assert api.get("/users").json()["_data"][0]["last_updated"] == LATER
    assert told(empty)[before:] == [
        ("user_create_payment", "Ada Lovelace made a payment"),
        ("course_add_user", "Ada Lovelace was enrolled in Algebra"),
    ]
    payment = api.get("/timeline").json()["_data"][1]
    assert payment["extra"]["course"] == {"id": 1, "name": "Algebra", "code": None}


@pytest.mark.parametrize("price", [None, 0])
def test_a_course_may_cost_nothing(price: int | None, empty: Portal, api: httpx.Client) -> None:
    change_course(empty, 2, price=price)
    change_credits(api, None)
    before = len(told(empty))
    assert buy(api, "courses/2") == f"https://{empty.host}/learner/courseinfo/id:2"
    assert (credits_of(api), courses_of(api)) == (None, [2])
    assert told(empty)[before:] == [("course_add_user", "Ada Lovelace was enrolled in Botany")]


def test_who_cannot_pay_goes_to_the_checkout(empty: Portal, api: httpx.Client) -> None:
    change_credits(api, 49.89)
    before = told(empty)
    address = urlsplit(
        buy(api, "courses/1", cancel_path="/no?x=1", return_path="https://e.com", coupon=None)
    )
    assert f"{address.scheme}://{address.netloc}" == f"https://{empty.host}"
    assert address.path == "/checkout/course:1"
    query = dict(parse_qsl(address.query))
    assert re.fullmatch("[a-z0-9]{20}", query.pop("key"))
    assert query == {
        "user_id": "1",
        "amount": "49.9",
        "currency": "USD",
        "cancel_path": "/no?x=1",
        "return_path": "https://e.com",
    }
    assert (credits_of(api), courses_of(api)) == (49.89, [])
    assert told(empty) == before
    assert api.get("/timeline").json()["_meta"]["pagination"]["total_items"] == len(before)


@pytest.mark.parametrize(("owned", "left"), [(49.9, 0), (100.2, 50.3)])
def test_credits_are_counted_in_decimals(owned: float, left: float, api: httpx.Client) -> None:
    change_credits(api, owned)
    buy(api, "courses/1")
    assert credits_of(api) == left


def test_the_discounted_price_counts(empty: Portal, api: httpx.Client) -> None:
    change_course(empty, 1, discounted_price=20)
    buy(api, "courses/1")
    assert credits_of(api) == 80


def test_a_discount_to_nothing_counts(empty: Portal, api: httpx.Client) -> None:
    change_course(empty, 1, discounted_price=0)
    buy(api, "courses/1")
    assert (credits_of(api), courses_of(api)) == (100, [1])


@pytest.mark.parametrize(
    ("coupon", "left"), [("HALF", 75.05), ("half", 75.05), ("third", 66.57), ("größe", 100)]
)
def test_a_coupon_lowers_the_price(coupon: str, left: float, api: httpx.Client) -> None:
    buy(api, "courses/1", coupon=coupon)
    assert (credits_of(api), courses_of(api)) == (left, [1])


def test_a_coupon_lowers_the_price_at_the_checkout(api: httpx.Client) -> None:
    change_credits(api, 0)
    address = buy(api, "courses/1", coupon="THIRD")
    assert amount(address) == "33.43"
    assert dict(parse_qsl(urlsplit(address).query))["coupon"] == "THIRD"


@BOTH
@pytest.mark.parametrize("coupon", ["QUARTER", ""])
def test_an_unknown_coupon_is_400(what: str, coupon: str, empty: Portal, api: httpx.Client) -> None:
    before = told(empty)
    answer = refused(api, f"{what}/1", coupon=coupon)
    assert answer == (400, refusal("The requested coupon does not exist"))
    assert (credits_of(api), courses_of(api), told(empty)) == (100, [], before)


@BOTH
@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({}, "User id is required"),
        ({"user_id": "1"}, "User id must be a positive integer"),
        ({"user_id": -1}, "User id must be a positive integer"),
        ({"user_id": 1, "coupon": 5}, "The attribute 'coupon' must be a string"),
        ({"user_id": 1, "cancel_path": None}, "The attribute 'cancel_path' must be a string"),
        ({"user_id": 1, "return_path": 1}, "The attribute 'return_path' must be a string"),
    ],
)
def test_a_bad_order_is_400(what: str, body: Json, problem: str, api: httpx.Client) -> None:
    response = api.post(f"/{what}/1/purchase", json=body)
    assert (response.status_code, response.json()) == (400, refusal(problem))


@pytest.mark.parametrize(
    ("path", "entity"),
    [("courses/x", "Course"), ("courses/0", "Course"), ("categories/0", "Category")],
)
def test_a_malformed_id_is_400(path: str, entity: str, api: httpx.Client) -> None:
    answer = refused(api, path, user_id="x")
    assert answer == (400, refusal(f"{entity} id must be a positive integer"))


@pytest.mark.parametrize(
    ("path", "body", "message"),
    [
        ("courses/9", {}, "course not found"),
        ("courses/9", {"user_id": 9}, "course not found"),
        ("courses/1", {"user_id": 9}, "User not found"),
        ("categories/9", {}, "category not found"),
        ("categories/1", {"user_id": 9}, "User not found"),
    ],
)
def test_what_does_not_exist_is_404(path: str, body: Json, message: str, api: httpx.Client) -> None:
    assert refused(api, path, **body) == (404, refusal(message))


def test_errors_as_recorded(new_portal: NewPortal, new_client: NewClient) -> None:
    portal = new_portal(dataset="empty", preset="recorded")
    portal.add_category("Sums")
    api = new_client(portal)
    unknown = error("recorded", "not_found", "course not found")
    assert refused(api, "courses/9", user_id="1") == (404, unknown)
    unknown = error("recorded", "not_found", "category not found")
    assert refused(api, "categories/9", user_id="1") == (404, unknown)
    unknown = error("recorded", "not_found.user_not_found", "User not found")
    assert refused(api, "categories/1", user_id="9") == (404, unknown)


@pytest.mark.parametrize("what", ["courses", "categories"])
def test_an_archived_user_buys_nothing(what: str, empty: Portal, api: httpx.Client) -> None:
    empty.archive_user("ada")
    answer = refused(api, f"{what}/1")
    assert answer == (409, refusal("User is archived or not available"))


def test_an_archived_course_is_not_sold(empty: Portal, api: httpx.Client) -> None:
    empty.archive_course("Algebra")
    answer = refused(api, "courses/1")
    assert answer == (409, refusal("Course is archived or not available"))
    buy(api, "categories/1")
    assert (credits_of(api), courses_of(api)) == (40, [2])


def test_the_discounted_price_of_a_category_counts(empty: Portal, api: httpx.Client) -> None:
    empty.add_category("Cheap", price=80, discounted_price=30)
    add_course(api, name="Chess", category_id=3)
    buy(api, "categories/3")
    assert (credits_of(api), courses_of(api)) == (70, [3])


@pytest.mark.parametrize("owned", [0, 100])
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"status": "inactive"}, "The requested course is not active"),
        ({"starts_at": "2025-06-01T00:00:00+00:00"}, "The requested course is not active"),
        ({"expires_at": NOW}, "The requested course is not active"),
        ({"capacity": 0}, "The requested course has reached its capacity"),
    ],
)
def test_what_nobody_can_join_nobody_can_buy(
    change: Json, message: str, owned: int, empty: Portal, api: httpx.Client
) -> None:
    change_credits(api, owned)
    change_course(empty, 1, **change)
    assert refused(api, "courses/1") == (400, refusal(message))
    assert credits_of(api) == owned


def test_a_course_is_bought_once(api: httpx.Client) -> None:
    buy(api, "courses/1")
    message = "The user is already enrolled in this course"
    assert refused(api, "courses/1") == (409, refusal(message))
    assert credits_of(api) == 50.1


@BOTH
def test_an_inactive_user_buys_nothing(what: str, api: httpx.Client) -> None:
    assert api.patch("/users/1", json={"status": "inactive"}).status_code == 204
    assert refused(api, f"{what}/1") == (400, refusal("The requested user is not active"))


def test_credits_pay_for_a_category(empty: Portal, api: httpx.Client) -> None:
    before = len(told(empty))
    assert buy(api, "categories/1") == f"https://{empty.host}/catalog/index/category:1"
    assert (credits_of(api), courses_of(api)) == (40, [1, 2])
    assert told(empty)[before:] == [
        ("user_create_payment", "Ada Lovelace made a payment"),
        ("course_add_user", "Ada Lovelace was enrolled in Algebra"),
        ("course_add_user", "Ada Lovelace was enrolled in Botany"),
    ]


def test_a_category_may_cost_nothing(api: httpx.Client) -> None:
    add_course(api, name="Sold alone", price=500, category_id=2)
    buy(api, "categories/2")
    assert (credits_of(api), courses_of(api)) == (100, [3])


def test_who_cannot_pay_for_a_category_goes_to_the_checkout(
    empty: Portal, api: httpx.Client
) -> None:
    change_credits(api, 29)
    before = told(empty)
    address = buy(api, "categories/1", coupon="half")
    assert urlsplit(address).path == "/checkout/category:1"
    assert amount(address) == "30.00"
    assert (credits_of(api), courses_of(api), told(empty)) == (29, [], before)


def test_courses_that_one_is_in_or_that_are_not_open_are_left_out(
    empty: Portal, api: httpx.Client
) -> None:
    add_course(api, name="Closed", category_id=1, is_active=False)
    add_course(api, name="Next year", category_id=1, start_datetime=1_767_225_600)
    add_course(api, name="Elsewhere")
    enrollment = {"user_id": 1, "course_id": 1}
    assert api.post("/enrollments", json=enrollment).status_code == 200
    buy(api, "categories/1")
    assert (credits_of(api), courses_of(api)) == (40, [1, 2])
    message = "The requested category has no course that the user could join"
    assert refused(api, "categories/1") == (400, refusal(message))
    assert refused(api, "categories/2") == (400, refusal(message))
    assert credits_of(api) == 40


def test_courses_of_a_category_below_are_left_out(empty: Portal, api: httpx.Client) -> None:
    with empty.transaction() as transaction:
        transaction.connection.execute(insert(categories), {"name": "Below", "parent_id": 1})
    add_course(api, name="Deeper", category_id=3)
    buy(api, "categories/1")
    assert courses_of(api) == [1, 2]


def test_a_full_course_refuses_the_whole_category(empty: Portal, api: httpx.Client) -> None:
    change_course(empty, 2, capacity=0)
    before = told(empty)
    message = "The requested course has reached its capacity"
    assert refused(api, "categories/1") == (400, refusal(message))
    assert (credits_of(api), courses_of(api), told(empty)) == (100, [], before)
