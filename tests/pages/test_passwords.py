"""The links of messages: a new password, and the username."""

from base64 import b64encode

import httpx
import pytest

from talentlms_mock import Portal
from tests.pages.conftest import Visitor
from tests.pages.reading import api, links, press, said

FORM = [
    "New password",
    "For the user",
    "ada.lovelace",
    ". It needs at least 8 characters, among them an upper case letter, a lower case letter and "
    "a number.",
    *("New password", "Once more", "Set the password"),
]
WEAK = (
    "Password is not strong enough (should have at least (1) upper case letter, at least (1) "
    "lower case letter, at least (1) number, at least (8) characters in length)"
)


def _link(browser: httpx.Client, acme: Portal, query: str = "") -> str:
    api(browser, acme, "POST", f"/password-reset{query}", {"login": "ada.lovelace"})
    return acme.outbox[-1].link


def _sign_in(browser: httpx.Client, password: str) -> int:
    front = browser.get("/")
    return press(browser, front, "Sign in", login="ada.lovelace", password=password).status_code


def test_the_link_of_the_message_sets_a_password_once(acme: Portal, browser: httpx.Client) -> None:
    link = _link(browser, acme)
    page = browser.get(link)
    assert (page.status_code, said(page)) == (200, FORM)
    before = len(acme.events)

    done = press(browser, page, "Set the password", password="Secret99", repeated="Secret99")

    assert (done.status_code, said(done)) == (200, ["Your password is set", "Sign in"])
    assert links(done)["Sign in"] == "/index"
    assert [event.event_type for event in acme.events][before:] == ["user_property_change"]
    assert not acme.users.get(1).is_online
    assert browser.get(link).status_code == 410
    assert (
        press(browser, page, "Set the password", password="Secret98", repeated="Secret98")
    ).status_code == 410
    assert (_sign_in(browser, "Password1"), _sign_in(browser, "Secret99")) == (403, 303)


@pytest.mark.parametrize(
    ("password", "repeated", "text"),
    [
        ("secret99", "secret99", WEAK),
        ("Secret9", "Secret9", WEAK),
        ("", "", WEAK),
        ("Secret99", "Secret98", "The two passwords differ."),
    ],
)
def test_a_password_that_is_refused_can_be_tried_again(
    password: str, repeated: str, text: str, acme: Portal, browser: httpx.Client
) -> None:
    page = browser.get(_link(browser, acme))

    refused = press(browser, page, "Set the password", password=password, repeated=repeated)

    assert (refused.status_code, said(refused)) == (400, [text, *FORM])
    assert _sign_in(browser, "Password1") == 303
    done = press(browser, refused, "Set the password", password="Secret99", repeated="Secret99")
    assert done.status_code == 200


@pytest.mark.parametrize("address", ["https://app.example.com/in", "app.example.com/in"])
def test_it_leads_where_the_caller_said(address: str, acme: Portal, browser: httpx.Client) -> None:
    link = _link(browser, acme, f"?redirect_url={b64encode(address.encode()).decode()}")

    page = browser.get(link)
    done = press(browser, page, "Set the password", password="Secret99", repeated="Secret99")

    assert (done.status_code, done.headers["location"]) == (303, "https://app.example.com/in")


def test_the_link_is_too_old_after_a_day(acme: Portal, browser: httpx.Client) -> None:
    link = _link(browser, acme)
    acme.clock.advance(hours=23, minutes=59)
    assert browser.get(link).status_code == 200

    acme.clock.advance(minutes=1)

    assert browser.get(link).status_code == 410


@pytest.mark.parametrize(
    ("origin", "link"),
    [
        ("https://acme.talentlms.com", "https://acme.talentlms.com"),
        ("https://127.0.0.1:8443", "https://127.0.0.1:8443/index?portal=acme"),
    ],
)
def test_the_username_leads_to_the_front_page(
    origin: str, link: str, acme: Portal, visitor: Visitor
) -> None:
    browser = visitor(origin)
    api(browser, acme, "POST", "/users/ada.lovelace@example.com/username-recovery")
    message = acme.outbox[-1]
    assert (message.subject, message.link) == ("Your username is ada.lovelace", link)

    front = browser.get(message.link)

    assert said(front)[0] == "Sign in"
    done = press(browser, front, "Sign in", login="ada.lovelace", password="Password1")
    assert done.status_code == 303
    assert said(browser.get(done.headers["location"]))[0] == "Courses"
