"""Postman collections (2.1), whose saved examples are requests with their responses."""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlsplit

import orjson

from talentlms_mock.api.operation import PREFIX
from talentlms_mock.hosts import VENDOR_SUFFIX
from talentlms_mock.verify.exchange import Seen
from talentlms_mock.verify.recordings.har import lower

Json = dict[str, Any]

_VARIABLE = re.compile(r"\{\{([^{}]+)\}\}")
_UNKNOWN_HOST = f"portal{VENDOR_SUFFIX}"


def exchanges(collection: Json) -> Iterator[Seen | None]:
    """Yield the examples of a collection; None for one with a variable that has no value.

    Raises:
        KeyError, TypeError, ValueError: it is none.
    """
    variables = {
        str(each["key"]): str(each.get("value", "")) for each in collection.get("variable", ())
    }
    yield from _items(collection["item"], variables)


def _items(items: list[Json], variables: Mapping[str, str]) -> Iterator[Seen | None]:
    for item in items:
        if "item" in item:
            yield from _items(item["item"], variables)
        for example in item.get("response", ()):
            yield _example(example, item.get("request", {}), variables)


def _example(example: Json, request: Json, variables: Mapping[str, str]) -> Seen | None:
    asked = example.get("originalRequest") or request
    headers = lower((one for one in example.get("header") or () if "key" in one), "key")
    sent = [one for one in asked.get("header") or () if "key" in one and not one.get("disabled")]
    body = _filled((asked.get("body") or {}).get("raw") or "", variables)
    url = _url(asked["url"], variables)
    text = example.get("body")
    if url is None or _VARIABLE.search(body):
        return None
    content = b"" if text is None else text.encode()
    return Seen(
        method=asked.get("method", "GET"),
        url=_at_its_host(url, content),
        status=example.get("code") or 0,
        body=content,
        headers=headers,
        has_all_headers="date" in headers,  # which every server sends
        sent_headers=lower(sent, "key"),
        sent_body=body.encode(),
    )


def _url(url: Json | str, variables: Mapping[str, str]) -> str | None:
    """Return the address, with values for its variables; None where one has none."""
    whole = url if isinstance(url, str) else str(url["raw"])
    own = [] if isinstance(url, str) else url.get("variable") or []
    for each in own:
        value = quote(str(each.get("value") or ""), safe="@")
        whole = re.sub(rf"/:{re.escape(each['key'])}(?=[/?]|$)", f"/{value}", whole)
    whole = _filled(whole, variables)
    base = _VARIABLE.match(whole)
    if base is not None:
        whole = whole[base.end() :]
    if _VARIABLE.search(whole):
        return None
    path = urlsplit(whole).path
    if PREFIX not in path:
        rest = whole if base is not None else whole.partition(path)[1] + whole.partition(path)[2]
        return f"https://{_UNKNOWN_HOST}{PREFIX}{rest}"
    return f"https://{_UNKNOWN_HOST}{whole}" if base is not None else whole


def _filled(text: str, variables: Mapping[str, str]) -> str:
    return _VARIABLE.sub(lambda match: variables.get(match[1]) or match[0], text)


def _at_its_host(url: str, content: bytes) -> str:
    """Return an address whose host was a variable at the host that the links of the page have."""
    if _UNKNOWN_HOST not in url:
        return url
    try:
        host = urlsplit(orjson.loads(content)["_links"]["self"]).netloc
    except (ValueError, KeyError, TypeError, AttributeError):
        return url
    return url.replace(_UNKNOWN_HOST, host, 1) if host else url
