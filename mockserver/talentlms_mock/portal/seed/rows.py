"""Rows on their way into the database: moments as text, and rows in bulk."""

from collections import defaultdict
from datetime import UTC, date, datetime
from functools import cache
from itertools import chain

from sqlalchemy import Connection, Table

DAY = 86_400
"""Seconds of a day; seeding counts time in seconds from a portal's midnight."""

Row = tuple[object, ...]
Columns = tuple[str, ...]

_ROWS_AT_ONCE = 20
"""Rows of one statement: counting up the last id, for one, is done once for all of them."""


@cache
def _times_of_day() -> list[str]:
    minutes = [f"T{minute // 60:02}:{minute % 60:02}" for minute in range(1440)]
    seconds_ = [f":{second:02}+00:00" for second in range(60)]
    return [minute + second for minute in minutes for second in seconds_]


class Calendar:
    """Turns seconds from the midnight (UTC) with which the day of `at` begins into timestamps.

    They are looked up by day and by second of the day: formatting a datetime for each of
    two million moments would take as long as all the rest of the seeding.
    """

    def __init__(self, at: datetime) -> None:
        self._today = at.astimezone(UTC).date().toordinal()
        self._days: dict[int, str] = {}
        self._times = _times_of_day()

    def text(self, moment: int) -> str:
        """Return the moment as the API writes it."""
        day = moment // DAY
        return (self._days.get(day) or self.day(day)) + self._times[moment - day * DAY]

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
        """Return the date `day` days from today, as far as the years 1 to 9999 go."""
        ordinal = min(max(self._today + day, 1), date.max.toordinal())
        text = self._days[day] = date.fromordinal(ordinal).isoformat()
        return text


def seconds(days: float) -> int:
    """Return days in whole seconds."""
    return round(days * DAY)


class Rows:
    """Rows by table, kept until written; a row has a value for each column, in their order."""

    def __init__(self) -> None:
        self._rows: dict[tuple[Table, Columns], list[Row]] = defaultdict(list)

    def of(self, table: Table, without: Columns = ()) -> list[Row]:
        """Return the list of rows to be written into `table`; it stays the same list.

        The rows of a list have no values for the columns in `without`, which become null.
        Python's sqlite3 is slow to bind a null, which counts where there are many.
        """
        return self._rows[table, without]

    def add(self, table: Table, **values: object) -> None:
        """Add one row by the names of its columns; those left out are null."""
        self.of(table).append(tuple(values.pop(column.name, None) for column in table.columns))
        assert not values, f"{table.name} has no {', '.join(values)}"

    def write(self, connection: Connection) -> None:
        """Insert all rows and forget them."""
        for (table, without), rows in self._rows.items():
            columns = [column.name for column in table.columns if column.name not in without]
            whole = len(rows) - len(rows) % _ROWS_AT_ONCE
            batches = [
                tuple(chain.from_iterable(rows[first : first + _ROWS_AT_ONCE]))
                for first in range(0, whole, _ROWS_AT_ONCE)
            ]
            _insert(connection, table.name, columns, _ROWS_AT_ONCE, batches)
            _insert(connection, table.name, columns, 1, rows[whole:])
            rows.clear()


def _insert(
    connection: Connection, table: str, columns: list[str], rows: int, parameters: list[Row]
) -> None:
    """Insert so many rows with each of the `parameters`."""
    if parameters:
        row = f"({', '.join('?' * len(columns))})"
        values = ", ".join([row] * rows)
        statement = f'INSERT INTO "{table}" ({", ".join(columns)}) VALUES {values}'  # noqa: S608
        connection.exec_driver_sql(statement, parameters)
