"""talentlms-mock operations, and openapi."""

import json
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import click

from talentlms_mock.cli.groups import examples
from talentlms_mock.errors import SetupError
from talentlms_mock.portal.contract.suggest import suggest

if TYPE_CHECKING:
    from talentlms_mock.api.operation import Operation, Registry
    from talentlms_mock.portal.contract.corrections import Corrections

_CORRECTIONS = click.option(
    "--corrections",
    type=click.Path(path_type=Path),
    envvar="TALENTLMS_MOCK_CORRECTIONS",
    show_envvar=True,
    help="A file of `verify --write`: show what it verified.",
)


@click.command(
    epilog=examples("operations", "operations users", "operations getUsers createUser --json")
)
@click.argument("names", metavar="[RESOURCE|OPERATION]...", nargs=-1)
@click.option(
    "--ledger", is_flag=True, help="Show which parts are known differently from the rest, and how."
)
@_CORRECTIONS
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def operations(
    names: tuple[str, ...], ledger: bool, corrections: Path | None, as_json: bool
) -> None:
    """List the operations, and how well each is known.

    A RESOURCE, like users, is those whose path begins with it. For an OPERATION, like getUsers,
    show everything that is known.
    """
    found, is_detailed = _named(names)
    if as_json:
        from talentlms_mock.api.openapi import as_data  # noqa: PLC0415  # imports pydantic

        click.echo(json.dumps([as_data(operation) for operation in found], indent=2))
        return
    from talentlms_mock.cli import printing  # noqa: PLC0415  # imports rich

    if ledger or is_detailed or corrections:
        printing.print_ledger(printing.console(), found, _corrections(corrections))
    else:
        printing.print_operations(printing.console(), found)


def _corrections(path: Path | None) -> "Corrections | None":
    if path is None:
        return None
    from talentlms_mock.portal.contract import corrections  # noqa: PLC0415  # imports pydantic

    return corrections.compiled(corrections.load(path))


def _named(names: tuple[str, ...]) -> "tuple[list[Operation], bool]":
    """Return the operations of these names or resources, or all; and whether one has its name.

    Raises:
        SetupError: there is no such operation and no such resource.
    """
    registry = _registry()
    by_name = {operation.operation_id: operation for operation in registry}
    resources: dict[str, list[Operation]] = {}
    for operation in registry:
        resources.setdefault(operation.path.split("/")[1], []).append(operation)
    found: dict[str, Operation] = {}
    for name in names:
        if name not in by_name and name not in resources:
            near = suggest(name, [*by_name, *resources])
            raise SetupError(f"There is no operation or resource {name!r}{near}.")
        meant = [by_name[name]] if name in by_name else resources[name]
        found.update((operation.operation_id, operation) for operation in meant)
    return list((found or by_name).values()), any(name in by_name for name in names)


def _registry() -> "Registry":
    import talentlms_mock.app  # noqa: F401, PLC0415  # its resources fill the registry
    from talentlms_mock.api.operation import REGISTRY  # noqa: PLC0415  # imports pydantic

    return REGISTRY


@click.command(epilog=examples("openapi > talentlms.json", "openapi --json"))
@click.option("--json", "compact", is_flag=True, help="On one line.")
def openapi(compact: bool) -> None:
    """Print the OpenAPI document of what the mock serves."""
    from talentlms_mock.api.openapi import document  # noqa: PLC0415  # imports pydantic

    content = document(_registry(), version("talentlms-mock"))
    click.echo(
        json.dumps(content, ensure_ascii=False, separators=(",", ":"))
        if compact
        else json.dumps(content, ensure_ascii=False, indent=2)
    )
