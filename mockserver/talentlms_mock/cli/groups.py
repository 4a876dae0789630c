"""Groups of commands, and the examples in their help."""

from typing import Any

import click

from talentlms_mock.errors import MockError


class Refused(click.ClickException):
    """A failure that ends the command: one sentence, and status 2 or another."""

    def __init__(self, message: str, exit_code: int = 2) -> None:
        super().__init__(message)
        self.exit_code = exit_code  # type: ignore[misc] # click reads it from instances


class Commands(click.Group):
    """A group of commands in the order of their declaration.

    An error of the mock is printed as one sentence.
    """

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except MockError as error:
            raise Refused(str(error)) from None

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands in their order, and not in the alphabet's."""
        return list(self.commands)


def examples(*lines: str) -> str:
    """Return the epilog of a command's help: lines that a shell runs, after `talentlms-mock`."""
    shown = "\n".join(f"  talentlms-mock {line}" for line in lines)
    return f"\b\nExample{'s' * (len(lines) > 1)}:\n{shown}"
