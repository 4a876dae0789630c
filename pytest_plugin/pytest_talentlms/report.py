"""What a failed test's report says of its portals, and the bundle that carries them away."""

import re
import shlex
from collections.abc import Iterable
from contextlib import suppress
from itertools import count
from pathlib import Path
from weakref import WeakKeyDictionary

import orjson

from talentlms_mock import Portal
from talentlms_mock.paths import write_whole
from talentlms_mock.portal import saving
from talentlms_mock.portal.journal import har
from talentlms_mock.portal.journal.explain import notes, table
from talentlms_mock.portal.state.settings import DEFAULT_API_KEY, QUIRKS

_SHOWN = 10
_NOT_IN_NAMES = re.compile(r"[^\w.=-]+", re.ASCII)  # others may be too long for a file
_LONGEST_NAME = 120


def section(portals: Iterable[Portal], seed: int) -> str:
    """Return what a report tells of the portals of a failed test; `seed` is that of the run."""
    return "\n\n".join(
        portal.journal.secrets.hide("\n".join(_lines(portal, seed))) for portal in portals
    )


def _lines(portal: Portal, seed: int) -> list[str]:
    settings, limits = portal.settings, portal.rate_limit
    frozen = ", frozen" if portal.clock.frozen else ""
    quirks = {
        name: value for name, value in settings.quirks.items() if value != QUIRKS[name].default
    }
    known = None if portal.server is None else portal.server.known()
    address = f"https://{portal.host}, by portal.asgi: no port is open"
    if known is not None:
        address = f"{known.https_url}/api/v2"
    lines = [
        f"portal    {settings.domain}, plan {settings.plan}, preset {settings.preset}, seed {seed}",
        f"address   {address}",
        f"clock     {portal.clock.timestamp()}{frozen}",
        f"limits    {limits.remaining} of {limits.hourly.limit} requests left in the hour, "
        f"{limits.burst_remaining} of {limits.burst.limit} in the burst",
    ]
    if quirks:
        lines.append(f"quirks    {', '.join(f'{name}={value}' for name, value in quirks.items())}")
    lines += [f"{'faults' * (not at):<10}{fault!r}" for at, fault in enumerate(portal.faults)]
    exchanges = list(portal.requests)
    last = exchanges[-_SHOWN:]
    many = "" if len(last) == len(exchanges) else f", of {len(exchanges)}"
    lines += ["", f"The last requests{many}:" if last else "There was no request."]
    if last:
        lines += table(last, {item.number: _told(item.warnings) for item in last})
        lines += notes(last)
    return lines


def _told(warnings: Iterable[str]) -> list[str]:
    return [f"contract warning: {text}" for text in warnings]


def write_bundle(portals: Iterable[Portal], directory: Path, nodeid: str, text: str) -> list[Path]:
    """Write all of a failed test's portals into a folder below `directory`, and return the folders.

    Each has the portal as a SQLite file, its journal as JSON Lines and as HAR, what the report
    says, and the command that serves the portal again. Keys and passwords are left out. A folder
    that is there already stays as it is: what a report says is in it, is in it.

    Raises:
        OSError: it cannot be written.
    """
    folders = []
    for portal in portals:
        key = directory, nodeid
        folder = _FOLDERS.setdefault(portal, {}).get(key)
        if folder is None:
            name = _NOT_IN_NAMES.sub("-", f"{nodeid}-{portal.domain}").strip("-.").lower()
            folder = _FOLDERS[portal][key] = _new_folder(directory, name[-_LONGEST_NAME:])
        _write(portal, folder, f"test      {nodeid}\n{text}")
        folders.append(folder)
    return folders


_FOLDERS: WeakKeyDictionary[Portal, dict[tuple[Path, str], Path]] = WeakKeyDictionary()
"""The folders of each portal: a test that fails twice, also at its end, has one."""


def _new_folder(directory: Path, name: str) -> Path:
    """Make a folder; where the name is taken, it gets a number."""
    directory.mkdir(parents=True, exist_ok=True)
    for number in count(1):
        folder = directory / (f"{name}-{number}" if number > 1 else name)
        with suppress(FileExistsError):
            folder.mkdir()
            return folder
    raise AssertionError  # the numbers have no end


def _write(portal: Portal, folder: Path, text: str) -> None:
    database = folder / "portal.sqlite"
    saving.write(portal, database, api_key=DEFAULT_API_KEY)
    exchanges = list(portal.requests)
    write_whole(folder / "journal.jsonl", har.json_lines(exchanges))
    archive = har.archive(exchanges, host=portal.host)
    write_whole(folder / "journal.har", orjson.dumps(archive, option=orjson.OPT_INDENT_2))
    again = shlex.join(["talentlms-mock", "serve", "--database", str(database.absolute())])
    write_whole(folder / "report.txt", f"{text}\n\nServe it again:\n  {again}\n".encode())
