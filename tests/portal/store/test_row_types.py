"""The classes of rows have the columns of their tables: names, order, types, nullability."""

from typing import Any, Literal, NamedTuple, get_args, get_origin, get_type_hints

import pytest
from sqlalchemy import Column, Integer, MetaData, String, Table

from talentlms_mock.errors import MockError
from talentlms_mock.portal.store import row_types  # noqa: F401  # declares the classes
from talentlms_mock.portal.store.mapping import ROW_TYPES, row_of, select_rows, table_of
from talentlms_mock.portal.store.models import metadata

READ_AS_ROWS = [table for table in metadata.tables.values() if table in ROW_TYPES]


def _python_type(column: Column[Any]) -> type:
    kind = column.type.python_type
    return float if kind.__name__ == "Decimal" else kind


def _parts(hint: Any) -> set[Any]:
    parts = set(get_args(hint)) if get_origin(hint) is not Literal else {str}
    return parts or {hint}


@pytest.mark.parametrize("table", READ_AS_ROWS, ids=str)
def test_a_class_of_rows_has_the_columns_of_its_table(table: Table) -> None:
    hints = get_type_hints(ROW_TYPES[table])

    assert list(hints) == table.columns.keys()
    for column in table.columns:
        parts = _parts(hints[column.name])
        assert (type(None) in parts) == bool(column.nullable), column.name
        assert _python_type(column) in parts or get_origin(hints[column.name]) is Literal


def test_every_entity_that_rules_read_has_a_class() -> None:
    assert {"users", "courses", "enrollments", "units", "groups", "branches"} <= {
        table.name for table in READ_AS_ROWS
    }
    assert all(table_of(ROW_TYPES[table]) is table for table in READ_AS_ROWS)


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"id": int}, "Pet has no field for name of pets."),
        ({"id": int, "nmae": str}, "Pet names 'nmae', which is no column of pets (did you mean"),
        ({"name": str, "id": int}, "The fields of Pet are not in the table's order."),
    ],
)
def test_a_class_that_differs_from_its_table_fails_at_once(
    fields: dict[str, type], problem: str
) -> None:
    pets = Table("pets", MetaData(), Column("id", Integer), Column("name", String))
    pet: Any = type("Pet", (tuple,), {"__annotations__": fields})

    with pytest.raises(MockError) as refused:
        row_of(pets)(pet)
    assert str(refused.value).startswith(problem)


def test_a_statement_must_have_the_fields_of_its_class() -> None:
    class Two(NamedTuple):
        first: int
        second: int

    with pytest.raises(MockError, match=r"^Two has the fields \['first', 'second'\], not \['id'\]"):
        select_rows(Two, metadata.tables["users"].c.id)
