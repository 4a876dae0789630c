"""Everything that a portal's database holds, taken at one moment."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from talentlms_mock import Portal
from talentlms_mock.portal.store.models import metadata

Row = dict[str, Any]
Key = tuple[Any, ...]


@dataclass(frozen=True)
class Dump:
    """The rows of each table by their keys, the references that lead nowhere, and the time."""

    tables: dict[str, dict[Key, Row]]
    dangling: list[Any]
    now: str

    def __getitem__(self, table: str) -> dict[Key, Row]:
        return self.tables[table]

    def rows(self, table: str) -> list[Row]:
        return list(self.tables[table].values())

    def ids(self, table: str) -> list[int]:
        return sorted(key[0] for key in self.tables[table])

    def row(self, table: str, id: int) -> Row | None:
        return self.tables[table].get((id,))

    @cached_property
    def seats(self) -> dict[Key, Row]:
        """The enrollments by user and course."""
        return {(row["user_id"], row["course_id"]): row for row in self.rows("enrollments")}

    def units_of(self, course_id: int) -> list[Row]:
        units = [row for row in self.rows("units") if row["course_id"] == course_id]
        return sorted(units, key=lambda row: (row["position"], row["id"]))

    def progress(self, enrollment: Row) -> dict[int, Row]:
        """What is done of each unit in an enrollment, by the id of the unit."""
        rows = self.rows("unit_progress")
        return {row["unit_id"]: row for row in rows if row["enrollment_id"] == enrollment["id"]}


def take(portal: Portal) -> Dump:
    with portal.transaction() as transaction:
        tables = {}
        for table in metadata.tables.values():
            cursor = transaction.sqlite.execute(f'SELECT * FROM "{table.name}"')
            names = [column[0] for column in cursor.description]
            keys = [column.name for column in table.primary_key]
            rows = [dict(zip(names, row, strict=True)) for row in cursor]
            tables[table.name] = {tuple(row[key] for key in keys): row for row in rows}
        dangling = transaction.sqlite.execute("PRAGMA foreign_key_check").fetchall()
        return Dump(tables, dangling, transaction.now)
