"""What the README and the reference show of the plugin is what it does."""

import pytest

from pytest_talentlms import plugin
from tests.docs.pages import Page, code, of_reference
from tests.plugin.conftest import Run

README = Page("README.md")
REFERENCE = of_reference("pytest")


def _write(pytester: pytest.Pytester, page: Page) -> None:
    pytester.makepyfile(**{name.removesuffix(".py"): text for name, text in page.files().items()})


def test_the_first_test_fails_and_says_why(pytester: pytest.Pytester, run: Run) -> None:
    _write(pytester, README)
    (shown,) = README.snippets("text")
    result = run()
    result.assert_outcomes(failed=1)
    assert shown in result.stdout.str()


def test_corrected_it_fails_as_the_readme_says(pytester: pytest.Pytester, run: Run) -> None:
    _write(pytester, README)
    program = pytester.path / "enroll.py"
    program.write_text(program.read_text().replace("enrolments", "enrollments"))
    result = run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "E *POST /enrollments was expected 50 times, but was requested 9 times.",
            "E *POST /api/v2/enrollments *400     The requested user is not active",
        ]
    )


def test_the_marker_is_taken(pytester: pytest.Pytester, run: Run) -> None:
    _write(pytester, REFERENCE)
    run().assert_outcomes(passed=3)


def test_every_file_of_the_pages_is_run() -> None:
    assert set(README.files()) == {"enroll.py", "test_enroll.py"}
    assert set(REFERENCE.files()) == {"test_marker.py"}


def test_every_fixture_is_listed() -> None:
    shown = [code(row[0])[0] for row in REFERENCE.table("fixture")]
    assert set(shown) == {name for name in vars(plugin) if name.startswith("talentlms")}
