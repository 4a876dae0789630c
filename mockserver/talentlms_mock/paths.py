"""The data directory of the mock, and writing files in it safely."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from platformdirs import user_data_dir

from talentlms_mock.errors import SetupError

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

DATA_DIR_VARIABLE = "TALENTLMS_MOCK_DATA_DIR"

_PERMISSIONS, _OF_OTHERS = 0o777, 0o077


def data_dir() -> Path:
    """Return the directory of this user's authority and templates; make it if it is missing.

    The environment variable TALENTLMS_MOCK_DATA_DIR replaces it.

    Raises:
        SetupError: it cannot be made.
    """
    path = Path(os.environ.get(DATA_DIR_VARIABLE) or _of_user())
    # Without asking for the current directory, which may be gone.
    return private_directory(path if path.is_absolute() else path.absolute())


def _of_user() -> str:
    try:
        path = user_data_dir("talentlms-mock", appauthor=False)
    except (RuntimeError, KeyError, OSError):
        path = "~"
    if path.startswith("~"):  # as is what cannot be expanded
        raise SetupError(
            "This user has no home directory (HOME is not set): name a directory for the mock's "
            f"files with the environment variable {DATA_DIR_VARIABLE}."
        )
    return path


def private_directory(path: Path) -> Path:
    """Return the directory `path`; make it, readable only by its owner, if it is missing.

    Raises:
        SetupError: it cannot be made.
    """
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise cannot_write(path, error) from None
    return path


def cannot_write(path: Path, error: OSError) -> SetupError:
    """Return the error for a `path` that cannot be written, with what to do about it."""
    return SetupError(
        f"Cannot write {path} ({error.strerror or error}): make it writable, or name another "
        f"directory with the environment variable {DATA_DIR_VARIABLE}."
    )


def keep_private(path: Path) -> bool:
    """Take a file with a key from all others who may read it, and return whether it exists.

    Raises:
        SetupError: others may read it, and this user may not change that.
        OSError: it cannot be looked at.
    """
    if sys.platform == "win32":
        return path.exists()
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return False
    if mode & _OF_OTHERS:
        try:
            path.chmod(mode & ~_OF_OTHERS & _PERMISSIONS)
        except OSError:
            raise SetupError(
                f"Other users can read the private key in {path}: let its owner run chmod 600, or "
                f"name another directory with the environment variable {DATA_DIR_VARIABLE}."
            ) from None
    return True


@contextmanager
def replacing(path: Path, *, mode: int = 0o600, durable: bool = False) -> Iterator[Path]:
    """Yield an empty file to write, which replaces `path` when the block ends.

    Readers of `path` see the old content or the new, never a part. An exception in the block
    leaves `path` unchanged; with `durable`, so does a crash of the machine.

    Raises:
        OSError: the directory cannot be written.
    """
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    os.close(descriptor)
    temporary = Path(name)
    try:
        yield temporary
        temporary.chmod(mode)
        if durable:
            _flush(temporary)
        temporary.replace(path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise


def _flush(path: Path) -> None:
    """Wait until the disk has what was written into a file."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def write_whole(path: Path, content: bytes, *, mode: int = 0o600) -> None:
    """Write a file as `replacing` does.

    Raises:
        OSError: the directory cannot be written.
    """
    with replacing(path, mode=mode) as temporary:
        temporary.write_bytes(content)


@contextmanager
def exclusive(path: Path, *, wait: bool = True) -> Iterator[None]:
    """Hold the lock file `path` against all other processes; a crash releases it.

    Args:
        path: of the file, which is made if it is missing.
        wait: until another process releases it.

    Raises:
        OSError: the lock file cannot be opened, or another process holds it.
    """
    with path.open("ab") as file:
        _lock(file, wait=wait)
        yield  # closing the file unlocks it


def _lock(file: BinaryIO, *, wait: bool) -> None:
    if sys.platform == "win32":
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
    else:
        fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
