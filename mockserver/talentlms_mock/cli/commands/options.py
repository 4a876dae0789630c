"""Options and helpers of all commands that talk to a running mock."""

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from talentlms_mock.errors import SetupError

if TYPE_CHECKING:
    from talentlms_mock.cli.commands.client import Mock

Command = Callable[..., Any]

_URL = click.option(
    "--url",
    envvar="TALENTLMS_MOCK_URL",
    show_envvar=True,
    help="The address of the mock; by default the one started last on this machine.",
)
_TOKEN = click.option(
    "--token",
    envvar="TALENTLMS_MOCK_CONTROL_TOKEN",
    show_envvar=True,
    help="The token of a mock that listens beyond loopback.",
)
_DOMAIN = click.option(
    "--domain",
    envvar="TALENTLMS_MOCK_DOMAIN",
    show_envvar=True,
    help="The portal; optional if the mock has only one.",
)

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def of_mock(command: Command) -> Command:
    """Pass the running mock to a command, as its first argument."""

    @_URL
    @_TOKEN
    @wraps(command)
    def with_mock(url: str | None, token: str | None, **options: Any) -> Any:
        return command(_mock(url, token), **options)

    return with_mock


def of_portal(command: Command) -> Command:
    """Pass a portal of the running mock to a command, as its first argument."""

    @_DOMAIN
    @_URL
    @_TOKEN
    @wraps(command)
    def with_portal(url: str | None, token: str | None, domain: str | None, **options: Any) -> Any:
        from talentlms_mock.cli.commands.client import (  # noqa: PLC0415  # imports http.client
            PortalClient,
        )

        return command(PortalClient(_mock(url, token), domain), **options)

    return with_portal


def of_named_portal(command: Command) -> Command:
    """Pass the portal DOMAIN, or the one of --domain, to a command, as its first argument."""
    found = of_portal(command)

    @click.argument("name", metavar="[DOMAIN]", required=False)
    @wraps(found)
    def with_named_portal(name: str | None, domain: str | None, **options: Any) -> Any:
        source = click.get_current_context().get_parameter_source("domain")
        if name and domain and name != domain and source is ParameterSource.COMMANDLINE:
            raise SetupError(f"Give one domain: {name} or --domain {domain}.")
        return found(domain=name or domain, **options)

    return with_named_portal


def _mock(url: str | None, token: str | None) -> "Mock":
    from talentlms_mock.cli.commands.client import Mock  # noqa: PLC0415  # imports http.client

    return Mock(url, token)


def pairs(flag: str, texts: tuple[str, ...]) -> dict[str, str]:
    """Return NAME=VALUE texts as a mapping.

    Raises:
        SetupError: one has no equals sign.
    """
    found = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            raise SetupError(f"{flag} {text} names no value: write NAME=VALUE.".lstrip())
        found[name] = value
    return found


def set_fields(options: dict[str, Any]) -> dict[str, Any]:
    """Return the options that were given; a number 0 counts as given."""
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in options.items()
        if value is not None and value is not False and value not in ((), {})
    }
