import pytest

from tests.plugin.conftest import Run

UNMODIFIED = """
import requests

def sync():
    session = requests.Session()
    session.headers.update({"X-API-Key": "the-key", "X-API-Version": "2025-07-01"})
    session.headers["Accept"] = "application/json"
    return session.get("https://acme.talentlms.com/api/v2/users", timeout=10)
"""


def test_a_client_that_has_the_address_built_in(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makepyfile(
        product=UNMODIFIED,
        test_it="""
        import pytest

        from product import sync

        @pytest.mark.talentlms(domain="acme", api_key="the-key", intercept=True)
        def test_marked(talentlms):
            assert sync().status_code == 200
            assert talentlms.requests.last.headers["host"] == "acme.talentlms.com"

        @pytest.mark.talentlms(domain="other", intercept=True)
        def test_a_name_that_is_no_portals(talentlms):
            assert sync().status_code == 403

        def test_another_portal(talentlms_factory):
            talentlms_factory(domain="acme", api_key="the-key", intercept=True)
            assert sync().status_code == 200
        """,
    )
    run().assert_outcomes(passed=3)


def test_a_whole_suite(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makeini("[pytest]\ntalentlms_intercept = true\ntalentlms_domain = acme\n")
    pytester.makepyfile(
        product=UNMODIFIED,
        test_it="""
        import pytest

        from product import sync

        @pytest.mark.talentlms(api_key="the-key")
        def test_it(talentlms):
            assert sync().status_code == 200

        @pytest.mark.talentlms(intercept=False)
        def test_without(talentlms):
            with pytest.raises(Exception, match="acme.talentlms.com"):
                sync()
        """,
    )
    run("-n", "2").assert_outcomes(passed=2)


def test_nothing_escapes(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makepyfile(
        product=UNMODIFIED,
        test_it="""
        from product import sync

        def test_it(talentlms):
            sync()
        """,
    )
    result = run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E *acme.talentlms.com*product.py:*"])


def test_the_guard_can_be_switched_off(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makepyfile(
        """
        import socket

        def test_it(talentlms, talentlms_shared_factory):
            from talentlms_mock.intercept.patches import PATCHES

            assert not PATCHES.installed_now
        """
    )
    run("-o", "talentlms_guard=false").assert_outcomes(passed=1)
    run().assert_outcomes(failed=1)
