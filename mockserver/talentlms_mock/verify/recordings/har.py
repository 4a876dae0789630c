"""HTTP archives (HAR 1.2), which browsers, proxies and the mock write."""

from base64 import b64decode
from collections.abc import Iterator
from typing import Any

from talentlms_mock.verify.exchange import Seen

Json = dict[str, Any]


def exchanges(document: Json) -> Iterator[Seen]:
    """Yield the entries of an archive.

    Raises:
        KeyError, TypeError, ValueError: it is none.
    """
    for entry in document["log"]["entries"]:
        request, response = entry["request"], entry["response"]
        headers = lower(response.get("headers", ()), "name")
        yield Seen(
            method=request["method"],
            url=request["url"],
            status=response["status"],
            body=_body(response),
            headers=headers,
            has_all_headers="date" in headers,  # which every server sends
            sent_headers=lower(request.get("headers", ()), "name"),
            sent_body=(request.get("postData", {}).get("text") or "").encode(),
        )


def lower(pairs: Any, name: str) -> dict[str, str]:
    """Return headers by their lower-case names; `name` is the key of a name in the pairs."""
    return {pair[name].lower(): str(pair["value"]) for pair in pairs}


def _body(response: Json) -> bytes | None:
    content = response.get("content", {})
    text = content.get("text")
    if text is None:
        return b"" if response["status"] == 204 or content.get("size") == 0 else None
    return b64decode(text) if content.get("encoding") == "base64" else str(text).encode()
