"""What an import lists at its end: what was left out, what was missing, and what was changed."""

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple


class Note(NamedTuple):
    """Something to report.

    Args:
        where: the read or the table, and the field; never a value.
        what: in words.
    """

    where: str
    what: str


class Notes:
    """Notes, and how often each was made."""

    def __init__(self) -> None:
        self._counts: Counter[Note] = Counter()

    def add(self, where: str, what: str, times: int = 1) -> None:
        """Make a note."""
        self._counts[Note(where, what)] += times

    def clear(self) -> None:
        """Forget all notes."""
        self._counts.clear()

    def __iter__(self) -> Iterator[tuple[Note, int]]:
        return iter(sorted(self._counts.items()))

    def __len__(self) -> int:
        return len(self._counts)

    def lines(self) -> list[str]:
        """Return each note as a sentence without its end, with how often it was made."""
        return [f"{note.where}: {note.what} ({times:,}x)" for note, times in self]
