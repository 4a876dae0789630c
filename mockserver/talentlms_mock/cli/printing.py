"""Output of the command line for people."""

import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from importlib.metadata import version
from typing import IO, TYPE_CHECKING, cast

from rich import box
from rich.console import Console
from rich.measure import Measurement
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from talentlms_mock.api.ledger import by_known, corrected, deviations, words
from talentlms_mock.api.operation import Operation
from talentlms_mock.portal.journal.journal import Exchange
from talentlms_mock.portal.portal import Portal

if TYPE_CHECKING:
    from talentlms_mock.cli.output import Output
    from talentlms_mock.cli.run_summary import Calls
    from talentlms_mock.portal.contract.corrections import Corrections
    from talentlms_mock.serving.proxy import ProxyRefusal

_PRESETS = {
    "documented": ": as the vendor documents its API; --preset recorded answers as its servers did",
    "recorded": ": as the vendor's servers were recorded to answer",
}
DOCUMENTATION = "https://talentlms-mock.readthedocs.io/"
"""Where the documentation is."""

_UNLIMITED = 10_000  # columns
_NAME_WIDTH = 11
_NO_RESPONSE = "no response"
_FAILED, _CLIENT_ERROR, _OTHER = "red", "yellow", "green"
_KNOWN = {"documented": "green", "recorded": "green", "observed": "yellow", "inferred": "yellow"}


class _Console(Console):
    """A console that becomes quiet when its reader is gone, as in `serve | head`."""

    def on_broken_pipe(self) -> None:
        with suppress(SystemExit):
            super().on_broken_pipe()


def console(*, stderr: bool = False, file: "Output | None" = None) -> Console:
    """Return a console that does not colour numbers or interpret brackets as markup.

    Args:
        stderr: write to standard error, not to standard output.
        file: where to write instead.
    """
    out = cast(IO[str], file)
    return _Console(file=out, stderr=stderr, highlight=False, markup=False, emoji=False)


def curl_line(portal: Portal, path: str = "/users") -> str:
    """Return a command for a POSIX shell that reads `path` of the portal."""
    url = portal.base_url + path
    words = ["curl", "--cacert", str(portal.ca_file)]
    if "[" in url or "{" in url:
        words.append("--globoff")  # curl would expand brackets
    for name, value in portal.headers.items():
        words += ["-H", f"{name}: {value}"]
    return shlex.join([*words, url])


def print_portal(out: Console, portal: Portal, *, data: str, notes: Iterable[str] = ()) -> None:
    """Print what runs and how to reach a portal, each fact on a line that is never wrapped.

    Args:
        out: where.
        portal: the portal.
        data: what its data is made from.
        notes: further sentences.
    """
    settings = portal.settings
    users = len(portal.users)
    _line(out, Text(f"talentlms-mock {version('talentlms-mock')}", "bold"))
    _line(out, Text())
    facts = {
        "Base URL": portal.base_url,
        "Domain": settings.domain,
        "API key": settings.api_key,
        "Plan": f"{settings.plan}, {settings.limit:,} requests an hour "
        f"and {settings.burst_limit:,} in five seconds",
        "Data": f"{data}, {users:,} user{'s' * (users != 1)}",
        "Preset": f"{settings.preset}{_PRESETS[settings.preset]}",
        "Authority": str(portal.ca_file),
        "Control": portal.control_url,
        "Console": portal.console_url,
        "Docs": DOCUMENTATION,
    }
    print_facts(out, facts)
    for note in notes:
        _line(out, Text.assemble((f"{'Note':<{_NAME_WIDTH}}", "bold yellow"), note))
    _line(out, Text())
    _line(out, Text(curl_line(portal)))
    _line(out, Text())
    _line(out, Text("Ctrl-C to stop.", "bold"))
    _line(out, Text())


def print_facts(out: Console, facts: Mapping[str, str]) -> None:
    """Print each fact on a line that is never wrapped."""
    for name, value in facts.items():
        _line(out, Text.assemble((f"{name:<{_NAME_WIDTH}}", "bold"), value))


def print_table(
    out: Console,
    heads: Sequence[str],
    rows: Iterable[Iterable[str]],
    colours: Mapping[str, Callable[[str], str]] | None = None,
) -> None:
    """Print rows below their heads: folded to fit a terminal, and in a pipe each on one line.

    Args:
        out: where.
        heads: of the columns.
        rows: the cells.
        colours: return the colour of a cell, by the head of its column.
    """
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for head in heads:
        table.add_column(head, no_wrap=not out.is_terminal, overflow="fold")
    colour_of = [(colours or {}).get(head, _no_colour) for head in heads]
    for row in rows:
        cells = zip(row, colour_of, strict=True)
        table.add_row(*(Text(cell, style=colour(cell)) for cell, colour in cells))
    if not out.is_terminal:
        _widen(out, table)
    out.print(table)


