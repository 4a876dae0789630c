"""The README is short, says what is true, and leads to the rest."""

import re

import pytest

import talentlms_mock.app  # noqa: F401  # its resources fill the registry
from talentlms_mock.api.operation import REGISTRY
from tests.docs.pages import ROOT, Page

README = Page("README.md")
LARGEST = 8_000
"""Bytes: what is read in a minute."""


def test_it_is_short() -> None:
    assert len(README.text.encode()) <= LARGEST


def test_the_first_screen_has_what_it_is_and_how_to_start() -> None:
    screen = "\n".join(README.text.splitlines()[:40])
    assert "not made, endorsed or supported by the vendor" in screen
    assert re.findall(r"^    (make \w+)$", screen, re.MULTILINE) == ["make serve", "make test"]
    assert "def test_everybody_is_enrolled(talentlms)" in screen


def test_it_counts_the_operations() -> None:
    documented = [each for each in REGISTRY if each.provenance == "documented"]
    assert f"Of its {len(REGISTRY)} operations {len(documented)} are *documented*" in README.text


def test_start_has_the_same_example() -> None:
    start = Page("docs/start/pytest.md")
    for name, text in README.files().items():
        assert start.text.count(text) == 1, name
    (failure,) = README.snippets("text")
    assert failure in start.text


def test_no_page_is_another_copy_of_the_reference() -> None:
    assert "<!--" not in README.text


@pytest.mark.parametrize("target", re.findall(r"(?:\]\(|src=\")([^)\"]+)", README.text))
def test_its_links_lead_somewhere(target: str) -> None:
    path, _, anchor = target.partition("#")
    assert (ROOT / path).is_file()
    if anchor:
        assert f"## {anchor.capitalize()}\n" in (ROOT / path).read_text(encoding="utf-8")
