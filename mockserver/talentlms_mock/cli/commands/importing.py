"""`talentlms-mock import`: make a portal of somebody's data, without the people in it."""

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, Unpack

import click

from talentlms_mock.cli.commands import live_key
from talentlms_mock.cli.groups import examples
from talentlms_mock.errors import SetupError
from talentlms_mock.hosts import VENDOR_SUFFIX
from talentlms_mock.portal.state.settings import DEFAULT_DOMAIN, Settings

if TYPE_CHECKING:
    from talentlms_mock.verify.importing.estimate import Estimate
    from talentlms_mock.verify.importing.kept import Kept
    from talentlms_mock.verify.importing.notes import Notes
    from talentlms_mock.verify.importing.reader import Reader
    from talentlms_mock.verify.importing.run import Import

STOPPED = 2
_FILE = click.Path(path_type=Path)
_EXAMPLES = examples(
    "import --domain acme --database acme.sqlite",
    "import --domain acme --database acme.sqlite --resume",
    "import --domain acme --database acme.sqlite --without units",
    "import --har recording.har --database acme.sqlite",
    'import --csv users.csv --map "E-mail=email" --database acme.sqlite',
)


@click.command("import", epilog=_EXAMPLES)
@click.option("--database", type=_FILE, required=True, help="The file to write; a new one.")
@click.option("--har", type=_FILE, help="Read a recording in place of a portal: HAR, or a journal.")
@click.option("--csv", "table", type=_FILE, help="Read the users of a CSV file.")
@click.option(
    "--map",
    "columns",
    multiple=True,
    metavar="COLUMN=FIELD",
    help="Which field of a user a column of the CSV file is, like E-mail=email.",
)
@click.option("--domain", help=f"The live portal to read: the label before {VENDOR_SUFFIX}.")
@live_key.option
@click.option(
    "--anonymise",
    type=click.Choice(["people", "all"]),
    default="people",
    show_default=True,
    help="What is replaced: people and texts, or also the names of courses, groups and the like.",
)
@click.option("--keep-names", is_flag=True, help="Replace nothing; asks before.")
@click.option(
    "--without",
    multiple=True,
    metavar="PART",
    help="Leave a part out: units, progress, timeline, rewards, ...",
)
@click.option(
    "--share",
    type=click.IntRange(1, 100),
    default=20,
    show_default=True,
    help="How much of what the portal's limit leaves is used, in percent.",
)
@click.option("--dry-run", is_flag=True, help="Print the estimate, and stop.")
@click.option("--resume", is_flag=True, help="Continue an import that was stopped.")
@click.option("--yes", is_flag=True, help="Begin without asking.")
@click.pass_context
def import_(
    ctx: click.Context,
    /,
    database: Path,
    har: Path | None,
    table: Path | None,
    columns: tuple[str, ...],
    domain: str | None,
    anonymise: str,
    keep_names: bool,
    **live: Unpack["_LiveOptions"],
) -> None:
    """Make a portal of your data, for `serve --database`.

    Reads a live portal (--domain) within its limits, a recording (--har), or the users of a table
    (--csv). People are replaced by others, and a field that the mock does not know is left out.
    The portal is only read.
    """
    from talentlms_mock.verify.importing import run  # noqa: PLC0415  # imports SQLAlchemy, Faker

    if [domain, har, table].count(None) != 2:
        raise SetupError(
            "Say what to import: --domain of a live portal, --har of a recording, or --csv of a "
            "table of users."
        )
    if columns and table is None:
        raise SetupError("--map is for the columns of a file: name it with --csv.")
    if domain is None and (live["without"] or live["dry_run"] or live["resume"]):
        raise SetupError("--without, --dry-run and --resume are for a live portal, --domain.")
    if domain is not None:
        domain = Settings(domain=domain).domain  # which checks it
        _check_parts(live["without"])
    run.check_target(database, keep_names=keep_names)
    if keep_names:
        _ask_for_names(database)
    names = anonymise == "all"
    if domain is None:
        notes = _of_file(database, har, table, columns, names=names, keep_names=keep_names)
        _report(database, notes)
    else:
        _of_portal(ctx, database, domain, live, names=names, keep_names=keep_names)


class _LiveOptions(TypedDict):
    """The options for a live portal."""

    api_key_env: str
    without: tuple[str, ...]
    share: int
    dry_run: bool
    resume: bool
    yes: bool


def _of_portal(
    ctx: click.Context,
    database: Path,
    domain: str,
    options: _LiveOptions,
    *,
    names: bool,
    keep_names: bool,
) -> None:
    """Make the database of a live portal, or leave what was read for a later run."""
    from talentlms_mock.verify.importing import run  # noqa: PLC0415  # imports SQLAlchemy, Faker

    live = _Live(domain, options["api_key_env"], options["without"], options["share"] / 100)
    if options["dry_run"]:
        live.dry_run()
        return
    found = run.begin(
        database, domain, names=names, keep_names=keep_names, resume=options["resume"]
    )
    stopped = live.read(found, asks=live_key.is_a_person() and not options["yes"])
    if stopped:
        found.kept.close()
        click.echo(
            f"{stopped}; continue with --resume, the import is kept in {run.state_path(database)}.",
            err=True,
        )
        ctx.exit(STOPPED)
    _report(database, found.make(database))


