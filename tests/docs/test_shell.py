"""The lines for a shell in the pages about starting, and about the control API, run."""

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from talentlms_mock import MockServer
from tests.docs.pages import Page, of_reference

COMMAND = Page("docs/start/command.md")
LANGUAGES = Page("docs/start/any-language.md")

_TIME_LIMIT = 60
_NEEDS_CURL = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, "127.0.0.1")


@contextmanager
def _serve() -> Iterator[tuple[int, list[str]]]:
    """Run `talentlms-mock serve`; give its port, and what it prints before the first request."""
    words = ("serve", "--https-port", "0", "--http-port", "0")
    with subprocess.Popen(
        [sys.executable, "-m", "talentlms_mock", *words],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    ) as process:
        assert process.stdout is not None
        printed: list[str] = []
        try:
            for line in process.stdout:
                printed.append(line)
                if line.startswith("curl "):
                    break
            (port,) = re.findall(r"https://127\.0\.0\.1:(\d+)/", printed[-1])
            yield int(port), printed
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(_TIME_LIMIT)


def _in_shell(script: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    """Run a script as somebody whose PATH has the command, on ports that are free."""
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "TALENTLMS_MOCK_HTTPS_PORT": "0",
        "TALENTLMS_MOCK_HTTP_PORT": "0",
        **variables,
    }
    done = subprocess.run(
        ["sh", "-e", "-c", script],
        check=False,
        capture_output=True,
        text=True,
        timeout=_TIME_LIMIT,
        env=environment,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def _users(command: str) -> int:
    """Run a curl line in a shell, and return how many users it got."""
    options = "--silent --show-error --fail --retry 5 --retry-connrefused"
    done = _in_shell(command.replace("curl ", f"curl {options} ", 1))
    return len(json.loads(done.stdout)["_data"])


@_NEEDS_CURL
def test_the_curl_lines_of_the_page_and_of_serve_run_and_are_the_same() -> None:
    snippet = COMMAND.snippet("curl --cacert")
    with _serve() as (port, printed):
        snippet = snippet.replace(":8443/", f":{port}/")
        assert _users(snippet.replace(".venv/bin/", "")) == 10
        assert _users(printed[-1]) == 10

    # The path of the certificate apart, which is printed as it is.
    shown, said = (shlex.split(line.replace("\\\n", "")) for line in (snippet, printed[-1]))
    assert [*shown[:2], *shown[3:]] == [*said[:2], *said[3:]]


def test_the_commands_for_a_running_mock_run() -> None:
    with MockServer() as server:
        server.create_portal(domain="samples")
        done = _in_shell(COMMAND.snippet("fault add"), TALENTLMS_MOCK_URL=server.control_url)
    assert "samples" in done.stdout


@_NEEDS_CURL
def test_the_line_with_run_runs(tmp_path: Path) -> None:
    done = _in_shell(LANGUAGES.snippet(" run -- curl"), TALENTLMS_MOCK_DATA_DIR=str(tmp_path))

    assert len(json.loads(done.stdout)["_data"]) == 10
    assert done.stderr == (
        "GET    /api/v2/users 200\n"
        "talentlms-mock: 1 request, 0 contract warnings, 0 refused by the proxy.\n"
    )


@_NEEDS_CURL
def test_the_lines_with_serve_and_env_run(tmp_path: Path) -> None:
    snippet = LANGUAGES.snippet("eval ").replace("8888 &", "0 >/dev/null &")
    curl = LANGUAGES.snippet(" run -- curl").partition("-- ")[2]
    script = f"{snippet}\ntrap 'kill $!' EXIT\n{curl}"
    done = _in_shell(script, TALENTLMS_MOCK_DATA_DIR=str(tmp_path))

    assert len(json.loads(done.stdout)["_data"]) == 10


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_the_test_in_node_runs(tmp_path: Path) -> None:
    for name, text in LANGUAGES.files().items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    line = LANGUAGES.snippet("node --test")
    with MockServer() as server:
        url = f"http://127.0.0.1:{server.http_port}"
        done = _in_shell(f"cd '{tmp_path}'\n{line}", TALENTLMS_MOCK_URL=url)
    assert "pass 1\n" in done.stdout


def test_every_program_of_the_tests_is_listed() -> None:
    text = " ".join(program for program, *_ in LANGUAGES.table("program"))
    names = {"curl", "requests", "httpx", "urllib", "aiohttp", "fetch", "https", "axios", "Java"}

    assert not {name for name in names if name not in text}


@_NEEDS_CURL
def test_the_curl_lines_of_the_control_api_run() -> None:
    (snippet,) = of_reference("control-api").snippets("shell")
    with MockServer() as server:
        script = snippet.replace(":8080/", f":{server.http_port}/").replace("curl ", "curl --fail ")
        done = _in_shell(script)
    assert '"domain":"acme"' in done.stdout
    assert done.stdout.endswith("[]")


def test_every_other_block_is_only_a_command_that_is_run_elsewhere() -> None:
    run = ("curl ", "fault add", "eval ", "node --test", "node:test")
    others = [
        block.text
        for page in (COMMAND, LANGUAGES)
        for block in page.blocks()
        if not any(part in block.text for part in run)
    ]
    assert others == ["talentlms-mock serve\n"]
