"""Ending the server's event loop: by signals, and without warnings."""

import asyncio
import signal
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


@contextmanager
def stopped_by_signals(loop: asyncio.AbstractEventLoop, stop: Callable[[], Any]) -> Iterator[None]:
    """Call `stop` on the loop's thread on Ctrl-C or SIGTERM within the block."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
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
