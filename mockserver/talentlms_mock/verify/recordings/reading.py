"""Reading a recording, whichever of the known formats it has."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson

from talentlms_mock.api.operation import PREFIX
from talentlms_mock.errors import SetupError
from talentlms_mock.verify.exchange import Seen
from talentlms_mock.verify.recordings import har, journal, postman

_FORMATS = "a HAR file, JSON Lines of the mock's journal, or a Postman collection with examples"


@dataclass(frozen=True)
class Recording:
    """The exchanges in a file.

    Args:
        exchanges: those of the API, with a response.
        others: how many more there are.
    """

    exchanges: tuple[Seen, ...]
    others: int


def read(path: Path) -> Recording:
    """Return the exchanges in a file.

    Raises:
        SetupError: it cannot be read, is of no known format, or has no exchange of the API.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise SetupError(f"Cannot read {path}: {error.strerror}.") from None
    return read_content(content, str(path))


def read_content(content: bytes, name: str) -> Recording:
    """Return the exchanges in the content of a file.

    Args:
        content: of the file.
        name: what an error calls it.

    Raises:
        SetupError: it is of no known format, is damaged, or has no exchange of the API.
    """
    try:
        found = list(_entries(content, name))
    except (KeyError, TypeError, ValueError, AttributeError):
        raise SetupError(
            f"{name} is damaged: it begins like {_FORMATS}, but parts of it are missing."
        ) from None
    exchanges = [seen for seen in found if seen is not None and _is_of_api(seen)]
    if not exchanges:
        raise SetupError(
            f"{name} has no request to {PREFIX} with a response: record with a client that calls "
            "the portal."
        )
    return Recording(tuple(_with_headers(exchanges)), len(found) - len(exchanges))


def _entries(content: bytes, name: str) -> Iterable[Seen | None]:
    reader, document = _format(content)
    if reader is None:
        raise SetupError(f"{name} is of no known format: give {_FORMATS}.")
    return reader(document)


def _format(content: bytes) -> tuple[Callable[[Any], Iterable[Seen | None]] | None, Any]:
    try:
        document = orjson.loads(content)
    except orjson.JSONDecodeError:
        try:
            lines = [orjson.loads(line) for line in content.splitlines() if line.strip()]
        except orjson.JSONDecodeError:
            return None, None
        return _of_journal(lines)
    if isinstance(document, dict) and "log" in document:
        return har.exchanges, document
    if isinstance(document, dict) and "item" in document:
        return postman.exchanges, document
    return _of_journal(document if isinstance(document, list) else [document])


def _of_journal(lines: Any) -> tuple[Callable[[Any], Iterable[Seen | None]] | None, Any]:
    is_journal = bool(lines) and all(
        isinstance(line, dict) and {"method", "path", "status"} <= line.keys() for line in lines
    )
    return (journal.exchanges, lines) if is_journal else (None, None)


def _is_of_api(seen: Seen) -> bool:
    path = urlsplit(seen.url).path
    return seen.status > 0 and (path == PREFIX or path.startswith(f"{PREFIX}/"))


def _with_headers(exchanges: Sequence[Seen]) -> Iterable[Seen]:
    """Yield the exchanges; where no request has a key, headers were left out of the recording."""
    if any(seen.sent_headers and "x-api-key" in seen.sent_headers for seen in exchanges):
        return exchanges
    return [replace(seen, sent_headers=None) for seen in exchanges]
