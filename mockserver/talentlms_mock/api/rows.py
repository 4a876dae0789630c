"""Rows as JSON, built inside SQLite: one text a row costs half of what its columns would."""

from collections.abc import Callable
from functools import cached_property
from typing import Any, Generic, TypeVarTuple

import orjson
from sqlalchemy import ColumnElement, Select, func, literal_column, select, type_coerce
from sqlalchemy.sql.base import ReadOnlyColumnCollection
from sqlalchemy.sql.elements import KeyedColumnElement
from sqlalchemy.types import String

from talentlms_mock.errors import NotFound, Refusal
from talentlms_mock.portal.store.statements import Compiled
from talentlms_mock.portal.store.transaction import Transaction

Expression = ColumnElement[Any]
"""An expression of SQL with a value of any type."""

Json = ColumnElement[str]
"""An expression of SQL whose value is a JSON text."""

Columns = ReadOnlyColumnCollection[str, KeyedColumnElement[Any]]
"""The columns of a table or subquery, as attributes."""

Values = TypeVarTuple("Values")


class Query(Generic[*Values]):
    """A statement that is compiled once, when first used; its rows are JSON texts and numbers.

    It runs on SQLite's own connection, within the same transaction: SQLAlchemy's overhead for an
    execution is larger than SQLite's work.
    """

    def __init__(self, statement: Select[*Values]) -> None:
        self._statement = statement

    @cached_property
    def _compiled(self) -> Compiled:
        return Compiled(self._statement)

    @property
    def sql(self) -> str:
        """The statement as SQLite gets it."""
        return self._compiled.sql

    def first(self, transaction: Transaction, **parameters: object) -> tuple[*Values] | None:
        """Return the first row for these values of the statement's parameters, or None."""
        cursor = self._compiled.execute(transaction.sqlite, parameters)
        row: tuple[*Values] | None = cursor.fetchone()
        return row

    def remembered(self, transaction: Transaction, **parameters: object) -> tuple[*Values]:
        """Return the first row, as `one` does, without asking again until the data change."""
        key = self.sql, *self._compiled.values(parameters)
        row: tuple[*Values] = transaction.remembered(
            key, lambda: self.one(transaction, **parameters)
        )
        return row

    def one(self, transaction: Transaction, **parameters: object) -> tuple[*Values]:
        """Return the first row, of a statement that always has one."""
        row = self.first(transaction, **parameters)
        assert row is not None
        return row


def json_object(**fields: Expression) -> Json:
    """Return the expression of a JSON object with these fields."""
    arguments = [part for name, value in fields.items() for part in (_name(name), value)]
    return type_coerce(func.json_object(*arguments), String)


def json_between(head: Json, tail: Json, **fields: Expression) -> Json:
    """Return the expression of a JSON object of a head, `fields`, and a tail.

    The values of the fields are texts that are JSON already. The head ends with a comma, and the
    tail begins with one.
    """
    joined: Expression = head
    for number, (name, text) in enumerate(fields.items()):
        comma = "," if number else ""
        joined = joined.concat(literal_column(f"'{comma}\"{name}\":'")).concat(text)
    return type_coerce(joined.concat(tail), String)


def json_boolean(column: ColumnElement[bool]) -> Expression:
    """Return the expression of true or false; SQLite itself knows 0 and 1 only."""
    return func.json(func.iif(column, literal_column("'true'"), literal_column("'false'")))


def json_or_null(column: Expression, value: Expression) -> Expression:
    """Return the expression of `value`, or of null where `column` is null."""
    return func.iif(column.is_(None), None, value)


def json_list(rows: Select[*tuple[Any, ...]], item: Callable[[Columns], Expression]) -> Json:
    """Return the expression of an array of an `item` for each of `rows`, in their order.

    `item` makes the expression of one element from the columns of the rows.
    """
    columns = rows.subquery().c
    return select(func.json_group_array(item(columns))).scalar_subquery()


def html_and_text(html: Expression, text: Expression) -> Expression:
    """Return the expression of a description: {html, text}, or null where there is none."""
    return json_or_null(html, json_object(html=html, text=func.coalesce(text, html)))


def one_row(
    transaction: Transaction,
    query: Query[str],
    id: int,
    resource: str | Refusal,
    **parameters: object,
) -> orjson.Fragment:
    """Return the JSON text that `query` selects for the parameter `id`, and others it may have.

    Raises:
        NotFound: it selects nothing; `resource` is what there is none of, or the whole error.
    """
    row = query.first(transaction, id=id, **parameters)
    if row is None:
        raise NotFound(resource)
    return orjson.Fragment(row[0])


def _name(name: str) -> Expression:
    return literal_column(f"'{name}'")
