"""Statements that are compiled once, and run on SQLite's own connection.

What SQLAlchemy does for each execution takes longer than SQLite's work. So a statement that is made
once, as the module's constants are, is compiled when it is first used; after that, its values are
put in their order, and the rows that come back are those of its class.
"""

import sqlite3
from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any, TypeVar, cast
from weakref import WeakKeyDictionary

from sqlalchemy import Executable, Table, bindparam, delete, insert, update
from sqlalchemy.dialects import sqlite
from sqlalchemy.sql.expression import SelectBase

from talentlms_mock.errors import MockError
from talentlms_mock.portal.store.mapping import RowType, row_type_of

Convert = Callable[[Any], Any]

_DIALECT = sqlite.dialect()


class Compiled:
    """A statement as SQL, with what its values and rows need.

    Args:
        statement: of SQLAlchemy, whose parameters have names; none of them is a list.
        columns: what an insert or update sets, each by a parameter of this name; None where the
            statement says so itself.
    """

    def __init__(self, statement: Executable, columns: Sequence[str] | None = None) -> None:
        compiled = cast(Any, statement).compile(dialect=_DIALECT, column_keys=columns)
        if compiled.post_compile_params:
            raise MockError(f"A list of values cannot be compiled once: {compiled.string}")
        binds, values = compiled.binds, compiled.params
        self.sql: str = compiled.string
        self._names: tuple[str, ...] = tuple(compiled.positiontup or ())
        self._constants: dict[str, object] = {
            name: values[name] for name in self._names if not binds[name].required
        }
        self._into = _converts(
            (name, binds[name].type.dialect_impl(_DIALECT).bind_processor(_DIALECT))
            for name in self._names
        )
        selected = statement.selected_columns if isinstance(statement, SelectBase) else ()
        self._from = _converts(
            (place, column.type.dialect_impl(_DIALECT).result_processor(_DIALECT, None))
            for place, column in enumerate(selected)
        )
        names = [str(column.key) for column in selected]
        self._row: RowType = row_type_of(statement) or namedtuple("Row", names, rename=True)

    def execute(
        self, connection: sqlite3.Connection, parameters: Mapping[str, object]
    ) -> sqlite3.Cursor:
        """Run it with the values of its parameters by name.

        Raises:
            KeyError: a parameter has no value.
        """
        return connection.execute(self.sql, self.values(parameters))

    def values(self, parameters: Mapping[str, object]) -> list[object]:
        """Return the values of all parameters in the order of the SQL.

        Raises:
            KeyError: a parameter has no value.
        """
        values = {**self._constants, **parameters}
        for name, convert in self._into:
            values[name] = convert(values[name])
        return [values[name] for name in self._names]

    def value(self, found: tuple[Any, ...]) -> Any:
        """Return the first value of a row as it came from SQLite."""
        convert = dict(self._from).get(0) if self._from else None
        return found[0] if convert is None else convert(found[0])

    def row(self, found: tuple[Any, ...]) -> Any:
        """Return a row as it came from SQLite as one of the statement's class."""
        values: Iterable[Any] = found
        if self._from:
            values = list(found)
            for place, convert in self._from:
                values[place] = convert(values[place])
        return self._row._make(values)  # type: ignore[attr-defined]  # it is a NamedTuple


def compiled(statement: Executable) -> Compiled:
    """Return a statement as it was compiled when it was first asked for."""
    known = _known.get(statement)
    if known is None:
        known = _known[statement] = Compiled(statement)
    return known


_known: WeakKeyDictionary[Executable, Compiled] = WeakKeyDictionary()


@cache
def inserting(table: Table, columns: tuple[str, ...]) -> Compiled:
    """Return the statement that inserts a row with values for these columns."""
    return Compiled(insert(table), columns)


@cache
def updating(table: Table, columns: tuple[str, ...]) -> Compiled:
    """Return the statement that sets these columns of the row whose id is `of_id`."""
    return Compiled(update(table).where(table.c.id == bindparam("of_id")), columns)


@cache
def deleting(table: Table) -> Compiled:
    """Return the statement that deletes the row whose id is `of_id`."""
    return Compiled(delete(table).where(table.c.id == bindparam("of_id")))


Key = TypeVar("Key")


def _converts(found: Iterable[tuple[Key, Convert | None]]) -> list[tuple[Key, Convert]]:
    """Return those that convert anything: most values stay as they are."""
    return [(key, convert) for key, convert in found if convert is not None]
