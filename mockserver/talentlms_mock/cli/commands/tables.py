"""The output of these commands."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import click


def echo_json(value: Any) -> None:
    """Print data as indented JSON."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


def print_table(heads: Sequence[str], rows: Sequence[Sequence[str]], *, empty: str) -> None:
    """Print rows, or the sentence `empty` if there are none."""
    if not rows:
        click.echo(empty)
        return
    from talentlms_mock.cli import printing  # noqa: PLC0415  # imports rich

    printing.print_table(printing.console(), heads, rows)


def print_facts(facts: Mapping[str, str]) -> None:
    """Print each fact on a line of its own."""
    from talentlms_mock.cli import printing  # noqa: PLC0415  # imports rich

    printing.print_facts(printing.console(), facts)
