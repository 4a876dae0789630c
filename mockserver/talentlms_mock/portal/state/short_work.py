"""Work that may be done on an event loop, although it looks as if it could block one."""

from asyncio.events import _get_running_loop, _set_running_loop
from types import TracebackType


class short_work:  # noqa: N801  # used like a function, and no generator: it is in every request
    """Let nobody think that an event loop waits for what is done in the block.

    SQLite in memory answers in tens of microseconds, also on the loop of a test that calls the
    portal's handle. Tools that look for blocking calls report every use of SQLite where a loop
    runs in the thread, so none seems to run. Nothing in the block may await.
    """

    __slots__ = ("_running",)

    def __enter__(self) -> None:
        self._running = _get_running_loop()
        _set_running_loop(None)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        _set_running_loop(self._running)
