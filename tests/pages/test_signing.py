"""The front page, and signing in and out."""

from base64 import urlsafe_b64encode

import httpx
import pytest

from talentlms_mock import Portal
from talentlms_mock.portal.portals import Portals
from tests.pages.conftest import Visitor, make_portal
from tests.pages.reading import api, links, press, said, sign_in, title

HOME = ["Courses", "Safety", "0%", "Not begun"]
FORM = [
    "Sign in",
    "Username",
    "Password",
    "Sign in",
    "A user whose password nobody chose has",
    "Password1",
    ". The addresses of",
    "GET /users/{id}/login",
    "sign in without one.",
]


def _login_address(browser: httpx.Client, acme: Portal) -> str:
    return str(api(browser, acme, "GET", "/users/1/login")[0]["url"])


def _encoded(address: str) -> str:
    return urlsafe_b64encode(address.encode()).decode()


def test_an_address_of_the_api_signs_in_once(acme: Portal, browser: httpx.Client) -> None:
    address = _login_address(browser, acme)

    response = browser.get(address)

    assert (response.status_code, response.headers["location"]) == (303, "/index")
    (cookie,) = response.headers.get_list("set-cookie")
    assert cookie.startswith("talentlms-mock-acme=")
    assert cookie.partition("; ")[2] == "HttpOnly; Path=/; SameSite=lax; Secure"
    home = browser.get("/index")
    assert (home.status_code, title(home), said(home)) == (200, "Courses · Empty Portal", HOME)
    again = browser.get(address)
    assert again.status_code == 410
    assert said(again) == [
        "This is not possible",
        "This address was used at 2025-05-07T09:30:00+00:00. It works once: ask for a new one.",
        "To the front page",
    ]
    assert acme.users.get(1).is_online
    assert [event.event_type for event in acme.events].count("user_login_user") == 1
    assert [exchange.path for exchange in acme.requests] == ["/api/v2/users/1/login"]


def test_an_address_is_too_old_after_an_hour_of_the_portal(
    acme: Portal, browser: httpx.Client
) -> None:
    young, old = _login_address(browser, acme), _login_address(browser, acme)
    acme.clock.advance(minutes=59)
    assert browser.get(young).status_code == 303

    acme.clock.advance(minutes=1)
    response = browser.get(old)

    assert response.status_code == 410
    assert said(response)[1] == (
        "This address is too old: it worked until 2025-05-07T10:30:00+00:00 by the clock of the "
        "portal. Ask for a new one."
    )


@pytest.mark.parametrize(
    "path", ["/index/autologin/key:nothing", "/index/logout/token:9,next:", "/checkout/course:1"]
)
def test_a_key_that_was_never_given_out(path: str, acme: Portal, browser: httpx.Client) -> None:
    response = browser.get(path)

    assert response.status_code == 404
    assert said(response)[1] == "This address has no key that the portal knows."


def test_a_key_of_one_page_opens_no_other(acme: Portal, browser: httpx.Client) -> None:
    key = _login_address(browser, acme).partition("key:")[2]

    assert browser.get(f"/index/resetpassword/key:{key}").status_code == 404


def test_a_user_who_is_not_active_keeps_the_address(acme: Portal, browser: httpx.Client) -> None:
    address = _login_address(browser, acme)
    api(browser, acme, "PATCH", "/users/1", {"status": "inactive"})

    response = browser.get(address)
    assert (response.status_code, said(response)[1]) == (400, "The requested user is not active")

    api(browser, acme, "PATCH", "/users/1", {"status": "active"})
    assert browser.get(address).status_code == 303


def test_a_login_and_a_password_sign_in(acme: Portal, browser: httpx.Client) -> None:
    front = browser.get("/")
    assert (front.status_code, said(front)) == (200, FORM)

    response = press(browser, front, "Sign in", login="ADA.Lovelace", password="Password1")

    assert (response.status_code, response.headers["location"]) == (303, "/index")
    assert said(browser.get("/")) == HOME
    assert acme.users.get(1).is_online


@pytest.mark.parametrize(("login", "password"), [("ada.lovelace", "x"), ("bob", "Password1")])
def test_a_wrong_password_signs_nobody_in(
    login: str, password: str, acme: Portal, browser: httpx.Client
) -> None:
    response = press(browser, browser.get("/"), "Sign in", login=login, password=password)

    assert response.status_code == 403
    assert said(response)[0] == "The username or the password is wrong."
    assert f'value="{login}"' in response.text
    assert "talentlms-mock-acme" not in browser.cookies
    assert not acme.users.get(1).is_online


@pytest.mark.parametrize(
    "path",
    [
        "/learner/courseinfo/id:1",
        "/unit/view/id:1",
        "/catalog/index/category:1",
        "/certificates/download/1",
    ],
)
def test_what_needs_a_sign_in_asks_for_it(path: str, acme: Portal, browser: httpx.Client) -> None:
    response = browser.get(path)

    assert response.status_code == 403
    assert said(response) == ["Sign in to see this page.", *FORM]


def test_the_button_signs_out_and_leads_to_the_front_page(
    acme: Portal, browser: httpx.Client
) -> None:
    sign_in(browser, acme)

    response = press(browser, browser.get("/index"), "Sign out")

    assert (response.status_code, response.headers["location"]) == (
        303,
        "https://acme.talentlms.com",
    )
    assert said(browser.get("/")) == FORM
    assert not acme.users.get(1).is_online


