"""Taking in what a client recorded: an HTTP archive, a journal, a Postman collection."""

from collections.abc import Mapping
from pathlib import Path

from talentlms_mock.api.operation import PREFIX
from talentlms_mock.errors import SetupError
from talentlms_mock.verify.exchange import Seen
from talentlms_mock.verify.importing import reads
from talentlms_mock.verify.importing.run import Import
from talentlms_mock.verify.importing.stages import awaits_answers, no_answers
from talentlms_mock.verify.recordings import reading

_NUMBER, _SIZE, _USUAL_SIZE = "page[number]", "page[size]", 10


def take_recording(found: Import, path: Path) -> None:
    """Take the reads of a recording into an import.

    Raises:
        SetupError: the file is no recording, or no read of the API is in it.
    """
    recording = reading.read(path)
    if recording.others:
        found.note("recording", "a request to something else, left out", recording.others)
    taken = sum(_take(found, seen) for seen in recording.exchanges)
    if not taken:
        raise SetupError(f"{path} has no read of the API that succeeded, so nothing is imported.")


def _take(found: Import, seen: Seen) -> bool:
    """Take one exchange in, and return whether something came of it."""
    path = seen.path.removeprefix(PREFIX)
    matched = reads.matching(path, seen.query) if seen.method == "GET" else None
    if matched is None:
        found.note("recording", "a request that is no read of the API, left out")
        return False
    read, ids = matched
    if seen.status != 200 or not isinstance(seen.document, dict):
        if read is reads.RESULTS and seen.status in (400, 404):
            name = (no_answers if seen.status == 400 else awaits_answers)(ids[0])
            found.kept.write_fact(name, True)
        if read is reads.GAMIFICATION and seen.status == 404:
            found.kept.write_fact("not gamified", True)
        return False
    number, size = _page(seen.query)
    target = reads.address(read, ids, number)
    found.taker.take(target, read, ids, seen.document, before=(number - 1) * size)
    return True


def _page(query: Mapping[str, str]) -> tuple[int, int]:
    number, size = query.get(_NUMBER, "1"), query.get(_SIZE, str(_USUAL_SIZE))
    is_plain = number.isdecimal() and size.isdecimal()
    return (max(int(number), 1), int(size)) if is_plain else (1, _USUAL_SIZE)
