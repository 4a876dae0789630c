"""The vendor of these tests: a second mock, which fails now and then, and is read in no time."""

import re
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path

from talentlms_mock import Portal
from talentlms_mock.portal.store.models import metadata
from talentlms_mock.verify.importing.notes import Notes
from talentlms_mock.verify.importing.reader import Reader, Stopped
from talentlms_mock.verify.importing.run import Import, begin
from talentlms_mock.verify.live.client import Response, Sender, Unreachable
from tests.conftest import NewPortal
from tests.verify.importing.compare import Comparison, asked, get
from tests.verify.vendor import FakeTime, InProcess

NOW = "2025-08-01T09:30:00Z"
NO_LIMITS = {"plan": "custom", "hourly_limit": 1_000_000, "burst_limit": 1_000_000}
QUIRKS = {
    "error_shape": "flat",
    "edge_links": "omit",
    "link_scheme": "http",
    "page_size_over_limit": "clamp",
    "group_detail_users": "list",
    "next_page_encoding": "percent",
    "retry_after": "on",
    "accept": "strict",
}

Trouble = Callable[[int, str], Response | None]
"""Returns what a request gets in place of its response, by its number and target; or raises."""


class Troubled:
    """Sends requests, of which some go wrong."""

    def __init__(self, portal: Portal, trouble: Trouble = lambda number, target: None) -> None:
        self._sender = InProcess(portal)
        self._trouble = trouble
        self.sent = 0

    def send(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes | None
    ) -> Response:
        assert method == "GET"
        self.sent += 1
        instead = self._trouble(self.sent, target)
        return instead or self._sender.send(method, target, headers, body)


def every_kind(number: int, target: str) -> Response | None:
    """Fail as portals do: now and then, and each time in another way."""
    if number % 13 == 0:
        raise Unreachable("acme.talentlms.com does not respond (reset).")
    answers = {
        3: Response(429, {"retry-after": "7"}, b"{}"),
        5: Response(503, {}, b"<html>"),
        7: Response(200, {}, b'{"_data": ['),
        9: Response(429, {}, b""),
    }
    return answers.get(number % 11)


def read(
    portal: Portal,
    database: Path,
    *,
    trouble: Trouble = lambda number, target: None,
    names: bool = False,
    keep_names: bool = False,
    resume: bool = False,
    without: tuple[str, ...] = (),
    time: FakeTime | None = None,
) -> Import:
    """Read a portal, or go on with it, and return the import."""
    found = begin(database, "acme", names=names, keep_names=keep_names, resume=resume)
    pace = (time or FakeTime()).pace()
    Reader(Troubled(portal, trouble), portal.api_key, pace, found.kept, found.taker).run(without)
    return found


def interrupted(
    portal: Portal, database: Path, after: int, *, resume: bool, trouble: Trouble = every_kind
) -> None:
    """Read a portal until somebody interrupts it."""

    def stopping(number: int, target: str) -> Response | None:
        if number == after:
            raise KeyboardInterrupt
        return trouble(number, target)

    found: Import | None = None
    try:
        found = begin(database, "acme", names=False, keep_names=False, resume=resume)
        sender: Sender = Troubled(portal, stopping)
        Reader(sender, portal.api_key, FakeTime().pace(), found.kept, found.taker).run()
    except (KeyboardInterrupt, Stopped):
        return
    finally:
        if found is not None:
            found.kept.close()
    raise AssertionError("it was not interrupted")


def compared(
    new_portal: NewPortal,
    vendor: Portal,
    found: Import,
    database: Path,
    comparison: Comparison,
    *,
    settings: Mapping[str, object] | None = None,
) -> tuple[list[str], Notes]:
    """Make the database, and return how its responses differ from the vendor's."""
    asks = list(dict.fromkeys(asked(found.kept)))
    notes = found.make(database)
    options = {**NO_LIMITS, "domain": vendor.domain, "clock": NOW, **(settings or {})}
    first = {ask: _pages(vendor, ask) for ask in asks}
    copy = new_portal(**{**options, "domain": f"{vendor.domain}-copy"}, database=database)
    differences = [
        difference
        for ask, pages in first.items()
        for page, body in enumerate(pages, 1)
        for difference in comparison.of(
            ask, page, body, get(InProcess(copy), copy.api_key, ask.target(page))
        )
    ]
    return differences, notes


def _pages(portal: Portal, ask: object) -> list[object]:
    from talentlms_mock.verify.importing.stages import Ask

    assert isinstance(ask, Ask)
    found: list[object] = []
    last = 1
    while len(found) < last:
        body = get(InProcess(portal), portal.api_key, ask.target(len(found) + 1))
        found.append(body)
        if ask.read.is_list and isinstance(body, dict):
            last = body["_meta"]["pagination"]["total_pages"]
    return found


def left_in(content: bytes, comparison: Comparison) -> list[str]:
    """Return the original values that are in a database: as a cell, as a part of one, or, where
    they are long, anywhere in its bytes.

    Left out are parts and bytes that are too short to tell, days, and what a thing is called too.
    """
    cells = set(_cells(content))
    text, raw = "\n".join(cells), content.decode("utf-8", "replace").casefold()
    words, kept = set(re.findall(r"\w+", text)), "\n".join(comparison.kept)
    found = []
    for _, value in comparison.stand_ins:
        is_day = re.fullmatch(r"\d{4}-\d\d-\d\d", value) is not None
        is_telling = len(value) >= 6 and value not in kept and not is_day
        if value not in comparison.kept and value in cells:
            found.append(f"a cell: {value}")
        elif is_telling and (_is_part(value, text, words) or (len(value) > 20 and value in raw)):
            found.append(value)
    return found


def _is_part(value: str, text: str, words: set[str]) -> bool:
    """Return whether a value stands in a text, and not only within a longer word."""
    if re.fullmatch(r"\w+", value):
        return value in words
    return value in text and bool(re.search(rf"(?<![\w.-]){re.escape(value)}(?![\w-])", text))


def _cells(content: bytes) -> Iterator[str]:
    with closing(sqlite3.connect(":memory:")) as database:
        database.deserialize(content)
        for table in metadata.tables.values():
            for row in database.execute(f'SELECT * FROM "{table.name}"'):
                yield from (str(cell).casefold() for cell in row if isinstance(cell, str))
