"""Chromium as it is installed here, driven by Playwright; without it the tests skip."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, expect, sync_playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_PATIENCE = 30_000  # milliseconds; a busy machine is no failure

expect.set_options(timeout=_PATIENCE)


def installed() -> str | None:
    """Return the path of the browser, if there is one."""
    return next(filter(None, map(shutil.which, _NAMES)), None)


@contextmanager
def running() -> Iterator[Browser]:
    """Run the browser, or skip the test."""
    path = installed()
    if path is None:
        pytest.skip("no Chromium is installed")
    with sync_playwright() as playwright:
        try:
            # Its sandbox needs a user other than root, as which CI runs.
            browser = playwright.chromium.launch(executable_path=path, chromium_sandbox=False)
        except Error as error:
            pytest.skip(f"Chromium does not start: {error.message.splitlines()[0]}")
        yield browser
        browser.close()


@contextmanager
def window(browser: Browser, proxy: str | None = None, width: int = 1100) -> Iterator[Page]:
    """Open a window of its own, which trusts the mock, and fails where a page has an error."""
    context: BrowserContext = browser.new_context(
        ignore_https_errors=True,
        proxy={"server": proxy, "bypass": "localhost,127.0.0.1"} if proxy else None,
        viewport={"width": width, "height": 800},
    )
    context.set_default_timeout(_PATIENCE)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on(
        "console", lambda said: errors.append(said.text) if "Security Policy" in said.text else None
    )
    page.on("dialog", lambda dialog: errors.append(dialog.message))
    try:
        yield page
    finally:
        context.close()
    assert errors == []
