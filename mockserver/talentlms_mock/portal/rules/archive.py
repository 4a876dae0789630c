"""The archive: users and courses that were deleted, with everything that hung on them.

A deleted user or course leaves its tables, and the rows that refer to it go with it. So no list,
count or rule has to look whether something is archived, and its login, email or code is free. The
archive keeps the rows, and puts them back (domain.md, What one action changes elsewhere).
"""

from collections.abc import Iterator
from functools import cache, cached_property
from graphlib import TopologicalSorter
from typing import Any, Literal, NamedTuple

import orjson
from sqlalchemy import ForeignKey, Table, bindparam, func, select, update

from talentlms_mock.errors import Conflict, NotFound, Refusal
from talentlms_mock.portal.store.mapping import R, select_rows, table_of
from talentlms_mock.portal.store.models import archive, courses, metadata, users
from talentlms_mock.portal.store.row_types import ArchiveRow
from talentlms_mock.portal.store.transaction import LARGEST_ID, Transaction

Kind = Literal["user", "course"]
Row = dict[str, Any]

_TABLES: dict[Kind, Table] = {"user": users, "course": courses}
_KINDS = {table: kind for kind, table in _TABLES.items()}
_OF_ENTITY = (archive.c.kind == bindparam("of_kind"), archive.c.entity_id == bindparam("of_id"))
_ENTRIES = select_rows(ArchiveRow)
_ENTRY = _ENTRIES.where(*_OF_ENTITY)
_CONTENT = select(archive.c.content).where(archive.c.id == bindparam("this"))


class _Place(NamedTuple):
    """A reference from elsewhere to a row that was archived: what to set where, to have it back."""

    table: str
    id: int
    column: str
    value: int


def is_archived(transaction: Transaction, kind: Kind, id: int) -> bool:
    """Return whether the user or course of this id is in the archive."""
    return _entry(transaction, kind, id) is not None


def find(transaction: Transaction, row_type: type[R], id: int, archived: Refusal) -> R:
    """Return the row of a user or course that is not archived.

    Raises:
        Conflict: it is; the text is that of `archived`.
        NotFound: there is none.
    """
    try:
        return transaction.find(row_type, id)
    except NotFound:
        if is_archived(transaction, _KINDS[table_of(row_type)], id):
            raise Conflict(archived) from None
        raise


def ids_with(transaction: Transaction, kind: Kind, column: str, value: str) -> list[int]:
    """Return the ids of the archived users or courses that had this value in a column."""
    # The row of the user or course itself is the first.
    of_value = func.json_extract(archive.c.content, f"$.rows[0][1].{column}") == value
    found = select(archive.c.entity_id).where(archive.c.kind == kind, of_value)
    return list(transaction.connection.execute(found.order_by(archive.c.entity_id)).scalars())


def put_away(transaction: Transaction, kind: Kind, id: int, name: str) -> None:
    """Move a user or course into the archive, and with it every row that refers to it.

    Args:
        transaction: the transaction of the request.
        kind: what it is.
        id: of a row that exists.
        name: by which people know it.
    """
    table = _TABLES[kind]
    rows = _with_dependents(transaction, table, id)
    places = list(_places(transaction, rows))
    transaction.delete(table, id)
    transaction.put(
        archive,
        {
            "kind": kind,
            "entity_id": id,
            "name": name,
            "archived_at": transaction.now,
            "content": _content([(table.name, row) for table, row in rows], places),
        },
    )
    transaction.changed(kind, id)


def archived_row(transaction: Transaction, kind: Kind, id: int) -> Row | None:
    """Return the columns of the user or course itself as they were; None if it is not archived."""
    entry = _entry(transaction, kind, id)
    if entry is None:
        return None
    (_, row), *_ = orjson.loads(entry.content)["rows"]
    return dict(row)


def take_out(transaction: Transaction, kind: Kind, id: int) -> None:
    """Put a user or course back, with every row that went with it and still has a place.

    What refers to something deleted for good is left out; what refers to something that is
    archived itself comes back together with that.

    Args:
        transaction: the transaction of the request.
        kind: what it is.
        id: of an archived one, whose login, email or code nobody else has.
    """
    entry = _entry(transaction, kind, id)
    assert entry is not None
    content = orjson.loads(entry.content)
    transaction.delete(archive, entry.id)
    waiting = _Waiting(transaction)
    for name, row in content["rows"]:
        _put_back(transaction, metadata.tables[name], row, waiting)
    for place in (_Place(*values) for values in content["places"]):
        if not _refer_again(transaction, place):
            waiting.add_place(place, (place.table, place.id))
    waiting.save()
    transaction.changed(kind, id)


def _entry(transaction: Transaction, kind: Kind, id: int) -> ArchiveRow | None:
    """Return the entry of a user or course; None where it has none."""
    if not 0 < id <= LARGEST_ID:
        return None
    return transaction.first(_ENTRY, of_kind=kind, of_id=id)


