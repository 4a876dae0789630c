"""Values that a portal cannot have, found by the checks of its database: they are left out."""

import sqlite3

from sqlalchemy import Table

from talentlms_mock.portal.store.inspection import condition
from talentlms_mock.portal.store.models import metadata
from talentlms_mock.verify.importing.notes import Notes


def repair(database: sqlite3.Connection, notes: Notes) -> None:
    """Leave values out that their columns cannot have, and rows that need them.

    Args:
        database: of a portal, whose references all lead somewhere.
        notes: of what was left out.
    """
    database.execute("PRAGMA foreign_keys = ON")
    for table in metadata.tables.values():
        whole = " AND ".join(condition(column) for column in table.columns)
        query = f"SELECT 1 FROM {table.name} WHERE ({whole}) IS NOT TRUE LIMIT 1"  # noqa: S608  # our own names
        if database.execute(query).fetchone() is not None:
            _repair(database, table, notes)
    database.commit()


def _repair(database: sqlite3.Connection, table: Table, notes: Notes) -> None:
    for column in table.columns:
        where = f"WHERE {condition(column)} IS NOT TRUE"
        if column.nullable:
            change, what = f'UPDATE {table.name} SET "{column.name}" = NULL', "left out"  # noqa: S608  # our own names
        else:
            change, what = f"DELETE FROM {table.name}", "left out with the whole row"  # noqa: S608
        times = database.execute(f"{change} {where}").rowcount
        if times:
            notes.add(f"{table.name}.{column.name}", f"cannot be so, {what}", times)
