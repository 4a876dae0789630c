"""The files in which `run` writes what a program requested."""

import json
from collections.abc import Iterable
from pathlib import Path

from talentlms_mock.errors import SetupError
from talentlms_mock.paths import write_whole
from talentlms_mock.portal.journal import har
from talentlms_mock.portal.portal import Portal


def check_directories(files: Iterable[Path | None]) -> None:
    """Let files pass that can be made.

    Raises:
        SetupError: the directory of one does not exist.
    """
    for file in files:
        if file is not None and not file.absolute().parent.is_dir():
            raise SetupError(f"The directory of {file} does not exist: make it first.")


def write_journal(portal: Portal, journal: Path | None, archive: Path | None) -> None:
    """Write the journal of a portal as JSON Lines, and as an HTTP Archive.

    Raises:
        SetupError: a file cannot be written.
    """
    for file, is_archive in ((journal, False), (archive, True)):
        if file is None:
            continue
        if is_archive:
            content = json.dumps(har.archive(portal.requests, host=portal.host), indent=2).encode()
        else:
            content = har.json_lines(portal.requests)
        try:
            write_whole(file, content)
        except OSError as error:
            raise SetupError(f"Cannot write {file}: {error.strerror}.") from None
