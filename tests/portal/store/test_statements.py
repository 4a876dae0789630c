from typing import Any

import pytest
from sqlalchemy import bindparam, select, update

from talentlms_mock import Portal
from talentlms_mock.errors import MockError
from talentlms_mock.portal.store.mapping import select_rows
from talentlms_mock.portal.store.models import groups, user_types, users
from talentlms_mock.portal.store.row_types import UserTypeRow
from talentlms_mock.portal.store.statements import Compiled, compiled

_TYPES = select_rows(UserTypeRow).where(user_types.c.is_default == bindparam("default"))


def test_a_row_has_the_class_of_its_statement_and_the_types_of_its_columns(empty: Portal) -> None:
    with empty.transaction() as transaction:
        row = transaction.first(_TYPES, default=True)
        assert isinstance(row, UserTypeRow)
        assert row.is_default is True
        assert transaction.all(_TYPES, default=True) == [row]
        assert transaction.scalar(select(user_types.c.is_default).where(user_types.c.id == 1)) in (
            True,
            False,
        )


def test_a_row_of_any_other_statement_has_its_columns_by_name(empty: Portal) -> None:
    statement = select(user_types.c.name, user_types.c.is_default).order_by(user_types.c.id)
    with empty.transaction() as transaction:
        row: Any = transaction.first(statement)
        assert row.name == transaction.scalar(statement)
        assert row.is_default in (True, False)


def test_a_statement_is_compiled_once() -> None:
    assert compiled(_TYPES) is compiled(_TYPES)


def test_a_list_of_values_cannot_be_compiled_once() -> None:
    with pytest.raises(MockError, match="A list of values cannot be compiled once: SELECT users"):
        Compiled(select(users.c.id).where(users.c.id.in_([1, 2])))


def test_a_parameter_without_a_value_is_an_error(empty: Portal) -> None:
    with empty.transaction() as transaction, pytest.raises(KeyError, match="default"):
        transaction.first(_TYPES)


def test_what_is_written_says_how_many_rows_it_changed(empty: Portal) -> None:
    rename = update(groups).where(groups.c.name == bindparam("old")).values(name=bindparam("new"))
    with empty.transaction() as transaction:
        first, second = (transaction.insert(groups, {"name": "Zoo"}) for _ in range(2))
        assert transaction.changes == [("group", first), ("group", second)]
        assert transaction.execute(rename, old="Zoo", new="Park") == 2
        assert transaction.execute(rename, old="Zoo", new="Park") == 0
        transaction.update(groups, first, {"description": "Green", "price": 5})
        transaction.delete(groups, second)
    with empty.transaction() as transaction:
        kept = transaction.connection.execute(select(groups)).one()
        assert (kept.id, kept.name, kept.description, kept.price) == (first, "Park", "Green", 5)


def test_what_is_written_is_gone_after_an_error(empty: Portal) -> None:
    def fail() -> None:
        with empty.transaction() as transaction:
            transaction.insert(groups, {"name": "Zoo"})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with empty.transaction() as transaction:
        assert transaction.connection.execute(select(groups)).first() is None
