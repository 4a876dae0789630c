"""Running a program: its status is ours, and so are its signals."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from talentlms_mock.cli.program import CannotRun, _in_foreground, run

pytestmark = pytest.mark.skipif(os.name == "nt", reason="POSIX statuses and signals")

_TIME_LIMIT = 30

# Runs the words behind it as `run` does, in a session of its own: no terminal is in the way.
_RUN = """
import os, sys
from talentlms_mock.cli.program import run
sys.exit(run(sys.argv[1:], os.environ))
"""

# Says that it is ready, and which signal came. Signals are blocked and waited for here and below,
# since between the last look of a Python loop and its sleep a signal would go unnoticed.
_WAITS = """
import signal, sys
names = ("SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1")
awaited = {getattr(signal, name) for name in names}
awaited = {number for number in awaited if signal.getsignal(number) is not signal.SIG_IGN}
signal.pthread_sigmask(signal.SIG_BLOCK, awaited)
print("ready", flush=True)
print(signal.Signals(signal.sigwait(awaited)).name, flush=True)
sys.exit(3)
"""


@pytest.mark.parametrize("status", [0, 1, 7, 255])
def test_status_is_that_of_the_program(status: int) -> None:
    assert run([sys.executable, "-c", f"raise SystemExit({status})"], os.environ) == status


def test_program_that_dies_of_a_signal_has_the_status_that_a_shell_gives() -> None:
    script = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"

    assert run([sys.executable, "-c", script], os.environ) == 128 + signal.SIGKILL


def test_program_is_found_on_the_path_that_it_gets(tmp_path: Path) -> None:
    program = tmp_path / "hello"
    program.write_text('#!/bin/sh\nexit "$STATUS"\n')
    program.chmod(0o755)

    assert run(["hello"], {"PATH": f"{tmp_path}:/usr/bin:/bin", "STATUS": "9"}) == 9


def test_program_that_does_not_exist_is_named() -> None:
    with pytest.raises(CannotRun) as refused:
        run(["no-such-program"], os.environ)
    assert (str(refused.value), refused.value.status) == (
        "There is no command 'no-such-program'.",
        127,
    )


def test_file_that_is_no_program_is_named(tmp_path: Path) -> None:
    file = tmp_path / "data"
    file.write_text("")
    with pytest.raises(CannotRun) as refused:
        run([str(file)], os.environ)
    assert (str(refused.value), refused.value.status) == (
        f"Cannot run {str(file)!r}: Permission denied.",
        126,
    )


def test_handlers_are_given_back() -> None:
    def handler(number: int, frame: object) -> None:
        raise AssertionError(number)

    before = signal.signal(signal.SIGUSR1, handler)
    try:
        run([sys.executable, "-c", ""], os.environ)
        assert signal.getsignal(signal.SIGUSR1) is handler
    finally:
        signal.signal(signal.SIGUSR1, before)


# Sends its parent all signals but the last, and says by its status which came back first.
_ECHO = """
import os, signal, sys
numbers = [getattr(signal, name) for name in sys.argv[1:]]
signal.pthread_sigmask(signal.SIG_BLOCK, numbers)
for number in numbers[:-1]:
    os.kill(os.getppid(), number)
sys.exit(signal.sigwait(numbers))
"""


def _first_back(*names: str, but_wait_for: str | None = None) -> int:
    return run([sys.executable, "-c", _ECHO, *names, but_wait_for or names[-1]], os.environ)


def test_signal_of_the_program_itself_comes_back_to_it() -> None:
    assert _first_back("SIGUSR1") == signal.SIGUSR1


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this process have a terminal, whatever runs the tests."""
    original = os.open

    def open_terminal(path: str, flags: int) -> int:
        assert path == "/dev/tty"
        return original(os.devnull, flags)

    monkeypatch.setattr("talentlms_mock.cli.program.os.open", open_terminal)


