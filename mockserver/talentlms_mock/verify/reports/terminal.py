"""A report on the terminal, in 80 columns."""

from collections.abc import Mapping

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from talentlms_mock.verify.reports import content
from talentlms_mock.verify.verification import Difference, Verification

_MOST_NAMES = 6


def show(out: Console, found: Verification) -> None:
    """Print what was found: what differs, what was not seen, and a summary."""
    if found.remaining:
        out.print(_table(found.remaining))
    for each in found.ignored:
        assert each.ignored is not None
        known = f"{each.ignored.reason} ({each.ignored.date})"
        out.print(Text(f"Set aside: {each.operation}, {each.place}: {known}"))
    for entry in found.not_covered.unused:
        out.print(Text(f"No longer different, take it out of the ignore file: {entry.place}"))
    _not_seen(out, found)
    for line in content.summary(found):
        out.print(Text(line, "bold"))


def _table(differences: list[Difference]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, expand=False)
    for head in ("Where", "The mock", "Seen", "How often", "Remedy"):
        table.add_column(head, overflow="fold")
    for each in differences:
        table.add_row(
            Text.assemble((each.operation, "bold"), f"\n{content.place(each)}"),
            Text.assemble(each.ours, (f"\n{each.known.provenance}", "dim")),
            Text(each.seen, "red"),
            Text(content.how_often(each)),
            Text(content.remedy(each)),
        )
    return table


def _not_seen(out: Console, found: Verification) -> None:
    parts = found.not_covered
    named = {
        "operations": parts.operations,
        "quirks": parts.quirks,
        "fields with a value": _places(parts.only_null),
        "lists with an item": _places(parts.only_empty),
    }
    for what, names in named.items():
        if names:
            more = ", ..." if len(names) > _MOST_NAMES else ""
            listed = ", ".join(names[:_MOST_NAMES]) + more
            out.print(Text.assemble((f"Not seen, {len(names)} {what}: ", "yellow"), listed))


def _places(found: Mapping[str, tuple[str, ...]]) -> list[str]:
    return [f"{name} {place}" for name, places in found.items() for place in places]
