"""The README shows what is there: its snippets run, and its tables match the registries."""

import inspect
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import get_origin, get_type_hints

import click
import pytest
import yaml

from talentlms_mock import MockServer, NotFound
from talentlms_mock.api.errors import error_body
from talentlms_mock.cli.main import main
from talentlms_mock.portal import scenarios
from talentlms_mock.portal.contract.refusals import CATALOGUE, NO_SUCH_PATH, id_malformed
from talentlms_mock.portal.faults.rule import FaultOptions
from talentlms_mock.portal.portal import Portal
from talentlms_mock.portal.records.add import Adds
from talentlms_mock.portal.records.collection import Collection
from talentlms_mock.portal.rules.passwords import PASSWORD
from talentlms_mock.portal.state.settings import PLANS, QUIRKS
from talentlms_mock.portal.state.task_rule import RULES
from tests.generated.marks import filled
from tests.generated.tables import TABLES

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")

_TIME_LIMIT = 30

Row = list[str]


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, "127.0.0.1")


def _snippets(language: str) -> list[str]:
    found = re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    # Those that are files of a suite are run by pytest, in tests/plugin.
    return [snippet for snippet in found if not re.match(r"# \w+\.py\n", snippet)]


def _shell(part: str) -> str:
    """Return the one snippet for a shell that has this part."""
    (snippet,) = (snippet for snippet in _snippets("sh") if part in snippet)
    return snippet


def _table(first_column: str) -> list[Row]:
    """Return the rows of the table whose heading starts with that column."""
    start = README.index(f"| {first_column} |")
    lines = README[start:].partition("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def _code(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def test_it_says_whose_it_is() -> None:
    assert "independent project" in README
    assert "not made, endorsed or supported by the vendor" in README


def test_the_first_commands_are_those_of_the_makefile() -> None:
    first, second = re.findall(r"^    (make \w+)$", README, re.MULTILINE)[:2]
    assert (first, second) == ("make serve", "make test")


@pytest.mark.parametrize("number", range(len(_snippets("python"))))
def test_python_snippets_run(number: int) -> None:
    exec(_snippets("python")[number], {"__name__": "readme"})


def test_there_are_python_snippets() -> None:
    assert len(_snippets("python")) >= 8


@contextmanager
def _serve() -> Iterator[tuple[int, list[str]]]:
    """Run `talentlms-mock serve`; give its port, and what it prints before the first request."""
    words = ("serve", "--https-port", "0", "--http-port", "0")
    with subprocess.Popen(
        [sys.executable, "-m", "talentlms_mock", *words],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    ) as process:
        assert process.stdout is not None
        printed: list[str] = []
        try:
            for line in process.stdout:
                printed.append(line)
                if line.startswith("curl "):
                    break
            (port,) = re.findall(r"https://127\.0\.0\.1:(\d+)/", printed[-1])
            yield int(port), printed
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(_TIME_LIMIT)


def _users(command: str) -> int:
    """Run a curl line in a shell, and return how many users it got."""
    options = "--silent --show-error --fail --retry 5 --retry-connrefused"
    done = subprocess.run(
        ["sh", "-c", command.replace("curl ", f"curl {options} ", 1)],
        check=False,
        capture_output=True,
        text=True,
        timeout=_TIME_LIMIT,
    )
    assert done.returncode == 0, done.stderr
    return len(json.loads(done.stdout)["_data"])


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_curl_lines_of_the_readme_and_of_serve_run_and_are_the_same() -> None:
    snippet = _shell("curl --cacert")
    binaries = Path(sys.executable).parent
    with _serve() as (port, printed):
        snippet = snippet.replace(":8443/", f":{port}/").replace(".venv/bin", str(binaries))
        assert _users(snippet) == 10
        assert _users(printed[-1]) == 10

    # The path of the certificate apart, which is printed as it is.
    shown, said = (shlex.split(line.replace("\\\n", "")) for line in (snippet, printed[-1]))
    assert [*shown[:2], *shown[3:]] == [*said[:2], *said[3:]]


def _in_shell(script: str, data_dir: Path) -> "subprocess.CompletedProcess[str]":
    """Run a script as somebody whose PATH has the command, on ports that are free."""
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "TALENTLMS_MOCK_DATA_DIR": str(data_dir),
        "TALENTLMS_MOCK_HTTPS_PORT": "0",
        "TALENTLMS_MOCK_HTTP_PORT": "0",
    }
    return subprocess.run(
        ["sh", "-c", script],
        check=True,
        capture_output=True,
        text=True,
        timeout=_TIME_LIMIT,
        env=environment,
    )


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_line_with_run_runs(tmp_path: Path) -> None:
    done = _in_shell(_shell(" run -- curl"), tmp_path)

    assert len(json.loads(done.stdout)["_data"]) == 10
    assert done.stderr == (
        "GET    /api/v2/users 200\n"
        "talentlms-mock: 1 request, 0 contract warnings, 0 refused by the proxy.\n"
    )


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_lines_with_serve_and_env_run(tmp_path: Path) -> None:
    snippet = _shell("eval ").replace("8888 &", "0 >/dev/null &")
    curl = _shell(" run -- curl").partition("-- ")[2]
    done = _in_shell(f"{snippet}\ntrap 'kill $!' EXIT\n{curl}", tmp_path)

    assert len(json.loads(done.stdout)["_data"]) == 10


