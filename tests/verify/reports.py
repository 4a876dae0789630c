"""Looking into reports for what they must not have: any value of any response."""

import re
from collections.abc import Iterator
from http import HTTPStatus
from io import StringIO
from pathlib import Path
from typing import Any

from rich.console import Console

from talentlms_mock.api.operation import REGISTRY
from talentlms_mock.verify.exchange import Seen
from talentlms_mock.verify.reports import files, terminal
from talentlms_mock.verify.verification import Verification
from talentlms_mock.verify.words import words

_SHORTEST, _SMALLEST = 4, 10_000
"""Shorter texts and smaller numbers are found everywhere."""

_OF_THE_API = words(REGISTRY) | {status.phrase for status in HTTPStatus} | {"email"}
"""What reports may say. A branch's `user_verification` is `email`, which names a field too."""


def texts(found: Verification, folder: Path) -> Iterator[str]:
    """Give every report in every form."""
    for end in (".html", ".json", ".md"):
        path = folder / f"report{end}"
        files.write(path, found)
        yield path.read_text(encoding="utf-8")
    console = Console(width=80, record=True, file=StringIO())
    terminal.show(console, found)
    yield console.export_text()


def values(exchanges: list[Seen]) -> set[str]:
    """Return every value that could be somebody's, of all responses, as it would be printed."""
    return {text for seen in exchanges for text in _values(seen.document)} - _OF_THE_API


def _values(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, one in value.items():
            if name.isdigit() and int(name) >= _SMALLEST:
                yield name
            yield from _values(one)
    elif isinstance(value, list):
        for one in value:
            yield from _values(one)
    elif isinstance(value, str) and len(value) >= _SHORTEST:
        yield value
    elif isinstance(value, int | float) and abs(value) >= _SMALLEST:
        yield str(value)


def leaks(text: str, exchanges: list[Seen]) -> list[str]:
    """Return the values that a report has."""
    return sorted(
        value
        for value in values(exchanges)
        if value in text and re.search(rf"(?<!\w){re.escape(value)}(?!\w)", text)
    )