def _no_colour(cell: str) -> str:
    return ""


def print_request(out: Console, cells: Sequence[str], warnings: Iterable[str]) -> None:
    """Print one request: number, time, method, path, status, milliseconds, and what decided."""
    number, time, method, target, status, duration, decided = cells
    line = Text.assemble(f"{number:>5} {time} ", (f"{method:<6} ", "bold"), target)
    line.append(f" {status}", status_colour(status)).append(f" {duration} ms")
    for text in (decided, *warnings):
        line.append(f"  {text}" if text else "", "dim")
    _line(out, line)


def print_exchange(out: Console, exchange: Exchange) -> None:
    """Print one request: method, path, status, milliseconds, and the reason if it is not 2xx.

    The reason is also printed when a fault changed a 2xx response.
    """
    line = Text.assemble(
        (f"{exchange.at[11:19]} ", "dim"),
        (f"{exchange.method:<6} ", "bold"),
        exchange.redacted_text(exchange.target),
        (f" {exchange.status or _NO_RESPONSE}", _colour(exchange.status)),
        f" {exchange.duration * 1000:.1f} ms",
    )
    if exchange.reason and (exchange.faults or not 200 <= exchange.status < 300):
        line.append(f"  {exchange.redacted_text(exchange.reason)}", _colour(exchange.status))
    for warning in exchange.warnings:
        line.append(f"  {exchange.redacted_text(warning)}", "dim")
    _line(out, line)


def print_refusal(out: Console, refusal: "ProxyRefusal") -> None:
    """Print a request that the proxy refused."""
    _line(out, _call(refusal.request, refusal.status, 1, refusal.reason))


def print_calls(out: Console, calls: "Calls") -> None:
    """Print what a program called and how often, what failed first."""
    for call in calls.first_kinds():
        _line(out, _call(call.request, call.status, call.count, call.reason))
    if calls.other_kinds:
        _line(out, Text(f"... and {calls.other_kinds:,} more kinds of requests"))
    for warning, count in calls.warnings.items():
        _line(out, Text(f"Contract warning{_times(count)}: {warning}", _CLIENT_ERROR))
    _line(out, Text(f"talentlms-mock: {calls.summary()}", "bold"))


def _call(request: str, status: int | None, count: int, reason: str) -> Text:
    colour = _FAILED if status is None else _colour(status)
    line = Text(request)
    if status is not None:
        line.append(f" {status or _NO_RESPONSE}", colour)
    line.append(_times(count))
    return line.append(f"  {reason}" if reason else "", colour)


def _times(count: int) -> str:
    return f" ({count:,} times)" if count > 1 else ""


def print_operations(out: Console, operations: Iterable[Operation]) -> None:
    """Print a table of operations; "Differs" counts the parts known differently from the rest."""
    rows = [
        (
            operation.method,
            operation.path,
            operation.operation_id,
            operation.provenance,
            str(len(deviations(operation)) or ""),
        )
        for operation in operations
    ]
    heads = ("Method", "Path", "Operation", "Known", "Differs")
    print_table(out, heads, rows, {"Known": _KNOWN.__getitem__})


def print_ledger(
    out: Console, operations: Iterable[Operation], corrections: "Corrections | None" = None
) -> None:
    """Print how well each operation is known, followed by the parts that differ, with sources.

    What `corrections` change is known as verified.
    """
    for operation in operations:
        title = Text.assemble(
            (f"{operation.method} {operation.path}", "bold"), f"  {operation.operation_id}"
        )
        _line(out, title)
        table = Table.grid(padding=(0, 2), pad_edge=False)
        table.add_column(no_wrap=True)
        table.add_column(overflow="fold")
        found = [*corrected(operation, corrections), *deviations(operation)]
        rows = [(known, words(items)) for known, items in by_known(found)]
        for known, what in [(operation.known, "the operation"), *rows]:
            table.add_row(
                f"  {known.provenance}", Text.assemble(what, (f"  ({known.source})", "dim"))
            )
        out.print(table)
        _line(out, Text())


def _widen(out: Console, table: Table) -> None:
    # As wide as needed: in a pipe, a path cut to fit 80 columns would be useless.
    needed = Measurement.get(out, out.options.update(max_width=_UNLIMITED), table).maximum
    out.width = max(out.width, needed)


def progress_bar(out: Console) -> Progress:
    """Return a progress bar that counts what is done and disappears at the end."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=out,
        transient=True,
    )


def status_colour(status: str) -> str:
    """Return the colour of a status in a table, where "none" is no response."""
    return _colour(int(status) if status.isdecimal() else 0)


def _colour(status: int) -> str:
    if status >= 500 or not status:
        return _FAILED
    return _CLIENT_ERROR if status >= 400 else _OTHER


def _line(out: Console, line: Text) -> None:
    out.print(line, soft_wrap=True)
