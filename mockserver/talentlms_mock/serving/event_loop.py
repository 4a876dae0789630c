"""Ending the server's event loop: by signals, and without warnings."""

import asyncio
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any


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
