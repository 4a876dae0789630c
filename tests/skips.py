"""Which tests were skipped: in CI, a skip for a reason that is not on the list fails the run."""

import os
import tomllib
from collections.abc import Iterable
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

VARIABLE = "TALENTLMS_TEST_FAIL_ON_SKIPS"
"""Set it, as CI does, to fail on a skip that is not allowed."""

_LIST = Path(__file__).with_name("allowed_skips.toml")
_FOUND: pytest.StashKey[list[str]] = pytest.StashKey()


def not_allowed(reasons: Iterable[str]) -> list[str]:
    """Return those of the reasons that are not on the list, each once."""
    allowed = tomllib.loads(_LIST.read_text(encoding="utf-8"))
    return [
        reason
        for reason in dict.fromkeys(reasons)
        if not any(fnmatchcase(reason, pattern) for pattern in allowed)
    ]


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail the run; with xdist, in the process that has the reports of all workers."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if not os.environ.get(VARIABLE) or reporter is None or hasattr(session.config, "workerinput"):
        return
    found = not_allowed(map(_reason, reporter.stats.get("skipped", ())))
    session.config.stash[_FOUND] = found
    if found and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which reasons failed the run."""
    found = terminalreporter.config.stash.get(_FOUND, [])
    for reason in found:
        terminalreporter.line(f"A test was skipped that must run: {reason}", red=True)
    if found:
        terminalreporter.line(f"Make it run, or add the reason to {_LIST.name} and say why.")


def _reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    text = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return text.removeprefix("Skipped: ")
