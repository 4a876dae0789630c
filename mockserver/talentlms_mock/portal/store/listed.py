"""JSON that SQLite keeps beside a row, for the lists that the row is in.

To build it for each row of a page takes seven times as long as to read it. It stands in generated
columns: SQLite writes them with the row, and again with each change of it. They are no columns of
the tables in `models.py`, since nothing but a list reads them: rows are written, archived and
compared without.
"""

from collections.abc import Mapping

from sqlalchemy import ColumnElement, Table, literal_column
from sqlalchemy.dialects.sqlite.base import SQLiteDialect
from sqlalchemy.schema import CreateTable
from sqlalchemy.types import String

Json = ColumnElement[str]


def _object(*columns: str, **renamed: str) -> str:
    """Return the SQL of a JSON object of columns, some of which have another name in it."""
    names = {**dict.fromkeys(columns), **renamed}
    arguments = [f"'{name}', {column or name}" for name, column in names.items()]
    return f"json_object({', '.join(arguments)})"


LISTED: Mapping[str, Mapping[str, str]] = {
    "users": {
        # What comes between them in a list is the picture and the type, which others have too.
        "listed_head": f"rtrim({_object('id', 'login', 'name', 'surname', 'email')}, '}}') || ','",
        "listed_tail": "',' || substr({}, 2)".format(
            _object(
                "registration",
                "last_login",
                "status",
                "integration_user_id",
                "timezone",
                language="locale",
                last_updated="last_updated",
            )
        ),
    }
}
"""The generated columns by table: the name and the SQL of each.

One that begins an object ends with a comma; one that ends an object begins with a comma.
"""


def listed(table: Table, name: str) -> Json:
    """Return the expression of a generated column of a table: a part of a JSON object."""
    assert name in LISTED[table.name]
    return literal_column(f"{table.name}.{name}", String)


def create_table(table: Table) -> str:
    """Return the SQL that makes a table, with its generated columns behind the others."""
    lines = str(CreateTable(table).compile(dialect=SQLiteDialect())).split("\n")
    last = table.columns.keys()[-1]
    place = next(at for at, line in enumerate(lines, 1) if line.startswith(f"\t{last} "))
    lines[place:place] = [
        f"\t{name} VARCHAR GENERATED ALWAYS AS ({sql}) STORED NOT NULL, "
        for name, sql in LISTED.get(table.name, {}).items()
    ]
    return "\n".join(lines)
