"""The columns of seeded rows are checked against the tables."""

from typing import NamedTuple

import pytest
from sqlalchemy import Column, Integer, MetaData, String, Table, create_engine

from talentlms_mock.errors import MockError
from talentlms_mock.portal.seed.rows import Columns, Rows, all_columns
from talentlms_mock.portal.store.models import badges
from talentlms_mock.portal.store.row_types import BadgeRow, UserBadgeRow

CARS = Table(
    "cars",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("colour", String, nullable=False),
    Column("wheels", Integer, nullable=False, server_default="4"),
    Column("owner", String),
)


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (
            ("id", "color"),
            "A seeded row names 'color', which is no column of cars (did you mean 'colour'?).",
        ),
        (("id", "owner"), "A seeded row of cars has no 'colour'."),
        (("id", "colour", "id"), "A seeded row of cars names a column twice: id, colour, id."),
    ],
)
def test_columns_that_do_not_fit_the_table_fail(names: tuple[str, ...], message: str) -> None:
    with pytest.raises(MockError) as failure:
        Columns(CARS, names)

    assert str(failure.value) == message


def test_columns_that_are_left_out_get_null_or_their_default() -> None:
    rows = Rows()
    rows.of(Columns(CARS, ("colour", "id"))).extend(
        [(f"colour {number}", number) for number in range(1, 24)]
    )

    with create_engine("sqlite://").connect() as connection:
        CARS.create(connection)
        rows.write(connection)
        written = connection.execute(CARS.select().order_by(CARS.c.id)).all()

    assert [tuple(row) for row in written] == [
        (number, f"colour {number}", 4, None) for number in range(1, 24)
    ]


def test_a_row_of_a_class_goes_into_its_table() -> None:
    rows = Rows()
    row = BadgeRow(1, "First", "learning", "https://example.com/b.png", "One course", 1, None)
    rows.add(row)

    assert rows.of(all_columns(BadgeRow)) == [row]
    assert rows.of(all_columns(UserBadgeRow)) == []
    assert all_columns(BadgeRow) == Columns(badges, BadgeRow._fields)


def test_a_tuple_of_no_table_cannot_be_added() -> None:
    class Stray(NamedTuple):
        id: int

    with pytest.raises(MockError) as failure:
        Rows().add(Stray(1))

    assert str(failure.value) == "Stray is not the class of the rows of a table."
