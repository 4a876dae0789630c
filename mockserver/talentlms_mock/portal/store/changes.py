"""What differs between two states of a portal's data, row by row."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Literal

from talentlms_mock.portal.store.database import in_memory

_NAMES = ("login", "name", "code", "text", "message", "subject")
_DERIVED = ("_key", "_hash", "_text", "type_number")
"""How columns end that follow from others, or are secret."""

Row = dict[str, Any]


@dataclass(frozen=True)
class RowChange:
    """A row that differs.

    Args:
        table: the row is in.
        kind: added, changed or removed.
        key: identifies it in its table.
        name: what it is called, "" for nothing.
        fields: its values before and after, where it was changed; by column.
    """

    table: str
    kind: Literal["added", "changed", "removed"]
    key: str
    name: str
    fields: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)

    def as_data(self) -> dict[str, Any]:
        """Return it as JSON-able values."""
        fields = {name: {"before": old, "after": new} for name, (old, new) in self.fields.items()}
        return {**vars(self), "fields": fields}

    def __str__(self) -> str:
        name = f" {self.name}" if self.name else ""
        fields = ", ".join(
            f"{name}: {old!r} -> {new!r}" for name, (old, new) in self.fields.items()
        )
        return f"{_SIGNS[self.kind]} {self.key}{name}{f'  {fields}' if fields else ''}".rstrip()


class Differences(list[RowChange]):
    """What differs between two states of a portal; as text, a line for each row by table."""

    @property
    def added(self) -> list[RowChange]:
        """The rows that there were not before."""
        return [each for each in self if each.kind == "added"]

    @property
    def changed(self) -> list[RowChange]:
        """The rows whose values differ."""
        return [each for each in self if each.kind == "changed"]

    @property
    def removed(self) -> list[RowChange]:
        """The rows that there are no longer."""
        return [each for each in self if each.kind == "removed"]

    def as_data(self) -> list[dict[str, Any]]:
        """Return them as JSON-able values."""
        return [each.as_data() for each in self]

    def __str__(self) -> str:
        tables = groupby(self, key=lambda each: each.table)
        lines = [line for table, rows in tables for line in (table, *(f"  {row}" for row in rows))]
        return "\n".join(lines) or "Nothing differs."


_SIGNS = {"added": "+", "changed": "~", "removed": "-"}


def row_changes(before: bytes, after: bytes) -> list[RowChange]:
    """Return the rows that differ between two databases, by table, in the order of their keys."""
    with closing(in_memory(before)) as old, closing(in_memory(after)) as new:
        return [change for table in _tables(new) for change in _of_table(table, old, new)]


def _tables(database: sqlite3.Connection) -> list[str]:
    rows = database.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' "
        "AND name <> 'mock_portal' ORDER BY name"
    )
    return [name for (name,) in rows]


def _of_table(table: str, old: sqlite3.Connection, new: sqlite3.Connection) -> Iterator[RowChange]:
    before, after = _rows(table, old), _rows(table, new)
    if before == after:
        return
    for key in sorted(before.keys() | after.keys(), key=str):
        one, other = before.get(key), after.get(key)
        if one == other:
            continue
        row = other or one or {}
        name = next((str(row[each]) for each in _NAMES if row.get(each)), "")
        text = ", ".join(map(str, key))
        if one is None or other is None:
            yield RowChange(table, "added" if one is None else "removed", text, name)
            continue
        fields = {
            column: (one[column], other[column])
            for column in other
            if one[column] != other[column] and not column.endswith(_DERIVED)
        }
        yield RowChange(table, "changed", text, name, fields)


def _rows(table: str, database: sqlite3.Connection) -> dict[tuple[Any, ...], Row]:
    """Return the rows of a table by their keys."""
    columns = database.execute(f"PRAGMA table_info({table})").fetchall()
    names = [name for _, name, *_ in columns]
    key = [name for _, name, *_, place in sorted(columns, key=lambda each: each[-1]) if place]
    # Without the generated columns, which the list does not have.
    selected = ", ".join(f'"{name}"' for name in names)
    rows = database.execute(f"SELECT {selected} FROM {table}")  # noqa: S608  # names of the schema
    found = [dict(zip(names, row, strict=True)) for row in rows]
    return {tuple(row[name] for name in key or names): row for row in found}
