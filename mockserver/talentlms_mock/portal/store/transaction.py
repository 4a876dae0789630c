"""One transaction on a portal, and what an operation may use in it."""

import sqlite3
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple, cast

from sqlalchemy import Connection, Executable, Select, Table, bindparam, func, select

from talentlms_mock.errors import NotFound
from talentlms_mock.portal.state.clock import Clock
from talentlms_mock.portal.state.settings import Settings
from talentlms_mock.portal.store import events
from talentlms_mock.portal.store.mapping import R, select_rows, table_of
from talentlms_mock.portal.store.models import events as events_table
from talentlms_mock.portal.store.row_types import SiteRow
from talentlms_mock.portal.store.statements import compiled, deleting, inserting, updating

LARGEST_ID = 2**63 - 1

_SITE = select_rows(SiteRow)
_LAST_OF_TYPE = select(func.coalesce(func.max(events_table.c.type_number), 0)).where(
    events_table.c.event_type == bindparam("of_type")
)

Change = tuple[str, int]


class Named(NamedTuple):
    """Something an event is about: its id, and what it was called at the time.

    Users have a surname and a login too, and courses may have a code.
    """

    id: int
    name: str
    surname: str = ""
    login: str = ""
    code: str | None = None

    @property
    def full_name(self) -> str:
        """The name, and the surname of a user."""
        return f"{self.name} {self.surname}" if self.surname else self.name


@dataclass
class Transaction:
    """One transaction on one portal; the operation's only way to data, time and settings."""

    connection: Connection
    clock: Clock
    settings: Settings
    warn: Callable[[str], None] = lambda text: None
    """Records a contract warning; one never changes a response."""
    remembered: Callable[[Hashable, Callable[[], Any]], Any] = lambda key, read: read()
    """Returns what a function reads, by a key; once until something changes."""
    origin: str = ""
    """The scheme and host, with its port, by which a client asks; "" outside of a request."""
    _changes: dict[Change, None] = field(default_factory=dict)  # a set that keeps its order
    _now: str | None = None

    def __post_init__(self) -> None:
        self.sqlite = cast(sqlite3.Connection, self.connection.connection.dbapi_connection)
        """SQLite's own connection, in the same transaction."""

    @property
    def changes(self) -> list[Change]:
        """What was made, changed or deleted so far, as (entity, id), each once."""
        return list(self._changes)

    @property
    def now(self) -> str:
        """The portal's time when the transaction first asked, as the API writes it."""
        if self._now is None:
            self._now = self.clock.timestamp()
        return self._now

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undo what the block did, and nothing else, when it ends with an exception."""
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

    # The statements of these are made once, not for each call: compiling one takes long.

    def scalar(self, statement: Executable, **parameters: object) -> Any:
        """Return the first column of the first row, or None."""
        known = compiled(statement)
        row = known.execute(self.sqlite, parameters).fetchone()
        return None if row is None else known.value(row)

    def first(self, statement: Select[R], **parameters: object) -> R | None:
        """Return the first row, or None; `mapping.select_rows` makes such statements."""
        known = compiled(statement)
        row = known.execute(self.sqlite, parameters).fetchone()
        return None if row is None else cast(R, known.row(row))

    def all(self, statement: Select[R], **parameters: object) -> Sequence[R]:
        """Return all rows; `mapping.select_rows` makes such statements."""
        known = compiled(statement)
        return [known.row(row) for row in known.execute(self.sqlite, parameters)]

    def execute(self, statement: Executable, **parameters: object) -> int:
        """Run an insert, update or delete, and return the number of its rows."""
        return compiled(statement).execute(self._writing, parameters).rowcount

    @property
    def _writing(self) -> sqlite3.Connection:
        """SQLite's own connection, in a transaction that SQLAlchemy knows of and ends."""
        if not self.connection.in_transaction():
            self.connection.begin()
        return self.sqlite

    def insert(self, table: Table, values: Mapping[str, object]) -> int:
        """Insert a row and return its id."""
        id = self.put(table, values)
        self.changed(_entity(table.name), id)
        return id

    def put(self, table: Table, values: Mapping[str, object]) -> int:
        """Insert a row, of which the journal says nothing; return its id where it has one."""
        cursor = inserting(table, tuple(values)).execute(self._writing, values)
        return cursor.lastrowid or 0

    def update(self, table: Table, id: int, values: Mapping[str, object]) -> None:
        """Set columns of the row with this id."""
        updating(table, tuple(values)).execute(self._writing, {**values, "of_id": id})

    def delete(self, table: Table, id: int) -> None:
        """Delete the row with this id."""
        deleting(table).execute(self._writing, {"of_id": id})

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
        named = {role: each for role, each in about.items() if each is not None}
        values: dict[str, object] = {
            "event_type": event_type,
            "type_number": self.scalar(_LAST_OF_TYPE, of_type=event_type) + 1,
            "created_at": at or self.now,
            "occurrences": 1,
            "message": events.message(
                event_type, **{role: each.full_name for role, each in named.items()}
            ),
        }
        for role, each in named.items():
            values |= {f"{role}_id": each.id, f"{role}_name": each.name}
            self.changed(role, each.id)
        if "user" in named:
            values |= {"user_surname": named["user"].surname, "user_login": named["user"].login}
        if "course" in named:
            values["course_code"] = named["course"].code
        self.put(events_table, values)


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
