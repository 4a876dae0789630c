"""`--talentlms-live`: marked tests run against a live portal, which is a second mock here."""

from collections.abc import Iterator

import pytest

from talentlms_mock import MockServer, Portal
from tests.plugin.conftest import Run

_SUITE = """
import pytest


@pytest.mark.talentlms_live
def test_both(talentlms):
    with talentlms.httpx_client(timeout=60) as client:
        response = client.get("/users")
    assert response.status_code == 200
    session = talentlms.requests_session()
    assert session.get("/users").json() == response.json()
    session.close()
    assert talentlms.base_url.endswith("/api/v2")
    assert talentlms.headers["X-API-Key"] == talentlms.api_key
    print("users", response.json()["_meta"]["pagination"]["total_results"])


@pytest.mark.talentlms_live
@pytest.mark.asyncio
async def test_async(talentlms):
    async with talentlms.httpx_async_client(timeout=60) as client:
        assert (await client.get("/health")).status_code == 200


def test_the_mock_alone(talentlms):
    talentlms.fault("GET", "/users", status=500)
    with talentlms.httpx_client(timeout=60) as client:
        assert client.get("/users").status_code == 500
"""

_QUICK = ("-o", "talentlms_dataset=empty")


@pytest.fixture(scope="module")
def live() -> Iterator[Portal]:
    with MockServer(proxy_port=0) as server:
        portal = server.create_portal(domain="acme", api_key="live-key", dataset="empty")
        for number in range(7):
            portal.add_user(f"user{number}")
        yield portal


@pytest.fixture
def _led(live: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lead https://acme.talentlms.com of the suite's process to the live portal."""
    server = live.server
    assert server is not None
    from talentlms_mock.serving.environment import variables

    for name, value in variables(server.address, {}).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("TALENTLMS_KEY", "live-key")


@pytest.mark.usefixtures("_led")
def test_marked_tests_run_against_the_live_portal(
    live: Portal, run: Run, pytester: pytest.Pytester
) -> None:
    pytester.makepyfile(_SUITE)
    result = run("--talentlms-live=acme", *_QUICK, "-rP")
    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines(
        ["talentlms: *, tests marked talentlms_live against acme.talentlms.com", "users 7"]
    )
    assert [each.path for each in live.requests].count("/api/v2/users") == 2


def test_without_the_option_they_run_against_the_mock(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makepyfile(_SUITE)
    result = run(*_QUICK, "-rP")
    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines(["users 0"])


@pytest.mark.usefixtures("_led")
def test_what_a_live_portal_cannot_do(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest
        import unittest

        pytestmark = pytest.mark.talentlms_live


        def test_fault(talentlms):
            assert not hasattr(talentlms, "clock")
            assert repr(talentlms) == "<LivePortal acme.talentlms.com>"
            talentlms.fault("GET", "/users", status=500)


        def test_another(talentlms_factory):
            talentlms_factory(domain="other")


        @pytest.mark.usefixtures("talentlms")
        class TestCase(unittest.TestCase):
            def test_attribute(self):
                assert self.talentlms.host == "acme.talentlms.com"
        """
    )
    result = run("--talentlms-live=acme")
    result.assert_outcomes(passed=1, failed=2)
    result.stdout.fnmatch_lines(
        [
            "E*The live portal acme has no `fault`: it has base_url, host, domain, headers, *",
            "A live portal is the only one: talentlms_factory makes others, and cannot in a test *",
        ]
    )


def test_a_live_run_needs_a_key(
    run: Run, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TALENTLMS_KEY", raising=False)
    pytester.makepyfile(_SUITE)
    result = run("--talentlms-live=acme")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        ["ERROR: --talentlms-live needs the API key of acme in the environment variable *"]
    )
