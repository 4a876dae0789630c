"""Portals in files: recognised, recovered after a crash, checked, and written whole.

A process that is killed in the middle of a commit leaves a journal beside the file, without which
the file is half done. So nobody reads the bytes of a file but through a connection, which has put
it back to the last commit; and no file is put where the journal of another one still lies.
"""

import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from talentlms_mock.errors import SetupError
from talentlms_mock.paths import replacing
from talentlms_mock.portal.store.inspection import Damaged, check_tables, check_values
from talentlms_mock.portal.store.schema import APPLICATION_ID, SCHEMA_VERSION

KEPT_ORIGINAL_BYTES = 64 * 1024 * 1024
"""A file up to this size is remembered as it was when it was opened, for `reset`; of a larger one
only the structure is checked at every start."""

_HEADER_BYTES = 100
_HEADER_MAGIC = b"SQLite format 3\x00"
_USER_VERSION = slice(60, 64)
_APPLICATION_ID = slice(68, 72)
_FORMATS = slice(18, 20)
_ROLLBACK_JOURNAL = b"\x01\x01"
_BESIDE = ("-journal", "-wal", "-shm")
_SECONDS_TO_WAIT = 0.2


def check_header(path: Path) -> None:
    """Refuse a file that is no portal of this version.

    Raises:
        SetupError: it cannot be read, or is something else.
    """
    try:
        # Opening a pipe would wait for somebody who writes into it.
        if not stat.S_ISREG(path.stat().st_mode) and not path.is_dir():
            raise SetupError(f"The database {path} is not a regular file; name another.")
        with path.open("rb") as file:
            header = file.read(_HEADER_BYTES)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise SetupError(f"The database {path} cannot be read: {reason}.") from None
    application_id = int.from_bytes(header[_APPLICATION_ID], "big")
    if not header.startswith(_HEADER_MAGIC) or application_id != APPLICATION_ID:
        raise SetupError(
            f"The file {path} is not a portal made by talentlms-mock; name another, or move it "
            "away."
        )
    if int.from_bytes(header[_USER_VERSION], "big") != SCHEMA_VERSION:
        raise SetupError(
            f"The database {path} was made by another version of talentlms-mock; "
            "make a new one with `talentlms-mock seed`."
        )


def open_file(path: Path, *, is_new: bool = False) -> sqlite3.Connection:
    """Return a connection to a portal's file, recovered and held for this process alone.

    Args:
        path: of the file.
        is_new: whether this process has just written it, so that it needs no check.

    Raises:
        SetupError: it is in use, cannot be opened, is corrupt, or has other tables than a portal.
    """
    connection = None
    try:
        connection = sqlite3.connect(path, timeout=_SECONDS_TO_WAIT, check_same_thread=False)
        # Held to the end: a second server on the same file would give out the same ids.
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        # Whoever looked into it with another tool may have left it in another mode.
        connection.execute("PRAGMA journal_mode = DELETE").fetchone()
        connection.execute("BEGIN EXCLUSIVE")
        if not is_new:
            check_tables(connection)
            if path.stat().st_size <= KEPT_ORIGINAL_BYTES:  # else a start would take half a minute
                check_values(connection)
        connection.commit()
        # A killed process loses nothing by this; a crash of the machine could.
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA foreign_keys = ON")
    except BaseException as error:
        _close(connection)
        raise _cannot_open(path, error) from None
    return connection


def content_of(connection: sqlite3.Connection) -> bytes:
    """Return the bytes of the database of a connection, as they can be opened in memory."""
    content = bytearray(connection.serialize())
    # Memory has no write-ahead log; what stood in one is part of the content.
    content[_FORMATS] = _ROLLBACK_JOURNAL
    return bytes(content)


def read_file(path: Path) -> bytes:
    """Return the data of a portal's file as of its last commit, once it has been checked.

    A journal that a crash has left is rolled back, which changes the file; nothing else does.

    Raises:
        SetupError: it cannot be read, is in use, is not a portal, or is corrupt.
    """
    with reading(path) as connection:
        check_values(connection)
        return content_of(connection)


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """Give a connection to a portal's file for the block, once its tables have been checked.

    Raises:
        SetupError: it cannot be read, is in use, is not a portal, or is corrupt.
    """
    check_header(path)
    try:
        with closing(sqlite3.connect(path, timeout=_SECONDS_TO_WAIT)) as connection:
            connection.execute("BEGIN")
            check_tables(connection)
            yield connection
    except (sqlite3.Error, Damaged) as error:
        raise _cannot_open(path, error) from None


def write_file(path: Path, content: bytes) -> None:
    """Put a database into a file, which a crash leaves as it was, or leaves written.

    Raises:
        OSError: the directory cannot be written.
        SetupError: there is a file that is not a portal, or that another mock uses.
    """
    with file_to_replace(path) as temporary:
        temporary.write_bytes(content)


@contextmanager
def file_to_replace(path: Path) -> Iterator[Path]:
    """Yield an empty file to write a database into, which replaces `path` at the end of the block.

    Raises:
        OSError: the directory cannot be written.
        SetupError: there is a file that is not a portal, or that another mock uses.
    """
    if path.exists():
        check_header(path)
        _recover(path)
    for name in _BESIDE:
        # SQLite would take the journal of a file that is gone for one of the new file.
        Path(f"{path}{name}").unlink(missing_ok=True)
    with replacing(path, durable=True) as temporary:
        yield temporary


def _recover(path: Path) -> None:
    """Roll back what a crash has left half done, however damaged the rest is.

    Raises:
        SetupError: another mock uses the file.
    """
    try:
        with closing(sqlite3.connect(path, timeout=_SECONDS_TO_WAIT)) as connection:
            connection.execute("BEGIN EXCLUSIVE")
            connection.rollback()
    except sqlite3.OperationalError as error:
        raise _cannot_open(path, error) from None
    except sqlite3.DatabaseError:
        pass  # it is about to be replaced


def _cannot_open(path: Path, error: BaseException) -> BaseException:
    """Return what to raise for an error of opening, reading or checking a file."""
    if isinstance(error, sqlite3.OperationalError) and _is_of_the_system(error):
        return SetupError(
            f"The database {path} cannot be opened ({error}); is another mock using it?"
        )
    if isinstance(error, sqlite3.DatabaseError | Damaged):
        return SetupError(
            f"The database {path} is corrupt ({error}); restore it or name another.",
            at=getattr(error, "at", ""),
        )
    return error


def _is_of_the_system(error: sqlite3.OperationalError) -> bool:
    """Return whether an error is of the file's access, and not of what is in it."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    return code not in (sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CORRUPT)


def _close(connection: sqlite3.Connection | None) -> None:
    if connection is not None:
        with suppress(sqlite3.Error):
            connection.rollback()
        connection.close()
