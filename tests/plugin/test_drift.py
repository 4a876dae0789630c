"""A test that runs once for each field of the responses it uses, without that field."""

from itertools import takewhile

import pytest

from tests.plugin.conftest import Run
from tests.plugin.test_fixtures import BOTH

_READS = """
import pytest

@pytest.fixture(scope="module")
def wide():
    print("wide begins")
    yield
    print("wide ends")

@pytest.mark.talentlms(users=3, drift="each")
def test_reads(talentlms, wide):
    with talentlms.httpx_client() as client:
        page = client.get("/users").json()
        assert [user["login"] for user in page["_data"]]
        assert page["_meta"]["pagination"]["total_pages"] == 1
        assert client.get("/users/999").status_code == 404
        assert client.delete("/users/3").status_code == 204

@pytest.mark.talentlms(users=3, drift="each")
async def test_waits(talentlms):
    async with talentlms.httpx_async_client() as client:
        await client.get("/users/1/online-status")

@pytest.mark.talentlms(users=3, drift="each")
def test_asks_nothing(talentlms):
    pass

@pytest.mark.talentlms(drift="each")
def test_fails(talentlms):
    print("RUN")
    assert talentlms.httpx_client().get("/users").json()["nothing"]

def test_after(wide):
    pass
"""


@BOTH
def test_fields_that_matter_are_listed(
    words: tuple[str, ...], pytester: pytest.Pytester, run: Run
) -> None:
    pytester.makepyfile(_READS)
    result = run(*words, "-oasyncio_mode=auto", "-oasyncio_default_fixture_loop_scope=function")
    result.assert_outcomes(passed=4, failed=1)
    text = result.stdout.str()
    lines = text.partition("talentlms: drift")[2].splitlines()[1:]
    told = list(takewhile(lambda line: "===" not in line, lines))
    assert sorted(told) == sorted(
        [
            "test_fields_that_matter_are_listed.py::test_reads: of 30 fields, dropped in turn, "
            "3 mattered:",
            "  getUsers: _meta.pagination, _meta.pagination.total_pages, login",
            "test_fields_that_matter_are_listed.py::test_waits: of 1 fields, dropped in turn, "
            "0 mattered.",
            "test_fields_that_matter_are_listed.py::test_asks_nothing: no response had a field to "
            "drop.",
        ]
    )
    assert text.count("RUN\n") == 1


def test_fixtures_of_a_wider_scope_are_made_once(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makepyfile(_READS)
    result = run("-s", "-k", "reads or after", "--junitxml", "report.xml")
    result.assert_outcomes(passed=2)
    text = result.stdout.str()
    assert (text.count("wide begins"), text.count("wide ends")) == (1, 1)
    assert 'name="talentlms_drift"' in (pytester.path / "report.xml").read_text()


def test_an_error_at_the_end_of_a_module_is_reported(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makepyfile(
        """
        import pytest

        @pytest.fixture(scope="module", autouse=True)
        def wide():
            yield
            raise OSError("the end")

        @pytest.mark.talentlms(users=1, drift="each")
        def test_it(talentlms):
            talentlms.httpx_client().get("/users/1/online-status")
        """
    )
    result = run()
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*OSError: the end"])


def test_only_each_can_be_asked_for(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.talentlms(drift="all")
        def test_it(talentlms):
            pass
        """
    )
    result = run()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*The argument drift can only be 'each', not 'all'."])
