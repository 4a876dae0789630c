"""The reference shows what is there: its snippets run, and its tables match the registries."""

import inspect
import json
import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import get_origin, get_type_hints

import click
import pytest
import yaml

import talentlms_mock
from talentlms_mock import MockServer, NotFound
from talentlms_mock.api.errors import error_body
from talentlms_mock.cli.main import main
from talentlms_mock.portal.contract.refusals import CATALOGUE, NO_SUCH_PATH, id_malformed
from talentlms_mock.portal.faults.rule import FaultOptions
from talentlms_mock.portal.portal import Portal
from talentlms_mock.portal.records.add import Adds
from talentlms_mock.portal.records.collection import Collection
from talentlms_mock.portal.rules.passwords import PASSWORD
from talentlms_mock.portal.state.settings import QUIRKS
from talentlms_mock.portal.state.task_rule import RULES
from tests.docs.pages import DOCS, ROOT, Page, code, of_reference

PAGES = [Page(f"docs/{path.relative_to(DOCS)}") for path in sorted(DOCS.rglob("*.md"))]
REFERENCE = [page for page in PAGES if page.path.startswith(("docs/reference/", "docs/about/"))]


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, "127.0.0.1")


def _python() -> Iterator[object]:
    for page in REFERENCE:
        for number, snippet in enumerate(page.snippets("python")):
            yield pytest.param(snippet, id=f"{Path(page.path).stem}-{number}")


@pytest.mark.parametrize("snippet", list(_python()))
def test_python_snippets_run(snippet: str) -> None:
    exec(snippet, {"__name__": "snippet"})


def test_every_other_block_has_a_test_of_its_own() -> None:
    others = [
        (Path(page.path).stem, block.file_name or block.language)
        for page in REFERENCE
        for block in page.blocks()
        if block.file_name or block.language != "python"
    ]
    assert others == [
        ("command-line", "talentlms-mock.toml"),  # below
        ("containers", "yaml"),
        ("containers", "sh"),
        ("control-api", "shell"),  # test_shell.py
        ("pytest", "test_marker.py"),  # tests/plugin/test_reference.py
        ("scenarios", "toml"),
    ]


def test_the_configuration_shown_is_taken(tmp_path: Path) -> None:
    file = tmp_path / "talentlms-mock.toml"
    file.write_text(of_reference("command-line").files()[file.name], encoding="utf-8")
    context = main.commands["serve"].make_context("serve", ["--config", str(file)])
    assert (context.params["domain"], context.params["plan"]) == ("acme", "grow")


def test_the_options_in_the_recipes_are_there() -> None:
    page = of_reference("containers")
    (recipe,) = page.snippets("yaml")
    service = yaml.safe_load(recipe)["services"]["talentlms"]
    _, _, in_container = service["command"][-1].partition("exec talentlms-mock serve ")
    (line,) = page.snippets("sh")
    _, _, by_hosts_entry = line.partition("talentlms-mock serve ")
    for words in (in_container, by_hosts_entry):
        options = main.commands["serve"].make_context("serve", shlex.split(words)).params
        assert (options["domain"], options["https_port"]) == ("acme", 443)
    assert service["networks"]["default"]["aliases"] == ["acme.talentlms.com"]


def test_every_option_has_the_environment_variable_that_is_promised() -> None:
    for option in main.commands["serve"].params:
        if option.name == "opens":
            continue  # a wish of the moment, and no setting
        name = option.opts[0].removeprefix("--").replace("-", "_").upper()
        assert option.envvar == f"TALENTLMS_MOCK_{name}"


def test_variables_are_read_as_the_page_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TALENTLMS_MOCK_QUIRK", "error_shape=flat retry_after=on")
    monkeypatch.setenv("TALENTLMS_MOCK_ALLOW_HTTP", "0")
    monkeypatch.setenv("TALENTLMS_MOCK_STRICT", "1")
    options = main.commands["serve"].make_context("serve", []).params
    assert options["quirks"] == {"error_shape": "flat", "retry_after": "on"}
    assert (options["allow_http"], options["strict"]) == (False, True)


