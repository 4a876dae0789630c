"""The plugin beside others: reports, reruns, timeouts, and sockets that are blocked."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.plugin.conftest import Run

_FLAKY = """
import pytest

RUNS = []

def test_flaky(talentlms):
    RUNS.append(1)
    assert len(RUNS) > 1

def test_fails(talentlms):
    talentlms.httpx_client().get("/users/7")
    assert 0

def test_passes(talentlms):
    pass
"""


def _properties(path: Path) -> dict[str, list[str]]:
    """Return the texts of the property of each test, by its name."""
    found: dict[str, list[str]] = {}
    for case in ElementTree.parse(path).iter("testcase"):
        texts = [each.attrib["value"] for each in case.iter("property")]
        found.setdefault(case.attrib["name"], []).extend(texts)
    return found


def test_junit_has_what_a_failed_test_tells(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makepyfile(_FLAKY)
    run("--junitxml", "report.xml").assert_outcomes(passed=1, failed=2)
    found = _properties(pytester.path / "report.xml")
    assert found["test_passes"] == []
    (text,) = found["test_fails"]
    assert text.startswith("portal    samples, plan core")
    assert "GET /api/v2/users/7" in text


def test_allure_has_what_a_failed_test_tells(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makepyfile(_FLAKY)
    run("-p", "allure_pytest", "--alluredir", "allure").assert_outcomes(passed=1, failed=2)
    folder = pytester.path / "allure"
    results = [json.loads(path.read_text()) for path in folder.glob("*-result.json")]
    attached = {each["name"]: each.get("attachments", []) for each in results}
    assert [bool(attached[f"test_{name}"]) for name in ("flaky", "fails", "passes")] == [
        *(True, True, False)
    ]
    (one,) = attached["test_fails"]
    assert one["name"] == "talentlms"
    assert "GET /api/v2/users/7" in (folder / one["source"]).read_text()


def test_a_bundle_is_removed_when_the_test_passes_at_a_rerun(
    pytester: pytest.Pytester, run: Run
) -> None:
    pytester.makepyfile(_FLAKY)
    result = run(
        *("-p", "rerunfailures", "--reruns", "1", "--talentlms-report", "bundles"),
        *("--junitxml", "report.xml"),
    )
    result.assert_outcomes(passed=2, failed=1)
    folders = sorted(path.name for path in (pytester.path / "bundles").iterdir())
    assert all("test_fails" in name for name in folders)
    assert len(folders) == 2  # both runs failed
    assert len(_properties(pytester.path / "report.xml")["test_flaky"]) == 1  # of the first run


def test_the_guard_holds_for_tests_that_forgot_the_fixture(
    pytester: pytest.Pytester, run: Run
) -> None:
    pytester.makepyfile(
        """
        import socket
        import urllib.error
        import urllib.request

        import pytest

        ADDRESS = "https://acme.talentlms.com/api/v2/users"
        try:
            urllib.request.urlopen(ADDRESS)
        except urllib.error.URLError as error:
            IN_COLLECTION = error.reason

        def test_of_a_client():
            with pytest.raises(urllib.error.URLError, match="Nothing here answers for acme.talent"):
                urllib.request.urlopen(ADDRESS)

        def test_of_a_socket():
            with pytest.raises(ConnectionRefusedError, match="Nothing here answers"):
                socket.create_connection(("acme.talentlms.com", 443))

        def test_of_an_import():
            assert "Nothing here answers for acme.talentlms.com" in str(IN_COLLECTION)
        """
    )
    run().assert_outcomes(passed=3)
    off = """
        from talentlms_mock.intercept.routes import ROUTES

        def test_it():
            assert ROUTES._guards == {}
        """
    for number, words in ((0, ("-otalentlms_guard=false",)), (1, ())):
        pytester.makepyfile(off.format(number))
        run(*words).assert_outcomes(passed=1)


_IN_PROCESS = """
import httpx
import pytest

async def get(portal, path):
    transport = httpx.ASGITransport(portal.asgi)
    base = f"https://{portal.host}/api/v2"
    async with httpx.AsyncClient(transport=transport, base_url=base, headers=portal.headers) as one:
        return await one.get(path)

