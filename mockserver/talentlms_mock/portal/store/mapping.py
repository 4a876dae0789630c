"""Classes of rows: which one belongs to which table, and statements whose rows have a class.

A class of rows is a NamedTuple whose fields are the columns of a table, in their order. Code that
reads a row takes its names and types from the class. What a transaction returns are rows of the
class; those of SQLAlchemy's own executions have the same attributes and `_asdict`.
"""

from collections.abc import Callable, Mapping, Sequence
from inspect import get_annotations
from types import MappingProxyType
from typing import Any, TypeVar, cast

from sqlalchemy import ColumnElement, Executable, Select, Table, select

from talentlms_mock.errors import MockError
from talentlms_mock.portal.contract.suggest import suggest

R = TypeVar("R", bound=tuple[Any, ...])
RowType = type[tuple[Any, ...]]

_tables: dict[RowType, Table] = {}
_row_types: dict[Table, RowType] = {}

ROW_TYPES: Mapping[Table, RowType] = MappingProxyType(_row_types)
"""The class of the rows of each table; `row_types.py` declares them."""


def row_of(table: Table) -> Callable[[type[R]], type[R]]:
    """Declare the decorated NamedTuple as the class of the rows of `table`.

    Raises:
        MockError: its fields are not the columns of the table, or their order is another.
    """

    def record(row_type: type[R]) -> type[R]:
        names, columns = _fields(row_type), table.columns.keys()
        check_columns(row_type.__name__, table, names)
        missing = [name for name in columns if name not in names]
        if missing:
            raise MockError(
                f"{row_type.__name__} has no field for {', '.join(missing)} of {table.name}."
            )
        if names != columns:
            raise MockError(
                f"The fields of {row_type.__name__} are not in the order of {table.name}."
            )
        _tables[row_type] = table
        _row_types[table] = row_type
        return row_type

    return record


def check_columns(what: str, table: Table, names: Sequence[str]) -> None:
    """Check that `names` are columns of `table`; the error says that `what` names another.

    Raises:
        MockError: one of them is no column of the table.
    """
    columns = table.columns.keys()
    for name in names:
        if name not in columns:
            raise MockError(
                f"{what} names {name!r}, which is no column of {table.name}"
                f"{suggest(name, columns)}."
            )


def table_of(row_type: RowType) -> Table:
    """Return the table whose rows have this class.

    Raises:
        MockError: it is the class of no table.
    """
    table = _tables.get(row_type)
    if table is None:
        raise MockError(f"{row_type.__name__} is not the class of the rows of a table.")
    return table


def select_rows(row_type: type[R], *columns: ColumnElement[Any]) -> Select[R]:
    """Return a statement whose rows have the fields of `row_type`; `where` and others keep that.

    Args:
        row_type: the class of the rows of a table; with `columns`, any NamedTuple.
        columns: what is selected, for each field one column or labelled expression.

    Raises:
        MockError: the names of the columns are not those of the fields.
    """
    selected = columns or tuple(table_of(row_type).columns)
    names, fields = [column.key for column in selected], _fields(row_type)
    if names != fields:
        raise MockError(
            f"A row of the class {row_type.__name__} has the columns {', '.join(fields)}, "
            f"not {', '.join(map(str, names))}."
        )
    return cast("Select[R]", select(*selected).execution_options(**{_ROW_TYPE: row_type}))


def row_type_of(statement: Executable) -> RowType | None:
    """Return the class of a statement that `select_rows` made; None for any other statement."""
    return cast("RowType | None", statement.get_execution_options().get(_ROW_TYPE))


_ROW_TYPE = "talentlms_mock_row_type"


def _fields(row_type: RowType) -> list[str]:
    return list(get_annotations(row_type))
