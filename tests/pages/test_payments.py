"""The payment page of a purchase."""

from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from talentlms_mock import Portal
from tests.pages.conftest import Visitor
from tests.pages.reading import api, press, said


@pytest.fixture(autouse=True)
def _offers(acme: Portal) -> None:
    acme.add_category("Tools", price=20)
    acme.add_course("Saws", price=49.9, category="Tools")
    acme.add_course("Axes", category="Tools")
    acme.add_coupon("HALF", 50)


def _checkout(
    browser: httpx.Client, acme: Portal, what: str = "courses/2", **values: object
) -> str:
    body: dict[str, Any] = {"user_id": 1, **values}
    return str(api(browser, acme, "POST", f"/{what}/purchase", body)["redirect_url"])


def _enrolled(acme: Portal) -> list[str]:
    return [course.name for course in acme.users.get(1).courses]


def _events(acme: Portal) -> list[tuple[str, str]]:
    return [(event.event_type, event.message) for event in acme.events]


def test_paying_enrolls_and_is_recorded(acme: Portal, browser: httpx.Client) -> None:
    address = _checkout(browser, acme, return_path="https://app.example.com/paid?x=1")
    before = _events(acme)
    page = browser.get(address)
    assert said(page) == [
        "Payment",
        "No money moves here: the button below stands for a payment that succeeded.",
        *("For the course", "Saws", "Bought by", "Ada Lovelace", "To pay", "49.90 USD"),
        *("Pay", "Cancel"),
    ]
    assert (_enrolled(acme), _events(acme)) == (["Safety"], before)

    response = press(browser, page, "Pay")

    assert (response.status_code, response.headers["location"]) == (
        303,
        "https://app.example.com/paid?x=1",
    )
    assert _enrolled(acme) == ["Safety", "Saws"]
    assert [kind for kind, _ in _events(acme)[len(before) :]] == [
        "user_create_payment",
        "course_add_user",
    ]
    payment = acme.events.get(event_type="user_create_payment")
    assert (payment.user_id, payment.course_id) == (1, 2)
    again = browser.get(address)
    assert again.status_code == 410
    assert press(browser, page, "Pay").status_code == 410
    assert len(_events(acme)) == len(before) + 2


def test_paying_for_a_category_enrolls_in_its_courses(acme: Portal, browser: httpx.Client) -> None:
    address = _checkout(browser, acme, "categories/1", coupon="half", return_path="/thanks")
    page = browser.get(address)
    assert said(page)[2:10] == [
        *("For the category", "Tools", "Bought by", "Ada Lovelace"),
        *("Coupon", "half", "To pay", "10.00 USD"),
    ]

    response = press(browser, page, "Pay")

    assert response.headers["location"] == "https://acme.talentlms.com/thanks"
    assert _enrolled(acme) == ["Safety", "Saws", "Axes"]
    assert [kind for kind, _ in _events(acme)[-3:]] == [
        "user_create_payment",
        "course_add_user",
        "course_add_user",
    ]


def test_cancelling_changes_nothing_and_can_be_paid_later(
    acme: Portal, browser: httpx.Client
) -> None:
    address = _checkout(browser, acme, cancel_path="/no")
    before = _events(acme)
    page = browser.get(address)

    response = press(browser, page, "Cancel")

    assert (response.status_code, response.headers["location"]) == (
        303,
        "https://acme.talentlms.com/no",
    )
    assert (_enrolled(acme), _events(acme)) == (["Safety"], before)
    press(browser, browser.get(address), "Pay")
    assert _enrolled(acme) == ["Safety", "Saws"]


@pytest.mark.parametrize(
    ("what", "origin", "paid", "cancelled"),
    [
        (
            "courses/2",
            "https://acme.talentlms.com",
            "https://acme.talentlms.com/learner/courseinfo/id:2",
            "https://acme.talentlms.com",
        ),
        (
            "categories/1",
            "https://127.0.0.1:8443",
            "https://127.0.0.1:8443/catalog/index/category:1?portal=acme",
            "https://127.0.0.1:8443/index?portal=acme",
        ),
    ],
)
def test_without_paths_it_leads_to_pages_of_the_portal(
    what: str, origin: str, paid: str, cancelled: str, acme: Portal, visitor: Visitor
) -> None:
    browser = visitor(origin)
    page = browser.get(_checkout(browser, acme, what))

    assert press(browser, page, "Cancel").headers["location"] == cancelled
    assert press(browser, page, "Pay").headers["location"] == paid


@pytest.mark.parametrize(
    ("path", "leads_to"),
    [("/thanks", "thanks?portal=acme"), ("thanks?a=1", "thanks?a=1&portal=acme")],
)
def test_under_an_address_a_path_says_which_portal(
    path: str, leads_to: str, acme: Portal, visitor: Visitor
) -> None:
    browser = visitor("https://127.0.0.1:8443")
    page = browser.get(_checkout(browser, acme, return_path=path))

    location = press(browser, page, "Pay").headers["location"]

    assert location == f"https://127.0.0.1:8443/{leads_to}"


def test_the_address_says_neither_the_price_nor_where_it_leads(
    acme: Portal, browser: httpx.Client
) -> None:
    address = _checkout(browser, acme, return_path="https://app.example.com")
    forged = (
        address.replace("amount=49.9", "amount=0")
        .replace("app.example.com", "evil.example.com")
        .replace("course:2", "course:3")
        .replace("user_id=1", "user_id=2")
    )
    page = browser.get(forged)
    assert "49.90 USD" in said(page)

    response = press(browser, page, "Pay")

    assert response.headers["location"] == "https://app.example.com"
    assert _enrolled(acme) == ["Safety", "Saws"]


@pytest.mark.parametrize("path", ["javascript:alert(1)", "//evil.example.com", "data:text/html,x"])
def test_a_path_is_one_of_the_portal(path: str, acme: Portal, browser: httpx.Client) -> None:
    page = browser.get(_checkout(browser, acme, return_path=path))

    location = press(browser, page, "Pay").headers["location"]

    parts = urlsplit(location)
    assert (parts.scheme, parts.netloc) == ("https", "acme.talentlms.com")


def test_who_came_into_the_course_meanwhile_does_not_pay(
    acme: Portal, browser: httpx.Client
) -> None:
    page = browser.get(_checkout(browser, acme))
    acme.enroll(1, "Saws")
    before = _events(acme)

    response = press(browser, page, "Pay")

    assert (response.status_code, _events(acme)) == (409, before)
    assert said(response)[1] == "The user is already enrolled in this course"
    api(browser, acme, "DELETE", "/enrollments", {"user_id": 1, "course_id": 2})
    assert press(browser, page, "Pay").status_code == 303  # nothing was used up


def test_what_is_gone_is_not_paid_for(acme: Portal, browser: httpx.Client) -> None:
    address = _checkout(browser, acme)
    page = browser.get(address)
    acme.archive_course("Saws")

    response = browser.get(address)
    assert (response.status_code, said(response)[1]) == (404, "Course not found")
    assert press(browser, page, "Pay").status_code == 409


def test_a_form_offers_two_things(acme: Portal, browser: httpx.Client) -> None:
    page = browser.get(_checkout(browser, acme))
    form = {"form_token": browser.cookies["talentlms-mock-form"], "do": "steal"}

    response = browser.post(str(page.url), data=form)

    assert (response.status_code, said(response)[1]) == (
        400,
        "A payment page offers pay and cancel.",
    )
    assert _enrolled(acme) == ["Safety"]
