"""What is counted after a test is its own."""

import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.leftovers import Leftovers

needs_proc = pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")


@pytest.fixture
def threads() -> Iterator[ExitStack]:
    """Threads that end when the stack is closed."""
    with ExitStack() as stack:
        yield stack


def _start(stack: ExitStack, name: str) -> None:
    end = threading.Event()
    thread = threading.Thread(target=end.wait, name=name)
    thread.start()
    stack.callback(thread.join)
    stack.callback(end.set)


def test_a_thread_of_another_test_that_ends_is_no_difference(threads: ExitStack) -> None:
    with ExitStack() as others:
        _start(others, "of another test")
        leftovers = Leftovers()
        assert leftovers.threads == []
    assert leftovers.threads == []


def test_a_thread_that_is_left_is_named(threads: ExitStack) -> None:
    leftovers = Leftovers()
    _start(threads, "left")
    assert leftovers.threads == ["left"]
    threads.close()
    assert leftovers.threads == []


def test_a_file_of_another_test_that_is_closed_is_no_difference() -> None:
    with socket.socket():
        leftovers = Leftovers()
    assert leftovers.files == []


@needs_proc
def test_a_file_that_is_left_is_named() -> None:
    leftovers = Leftovers()
    with socket.socket() as left:
        (name,) = leftovers.files
        assert name.startswith(f"{left.fileno()} -> socket:[")
    assert leftovers.files == []
