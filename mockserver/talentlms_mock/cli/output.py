"""Writing to a stream that may be slow, full or closed, without ever waiting for it.

A harness often starts the mock with its output in a pipe, waits for the first line, and reads no
further. Once such a pipe is full, a write waits forever; so a thread writes, and what it cannot
write in time is lost and counted.
"""

import logging
import os
import select
import sys
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO

from talentlms_mock.portal.state.clock import stopwatch

WAITING_BYTES = 1024 * 1024
"""The maximum size of what waits to be written."""

CLOSE_SECONDS = 0.3
"""How long the end of the program waits for what is still to be written."""

_PIECE = 4096
_PAUSE = 0.05
_LOST = "talentlms-mock: lost {count:,} line{s} of output here, since nobody read in time.\n"


class Output:
    """The text stream of a console: its `write` returns at once.

    Args:
        stream: where the text goes; None is nowhere, as where standard output is closed.
    """

    def __init__(self, stream: IO[str] | None) -> None:
        self._stream = stream
        self.encoding = getattr(stream, "encoding", None) or "utf-8"
        self._waiting: deque[bytes] = deque()
        self._size = 0
        self._lost = 0
        self._changed = threading.Condition()
        self._ended = False
        self._is_writing = False
        self._thread: threading.Thread | None = None

    def write(self, text: str) -> int:
        """Have a text written, or count its lines where too much waits already."""
        data = text.encode(self.encoding, "backslashreplace")
        with self._changed:
            if self._ended or self._stream is None:
                return len(text)
            if self._size + len(data) > WAITING_BYTES:
                self._lost += text.count("\n")
                return len(text)
            self._report_lost()
            self._add(data)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="output", daemon=True)
                self._thread.start()
            self._changed.notify_all()
        return len(text)

    def flush(self) -> None:
        """Do nothing: the text is written as soon as it can be."""

    def isatty(self) -> bool:
        """Return whether the stream is a terminal."""
        return self._stream is not None and self._stream.isatty()

    def fileno(self) -> int:
        """Return the descriptor of the stream.

        Raises:
            OSError: it has none.
        """
        if self._stream is None:
            raise OSError("the stream is closed")
        return self._stream.fileno()

    def close(self) -> None:
        """Wait for what is still to be written, up to CLOSE_SECONDS, and write no more."""
        deadline = stopwatch() + CLOSE_SECONDS
        with self._changed:
            self._report_lost()
            self._changed.notify_all()
            while self._waiting or self._is_writing:
                remaining = deadline - stopwatch()
                if remaining <= 0 or self._thread is None:
                    break
                self._changed.wait(remaining)
            self._ended = True
            self._changed.notify_all()

    def _report_lost(self) -> None:
        if self._lost:
            text = _LOST.format(count=self._lost, s="s" * (self._lost != 1))
            self._lost = 0
            self._add(text.encode(self.encoding, "backslashreplace"))

    def _add(self, data: bytes) -> None:
        self._waiting.append(data)
        self._size += len(data)

    def _run(self) -> None:
        while (data := self._next()) is not None:
            written = self._write(data)
            with self._changed:
                self._is_writing = False
                if not written:
                    self._lost += data.count(b"\n")
                self._changed.notify_all()

    def _next(self) -> bytes | None:
        with self._changed:
            while not self._waiting:
                if self._ended:
                    return None
                self._changed.wait()
            data = self._waiting.popleft()
            self._size -= len(data)
            self._is_writing = True
            return data

    def _write(self, data: bytes) -> bool:
        """Write everything; return whether that was possible.

        The descriptor is written, not the stream: at its end the interpreter would wait for the
        lock of a stream that this thread is writing.
        """
        assert self._stream is not None
        try:
            if sys.platform == "win32":  # whose consoles have an encoding of their own
                self._stream.write(data.decode(self.encoding))
                self._stream.flush()
                return True
            descriptor = self._stream.fileno()
        except (OSError, ValueError):
            return _write_to(self._stream, data.decode(self.encoding))
        while data:
            try:
                data = data[os.write(descriptor, data[:_PIECE]) :]
            except BlockingIOError:  # the other end of the pipe has made it so
                select.select([], [descriptor], [], _PAUSE)
            except OSError:
                return False
        return True


def _write_to(stream: IO[str], text: str) -> bool:
    with suppress(OSError, ValueError):
        stream.write(text)
        stream.flush()
        return True
    return False


@contextmanager
def outputs() -> Iterator[tuple[Output, Output]]:
    """Give standard output and standard error; what is logged goes to the latter in the block."""
    out, err = Output(sys.stdout), Output(sys.stderr)
    handler = logging.StreamHandler(err)
    handler.setLevel(logging.WARNING)
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        yield out, err
    finally:
        root.removeHandler(handler)
        out.close()
        err.close()
