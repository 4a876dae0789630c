import json
import re
from pathlib import Path
from typing import Any

import pytest

from talentlms_mock import MockServer
from tests.plugin.conftest import Run
from tests.plugin.test_fixtures import BOTH

FAILING = """
import pytest

@pytest.mark.talentlms(clock="2025-05-07T09:30:00Z", quirks={"error_shape": "flat"})
def test_sync(talentlms):
    talentlms.fault("GET", "/users/*", status=429, times=1)
    with talentlms.httpx_client() as client:
        client.get("/users", params={"sort": "name"})
        client.get("/users/1")
        new = {"name": "A", "surname": "B", "login": "ada", "email": "ada@example.com"}
        client.post("/users", json=new | {"password": "S3cretword"})
        client.post("/enrolments", json={"user_id": 51, "course_id": 1})
    talentlms.assert_requested("POST", "/enrollments")
"""


def told(result: pytest.RunResult) -> str:
    """Return the section of the report about the portals."""
    text = result.stdout.str().partition("- talentlms -")[2]
    return text.partition("\n")[2].partition("\n=====")[0]


@BOTH
def test_a_failed_test_tells_of_its_portal(
    words: tuple[str, ...], pytester: pytest.Pytester, run: Run
) -> None:
    pytester.makepyfile(FAILING)
    result = run(*words)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*probably meant: createEnrollment, POST /api/v2/enrollments*"])
    text = re.sub(r"127.0.0.1:\d+", "HOST", told(result))
    assert text.splitlines()[:6] == [
        "portal    samples, plan core, preset documented, seed 42",
        "address   https://HOST/api/v2",
        "clock     2025-05-07T09:30:00+00:00, frozen",
        "limits    1997 of 2000 requests left in the hour, 197 of 200 in the burst",
        "quirks    error_shape=flat",
        "faults    <fault 1: GET /users/* -> 429; 1 calls, 1 fired>",
    ]
    assert "The last requests:" in text
    assert "contract warning: unknown query parameter 'sort'" in text
    assert "fault 1" in text.partition("The last requests:")[2]
    # pytest shows the source of the test, which has it.
    assert all('"password"' in line for line in result.outlines if "S3cretword" in line)
    assert "S3cretword" not in told(result)
    assert not re.search(r"mock-api-key-\d", told(result))


def test_what_stands_out_in_repeated_requests_is_told(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makepyfile(
        """
        import httpx

        def test_it(talentlms):
            talentlms.fault("POST", "/courses", empty=True, after_commit=True, times=1)
            with talentlms.httpx_client() as client:
                for _ in range(2):
                    try:
                        client.post("/courses", json={"name": "Algebra"})
                    except httpx.TransportError:
                        pass
            assert len(talentlms.courses.filter(name="Algebra")) == 1
        """
    )
    result = run()
    result.assert_outcomes(failed=1)
    assert told(result).splitlines()[-1] == (
        "Note: #2 repeats #1, which got no answer but had been done (course 16): it was done twice."
    )


def test_a_test_without_requests_and_a_passing_one(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makepyfile(
        """
        def test_nothing(talentlms):
            assert False

        def test_fine(talentlms):
            pass

        def test_without():
            assert False
        """
    )
    result = run()
    result.assert_outcomes(failed=2, passed=1)
    assert result.stdout.str().count("- talentlms -") == 1
    result.stdout.fnmatch_lines(["There was no request."])


@BOTH
def test_a_bundle_for_each_failing_test(
    words: tuple[str, ...], pytester: pytest.Pytester, run: Run
) -> None:
    pytester.makepyfile(test_it=FAILING + "\n\ndef test_fine(talentlms): pass\n")
    result = run(*words, "--talentlms-report", "bundles")
    result.assert_outcomes(failed=1, passed=1)
    (folder,) = (pytester.path / "bundles").iterdir()
    assert folder.name == "test_it.py-test_sync-samples"
    result.stdout.fnmatch_lines([f"All of it is in {folder}"])
    names = {path.name for path in folder.iterdir()}
    assert names == {"portal.sqlite", "journal.jsonl", "journal.har", "report.txt"}
    for path in folder.iterdir():
        content = path.read_bytes()
        assert b"S3cretword" not in content
        assert not re.search(rb"mock-api-key-\d", content)

    exchanges = [json.loads(line) for line in (folder / "journal.jsonl").read_text().splitlines()]
    assert [item["status"] for item in exchanges] == [200, 429, 200, 404]
    assert exchanges[2]["body"]["password"] == "***"
    _check_archive(json.loads((folder / "journal.har").read_text()))
    assert f"talentlms-mock serve --database {folder / 'portal.sqlite'}" in (
        folder / "report.txt"
    ).read_text().replace("'", "")
    _check_database(folder / "portal.sqlite")


def _check_archive(archive: Any) -> None:
    entries = archive["log"]["entries"]
    assert [entry["request"]["method"] for entry in entries] == ["GET", "GET", "POST", "POST"]
    first, second, third, _ = entries
    assert first["startedDateTime"] == "2025-05-07T09:30:00+00:00"
    assert first["request"]["queryString"] == [{"name": "sort", "value": "name"}]
    assert str(first["request"]["url"]).endswith("/api/v2/users?sort=name")
    assert (second["response"]["status"], second["response"]["statusText"]) == (
        429,
        "Too Many Requests",
    )
    assert "fault 1" in str(second["comment"])
    assert "S3cretword" not in str(third["request"]["postData"])


def _check_database(path: Path) -> None:
    with MockServer.open(path) as server:
        (portal,) = server.portals
        assert portal.users.get(login="ada").email == "ada@example.com"
        assert len(portal.requests) == 4


def test_a_bundle_that_cannot_be_written_says_so(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makefile("", bundles="a file in its place")
    pytester.makepyfile("def test_it(talentlms): assert False")
    result = run("-o", "talentlms_report=bundles")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["The bundle cannot be written: *"])


def test_no_bundle_overwrites_another(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makepyfile(
        """
        import pytest

        LONG = "x" * 150

        @pytest.fixture
        def failing(talentlms):
            yield
            assert False, "at the end too"

        OTHER = "\\u00e9" * 90

        @pytest.mark.parametrize("path", ["a/b", "a b", "A B", LONG + "1", LONG + "2", OTHER])
        def test_it(talentlms, failing, path):
            talentlms.add_course(path[:50])
            assert False, path
        """
    )
    reports: list[str] = []
    for count in (6, 12):
        result = run("--talentlms-report", "bundles")
        result.assert_outcomes(failed=6, errors=6)
        said = [
            line.removeprefix("All of it is in ") for line in result.outlines if "All of" in line
        ]
        assert len(set(said)) == 6
        reports += said
        folders = list((pytester.path / "bundles").iterdir())
        assert {str(folder) for folder in folders} == set(reports)
        assert len(folders) == count
        assert len({folder.name.lower() for folder in folders}) == count
    tests = {(folder / "report.txt").read_text().splitlines()[0] for folder in folders}
    assert len(tests) == 6