def test_every_group_of_commands_that_talks_to_a_mock_has_the_shared_options() -> None:
    for name, group in main.commands.items():
        if isinstance(group, click.Group):
            for command in group.commands.values():
                names = {option.name for option in command.params}
                assert {"url", "token"} <= names or (name, command.name) == ("scenario", "list")


def test_all_that_arranges_a_test_is_described() -> None:
    adds = {name for name in vars(Adds) if not name.startswith("_")}
    collections = {
        name
        for name, value in inspect.getmembers(Portal, lambda member: isinstance(member, property))
        if get_origin(get_type_hints(value.fget)["return"]) is Collection
    }

    text = of_reference("arranging").text.rpartition("```")[2]
    described = {word.partition("(")[0].removeprefix("portal.") for word in code(text)}
    assert adds | collections <= described


def test_every_public_name_is_in_the_reference_once() -> None:
    shown = re.findall(r"^::: talentlms_mock\.(\w+)$", of_reference("python").text, re.MULTILINE)
    assert sorted(shown) == talentlms_mock.__all__


def test_the_fields_of_mappings_are_shown() -> None:
    text = of_reference("python").text
    fields = r"\n    options:\n      inherited_members: true\n      show_if_no_docstring: true\n"
    shown = re.findall(rf"^::: talentlms_mock\.(\w+){fields}", text, re.MULTILINE)
    public = {name: getattr(talentlms_mock, name) for name in talentlms_mock.__all__}
    assert sorted(shown) == [name for name, item in public.items() if hasattr(item, "__total__")]


def test_every_rule_for_tasks_is_listed() -> None:
    assert [code(rule)[0] for rule, _ in of_reference("tasks").table("rule")] == list(RULES)


def test_every_dataset_is_listed() -> None:
    shown = {
        code(name)[0]: int(users.replace(",", ""))
        for name, users, _ in of_reference("datasets").table("dataset")
    }
    assert shown == {
        path.stem: tomllib.loads(path.read_text(encoding="utf-8"))["users"]
        for path in (ROOT / "fixtures" / "datasets").glob("*.toml")
    }


def test_the_scenario_shown_can_be_applied(tmp_path: Path) -> None:
    (snippet,) = of_reference("scenarios").snippets("toml")
    path = tmp_path / "scenario.toml"
    path.write_text(snippet, encoding="utf-8")
    with MockServer() as server:
        portal = server.create_portal(scenario=str(path), dataset="empty")
        assert (len(portal.faults), portal.rate_limit.remaining) == (2, 100)


def test_every_option_of_a_fault_is_described() -> None:
    text = of_reference("faults").text
    for option in get_type_hints(FaultOptions):
        assert f"`{option}" in text or option == "optional"  # which the pytest plugin reads


def test_every_message_shown_is_one_that_is_sent() -> None:
    made = [id_malformed("user"), NotFound("user").refusal]
    sent = {(str(refusal.status), refusal.text) for refusal in (*CATALOGUE.values(), *made)}

    for _, status, message in of_reference("checks").table("check"):
        assert (status, code(message)[0]) in sent


def test_every_shape_of_an_error_is_the_one_shown() -> None:
    rows = of_reference("errors").table("`error_shape`")
    shown = [[code(cell)[:1] for cell in row] for row in rows]
    shapes = QUIRKS["error_shape"].values
    error = NotFound("user").refusal

    assert [name for (name, *_), _, _ in shown] == list(shapes)
    for shape, row in zip(shapes, shown, strict=True):
        assert json.loads(row[1][0]) == json.loads(error_body(error, shape))
        if row[2]:
            assert json.loads(row[2][0]) == json.loads(error_body(NO_SUCH_PATH, shape))


def test_the_password_of_seeded_users_is_the_one_shown() -> None:
    assert f"password is `{PASSWORD}`" in of_reference("datasets").text
