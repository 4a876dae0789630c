"""Taking a response in: which rows it has, cleaned, and how many pages there are."""

from typing import Any

from talentlms_mock.verify.importing.cleaning import Cleaner
from talentlms_mock.verify.importing.kept import Kept
from talentlms_mock.verify.importing.notes import Notes
from talentlms_mock.verify.importing.reads import CATEGORIES, PAGE_SIZE, Read


class Taker:
    """Takes responses in.

    Args:
        kept: gets what comes in.
        cleaner: says what does.
        notes: of what cannot be used.
    """

    def __init__(self, kept: Kept, cleaner: Cleaner, notes: Notes) -> None:
        self._kept = kept
        self._cleaner = cleaner
        self._notes = notes

    def take(
        self, target: str, read: Read, ids: tuple[int, ...], document: Any, *, before: int = 0
    ) -> int:
        """Keep the rows of a response that succeeded, and return how many pages the list has.

        Args:
            target: the path and query.
            read: that it is of.
            ids: in the path and query.
            document: the body.
            before: how many rows the pages before it have.
        """
        data = document.get("_data") if isinstance(document, dict) else None
        if read.is_list or read is CATEGORIES:
            rows = self._listed(read, data, before)
            pages = _pages(document) or before // PAGE_SIZE + 1 + (len(rows) >= PAGE_SIZE)
        else:
            cleaned = self._cleaner.clean(read, data)
            rows, pages = ({} if cleaned is None else {0: cleaned}), 1
        self._kept.add(target, pages, read, ids, rows)
        self._flush()
        return pages

    def skip(self, target: str, read: Read, why: str = "") -> None:
        """Keep that a read gave nothing, with a note where it was to give something."""
        if why:
            self._notes.add(read.path, why)
        self._kept.skip(target)
        self._flush()

    def _flush(self) -> None:
        self._kept.write_notes(self._notes)
        self._notes.clear()

    def _listed(self, read: Read, data: Any, before: int) -> dict[int, Any]:
        if not isinstance(data, list):
            self._notes.add(read.path, "is no list, left out")
            return {}
        rows = {}
        for number, one in enumerate(data, before + 1):
            row = self._cleaner.clean(read, one)
            if row is None:
                continue
            id = row.get("id") if "id" in _names(read) else number
            if id is None:
                self._notes.add(read.path, "a row without an id, left out")
                continue
            rows[id] = row
        return rows


def _names(read: Read) -> Any:
    """Return the names of the fields of a read that is an object."""
    return read.spec if isinstance(read.spec, dict) else {}


def _pages(document: Any) -> int:
    """Return how many pages a list says it has; 0 where it does not say."""
    try:
        total = document["_meta"]["pagination"]["total_pages"]
    except (KeyError, TypeError):
        return 0
    return total if isinstance(total, int) and total >= 0 else 0
