"""What the server's event loop needs around it: signals that end it, and an end of its own."""

import asyncio
import signal
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any


def close(runner: "asyncio.Runner") -> None:
    """Close the loop of `runner`, with all that is left in it."""
    # A connection whose TLS handshake never ended is out of reach until the loop
    # closes. uvloop warns about it then, and waits for ever where warnings are errors.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        runner.close()


@contextmanager
def stopped_by_signals(loop: asyncio.AbstractEventLoop, stop: Callable[[], Any]) -> Iterator[None]:
    """Call `stop` on the loop's thread when Ctrl-C or SIGTERM comes within the block."""
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