def test_signing_out_once_more_leads_to_the_front_page(acme: Portal, browser: httpx.Client) -> None:
    sign_in(browser, acme)
    page = browser.get("/index")
    press(browser, page, "Sign out")

    response = press(browser, page, "Sign out")

    assert (response.status_code, response.headers["location"]) == (
        303,
        "https://acme.talentlms.com",
    )


@pytest.mark.parametrize(
    ("next_address", "leads_to"),
    [
        ("https://app.example.com/bye?a=1&b=2", "https://app.example.com/bye?a=1&b=2"),
        ("app.example.com/bye", "https://app.example.com/bye"),
        ("/bye", "https://acme.talentlms.com/bye"),
        ("//evil.example.com", "https://acme.talentlms.com/evil.example.com"),
        ("", "https://acme.talentlms.com"),
    ],
)
def test_an_address_of_the_api_signs_out(
    next_address: str, leads_to: str, acme: Portal, browser: httpx.Client
) -> None:
    sign_in(browser, acme)
    address = api(browser, acme, "POST", "/users/1/logout", {"next": next_address})["redirect_url"]

    response = browser.get(address)

    assert (response.status_code, response.headers["location"]) == (303, leads_to)
    assert "talentlms-mock-acme" not in browser.cookies
    assert not acme.users.get(1).is_online
    assert browser.get(address).status_code == 410


def test_the_address_itself_does_not_say_where_signing_out_leads(
    acme: Portal, browser: httpx.Client
) -> None:
    api(browser, acme, "POST", "/users/1/logout", {"next": "https://app.example.com"})

    response = browser.get(f"/index/logout/token:1,next:{_encoded('https://evil.example.com')}")

    assert response.headers["location"] == "https://app.example.com"


@pytest.mark.parametrize("way", ["api", "learner", "archive", "status"])
def test_whoever_is_signed_out_elsewhere_is_signed_out_here(
    way: str, acme: Portal, browser: httpx.Client
) -> None:
    sign_in(browser, acme)
    match way:
        case "api":
            api(browser, acme, "POST", "/users/1/logout")
        case "learner":
            acme.learner(1).log_out()
            acme.learner(1).log_in()
        case "archive":
            acme.archive_user(1)
        case "status":
            api(browser, acme, "PATCH", "/users/1", {"status": "inactive"})

    assert said(browser.get("/")) == FORM


def test_a_new_sign_in_takes_the_place_of_the_one_before(
    acme: Portal, browser: httpx.Client, visitor: Visitor
) -> None:
    acme.add_user("bob")
    sign_in(browser, acme)
    kept = browser.cookies["talentlms-mock-acme"]

    sign_in(browser, acme, "bob")

    assert said(browser.get("/")) == ["Courses", "You are enrolled in no course."]
    other = visitor("https://acme.talentlms.com", cookies={"talentlms-mock-acme": kept})
    assert said(other.get("/")) == FORM


def test_a_token_of_one_portal_is_none_of_another(
    acme: Portal, portals: Portals, browser: httpx.Client, visitor: Visitor
) -> None:
    portals.add(make_portal("other"))
    sign_in(browser, acme)
    token = browser.cookies["talentlms-mock-acme"]

    other = visitor("https://other.talentlms.com", cookies={"talentlms-mock-other": token})

    assert said(other.get("/")) == FORM


def test_a_branch_has_its_own_title(acme: Portal, browser: httpx.Client, visitor: Visitor) -> None:
    acme.add_branch("Sales", users=[1], title="Sales <i>School", announcement_external="Welcome")
    sales = visitor("https://sales-acme.talentlms.com")
    front = sales.get("/")
    assert title(front) == "Sign in · Sales &lt;i&gt;School"
    assert said(front) == ["Welcome", *FORM]

    address = api(browser, acme, "GET", "/users/1/login")[0]["url"]
    assert address.startswith("https://sales-acme.talentlms.com/index/autologin/key:")
    sales.get(address)

    assert title(sales.get("/index")) == "Courses · Sales &lt;i&gt;School"
    assert title(browser.get("/")) == "Sign in · Empty Portal"


def test_a_branch_without_a_title_has_its_name(acme: Portal, visitor: Visitor) -> None:
    acme.add_branch("Sales")

    assert title(visitor("https://sales-acme.talentlms.com").get("/")) == "Sign in · Sales"


def test_under_an_address_the_sign_in_says_which_branch_it_is(
    acme: Portal, visitor: Visitor
) -> None:
    acme.add_branch("Sales", users=[1])
    browser = visitor("https://127.0.0.1:8443")
    assert title(browser.get("/")) == "Sign in · Empty Portal"

    browser.get(api(browser, acme, "GET", "/users/1/login")[0]["url"])

    assert title(browser.get("/index")) == "Courses · Sales"
    api(browser, acme, "DELETE", "/branches/1")
    assert title(browser.get("/index")) == "Courses · Empty Portal"


def test_words_are_in_the_language_of_the_user(acme: Portal, browser: httpx.Client) -> None:
    acme.add_user("karl", locale="de-DE", courses=["Safety"])
    sign_in(browser, acme, "karl")

    page = browser.get("/index")

    assert '<h1><span lang="de-DE">Kurse</span></h1>' in page.text
    assert links(page)["Safety"] == "/learner/courseinfo/id:1"
