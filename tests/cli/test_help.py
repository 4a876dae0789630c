"""What `--help` says of every command."""

from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from talentlms_mock.cli.main import main


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
