"""What is generated is what the code makes now."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.generated.marks import Parts, filled
from tests.generated.pages import FILES, PAGES

REFRESH = "run `make generated` when this is meant"


def _name(value: object) -> str | None:
    return value.name if isinstance(value, Path) else ""


@pytest.mark.parametrize(("page", "parts"), PAGES.items(), ids=_name)
def test_the_generated_parts_are_those_of_the_code(page: Path, parts: Parts) -> None:
    text = page.read_text(encoding="utf-8")
    assert [text.count(f"<!-- {name} -->") for name in parts] == [2] * len(parts)
    assert filled(text, parts) == text, REFRESH


@pytest.mark.parametrize(("file", "make"), FILES.items(), ids=_name)
def test_generated_files_are_those_of_the_code(file: Path, make: Callable[[], str]) -> None:
    assert file.read_text(encoding="utf-8") == make(), REFRESH
