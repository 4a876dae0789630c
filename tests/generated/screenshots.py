"""Takes the screenshots of docs/console.md: `python -m tests.generated.screenshots`."""

import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from talentlms_mock import MockServer, Portal

if TYPE_CHECKING:
    from playwright.sync_api import Browser

DIRECTORY = Path(__file__).parents[2] / "docs" / "images"
_SIZE = {"width": 1120, "height": 700}
_COLOURS = 128
"""Of each picture, which keeps it small."""

PICTURES = {
    "requests": ("/requests", "light"),
    "request": ("/requests/{last}", "light"),
    "user": ("/data/users/3", "light"),
    "faults": ("/faults", "dark"),
    "clock": ("/clock", "dark"),
    "operation": ("/api/updateUser", "light"),
}
"""The path of each page below the portal, and the scheme of its colours."""


def main() -> None:
    """Take all pictures of a portal that is always the same, and say how large they are."""
    from playwright.sync_api import sync_playwright

    # An authority of its own, so that no path of this machine is in a picture.
    os.environ["TALENTLMS_MOCK_DATA_DIR"] = tempfile.mkdtemp(prefix="talentlms-mock-")
    DIRECTORY.mkdir(exist_ok=True)
    with MockServer() as server, sync_playwright() as playwright:
        portal = server.create_portal(domain="acme", clock="2025-05-07T09:30:00Z")
        _work(portal)
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        for name, (path, scheme) in PICTURES.items():
            last = str(portal.requests[-1].number)
            _take(browser, f"{portal.console_url}{path.format(last=last)}", name, scheme)
        browser.close()
    size = sum(file.stat().st_size for file in DIRECTORY.glob("*.png"))
    print(f"Wrote {len(PICTURES)} pictures of {size >> 10} KiB to {DIRECTORY}.")


def _work(portal: Portal) -> None:
    """Let a client work, and something go wrong."""
    with portal.httpx_client() as client:
        for _ in range(12):
            client.get("/users", params={"page[size]": 10})
        for user in (1, 2, 3, 999):
            client.get(f"/users/{user}")
        client.post("/enrollments", json={"user_id": 3, "course_id": 2})
        portal.fault("GET", "/courses", status=503, times=1)
        portal.fault("GET", "/groups", latency=0.05, name="slow groups")
        client.get("/courses", params={"bogus": "1"})
        client.get("/groups")
        client.patch("/users/3", json={"status": "active", "surname": "Solberg-Lie"})


def _take(browser: "Browser", address: str, name: str, scheme: str) -> None:
    from PIL import Image

    context = browser.new_context(
        viewport=_SIZE,  # type: ignore[arg-type]  # a dict as Playwright wants it
        color_scheme=scheme,  # type: ignore[arg-type]  # light or dark
    )
    page = context.new_page()
    page.goto(address)
    page.locator("#live").evaluate("mark => { mark.hidden = false }")
    file = DIRECTORY / f"{name}.png"
    page.screenshot(path=file)
    context.close()
    with Image.open(file) as picture:
        small = picture.convert("RGB").quantize(_COLOURS, dither=Image.Dither.NONE)
    small.save(file, optimize=True)


if __name__ == "__main__":
    main()
