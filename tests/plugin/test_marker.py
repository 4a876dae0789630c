import pytest

from tests.plugin.conftest import Run


def test_markers_merge_from_the_outside_in(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makeini("[pytest]\ntalentlms_users = 4\ntalentlms_plan = pro\n")
    pytester.makepyfile(
        """
        import pytest

        pytestmark = pytest.mark.talentlms(
            domain="outer", quirks={"error_shape": "flat", "accept": "strict"}
        )

        @pytest.fixture
        def talentlms_config():
            return {"domain": "config", "seed": 7, "quirks": {"retry_after": "on"}}

        @pytest.mark.talentlms(domain="inner", hourly_limit=9)
        class TestIt:
            @pytest.mark.talentlms(quirks={"accept": "lenient"}, clock="2025-05-07")
            def test_it(self, talentlms):
                settings = talentlms.settings
                assert (settings.domain, settings.plan, settings.limit) == ("inner", "pro", 9)
                quirks = {name: settings.quirks[name] for name in (
                    "error_shape", "accept", "retry_after", "edge_links"
                )}
                assert quirks == {
                    "error_shape": "flat",
                    "accept": "lenient",
                    "retry_after": "on",
                    "edge_links": "self",
                }
                assert talentlms.clock.timestamp() == "2025-05-07T00:00:00+00:00"
                with talentlms.httpx_client() as client:
                    page = client.get("/users").json()
                assert page["_meta"]["pagination"]["total_results"] == 4

            def test_the_class_alone(self, talentlms):
                assert talentlms.settings.quirks["accept"] == "strict"
        """
    )
    run().assert_outcomes(passed=2)


@pytest.mark.parametrize(
    ("marker", "problem"),
    [
        ("plans='grow'", "There is no argument 'plans' of a portal (did you mean 'plan'?)."),
        ("plan='groww'", "There is no plan 'groww' (did you mean 'grow'?)."),
        ("dataset='dmeo'", "There is no dataset 'dmeo' (did you mean 'demo'?)."),
        ("scenario='flakey'", "There is no scenario 'flakey' (did you mean 'flaky'?)."),
        ("tasks='poll:2'", "There is no rule 'poll:2' for tasks (did you mean 'polls:N'?)."),
        ("users='9'", "The argument users must be a whole number, not '9'."),
        ("seed=True", "The argument seed must be a whole number, not True."),
        ("clock='yesterday'", "'yesterday' is not an ISO 8601 moment, like 2025-05-07T09:30:00Z."),
        ("domain='a b'", "The domain 'a b' is not one label of a host name*"),
        ("quirks={'edge_link': 'self'}", "*no quirk 'edge_link' (did you mean 'edge_links'?)."),
        (
            "quirks={'edge_links': 'nul'}",
            "*'edge_links' has no value 'nul' (did you mean 'null'?)*",
        ),
        ("quirks={'edge_links': ['null', 'x']}", "*'edge_links' has no value 'x' (known are *"),
        ("quirks={'edge_links': []}", "The quirk 'edge_links' needs a value, or a list of *"),
        ("quirks='most'", "The argument quirks must be a table of names, or 'all': 'most'."),
        (
            "'grow'",
            "*takes named arguments only, like plan='grow', not 'grow'.",
        ),
    ],
)
def test_a_mistake_is_an_error_at_collection(
    marker: str, problem: str, pytester: pytest.Pytester, run: Run
) -> None:
    pytester.makepyfile(
        f"""
        import pytest

        @pytest.mark.talentlms({marker})
        def test_it(talentlms):
            pass
        """
    )
    result = run()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([f"*.py::test_it: {problem}".replace("[", "[[]")])
    assert "Traceback" not in result.stdout.str()


@pytest.mark.parametrize("words", [(), ("-n", "2")], ids=["one process", "xdist"])
def test_a_mistake_in_a_class_of_unittest_too(
    words: tuple[str, ...], pytester: pytest.Pytester, run: Run
) -> None:
    pytester.makepyfile(
        """
        import unittest

        import pytest

        @pytest.mark.talentlms(plan="groww")
        @pytest.mark.usefixtures("talentlms")
        class TestIt(unittest.TestCase):
            def test_it(self):
                pass

        @pytest.mark.talentlms(plan="grow")
        class TestOther(unittest.TestCase):
            def test_it(self):
                pass
        """
    )
    result = run(*words)
    assert result.ret != 0
    result.stdout.fnmatch_lines(
        ["*.py::TestIt::test_it: There is no plan 'groww' (did you mean 'grow'?)."]
    )
    assert "INTERNALERROR" not in result.stdout.str()


def test_a_mistake_of_the_fixture_fails_the_test(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makepyfile(
        """
        import pytest

        @pytest.fixture
        def talentlms_config():
            return {"usrs": 3}

        def test_it(talentlms):
            pass
        """
    )
    result = run()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*no argument 'usrs' of a portal (did you mean 'users'?)."])


def test_every_quirk_in_every_value(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.talentlms(quirks="all")
        def test_all(talentlms):
            print("all", sorted(talentlms.settings.quirks.values()))

        @pytest.mark.talentlms(quirks={"edge_links": ["self", "null"], "retry_after": "on"})
        def test_some(talentlms, request):
            quirks = talentlms.settings.quirks
            assert quirks["edge_links"] in request.node.name
            assert quirks["retry_after"] == "on"
        """
    )
    result = run("-v")
    result.assert_outcomes(passed=18 + 2)
    for id in (
        "test_all[[]defaults]",
        "test_all[[]error_shape=flat]",
        "test_all[[]edge_links=omit]",
        "test_all[[]next_page_encoding=percent]",
        "test_some[[]edge_links=self]",
        "test_some[[]edge_links=null]",
    ):
        result.stdout.fnmatch_lines([f"*::{id} PASSED*"])


def test_a_test_runs_under_each_preset(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.talentlms(preset=["documented", "recorded"])
        def test_errors(talentlms):
            with talentlms.httpx_client() as client:
                answer = client.get("/users/999").json()
            if talentlms.settings.preset == "recorded":
                title = "User not found"
                assert answer == {"_errors": [{"id": "not_found.user_not_found", "title": title}]}
            else:
                kind = "invalid_request_error"
                assert answer == {"error": {"type": kind, "message": "User not found"}}

        @pytest.mark.talentlms(preset="recorded", quirks={"error_shape": "flat"})
        def test_a_quirk_beats_the_preset(talentlms):
            assert talentlms.quirks["error_shape"] == "flat"
            assert talentlms.quirks["coercion"] == "recorded"
        """
    )
    result = run("-v", "--talentlms-preset", "recorded")
    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines(
        [
            "talentlms: seed 42, plan core, preset recorded",
            "*::test_errors[[]documented[]] PASSED*",
            "*::test_errors[[]recorded[]] PASSED*",
        ]
    )


def test_a_preset_that_does_not_exist_is_refused(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.talentlms(preset="recordd")
        def test_it(talentlms):
            pass
        """
    )
    result = run()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*There is no preset 'recordd' (did you mean 'recorded'?)."])


def test_a_marker_on_a_parameter_set(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makepyfile(
        """
        import pytest

        mark = pytest.mark.talentlms

        @pytest.mark.parametrize("users", [
            pytest.param(3, marks=mark(users=3, quirks={"error_shape": "flat"})),
            pytest.param(7, marks=[mark(users=7), pytest.mark.skipif(False, reason="never")]),
            5,
        ])
        @mark(users=5, quirks={"accept": ["strict", "lenient"], "error_shape": "wrapped"})
        def test_inner_wins(talentlms, users):
            assert len(talentlms.users) == users
            shape = talentlms.settings.quirks["error_shape"]
            assert shape == ("flat" if users == 3 else "wrapped")

        several = mark(quirks={"edge_links": ["self", "null"]})

        @pytest.mark.parametrize("what", [pytest.param("x", marks=several), "y"])
        def test_several(talentlms, what):
            assert (what, talentlms.settings.quirks["edge_links"]) != ("y", "null")

        @pytest.mark.parametrize(
            "what",
            [pytest.param([], marks=several), pytest.param([1], marks=several, id="one"), []],
            ids=["none", "other", "last"],
        )
        def test_ids(talentlms, what):
            pass

        @pytest.mark.parametrize("what", [pytest.param([], marks=several)])
        class TestIt:
            def test_first(self, talentlms, what):
                pass

            def test_second(self, talentlms, what):
                pass
        """
    )
    result = run("--collect-only", "-q")
    names = [line.partition("::")[2] for line in result.outlines if "::" in line]
    assert names == [
        "test_inner_wins[accept=strict-3]",
        "test_inner_wins[accept=strict-7]",
        "test_inner_wins[accept=strict-5]",
        "test_inner_wins[accept=lenient-3]",
        "test_inner_wins[accept=lenient-7]",
        "test_inner_wins[accept=lenient-5]",
        "test_several[x-edge_links=self]",
        "test_several[x-edge_links=null]",
        "test_several[y]",
        "test_ids[none-edge_links=self]",
        "test_ids[none-edge_links=null]",
        "test_ids[one-edge_links=self]",
        "test_ids[one-edge_links=null]",
        "test_ids[last]",
        *(f"TestIt::{name}[what{at}]" for name in ("test_first", "test_second") for at in (0, 1)),
    ]
    run().assert_outcomes(passed=18)


def test_a_mistake_on_a_parameter_set(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.parametrize("x", [pytest.param(1, marks=pytest.mark.talentlms(plan="groww"))])
        def test_it(x):
            pass
        """
    )
    result = run()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*::test_it: There is no plan 'groww' (did you mean 'grow'?)."])