def test_the_options_in_the_recipes_are_there() -> None:
    (recipe,) = _snippets("yaml")
    service = yaml.safe_load(recipe)["services"]["talentlms"]
    _, _, in_container = service["command"][-1].partition("exec talentlms-mock serve ")
    _, _, by_hosts_entry = _shell("--https-port 443").partition("talentlms-mock serve ")

    for words in (in_container, by_hosts_entry):
        options = main.commands["serve"].make_context("serve", shlex.split(words)).params
        assert (options["domain"], options["https_port"]) == ("acme", 443)
    assert service["networks"]["default"]["aliases"] == ["acme.talentlms.com"]


def test_every_program_of_the_tests_is_listed() -> None:
    text = " ".join(program for program, _, _ in _table("program"))
    names = {"curl", "requests", "httpx", "urllib", "aiohttp", "fetch", "https", "axios", "Java"}

    assert not {name for name in names if name not in text}


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_curl_lines_of_the_control_api_run() -> None:
    (snippet,) = _snippets("shell")
    with MockServer() as server:
        script = snippet.replace(":8080/", f":{server.http_port}/").replace("curl ", "curl --fail ")
        done = subprocess.run(
            ["sh", "-e", "-c", script],
            check=False,
            capture_output=True,
            text=True,
            timeout=_TIME_LIMIT,
        )
    assert done.returncode == 0, done.stderr
    assert '"domain":"acme"' in done.stdout
    assert done.stdout.endswith("[]")


def test_every_operation_is_listed() -> None:
    assert filled(README, TABLES) == README


def test_every_table_that_is_generated_is_there() -> None:
    assert [README.count(f"<!-- {name} -->") for name in TABLES] == [2] * len(TABLES)


def test_every_option_of_serve_is_listed_with_its_default() -> None:
    shown = [(_code(flag)[0], *_code(default)) for flag, default, _ in _table("flag")]

    assert sorted(shown) == sorted(map(_flag_and_default, main.commands["serve"].params))


def _flag_and_default(option: click.Parameter) -> tuple[str, ...]:
    has_default = isinstance(option.default, str | int) and not isinstance(option.default, bool)
    return (option.opts[0], str(option.default)) if has_default else (option.opts[0],)


