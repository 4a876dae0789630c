"""The key of a live portal: from the environment, or asked for; never an argument."""

import os
import sys

import click

from talentlms_mock.errors import SetupError

KEY_VARIABLE = "TALENTLMS_KEY"
"""The environment variable with the key, unless another is named."""

option = click.option(
    "--api-key-env",
    metavar="NAME",
    default=KEY_VARIABLE,
    show_default=True,
    help="The environment variable with the key of the portal; without it, the key is asked for.",
)


def read(variable: str) -> str:
    """Return the key in an environment variable, or the one that a person types.

    Raises:
        SetupError: there is none, and nobody to ask.
    """
    key = os.environ.get(variable)
    if key is not None:
        return key.strip()
    if not is_a_person():
        raise SetupError(
            f"There is no API key: put it into the environment variable {variable}, or name "
            "another with --api-key-env."
        )
    answer: str = click.prompt("API key", hide_input=True, err=True)
    return answer.strip()


def is_a_person() -> bool:
    """Return whether somebody is there who can be asked."""
    return sys.stdin.isatty()
