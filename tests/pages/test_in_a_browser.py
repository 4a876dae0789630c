"""The portal's pages in a real browser, over real HTTPS."""

from base64 import urlsafe_b64encode
from collections.abc import Iterator
from typing import Literal

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from talentlms_mock import MockServer, Portal, Question, Session, Unit
from tests.browser.conftest import AXE
from tests.conftest import NewPortal
from tests.pages import chromium

QUIZ = Unit.test(
    "Quiz",
    [
        Question("Signs of a fire?", ("Smoke", "Heat", "Music"), ("Smoke", "Heat")),
        Question("Is it hot?", correct=("Yes",)),
        Question("Whom to call?", ("112",), ("112",), type="freetext"),
    ],
)
CLASS = Unit.ilt("Class", [Session("Morning", "2025-05-07T08:00:00Z")])


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium.running() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with chromium.window(browser) as page:
        yield page


@pytest.fixture
def school(new_portal: NewPortal) -> Portal:
    """A portal with Ada, who is in the course Safety; another one is beside it."""
    new_portal(dataset="empty")
    portal = new_portal(dataset="empty", clock="2025-05-07T09:30:00+00:00")
    _fill(portal)
    return portal


def _fill(portal: Portal) -> None:
    portal.add_user("ada.lovelace")
    portal.add_course(
        "Safety",
        units=["Reading", QUIZ, Unit("Package", type="scorm"), CLASS],
        certification="Safe",
        price=49.9,
    )
    portal.enroll("ada.lovelace", "Safety")


class Application:
    """A customer's program, which sends its users to a course and sees them come back."""

    def __init__(self, server: HTTPServer, client: httpx.Client) -> None:
        self._client = client
        self._home = server.url_for("/")
        server.expect_request("/done").respond_with_handler(self._done)
        server.expect_request("/bye").respond_with_data("Good bye", content_type="text/html")

    def course_address(self, course_id: int, user_id: int) -> str:
        """Ask the API where the user enters the course."""
        query = {
            "course_completed_redirect": self._encoded("done?from=course"),
            "logout_redirect": self._encoded("bye"),
        }
        response = self._client.get(f"/courses/{course_id}/users/{user_id}/goto", params=query)
        return str(response.raise_for_status().json()["_data"]["goto_url"])

    def _encoded(self, path: str) -> str:
        return urlsafe_b64encode(f"{self._home}{path}".encode()).decode()

    def _done(self, request: Request) -> Response:
        query = {"course_id": 1, "user_id": 1}
        response = self._client.get("/course-progress", params=query)
        progress = response.raise_for_status().json()["_data"]["progress"]
        name = progress["certificate"]["name"]
        text = f"{progress['completion_status']} {name} {request.args['from']}"
        return Response(f"<h1>{text}</h1>", content_type="text/html")


def _learn(page: Page) -> None:
    """Do the course Safety from its page to its end, by clicking."""

    def press(name: str) -> None:
        page.get_by_role("button", name=name, exact=True).click()

    page.get_by_role("link", name="Reading").click()
    press("Start")
    press("I have read it")
    page.get_by_role("link", name="Quiz").click()
    press("Start")
    page.get_by_label("Smoke").check()
    page.get_by_label("Heat").check()
    page.get_by_label("Yes").check()
    page.get_by_label("Answer to: Whom to call?").fill("112")
    press("Hand in")
    page.get_by_role("link", name="Back to the course").click()
    page.get_by_role("link", name="Package").click()
    press("Start")
    press("Pass it")
    page.get_by_role("link", name="Class").click()
    press("Start")
    press("Attend")


def test_a_learner_comes_from_an_application_and_goes_back_to_it(
    school: Portal, page: Page, httpserver: HTTPServer
) -> None:
    with school.httpx_client() as client:
        application = Application(httpserver, client)
        address = application.course_address(1, 1)
        assert address.startswith(
            f"{school.base_url.removesuffix('/api/v2')}/index/gotocourse/key:"
        )

        page.goto(address)
        expect(page.get_by_role("heading", name="Safety")).to_be_visible()
        _learn(page)

        expect(page.get_by_role("heading")).to_have_text("completed Safe course")
        assert page.url == httpserver.url_for("/done?from=course")
        page.go_back()
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_text("Good bye")).to_be_visible()
    assert not school.users.get(1).is_online
    paths = [exchange.path.removeprefix("/api/v2") for exchange in school.requests]
    assert paths == ["/courses/1/users/1/goto", "/course-progress"]


