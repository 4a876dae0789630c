"""`talentlms-mock verify`: hold the mock against a live portal, or against a recording."""

from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from talentlms_mock.cli.commands import live_key
from talentlms_mock.cli.commands.options import pairs
from talentlms_mock.cli.groups import examples
from talentlms_mock.errors import SetupError
from talentlms_mock.hosts import VENDOR_SUFFIX
from talentlms_mock.portal.state.settings import DEFAULT_PRESET, PRESETS, Settings
from talentlms_mock.toml_files import parse

if TYPE_CHECKING:
    from talentlms_mock.verify.live.run import Run
    from talentlms_mock.verify.verification import Setting, Verification

DIFFERS, COULD_NOT_LOOK = 1, 2
_FILE = click.Path(path_type=Path)


@click.command(
    epilog=examples(
        "verify recording.har",
        "verify --domain acme --report report.html",
    )
)
@click.argument("recording", required=False, type=_FILE)
@click.option("--domain", help=f"The live portal to ask: the label before {VENDOR_SUFFIX}.")
@live_key.option
@click.option("--dry-run", is_flag=True, help="Print the requests, and send none.")
@click.option("--resume", is_flag=True, help="Continue a run that was stopped.")
@click.option(
    "--state",
    type=_FILE,
    show_default="talentlms-verify-DOMAIN.json",
    help="Where a run that was stopped is kept.",
)
@click.option(
    "--allow-writes",
    is_flag=True,
    help="Also create a group and a course, use them, and remove them.",
)
@click.option(
    "--config", type=_FILE, help="The config file of the mock to compare, with its quirks."
)
@click.option("--preset", help=f"The preset of the mock to compare: {', '.join(PRESETS)}.")
@click.option("--quirk", "quirks", multiple=True, metavar="NAME=VALUE", help="One of its quirks.")
@click.option("--corrections", type=_FILE, help="The corrections that the mock applies.")
@click.option("--ignore", type=_FILE, help="A TOML file of known differences.")
@click.option(
    "--report", "reports", type=_FILE, multiple=True, help="Write a report: .html, .json or .md."
)
@click.option("--write", type=_FILE, help="Write the quirks that were found into this config file.")
@click.pass_context
def verify(
    ctx: click.Context,
    /,
    recording: Path | None,
    domain: str | None,
    api_key_env: str,
    dry_run: bool,
    resume: bool,
    state: Path | None,
    allow_writes: bool,
    config: Path | None,
    preset: str | None,
    quirks: tuple[str, ...],
    corrections: Path | None,
    ignore: Path | None,
    reports: tuple[Path, ...],
    write: Path | None,
) -> None:
    """Hold the mock against a live portal (--domain), or against a RECORDING.

    A recording is a HAR file, JSON Lines of the mock's journal, or a Postman collection with saved
    examples. A live portal is only read; the requests are a fixed list, which --dry-run prints.

    The exit status is 0 where nothing differs, 1 where something does, and 2 where it could not
    look.
    """
    if dry_run:
        _print_plan(allow_writes)
        return
    from talentlms_mock.verify.reports import files  # noqa: PLC0415  # `verify` alone reports

    for path in reports:
        files.renderer(path)  # before any request is sent
    setting = _setting(config, preset, quirks, corrections, ignore)
    if recording is not None and domain is None:
        found, stopped = _of_recording(recording, setting), ""
    elif recording is None and domain is not None:
        live = _Live(domain, state, setting, resume=resume)
        found, stopped = live.verify(live_key.read(api_key_env), writes=allow_writes)
    else:
        raise SetupError(
            "Say what to compare with: --domain of a live portal, or the file of a recording."
        )
    _report(found, setting, reports, write)
    if stopped:
        click.echo(f"{stopped}.", err=True)
        ctx.exit(COULD_NOT_LOOK)
    ctx.exit(DIFFERS if found.remaining else 0)


def _report(
    found: "Verification", setting: "Setting", reports: Sequence[Path], write: Path | None
) -> None:
    from talentlms_mock.cli import printing  # noqa: PLC0415  # imports rich
    from talentlms_mock.verify.reports import files, terminal  # noqa: PLC0415  # imports rich

    terminal.show(printing.console(), found)
    for path in reports:
        files.write(path, found)
        click.echo(f"Wrote {path}.")
    if write is not None:
        try:
            from talentlms_mock.verify.writing import write as write_files  # noqa: PLC0415
        except ImportError:
            raise SetupError(
                "The package tomlkit is not installed: pip install 'talentlms-mock[verify]'."
            ) from None
        for path in write_files(write, found, setting.corrections):
            click.echo(f"Wrote {path}.")


