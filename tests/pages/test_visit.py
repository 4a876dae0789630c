"""Which requests are pages, of which portal, and what stands around every page."""

import logging
import subprocess
import sys

import httpx
import pytest
from starlette.applications import Starlette

from talentlms_mock import MockServer, Portal, create_app
from talentlms_mock.portal.portals import Portals
from tests.pages.conftest import InProcess, Visitor, make_portal
from tests.pages.reading import api, links, press, said, sign_in, title

UNKNOWN = [
    "The mock has no such page",
    "This is a portal of",
    "talentlms-mock",
    ", a stand-in for the API of TalentLMS that programs are tested against. Of the portal's web "
    "pages it has those that the API or a message gives out an address of.",
    "The front page",
    "is where its users sign in.",
]


@pytest.mark.parametrize("path", ["/dashboard", "/index/a%0Ab"])
def test_an_unknown_page_says_what_this_is(path: str, acme: Portal, browser: httpx.Client) -> None:
    response = browser.get(path)

    assert (response.status_code, said(response)) == (404, UNKNOWN)
    assert title(response) == "No such page · Empty Portal"
    assert len(acme.requests) == 0


@pytest.mark.parametrize("accept", ["application/json", "*/*", "image/png"])
def test_what_asks_for_no_page_is_a_request_of_the_api(
    accept: str, acme: Portal, browser: httpx.Client
) -> None:
    response = browser.get("/users", headers={"Accept": accept})

    assert response.status_code == 404
    assert response.json()["error"]["message"] == "Not Found"
    assert [exchange.path for exchange in acme.requests] == ["/users"]


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "POST"])
def test_only_what_a_browser_does_is_a_page(
    method: str, acme: Portal, browser: httpx.Client
) -> None:
    response = browser.request(method, "/dashboard")

    assert response.headers["content-type"] == "application/json"
    assert [exchange.method for exchange in acme.requests] == [method]


def test_the_api_is_the_same_for_a_browser(acme: Portal, browser: httpx.Client) -> None:
    response = browser.get("/api/v2/users")

    assert response.status_code == 401
    assert [exchange.path for exchange in acme.requests] == ["/api/v2/users"]


def test_pages_count_for_no_limit(acme: Portal, browser: httpx.Client) -> None:
    sign_in(browser, acme)
    acme.rate_limit.exhaust()

    assert browser.get("/index").status_code == 200
    assert len(acme.requests) == 1


def test_every_page_has_the_headers_that_keep_scripts_out(
    acme: Portal, browser: httpx.Client
) -> None:
    for path in ("/", "/nothing", "/index/autologin/key:x", "/index/pages.css", "/favicon.ico"):
        headers = browser.get(path).headers
        assert headers["content-security-policy"] == (
            "default-src 'self'; base-uri 'none'; frame-ancestors 'none'"
        )
        assert headers["cache-control"] == "no-store"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/index/pages.css", "text/css; charset=utf-8"),
        ("/index/icon.svg", "image/svg+xml"),
        ("/favicon.ico", "image/svg+xml"),
    ],
)
def test_files_of_the_pages_need_no_portal(path: str, kind: str, visitor: Visitor) -> None:
    response = visitor("https://nobody.talentlms.com").get(path, headers={"Accept": "*/*"})

    assert (response.status_code, response.headers["content-type"]) == (200, kind)
    assert response.content


def test_looking_whether_a_link_works_does_not_use_it_up(
    acme: Portal, browser: httpx.Client
) -> None:
    address = api(browser, acme, "GET", "/users/1/login")[0]["url"]

    response = browser.head(address)

    assert (response.status_code, response.content) == (200, b"")
    assert browser.get(address).status_code == 303


def _nothing(text: str) -> list[str]:
    return [
        "There is no page here",
        text,
        "This is",
        "talentlms-mock",
        ", a stand-in for the API of TalentLMS that programs are tested against.",
    ]


