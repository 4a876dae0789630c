"""What an import has read so far, in a file, so that one that was stopped continues there.

The file has cleaned responses only, in which tokens stand for what is replaced, and the secret with
which they were made. It is readable by its owner alone, and deleted at the end.
"""

import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson

from talentlms_mock.errors import SetupError
from talentlms_mock.verify.importing.notes import Notes
from talentlms_mock.verify.importing.reads import Read

_FORMAT = 1
_APPLICATION_ID = 0x544C4D49
_TABLES = """
CREATE TABLE facts (name TEXT PRIMARY KEY, value BLOB NOT NULL);
CREATE TABLE done (target TEXT PRIMARY KEY, total INTEGER NOT NULL);
CREATE TABLE found (
    path TEXT NOT NULL, ids TEXT NOT NULL, row INTEGER NOT NULL, content BLOB NOT NULL,
    PRIMARY KEY (path, ids, row)
) WITHOUT ROWID;
CREATE TABLE notes (place TEXT, what TEXT, times INTEGER, PRIMARY KEY (place, what));
"""
_ENOUGH = 3
"""How many refusals of a read say that the portal does not give it."""
_BESIDE = ("", "-journal", "-wal", "-shm")


class Kept:
    """Cleaned responses by their reads, in a file or in memory.

    Each response is written at once, together with that it was read.

    Args:
        path: of the file; None is in memory.

    Raises:
        SetupError: the file is none of an import, or cannot be written.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self.is_new = path is None or not path.exists()
        if path is not None and self.is_new:
            _make_private(path)
        try:
            self._database = sqlite3.connect(
                ":memory:" if path is None else path, isolation_level=None
            )
            if path is not None:  # each response survives a crash, without a wait for the disk
                self._database.execute("PRAGMA journal_mode = WAL").fetchone()
                self._database.execute("PRAGMA synchronous = NORMAL")
            if self.is_new:
                self._database.executescript(_TABLES)
                self._database.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
                self.write_fact("format", _FORMAT)
            elif self._is_foreign():
                raise sqlite3.DatabaseError
        except sqlite3.Error:
            raise SetupError(
                f"{path} was not written by an import: remove it to begin again."
            ) from None

    def _is_foreign(self) -> bool:
        (id,) = self._database.execute("PRAGMA application_id").fetchone()
        return bool(id != _APPLICATION_ID) or self.fact("format") != _FORMAT

    def fact(self, name: str) -> Any:
        """Return a fact of the run; None where it is not known."""
        row = self._database.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return None if row is None else orjson.loads(row[0])

    def write_fact(self, name: str, value: object) -> None:
        """Keep a fact of the run."""
        self._database.execute(
            "INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, orjson.dumps(value))
        )

    def refuse(self, read: Read) -> None:
        """Count that a portal does not give a read."""
        name = _refusals(read)
        self.write_fact(name, (self.fact(name) or 0) + 1)

    def is_refused(self, read: Read) -> bool:
        """Return whether a portal never gave a read, and was asked often enough."""
        if (self.fact(_refusals(read)) or 0) < _ENOUGH:
            return False
        query = "SELECT 1 FROM found WHERE path = ? LIMIT 1"
        return self._database.execute(query, (read.path,)).fetchone() is None

    def pages(self, target: str) -> int | None:
        """Return how many pages a list has of which this one was read; 0 where there was nothing,
        None where it was not read.
        """
        found = self._database.execute("SELECT total FROM done WHERE target = ?", (target,))
        row = found.fetchone()
        return None if row is None else int(row[0])

    def add(
        self, target: str, pages: int, read: Read, ids: tuple[int, ...], rows: Mapping[int, Any]
    ) -> None:
        """Keep a response, and that it was read.

        Args:
            target: the path and query.
            pages: how many the list has; 1 of what is no list.
            read: that it is of.
            ids: in the path and query.
            rows: each by its id in the list, or by 0.
        """
        of = ",".join(map(str, ids))
        with self._writing():
            self._database.executemany(
                "INSERT OR REPLACE INTO found VALUES (?, ?, ?, ?)",
                [(read.path, of, id, orjson.dumps(row)) for id, row in rows.items()],
            )
            self._database.execute("INSERT OR REPLACE INTO done VALUES (?, ?)", (target, pages))

    def skip(self, target: str) -> None:
        """Keep that a read was tried and gave nothing that comes in."""
        self._database.execute("INSERT OR REPLACE INTO done VALUES (?, 0)", (target,))

    def _writing(self) -> "_Transaction":
        return _Transaction(self._database)

    def rows(self, read: Read) -> Iterator[tuple[tuple[int, ...], int, Any]]:
        """Yield each row of a read by the ids in its path, and by its own id, in their order."""
        query = "SELECT ids, row, content FROM found WHERE path = ?"
        found = [
            (tuple(int(id) for id in ids.split(",") if id), row, orjson.loads(content))
            for ids, row, content in self._database.execute(query, (read.path,))
        ]
        yield from sorted(found, key=lambda one: one[:2])

    def every_row(self) -> Iterator[Any]:
        """Yield the rows of all reads."""
        for (content,) in self._database.execute("SELECT content FROM found"):
            yield orjson.loads(content)

    def own_ids(self, read: Read) -> list[int]:
        """Return the ids of the rows of a list, in their order."""
        query = "SELECT DISTINCT row FROM found WHERE path = ? ORDER BY row"
        return [id for (id,) in self._database.execute(query, (read.path,))]

    @property
    def count(self) -> int:
        """How many responses were read."""
        (found,) = self._database.execute("SELECT count(*) FROM done").fetchone()
        return int(found)

    def write_notes(self, notes: Notes) -> None:
        """Keep the notes of this run with those of runs before."""
        self._database.executemany(
            "INSERT INTO notes VALUES (?, ?, ?) "
            "ON CONFLICT (place, what) DO UPDATE SET times = times + excluded.times",
            [(note.where, note.what, times) for note, times in notes],
        )

    def read_notes(self, notes: Notes) -> None:
        """Add the notes that were kept."""
        for where, what, times in self._database.execute("SELECT * FROM notes"):
            notes.add(where, what, times)

    def close(self) -> None:
        """Close the file, which stays."""
        self._database.close()

    def remove(self) -> None:
        """Close the file and delete it, with the secret."""
        self.close()
        if self.path is not None:
            for name in _BESIDE:
                with suppress(FileNotFoundError):
                    Path(f"{self.path}{name}").unlink()


def _refusals(read: Read) -> str:
    return f"refused {read.path}"


class _Transaction:
    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def __enter__(self) -> None:
        self._database.execute("BEGIN")

    def __exit__(self, kind: type[BaseException] | None, *more: object) -> None:
        self._database.execute("COMMIT" if kind is None else "ROLLBACK")


def _make_private(path: Path) -> None:
    """Make an empty file that its owner alone can read."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except OSError as error:
        raise SetupError(f"Cannot write {path}: {error.strerror}.") from None
