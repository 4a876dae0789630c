"""Comparing a portal with a recording in the console."""

import httpx
import orjson
import pytest

from talentlms_mock import Portal
from talentlms_mock.portal.journal.har import archive
from tests.conftest import NewPortal
from tests.console.conftest import Open
from tests.console.pages import Page
from tests.verify.vendor import academy, exchanges


@pytest.fixture
def recording(new_portal: NewPortal) -> bytes:
    """What a client recorded of a portal that differs in a quirk and in a field."""
    vendor = academy(new_portal, quirks={"error_shape": "flat"})
    vendor.fault("GET", "/users", rename_field={"email": "mail"})
    exchanges(vendor)
    return orjson.dumps(archive(vendor.requests, host=vendor.host))


def _compare(browser: httpx.Client, portal: Portal, content: bytes) -> Page:
    path = f"/portals/{portal.domain}/api/verify"
    return Page(browser, browser.post(path, files={"recording": content}))


def _section(page: Page, title: str) -> list[list[str]]:
    (found,) = (each for each in page.main.all("section") if each.one("h2").text.startswith(title))
    return found.one("table").rows()


def test_a_recording_is_compared_with_the_portal(
    recording: bytes, empty: Portal, browser: httpx.Client
) -> None:
    page = _compare(browser, empty, recording)

    assert (page.status, page.heading) == (200, "Compared with a recording")
    differs = [row[:4] + row[6:7] for row in _section(page, "Differs")]
    assert differs == [
        ["every operation", "quirk error_shape", "wrapped", "flat", "quirk error_shape=flat"],
        ["getUsers", "email", "text", "named mail", "correction"],
    ]
    assert ["error_shape", "wrapped", "flat"] in [row[:3] for row in _section(page, "Quirks")]
    assert len(empty.requests) == 0


def test_the_quirks_of_the_portal_count(
    recording: bytes, new_portal: NewPortal, browser: httpx.Client
) -> None:
    portal = new_portal(dataset="empty", quirks={"error_shape": "flat"})

    differs = _section(_compare(browser, portal, recording), "Differs")

    assert [row[:2] for row in differs] == [["getUsers", "email"]]


@pytest.mark.parametrize(
    ("content", "status", "problem"),
    [
        (b"", 422, "Choose a recording: a HAR file, JSON Lines of the mock's journal, or a"),
        (b"no JSON", 400, "The file is of no known format: give a HAR file, JSON Lines of the"),
        (b'{"log": 1}', 400, "The file is damaged: it begins like a HAR file, JSON Lines of"),
        (b'{"log": {"entries": []}}', 400, "The file has no request to /api/v2 with a response"),
    ],
)
def test_what_is_no_recording_is_refused(
    content: bytes, status: int, problem: str, empty: Portal, browser: httpx.Client, see: Open
) -> None:
    page = _compare(browser, empty, content)

    assert (page.status, page.heading) == (status, see("/api").heading)
    assert page.problem.startswith(problem)
