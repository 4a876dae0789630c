"""The command `talentlms-mock`."""

import copy
import os
import tomllib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

import talentlms_mock
from talentlms_mock.cli import choices, served_portal
from talentlms_mock.cli.commands import (
    archive,
    clock,
    completion,
    contract,
    fault,
    health,
    importing,
    learner,
    outbox,
    portal,
    requests,
    snapshot,
    verify,
)
from talentlms_mock.cli.groups import Commands, Refused, examples
from talentlms_mock.errors import SetupError
from talentlms_mock.hosts import VENDOR_SUFFIX
from talentlms_mock.portal.contract.suggest import suggest
from talentlms_mock.portal.state.settings import (
    BURST_LIMIT,
    DEFAULT_API_KEY,
    DEFAULT_DATASET,
    DEFAULT_DOMAIN,
    DEFAULT_PLAN,
    DEFAULT_PRESET,
    DEFAULT_SEED,
    QUIRKS,
)
from talentlms_mock.portal.state.task_rule import DEFAULT_TASKS
from talentlms_mock.tls.contexts import ca_file
from talentlms_mock.toml_files import read_text

_PREFIX = "TALENTLMS_MOCK"
_QUIRKS_OF_FILE = "talentlms_mock.quirks"
_Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=examples("serve", "run -- pytest", "portal list"),
)
@click.version_option(package_name="talentlms-mock", message="%(prog)s %(version)s")
def main() -> None:
    """A mock of the TalentLMS v2 REST API; an independent project, not the vendor's."""


def _read_config(ctx: click.Context, parameter: click.Parameter, value: Path | None) -> Path | None:
    """Read the defaults of the command's other options from the file."""
    if value is None:
        return None
    settings = _toml(value)
    known = {name for option in ctx.command.params if (name := option.name) is not None}
    known -= {"config", "help", "command", "opens"}
    for name, setting in settings.items():
        if name not in known:
            raise SetupError(f"{value} has an unknown key {name!r}{suggest(name, known)}.")
        if isinstance(setting, (dict, list)) != (name == "quirks"):
            what = "a table, name = value" if name == "quirks" else "a single value"
            raise SetupError(f"{value}: {name} must be {what}.")
    ctx.meta[_QUIRKS_OF_FILE] = {
        name: str(value) for name, value in settings.pop("quirks", {}).items()
    }
    ctx.default_map = {**(ctx.default_map or {}), **settings}
    return value


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(read_text(path))
    except OSError as error:
        raise SetupError(f"Cannot read {path}: {error.strerror}.") from None
    except ValueError as error:  # not TOML, or not UTF-8
        raise SetupError(f"{path} is not a TOML file: {error}.") from None


def _quirks(
    ctx: click.Context, parameter: click.Parameter, values: tuple[str, ...]
) -> dict[str, str]:
    quirks: dict[str, str] = {}
    for text in values:
        name, equals, value = text.partition("=")
        if not equals:
            raise SetupError(f"--quirk {text} names no value: write NAME=VALUE.")
        quirks[name] = value
    return quirks


def _option(flag: str, *names: str, **settings: Any) -> _Decorator:
    """Return a click option with its environment variable and its default shown."""
    variable = f"{_PREFIX}_{flag.removeprefix('--').replace('-', '_').upper()}"
    settings.setdefault("show_default", settings.get("default") is not None)
    return click.option(flag, *names, envvar=variable, show_envvar=True, **settings)


_PORT = click.IntRange(0, 65_535)
_AT_LEAST_0 = click.IntRange(min=0)
_FILE = click.Path(path_type=Path)


