"""Looking at a database that somebody else may have made, before anything of it is used.

First the tables, views, triggers and indexes are compared with our own: then no statement of ours
can run another's code, and none can take forever. Then the values are read back.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import cache
from zoneinfo import available_timezones

import orjson
from sqlalchemy import Boolean, Column, Integer, String, Table
from sqlalchemy.dialects.sqlite.base import SQLiteDialect
from sqlalchemy.schema import CreateIndex

from talentlms_mock.portal.store.listed import create_table
from talentlms_mock.portal.store.models import metadata

SAVED = "CREATE TABLE mock_portal (name TEXT PRIMARY KEY, value TEXT NOT NULL)"
"""The table that `Portal.save` adds."""

_SEQUENCES = "CREATE TABLE sqlite_sequence(name,seq)"
_STATISTICS = ("sqlite_stat1", "sqlite_stat4")
_SCHEMA = "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY name"

_FIRST_SECOND, _LAST_SECOND = -62_135_510_400, 253_402_214_400  # the years 1 to 9999
_MOST_DAYS = 36_500

_LARGEST = 2**53
"""The largest whole number that a portal keeps: all JSON readers agree on it."""

_Object = tuple[str, str]


class Damaged(Exception):
    """A database is not a portal's; the text is what is wrong.

    Args:
        message: the text.
        at: the table, view or index, or the column: `users.status`.
    """

    def __init__(self, message: str, at: str = "") -> None:
        super().__init__(message)
        self.at = at


def check_tables(connection: sqlite3.Connection) -> None:
    """Refuse a database that has other tables than a portal, or damaged pages.

    Raises:
        Damaged: it has.
        sqlite3.DatabaseError: it cannot be read at all.
    """
    wanted = _wanted()
    found: set[_Object] = set()
    for kind, name, table, sql in connection.execute(_SCHEMA):
        if _is_of_sqlite(kind, name, table, sql):
            continue
        if (kind, name) not in wanted:
            raise Damaged(f"it has the {kind} {name!r}, which a portal does not have", name)
        if _plain(sql) != wanted[kind, name]:
            raise Damaged(f"its {kind} {name!r} is not that of a portal", name)
        found.add((kind, name))
    missing = wanted.keys() - found - {("table", "mock_portal")}
    for kind, name in sorted(missing, reverse=True):  # a table before its indexes
        raise Damaged(f"it has no {kind} {name!r}", name)
    ((verdict,),) = connection.execute("PRAGMA quick_check(1)")
    if verdict != "ok":
        raise Damaged(verdict)


def check_values(connection: sqlite3.Connection) -> None:
    """Refuse a database with our tables whose values are not those that a portal writes.

    Raises:
        Damaged: a value is of another type or form, or refers to what is not there.
        sqlite3.DatabaseError: a value cannot be read.
    """
    for table in metadata.tables.values():
        conditions = [condition(column) for column in table.columns]
        query = f"SELECT {{}} FROM {table.name}"  # noqa: S608  # our own names
        whole = query.format("1") + f" WHERE ({' AND '.join(conditions)}) IS NOT TRUE LIMIT 1"
        if connection.execute(whole).fetchone() is not None:
            at = _wrong_column(connection, table)
            raise Damaged(f"{at} has a value that it cannot have", at)
        for _ in connection.execute(query.format("*")):
            pass  # text that is no UTF-8 cannot be read
    for table_name, row, parent, _ in connection.execute("PRAGMA foreign_key_check"):
        what = "a row" if row is None else f"row {row}"
        raise Damaged(f"{what} of {table_name} refers to a missing row of {parent}", table_name)
    last = "typeof(seq) = 'integer' AND seq BETWEEN 0 AND ?"
    query = f"SELECT 1 FROM sqlite_sequence WHERE ({last}) IS NOT TRUE"  # noqa: S608  # our own text
    if connection.execute(query, (_LARGEST,)).fetchone() is not None:
        raise Damaged("sqlite_sequence has no last id of a table", "sqlite_sequence")
    _check_archive(connection)
    if connection.execute("SELECT count(*) FROM site").fetchone() != (1,):
        raise Damaged("site has not exactly one row", "site")
    ((verdict,),) = connection.execute("PRAGMA integrity_check(1)")
    if verdict != "ok":
        raise Damaged(verdict)


def _wrong_column(connection: sqlite3.Connection, table: Table) -> str:
    for column in table.columns:
        query = f"SELECT 1 FROM {table.name} WHERE {condition(column)} IS NOT TRUE LIMIT 1"  # noqa: S608  # our own names
        if connection.execute(query).fetchone() is not None:
            break
    return f"{table.name}.{column.name}"


def _check_archive(connection: sqlite3.Connection) -> None:
    """Check the rows and references in the archive, which go back into the tables one day.

    Raises:
        Damaged: one cannot.
    """
    for id, content in connection.execute("SELECT id, content FROM archive").fetchall():
        parts = orjson.loads(content)
        rows, places = parts.get("rows"), parts.get("places")
        fine = (
            isinstance(rows, list)
            and isinstance(places, list)
            and len(rows) > 0
            and all(_is_row(connection, row) for row in rows)
            and all(map(_is_place, places))
        )
        if not fine:
            raise Damaged(f"row {id} of archive cannot be restored", "archive.content")


def _is_row(connection: sqlite3.Connection, named: object) -> bool:
    """Return whether this is the name of a table, and a row of it."""
    match named:
        case [str() as name, dict() as row] if name in metadata.tables:
            columns = metadata.tables[name].columns
        case _:
            return False
    scalar = all(value is None or isinstance(value, str | int | float) for value in row.values())
    if row.keys() != set(columns.keys()) or not scalar:
        return False
    given = ", ".join(f'? AS "{key}"' for key in columns.keys())  # noqa: SIM118  # no dict
    conditions = " AND ".join(map(condition, columns))
    query = f"SELECT {conditions} FROM (SELECT {given})"  # noqa: S608  # our own names
    values = [row[key] for key in columns.keys()]  # noqa: SIM118
    return bool(connection.execute(query, values).fetchone()[0])


def _is_place(place: object) -> bool:
    """Return whether this names a table, a row, a column of it that refers to one, and that."""
    match place:
        case [str() as name, int(), str() as column, int()] if name in metadata.tables:
            found = metadata.tables[name].columns.get(column)
            return found is not None and bool(found.foreign_keys)
    return False


@cache
def condition(column: Column[object]) -> str:
    """Return the SQL condition that a value of a column is one that the column may have."""
    name = f'"{column.name}"'
    own = [condition.format(name) for condition in _conditions(column)]
    whole = " AND ".join(own)
    return f"({name} IS NULL OR ({whole}))" if column.nullable else f"({whole})"


def _conditions(column: Column[object]) -> Iterator[str]:
    match column.type:
        case Boolean():
            yield "typeof({0}) = 'integer' AND {0} IN (0, 1)"
        case Integer():
            yield f"typeof({{0}}) = 'integer' AND abs({{0}}) <= {_LARGEST}"
        case String():
            yield "typeof({0}) = 'text'"
        case _:
            yield "typeof({0}) IN ('integer', 'real') AND abs({0}) < 1e300"
    match column.info.get("form"):
        case "moment":
            yield "{0} >= '0001' AND strftime('%Y-%m-%dT%H:%M:%S+00:00', {0}, '+0 days') = {0}"
        case "seconds":
            yield f"{{0}} BETWEEN {_FIRST_SECOND} AND {_LAST_SECOND}"
        case "days":
            yield f"{{0}} BETWEEN 0 AND {_MOST_DAYS}"
        case "array" | "object" as kind:
            yield f"json_valid({{0}}) AND json_type({{0}}) = '{kind}'"
        case "texts":
            yield (
                "json_valid({0}) AND json_type({0}) = 'array' AND NOT EXISTS "
                "(SELECT 1 FROM json_each({0}) WHERE type <> 'text')"
            )
        case "timezone":
            yield f"{{0}} IN ({', '.join(map(_quoted, _timezones()))})"
        case tuple() as choices:
            yield f"{{0}} IN ({', '.join(map(_quoted, choices))})"


def _quoted(text: object) -> str:
    return f"'{text}'"


@cache
def _timezones() -> list[str]:
    return sorted(available_timezones())


def _is_of_sqlite(kind: str, name: str, table: str, sql: str | None) -> bool:
    """Return whether SQLite itself made this object, which then runs no code of anybody."""
    if name.startswith("sqlite_autoindex_"):
        return kind == "index" and sql is None
    if name in _STATISTICS:
        return kind == "table" and table == name and _plain(sql).startswith("CREATE TABLE")
    return (kind, name, sql) == ("table", "sqlite_sequence", _SEQUENCES)


@cache
def _wanted() -> dict[_Object, str]:
    """Return the SQL of every object of a portal."""
    wanted = {("table", "mock_portal"): SAVED}
    with closing(sqlite3.connect(":memory:")) as connection:
        for table in metadata.tables.values():
            connection.execute(create_table(table))
            for index in table.indexes:
                connection.execute(str(CreateIndex(index).compile(dialect=SQLiteDialect())))
        for kind, name, _, sql in connection.execute(_SCHEMA):
            if sql is not None and not name.startswith("sqlite_"):
                wanted[kind, name] = _plain(sql)
    return wanted


def _plain(sql: str | None) -> str:
    """Return SQL with single spaces: its white space differs between versions of SQLAlchemy."""
    return " ".join((sql or "").split())