@pytest.mark.parametrize("host", ["nobody.talentlms.com", "evil.example.com", "x-acme.localhost"])
def test_a_host_of_no_portal_has_no_page(host: str, acme: Portal, visitor: Visitor) -> None:
    for path in ("/", "/?portal=acme", "/certificates/view/1", "/index"):
        response = visitor(f"https://{host}").get(path)
        assert response.status_code == 404
        assert said(response) == _nothing(
            f"No portal answers for this address under '{host}'. Open the address as the API gave "
            "it."
        )


def test_plain_http_has_no_page(acme: Portal, visitor: Visitor) -> None:
    response = visitor("http://acme.talentlms.com").get("/")

    assert response.status_code == 400
    assert said(response)[1] == "The pages of a portal are shown over HTTPS only."


def test_plain_http_has_pages_where_it_is_allowed(acme: Portal, portals: Portals) -> None:
    app = create_app(portals, allow_http=True)
    browser = httpx.Client(transport=InProcess(app), base_url="http://acme.localhost:8080")

    address = api(browser, acme, "GET", "/users/1/login")[0]["url"]
    response = browser.get(address)

    assert address.startswith("http://acme.localhost:8080/index/autologin/key:")
    (cookie,) = response.headers.get_list("set-cookie")
    assert cookie.partition("; ")[2] == "HttpOnly; Path=/; SameSite=lax"
    assert said(browser.get("/index"))[0] == "Courses"


@pytest.mark.parametrize(("is_behind", "status"), [(True, 200), (False, 400)])
def test_a_tls_proxy_says_the_scheme(
    is_behind: bool, status: int, acme: Portal, portals: Portals
) -> None:
    app = create_app(portals, behind_tls_proxy=is_behind)
    browser = httpx.Client(transport=InProcess(app), base_url="http://acme.localhost:8080")
    headers = {"X-Forwarded-Proto": "https, http", "Accept": "text/html"}

    response = browser.get("/", headers=headers)

    assert response.status_code == status
    if status == 200:
        assert response.headers["set-cookie"].endswith("; Secure")


def test_an_inactive_domain_has_no_page(acme: Portal, browser: httpx.Client) -> None:
    acme.deactivate()

    response = browser.get("/")

    assert (response.status_code, said(response)[1]) == (403, "The domain 'acme' is inactive.")


def test_the_switch_of_the_api_is_none_of_the_pages(acme: Portal, browser: httpx.Client) -> None:
    acme.disable_api()

    assert browser.get("/").status_code == 200


@pytest.mark.parametrize("is_first", [True, False])
def test_under_an_address_the_key_says_which_portal(
    is_first: bool, acme: Portal, portals: Portals, visitor: Visitor
) -> None:
    other = make_portal("other")
    portals.add(other)
    other.add_user("ada.lovelace")
    portal = acme if is_first else other
    browser = visitor("https://127.0.0.1:8443")

    address = api(browser, portal, "GET", "/users/1/login")[0]["url"]
    response = browser.get(address)

    assert address.startswith("https://127.0.0.1:8443/index/autologin/key:")
    assert response.headers["location"] == f"/index?portal={portal.domain}"
    home = browser.get(response.headers["location"])
    assert said(home)[1] == ("Safety" if is_first else "You are enrolled in no course.")
    assert press(browser, home, "Sign out").headers["location"] == (
        f"https://127.0.0.1:8443/index?portal={portal.domain}"
    )


def test_under_an_address_the_sign_in_says_which_portal_a_number_is_of(
    acme: Portal, portals: Portals, visitor: Visitor
) -> None:
    other = make_portal("other")
    portals.add(other)
    for portal in (acme, other):
        portal.add_user("zoe")
    browser = visitor("https://127.0.0.1:8443")
    first = api(browser, acme, "POST", "/users/1/logout", {"next": "https://a.example.com"})
    second = api(browser, other, "POST", "/users/1/logout", {"next": "https://b.example.com"})
    numbers = [each["redirect_url"].partition(",")[0] for each in (first, second)]
    assert numbers == ["https://127.0.0.1:8443/index/logout/token:1"] * 2
    sign_in(browser, other, "zoe")

    response = browser.get(second["redirect_url"])

    assert response.headers["location"] == "https://b.example.com"
    assert browser.get(first["redirect_url"]).headers["location"] == "https://a.example.com"


