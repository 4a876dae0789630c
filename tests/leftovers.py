"""What a test leaves behind: the threads and open files that were not there before it.

The process is shared with all other tests, and what they left running, like a thread or a
connection, ends at some time. That changes the number of all threads and of all files, so only
what is new is compared.
"""

import gc
import os
import threading
import warnings
from contextlib import suppress
from pathlib import Path

_FILES = Path("/proc/self/fd")


class Leftovers:
    """The threads and files that this process has opened since this was made, and has still."""

    def __init__(self) -> None:
        _collect()
        self._threads = set(threading.enumerate())
        self._files = _open_files()

    @property
    def threads(self) -> list[str]:
        """The names of the new threads that run."""
        return [thread.name for thread in threading.enumerate() if thread not in self._threads]

    @property
    def files(self) -> list[str]:
        """The new files that are open, as number and target; none where there is no /proc."""
        _collect()
        return sorted(_open_files() - self._files)


def _collect() -> None:
    with warnings.catch_warnings():
        # An object of another test that is only collected here may still hold a socket.
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


def _open_files() -> set[str]:
    found = set()
    if _FILES.exists():
        for number in os.listdir(_FILES):
            with suppress(OSError):  # it was the directory itself, or has just been closed
                found.add(f"{number} -> {os.readlink(_FILES / number)}")
    return found