class _Waiting:
    """What cannot be put back yet, since it refers to something else in the archive."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction
        self._rows: dict[int, list[tuple[str, Row]]] = {}
        self._places: dict[int, list[_Place]] = {}

    @cached_property
    def _owners(self) -> dict[tuple[str, int], int]:
        """The entry in which each archived row is that has an id."""
        return {
            (name, row["id"]): entry.id
            for entry in self._transaction.all(_ENTRIES)
            for name, row in orjson.loads(entry.content)["rows"]
            if "id" in row
        }

    def add_row(self, table: Table, row: Row, missing: list[tuple[str, int]]) -> None:
        """Let a row wait for the first of what it misses that is archived, if anything is."""
        entry = next((self._owners[each] for each in missing if each in self._owners), None)
        if entry is not None:
            self._rows.setdefault(entry, []).append((table.name, row))
            if "id" in row:  # so that what refers to this row waits with it
                self._owners[table.name, row["id"]] = entry

    def add_place(self, place: _Place, row: tuple[str, int]) -> None:
        """Let a reference wait for a row, by table and id, if that is archived."""
        entry = self._owners.get(row)
        if entry is not None:
            self._places.setdefault(entry, []).append(place)

    def save(self) -> None:
        """Add what waits to the entries that it waits for."""
        for entry in {*self._rows, *self._places}:
            content = orjson.loads(self._transaction.scalar(_CONTENT, this=entry))
            rows = [*content["rows"], *self._rows.get(entry, [])]
            places = [_Place(*values) for values in content["places"]]
            places += self._places.get(entry, [])
            content = _content(rows, places)
            self._transaction.update(archive, entry, {"content": content})


def _with_dependents(transaction: Transaction, table: Table, id: int) -> list[tuple[Table, Row]]:
    """Return a row and all that a deletion takes with it; what is referred to comes first."""
    found: dict[tuple[str, tuple[Any, ...]], tuple[Table, Row]] = {}
    ahead = [(table, "id", [id])]
    while ahead:
        of, column, ids = ahead.pop(0)
        rows = [row for row in _select(transaction, of, column, ids) if _key(of, row) not in found]
        found |= {_key(of, row): (of, row) for row in rows}
        if rows and "id" in of.c:
            own = [row["id"] for row in rows]
            ahead += [(each, name, own) for each, name in _referring(of, "CASCADE")]
    order = _order()
    return sorted(found.values(), key=lambda item: order.index(item[0].name))


def _places(transaction: Transaction, rows: list[tuple[Table, Row]]) -> Iterator[_Place]:
    """Give the references to `rows` that a deletion leaves empty, in rows that stay."""
    gone = {_key(table, row) for table, row in rows}
    for table in {table.name: table for table, _ in rows}.values():
        ids = [row["id"] for of, row in rows if of is table and "id" in row]
        for other, column in _referring(table, "SET NULL") if ids else ():
            for row in _select(transaction, other, column, ids):
                if _key(other, row) not in gone:
                    yield _Place(other.name, row["id"], column, row[column])


def _put_back(transaction: Transaction, table: Table, row: Row, waiting: _Waiting) -> None:
    absent = _absent(transaction, table, row)
    needed = [(key.column.table.name, id) for key, id in absent if key.ondelete != "SET NULL"]
    if needed:
        waiting.add_row(table, row, needed)
        return
    for key, id in absent:
        name = key.parent.name
        row = row | {name: None}
        waiting.add_place(_Place(table.name, row["id"], name, id), (key.column.table.name, id))
    _insert(transaction, table, row)


def _absent(transaction: Transaction, table: Table, row: Row) -> list[tuple[ForeignKey, int]]:
    """Return the references of a row to what is not there."""
    references = ((key, row[key.parent.name]) for key in _references(table))
    return [
        (key, id)
        for key, id in references
        if id is not None and not _select(transaction, key.column.table, "id", [id])
    ]


def _refer_again(transaction: Transaction, place: _Place) -> bool:
    """Fill in a reference, unless another stands there by now; return whether its row exists."""
    table = metadata.tables[place.table]
    if not _select(transaction, table, "id", [place.id]):
        return False
    statement = update(table).where(table.c.id == place.id, table.c[place.column].is_(None))
    transaction.connection.execute(statement.values({place.column: place.value}))
    return True


def _content(rows: list[tuple[str, Row]], places: list[_Place]) -> str:
    return orjson.dumps({"rows": rows, "places": [tuple(place) for place in places]}).decode()


def _select(transaction: Transaction, table: Table, column: str, ids: list[int]) -> list[Row]:
    # On SQLite's own connection: rows go back as they came, without a conversion of types.
    columns = ", ".join(f'"{each.name}"' for each in table.columns)
    cursor = transaction.sqlite.execute(
        f'SELECT {columns} FROM "{table.name}" '  # noqa: S608  # names of our own tables
        f'WHERE "{column}" IN (SELECT value FROM json_each(?))',
        (orjson.dumps(ids).decode(),),
    )
    names = [item[0] for item in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]


def _insert(transaction: Transaction, table: Table, row: Row) -> None:
    columns = ", ".join(f'"{name}"' for name in row)
    marks = ", ".join("?" * len(row))
    transaction.sqlite.execute(
        f'INSERT INTO "{table.name}" ({columns}) VALUES ({marks})',  # noqa: S608  # names of our own tables
        tuple(row.values()),
    )


def _key(table: Table, row: Row) -> tuple[str, tuple[Any, ...]]:
    return table.name, tuple(row[column.name] for column in table.primary_key)


@cache
def _order() -> list[str]:
    """Return the tables in an order in which rows can be inserted again."""
    needs = {
        table.name: {
            key.column.table.name for key in _references(table) if key.ondelete != "SET NULL"
        }
        for table in metadata.tables.values()
    }
    return list(TopologicalSorter(needs).static_order())


@cache
def _referring(table: Table, ondelete: str) -> list[tuple[Table, str]]:
    """Return the columns that refer to `table`, and lose their row or their value with it."""
    return [
        (key.parent.table, key.parent.name)
        for other in metadata.tables.values()
        for key in _references(other)
        if key.column.table is table and key.ondelete == ondelete
    ]


@cache
def _references(table: Table) -> list[ForeignKey]:
    return sorted(table.foreign_keys, key=lambda key: key.parent.name)
