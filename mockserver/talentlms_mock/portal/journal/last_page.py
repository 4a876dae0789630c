"""Clients that follow `next` from the last page of a list to itself, and so never end."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

LEAST = 3
"""The requests in a row that are no coincidence: a list of one page may well be read twice."""

_ROW = re.compile(r"the last page was asked for ([\d,]+) times in a row")
_TEXT = (
    "the last page was asked for {count:,} times in a row: with the quirk edge_links=self its "
    "next is the page itself, so stop at total_pages"
)


@dataclass
class _Row:
    """Requests for one last page in a row; `warnings` are those of the one that has the warning."""

    query: Mapping[str, str]
    count: int = 0
    warnings: list[str] | None = None


class LastPages:
    """Counts how often the last page of each list is asked for in a row.

    A row has one contract warning, that of its third request, whose number grows with the row.
    """

    def __init__(self) -> None:
        self._rows: dict[str, _Row] = {}

    def ask(self, path: str, query: Mapping[str, str], warnings: list[str]) -> None:
        """Count a request for the last page of a list; `warnings` are those of the request."""
        row = self._rows.get(path)
        if row is None or row.query != query:
            row = self._rows[path] = _Row(dict(query))
        row.count += 1
        if row.count < LEAST:
            return
        text = _TEXT.format(count=row.count)
        if row.warnings is None:
            row.warnings = warnings
            warnings.append(text)
        else:
            row.warnings[:] = [text if times(each) else each for each in row.warnings]

    def leave(self, path: str) -> None:
        """End the row of a list, of which another page is asked for."""
        self._rows.pop(path, None)

    def clear(self) -> None:
        """End all rows: what is written can change every list."""
        self._rows.clear()


def times(warning: str) -> int:
    """Return how often the last page was asked for in a row, if `warning` says that, else 0."""
    found = _ROW.search(warning)
    return int(found[1].replace(",", "")) if found else 0


def longest_rows(warnings: Iterable[str]) -> list[str]:
    """Return `warnings` in which that of a row, if any, is there once: that of the longest."""
    every = list(warnings)
    longest = max(every, key=times, default="")
    kept = [text for text in every if not times(text)]
    return [*kept, longest] if times(longest) else kept
