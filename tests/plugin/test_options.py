import re

import pytest

from tests.plugin.conftest import Run

SHOW = """
import pytest

def test_it(talentlms):
    with talentlms.httpx_client() as client:
        user = client.get("/users/20").json()["_data"]
    print()
    print("SEEN", talentlms.settings.plan, user["login"])

def test_again(talentlms):
    test_it(talentlms)
"""


def seen(result: pytest.RunResult) -> set[str]:
    return set(re.findall(r"^SEEN (.*)$", result.stdout.str(), re.MULTILINE))


def test_the_seed_of_the_run(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makepyfile(SHOW)
    plain = run("-s")
    plain.stdout.fnmatch_lines(["talentlms: seed 42, plan core, preset documented"])
    other = run("-s", "--talentlms-seed", "7", "--talentlms-plan", "grow")
    other.stdout.fnmatch_lines(["talentlms: seed 7, plan grow, preset documented"])
    (first,), (second,) = seen(plain), seen(other)
    assert first.split()[0] == "core"
    assert second.split()[0] == "grow"
    assert first.split()[1] != second.split()[1]


def test_a_random_seed_is_shown_and_repeats_the_run(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makeini("[pytest]\ntalentlms_seed = random\n")
    pytester.makepyfile(SHOW)
    first = run("-n", "2", "-rP")
    (seed,) = re.findall(r"talentlms: seed (\d+), plan core, preset documented", first.stdout.str())
    again = run("-rP", "--talentlms-seed", seed)
    assert len(seen(first)) == 1
    assert seen(first) == seen(again)


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (
            ("--talentlms-seed", "x"),
            "*--talentlms-seed must be a whole number or 'random', not 'x'*",
        ),
        (("-o", "talentlms_users=many"), "talentlms_users must be a whole number, not 'many'."),
        (("--talentlms-plan", "groww"), "There is no plan 'groww' (did you mean 'grow'?)."),
        (("-o", "talentlms_dataset=dmeo"), "There is no dataset 'dmeo' (did you mean 'demo'?)."),
    ],
)
def test_mistakes(
    words: tuple[str, ...], problem: str, pytester: pytest.Pytester, run: Run
) -> None:
    pytester.makepyfile("def test_it(talentlms): pass")
    result = run(*words)
    assert result.ret != 0
    (result.stdout if "seed" not in words[0] else result.stderr).fnmatch_lines([problem])


def test_the_configuration(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makeini("[pytest]\ntalentlms_dataset = messy\ntalentlms_domain = acme\n")
    pytester.makepyfile(
        """
        def test_it(talentlms):
            assert talentlms.domain == "acme"
            with talentlms.httpx_client() as client:
                page = client.get("/users").json()
            assert page["_meta"]["pagination"]["total_results"] == 101
        """
    )
    run().assert_outcomes(passed=1)


def test_without_the_plugin_there_is_no_trace_of_it(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makepyfile(
        """
        import sys

        def test_it():
            assert not [name for name in sys.modules if name.startswith("talentlms_mock")]
        """
    )
    result = run("-p", "no:talentlms")
    result.assert_outcomes(passed=1)
    assert "talentlms" not in result.stdout.str().replace(str(pytester.path), "")
    helped = run("-p", "no:talentlms", "--help").stdout.str()
    assert "talentlms" not in helped


def test_a_suite_that_never_asks_starts_no_server(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makepyfile(
        """
        import sys
        import threading

        def test_it():
            heavy = {"sqlalchemy", "uvicorn", "starlette", "faker", "pydantic", "trustme", "httpx"}
            assert heavy & set(sys.modules) == set()
            assert "talentlms_mock.serving.server" not in sys.modules
            assert threading.active_count() == 1
        """
    )
    run("-p", "no:anyio").assert_outcomes(passed=1)
