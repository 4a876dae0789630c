"""Rows as JSON, built inside SQLite: one text a row costs half of what its columns would."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Select, func, literal_column, select, type_coerce
from sqlalchemy.dialects import sqlite
from sqlalchemy.types import String

from mockserver.errors import NotFound
from mockserver.portal.session import Session

Expression = ColumnElement[Any]
"""An expression of SQL, here mostly of JSON."""


class Query:
    """A statement compiled once, whose rows have one column of JSON text or a number.

    What SQLAlchemy does again for each execution of a statement costs more than SQLite's part.
    """

    def __init__(self, statement: Select[Any]) -> None:
        compiled = statement.compile(dialect=sqlite.dialect())
        self._sql = compiled.string
        self._names = tuple(compiled.positiontup or ())
        self._constants = {
            name: bind.value for name, bind in compiled.binds.items() if not bind.required
        }

    def fetch(self, session: Session, **parameters: object) -> Sequence[Any]:
        """Return the column for these values of the statement's parameters."""
        values = self._constants | parameters
        positions = tuple([values[name] for name in self._names])
        return session.connection.exec_driver_sql(self._sql, positions).scalars().all()


def json_object(**fields: Expression) -> Expression:
    """Return the expression of a JSON object with these fields."""
    arguments = [part for name, value in fields.items() for part in (_name(name), value)]
    return type_coerce(func.json_object(*arguments), String)


def json_around(
    head: Mapping[str, Expression], name: str, text: Expression, tail: Mapping[str, Expression]
) -> Expression:
    """Return the expression of a JSON object whose field `name` is `text`, which is JSON already.

    The text is spliced in: SQLite's json() would parse it for every row again. The last field of
    `head` must be no object or array.
    """
    start = func.rtrim(json_object(**head), literal_column("'}'"))
    end = func.ltrim(json_object(**tail), literal_column("'{'"))
    comma, colon = literal_column("','"), literal_column(f"',\"{name}\":'")
    return start.concat(colon).concat(text).concat(comma).concat(end)


def json_boolean(column: ColumnElement[bool]) -> Expression:
    """Return the expression of true or false; SQLite itself knows 0 and 1 only."""
    return func.json(func.iif(column, literal_column("'true'"), literal_column("'false'")))


def json_or_null(column: Expression, value: Expression) -> Expression:
    """Return the expression of `value`, or of null where `column` is null."""
    return func.iif(column.is_(None), None, value)


def json_list(rows: Select[Any], item: Callable[[Any], Expression]) -> Expression:
    """Return the expression of an array of an `item` for each of `rows`, in their order.

    `item` makes the expression of one element from the columns of the rows.
    """
    columns = rows.subquery().c
    return select(func.json_group_array(item(columns))).scalar_subquery()


def html_and_text(html: Expression, text: Expression) -> Expression:
    """Return the expression of a description: {html, text}, or null where there is none."""
    return json_or_null(html, json_object(html=html, text=func.coalesce(text, html)))


def one_row(session: Session, query: Query, id: int, resource: str) -> orjson.Fragment:
    """Return the JSON text that `query` selects for the parameter `id`.

    Raises:
        NotFound: it selects nothing; the message names `resource`.
    """
    rows = query.fetch(session, id=id)
    if not rows:
        raise NotFound(resource)
    return orjson.Fragment(rows[0])


def _name(name: str) -> Expression:
    return literal_column(f"'{name}'")
