"""Seeded portals, ready to be copied: made once, kept in the process and on disk.

A file holds the digest of a serialised database, and then the database. Whatever decides the
content decides the file's name, so a file is never out of date; one that is damaged is made
again. Where nothing can be written, each process makes the portal again.
"""

import hashlib
import logging
import os
import sqlite3
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from contextvars import ContextVar
from datetime import UTC, date, datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path
from threading import Lock

from talentlms_mock.errors import SetupError
from talentlms_mock.paths import data_dir, private_directory, write_whole
from talentlms_mock.portal.seed.definition import Definition
from talentlms_mock.portal.state.clock import stopwatch
from talentlms_mock.portal.store.schema import SCHEMA_VERSION

log = logging.getLogger("talentlms_mock")

FILES_KEPT = 20
BYTES_KEPT = 1 << 30
"""The newest files are kept, as long as they are no more and no larger than this."""

BYTES_KEPT_IN_PROCESS = 256 << 20

_KEPT_IN_PROCESS = 32
_SLOW = 1.0
"""Seconds of seeding after which it is said what takes so long."""
_DIGEST_BYTES = hashlib.sha256().digest_size
_SOURCES = ("seed", "store", "rules")
"""The folders whose code decides what a seeded database contains."""

_Key = tuple[str, int, int, date]

_in_process: OrderedDict[_Key, bytes] = OrderedDict()
_lock = Lock()
_making: dict[_Key, Lock] = {}
_is_stopped: ContextVar[Callable[[], bool] | None] = ContextVar("is_stopped", default=None)


@contextmanager
def stopped_when(is_stopped: Callable[[], bool]) -> Iterator[None]:
    """Stop seeding in this context with a `SetupError` as soon as `is_stopped` returns True."""
    token = _is_stopped.set(is_stopped)
    try:
        yield
    finally:
        _is_stopped.reset(token)


def template(definition: Definition, *, users: int, seed: int, at: datetime) -> bytes:
    """Return the serialised database of a seeded portal; the arguments are those of `build`."""
    key = (definition.fingerprint, users, seed, at.astimezone(UTC).date())
    try:
        # Nobody waits for a template but those who need the same one.
        with _making.setdefault(key, Lock()):
            content = _in_process.get(key)
            if content is None:
                content = _from_disk(definition, key, at)
            _keep(key, content)
    finally:
        _making.pop(key, None)
    return content


def _keep(key: _Key, content: bytes) -> None:
    with _lock:
        _in_process[key] = content
        _in_process.move_to_end(key)
        while len(_in_process) > _KEPT_IN_PROCESS or _too_large():
            _in_process.popitem(last=False)


def _too_large() -> bool:
    return len(_in_process) > 1 and sum(map(len, _in_process.values())) > BYTES_KEPT_IN_PROCESS


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
        progress = _Word(users)
        build.build_in(database, definition, users=users, seed=seed, at=at, progress=progress)
        return database.serialize()


class _Word:
    """Says once that a portal is being seeded, when that takes long; ends it when that is asked."""

    def __init__(self, users: int) -> None:
        self._users = users
        self._since = stopwatch()
        self._said = False
        self._is_stopped = _is_stopped.get()

    def __call__(self, done: int, total: int) -> None:
        if self._is_stopped is not None and self._is_stopped():
            raise SetupError("The server was stopped while it seeded the portal.")
        if done < total and not self._said and stopwatch() - self._since > _SLOW:
            self._said = True
            log.warning(
                "Seeding a portal of %s users, %s of which are done; the next one like it is "
                "ready at once.",
                f"{self._users:,}",
                f"{done:,}",
            )


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
