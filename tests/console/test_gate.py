"""Who may see the console, and what a page of another site cannot do there."""

from collections.abc import Iterator
from http.client import HTTPConnection

import httpx
import pytest

from talentlms_mock import MockServer, Portal
from talentlms_mock.console.routes import PAGES
from tests.console.conftest import Open
from tests.console.pages import Page

TOKEN = "a-token-of-this-test"
LINK = {
    "Sec-Fetch-Site": "cross-site",
    "Sec-Fetch-Mode": "navigate",
    "Sec-Fetch-Dest": "document",
}
EVIL = "https://evil.example.com"


def _ask(server: MockServer, method: str, path: str, headers: dict[str, str]) -> tuple[int, str]:
    connection = HTTPConnection("127.0.0.1", server.http_port, timeout=10)
    try:
        connection.putrequest(method, path, skip_host=True)
        for name, value in {"Host": "127.0.0.1", "Content-Length": "0", **headers}.items():
            connection.putheader(name, value)
        connection.endheaders()
        response = connection.getresponse()
        return response.status, response.read().decode()
    finally:
        connection.close()


def _paths(portal: Portal) -> list[tuple[str, str]]:
    names = {"domain": portal.domain, "name": "console.css", "collection": "users", "id": "1"}
    names |= {"number": "1", "operation": "getUsers", "action": "log-in", "how": "freeze"}
    return [(method, "/__mock__/console" + path.format(**names)) for method, path, _ in PAGES]


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example.com"},
        {"Host": "acme.talentlms.com"},
        {"Origin": EVIL},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"},
        LINK | {"Sec-Fetch-Dest": "iframe"},
        LINK | {"Origin": EVIL},
    ],
)
def test_other_sites_and_hosts_reach_no_page(
    server: MockServer, empty: Portal, headers: dict[str, str]
) -> None:
    for method, path in _paths(empty):
        status, body = _ask(server, method, path, headers)
        assert status == 403, path
        assert empty.host not in body
    assert server.portals.of_domain(empty.domain) is empty


@pytest.mark.parametrize(
    "path", ["/__mock__/%63onsole/", "/%5F_mock__/console/", "/__mock__//console/"]
)
def test_gate_and_routes_agree_on_what_a_path_is(server: MockServer, path: str) -> None:
    status, body = _ask(server, "GET", path, {"Origin": EVIL})
    assert status in (401, 403, 404)
    assert "<h1>Portals" not in body


def test_link_of_another_site_opens_a_page_and_changes_nothing(
    server: MockServer, empty: Portal
) -> None:
    page = f"/__mock__/console/portals/{empty.domain}"
    status, body = _ask(server, "GET", page, LINK)
    assert status == 200
    assert empty.host in body
    for method, path in _paths(empty):
        if method == "POST":
            assert _ask(server, "POST", path, LINK)[0] == 403


def test_pages_keep_scripts_and_frames_of_others_out(browser: httpx.Client) -> None:
    headers = browser.get("/").headers

    assert headers["content-security-policy"] == (
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
        "object-src 'none'"
    )
    assert headers["x-frame-options"] == "DENY"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "same-origin"


@pytest.fixture(scope="module")
def guarded() -> Iterator[MockServer]:
    with MockServer(control_token=TOKEN) as server:
        server.create_portal(dataset="empty")
        yield server


@pytest.fixture
def stranger(guarded: MockServer) -> Iterator[httpx.Client]:
    url = f"http://127.0.0.1:{guarded.http_port}/__mock__/console"
    with httpx.Client(base_url=url, follow_redirects=True) as client:
        yield client


def test_off_loopback_every_page_asks_for_the_token(
    guarded: MockServer, stranger: httpx.Client
) -> None:
    (portal,) = guarded.portals
    for method, path in _paths(portal):
        public = path.endswith("/sign-in") or "/static/" in path
        status, body = _ask(guarded, method, path, {})
        assert (status == 401) is not public, path
        assert portal.host not in body