def test_the_same_through_the_proxy_by_the_real_host_name(
    browser: Browser, httpserver: HTTPServer
) -> None:
    with MockServer(proxy_port=0) as server:
        portal = server.create_portal(domain="acme", dataset="empty", clock="2025-05-07T09:30:00Z")
        _fill(portal)
        proxy = f"http://127.0.0.1:{server.proxy_port}"
        with (
            httpx.Client(
                base_url="https://acme.talentlms.com/api/v2",
                headers=portal.headers,
                verify=portal.ssl_context(),
                proxy=proxy,
            ) as client,
            chromium.window(browser, proxy) as page,
        ):
            address = Application(httpserver, client).course_address(1, 1)
            assert address.startswith("https://acme.talentlms.com/index/gotocourse/key:")

            page.goto(address)
            assert page.url == "https://acme.talentlms.com/learner/courseinfo/id:1"
            (cookie,) = (
                each for each in page.context.cookies() if each["name"] == "talentlms-mock-acme"
            )
            assert (cookie["domain"], cookie["httpOnly"], cookie["secure"], cookie["sameSite"]) == (
                "acme.talentlms.com",
                True,
                True,
                "Lax",
            )
            _learn(page)

            expect(page.get_by_role("heading")).to_have_text("completed Safe course")


def test_a_course_is_paid_for(school: Portal, page: Page, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/paid").respond_with_data("Thank you", content_type="text/html")
    httpserver.expect_request("/left").respond_with_data("Another time", content_type="text/html")
    bob = school.add_user("bob")
    with school.httpx_client() as client:
        body = {
            "user_id": bob.id,
            "return_path": httpserver.url_for("/paid"),
            "cancel_path": httpserver.url_for("/left"),
        }
        response = client.post("/courses/1/purchase", json=body)
    address = response.json()["_data"]["redirect_url"]

    page.goto(address)
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("Another time")).to_be_visible()
    assert list(bob.enrollments) == []
    page.go_back()
    expect(page.get_by_text("49.90 USD")).to_be_visible()
    page.get_by_role("button", name="Pay").click()

    expect(page.get_by_text("Thank you")).to_be_visible()
    assert [course.name for course in bob.courses] == ["Safety"]
    payment = school.events.get(event_type="user_create_payment")
    assert (payment.user_id, payment.course_id) == (bob.id, 1)


def test_a_password_is_reset(school: Portal, page: Page) -> None:
    with school.httpx_client() as client:
        client.post("/password-reset", json={"login": "ada.lovelace"})
        client.post("/users/ada.lovelace@example.com/username-recovery")
    reset, username = school.outbox

    page.goto(reset.link)
    for password in ("weak", "Secret99"):
        page.get_by_label("New password").fill(password)
        page.get_by_label("Once more").fill(password)
        page.get_by_role("button", name="Set the password").click()
        if password == "weak":
            expect(page.get_by_role("alert")).to_contain_text("Password is not strong enough")
    expect(page.get_by_role("heading")).to_have_text("Your password is set")
    page.goto(username.link)
    page.get_by_label("Username").fill(username.subject.removeprefix("Your username is "))
    page.get_by_label("Password").fill("Secret99")
    page.get_by_role("button", name="Sign in").click()

    expect(page.get_by_role("link", name="Safety")).to_be_visible()


def test_a_certificate_is_downloaded(school: Portal, page: Page) -> None:
    school.learner(1).complete("Safety")
    with school.httpx_client() as client:
        address = client.get("/users/1/login").json()["_data"][0]["url"]
        (found,) = client.get("/users/1/certificates").json()["_data"]["certificates"]
    page.goto(found["public_url"])
    expect(page.get_by_role("heading")).to_have_text("Safe")
    assert page.get_by_role("link", name="Download").count() == 0

    page.goto(address)
    page.get_by_role("link", name="Safety").click()
    page.get_by_role("link", name="Certificate").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()

    assert download.value.suggested_filename == "certificate-1.pdf"
    assert download.value.path().read_bytes().startswith(b"%PDF-")


HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'><svg onload=alert(3)>"


