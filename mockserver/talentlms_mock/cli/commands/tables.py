"""The output of these commands."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import click


def echo_json(value: Any) -> None:
    """Print data as indented JSON."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


def done(state: Any, as_json: bool, sentence: str) -> None:
    """Print what was done: as a sentence, or as JSON what the mock responded; {} is nothing."""
    if as_json:
        echo_json({} if state is None else state)
    else:
        click.echo(sentence)


def print_table(
    heads: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    empty: str,
    colours: Mapping[str, Callable[[str], str]] | None = None,
) -> None:
    """Print rows, or the sentence `empty` if there are none.

    Args:
        heads: of the columns.
        rows: the cells.
        empty: what to say where there are none.
        colours: return the colour of a cell, by the head of its column.
    """
    if not rows:
        click.echo(empty)
        return
    from talentlms_mock.cli import printing  # noqa: PLC0415  # imports rich

    printing.print_table(printing.console(), heads, rows, colours)


def print_facts(facts: Mapping[str, str]) -> None:
    """Print each fact on a line of its own."""
    from talentlms_mock.cli import printing  # noqa: PLC0415  # imports rich

    printing.print_facts(printing.console(), facts)