async def test_in_process(talentlms):
    assert (await get(talentlms, "/users/1")).status_code == 200

async def test_that_fails(talentlms):
    assert (await get(talentlms, "/users/1")).status_code == 404

def test_over_a_socket(talentlms):
    talentlms.httpx_client()

@pytest.mark.enable_socket
def test_with_sockets(talentlms):
    assert talentlms.httpx_client().get("/users/1").status_code == 200
"""


def test_the_guard_holds_after_a_plugin_has_undone_it(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makepyfile(
        """
        import socket

        import pytest

        @pytest.mark.parametrize("number", [1, 2])
        def test_it(number):
            with pytest.raises(ConnectionRefusedError, match="Nothing here answers"):
                socket.socket().connect(("acme.talentlms.com", 443))

        @pytest.mark.talentlms(intercept=True)
        def test_intercepted(talentlms):
            with socket.create_connection((talentlms.host, 443), timeout=10):
                pass
        """
    )
    # Its teardown puts back the functions that it found when it was imported.
    run("-p", "pytest_socket").assert_outcomes(passed=3)


def test_no_socket_is_needed_in_process(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makepyfile(_IN_PROCESS)
    result = run(
        *("-p", "pytest_socket", "--disable-socket", "--allow-unix-socket"),
        *("-oasyncio_mode=auto", "-oasyncio_default_fixture_loop_scope=function"),
    )
    result.assert_outcomes(passed=2, failed=2)
    sentence = (
        "The mock cannot open its ports (A test tried to use socket.getaddrinfo): portal.asgi "
        "needs none; or allow the test sockets, with pytest-socket by @pytest.mark.enable_socket."
    )
    result.stdout.fnmatch_lines(
        [
            "address   https://samples.talentlms.com, by portal.asgi: no port is open",
            "*GET /api/v2/users/1  getUserById  200",
            f"E*SetupError: {sentence.replace('[', '[[]')}",
        ]
    )


def test_a_timeout_of_the_first_test_is_its_own(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makepyfile(
        """
        import sys
        import time

        import pytest

        @pytest.fixture
        def slow(talentlms):
            assert "talentlms_mock.serving.server" in IMPORTED
            time.sleep(60)

        @pytest.fixture(autouse=True, scope="session")
        def imported():
            IMPORTED.update(sys.modules)

        IMPORTED = {}

        @pytest.mark.timeout(5)
        def test_first(slow):
            pass

        def test_second(talentlms):
            assert talentlms.httpx_client().get("/users/1").status_code == 200
        """
    )
    result = run("-p", "pytest_timeout", "-p", "no:randomly")
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*Timeout*5*"])


def test_the_key_of_the_configuration(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makeini("[pytest]\ntalentlms_api_key = key-of-the-suite\n")
    pytester.makepyfile(
        """
        import pytest

        def test_it(talentlms, talentlms_factory):
            assert talentlms.api_key == "key-of-the-suite" != talentlms_factory().api_key

        @pytest.mark.talentlms(api_key="own")
        def test_of_a_marker(talentlms):
            assert talentlms.api_key == "own"
        """
    )
    run().assert_outcomes(passed=2)


def test_blockbuster_finds_nothing(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makepyfile("""
        import httpx
        import pytest
        from blockbuster import blockbuster_ctx

        @pytest.fixture(autouse=True)
        def no_blocking_calls():
            with blockbuster_ctx():
                yield

        @pytest.mark.asyncio
        async def test_over_https(talentlms):
            async with talentlms.httpx_async_client() as client:
                assert (await client.get("/users")).status_code == 200

        @pytest.mark.asyncio
        async def test_in_process(talentlms):
            base_url = f"https://{talentlms.host}/api/v2"
            transport = httpx.ASGITransport(talentlms.asgi)
            async with httpx.AsyncClient(
                transport=transport, base_url=base_url, headers=talentlms.headers
            ) as client:
                assert (await client.get("/users")).status_code == 200
                made = await client.post("/groups", json={"name": "Evening class"})
                assert made.status_code == 200, made.text
    """)
    run("-p", "asyncio", "-o", "asyncio_default_fixture_loop_scope=function").assert_outcomes(
        passed=2
    )