def _setting(
    config: Path | None,
    preset: str | None,
    quirks: tuple[str, ...],
    corrections: Path | None,
    ignore: Path | None,
) -> "Setting":
    """Return the mock that is compared: as the config file has it, and the options."""
    import talentlms_mock.app  # noqa: F401, PLC0415  # its resources fill the registry
    from talentlms_mock.api.operation import REGISTRY  # noqa: PLC0415  # imports pydantic
    from talentlms_mock.portal.contract.corrections import (  # noqa: PLC0415  # imports pydantic
        compiled,
        load,
    )
    from talentlms_mock.verify import ignoring  # noqa: PLC0415  # `verify` alone ignores
    from talentlms_mock.verify.verification import Setting  # noqa: PLC0415  # `verify` alone

    file = {} if config is None else parse(config, "config")
    of_file = file.get("quirks", {})
    if not isinstance(of_file, Mapping):
        raise SetupError(f"{config}: quirks must be a table, name = value.")
    settings = Settings(
        preset=preset or str(file.get("preset", DEFAULT_PRESET)),
        quirks={name: str(value) for name, value in of_file.items()} | pairs("--quirk", quirks),
    )
    path = corrections or (Path(file["corrections"]) if "corrections" in file else None)
    return Setting(
        REGISTRY,
        settings.quirks,
        None if path is None else compiled(load(path)),
        () if ignore is None else ignoring.load(ignore),
    )


def _of_recording(path: Path, setting: "Setting") -> "Verification":
    from talentlms_mock.verify.recordings import reading  # noqa: PLC0415
    from talentlms_mock.verify.verification import verify_recording  # noqa: PLC0415

    return verify_recording(reading.read(path), setting)


# A live portal.


def _print_plan(writes: bool) -> None:
    from talentlms_mock.verify.live import round_trip  # noqa: PLC0415  # `verify` alone is live
    from talentlms_mock.verify.live.probes import probes  # noqa: PLC0415

    found = probes()
    for probe in found:
        click.echo(f"{probe.method:<5} {probe.target}  {probe.about}")
    click.echo(f"{len(found)} requests at most, four a second; all are reads, or are refused.")
    if writes:
        click.echo("With --allow-writes also:")
        for line in round_trip.PLAN:
            click.echo(f"  {line}")


class _Live:
    """A live run from the command line.

    Args:
        domain: of the portal.
        path: where a run that is stopped is kept; None is the usual place.
        setting: the mock that is compared.
        resume: continue from the file.
    """

    def __init__(self, domain: str, path: Path | None, setting: "Setting", *, resume: bool) -> None:
        from talentlms_mock.verify.live.state import State  # noqa: PLC0415  # a live run alone
        from talentlms_mock.verify.words import words  # noqa: PLC0415  # a live run alone

        self._domain = Settings(domain=domain).domain  # which checks it
        self._path = path or Path(f"talentlms-verify-{self._domain}.json")
        self._setting = setting
        self._state: State = State(self._domain, words(setting.registry))
        if resume:
            self._state.load(self._path)

    def verify(self, api_key: str, *, writes: bool) -> "tuple[Verification, str]":
        """Return what was found, and why the run stopped before its end, if it did."""
        from talentlms_mock.portal.state.clock import system_day  # noqa: PLC0415
        from talentlms_mock.verify.verification import verify as verified  # noqa: PLC0415

        left, stopped = self._run(api_key, writes)
        found = verified(
            self._state.exchanges,
            self._setting,
            source="a live portal",
            day=system_day(),
            others=0,
            left=left,
        )
        return found, stopped

    def _run(self, api_key: str, writes: bool) -> tuple[int, str]:
        from time import sleep  # noqa: PLC0415  # a live run alone waits

        from talentlms_mock.verify.live.client import LiveSender  # noqa: PLC0415
        from talentlms_mock.verify.live.pace import Pace  # noqa: PLC0415
        from talentlms_mock.verify.live.run import Run  # noqa: PLC0415

        if writes:
            _ask_for_writes(self._domain)
        with closing(LiveSender(self._domain)) as sender:
            run = Run(sender, api_key, Pace(sleep), self._state)
            try:
                left, stopped = self._probe(run)
                if writes and not stopped:
                    stopped = _write(run)
            except KeyboardInterrupt:
                left, stopped = 1, "Interrupted"
        if not left:
            self._path.unlink(missing_ok=True)
            return 0, stopped
        self._state.save(self._path)
        return left, f"{stopped}; continue with --resume, the run is kept in {self._path}"

    def _probe(self, run: "Run") -> tuple[int, str]:
        from talentlms_mock.cli import printing  # noqa: PLC0415  # imports rich
        from talentlms_mock.verify.live.probes import probes  # noqa: PLC0415

        with printing.progress_bar(printing.console(stderr=True)) as bar:
            task = bar.add_task(f"Asking {self._domain}{VENDOR_SUFFIX}")
            outcome = run.run(
                probes(), lambda done, total: bar.update(task, completed=done, total=total)
            )
        return outcome.left, outcome.stopped


def _ask_for_writes(domain: str) -> None:
    from talentlms_mock.verify.live import round_trip  # noqa: PLC0415  # few allow writes

    click.echo("--allow-writes changes the portal, and puts it back:", err=True)
    for line in round_trip.PLAN:
        click.echo(f"  {line}", err=True)
    if not click.confirm(f"Do this to {domain}{VENDOR_SUFFIX}?", default=False, err=True):
        raise SetupError("Nothing was sent: run it without --allow-writes to read only.")


def _write(run: "Run") -> str:
    from talentlms_mock.verify.live import round_trip  # noqa: PLC0415  # few allow writes

    return round_trip.send(run).rstrip(".")
