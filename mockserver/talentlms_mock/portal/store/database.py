"""One portal's SQLite database: the connection, its lock, its transactions, and files."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from threading import RLock
from typing import cast

from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import StaticPool

from talentlms_mock.errors import PortalGone, SetupError
from talentlms_mock.paths import write_whole
from talentlms_mock.portal.store.schema import APPLICATION_ID, SCHEMA_VERSION
from talentlms_mock.portal.store.text import host_label, local_moment

KEPT_ORIGINAL_BYTES = 64 * 1024 * 1024
"""A file up to this size is remembered as it was when it was opened, for `reset`."""

_HEADER_BYTES = 100
_HEADER_MAGIC = b"SQLite format 3\x00"
_USER_VERSION = slice(60, 64)
_APPLICATION_ID = slice(68, 72)


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
        original: Callable[[], bytes] | None = template
        if path.exists():
            check_header(path)
            original = _content_of(path)
        else:
            _create(path, template())
        database = cls(lambda: _open_file(path), original, path)
        database._open()
        return database

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Give the connection for one transaction; an exception rolls it back.

        Raises:
            PortalGone: the database is closed.
        """
        with self._lock:
            connection = self._connection or self._open()
            try:
                yield connection
                connection.commit()
            except BaseException:
                connection.rollback()
                raise

    @property
    def total_changes(self) -> int:
        """A number that is another one after every change of the data."""
        with self._lock:
            now = 0 if self._sqlite is None else self._sqlite.total_changes
            return self._changes_before + now

    def content(self) -> bytes:
        """Return all data as the bytes of a SQLite file.

        Raises:
            PortalGone: the database is closed.
        """
        with self.transaction() as connection:
            sqlite = connection.connection.dbapi_connection
            return cast(sqlite3.Connection, sqlite).serialize()

    def save(self) -> bytes | None:
        """Return what `restore` needs; None stands for what nobody has asked for yet.

        Raises:
            PortalGone: the database is closed.
        """
        with self._lock:
            untouched = self._sqlite is None and not self._closed and not self._changes_before
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
        with self._lock:
            if self._closed:
                raise _gone()
            source = self._source(content)
            self._changes_before = self.total_changes + 1
            if self.path is None:
                # Never into a connection in use, which crashes the interpreter.
                self._let_go()
                self._connect = lambda: in_memory(source())
            elif self._sqlite is not None:
                with closing(in_memory(source())) as there:
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

    def _let_go(self) -> None:
        if self._connection is not None and self._sqlite is not None:
            self._connection.close()
            self._sqlite.close()
            self._connection = self._sqlite = None

    def _open(self) -> Connection:
        if self._closed:
            raise _gone()
        self._sqlite = opened = self._connect()
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
        write_whole(path, content)
    except OSError as error:
        raise SetupError(f"The database {path} cannot be made: {error.strerror}.") from None


def _content_of(path: Path) -> Callable[[], bytes] | None:
    if path.stat().st_size > KEPT_ORIGINAL_BYTES:
        return None
    content = path.read_bytes()
    return lambda: content


def check_header(path: Path) -> None:
    """Refuse a file that is no portal of this version.

    Raises:
        SetupError: it cannot be read, or is something else.
    """
    try:
        with path.open("rb") as file:
            header = file.read(_HEADER_BYTES)
    except OSError as error:
        raise SetupError(f"The database {path} cannot be read: {error.strerror}.") from None
    application_id = int.from_bytes(header[_APPLICATION_ID], "big")
    if not header.startswith(_HEADER_MAGIC) or application_id != APPLICATION_ID:
        raise SetupError(
            f"The file {path} is not a portal made by talentlms-mock; name another with --database."
        )
    if int.from_bytes(header[_USER_VERSION], "big") != SCHEMA_VERSION:
        raise SetupError(
            f"The database {path} was made by another version of talentlms-mock; "
            "make a new one with `talentlms-mock seed`."
        )


def _open_file(path: Path) -> sqlite3.Connection:
    connection = None
    try:
        connection = sqlite3.connect(path, timeout=0.2, check_same_thread=False)
        # Held to the end: a second server on the same file would give out the same ids.
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("BEGIN EXCLUSIVE")
        (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        connection.commit()
        # A killed process loses nothing by this; a crash of the machine could.
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA foreign_keys = ON")
    except sqlite3.OperationalError as error:
        _close(connection)
        raise SetupError(
            f"The database {path} cannot be opened ({error}); is another mock using it?"
        ) from None
    except sqlite3.DatabaseError as error:
        verdict = str(error)
    if connection is None or verdict != "ok":
        _close(connection)
        raise SetupError(f"The database {path} is corrupt ({verdict}); restore it or name another.")
    return connection


def _close(connection: sqlite3.Connection | None) -> None:
    if connection is not None:
        with suppress(sqlite3.Error):
            connection.rollback()
        connection.close()
