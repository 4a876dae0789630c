"""A real browser: Debian's Chromium, driven by Playwright; the tests skip without either."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from talentlms_mock import MockServer
from talentlms_mock.console import PREFIX

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Dialog, Page

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
AXE = Path(os.environ.get("TALENTLMS_TEST_NODE_MODULES", "/nowhere"), "axe-core", "axe.min.js")


def collect_errors(page: "Page", into: list[str]) -> None:
    """Add what goes wrong in the scripts of a page to a list, and what the policy refuses."""

    def of_console(message: "ConsoleMessage") -> None:
        if message.type == "error":
            into.append(message.text)

    def of_dialog(dialog: "Dialog") -> None:
        into.append(dialog.message)
        dialog.dismiss()

    page.on("pageerror", lambda error: into.append(str(error)))
    page.on("console", of_console)
    page.on("dialog", of_dialog)


@pytest.fixture(scope="module")
def chromium() -> Iterator["Browser"]:
    """The browser, once for a module: while it is there, no test can run an event loop."""
    if CHROMIUM is None:
        pytest.skip("chromium is not installed")
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with sync_api.sync_playwright() as playwright:
        # The sandbox needs rights that a container rarely gives.
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def context(chromium: "Browser") -> Iterator["BrowserContext"]:
    """A browser of nobody's, with what it keeps gone at the end."""
    context = chromium.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(30_000)
    yield context
    context.close()


@pytest.fixture
def tab(context: "BrowserContext") -> Iterator["Page"]:
    """A tab in which no script fails, and none is refused."""
    page = context.new_page()
    wrong: list[str] = []
    collect_errors(page, wrong)
    yield page
    assert wrong == []


@pytest.fixture
def console(server: MockServer) -> str:
    """The address of the console of the server that all tests share."""
    return f"http://127.0.0.1:{server.http_port}{PREFIX}"
