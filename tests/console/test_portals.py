"""The portals of the server in the console."""

from pathlib import Path

import httpx
import pytest

from talentlms_mock import MockServer, Portal
from tests.console.conftest import Open
from tests.console.pages import Page


def _row(page: Page, domain: str) -> list[str]:
    return next(row for row in page.table() if row[0].split()[0] == domain)


def test_portals_are_listed_with_their_state(empty: Portal, visit: Open) -> None:
    empty.add_user("ada")
    empty.rate_limit.remaining = 3
    empty.fault(status=503)

    assert _row(visit("/"), empty.domain) == [
        empty.domain,
        "1",
        "0",
        "3 of 2,000",
        "2025-05-07 09:30:00 frozen",
        "1",
        "documented",
    ]

    empty.disable_api()
    empty.deactivate()
    empty.revoke_key()
    empty.clock.tick(2)
    assert _row(visit("/"), empty.domain)[0] == f"{empty.domain} inactive API off key revoked"


def test_portal_is_created_as_in_python(server: MockServer, visit: Open) -> None:
    page = visit("/").send(
        "Create portal",
        domain="made-here",
        dataset="empty",
        preset="recorded",
        plan="custom",
        hourly_limit="7",
        clock="2025-05-07T09:30:00Z",
        quirks="error_shape = flat",
        scenario="flaky",
    )
    portal = server.portals.of_domain("made-here")
    assert portal is not None
    try:
        assert (page.status, page.done) == (200, "The portal is created.")
        assert page.heading == "made-here.talentlms.com"
        assert page.table() == [
            ["Base URL", portal.base_url],
            ["Real host name", "https://made-here.talentlms.com/api/v2"],
            *([name, value] for name, value in portal.headers.items()),
            ["Authority", str(portal.ca_file)],
            ["Control API", portal.control_url],
        ]
        assert page.table(1) == [
            ["Plan", "custom, 7 of 7 requests left in the hour"],
            ["Clock", "2025-05-07 09:30:00 frozen"],
            ["Reading", "recorded"],
            ["Tasks", "polls:2"],
            ["Switches", "all on"],
        ]
        assert portal.quirks["error_shape"] == "flat"
        assert len(portal.faults) == 1
    finally:
        server.remove_portal(portal)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"users": "1000000"}, "Over HTTP a portal is made with at most 50,000 users"),
        ({"domain": "no label"}, "The domain 'no label' is not one label of a host name"),
        ({"users": "many"}, "users must be a number. users"),
        ({"quirks": "flat"}, "quirks: write flat = VALUE on a line. quirks"),
        ({"quirks": "a = b"}, "There is no quirk 'a'"),
        ({"plan": "custom"}, "The plan 'custom' has no limit of its own"),
    ],
)
def test_refused_portal_is_not_made_and_nothing_written_is_lost(
    server: MockServer, visit: Open, values: dict[str, str], said: str
) -> None:
    before = len(server.portals)
    page = visit("/").send("Create portal", **{"domain": "refused", "seed": "5"} | values)

    assert page.status in (400, 422)
    assert said in page.problem
    assert len(server.portals) == before
    assert page.html.one("input", id="create-seed").attributes["value"] == "5"


def test_no_file_of_the_machine_is_read(browser: httpx.Client, tmp_path: Path) -> None:
    for name in ("dataset", "scenario"):
        sent = {"domain": "file", name: str(tmp_path / "x.toml")}
        page = Page(browser, browser.post("/create", data=sent))
        assert page.status == 400
        assert page.problem.startswith(f"{name} must be a name: over HTTP no file")


def test_saved_portal_is_opened_again(
    server: MockServer, empty: Portal, browser: httpx.Client, visit: Open
) -> None:
    empty.add_user("ada")
    saved = browser.get(f"/portals/{empty.domain}/portal.sqlite")
    assert saved.headers["content-disposition"] == (f'attachment; filename="{empty.domain}.sqlite"')

    sent = {"domain": "opened-again", "api_key": "another-key"}
    page = Page(browser, browser.post("/open", data=sent, files={"file": saved.content}))

    portal = server.portals.of_domain("opened-again")
    assert portal is not None
    assert page.heading == "opened-again.talentlms.com"
    assert [user.login for user in portal.users] == ["ada"]
    server.remove_portal(portal)


def test_file_that_is_no_portal_is_refused(browser: httpx.Client) -> None:
    page = Page(browser, browser.post("/open", files={"file": b"x" * 200}))
    assert page.status == 400
    assert "is not a portal made by talentlms-mock" in page.problem

    page = Page(browser, browser.post("/open", files={"file": b""}))
    assert (page.status, page.problem) == (422, "Choose the file of a portal that was saved. file")

    page = Page(browser, browser.post("/open", data={"file": "x"}))
    assert page.status == 415


def test_reset_puts_the_portal_back(empty: Portal, see: Open) -> None:
    empty.add_user("ada")
    page = see().send("Reset to how it was created")

    assert page.done == "The portal is as it was created."
    assert list(empty.users) == []


def test_portal_is_removed_by_its_name(server: MockServer, visit: Open) -> None:
    server.create_portal(domain="to-remove", dataset="empty")
    page = visit("/portals/to-remove").send("Remove portal", domain="another")
    assert (page.status, page.problem) == (
        400,
        "To remove the portal, write its domain: to-remove domain",
    )
    assert server.portals.of_domain("to-remove") is not None

    page = page.send("Remove portal", domain="To-Remove")
    assert (page.heading, page.done) == ("Portals", "Removed.")
    assert server.portals.of_domain("to-remove") is None


def test_words_of_an_address_are_never_shown(visit: Open) -> None:
    assert visit("/", done="Pay here").done == ""


def test_stream_says_that_something_changed(empty: Portal, browser: httpx.Client) -> None:
    for path in ("/events", f"/portals/{empty.domain}/events"):
        with browser.stream("GET", path) as stream:
            assert stream.headers["content-type"] == "text/event-stream"
            lines = stream.iter_lines()
            assert next(lines) == "retry: 1000"
            empty.add_user()
            assert "event: change" in lines


def test_stream_ends_with_its_portal(server: MockServer, browser: httpx.Client) -> None:
    portal = server.create_portal(domain="short-lived", dataset="empty")
    with browser.stream("GET", "/portals/short-lived/events") as stream:
        server.remove_portal(portal)
        assert list(stream.iter_lines()) == ["retry: 1000", ""]