@main.command(
    epilog=examples(
        "serve",
        "serve --domain acme --plan grow --users 200 --open",
        "serve --proxy-port 8888 --scenario flaky",
        "serve --database acme.sqlite",
    )
)
@_option(
    "--config",
    type=_FILE,
    is_eager=True,
    callback=_read_config,
    help="A TOML file with these options: domain, api_key, ..., and a table quirks.",
)
@_option("--domain", default=DEFAULT_DOMAIN, help=f"The label before {VENDOR_SUFFIX}.")
@_option("--api-key", default=DEFAULT_API_KEY, help="The key that clients must send.")
@_option("--plan", type=choices.PLAN, default=DEFAULT_PLAN, help="Sets the hourly limit.")
@_option("--hourly-limit", type=int, help="Requests allowed in an hour, instead of the plan's.")
@_option("--burst-limit", type=int, default=BURST_LIMIT, help="Requests allowed in five seconds.")
@_option("--seed", type=int, default=DEFAULT_SEED, help="The same seed gives the same data.")
@_option(
    "--users", type=_AT_LEAST_0, help="How many users; by default, as many as the dataset has."
)
@_option(
    "--dataset",
    type=choices.DATASET,
    default=DEFAULT_DATASET,
    help="The data to start from: the name of a dataset, or a file.",
)
@_option(
    "--database", type=_FILE, help="A file that keeps the portal; continue from it if it exists."
)
@_option(
    "--databases",
    type=_FILE,
    help="A folder that keeps each portal in a file of its own; continue from all of them.",
)
@_option(
    "--scenario",
    type=choices.SCENARIO,
    help="Faults and settings to start with: the name of a scenario, or a file.",
)
@_option("--host", default="127.0.0.1", help="The address to listen on.")
@_option("--https-port", type=_PORT, default=8443, help="The TLS port; 0 picks a free one.")
@_option("--http-port", type=_PORT, default=8080, help="The plain port; 0 picks a free one.")
@_option(
    "--proxy-port",
    type=_PORT,
    help=f"The port of a proxy that leads *{VENDOR_SUFFIX} here; 0 picks a free one.",
)
@_option("--allow-http", is_flag=True, help="Serve the API on the plain port too.")
@_option(
    "--behind-tls-proxy",
    is_flag=True,
    help="Trust X-Forwarded-Proto from this machine.",
)
@_option(
    "--control-token",
    help="The token that the control API requires; generated and printed off loopback.",
)
@_option(
    "--public-url",
    metavar="URL",
    help="Where clients reach it through a TLS proxy or a container's port; it stands in the "
    "addresses that the mock gives.",
)
@_option(
    "--preset",
    type=choices.PRESET,
    default=DEFAULT_PRESET,
    help="All quirks at once, by the source that wins.",
)
@_option(
    "--quirk",
    "quirks",
    multiple=True,
    metavar="NAME=VALUE",
    callback=_quirks,
    help=f"Choose where the vendor's documents are unclear: {', '.join(QUIRKS)}.",
)
@_option(
    "--corrections",
    type=_FILE,
    help="A file of `verify --write`: how the vendor's responses differ.",
)
@_option(
    "--tasks",
    type=choices.TASKS,
    default=DEFAULT_TASKS,
    help="When a background task is completed.",
)
@_option(
    "--strict",
    is_flag=True,
    help="Fail where an option has no effect, as --users has when the --database exists.",
)
@click.option("--open", "opens", is_flag=True, help="Open the console in a browser.")
@click.pass_context
def serve(ctx: click.Context, /, *, opens: bool, **options: Any) -> None:
    """Serve one portal until Ctrl-C.

    A flag takes precedence over its environment variable, and that over the config file.
    """
    server_options = _server_options(ctx, options)
    from talentlms_mock.serving.event_loop import interrupted_by_signals  # noqa: PLC0415  # asyncio

    # Before the server takes the signals itself, they leave no file behind either.
    with suppress(KeyboardInterrupt), interrupted_by_signals():
        served_portal.serve(server_options, options, _given(ctx), opens=opens)


def _server_options(ctx: click.Context, options: dict[str, Any]) -> dict[str, Any]:
    """Remove the options of the server from `options`, and return them."""
    options.pop("config")
    if options["database"] is not None and options["databases"] is not None:
        raise SetupError("A portal is kept in one file: give --database or --databases.")
    options["quirks"] = {**ctx.meta.get(_QUIRKS_OF_FILE, {}), **options["quirks"]}
    return {
        name: options.pop(name)
        for name in (
            *("host", "https_port", "http_port", "proxy_port"),
            *("allow_http", "behind_tls_proxy", "databases", "control_token"),
            "public_url",
        )
    }


def _given(ctx: click.Context) -> dict[str, Any]:
    """Return the options of the portal that were given, and are not the defaults."""
    return {
        name: ctx.params[name]
        for name in (*("dataset", "users", "seed"), *served_portal.SETTINGS)
        if ctx.get_parameter_source(name) is not ParameterSource.DEFAULT
    }


@main.command(epilog=examples("seed --database acme.sqlite --users 100000"))
@_option(
    "--users", type=_AT_LEAST_0, help="How many users; by default, as many as the dataset has."
)
@_option("--database", type=_FILE, required=True, help="The file to write, which must not exist.")
@_option(
    "--dataset",
    type=choices.DATASET,
    default=DEFAULT_DATASET,
    help="The name of a dataset, or a file.",
)
@_option("--seed", type=int, default=DEFAULT_SEED, help="The same seed gives the same data.")
def seed(users: int | None, database: Path, dataset: str, seed: int) -> None:
    """Write a portal to a file, for `serve --database`."""
    from talentlms_mock.cli import printing  # noqa: PLC0415  # imports rich
    from talentlms_mock.portal.seed.build import build_file  # noqa: PLC0415  # imports SQLAlchemy

    with printing.progress_bar(printing.console(stderr=True)) as bar:
        task = bar.add_task("Users", total=users)
        build_file(
            database,
            dataset=dataset,
            users=users,
            seed=seed,
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )
    click.echo(f"Wrote {database}.")


