"""The classes of rows have the columns of the tables: names, order, types and nulls."""

from typing import Any, Literal, NamedTuple, get_args, get_origin, get_type_hints

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, func, select

from talentlms_mock import Portal
from talentlms_mock.errors import MockError, NotFound
from talentlms_mock.portal.store.mapping import ROW_TYPES, row_of, select_rows, table_of
from talentlms_mock.portal.store.models import groups, metadata, users
from talentlms_mock.portal.store.row_types import GroupRow, UserRow, UserTypeRow


def python_type(column: Column[Any]) -> object:
    kind = column.type.python_type
    return kind | None if column.nullable else kind


def plain(hint: Any) -> Any:
    """Return the type of the values of a Literal, and any other type unchanged."""
    values = get_args(hint) if get_origin(hint) is Literal else ()
    return type(values[0]) if values else hint


@pytest.mark.parametrize("table", metadata.tables.values(), ids=str)
def test_the_rows_of_a_table_have_a_class_with_its_columns(table: Table) -> None:
    row_type = ROW_TYPES[table]
    fields = [(name, plain(hint)) for name, hint in get_type_hints(row_type).items()]

    assert fields == [(column.name, python_type(column)) for column in table.columns]
    assert table_of(row_type) is table


def test_a_class_of_rows_belongs_to_one_table() -> None:
    assert set(ROW_TYPES) == set(metadata.tables.values())
    assert len(set(ROW_TYPES.values())) == len(metadata.tables)


class Short(NamedTuple):
    id: int


class Misspelt(NamedTuple):
    id: int
    colour: int
    sise: int


class Disordered(NamedTuple):
    id: int
    size: int
    colour: int


@pytest.mark.parametrize(
    ("row_type", "message"),
    [
        (Short, "Short has no field for colour, size of cars."),
        (
            Misspelt,
            "Misspelt names 'sise', which is no column of cars (did you mean 'size'?).",
        ),
        (Disordered, "The fields of Disordered are not in the order of cars."),
    ],
)
def test_a_class_of_rows_that_differs_from_its_table_fails(
    row_type: type[tuple[Any, ...]], message: str
) -> None:
    names = ("id", "colour", "size")
    cars = Table("cars", MetaData(), *(Column(name, Integer) for name in names))

    with pytest.raises(MockError) as failure:
        row_of(cars)(row_type)

    assert str(failure.value) == message
    assert cars not in ROW_TYPES


class Count(NamedTuple):
    login: str
    groups: int


def test_a_statement_has_the_rows_of_a_table_or_of_named_columns(portal: Portal) -> None:
    whole = select_rows(UserRow).where(users.c.id <= 2).order_by(users.c.id)
    number = select(func.count()).select_from(groups).scalar_subquery()
    part = select_rows(Count, users.c.login, number.label("groups")).where(users.c.id == 1)

    with portal.transaction() as transaction:
        first, second = transaction.all(whole)
        one, nobody = transaction.first(part), transaction.first(whole.where(users.c.id == 0))
        groups_count = len(transaction.all(select_rows(GroupRow)))

    assert (first.id, second.id, nobody) == (1, 2, None)
    assert one is not None
    assert (one.login, one.groups) == (first.login, groups_count)


def test_a_statement_with_other_columns_than_its_class_fails() -> None:
    with pytest.raises(MockError) as failure:
        select_rows(Count, users.c.login, users.c.id)

    assert str(failure.value) == (
        "A row of the class Count has the columns login, groups, not login, id."
    )


def test_a_row_is_found_by_its_id(portal: Portal) -> None:
    with portal.transaction() as transaction:
        user = transaction.find(UserRow, 1)
        assert transaction.find(UserTypeRow, user.user_type_id).id == user.user_type_id


@pytest.mark.parametrize("id", [0, -1, 999, 2**63])
def test_an_id_that_no_row_has_is_not_found(id: int, portal: Portal) -> None:
    with portal.transaction() as transaction, pytest.raises(NotFound) as refusal:
        transaction.find(UserTypeRow, id)

    assert str(refusal.value) == "User type not found"
