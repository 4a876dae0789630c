"""Running another program, and being no more than a shell around it."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from types import FrameType

from mockserver.errors import MockError

NOT_FOUND = 127
NOT_EXECUTABLE = 126
_BY_SIGNAL = 128

_PASSED_ON = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2")
_OF_THE_TERMINAL = ("SIGINT", "SIGQUIT")


class CannotRun(MockError):
    """The program cannot be started; `status` is what a shell would exit with."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


def run(words: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run a program to its end, pass signals on to it, and return its status as a shell would.

    Raises:
        CannotRun: it does not exist, or cannot be executed.
    """
    program = shutil.which(words[0], path=environment.get("PATH")) or words[0]
    with _signals_kept() as early:
        try:
            process = subprocess.Popen([program, *words[1:]], env=dict(environment))  # noqa: S603 - asked for
        except FileNotFoundError:
            raise CannotRun(f"There is no command {words[0]!r}.", NOT_FOUND) from None
        except OSError as error:
            message = f"Cannot run {words[0]!r}: {error.strerror}."
            raise CannotRun(message, NOT_EXECUTABLE) from None
        early.attach(process)
        status = process.wait()
    return status if status >= 0 else _BY_SIGNAL - status


class _Signals:
    """Passes signals on to a process, also those that came before it was there."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._waiting: list[int] = []

    def attach(self, process: "subprocess.Popen[bytes]") -> None:
        self._process = process
        for number in self._waiting:
            process.send_signal(number)

    def receive(self, number: int, frame: FrameType | None) -> None:
        if signal.Signals(number).name in _OF_THE_TERMINAL and _in_foreground():
            return  # Ctrl-C: the terminal has sent it to the process too
        if self._process is None:
            self._waiting.append(number)
        else:
            self._process.send_signal(number)


@contextmanager
def _signals_kept() -> Iterator[_Signals]:
    signals = _Signals()
    numbers = [getattr(signal, name) for name in _PASSED_ON if hasattr(signal, name)]
    before = {number: signal.getsignal(number) for number in numbers}
    for number, handler in before.items():
        if handler is not signal.SIG_IGN:  # nohup: the program is to ignore it too
            signal.signal(number, signals.receive)
    try:
        yield signals
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _in_foreground() -> bool:
    """Whether this process belongs to those that a terminal sends its signals to."""
    if not hasattr(os, "tcgetpgrp"):
        return True  # Windows sends them to every process of the console
    with suppress(OSError):
        terminal = os.open("/dev/tty", os.O_RDONLY)
        try:
            return os.tcgetpgrp(terminal) == os.getpgrp()
        finally:
            os.close(terminal)
    return False
