"""The man page of the command, made from the command itself."""

import re
from collections.abc import Iterator
from pathlib import Path

import click

from talentlms_mock.cli.main import main
from talentlms_mock.cli.printing import DOCUMENTATION

FILE = Path(__file__).parents[2] / "man" / "talentlms-mock.1"
NAME = "talentlms-mock"

_HEAD = r"""
.\" Made by `make generated` from the command; change nothing here.
.TH TALENTLMS\-MOCK 1
.nh
.ad l
.SH NAME
talentlms\-mock \- a mock of the TalentLMS v2 REST API
.SH SYNOPSIS
.B talentlms\-mock
.I command
.RI [ option "]... [" argument ]...
.SH DESCRIPTION
A stateful mock of the TalentLMS v2 REST API for tests of programs that use it.
An independent project, not the vendor's.
.SH COMMANDS
"""
_TAIL = rf"""
.SH ENVIRONMENT
Most options have a variable of their own, which is named with them.
.TP
.B TALENTLMS_MOCK_DATA_DIR
Where the certificate authority and the templates of data are kept.
.SH EXIT STATUS
.TP
.B 0
Success.
.TP
.B 1
.B healthcheck
found no mock;
.B verify
found differences.
.TP
.B 2
The command was refused; standard error says why.
.PP
.B run
ends with the status of its program.
.SH SEE ALSO
.UR {DOCUMENTATION}
The documentation
.UE
"""


def page() -> str:
    """Return the man page, with a section for each command."""
    context = click.Context(main, info_name=NAME)
    lines = [
        line for inner, command in _commands(context, main) for line in _section(inner, command)
    ]
    body = "\n".join(lines)
    return f"{_HEAD.lstrip()}{body}{_TAIL}"


def _commands(
    context: click.Context, group: click.Group
) -> Iterator[tuple[click.Context, click.Command]]:
    for name, command in group.commands.items():
        inner = click.Context(command, info_name=name, parent=context)
        if isinstance(command, click.Group):
            yield from _commands(inner, command)
        else:
            yield inner, command


def _section(context: click.Context, command: click.Command) -> Iterator[str]:
    usage = " ".join(command.collect_usage_pieces(context))
    yield f".SS {_text(context.command_path)} {_text(usage)}".rstrip()
    for number, paragraph in enumerate((command.help or "").split("\n\n")):
        if number:
            yield ".PP"
        yield _text(" ".join(paragraph.split()))
    for parameter in command.params:
        record = parameter.get_help_record(context)
        if record is not None:
            yield ".TP"
            yield f".B {_text(record[0])}"
            yield _text(" ".join(record[1].split()))
    yield ".PP"
    yield "Examples:"
    yield ".PP"
    yield ".nf"
    yield from (f".B {_text(line.strip())}" for line in (command.epilog or "").splitlines()[2:])
    yield ".fi"


def _text(text: str) -> str:
    """Return a text as roff reads it: nothing in it is a request or an escape."""
    escaped = text.replace("\\", r"\e").replace("-", r"\-").replace('"', r"\(dq")
    escaped = escaped.replace("|", r"|\:")  # a line may end there
    return re.sub(r"^(?=[.'])", r"\\&", escaped)
