"""The site: it builds without a warning, its links lead somewhere, and it works offline."""

import os
import re
import subprocess
import sys
from functools import cached_property
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from playwright.sync_api import expect

from tests.docs.pages import DOCS, ROOT
from tests.pages import chromium

_TIME_LIMIT = 300
_LOADING = {"script": "src", "img": "src", "link": "href", "iframe": "src", "source": "src"}


class _Page(HTMLParser):
    """What a page links to, what it loads, and the places in it that have a name."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.anchors = {"", "__top"}
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.anchors.add(found.get("id") or "")
        if tag == "a" and found.get("href"):
            self.links.append(found["href"] or "")
        if tag in _LOADING and found.get(_LOADING[tag]):
            self.loaded.append(found[_LOADING[tag]] or "")


class _Site:
    """A site that was built."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @cached_property
    def pages(self) -> dict[Path, _Page]:
        # The page for what is not there is served at any path, so its own links are absolute.
        files = [path for path in self.folder.rglob("*.html") if path.name != "404.html"]
        return {path: _Page(path) for path in files}

    def leads_nowhere(self, page: _Page, link: str) -> bool:
        parts = urlsplit(link)
        if parts.scheme:
            return parts.scheme != "https"
        target = (page.path.parent / unquote(parts.path)).resolve() if parts.path else page.path
        if target.suffix != ".html":
            return not target.is_file()
        return target not in self.pages or unquote(parts.fragment) not in self.pages[target].anchors


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> _Site:
    folder = tmp_path_factory.mktemp("built") / "site"
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict", "--site-dir", folder],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
        timeout=_TIME_LIMIT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return _Site(folder.resolve())


def test_what_the_site_has_is_whole_and_its_own(site: _Site) -> None:
    pages = site.pages.values()
    assert len(pages) == len(list(DOCS.rglob("*.md")))
    assert [
        (page.path.name, link)
        for page in pages
        for link in (*page.links, *page.loaded)
        if site.leads_nowhere(page, link)
    ] == []
    assert {link for page in pages for link in page.loaded if urlsplit(link).netloc} == set()
    styles = [path.read_text(encoding="utf-8") for path in site.folder.rglob("*.css")]
    assert not [style for style in styles if re.search(r"(?:@import|url\()\s*[\"']?https?:", style)]


def test_programs_find_every_page(site: _Site) -> None:
    listed = (site.folder / "llms.txt").read_text(encoding="utf-8")
    lines = re.findall(r"^- \[(.+)\]\((.+\.md)\): (.+)$", listed, re.MULTILINE)
    assert {path for _, path, _ in lines} == {
        path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md")
    }
    assert not [path for _, path, _ in lines if not (site.folder / path).stat().st_size]
    changes = (site.folder / "about" / "changes.md").read_text(encoding="utf-8")
    assert (ROOT / "CHANGELOG.md").read_text(encoding="utf-8") in changes
    operations = (site.folder / "reference" / "operations.md").read_text(encoding="utf-8")
    assert "getUsers" in operations
    assert "<!--" not in operations
    assert "../mockserver" not in (site.folder / "architecture.md").read_text(encoding="utf-8")


def test_search_works_from_the_disk_without_a_network(site: _Site) -> None:
    with chromium.running() as browser, chromium.window(browser) as page:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto((site.folder / "start" / "pytest.html").as_uri())
        page.get_by_role("textbox", name="Search").click()
        page.keyboard.type("burst limit")
        expect(page.get_by_role("link", name="Plans and rate limits").first).to_be_visible()
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("rate limits"))
    assert {urlsplit(url).scheme for url in asked} <= {"file", "data", "blob"}
