"""Runs another program as a shell would: signals are passed on, and its status is returned."""

import os
import shutil
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from types import FrameType

from talentlms_mock.errors import MockError

NOT_FOUND = 127
NOT_EXECUTABLE = 126
_BY_SIGNAL = 128

_PASSED_ON = {
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2")
    if hasattr(signal, name)  # Windows has few
}
_OF_THE_TERMINAL = ("SIGINT", "SIGQUIT")
_END = b"\0"


class CannotRun(MockError):
    """The program cannot be started; `status` is the exit status of a shell."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


def run(words: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run a program to its end, pass signals on to it, and return its status as a shell would.

    Raises:
        CannotRun: it does not exist, or cannot be executed.
    """
    program = shutil.which(words[0], path=environment.get("PATH")) or words[0]
    with _signals_caught() as (reader, writer):
        try:
            process = subprocess.Popen(  # noqa: S603  # the user asked for it
                [program, *words[1:]], env=dict(environment)
            )
        except FileNotFoundError:
            raise CannotRun(f"There is no command {words[0]!r}.", NOT_FOUND) from None
        except OSError as error:
            message = f"Cannot run {words[0]!r}: {error.strerror}."
            raise CannotRun(message, NOT_EXECUTABLE) from None
        thread = threading.Thread(target=_pass_on, args=(reader, process))
        thread.start()
        status = process.wait()
        writer.send(_END)
        thread.join()
    return status if status >= 0 else _BY_SIGNAL - status


@contextmanager
def _signals_caught() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Yield a pair of sockets; the numbers of signals that arrive can be read from the first.

    A Python handler could not pass them on: it runs between two bytecodes, so one for a signal that
    arrives just before the wait for the program would run only after the program has ended.
    """
    before = {number: signal.getsignal(number) for number in _PASSED_ON}
    reader, writer = socket.socketpair()
    with reader, writer:
        writer.setblocking(False)
        former = signal.set_wakeup_fd(writer.fileno())
        try:
            for number, handler in before.items():
                if handler is not signal.SIG_IGN:  # nohup: the program should ignore it too
                    signal.signal(number, _catch)
            yield reader, writer
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
            signal.set_wakeup_fd(former)


def _catch(number: int, frame: FrameType | None) -> None:
    """Do nothing: a signal without a handler is not caught."""


def _pass_on(reader: socket.socket, process: "subprocess.Popen[bytes]") -> None:
    while (caught := reader.recv(1)) != _END:
        number = caught[0]
        if number not in _PASSED_ON:
            continue  # not one of ours
        # The terminal sends Ctrl-C to the process as well.
        if signal.Signals(number).name not in _OF_THE_TERMINAL or not _in_foreground():
            process.send_signal(number)


def _in_foreground() -> bool:
    """Return whether the terminal sends its signals to this process."""
    if not hasattr(os, "tcgetpgrp"):
        return True  # Windows sends them to all processes of the console
    with suppress(OSError):
        terminal = os.open("/dev/tty", os.O_RDONLY)
        try:
            return os.tcgetpgrp(terminal) == os.getpgrp()
        finally:
            os.close(terminal)
    return False
