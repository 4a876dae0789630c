"""Seeded portals, ready to be copied: made once, kept in the process and on disk.

A file holds the digest of a serialised database, and then the database. Whatever decides the
content decides the file's name, so a file is never out of date; one that is damaged is made
again. Where nothing can be written, each process makes the portal again.
"""

import hashlib
import os
import sqlite3
from collections import OrderedDict
from contextlib import closing, suppress
from datetime import UTC, date, datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path
from threading import Lock

from talentlms_mock.errors import SetupError
from talentlms_mock.paths import data_dir, private_directory, write_whole
from talentlms_mock.portal.seed.definition import Definition
from talentlms_mock.portal.store.schema import SCHEMA_VERSION

FILES_KEPT = 20
BYTES_KEPT = 1 << 30
"""The newest files are kept, as long as they are no more and no larger than this."""

_KEPT_IN_PROCESS = 32
_DIGEST_BYTES = hashlib.sha256().digest_size
_SOURCES = ("seed", "store", "rules")
"""The folders whose code decides what a seeded database contains."""

_Key = tuple[str, int, int, date]

_in_process: OrderedDict[_Key, bytes] = OrderedDict()
_lock = Lock()


def template(definition: Definition, *, users: int, seed: int, at: datetime) -> bytes:
    """Return the serialised database of a seeded portal; the arguments are those of `build`."""
    key = (definition.fingerprint, users, seed, at.astimezone(UTC).date())
    with _lock:
        content = _in_process.get(key)
        if content is None:
            content = _in_process[key] = _from_disk(definition, key, at)
            if len(_in_process) > _KEPT_IN_PROCESS:
                _in_process.popitem(last=False)
        else:
            _in_process.move_to_end(key)
    return content


def forget() -> None:
    """Forget the templates kept in the process; those on disk stay."""
    with _lock:
        _in_process.clear()


def _from_disk(definition: Definition, key: _Key, at: datetime) -> bytes:
    """Return the template from its file, which is made when it is missing or damaged."""
    _, users, seed, _ = key
    file = _file(key)
    content = None if file is None else _read(file)
    if content is None:
        content = _made(definition, users=users, seed=seed, at=at)
        if file is not None:
            _write(file, content)
    return content


def _made(definition: Definition, *, users: int, seed: int, at: datetime) -> bytes:
    from talentlms_mock.portal.seed import (  # noqa: PLC0415  # only a miss pays for the import
        build,
    )

    with closing(sqlite3.connect(":memory:")) as database:
        database.execute("PRAGMA journal_mode = OFF")
        build.build_in(database, definition, users=users, seed=seed, at=at)
        return database.serialize()


def _file(key: _Key) -> Path | None:
    facts = "\n".join(map(str, (*key, SCHEMA_VERSION, _sources())))
    name = hashlib.sha256(facts.encode()).hexdigest()[:32]
    try:
        return private_directory(data_dir() / "templates") / f"{name}.template"
    except SetupError:
        return None


@cache
def _sources() -> str:
    """Return a digest of the code that seeds, and of the version of Faker."""
    digest = hashlib.sha256(version("faker").encode())
    portal = Path(__file__).parents[1]
    for source in sorted(file for name in _SOURCES for file in (portal / name).glob("*.py")):
        digest.update(source.read_bytes())
    return digest.hexdigest()


def _read(file: Path) -> bytes | None:
    try:
        whole = file.read_bytes()
    except OSError:
        return None
    digest, content = whole[:_DIGEST_BYTES], whole[_DIGEST_BYTES:]
    if hashlib.sha256(content).digest() != digest:
        return None
    with suppress(OSError):
        os.utime(file)  # what is in use counts as new
    return content


def _write(file: Path, content: bytes) -> None:
    with suppress(OSError):
        write_whole(file, hashlib.sha256(content).digest() + content)
        _remove_old(file.parent)


def _remove_old(directory: Path) -> None:
    files = [(path.stat(), path) for path in directory.iterdir() if path.is_file()]
    files.sort(key=lambda file: file[0].st_mtime_ns, reverse=True)
    total = 0
    for count, (status, path) in enumerate(files, 1):
        total += status.st_size
        if count > FILES_KEPT or (total > BYTES_KEPT and count > 1):
            path.unlink(missing_ok=True)
