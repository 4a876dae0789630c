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
from talentlms_mock.hosts import ServerAddress
from tests.ports import held_port


@pytest.fixture(autouse=True)
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TALENTLMS_MOCK_DATA_DIR", str(tmp_path))
    return tmp_path / "running"


def _address(listener: socket.socket) -> ServerAddress:
    return _with_proxy(listener.getsockname()[1])


def _with_proxy(port: int) -> ServerAddress:
    return ServerAddress("127.0.0.1", 1, 2, Path("ca.pem"), proxy_port=port, token="secret")


@pytest.fixture
def listeners() -> Iterator[list[socket.socket]]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
    yield sockets
    for listener in sockets:
        listener.close()


def test_mock_is_found_while_it_runs(listeners: list[socket.socket], directory: Path) -> None:
    address = _address(listeners[0])
    with announced(address):
        assert find() == find(address.proxy_port) == address
        (file,) = directory.iterdir()
        assert file.stat().st_mode & 0o777 == 0o600
    assert not list(directory.iterdir())


def test_the_one_started_last_is_found_or_the_one_asked_for(
    listeners: list[socket.socket], directory: Path
) -> None:
    first, second = map(_address, listeners)
    with announced(first), announced(second):
        os.utime(directory / f"{first.proxy_port}.json", ns=(0, 10**9))
        assert find() == second
        assert find(first.proxy_port) == first
        os.utime(directory / f"{second.proxy_port}.json", ns=(0, 0))
        assert find() == first


def test_mock_that_was_killed_is_not_found(listeners: list[socket.socket], directory: Path) -> None:
    alive = _address(listeners[0])
    with held_port() as port, announced(alive), announced(_with_proxy(port)):
        assert find() == alive
        with pytest.raises(SetupError):
            find(port)


def test_file_that_makes_no_sense_is_passed_over(
    listeners: list[socket.socket], directory: Path
) -> None:
    with announced(_address(listeners[0])):
        (directory / "1.json").write_text("{")
        (directory / "2.json").write_text('{"port": 1}')
        assert find() == _address(listeners[0])


def test_none_that_runs_is_an_error_that_says_what_to_do() -> None:
    with pytest.raises(SetupError) as refused:
        find()
    assert str(refused.value) == (
        "No mock with a proxy runs: start one with `talentlms-mock serve --proxy-port 8888`, or "
        "use `talentlms-mock run -- COMMAND`."
    )
    with pytest.raises(SetupError, match=r"^No mock with a proxy runs on port 9999: .* 9999`"):
        find(9999)


def test_one_that_is_starting_is_waited_for(listeners: list[socket.socket]) -> None:
    address = _address(listeners[0])
    with ExitStack() as started:
        timer = threading.Timer(0.2, lambda: started.enter_context(announced(address)))
        timer.start()
        assert find(wait=10) == address
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
        announced(_with_proxy(3)),
    ):
        pass
