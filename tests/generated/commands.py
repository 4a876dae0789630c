"""The parts of the reference that are made from the command line: commands, options, variables."""

import inspect
from collections.abc import Iterator
from functools import cache

import click

from talentlms_mock.cli.main import main
from tests.generated.marks import Parts, table

NAME = "talentlms-mock"
_OF_SERVE = "`run` also takes the options of [`serve`](#talentlms-mock-serve), on free ports."
_SHARED = ("domain", "url", "token")
"""Options of every command that talks to a running mock, which the page explains once."""


@cache
def commands() -> dict[str, click.Command]:
    """Return every command by the words that call it, in the order of the command line's help."""
    return dict(_below(NAME, main))


def _below(words: str, group: click.Group) -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from _below(f"{words} {name}", command)
        elif not command.hidden:
            yield f"{words} {name}", command


def _commands_table() -> str:
    rows = [
        (f"[`{words}`](#{words.replace(' ', '-')})", _paragraphs(command)[0])
        for words, command in commands().items()
    ]
    return table(("command", ""), rows)


def _paragraphs(command: click.Command) -> list[str]:
    """Return what a command's help says, without what is there for the terminal alone."""
    text = inspect.cleandoc(command.help or "").partition("\f")[0]
    return [" ".join(part.split()) for part in text.split("\n\n")]


def _sections() -> str:
    return "\n\n".join(_section(words, command) for words, command in commands().items())


def _section(words: str, command: click.Command) -> str:
    usage = " ".join(command.collect_usage_pieces(click.Context(command)))
    parts = [f"### {words}", f"`{words} {usage}`", *_paragraphs(command)]
    own = _own_options(command)
    shared = [each for each in own if _is_shared(each, own)]
    rows = [_option_row(option) for option in own if option not in shared]
    if rows:
        parts.append(table(("option", "default", ""), rows))
    if shared:
        names = ", ".join(f"`{option.opts[0]}`" for option in shared)
        parts.append(f"And {names}, as [above](#of-a-running-mock).")
    if command is main.commands.get("run"):
        parts.append(_OF_SERVE)
    return "\n\n".join(parts)


def _own_options(command: click.Command) -> list[click.Option]:
    """Return the options of a command; those that `run` has from `serve` stand there."""
    options = [
        each for each in command.params if isinstance(each, click.Option) and not each.hidden
    ]
    if command is main.commands.get("run"):
        of_serve = {each.name for each in main.commands["serve"].params}
        return [each for each in options if each.name not in of_serve]
    return options


def _is_shared(option: click.Option, options: list[click.Option]) -> bool:
    return option.name in _SHARED and any(each.name == "url" for each in options)


def _option_row(option: click.Option) -> tuple[str, ...]:
    flags = ", ".join(f"`{flag}`" for flag in option.opts)
    if option.secondary_opts:
        flags += f" / `{option.secondary_opts[0]}`"
    return (flags, _default(option), _said(option))


def _default(option: click.Option) -> str:
    default = option.to_info_dict()["default"]
    if option.is_flag or not isinstance(default, str | int | float):
        return ""
    return f"`{default}`"


def _said(option: click.Option) -> str:
    text = option.help or ""
    if option.required:
        text += " Required."
    if option.multiple:
        text += " May be repeated."
    if isinstance(option.type, click.Choice):
        text += f" One of {', '.join(f'`{choice}`' for choice in option.type.choices)}."
    return text.replace("*.", "\\*.").strip()


def _variables_table() -> str:
    found: dict[str, list[tuple[str, click.Option]]] = {}
    first = sorted(commands().items(), key=lambda item: item[1] is not main.commands["serve"])
    for words, command in first:
        for option in _own_options(command):
            if isinstance(option.envvar, str):
                found.setdefault(option.envvar, []).append((words, option))
    rows = [
        (f"`{name}`", f"`{uses[0][1].opts[0]}`", _users(uses), _said(uses[0][1]))
        for name, uses in sorted(found.items())
    ]
    return table(("variable", "option", "of", ""), rows)


def _users(uses: list[tuple[str, click.Option]]) -> str:
    """Return the commands that read a variable; where they are many, their number."""
    names = list(dict.fromkeys(words.removeprefix(f"{NAME} ") for words, _ in uses))
    if len(names) > 3:
        return f"`{names[0]}` and {len(names) - 1} others"
    return ", ".join(f"`{name}`" for name in names)


COMMANDS: Parts = {"commands": _commands_table, "sections": _sections}
VARIABLES: Parts = {"variables": _variables_table}
