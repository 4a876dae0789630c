"""talentlms-mock healthcheck."""

from typing import TYPE_CHECKING

import click

from talentlms_mock.cli.commands import options
from talentlms_mock.cli.commands.tables import done
from talentlms_mock.cli.groups import Refused, examples
from talentlms_mock.errors import SetupError

if TYPE_CHECKING:
    from talentlms_mock.cli.commands.client import Mock


@click.command(epilog=examples("healthcheck", "healthcheck --url http://127.0.0.1:8080"))
@click.option("--wait", type=float, default=0, help="Seconds to wait for a mock that is starting.")
@options.as_json
@options.of_mock
def healthcheck(mock: "Mock", as_json: bool, wait: float) -> None:
    """Say whether the mock answers: status 0 if it does, 1 if not. It needs no token."""
    try:
        state = mock.health(wait)
    except SetupError as error:
        raise Refused(str(error), 1) from None
    count = state["portals"]
    portals = f"{count} portal{'s' * (count != 1)}"
    done(state, as_json, f"talentlms-mock {state['version']} answers at {mock.url}, {portals}.")
