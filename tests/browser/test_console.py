"""The console in a browser: live, by keys, and safe from what it shows and from others."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import httpx
import pytest

from talentlms_mock import MockServer, Portal
from tests.browser.conftest import AXE, CHROMIUM, collect_errors

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")

PATHS = (
    *("", "/requests", "/requests/1", "/data", "/data/users", "/data/users/1", "/data/users/new"),
    *("/data/courses/1", "/data/users/1/act?course=1", "/faults", "/clock", "/outbox"),
    *("/api", "/api/updateUser", "/snapshots", "/snapshots/compare?before=one"),
)
"""A page of each kind, below a portal."""


def test_journal_is_live_while_a_client_runs(
    tab: "Page", console: str, empty: Portal, api: httpx.Client
) -> None:
    tab.goto(f"{console}/portals/{empty.domain}/requests")
    tab.get_by_text("No request yet").wait_for()
    tab.locator("#live").wait_for(state="visible")
    tab.fill("#q", "half a wo")

    api.get("/users")
    tab.locator("tr[data-row]", has_text="/api/v2/users").wait_for()
    for _ in range(4):
        api.get("/users")
    tab.get_by_text("× 5").wait_for()
    api.get("/users/77")
    tab.locator("tr[data-row]").first.get_by_text("404").wait_for()

    assert tab.input_value("#q") == "half a wo"
    assert tab.locator("tr[data-row]").count() == 2


def test_list_of_portals_and_changes_from_python_are_live(
    tab: "Page", console: str, empty: Portal
) -> None:
    tab.goto(f"{console}/")
    row = tab.locator("tr", has=tab.get_by_role("link", name=empty.domain, exact=True))
    row.wait_for()
    tab.locator("#live").wait_for(state="visible")
    empty.add_user("ada")
    row.locator("td[data-label=Users]", has_text="1").wait_for()
    empty.disable_api()
    row.get_by_text("API off").wait_for()


def test_page_is_used_by_keys(tab: "Page", console: str, empty: Portal) -> None:
    for login in ("ada", "bob", "cid"):
        empty.add_user(login)
    tab.goto(f"{console}/portals/{empty.domain}/data/users")

    def row() -> str:
        return tab.locator("tr.at td:nth-child(2)").inner_text()

    tab.keyboard.press("j")
    assert row() == "ada"
    tab.keyboard.press("j")
    tab.keyboard.press("j")
    tab.keyboard.press("j")
    assert row() == "cid"
    tab.keyboard.press("k")
    assert row() == "bob"
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/data/users/2")
    tab.keyboard.press("Escape")
    tab.wait_for_url("**/data/users")
    tab.keyboard.press("/")
    assert tab.evaluate("document.activeElement.id") == "q"
    tab.keyboard.type("cj/")
    assert tab.input_value("#q") == "cj/"
    tab.keyboard.press("Escape")
    assert tab.evaluate("document.activeElement.id") != "q"


def test_learner_is_acted_for_by_clicking(tab: "Page", console: str, empty: Portal) -> None:
    course = empty.add_course("Algebra", units=["Read", "Watch"])
    empty.add_user("ada", courses=[course])
    tab.goto(f"{console}/portals/{empty.domain}/data/users/1")
    tab.click("text=Act for this user")
    tab.click("text=Algebra")
    tab.click("section:has-text('Read') >> text=Complete unit")
    tab.locator("section:has-text('Read') >> text=completed").wait_for()
    tab.click("section:has-text('Watch') >> text=Complete unit")
    tab.locator("tr", has_text="Algebra").get_by_text("completed").wait_for()
    assert empty.enrollments.first().completion_status == "completed"


def test_fault_form_disables_what_contradicts(tab: "Page", console: str, empty: Portal) -> None:
    tab.goto(f"{console}/portals/{empty.domain}/faults")
    tab.check("#fault-timeout")
    assert tab.is_disabled("#fault-status")
    assert tab.is_disabled("#fault-reset")
    assert tab.is_enabled("#fault-latency")
    tab.uncheck("#fault-timeout")
    tab.fill("#fault-status", "503")
    assert tab.is_disabled("#fault-timeout")
    assert tab.is_enabled("#fault-status")
    tab.click("text=Declare fault")
    tab.get_by_text("Added.").wait_for()
    assert [fault.rule.status for fault in empty.faults] == [503]


def test_pages_work_without_scripts(chromium: "Browser", console: str, empty: Portal) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{console}/portals/{empty.domain}/clock")
    page.click("text=+1 hour")
    assert page.locator("p.clock").inner_text() == "2025-05-07 10:30:00"
    context.close()


EVIL = (
    "<script>hit('script')</script><img src=x onerror=\"hit('image')\">"
    "'\"><svg onload=hit('svg')>{{7*7}}${7*7}<a href=\"javascript:hit('link')\">x</a>"
)


@pytest.fixture
def hostile(empty: Portal, api: httpx.Client) -> Portal:
    """A portal with markup wherever somebody could put it."""
    name = EVIL[:180]
    field = empty.add_user_field(f"Team {EVIL}"[:90])
    category = empty.add_category(name)
    course = empty.add_course(name, description=EVIL, category=category, units=[name])
    user = empty.add_user(
        f"<b>{quote('x')}</b>",
        name=name,
        surname=name,
        description=EVIL[:180],
        courses=[course],
        custom_fields={field.name: EVIL},
    )
    empty.add_group(name, description=EVIL[:180], users=[user])
    empty.learner(user).complete(course)
    empty.fault(path="/courses", status=500, body=EVIL, name=EVIL)
    query = {"x": EVIL}
    api.get("/users", headers={"X-Team": EVIL, "Accept": EVIL, "User-Agent": EVIL}, params=query)
    api.get("/courses", params=query)
    api.get(f"/nothing/{EVIL}")
    api.post("/users", json={"login": EVIL, EVIL: EVIL})
    api.post("/users", content=EVIL.encode())
    api.post("/password-reset", json={"login": user.login})
    empty.snapshot("one")
    empty.snapshot(EVIL)
    empty.change_user(user, name=f"x{name}"[:180])
    return empty


def _watched(page: "Page") -> list[str]:
    """Return a list that gets what hostile content does, and what the policy had to stop."""
    hits: list[str] = []

    def hit(what: str) -> None:
        hits.append(what)

    page.expose_function("hit", hit)  # not the method itself, which Playwright cannot mark
    collect_errors(page, hits)
    return hits


def test_hostile_content_runs_no_script_and_breaks_no_page(
    context: "BrowserContext", console: str, hostile: Portal
) -> None:
    page = context.new_page()
    hits = _watched(page)
    requests = [f"/requests/{each.number}" for each in hostile.requests]
    names = ("courses", "groups", "categories", "events", "user_fields")
    more = [f"/data/{name}" for name in names]
    odd = (f"/requests?q={quote(EVIL)}&path={quote(EVIL)}", f"/data/users?q={quote(EVIL)}")
    compared = f"/snapshots/compare?before=one&after={quote(EVIL, safe='')}"
    for path in (*PATHS, *requests, *more, *odd, compared):
        response = page.goto(f"{console}/portals/{hostile.domain}{path}")
        assert response is not None
        assert response.status in (200, 400), path
        assert page.locator("footer").count() == 1
        foreign = page.evaluate(
            "document.querySelectorAll('main img, main svg, main script, [onerror], [onload],"
            " a[href^=javascript]').length"
        )
        # A filter that is no path says so.
        ran = [each for each in hits if "status of 400" not in each]
        assert (foreign, ran) == (0, []), path


def test_dataset_messy_breaks_no_page(tab: "Page", console: str, server: MockServer) -> None:
    portal = server.create_portal(domain="messy-console", dataset="messy")
    try:
        for path in ("", "/data/users", "/data/users?page=2", "/data/courses", "/clock"):
            tab.goto(f"{console}/portals/{portal.domain}{path}")
            assert tab.locator("footer").count() == 1
        for user in portal.users[:30]:
            response = tab.goto(f"{console}/portals/{portal.domain}/data/users/{user.id}")
            assert response is not None
            assert response.status == 200
    finally:
        server.remove_portal(portal)


@contextmanager
def _site(html: str) -> Iterator[str]:
    """Serve a page of another origin."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(html.encode())

        def log_message(self, *arguments: Any) -> None:
            """Print nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as httpd:
        thread = Thread(target=partial(httpd.serve_forever, 0.05), daemon=True)
        thread.start()
        yield f"http://localhost:{httpd.server_port}/"
        httpd.shutdown()
        thread.join()


_READ = """async ([address, options]) => {
  try { return (await fetch(address, options)).status } catch (error) { return "refused" }
}"""


def test_page_of_another_origin_reads_and_changes_nothing(
    context: "BrowserContext", console: str, empty: Portal
) -> None:
    own = f"{console}/portals/{empty.domain}"
    field = '<input name="api_enabled" value="false"><button>Win</button>'
    form = f'<form method="post" action="{own}/faults/change">{field}</form>'
    html = f'{form}<a href="{own}">look</a><iframe src="{own}"></iframe>'
    with _site(html) as address:
        page = context.new_page()
        page.goto(address)
        for path in ("", "/events", "/requests.har", "/portal.sqlite"):
            assert page.evaluate(_READ, [own + path, {}]) == "refused"
        posted: dict[str, Any] = {"method": "POST", "body": "api_enabled=false", "mode": "no-cors"}
        posted["headers"] = {"Content-Type": "application/x-www-form-urlencoded"}
        page.evaluate(_READ, [f"{own}/faults/change", posted])
        assert empty.host not in page.frames[1].content()

        with page.expect_navigation():
            page.click("text=Win")
        assert "A web page may not use" in page.content()
        assert empty.settings.api_enabled
        page.goto(address)
        page.click("text=look")
        page.get_by_role("heading", name=empty.host).wait_for()


def test_foreign_name_reads_nothing(chromium: "Browser", server: MockServer, empty: Portal) -> None:
    context = chromium.new_context()
    page = context.new_page()
    # As after DNS rebinding: the name leads here, and the browser sends it as Host.
    answer = page.request.get(
        f"http://127.0.0.1:{server.http_port}/__mock__/console/portals/{empty.domain}",
        headers={"Host": "evil.example.com"},
    )
    assert answer.status == 403
    assert empty.host not in answer.text()
    context.close()


def test_token_is_asked_once(context: "BrowserContext") -> None:
    with MockServer(control_token="the-token") as server:
        server.create_portal(dataset="empty")
        page = context.new_page()
        page.goto(f"{server.console_url}portals/samples")
        page.fill("#token", "the-token")
        page.click("button")
        page.get_by_role("heading", name="samples.talentlms.com").wait_for()
        page.locator("#live").wait_for(state="visible")
        (cookie,) = context.cookies()
        assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")


@pytest.mark.skipif(not AXE.is_file(), reason="axe-core is not installed")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(chromium: "Browser", console: str, portal: Portal, scheme: Any) -> None:
    portal.snapshot("one")
    with portal.httpx_client(timeout=60) as client:
        client.patch("/users/1", json={"status": "active"})
        client.post("/password-reset", json={"login": portal.users[1].login})
    portal.fault(status=503, path="/courses")
    context = chromium.new_context(color_scheme=scheme, bypass_csp=True)
    page = context.new_page()
    for path in ("/", *(f"/portals/{portal.domain}{path}" for path in PATHS)):
        page.goto(console + path)
        page.add_script_tag(path=str(AXE))
        found = page.evaluate("async () => (await axe.run()).violations")
        said = [(each["id"], [node["html"] for node in each["nodes"]]) for each in found]
        assert said == [], path
    context.close()


@pytest.mark.parametrize("width", [360, 1280])
def test_no_page_is_wider_than_the_screen(
    chromium: "Browser", console: str, portal: Portal, width: int
) -> None:
    portal.snapshot("one")
    with portal.httpx_client(timeout=60) as client:
        client.get("/users", params={"filter[keyword][like]": "x" * 300})
    context = chromium.new_context(viewport={"width": width, "height": 740})
    page = context.new_page()
    for path in ("/", *(f"/portals/{portal.domain}{path}" for path in PATHS)):
        page.goto(console + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    context.close()


def test_pages_have_landmarks_labels_and_one_heading(
    tab: "Page", console: str, portal: Portal
) -> None:
    portal.snapshot("one")
    with portal.httpx_client(timeout=60) as client:
        client.get("/users")
    for path in PATHS:
        tab.goto(f"{console}/portals/{portal.domain}{path}")
        for landmark in ("main", "body > header", "body > footer"):
            assert tab.locator(landmark).count() == 1
        assert tab.locator("h1").count() == 1
        without = tab.evaluate(
            "[...document.querySelectorAll('main input:not([type=hidden]), main select,"
            " main textarea')].filter((each) => !each.labels.length).map((each) => each.outerHTML)"
        )
        assert without == [], path
        twice = tab.evaluate(
            "[...document.querySelectorAll('[id]')].map((each) => each.id)"
            ".filter((id, at, all) => all.indexOf(id) !== at)"
        )
        assert twice == [], path
