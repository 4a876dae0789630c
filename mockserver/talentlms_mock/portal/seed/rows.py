"""Rows on their way into the database: moments as text, and rows in bulk."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from itertools import chain

from sqlalchemy import Connection, Table

from talentlms_mock.errors import MockError
from talentlms_mock.portal.store.mapping import RowType, check_columns, table_of

DAY = 86_400
"""Seconds of a day; seeding counts time in seconds from a portal's midnight."""

Row = tuple[object, ...]

_ROWS_AT_ONCE = 20
"""Rows of one statement: SQLite updates the last id, for example, once for all of them."""


@cache
def _times_of_day() -> list[str]:
    minutes = [f"T{minute // 60:02}:{minute % 60:02}" for minute in range(1440)]
    seconds_ = [f":{second:02}+00:00" for second in range(60)]
    return [minute + second for minute in minutes for second in seconds_]


class _Days(dict[int, str]):
    """Dates as text, by their number of days from today."""

    def __init__(self, today: int) -> None:
        self._today = today

    def __missing__(self, day: int) -> str:
        ordinal = min(max(self._today + day, 1), date.max.toordinal())
        text = self[day] = date.fromordinal(ordinal).isoformat()
        return text


class Calendar:
    """Turns seconds from the midnight (UTC) with which the day of `at` begins into timestamps.

    They are looked up by day and by second of the day: formatting a datetime for each of
    two million moments would take as long as all the rest of the seeding.
    """

    def __init__(self, at: datetime) -> None:
        self._today = at.astimezone(UTC).date().toordinal()
        self._days = _Days(self._today)
        self._times = _times_of_day()

    def text(self, moment: int) -> str:
        """Return the moment as the API writes it."""
        day = moment // DAY
        return self._days[day] + self._times[moment - day * DAY]

    def maybe(self, moment: int | None) -> str | None:
        """Return the moment as the API writes it, or None for None."""
        return None if moment is None else self.text(moment)

    def in_days(self, days: float | None) -> str | None:
        """Return the moment this many days from midnight as the API writes it."""
        return None if days is None else self.text(seconds(days))

    def epoch(self, moment: int) -> int:
        """Return the moment in seconds since 1970-01-01T00:00:00Z."""
        return (self._today - date(1970, 1, 1).toordinal()) * DAY + moment

    def day(self, day: int) -> str:
        """Return the date `day` days from today, within the years 1 to 9999."""
        return self._days[day]


def seconds(days: float) -> int:
    """Return days in whole seconds."""
    return round(days * DAY)


@dataclass(frozen=True)
class Columns:
    """The columns of a table for which a tuple has values, in this order.

    The other columns get null or their default. Leave out those that are null in all rows: Python's
    sqlite3 is slow to bind a null, which matters where there are many.

    Raises:
        MockError: a name is no column of the table or is there twice, or a column is missing that
            cannot be null and has no default.
    """

    table: Table
    names: tuple[str, ...]

    def __post_init__(self) -> None:
        check_columns("A seeded row", self.table, self.names)
        if len(set(self.names)) < len(self.names):
            raise MockError(
                f"A seeded row of {self.table.name} names a column twice: {', '.join(self.names)}."
            )
        for column in self.table.columns:
            may_be_missing = column.nullable or column.server_default is not None
            if column.name not in self.names and not may_be_missing:
                raise MockError(f"A seeded row of {self.table.name} has no {column.name!r}.")


@cache
def all_columns(row_type: RowType) -> Columns:
    """Return the columns of a class of rows (store/row_types.py)."""
    table = table_of(row_type)
    return Columns(table, tuple(table.columns.keys()))


class Rows:
    """Rows by their columns, kept until written.

    Rows of a class have their values by name, which costs a microsecond or two each. The loops
    that make most rows append plain tuples instead, to the list of their `Columns`.
    """

    def __init__(self) -> None:
        self._rows: dict[Columns, list[Row]] = defaultdict(list)

    def of(self, columns: Columns) -> list[Row]:
        """Return the list of rows with these columns; it stays the same list."""
        return self._rows[columns]

    def add(self, row: Row) -> None:
        """Add a row of one of the classes of rows."""
        self._rows[all_columns(type(row))].append(row)

    def write(self, connection: Connection) -> None:
        """Insert all rows and forget them."""
        for columns, rows in self._rows.items():
            whole = len(rows) - len(rows) % _ROWS_AT_ONCE
            batches = [
                tuple(chain.from_iterable(rows[first : first + _ROWS_AT_ONCE]))
                for first in range(0, whole, _ROWS_AT_ONCE)
            ]
            _insert(connection, columns, _ROWS_AT_ONCE, batches)
            _insert(connection, columns, 1, rows[whole:])
            rows.clear()


def _insert(connection: Connection, columns: Columns, rows: int, parameters: list[Row]) -> None:
    """Insert `rows` rows with each of the `parameters`."""
    if parameters:
        row = f"({', '.join('?' * len(columns.names))})"
        values = ", ".join([row] * rows)
        names = ", ".join(columns.names)
        statement = f'INSERT INTO "{columns.table.name}" ({names}) VALUES {values}'  # noqa: S608
        connection.exec_driver_sql(statement, parameters)