def test_hostile_names_run_no_script(school: Portal, page: Page) -> None:
    course = school.add_course(
        HOSTILE,
        description=HOSTILE,
        units=[Unit.test(HOSTILE, [Question(HOSTILE, (HOSTILE, "No"), (HOSTILE,))])],
        certification=HOSTILE,
        price=9,
    )
    branch = school.add_branch("Sales", title=HOSTILE, announcement_internal=HOSTILE, users=[1])
    mallory = school.add_user("mallory", name=HOSTILE, surname=HOSTILE, courses=[course])
    with school.httpx_client() as client:
        client.post("/branch-users", json={"branch_id": branch.id, "user_id": mallory.id})
        address = client.get(f"/users/{mallory.id}/login").json()["_data"][0]["url"]
        body = {"user_id": 1, "return_path": "javascript:alert(4)"}
        checkout = client.post(f"/courses/{course.id}/purchase", json=body).json()["_data"]

    page.goto(address)
    expect(page.get_by_role("banner")).to_contain_text(HOSTILE)
    page.get_by_role("main").get_by_role("link", name=HOSTILE).click()
    page.get_by_role("main").get_by_role("listitem").get_by_role("link").click()
    page.get_by_role("button", name="Start").click()
    page.get_by_label(HOSTILE).first.check()
    page.get_by_role("button", name="Hand in").click()
    page.get_by_role("link", name="Back to the course").click()
    page.get_by_role("link", name="Certificate").click()
    expect(page.get_by_role("heading")).to_have_text(HOSTILE)
    page.goto(checkout["redirect_url"])
    page.get_by_role("button", name="Pay").click()
    expect(page.get_by_text("The mock has no such page")).to_be_visible()
    assert page.locator("script, svg, main img").count() == 0


@pytest.mark.parametrize("width", [360, 1100])
def test_no_page_is_wider_than_the_window(width: int, school: Portal, browser: Browser) -> None:
    long = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerk" * 3
    school.add_course(
        long,
        units=[Unit(long), Unit.test("Q", [Question(long, correct=("Yes",))])],
        certification=long,
    )
    user = school.add_user("long", name=long, surname=long, courses=[long])
    school.learner(user).complete(long)
    with school.httpx_client() as client:
        address = client.get(f"/users/{user.id}/login").json()["_data"][0]["url"]
    with chromium.window(browser, width=width) as page:
        page.goto(address)
        home = page.url
        for path in (
            *("index", "learner/courseinfo/id:2", "unit/view/id:5", "unit/view/id:6"),
            *("certificates/view/1", "nothing"),
        ):
            page.goto(home.replace("index?", f"{path}?"))
            overflow = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert (path, overflow) == (path, 0)


@pytest.mark.skipif(not AXE.is_file(), reason="axe-core is not installed")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(
    school: Portal, browser: Browser, scheme: Literal["light", "dark"]
) -> None:
    ada = school.learner(1)
    ada.complete(school.add_course("Done", certification="Done", users=[1]))
    buyer = school.add_user("buyer")
    with school.httpx_client() as client:
        address = client.get("/users/1/login").json()["_data"][0]["url"]
        (found,) = client.get("/users/1/certificates").json()["_data"]["certificates"]
        body = {"user_id": buyer.id, "return_path": "http://localhost/paid"}
        checkout = client.post("/courses/1/purchase", json=body).json()["_data"]["redirect_url"]
        client.post("/password-reset", json={"login": "ada.lovelace"})
    context = browser.new_context(ignore_https_errors=True, color_scheme=scheme, bypass_csp=True)
    page = context.new_page()
    page.goto(address)
    home = page.url.removesuffix("index")
    inside = ("index", "learner/courseinfo/id:1", "certificates/view/1", "nothing")
    units = [f"unit/view/id:{unit.id}" for unit in school.courses[0].units]
    for path in (*inside, *units, found["public_url"], checkout, school.outbox[0].link):
        page.goto(path if path.startswith("http") else home + path)
        for start in page.get_by_role("button", name="Start").all():
            start.click()
        page.add_script_tag(path=str(AXE))
        said = page.evaluate("async () => (await axe.run()).violations")
        nodes = [(each["id"], [node["html"] for node in each["nodes"]]) for each in said]
        assert (path, nodes) == (path, [])
    context.close()