@main.command(epilog=examples("ca", "ca --install-hint"))
@click.option(
    "--install-hint", is_flag=True, help="Show how to make a browser or a system trust it."
)
def ca(install_hint: bool) -> None:
    """Print the path of the certificate authority's certificate; create it if it is missing."""
    from talentlms_mock.cli import install_hint as hints  # noqa: PLC0415  # `ca` alone shows them

    path = ca_file()
    click.echo(hints.install_hint(path) if install_hint else path)


@main.command(epilog=examples("env --wait 10", "env --format github >> $GITHUB_ENV"))
@_option(
    "--proxy-port",
    type=_PORT,
    help="The proxy of the mock to use; by default the mock started last.",
)
@click.option("--wait", type=float, default=0, help="Seconds to wait for a mock that is starting.")
@click.option(
    "--shell",
    "style",
    type=click.Choice(["sh", "fish", "powershell"]),
    default="sh",
    show_default=True,
    help="The shell whose commands are printed, for its eval.",
)
@click.option(
    "--format",
    "file_format",
    type=click.Choice(["github", "dotenv"]),
    help="Print the lines of a file instead: $GITHUB_ENV, or a .env file.",
)
def env(proxy_port: int | None, wait: float, style: str, file_format: str | None) -> None:
    """Print the variables that make another program use the running mock.

    Start the mock with `talentlms-mock serve --proxy-port 8888`. Then, in a shell: eval
    "$(talentlms-mock env)".
    """
    from talentlms_mock.cli import announcements  # noqa: PLC0415  # few commands look for a mock
    from talentlms_mock.serving import environment  # noqa: PLC0415  # `env` alone prints variables

    address = announcements.find(proxy_port, wait=wait)
    found = environment.variables(address, os.environ)
    click.echo(environment.render(found, file_format or style), nl=False)
    if file_format == "github":
        click.echo(environment.LEFT_OUT_FOR_GITHUB, err=True)


@main.command(
    context_settings={"allow_interspersed_args": False},
    epilog=examples("run -- npm test", "run --scenario flaky --har calls.har -- ./sync.sh"),
)
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
@_option("--journal", type=_FILE, help="Write the requests to this file, each a line of JSON.")
@_option("--har", type=_FILE, help="Write them to this file as an HTTP Archive, for a browser.")
@_option("--quiet", is_flag=True, help="Print no report.")
@click.pass_context
def run(ctx: click.Context, /, command: tuple[str, ...], **options: Any) -> None:
    """Run a program with a mock of its own, and report what it called.

    The program's environment leads every connection to *.talentlms.com to the mock, which ends
    with the program. The report goes to standard error, by operation and with the errors first;
    the exit status is the program's.
    """
    from talentlms_mock.cli import program, run_files  # noqa: PLC0415  # `run` alone needs them
    from talentlms_mock.cli.run_summary import Calls  # noqa: PLC0415  # imports the journal

    quiet, *files = (options.pop(name) for name in ("quiet", "journal", "har"))
    run_files.check_directories(files)
    server_options = _server_options(ctx, options)
    calls = Calls()
    server = talentlms_mock.MockServer(
        **server_options, on_exchange=calls.add, on_refusal=calls.add_refusal
    )
    try:
        with server:
            portal = served_portal.create_portal(server, options, _given(ctx))
            status = program.run(command, {**os.environ, **server.environment()})
    except program.CannotRun as error:
        raise Refused(str(error), error.status) from None
    if not quiet:
        from talentlms_mock.cli import printing  # noqa: PLC0415  # imports rich

        printing.print_calls(printing.console(stderr=True), calls)
    run_files.write_journal(portal, *files)
    ctx.exit(status)


def _on_free_ports(option: click.Parameter) -> click.Parameter:
    if option.name in ("https_port", "http_port", "proxy_port"):
        option = copy.copy(option)
        option.default = 0
    return option


run.params[:0] = [_on_free_ports(each) for each in serve.params if each.name != "opens"]


for _command in (
    portal.portal,
    requests.requests,
    fault.fault,
    fault.scenario,
    clock.clock,
    learner.learner,
    outbox.outbox,
    snapshot.snapshot,
    archive.archive,
    portal.reset,
    verify.verify,
    importing.import_,
    contract.operations,
    contract.openapi,
    health.healthcheck,
    completion.completion,
):
    main.add_command(_command)

# What people look for first stands first.
main.commands = {
    **{name: main.commands[name] for name in ("serve", "run", "env")},
    **main.commands,
}
