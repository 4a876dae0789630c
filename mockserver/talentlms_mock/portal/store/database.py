"""One portal's SQLite database: the connection, its lock, its transactions, and files."""

import sqlite3
from collections.abc import Callable, Hashable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import RLock
from typing import TypeVar, cast

from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import StaticPool

from talentlms_mock.errors import PortalGone, SetupError
from talentlms_mock.portal.state.short_work import short_work
from talentlms_mock.portal.store.files import (
    KEPT_ORIGINAL_BYTES,
    check_header,
    content_of,
    write_file,
)
from talentlms_mock.portal.store.files import open_file as _open_file
from talentlms_mock.portal.store.text import host_label, local_moment

T = TypeVar("T")

_REMEMBERED = 500
_CHANGES_UNCOUNTED = 50
"""Rows that may change before the pages are counted again, which takes as long as finding a row."""
_LARGE_PAGES = 2_000
"""Pages of 4 KiB; the first portal of a hundred users has 150, one of a thousand has 900."""


class Database:
    """A SQLite database that one thread at a time uses, a transaction at a time.

    Args:
        connect: opens the SQLite connection; called at the first transaction, so that a
            portal that nobody asks costs nothing.
        original: gives the content at the beginning; None when that is not kept.
        path: the file that it is in; None is in memory.
    """

    def __init__(
        self,
        connect: Callable[[], sqlite3.Connection],
        original: Callable[[], bytes] | None,
        path: Path | None = None,
    ) -> None:
        self._connect = connect
        self._original = original
        self.path = path
        # The server's thread and the test's share one connection: SQLite's own
        # serialisation does not keep their transactions apart.
        self._lock = RLock()
        self._sqlite: sqlite3.Connection | None = None
        self._connection: Connection | None = None
        self._closed = False
        self._changes_before = 0
        self._remembered: dict[Hashable, object] = {}
        self._remembered_at = -1
        self._pages = 0
        self._counted_at = -_CHANGES_UNCOUNTED  # by the connection's own count of changes
        self._write_beside: Callable[[sqlite3.Connection], None] | None = None

    @classmethod
    def from_template(cls, template: Callable[[], bytes]) -> "Database":
        """Return a copy of a serialised database, in memory."""
        return cls(lambda: in_memory(template()), template)

    @classmethod
    def from_file(cls, path: Path, template: Callable[[], bytes]) -> "Database":
        """Return the database kept in `path`, made from `template` when it is missing.

        The file is checked at once, and held for this process alone from then on.

        Raises:
            SetupError: the file cannot be made or opened, is not a portal, is corrupt, was
                made by another version, or is in use. It is left as it was.
        """
        if not path.exists():
            _create(path, template())
            database = cls(lambda: _open_file(path), template, path)
            database._open()
            return database
        check_header(path)
        database = cls(lambda: _open_file(path), None, path)
        database._open()
        if path.stat().st_size <= KEPT_ORIGINAL_BYTES:
            # Not the bytes of the file: a crash may have left them half done.
            content = database.content()
            database._original = lambda: content
        return database

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Give the connection for one transaction; an exception rolls it back.

        Raises:
            PortalGone: the database is closed.
        """
        with short_work(), self._lock:
            connection = self._connection or self._open()
            sqlite = self._sqlite
            assert sqlite is not None  # it is open
            try:
                yield connection
                connection.commit()
                if sqlite.in_transaction:  # by statements that SQLAlchemy does not know of
                    sqlite.commit()
                self._count_pages(sqlite)
            except BaseException:
                connection.rollback()
                sqlite.rollback()
                raise

    def hold(self) -> bool:
        """Keep all other threads out, unless one is in here; return whether that was possible.

        Whoever holds it must call `release`.
        """
        return self._lock.acquire(blocking=False)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep all other threads out of several transactions, once none is in here."""
        with self._lock:
            yield

    def release(self) -> None:
        """Let other threads in again."""
        self._lock.release()

    @property
    def is_large(self) -> bool:
        """Whether there is so much data that a single statement can take long."""
        return self._pages > _LARGE_PAGES

    @property
    def total_changes(self) -> int:
        """A number that is another one after every change of the data."""
        with self._lock:
            now = 0 if self._sqlite is None else self._sqlite.total_changes
            return self._changes_before + now

    def remembered(self, key: Hashable, read: Callable[[], T]) -> T:
        """Return what `read` reads from the data: once, until something changes.

        Args:
            key: names what is read.
            read: reads it, in a transaction of this database.
        """
        if self._sqlite is None or self._sqlite.in_transaction:
            return read()  # what is changed now may be rolled back
        changes = self.total_changes
        if self._remembered_at != changes or len(self._remembered) >= _REMEMBERED:
            self._remembered, self._remembered_at = {}, changes
        if key not in self._remembered:
            self._remembered[key] = read()
        return cast(T, self._remembered[key])

    def keep_beside(self, write: Callable[[sqlite3.Connection], None]) -> None:
        """Let `write` write what belongs to the data: here, and with every `restore`."""
        self._write_beside = write
        self.write_beside()

    def write_beside(self) -> None:
        """Write what belongs to the data, in the current transaction or in one of its own.

        Does nothing where nothing does, or once the database is closed.

        Raises:
            SetupError: the file cannot be written.
        """
        with short_work(), self._lock:
            write, sqlite = self._write_beside, self._sqlite
            if write is None or sqlite is None:
                return
            try:
                if sqlite.in_transaction:
                    write(sqlite)
                else:
                    with self.transaction():
                        write(sqlite)
            except sqlite3.Error as error:
                raise SetupError(f"The database {self.path} cannot be written: {error}.") from None

    def move_to(self, path: Path, write: Callable[[sqlite3.Connection], None]) -> None:
        """Move from memory into a new file, held for this process alone from then on.

        Args:
            path: of the file.
            write: as for `keep_beside`.

        Raises:
            SetupError: the file exists, or cannot be made or opened.
            PortalGone: the database is closed.
        """
        with short_work(), self._lock:
            content = self.content()
            if path.exists():
                raise SetupError(f"The file {path} exists already: move it away.")
            with closing(in_memory(content)) as there:
                write(there)
                there.commit()
                _create(path, there.serialize())
            try:
                opened = _open_file(path, is_new=True)
            except BaseException:
                path.unlink(missing_ok=True)
                raise
            self._changes_before = self.total_changes
            self._let_go()
            self._connect = lambda: opened
            self.path = path
            self._write_beside = write
            self._open()

    def content(self) -> bytes:
        """Return all data as the bytes of a SQLite file.

        Raises:
            PortalGone: the database is closed.
        """
        with self.transaction() as connection:
            return content_of(cast(sqlite3.Connection, connection.connection.dbapi_connection))

    def save(self) -> bytes | None:
        """Return what `restore` needs; None stands for what nobody has asked for yet.

        Raises:
            PortalGone: the database is closed.
        """
        untouched = not (self._closed or self._original is None or self.total_changes)
        return None if untouched else self.content()

    def content_of(self, saved: bytes | None) -> bytes:
        """Return what `save` returned as the bytes of a SQLite file.

        Raises:
            SetupError: it is that of the beginning, which has not been kept.
        """
        return self._source(saved)()

    def restore(self, content: bytes | None) -> None:
        """Put the data back to that of `save`; None is what it was in the beginning.

        Raises:
            SetupError: that has not been kept, since the file was too large.
            PortalGone: the database is closed.
        """
        with short_work(), self._lock:
            if self._closed:
                raise _gone()
            source = self._source(content)
            self._changes_before = self.total_changes + 1
            if self.path is None:
                # Never into a connection in use, which crashes the interpreter.
                self._let_go()
                self._connect = lambda: in_memory(source())
                self._open()  # for which the next request would wait
            elif self._sqlite is not None:
                with closing(in_memory(source())) as there, _synchronous(self._sqlite):
                    if self._write_beside is not None:
                        self._write_beside(there)
                        there.commit()
                    there.backup(self._sqlite)

    def _source(self, saved: bytes | None) -> Callable[[], bytes]:
        source = self._original if saved is None else lambda: saved
        if source is None:
            raise SetupError(
                f"How the database {self.path} began was not kept, as it was larger than "
                f"{KEPT_ORIGINAL_BYTES >> 20} MiB: take a snapshot() at first, and restore it."
            )
        return source

    def close(self) -> None:
        """Close the connection for good."""
        with self._lock:
            self._closed = True
            self._let_go()

    def _count_pages(self, sqlite: sqlite3.Connection) -> None:
        if sqlite.total_changes - self._counted_at >= _CHANGES_UNCOUNTED:
            self._counted_at = sqlite.total_changes
            (self._pages,) = sqlite.execute("PRAGMA page_count").fetchone()

    def _let_go(self) -> None:
        if self._connection is not None and self._sqlite is not None:
            self._connection.close()
            self._sqlite.close()
            self._connection = self._sqlite = None

    def _open(self) -> Connection:
        if self._closed:
            raise _gone()
        self._sqlite = opened = self._connect()
        self._counted_at = -_CHANGES_UNCOUNTED
        opened.create_function("casefold", 1, _casefold, deterministic=True)
        opened.create_function("host_label", 2, host_label, deterministic=True)
        opened.create_function("local_moment", 3, local_moment, deterministic=True)
        self._connection = _engine(opened).connect()
        return self._connection


