"""talentlms-mock completion."""

import click
from click.shell_completion import get_completion_class

from talentlms_mock.cli.groups import examples

_COMMAND = "talentlms-mock"
_VARIABLE = "_TALENTLMS_MOCK_COMPLETE"


@click.command(epilog=examples("completion bash >> ~/.bash_completion", "completion fish | source"))
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print what makes SHELL complete the commands, options and names of the mock.

    Evaluate it where the shell starts: eval "$(talentlms-mock completion bash)".
    """
    found = get_completion_class(shell)
    assert found is not None
    click.echo(found(ctx.find_root().command, {}, _COMMAND, _VARIABLE).source())
