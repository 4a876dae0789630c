"""How the commands find the mock, and what they say when they do not."""

import socket
import threading
from pathlib import Path

import pytest
from click.testing import CliRunner

from talentlms_mock import MockServer
from talentlms_mock.cli.announcements import announced, newest
from talentlms_mock.cli.main import main
from talentlms_mock.hosts import ServerAddress
from tests.ports import held_port


@pytest.fixture(autouse=True)
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TALENTLMS_MOCK_DATA_DIR", str(tmp_path))
    for name in ("URL", "DOMAIN", "CONTROL_TOKEN"):
        monkeypatch.delenv(f"TALENTLMS_MOCK_{name}", raising=False)


def _run(*words: str, status: int = 0) -> str:
    done = CliRunner().invoke(main, words)
    assert done.exit_code == status, done.output
    return done.output


def test_mock_that_was_announced_last_is_found() -> None:
    with MockServer() as server, announced(server.address):
        assert newest() == server.address
        assert _run("portal", "list") == "The mock has no portal.\n"


def test_token_is_found_with_the_mock() -> None:
    with MockServer(control_token="mine") as server, announced(server.address):
        assert _run("portal", "list") == "The mock has no portal.\n"
        url = f"http://127.0.0.1:{server.http_port}"
        assert _run("portal", "list", "--url", url, "--token", "mine").startswith("The mock has")
        assert "`talentlms-mock serve` printed. (--token)" in _run(
            "portal", "list", "--url", url, status=2
        )


def test_mock_is_spoken_to_over_tls() -> None:
    with MockServer() as server:
        url = f"https://127.0.0.1:{server.https_port}"
        assert _run("portal", "list", "--url", url) == "The mock has no portal.\n"


def test_nothing_that_runs_is_one_sentence() -> None:
    with held_port() as port:
        url = f"http://127.0.0.1:{port}"
        assert _run("portal", "list", "--url", url, status=2) == (
            f"Error: No mock answers at {url}: start one with `talentlms-mock serve`, or give its "
            "--url.\n"
        )


def test_without_one_announced_the_usual_port_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("talentlms_mock.cli.announcements.newest", lambda: None)
    with held_port() as port:
        url = f"http://127.0.0.1:{port}"
        monkeypatch.setattr("talentlms_mock.cli.commands.client.DEFAULT_URL", url)
        assert f"No mock answers at {url}" in _run("requests", status=2)


@pytest.mark.parametrize("url", ["localhost:8080", "ftp://x", "http://", "http://x:y", "http://["])
def test_address_that_is_none(url: str) -> None:
    assert _run("reset", "--url", url, status=2) == (
        f"Error: {url!r} is not the address of a mock: write it like http://127.0.0.1:8080.\n"
    )


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno",
        b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 500 Oh\r\nContent-Length: 2\r\n\r\n[]",
        b"SSH-2.0\r\n",
    ],
)
def test_somebody_else_answers(answer: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(10_000)
                connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        assert _run("portal", "list", "--url", url, status=2) == (
            f"Error: The server at {url} is not a talentlms-mock: give the --url of one.\n"
        )
        thread.join(10)


def test_mock_that_was_killed_is_passed_over() -> None:
    with held_port() as port, announced(ServerAddress("127.0.0.1", 1, port, Path("ca.pem"))):
        assert newest() is None
