"""JSON Lines of the mock's journal: one exchange a line, as `talentlms-mock requests --json`."""

from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote, urlencode

import orjson

from talentlms_mock.hosts import VENDOR_SUFFIX
from talentlms_mock.verify.exchange import Seen

Json = dict[str, Any]


def exchanges(lines: Iterable[Json]) -> Iterator[Seen]:
    """Yield the exchanges of a journal.

    Raises:
        KeyError, TypeError, ValueError: it is none.
    """
    for line in lines:
        headers = {name.lower(): value for name, value in line.get("headers", {}).items()}
        host = headers.get("host", f"portal{VENDOR_SUFFIX}")
        query = urlencode(line.get("query", {}), safe="[]")
        path = quote(line["path"], safe="/%@:")
        response = line.get("response")
        yield Seen(
            method=line["method"],
            url=f"https://{host}{path}{f'?{query}' if query else ''}",
            status=line["status"],
            body=_bytes(response) or (b"" if line["status"] == 204 else None),
            headers={
                name.lower(): value for name, value in line.get("response_headers", {}).items()
            },
            has_all_headers="response_headers" in line,
            sent_headers=headers,
            sent_body=_bytes(line.get("body")),
        )


def _bytes(value: Any) -> bytes:
    """Return a body that the journal has as JSON, or as a text where it is none."""
    if value is None:
        return b""
    return value.encode() if isinstance(value, str) else orjson.dumps(value)
