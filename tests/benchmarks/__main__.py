"""Run every benchmark, print a table, and write the figures as JSON."""

import json
import os
import platform
import tempfile
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from talentlms_mock.paths import DATA_DIR_VARIABLE
from tests.benchmarks import faults, interception, lifecycle, load, proxy, suites, throughput

Json = dict[str, Any]


@click.command()
@click.option("--seconds", default=1.0, help="How long each measurement takes.")
@click.option("--rounds", default=3, help="Measurements of each; the median counts.")
@click.option(
    "--client",
    type=click.Choice(["auto", "wrk", "python"]),
    default="auto",
    help="What puts the load on; auto is wrk where it is installed.",
)
@click.option(
    "--json",
    "file",
    type=click.Path(path_type=Path),
    default=Path("benchmark-results.json"),
    help="Where the figures go.",
)
def main(seconds: float, rounds: int, client: str, file: Path) -> None:
    """Measure the mock beside bare Starlette."""
    if client == "auto":
        client = "wrk" if load.wrk_is_there() else "python"
    out = Console()
    # A data directory of its own, so that the first start is a first start.
    with tempfile.TemporaryDirectory(prefix="talentlms-mock-bench-") as directory:
        os.environ[DATA_DIR_VARIABLE] = directory
        with out.status("Starting") as status:
            figures = _measure(client, seconds, rounds, Path(directory), status.update)
    _print(out, figures)
    file.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    out.print(f"Written to {file}.")


def _measure(client: str, seconds: float, rounds: int, directory: Path, say: Any) -> Json:
    figures: Json = {
        "machine": {
            "python": platform.python_version(),
            "platform": platform.platform(),
            "processors": os.cpu_count(),
        },
        "client": client,
    }
    say("Time until ready")
    figures["ready"] = lifecycle.ready(starts=5)
    say("Fresh portals")
    figures["fresh_portal"] = dict(lifecycle.fresh_portals(50, 1_000, 10_000, repeats=30))
    figures["throughput"] = dict(
        throughput.run(client=client, seconds=seconds, rounds=rounds, say=say)
    )
    figures["faults"] = dict(faults.run(client=client, seconds=seconds, rounds=rounds, say=say))
    say("Interception")
    figures["interception"] = interception.run(repeats=300)
    figures["growth"] = dict(
        throughput.growth(client=client, seconds=seconds, rounds=rounds, say=say)
    )
    say("Suites of many tests")
    figures["suites"] = suites.run()
    say("The proxy")
    figures["proxy"] = proxy.added()
    say(f"A portal of {lifecycle.MANY:,} users")
    figures["large_portal"] = lifecycle.large_portal(directory)
    return figures


def _print(out: Console, figures: Json) -> None:
    out.print(_throughput_table(figures))
    out.print(_growth_table(figures))
    out.print(_faults_table(figures))
    table = Table(title="Start, fresh portals, memory")
    for name in ("", "measured", "target"):
        table.add_column(name, justify="left" if not name else "right")
    ready, large = figures["ready"], figures["large_portal"]
    table.add_row("ready, first start on a machine", f"{ready['first_start_s']:.2f} s", "")
    table.add_row("ready, from the second on", f"{ready['second_start_s']:.2f} s", "0.40 s")
    for users, fresh in figures["fresh_portal"].items():
        target = fresh["target_ms"]
        name = f"fresh portal of {users:,} users"
        table.add_row(f"{name}, created", f"{fresh['create_ms']:.2f} ms", "")
        table.add_row(
            f"{name}, and asked once",
            f"{fresh['create_and_query_ms']:.2f} ms",
            f"{target:.2f} ms" if target else "",
        )
    reached = figures["interception"]
    for name, target in (("new_connection", f"{reached['target_ms']:.2f} ms"), ("kept_alive", "0")):
        table.add_row(
            f"interception adds, {name.replace('_', ' ')}",
            f"{reached[name]['added_ms']:.3f} ms",
            target,
        )
    suite = figures["suites"]
    name = f"{suite['tests']:,} tests, a portal and three requests each"
    table.add_row(name, f"{suite['ours_s']:.1f} s", f"{suite['target_s']} s")
    table.add_row("the same in two processes", f"{suite['ours_in_two_s']:.1f} s", "")
    table.add_row("the same, answers by hand", f"{suite['by_hand_s']:.1f} s", "")
    table.add_row("and in two processes", f"{suite['by_hand_in_two_s']:.1f} s", "")
    many = f"{large['users']:,} users"
    by_proxy = figures["proxy"]
    table.add_row(
        "added by the proxy, kept connection", f"{by_proxy['kept_added_ms']:.3f} ms", "0.300 ms"
    )
    table.add_row("added by the proxy, new connection", f"{by_proxy['new_added_ms']:.3f} ms", "")
    table.add_row(f"seed {many} into a file", f"{large['seed_s']:.1f} s", "15 s")
    table.add_row(f"ready with that file ({large['file_mib']} MiB)", f"{large['ready_s']:.2f} s")
    table.add_row(f"memory with {many}", f"{large['resident_mib']} MiB")
    table.add_row("memory with 50 users", f"{large['resident_mib_at_50_users']} MiB")
    out.print(table)


def _throughput_table(figures: Json) -> Table:
    table = Table(
        title=f"Answers a second beside bare Starlette, same bytes, client {figures['client']}",
        caption="Ratio: of answers a second, and of processor time for each answer. Where the "
        "client is slower than bare Starlette, the first flatters the mock and the second less.",
    )
    for name in ("request", "mock/s", "bare/s", "ratio", "by processor", "target"):
        table.add_column(name, justify="left" if name == "request" else "right")
    for name, row in figures["throughput"].items():
        processor = row["ratio_of_processor_time"]
        table.add_row(
            name,
            f"{row['mock_per_second']:,}",
            f"{row['bare_per_second']:,}",
            f"{row['ratio']:.2f}",
            "" if processor is None else f"{processor:.2f}",
            "" if row["target"] is None else f"{row['target']:.2f}",
        )
    return table


def _faults_table(figures: Json) -> Table:
    table = Table(
        title="Requests that meet no fault: ratios of answers a second, of processor time"
    )
    for name in ("request", "no fault / no feature", "target", "1,000 faults / none"):
        table.add_column(name, justify="left" if name == "request" else "right")
    for name, row in figures["faults"].items():
        none, many = row["no_fault_to_no_feature"], row["many_faults_to_none"]
        cells = [
            f"{one['ratio']:.2f}, {one['ratio_of_processor_time'] or 0:.2f}" for one in (none, many)
        ]
        table.add_row(name, cells[0], f"{row['target']:.2f}", cells[1])
    return table


def _growth_table(figures: Json) -> Table:
    table = Table(
        title="What a portal's size costs, over plain HTTP",
        caption=f"Slower: how many times longer an answer takes at {throughput.MANY:,} users "
        f"than at {throughput.USERS:,}. Ratios are to bare Starlette with the same bytes.",
    )
    columns = ("request", "small, mock/s", "ratio", "large, mock/s", "ratio", "slower")
    for at, name in enumerate(columns):
        table.add_column(name, justify="right" if at else "left")
    for name, row in figures["growth"].items():
        sizes = [row["small"], row["large"]]
        cells = [f"{size['mock_per_second']:,}|{size['ratio']:.2f}".split("|") for size in sizes]
        table.add_row(name, *cells[0], *cells[1], f"{row['slower']:.2f}")
    return table


if __name__ == "__main__":
    main()