def _of_file(
    database: Path,
    har: Path | None,
    table: Path | None,
    columns: tuple[str, ...],
    *,
    names: bool,
    keep_names: bool,
) -> "Notes":
    """Make the database of a recording or a table, without a file in between."""
    from talentlms_mock.verify.importing import recording  # noqa: PLC0415  # `import` alone
    from talentlms_mock.verify.importing import table as tables  # noqa: PLC0415
    from talentlms_mock.verify.importing.kept import Kept  # noqa: PLC0415
    from talentlms_mock.verify.importing.run import Import  # noqa: PLC0415

    kept = Kept()
    with closing(kept):
        found = Import(kept, DEFAULT_DOMAIN, names=names, keep_names=keep_names, is_whole=False)
        if har is not None:
            recording.take_recording(found, har)
        elif table is not None:
            tables.take_table(found, table, tables.mapping_of(columns))
        return found.make(database)


def _check_parts(without: tuple[str, ...]) -> None:
    from talentlms_mock.portal.contract.suggest import suggest  # noqa: PLC0415
    from talentlms_mock.verify.importing.stages import OPTIONAL  # noqa: PLC0415  # `import` alone

    for name in without:
        if name not in OPTIONAL:
            raise SetupError(
                f"There is no part {name!r} to leave out{suggest(name, OPTIONAL)}; there are "
                f"{', '.join(OPTIONAL)}."
            )


def _ask_for_names(database: Path) -> None:
    click.echo(
        f"--keep-names writes names, logins and email addresses of people into {database}.",
        err=True,
    )
    if not click.confirm("Keep them?", default=False, err=True):
        raise SetupError("Nothing was read: run it without --keep-names to replace people.")


def _report(database: Path, notes: "Notes") -> None:
    lines = notes.lines()
    if lines:
        click.echo("Left out or changed:")
        for line in lines:
            click.echo(f"  {line}")
    click.echo(f"Wrote {database}: talentlms-mock serve --database {database}")


class _Live:
    """Reading a live portal from the command line.

    Args:
        domain: of the portal.
        variable: the environment variable with the key.
        without: the parts that are left out.
        share: of what the limit leaves.
    """

    def __init__(self, domain: str, variable: str, without: tuple[str, ...], share: float) -> None:
        self._domain = domain
        self._key = live_key.read(variable)
        self._without = without
        self._share = share

    def dry_run(self) -> None:
        """Print the estimate; what it needs is read, and nothing is kept."""
        from talentlms_mock.verify.importing.kept import Kept  # noqa: PLC0415  # imports SQLAlchemy
        from talentlms_mock.verify.importing.run import Import  # noqa: PLC0415

        kept = Kept()
        with closing(kept):
            stopped = self.read(Import(kept, self._domain), asks=False, only_estimate=True)
        if stopped:
            raise SetupError(f"{stopped}.")

    def read(self, found: "Import", *, asks: bool, only_estimate: bool = False) -> str:
        """Read the portal, and return why that stopped, if it did."""
        from time import sleep  # noqa: PLC0415  # a live run alone waits

        from talentlms_mock.verify.importing import estimate  # noqa: PLC0415
        from talentlms_mock.verify.importing.reader import Reader, Stopped  # noqa: PLC0415
        from talentlms_mock.verify.live.client import LiveSender  # noqa: PLC0415
        from talentlms_mock.verify.live.pace import Pace  # noqa: PLC0415

        kept = found.kept
        with closing(LiveSender(self._domain, agent="talentlms-mock import")) as sender:
            reader = Reader(
                sender, self._key, Pace(sleep, share=self._share), kept, found.taker, _say_wait
            )
            try:
                click.echo(f"Looking at {sender.host}.", err=True)
                estimate.look_around(reader, kept, self._without)
                _print_estimate(estimate.estimate(reader, kept, self._without, self._share), kept)
                if only_estimate:
                    return ""
                if asks and not click.confirm("Begin?", default=True, err=True):
                    raise SetupError("Nothing was written; --resume continues it.")
                self._read_all(reader)
            except KeyboardInterrupt:
                return "Interrupted"
            except SetupError:
                (kept.close if kept.count else kept.remove)()  # of nothing there is no more
                raise
            except Stopped as error:
                return str(error)
        return ""

    def _read_all(self, reader: "Reader") -> None:
        from talentlms_mock.cli import printing  # noqa: PLC0415  # imports rich

        with printing.progress_bar(printing.console(stderr=True)) as bar:
            task = bar.add_task("Reading")
            reader.run(
                self._without,
                lambda stage, done, total: bar.update(
                    task, description=f"Reading {stage}", completed=done, total=total
                ),
            )


def _print_estimate(found: "Estimate", kept: "Kept") -> None:
    from talentlms_mock.verify.importing.estimate import duration  # noqa: PLC0415

    click.echo("Requests, about:")
    for name, requests in found.stages.items():
        click.echo(f"  {name:<16}{requests:>10,}")
    click.echo(f"  {'in all':<16}{found.requests:>10,}  of which {kept.count:,} are done")
    limit = "" if found.hourly_limit is None else f", of {found.hourly_limit:,} an hour"
    click.echo(
        f"With four a second at most, and {found.share:.0%} of what the portal's limit leaves"
        f"{limit}: {duration(found.seconds)}."
    )


def _say_wait(seconds: float) -> None:
    from talentlms_mock.verify.importing.estimate import duration  # noqa: PLC0415

    click.echo(f"Waiting for the portal's limit, {duration(seconds)}.", err=True)
