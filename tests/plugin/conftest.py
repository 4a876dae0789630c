"""Suites of other people, each in a folder of its own and run by a pytest of its own."""

from collections.abc import Callable

import pytest

Run = Callable[..., pytest.RunResult]

_TIME_LIMIT = 300  # against hanging; a slow machine is no failure
_PLUGINS = ("asyncio", "talentlms", "xdist", "anyio")


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run pytest in a process of its own on what the test has written; the words are options."""
    # Of all plugins that are installed here, those that the suites below are about.
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)

    def run(*words: str) -> pytest.RunResult:
        blocked = {word.removeprefix("no:") for word in words if word.startswith("no:")}
        plugins = [word for name in _PLUGINS if name not in blocked for word in ("-p", name)]
        return pytester.runpytest_subprocess(
            *plugins, "-p", "no:cacheprovider", *words, timeout=_TIME_LIMIT
        )

    return run
