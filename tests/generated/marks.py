"""Text between two marks: the parts of a page that are written from the code."""

from collections.abc import Callable, Mapping, Sequence

Parts = Mapping[str, Callable[[], str]]
"""What makes each part, by the name in its two marks."""


def filled(page: str, parts: Parts) -> str:
    """Return the page with every part as the code makes it now, between its two marks."""
    for name, part in parts.items():
        mark = f"<!-- {name} -->"
        before, _, after = page.split(mark)
        page = f"{before}{mark}\n{part()}\n{mark}{after}"
    return page


def table(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """Return a table in Markdown."""
    lines = [heads, ("---",) * len(heads), *rows]
    cells = [[cell.replace("|", "\\|") for cell in line] for line in lines]
    rule = f"|{'|'.join(cells[1])}|"
    return "\n".join([_row(cells[0]), rule, *map(_row, cells[2:])])


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |".replace("|  |", "| |")
