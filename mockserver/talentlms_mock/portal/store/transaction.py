"""One transaction on a portal, and what an operation may use in it."""

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any, NamedTuple, cast

from sqlalchemy import Connection, Executable, Select, Table, bindparam, insert

from talentlms_mock.errors import NotFound
from talentlms_mock.portal.state.clock import Clock
from talentlms_mock.portal.state.settings import Settings
from talentlms_mock.portal.store import events
from talentlms_mock.portal.store.mapping import R, select_rows, table_of
from talentlms_mock.portal.store.models import events as events_table
from talentlms_mock.portal.store.row_types import SiteRow

LARGEST_ID = 2**63 - 1

_SITE = select_rows(SiteRow)

Change = tuple[str, int]


class Named(NamedTuple):
    """Something an event is about: its id, and its name at the time."""

    id: int
    name: str


@dataclass
class Transaction:
    """One transaction on one portal; the operation's only way to data, time and settings."""

    connection: Connection
    clock: Clock
    settings: Settings
    warnings: list[str] = field(default_factory=list)
    """Contract warnings; one never changes a response."""
    _changes: dict[Change, None] = field(default_factory=dict)  # a set that keeps its order

    @property
    def changes(self) -> list[Change]:
        """What was made, changed or deleted so far, as (entity, id), each once."""
        return list(self._changes)

    @cached_property
    def now(self) -> str:
        """The portal's time when the transaction first asked, as the API writes it."""
        return self.clock.timestamp()

    @property
    def sqlite(self) -> sqlite3.Connection:
        """SQLite's own connection, in the same transaction."""
        connection = self.connection.connection.dbapi_connection
        return cast(sqlite3.Connection, connection)

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undo what the block did, and nothing else, when it ends with an exception."""
        if not self.connection.in_transaction():
            self.connection.begin()
        if not self.sqlite.in_transaction:
            # Else the savepoint would be the transaction, and its end a commit.
            self.sqlite.execute("BEGIN")
        # SQLAlchemy's own costs a tenth of a millisecond; a task has one for each item.
        self.sqlite.execute("SAVEPOINT part")
        before = len(self._changes)
        try:
            yield
        except BaseException:
            self.sqlite.execute("ROLLBACK TO part")
            for change in self.changes[before:]:
                del self._changes[change]
            raise
        finally:
            self.sqlite.execute("RELEASE part")

    def quirk(self, name: str) -> str:
        """Return the current value of the quirk `name`."""
        return self.settings.quirks[name]

    def scalar(self, statement: Executable, **parameters: object) -> Any:
        """Return the first column of the first row, or None."""
        return self.connection.execute(statement, parameters).scalar()

    def first(self, statement: Select[R], **parameters: object) -> R | None:
        """Return the first row, or None; `mapping.select_rows` makes such statements."""
        return cast("R | None", self.connection.execute(statement, parameters).first())

    def all(self, statement: Select[R], **parameters: object) -> Sequence[R]:
        """Return all rows; `mapping.select_rows` makes such statements."""
        return cast("Sequence[R]", self.connection.execute(statement, parameters).all())

    def insert(self, table: Table, values: Mapping[str, object]) -> int:
        """Insert a row and return its id."""
        key = self.connection.execute(insert(table), values).inserted_primary_key
        assert key is not None
        id = int(key[0])
        self.changed(_entity(table.name), id)
        return id

    def changed(self, entity: str, id: int) -> None:
        """Record for the journal that `entity`, like user, was made, changed or deleted.

        `insert` and `record` do so themselves; call this for a change without an event.
        """
        self._changes[entity, id] = None

    def find(self, row_type: type[R], id: int) -> R:
        """Return the row with this id of the table whose rows have this class.

        Raises:
            NotFound: there is none; the message names the kind of thing.
        """
        by_id: Select[R] = _by_id(row_type)
        row = self.first(by_id, id=id) if 0 < id <= LARGEST_ID else None
        if row is None:
            raise NotFound(_entity(table_of(row_type).name).replace("_", " "))
        return row

    def site(self) -> SiteRow:
        """Return the settings that the portal keeps in the database; there is one row of them."""
        row = self.first(_SITE)
        assert row is not None
        return row

    def record(self, event_type: str, *, at: str | None = None, **about: Named | None) -> None:
        """Add an event to the timeline.

        Args:
            event_type: one of the vendor's names, a key of `events.EVENT_TYPES`.
            at: when it happened, a timestamp; None is now.
            about: what it is about, by role: user, course, group, branch or unit.
        """
        values: dict[str, object] = {"event_type": event_type, "created_at": at or self.now}
        for role, named in about.items():
            if named is not None:
                values |= {f"{role}_id": named.id, f"{role}_name": named.name}
                self.changed(role, named.id)
        names = {role: named.name for role, named in about.items() if named is not None}
        values["message"] = events.message(event_type, **names)
        self.connection.execute(insert(events_table), values)


OpenTransaction = Callable[[], AbstractContextManager[Transaction]]
"""Opens a transaction on a portal; an exception rolls it back."""


@cache
def _entity(table_name: str) -> str:
    """Return what one row of the table is: a user of users, a branch of branches."""
    for ending, single in (("ies", "y"), ("ches", "ch"), ("ss", "ss"), ("s", "")):
        if table_name.endswith(ending):
            return table_name.removesuffix(ending) + single
    return table_name


@cache
def _by_id(row_type: type[R]) -> Select[R]:
    # Kept, because SQLAlchemy knows a statement again much sooner than one like it.
    return select_rows(row_type).where(table_of(row_type).c.id == bindparam("id"))