def test_token_is_asked_once_and_kept_in_a_cookie(stranger: httpx.Client) -> None:
    asked = Page(stranger, stranger.get("/portals/samples", params={"done": "reset"}))
    assert (asked.status, asked.heading) == (401, "Sign in")

    wrong = asked.send("Sign in", token="wrong")
    assert (wrong.status, wrong.problem) == (401, "This is not the token of the control API. token")

    page = wrong.send("Sign in", token=TOKEN)
    assert (page.status, page.heading) == (200, "samples.talentlms.com")
    assert str(page.url).endswith("/portals/samples?done=reset")
    (answer,) = page.response.history
    cookie = answer.headers["set-cookie"]
    assert TOKEN not in cookie
    assert cookie.endswith("; Path=/__mock__/; HttpOnly; SameSite=Strict")

    again = Page(stranger, stranger.get("/portals/samples"))
    assert again.status == 200


@pytest.mark.parametrize(
    "cookie", ["", "x", "talentlms-mock-console=", "a=b;[x]=c", f"token={TOKEN}"]
)
def test_other_cookies_do_not_sign_in(stranger: httpx.Client, cookie: str) -> None:
    assert stranger.get("/", headers={"Cookie": cookie}).status_code == 401


def test_cookie_of_the_console_opens_no_control_api(
    guarded: MockServer, stranger: httpx.Client
) -> None:
    Page(stranger, stranger.get("/")).send("Sign in", token=TOKEN)
    assert stranger.cookies
    url = f"http://127.0.0.1:{guarded.http_port}/__mock__/portals"
    assert stranger.get(url).status_code == 401


@pytest.mark.parametrize(
    "to", ["https://evil.example.com/", "//evil.example.com", "/\\evil.example"]
)
def test_signing_in_leads_nowhere_else(stranger: httpx.Client, to: str) -> None:
    page = Page(stranger, stranger.get("/sign-in", params={"to": to})).send("Sign in", token=TOKEN)
    assert str(page.url).endswith("/__mock__/console/")


def test_browser_is_led_to_the_console_and_a_program_is_not(server: MockServer) -> None:
    url = f"http://127.0.0.1:{server.http_port}"
    for path in ("/", "/__mock__", "/__mock__/"):
        led = httpx.get(url + path, headers={"Accept": "text/html,*/*"})
        assert (led.status_code, led.headers["location"]) == (303, "/__mock__/console/")
    assert httpx.get(f"{url}/__mock__/").json()["error"]["message"].startswith("The control API")
    assert "error" in httpx.get(f"{url}/").json()
    portal = httpx.get(f"{url}/", headers={"Accept": "text/html", "Host": "acme.localhost"})
    assert portal.status_code == 400  # by the portal's own pages
    assert "The pages of a portal are shown over HTTPS only." in portal.text


def test_what_is_not_there_is_a_page_that_says_so(visit: Open) -> None:
    gone = visit("/nothing")
    assert (gone.status, gone.problem) == (404, "The console has no such page.")
    gone = visit("/portals/nobody")
    assert (gone.status, gone.problem) == (404, "This server has no portal 'nobody'.")
    gone = visit("/static/../console.css")
    assert gone.status == 404


def test_page_without_a_form_takes_none(browser: httpx.Client) -> None:
    page = Page(browser, browser.post("/portals/x"))
    assert (page.status, page.problem) == (405, "The page has no form of the method POST.")


def test_a_form_must_be_one(browser: httpx.Client) -> None:
    answer = browser.post("/create", json={"domain": "json"})
    assert answer.status_code == 415


def test_views_of_pages_are_no_requests(empty: Portal, visit: Open) -> None:
    limit = empty.rate_limit.remaining
    visit(f"/portals/{empty.domain}")

    assert list(empty.requests) == []
    assert empty.rate_limit.remaining == limit