def in_memory(content: bytes) -> sqlite3.Connection:
    """Return a connection to a database in memory that begins with `content`."""
    connection = sqlite3.connect(":memory:", check_same_thread=False)
    connection.deserialize(content)
    connection.execute("PRAGMA foreign_keys = ON")
    return connection


@contextmanager
def _synchronous(connection: sqlite3.Connection) -> Iterator[None]:
    """Let what the block writes survive a crash of the machine: it writes over everything."""
    connection.execute("PRAGMA synchronous = FULL")
    try:
        yield
    finally:
        connection.execute("PRAGMA synchronous = OFF")


def _gone() -> PortalGone:
    return PortalGone("The portal is gone: it was removed from its server, or closed.")


def _casefold(text: str | None) -> str | None:
    """Return `text` without regard to case; SQLite's own lower() knows ASCII only."""
    return None if text is None else text.casefold()


# Making an engine for every portal costs milliseconds, most of them for a dialect
# and for compiling statements; both are the same for all portals.
_shared = create_engine("sqlite://", poolclass=StaticPool)
with _shared.connect() as _first_connection:
    _first_connection.execute(text("SELECT 1"))
_compiled: dict[object, object] = {}


def _engine(connection: sqlite3.Connection) -> Engine:
    def connect() -> DBAPIConnection:
        return cast(DBAPIConnection, connection)

    return Engine(
        StaticPool(connect),
        _shared.dialect,
        _shared.url,
        execution_options={"compiled_cache": _compiled},
    )


def _create(path: Path, content: bytes) -> None:
    try:
        write_file(path, content)
    except OSError as error:
        raise SetupError(f"The database {path} cannot be made: {error.strerror}.") from None
