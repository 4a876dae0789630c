"""What the README shows of the plugin is what it does."""

import re
from pathlib import Path

import pytest

from pytest_talentlms import plugin
from pytest_talentlms.options import OPTIONS
from tests.plugin.conftest import Run

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
_FILE = re.compile(r"^```python\n# (\w+)\.py\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILES = dict(_FILE.findall(README))


def table(heading: str) -> list[list[str]]:
    """Return the rows of the table below this heading."""
    lines = README.partition(f"{heading}\n")[2].partition("\n\n")[0].splitlines()[1:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_the_first_test_fails_and_says_why(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makepyfile(enroll=FILES["enroll"], test_enroll=FILES["test_enroll"])
    shown = re.findall(r"^```text\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)[0]
    result = run()
    result.assert_outcomes(failed=1)
    assert shown in result.stdout.str()


def test_put_right_it_fails_as_the_readme_says(pytester: pytest.Pytester, run: Run) -> None:
    program = FILES["enroll"].replace("enrolments", "enrollments")
    pytester.makepyfile(enroll=program, test_enroll=FILES["test_enroll"])
    result = run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "E *POST /enrollments was expected 50 times, but was requested 9 times.",
            "E *POST /api/v2/enrollments *400     The requested user is not active",
        ]
    )


def test_the_marker_is_taken(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makepyfile(test_marker=FILES["test_marker"])
    run().assert_outcomes(passed=3)


def test_every_file_of_the_readme_is_run() -> None:
    assert set(FILES) == {"enroll", "test_enroll", "test_marker"}


def test_every_fixture_is_listed() -> None:
    shown = [row[0].strip("`") for row in table("| fixture | scope | |")]
    assert set(shown) == {name for name in vars(plugin) if name.startswith("talentlms")}


def test_every_option_is_listed() -> None:
    shown = table("| option | in the configuration | default | |")
    expected = []
    for option in OPTIONS.values():
        flag = option.flag if option.has_flag else ""
        if option.has_flag and option.kind != "bool":
            flag += f" {option.metavar or option.name.upper()}"
        default = "" if option.default is None else str(option.default).lower()
        cells = (flag, option.key, default)
        expected.append([*(f"`{cell}`" if cell else "" for cell in cells), option.help])
    assert shown == expected
