import pytest

from tests.plugin.conftest import Run

BOTH = pytest.mark.parametrize("words", [(), ("-n", "2")], ids=["one process", "xdist"])


@BOTH
def test_each_test_has_a_portal_of_its_own(
    words: tuple[str, ...], pytester: pytest.Pytester, run: Run
) -> None:
    pytester.makepyfile(
        """
        import pytest

        seen = set()

        @pytest.mark.parametrize("number", range(4))
        def test_it_is_fresh(talentlms, number):
            with talentlms.httpx_client() as client:
                page = client.get("/users", params={"page[size]": 1}).json()
                assert page["_meta"]["pagination"]["total_results"] == 50
                new = {"name": "A", "surname": "B", "login": "ada", "email": "a@example.com"}
                answer = client.post("/users", json=new | {"password": "Passw0rd"})
                assert answer.status_code == 200
            assert talentlms.domain == "samples"
            assert talentlms.api_key not in seen
            seen.add(talentlms.api_key)

        def test_one_server_for_all(talentlms, talentlms_server, talentlms_factory):
            other = talentlms_factory(users=3)
            assert {portal.domain for portal in talentlms_server.portals} == {
                "samples", "samples-2"
            }
            assert other.base_url == talentlms.base_url
            for portal, users in ((talentlms, 50), (other, 3)):
                page = portal.requests_session().get("/users").json()
                assert page["_meta"]["pagination"]["total_results"] == users

        def test_nothing_is_left_of_it(talentlms_server):
            assert list(talentlms_server.portals) == []
        """
    )
    run(*words).assert_outcomes(passed=6)


def test_async_tests(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makepyfile(
        """
        import httpx
        import pytest

        @pytest.mark.asyncio
        async def test_asyncio(talentlms):
            async with talentlms.httpx_async_client() as client:
                assert (await client.get("/users")).status_code == 200

        @pytest.mark.anyio
        async def test_anyio(talentlms):
            async with talentlms.httpx_async_client() as client:
                assert (await client.get("/users")).status_code == 200

        @pytest.mark.asyncio
        async def test_without_a_socket(talentlms):
            transport = httpx.ASGITransport(app=talentlms.asgi)
            async with httpx.AsyncClient(
                transport=transport,
                base_url=f"https://{talentlms.host}/api/v2",
                headers=talentlms.headers,
            ) as client:
                page = (await client.get("/users")).json()
                assert page["_links"]["self"].startswith("https://samples.talentlms.com/api/v2")
        """
    )
    run("-o", "asyncio_default_fixture_loop_scope=function").assert_outcomes(passed=4)


def test_classes_of_unittest(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makepyfile(
        """
        import unittest

        import pytest

        @pytest.mark.talentlms(users=2)
        @pytest.mark.usefixtures("talentlms")
        class TestSync(unittest.TestCase):
            def test_it(self):
                with self.talentlms.httpx_client() as client:
                    page = client.get("/users").json()
                self.assertEqual(page["_meta"]["pagination"]["total_results"], 2)

            @pytest.mark.talentlms(quirks={"edge_links": ["self", "null"]})
            def test_variants(self):
                pass
        """
    )
    result = run()
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(
        ["*Only the marker of a test function can ask for several presets or values*"]
    )


def test_a_portal_for_a_module_and_for_the_run(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makepyfile(
        """
        import pytest

        @pytest.fixture(scope="module")
        def academy(talentlms_shared_factory):
            with talentlms_shared_factory(users=7, plan="grow") as portal:
                yield portal

        @pytest.mark.parametrize("number", range(2))
        def test_it_stays(academy, talentlms, number):
            assert (academy.domain, talentlms.domain) == ("samples-2", "samples")
            for portal, users in ((academy, 7), (talentlms, 50)):
                with portal.httpx_client() as client:
                    page = client.get("/users").json()
                assert page["_meta"]["pagination"]["total_results"] == users
            assert len(list(academy.journal)) == number + 1
        """
    )
    run().assert_outcomes(passed=2)


def test_two_portals_of_one_domain_are_an_error_that_says_so(
    pytester: pytest.Pytester, run: Run
) -> None:
    pytester.makepyfile(
        """
        def test_it(talentlms, talentlms_factory):
            talentlms_factory(domain="samples")
        """
    )
    result = run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*This server has a portal 'samples' already*"])


def test_what_a_test_leaves_running_is_refused(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makepyfile(
        """
        left = []

        def test_first(talentlms):
            left.append(talentlms.httpx_client())
            left.append(talentlms.host)
            assert left[0].get("/users").status_code == 200

        def test_second(talentlms):
            client, host = left
            assert client.get("/users").status_code == 401
            talentlms.headers
            assert client.get("/users", headers=talentlms.headers).status_code == 200
            assert client.get("/users", headers={"Host": "gone.talentlms.com"}).status_code == 403

        def test_between(talentlms_server):
            client, host = left
            assert client.get("/users").status_code == 403
            assert client.get("/users", headers={"Host": host}).status_code == 403
        """
    )
    run("-p", "no:randomly").assert_outcomes(passed=3)


def test_parallel_workers_with_the_same_domain_never_meet(
    pytester: pytest.Pytester, run: Run
) -> None:
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.talentlms(domain="acme", api_key="the-key", users=1)
        @pytest.mark.parametrize("number", range(20))
        def test_it(talentlms, number):
            with talentlms.httpx_client() as client:
                assert client.delete("/users/1").status_code == 204
                assert client.get("/users").json()["_data"] == []
        """
    )
    run("-n", "2").assert_outcomes(passed=20)
