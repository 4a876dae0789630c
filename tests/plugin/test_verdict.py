import pytest

from tests.plugin.conftest import Run
from tests.plugin.test_fixtures import BOTH


def test_a_fault_that_never_fired_fails_the_test(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makepyfile(
        """
        def test_idle(talentlms):
            talentlms.fault("GET", "/users/*", status=429)
            with talentlms.httpx_client() as client:
                client.get("/courses")

        def test_other_request(talentlms):
            talentlms.fault("GET", "/users/*", status=503, after=1)
            with talentlms.httpx_client() as client:
                client.get("/users/1")

        def test_optional(talentlms):
            talentlms.fault("GET", "/users/*", status=429, optional=True)

        def test_removed(talentlms):
            talentlms.fault("GET", "/users/*", status=429).remove()

        def test_of_a_scenario(talentlms):
            talentlms.apply_scenario("flaky")

        def test_fired(talentlms):
            talentlms.fault("GET", "/users/*", status=503)
            with talentlms.httpx_client() as client:
                assert client.get("/users/1").status_code == 503

        def test_that_fails_by_itself(talentlms):
            talentlms.fault("GET", "/users/*", status=429)
            assert 1 == 2
        """
    )
    result = run()
    result.assert_outcomes(passed=4, failed=3)
    result.stdout.fnmatch_lines(
        [
            "fault 1: GET /users/[*] -> 429 never fired: of 1 requests to 'samples', no request it "
            "was for. Give it optional=True where that may be.",
            "fault 1: GET /users/[*] -> 503* never fired: of 1 requests to 'samples', 1 that it *",
            "E*assert 1 == 2",
        ]
    )


def test_an_answer_of_5xx_that_nobody_asked_for_fails_the_test(
    pytester: pytest.Pytester, run: Run
) -> None:
    pytester.makepyfile(
        """
        def test_it(talentlms, monkeypatch):
            from talentlms_mock.portal.store.transaction import Transaction

            def broken(*args, **options):
                raise RuntimeError("a bug of the mock")

            monkeypatch.setattr(Transaction, "find", broken)
            with talentlms.httpx_client() as client:
                assert client.delete("/users/1").status_code == 500
        """
    )
    result = run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["<Exchange #1 DELETE /api/v2/users/1 -> 500: an error inside the mock; its log has it>, *"]
    )


WARNED = """
import pytest

@pytest.mark.parametrize("number", range(2))
def test_it(talentlms, number):
    with talentlms.httpx_client() as client:
        client.get("/users", params={"sort": "name"})
"""


@BOTH
def test_contract_warnings_are_in_the_summary(
    words: tuple[str, ...], pytester: pytest.Pytester, run: Run
) -> None:
    pytester.makepyfile(WARNED)
    result = run(*words)
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(
        [
            "*= talentlms: contract warnings =*",
            "GET /api/v2/users?sort=name: unknown query parameter 'sort' (2 times)",
        ]
    )


@BOTH
def test_the_last_page_in_a_row_is_reported_once_for_the_run(
    words: tuple[str, ...], pytester: pytest.Pytester, run: Run
) -> None:
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.parametrize("times", [3, 12, 4])
        def test_sync(times, talentlms):
            with talentlms.httpx_client() as client:
                for _ in range(times):
                    client.get("/groups", params={"page[number]": 1})
        """
    )
    result = run(*words)
    result.assert_outcomes(passed=3)
    lines = [line for line in result.outlines if "in a row" in line]
    assert lines == [
        "GET /api/v2/groups?page%5Bnumber%5D=1: the last page was asked for 12 times in a row: "
        "with the quirk edge_links=self its next is the page itself, so stop at total_pages"
    ]


@pytest.mark.parametrize("words", [("--talentlms-strict",), ("-o", "talentlms_strict=true")])
def test_or_fail_the_test_under_strict(
    words: tuple[str, ...], pytester: pytest.Pytester, run: Run
) -> None:
    pytester.makepyfile(WARNED)
    result = run(*words)
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(
        ["A contract warning: GET /api/v2/users?sort=name: unknown query parameter 'sort'."]
    )


def test_a_shared_portal_is_judged_at_its_end(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makepyfile(
        """
        import pytest

        @pytest.fixture(scope="module")
        def academy(talentlms_shared_factory):
            with talentlms_shared_factory(domain="academy") as portal:
                portal.fault("GET", "/users", status=503)
                yield portal

        def test_it(academy):
            pass

        def test_that_fails(academy):
            academy.httpx_client().get("/courses")
            assert 1 == 2
        """
    )
    result = run("-p", "no:randomly")
    result.assert_outcomes(passed=1, failed=1, errors=1)
    result.stdout.fnmatch_lines(["portal    academy, plan core, preset documented, seed 42"])
    result.stdout.fnmatch_lines(["fault 1: GET /users -> 503 never fired: *"])


def test_a_warning_of_a_shared_portal_is_told_once(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makepyfile(
        """
        import pytest

        @pytest.fixture(scope="module")
        def academy(talentlms_shared_factory):
            with talentlms_shared_factory(domain="academy") as portal:
                yield portal

        @pytest.mark.parametrize("number", range(3))
        def test_it(academy, number):
            with academy.httpx_client() as client:
                client.get("/users", params={"sort": "name"})
        """
    )
    result = run()
    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines(
        ["GET /api/v2/users?sort=name: unknown query parameter 'sort' (3 times)"]
    )


def test_a_failure_after_the_portal_is_gone(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makepyfile(
        """
        import pytest

        @pytest.fixture
        def late():
            yield
            raise RuntimeError("too late")

        def test_it(late, talentlms):
            pass
        """
    )
    result = run("--talentlms-report", "bundles")
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["E *RuntimeError: too late"])
    assert "INTERNALERROR" not in result.stdout.str()