@pytest.mark.usefixtures("terminal")
def test_interrupt_is_passed_on_from_the_background(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("talentlms_mock.cli.program.os.tcgetpgrp", lambda terminal: -1)

    assert _first_back("SIGINT") == signal.SIGINT


@pytest.mark.usefixtures("terminal")
def test_ctrl_c_is_left_to_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    def tcgetpgrp(terminal: int) -> int:
        os.kill(os.getpid(), signal.SIGUSR1)  # ends the program, had the interrupt not
        return os.getpgrp()

    monkeypatch.setattr("talentlms_mock.cli.program.os.tcgetpgrp", tcgetpgrp)
    assert _first_back("SIGINT", but_wait_for="SIGUSR1") == signal.SIGUSR1


def test_interrupt_is_passed_on_where_there_is_no_terminal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def open_terminal(path: str, flags: int) -> int:
        raise OSError(6, "No such device or address")

    monkeypatch.setattr("talentlms_mock.cli.program.os.open", open_terminal)
    assert _first_back("SIGINT") == signal.SIGINT


def test_windows_has_no_other_terminal_than_that_of_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr("talentlms_mock.cli.program.os.tcgetpgrp")

    assert _in_foreground()


def test_signal_that_others_wait_for_is_theirs_alone() -> None:
    came = []
    before = signal.signal(signal.SIGWINCH, lambda number, frame: came.append(number))
    try:
        assert _first_back("SIGWINCH", "SIGUSR1") == signal.SIGUSR1
    finally:
        signal.signal(signal.SIGWINCH, before)
    assert came == [signal.SIGWINCH]


def test_ignored_signal_is_not_handled() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        look = "import signal, sys; sys.exit(signal.getsignal(signal.SIGHUP) is signal.SIG_IGN)"
        assert run([sys.executable, "-c", look], os.environ) == 1
    finally:
        signal.signal(signal.SIGHUP, before)


def _start(*words: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [*words, sys.executable, "-c", _RUN, sys.executable, "-c", _WAITS],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1"])
def test_signals_are_passed_on(name: str) -> None:
    with _start() as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(getattr(signal, name))
        assert process.stdout.read() == f"{name}\n"
        assert process.wait(_TIME_LIMIT) == 3


def test_signal_that_is_ignored_stays_so() -> None:
    with _start("nohup") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGHUP)
        process.send_signal(signal.SIGTERM)
        assert process.stdout.read() == "SIGTERM\n"
        assert process.wait(_TIME_LIMIT) == 3


def test_signal_that_comes_before_the_program_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    original = subprocess.Popen

    def popen(*arguments: object, **options: object) -> "subprocess.Popen[bytes]":
        os.kill(os.getpid(), signal.SIGTERM)
        return original(*arguments, **options)  # type: ignore[call-overload,no-any-return]

    monkeypatch.setattr("talentlms_mock.cli.program.subprocess.Popen", popen)
    assert run(["sleep", "60"], os.environ) == 128 + signal.SIGTERM


def test_ctrl_c_in_a_terminal_is_not_sent_twice() -> None:
    pty = pytest.importorskip("pty", reason="needs a terminal")
    # Counts, since the terminal sends it to every process in the foreground.
    counts = (
        "import signal, sys\n"
        "awaited, n = {signal.SIGINT, signal.SIGTERM}, 0\n"
        "signal.pthread_sigmask(signal.SIG_BLOCK, awaited)\n"
        "print('ready', flush=True)\n"
        "while signal.sigwait(awaited) == signal.SIGINT:\n"
        "    n += 1\n"
        "    print('got', n, flush=True)\n"
        "sys.exit(n)\n"
    )
    # The first terminal that the leader of a session opens becomes its own.
    take_terminal = "import os; os.close(os.open(os.ttyname(0), os.O_RDWR))"
    terminal, its_end = pty.openpty()
    try:
        with subprocess.Popen(
            [sys.executable, "-c", take_terminal + _RUN, sys.executable, "-c", counts],
            stdin=its_end,
            stdout=its_end,
            start_new_session=True,
        ) as process:
            with _killed_in_time(process):
                _read_until(terminal, b"ready")
                os.write(terminal, b"\x03")
                _read_until(terminal, b"got 1")
                process.terminate()
            assert process.wait(_TIME_LIMIT) == 1
    finally:
        os.close(terminal)
        os.close(its_end)


@contextmanager
def _killed_in_time(process: "subprocess.Popen[bytes]") -> Iterator[None]:
    timer = threading.Timer(_TIME_LIMIT, process.kill)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _read_until(terminal: int, expected: bytes) -> None:
    received = b""
    while expected not in received:
        received += os.read(terminal, 1024)
