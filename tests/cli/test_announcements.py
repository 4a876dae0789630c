"""Finding the mock that runs."""

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from talentlms_mock import SetupError
from talentlms_mock.cli.announcements import announced, find
from talentlms_mock.serving.environment import Place
from tests.ports import held_port


@pytest.fixture(autouse=True)
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TALENTLMS_MOCK_DATA_DIR", str(tmp_path))
    return tmp_path / "running"


def _place(listener: socket.socket) -> Place:
    return Place("127.0.0.1", 1, 2, listener.getsockname()[1])


@pytest.fixture
def listeners() -> Iterator[list[socket.socket]]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
    yield sockets
    for listener in sockets:
        listener.close()


def test_mock_is_found_while_it_runs(listeners: list[socket.socket], directory: Path) -> None:
    place = _place(listeners[0])
    with announced(place):
        assert find() == find(place.proxy_port) == place
        (file,) = directory.iterdir()
        assert file.stat().st_mode & 0o777 == 0o600
    assert not list(directory.iterdir())


def test_the_one_started_last_is_found_or_the_one_asked_for(
    listeners: list[socket.socket], directory: Path
) -> None:
    first, second = map(_place, listeners)
    with announced(first), announced(second):
        os.utime(directory / f"{first.proxy_port}.json", ns=(0, 10**9))
        assert find() == second
        assert find(first.proxy_port) == first
        os.utime(directory / f"{second.proxy_port}.json", ns=(0, 0))
        assert find() == first


def test_mock_that_was_killed_is_not_found(listeners: list[socket.socket], directory: Path) -> None:
    alive = _place(listeners[0])
    with held_port() as port, announced(alive), announced(Place("127.0.0.1", 1, 2, port)):
        assert find() == alive
        with pytest.raises(SetupError):
            find(port)


def test_file_that_makes_no_sense_is_passed_over(
    listeners: list[socket.socket], directory: Path
) -> None:
    with announced(_place(listeners[0])):
        (directory / "1.json").write_text("{")
        (directory / "2.json").write_text('{"port": 1}')
        assert find() == _place(listeners[0])


def test_none_that_runs_is_an_error_that_says_what_to_do() -> None:
    with pytest.raises(SetupError) as refused:
        find()
    assert str(refused.value) == (
        "No mock with a proxy runs: start one with `talentlms-mock serve --proxy-port 8888`, or "
        "let `talentlms-mock run -- COMMAND` do it."
    )
    with pytest.raises(SetupError, match=r"^No mock with a proxy runs on port 9999: .* 9999`"):
        find(9999)


def test_one_that_is_starting_is_waited_for(listeners: list[socket.socket]) -> None:
    place = _place(listeners[0])
    with ExitStack() as started:
        timer = threading.Timer(0.2, lambda: started.enter_context(announced(place)))
        timer.start()
        assert find(wait=10) == place
        timer.join()


def test_one_that_does_not_start_is_waited_for_in_vain() -> None:
    with pytest.raises(SetupError):
        find(wait=0.1)


def test_directory_that_cannot_be_written_is_named(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write_whole(path: Path, content: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("talentlms_mock.cli.announcements.write_whole", write_whole)
    with (
        pytest.raises(SetupError, match=f"^Cannot write {directory}/3.json "),
        announced(Place("127.0.0.1", 1, 2, 3)),
    ):
        pass
