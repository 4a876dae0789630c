"""Running the server's event loop, and ending it: by signals, and without warnings."""

import asyncio
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from typing import TYPE_CHECKING, Any

from talentlms_mock.portal.state.clock import stopwatch

if TYPE_CHECKING:
    from talentlms_mock.serving.ports import Ports


def run(
    server: "Ports",
    *,
    on_loop: Callable[[asyncio.AbstractEventLoop | None], None],
    until_signal: bool,
) -> None:
    """Run `server` in an event loop of its own until it is stopped.

    Args:
        server: what to run.
        on_loop: is called with the loop before it runs, and with None after it.
        until_signal: stop on Ctrl-C, SIGTERM and SIGHUP; in the main thread alone.
    """
    runner = asyncio.Runner(loop_factory=server.config.get_loop_factory())
    loop = runner.get_loop()
    on_loop(loop)
    if isinstance(loop, asyncio.BaseEventLoop):
        # A test that freezes its own time would stop the timers, unless they are uvloop's.
        loop.time = stopwatch  # type: ignore[method-assign]
    try:
        with stopped_by_signals(loop, server.stop) if until_signal else nullcontext():
            runner.run(server.serve())
    finally:
        on_loop(None)
        close(runner)


def close(runner: "asyncio.Runner") -> None:
    """Close the loop of `runner` with everything left in it."""
    # A connection whose TLS handshake never ended cannot be reached before the loop
    # closes. uvloop warns about it then, and hangs forever where warnings are errors.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        runner.close()


def ending_signals() -> list[signal.Signals]:
    """Return the signals that end the server: Ctrl-C, SIGTERM, SIGHUP unless nohup ignores it."""
    found = [signal.SIGINT, signal.SIGTERM]
    if sys.platform != "win32" and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        found.append(signal.SIGHUP)
    return found


@contextmanager
def interrupted_by_signals() -> Iterator[None]:
    """Raise KeyboardInterrupt in the main thread for a signal that ends the server."""
    if threading.current_thread() is not threading.main_thread():
        yield  # which gets no signals
        return
    before = {number: signal.getsignal(number) for number in ending_signals()}
    for number in before:
        signal.signal(number, signal.default_int_handler)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def stopped_by_signals(loop: asyncio.AbstractEventLoop, stop: Callable[[], Any]) -> Iterator[None]:
    """Call `stop` on the loop's thread on Ctrl-C, SIGTERM or SIGHUP within the block."""
    before = {number: signal.getsignal(number) for number in ending_signals()}
    for number in before:
        try:
            loop.add_signal_handler(number, stop)
        except NotImplementedError:  # Windows
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop))
    try:
        yield
    finally:
        with suppress(NotImplementedError):
            for number in before:
                loop.remove_signal_handler(number)
        for number, handler in before.items():
            signal.signal(number, handler)
