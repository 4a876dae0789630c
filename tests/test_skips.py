"""A test that is skipped without a reason on the list fails CI."""

import os
from pathlib import Path

import pytest

from tests import skips

TESTS = """
import pytest

def test_it():
    pass

@pytest.mark.skip(reason="curl is not installed")
def test_allowed():
    pass

@pytest.mark.skipif(True, reason="it is Monday")
def test_not_allowed():
    pass
"""


@pytest.mark.parametrize("words", [(), ("-n", "1")], ids=["one process", "xdist"])
def test_a_skip_that_is_not_allowed_fails_the_run(
    words: tuple[str, ...], pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH", "")]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, paths)))  # of workers
    monkeypatch.setenv(skips.VARIABLE, "1")
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makepyfile(TESTS)
    options = ("-p", "tests.skips", "-p", "xdist", "-p", "no:cacheprovider", *words)
    result = pytester.runpytest_subprocess(*options)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.assert_outcomes(passed=1, skipped=2)
    result.stdout.fnmatch_lines(["A test was skipped that must run: it is Monday"])
    result.stdout.no_fnmatch_line("*must run: curl*")
    monkeypatch.delenv(skips.VARIABLE)
    assert pytester.runpytest_subprocess(*options).ret == pytest.ExitCode.OK


def test_the_list() -> None:
    reasons = ["php is not installed", "this machine has no IPv6", "x", "x"]
    assert skips.not_allowed(reasons) == ["x"]