def test_every_option_has_the_environment_variable_that_is_promised() -> None:
    for option in main.commands["serve"].params:
        if option.name == "opens":
            continue  # a wish of the moment, and no setting
        name = option.opts[0].removeprefix("--").replace("-", "_").upper()
        assert option.envvar == f"TALENTLMS_MOCK_{name}"


def test_every_command_is_listed() -> None:
    shown = {_code(name)[0].removeprefix("talentlms-mock ") for name, _ in _table("command")}

    assert shown == set(main.commands)


def test_all_that_arranges_a_test_is_told() -> None:
    section = README.partition("## Arranging a test")[2].partition("\n## ")[0]
    adds = {name for name in vars(Adds) if not name.startswith("_")}
    collections = {
        name
        for name, value in inspect.getmembers(Portal, lambda member: isinstance(member, property))
        if get_origin(get_type_hints(value.fget)["return"]) is Collection
    }

    text = section.rpartition("```")[2]
    told = {word.partition("(")[0] for word in _code(text)}
    told = {word.removeprefix("portal.") for word in told}
    assert adds | collections <= told


def test_every_quirk_is_listed() -> None:
    shown = [(_code(name)[0], tuple(_code(values)), why) for name, values, why in _table("quirk")]

    assert shown == [(quirk.name, quirk.values, quirk.why) for quirk in QUIRKS.values()]


def test_every_rule_for_tasks_is_listed() -> None:
    assert [_code(rule)[0] for rule, _ in _table("rule")] == list(RULES)


def test_every_plan_is_listed() -> None:
    shown = {_code(name)[0]: limit for name, limit in _table("plan")}

    assert shown == {
        name: "set it with `--hourly-limit`" if limit is None else f"{limit:,}"
        for name, limit in PLANS.items()
    }


def test_every_dataset_is_listed() -> None:
    shown = {_code(name)[0]: int(users.replace(",", "")) for name, users, _ in _table("dataset")}

    assert shown == {
        path.stem: tomllib.loads(path.read_text(encoding="utf-8"))["users"]
        for path in (ROOT / "fixtures" / "datasets").glob("*.toml")
    }


def test_every_scenario_is_listed() -> None:
    shown = {_code(name)[0]: description for name, description in _table("scenario")}

    assert shown == {name: scenarios.load(name).description for name in scenarios.built_in_names()}


def test_the_scenario_shown_can_be_applied(tmp_path: Path) -> None:
    (snippet,) = _snippets("toml")
    path = tmp_path / "scenario.toml"
    path.write_text(snippet, encoding="utf-8")
    with MockServer() as server:
        portal = server.create_portal(scenario=str(path), dataset="empty")
        assert (len(portal.faults), portal.rate_limit.remaining) == (2, 100)


def test_every_option_of_a_fault_is_told_of() -> None:
    start = README.index("## Faults")
    told = README[start : README.index("## Scenarios")]

    for option in get_type_hints(FaultOptions):
        assert f"`{option}" in told or option == "optional"  # which the pytest plugin reads


def test_every_message_shown_is_one_that_is_sent() -> None:
    made = [id_malformed("user"), NotFound("user").refusal]
    sent = {(str(refusal.status), refusal.text) for refusal in (*CATALOGUE.values(), *made)}

    for _, status, message in _table("check"):
        assert (status, _code(message)[0]) in sent


def test_every_shape_of_an_error_is_the_one_shown() -> None:
    shown = [[_code(cell)[:1] for cell in row] for row in _table("`error_shape`")]
    shapes = QUIRKS["error_shape"].values
    error = NotFound("user").refusal

    assert [name for (name, *_), _, _ in shown] == list(shapes)
    for shape, row in zip(shapes, shown, strict=True):
        assert json.loads(row[1][0]) == json.loads(error_body(error, shape))
        if row[2]:
            assert json.loads(row[2][0]) == json.loads(error_body(NO_SUCH_PATH, shape))


def test_the_password_of_seeded_users_is_the_one_shown() -> None:
    assert f"password is `{PASSWORD}`" in README
