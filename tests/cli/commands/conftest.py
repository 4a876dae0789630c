"""Running the commands against the server of the tests."""

import re
from collections.abc import Callable

import pytest
from click.testing import CliRunner

from talentlms_mock import MockServer, Portal
from talentlms_mock.cli.main import main

Run = Callable[..., str]


@pytest.fixture
def run(server: MockServer) -> Run:
    """Run a command against the server, and return what it printed; it must succeed."""
    url = f"http://127.0.0.1:{server.http_port}"

    def run(*words: str, status: int = 0) -> str:
        done = CliRunner().invoke(main, words, env={"TALENTLMS_MOCK_URL": url})
        assert done.exit_code == status, done.output
        return done.output

    return run


@pytest.fixture
def of_empty(run: Run, empty: Portal, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command against the empty portal."""
    monkeypatch.setenv("TALENTLMS_MOCK_DOMAIN", empty.domain)
    return run


def table(text: str) -> list[list[str]]:
    """Return the cells of a printed table, its heads first."""
    lines = [line for line in text.splitlines() if line.strip() and "─" not in line]
    starts = [head.start() for head in re.finditer(r"\S+( \S+)*", lines[0])]
    ends = [*starts[1:], None]
    return [
        [line[start:end].strip() for start, end in zip(starts, ends, strict=True)] for line in lines
    ]
