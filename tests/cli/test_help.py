"""What `--help` says of every command."""

import re
import shlex
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import click
import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner

from talentlms_mock.cli.main import main
from talentlms_mock.portal.scenarios import built_in_names as scenarios
from talentlms_mock.portal.seed.definition import built_in_names as datasets
from talentlms_mock.portal.state.settings import PLANS, PRESETS
from talentlms_mock.portal.state.task_rule import RULES


def _commands(
    command: click.Command, *words: str
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield words, command
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            yield from _commands(inner, *words, name)


ALL = dict(_commands(main))


@pytest.mark.parametrize("words", list(ALL), ids=lambda words: " ".join(words) or "main")
def test_help_describes_the_command_and_all_that_it_takes(words: tuple[str, ...]) -> None:
    command = ALL[words]
    result = CliRunner().invoke(main, [*words, "--help"], terminal_width=200)
    assert result.exit_code == 0
    usage = " ".join(("Usage: main", *words))
    assert result.stdout.startswith(usage)
    assert command.help is not None
    assert command.help.partition("\n")[0].rstrip(".") in result.stdout
    text = " ".join(result.stdout.split())
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, parameter.name
            assert parameter.help.rstrip(".") in text
            assert all(flag in text for flag in parameter.opts)
            if parameter.envvar:
                assert f"env var: {parameter.envvar}" in text
    for name in getattr(command, "commands", ()):
        assert f" {name} " in text


@pytest.mark.parametrize("words", list(ALL), ids=lambda words: " ".join(words) or "main")
def test_examples_in_the_help_are_commands(words: tuple[str, ...]) -> None:
    printed = CliRunner().invoke(main, [*words, "--help"], terminal_width=200).stdout
    shown = printed.partition("\n  Example")[2].splitlines()[1:]
    assert shown
    for line in shown:
        program, *arguments = shlex.split(re.sub(r"( >>? | \| ).*", "", line))
        assert program == "talentlms-mock"
        assert tuple(arguments[: len(words)]) == words
        _parse(main, arguments)


def _parse(command: click.Command, arguments: list[str]) -> None:
    """Parse the arguments of a command, and of the one below it, and run neither."""
    context = command.make_context(command.name, arguments)
    if isinstance(command, click.Group):
        _, inner, rest = command.resolve_command(context, [*context._protected_args, *context.args])
        assert inner is not None
        _parse(inner, rest)


def test_what_people_look_for_first_stands_first() -> None:
    printed = CliRunner().invoke(main, ["--help"]).stdout
    listed = printed.partition("Commands:\n")[2].partition("\n\n")[0]
    names = [line.split()[0] for line in listed.splitlines() if line[2] != " "]

    assert names[:2] == ["serve", "run"]
    assert sorted(names) == sorted(main.commands)


def test_what_acts_on_a_portal_takes_its_domain_in_the_same_way() -> None:
    named = {("portal", name) for name in ("create", "show", "change", "delete")} | {("reset",)}
    of_mock = {("portal",), ("portal", "list")}
    for words, command in ALL.items():
        taken = {name for parameter in command.params for name in parameter.opts}
        if words in named:
            assert taken & {"name", "domain"}, words
        elif words[:1] == ("portal",) and words not in of_mock:
            assert "--domain" in taken, words


@pytest.mark.parametrize(
    ("words", "option", "names"),
    [
        (("serve",), "plan", PLANS),
        (("serve",), "preset", PRESETS),
        (("serve",), "tasks", RULES),
        (("serve",), "dataset", [*datasets(), "FILE"]),
        (("serve",), "scenario", [*scenarios(), "FILE"]),
        (("seed",), "dataset", [*datasets(), "FILE"]),
        (("portal", "create"), "dataset", datasets()),
        (("portal", "create"), "scenario", scenarios()),
        (("portal", "change"), "tasks", RULES),
    ],
)
def test_options_list_what_they_may_be(
    words: tuple[str, ...], option: str, names: Iterable[str]
) -> None:
    printed = CliRunner().invoke(main, [*words, "--help"], terminal_width=200).stdout
    assert f"--{option} [{'|'.join(names)}]" in printed


def test_names_are_completed() -> None:
    complete = ShellComplete(main, {}, "talentlms-mock", "_TALENTLMS_MOCK_COMPLETE")

    def found(*words: str, begun: str) -> list[tuple[str, str]]:
        items = complete.get_completions(list(words), begun)
        return [(item.value, item.type) for item in items]

    assert found("portal", begun="sh") == [("show", "plain")]
    assert found("serve", "--plan", begun="g") == [("grow", "plain")]
    assert found("serve", "--plan", begun="x") == []
    assert found("serve", "--dataset", begun="me") == [("messy", "plain")]
    assert found("serve", "--dataset", begun="./me") == [("./me", "file")]
    assert found("portal", "create", "--dataset", begun="./me") == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_printed_for_each_shell(shell: str) -> None:
    result = CliRunner().invoke(main, ["completion", shell])
    assert (result.exit_code, result.stderr) == (0, "")
    assert f"_TALENTLMS_MOCK_COMPLETE={shell}_complete" in result.stdout


def test_bash_completes_with_what_is_printed(tmp_path: Path) -> None:
    script = CliRunner().invoke(main, ["completion", "bash"]).stdout
    name = tmp_path / "talentlms-mock"
    name.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m talentlms_mock "$@"\n')
    name.chmod(0o755)
    ask = f"""{script}
COMP_WORDS=({name} out) COMP_CWORD=1
_talentlms_mock_completion {name}
echo "${{COMPREPLY[@]}}"
"""
    run = subprocess.run(
        ["bash", "-c", ask], check=True, capture_output=True, text=True, timeout=30
    )
    assert (run.stdout, run.stderr) == ("outbox\n", "")