def test_under_an_address_a_page_of_none_of_several_portals(
    acme: Portal, portals: Portals, visitor: Visitor
) -> None:
    browser = visitor("https://127.0.0.1:8443")
    assert browser.get("/index").status_code == 200  # the only one
    portals.add(make_portal("other"))

    for path in ("/index", "/index?portal=third", "/index/autologin/key:x", "/checkout/course:1"):
        response = browser.get(path)
        assert response.status_code == 404
        assert said(response)[1].startswith("No portal answers for this address under '127.0.0.1")


def test_the_pages_link_to_the_console_of_a_server(server: MockServer, acme: Portal) -> None:
    portals = Portals()
    portals.add(make_portal("mine"))
    app = create_app(portals, portal_host=server)
    browser = httpx.Client(transport=InProcess(app), headers={"Accept": "text/html"})

    page = browser.get("https://mine.talentlms.com/nothing")
    nobody = browser.get("https://nobody.talentlms.com/nothing")

    assert links(page)["The console"] == "/__mock__/"
    assert links(page)["Open the console"] == "/__mock__/"
    assert links(nobody) == {"The console": "/__mock__/"}
    portals.close()


def test_a_failure_inside_the_mock_is_a_page(
    acme: Portal,
    browser: httpx.Client,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(*arguments: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("talentlms_mock.portal.pages.courses.courses_of", fail)
    sign_in(browser, acme)

    with caplog.at_level(logging.ERROR, "talentlms_mock"):
        response = browser.get("/index")

    assert response.status_code == 500
    assert said(response)[1] == "An error inside the mock; its log has it."
    assert [record.getMessage() for record in caplog.records] == [
        "GET /index failed inside the mock"
    ]


def test_a_portal_that_is_removed_meanwhile(acme: Portal, app: Starlette, visitor: Visitor) -> None:
    browser = visitor("https://acme.talentlms.com")
    acme.close()

    response = browser.get("/")

    assert (response.status_code, said(response)[1]) == (404, "The portal was removed.")


HOSTILE = "<script>document.title='x'</script><img src=x onerror=alert(1)>\"'{{ 7*7 }}"


def test_hostile_names_are_shown_as_text(acme: Portal, browser: httpx.Client) -> None:
    course = acme.add_course(
        HOSTILE, description=HOSTILE, units=[HOSTILE], certification=HOSTILE, price=9
    )
    user = acme.add_user("mallory", name=HOSTILE, surname="M")
    acme.enroll(user, course)
    acme.add_user("payer", name=HOSTILE, surname="P")
    sign_in(browser, acme, "mallory")
    acme.learner("mallory").complete(course)
    checkout = api(browser, acme, "POST", f"/courses/{course.id}/purchase", {"user_id": 3})

    for path in (
        *("/index", f"/learner/courseinfo/id:{course.id}", "/unit/view/id:3"),
        *("/certificates/view/1", checkout["redirect_url"]),
    ):
        page = browser.get(path)
        assert page.status_code == 200
        assert any(text.startswith(HOSTILE) for text in said(page))
        assert "<script" not in page.text
        assert "<img" not in page.text
        assert "49" not in title(page)


def test_a_server_that_shows_no_page_imports_nothing_for_them() -> None:
    script = (
        "import sys; from talentlms_mock import MockServer\n"
        "with MockServer() as server: server.create_portal(dataset='empty').open()\n"
        "print(sorted({'jinja2', 'reportlab', 'PIL', 'talentlms_mock.pages.routes'} "
        "& set(sys.modules)))"
    )
    run = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True, timeout=60
    )
    assert run.stdout == "[]\n"
