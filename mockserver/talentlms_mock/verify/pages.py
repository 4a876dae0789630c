"""A page of a list: its counts, its links, and the filters that it was asked with."""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import orjson

from talentlms_mock.api.fidelity import INFERRED, RECORDED, Known
from talentlms_mock.api.operation import Operation
from talentlms_mock.api.page import Filters, Page, PageRequest, envelope, page_request
from talentlms_mock.api.parse import with_operator, with_plus
from talentlms_mock.api.values import MOMENT
from talentlms_mock.errors import InvalidValue
from talentlms_mock.verify.exchange import Seen
from talentlms_mock.verify.observation import Area, Observation

_LINKS = ("self", "first", "last", "prev", "next")
_EDGES = ("prev", "next")
_COUNTS = "_meta.pagination"
_AND = ", "


def observe(seen: Seen, operation: Operation, quirks: Mapping[str, str]) -> Iterator[Observation]:
    """Yield what a response of a paginated operation shows; nothing where it is no page at all."""
    document = seen.document
    if not isinstance(document, dict):
        return
    data, links, meta = (document.get(name) for name in ("_data", "_links", "_meta"))
    if not isinstance(data, list) or not isinstance(meta, dict):
        return
    name = operation.operation_id
    filters = _filters(seen, operation)
    yield from _filtering(name, filters, meta, data)
    try:
        asked = page_request(
            {with_operator(key, operation.filters_by_name): text for key, text in _query(seen)}
            | {
                f"filter[{field}][{operator}]": text
                for field, values in filters.items()
                for operator, text in values.items()
            },
            Filters(filtered_by=filters),
            "clamp",
        )
    except InvalidValue:
        return
    counts = meta.get("pagination")
    if not isinstance(counts, dict):
        return
    yield from _counts(name, asked, counts, data)
    total = counts.get("total_results")
    if isinstance(links, dict) and isinstance(total, int):
        yield from _links(seen, name, asked, total, links, quirks)


def _query(seen: Seen) -> list[tuple[str, str]]:
    return list(seen.query.items())


def _filters(seen: Seen, operation: Operation) -> dict[str, dict[str, str]]:
    """Return the filters that the operation has, as the response names them."""
    known, found = operation.filters_by_name, dict[str, dict[str, str]]()
    for name, text in seen.query.items():
        filter = known.get(with_operator(name, known))
        if filter is not None:
            value = with_plus(text) if filter.kind is MOMENT else text
            found.setdefault(filter.field, {})[filter.operator] = value
    return found


def _observation(
    name: str,
    area: Area,
    place: str,
    ours: str,
    difference: str,
    *,
    known: Known = RECORDED,
) -> Observation:
    if not difference:
        return Observation(name, area, place, ours, known)
    parts = difference.count(_AND) + 1
    return Observation(name, area, place, ours, known, kind=area, seen=difference, parts=parts)


def _counts(
    name: str, asked: PageRequest, counts: Mapping[str, Any], data: list[Any]
) -> Iterator[Observation]:
    numbers = {key: value for key, value in counts.items() if isinstance(value, int)}
    size, total = numbers.get("page_size"), numbers.get("total_results")
    of_page = {
        "page": (asked.number, "the number asked for"),
        "page_size": (asked.size, "the size asked for, else 10, at most 100"),
        "total_items": (len(data), "the items on this page"),
    }
    if size and total is not None:
        of_page["total_pages"] = max(1, -(-total // size)), "the pages that hold all results"
    for key, (wanted, ours) in of_page.items():
        if key not in numbers:
            continue
        difference = "" if numbers[key] == wanted else "another number"
        if difference and key == "total_items" and numbers[key] == total:
            difference = "the items on all pages"
        yield _observation(name, "counts", f"{_COUNTS}.{key}", ours, difference)


def _links(
    seen: Seen,
    name: str,
    asked: PageRequest,
    total: int,
    links: Mapping[str, Any],
    quirks: Mapping[str, str],
) -> Iterator[Observation]:
    address = urlsplit(seen.url)
    scheme = "http" if quirks["link_scheme"] == "http" else address.scheme
    url = f"{scheme}://{address.netloc}{seen.path.removesuffix('/')}"
    page = Page(b"", 0, total)
    expected = orjson.loads(envelope(page, asked, url, quirks))["_links"]
    differences = {key: _link_difference(expected, links, key) for key in _LINKS}
    if len(set(differences.values())) == 1:  # of all of them
        ours = "absolute addresses with the page and its size"
        yield _observation(name, "links", "_links", ours, differences["self"])
        return
    for key, difference in differences.items():
        known = INFERRED if key in _EDGES and asked.number > 1 else RECORDED
        ours = _link_ours(expected, key)
        yield _observation(name, "links", f"_links.{key}", ours, difference, known=known)


def _link_ours(expected: Mapping[str, Any], key: str) -> str:
    if key not in expected:
        return "no such link"
    return "null" if expected[key] is None else "an absolute address with the page and its size"


def _link_difference(expected: Mapping[str, Any], links: Mapping[str, Any], key: str) -> str:
    if key not in links:
        return "missing" if key in expected else ""
    if key not in expected:
        return "a link"
    wanted, found = expected[key], links[key]
    if wanted == found:
        return ""
    if not isinstance(found, str):
        return "null" if found is None else "no text"
    return "a link" if wanted is None else _address_difference(wanted, found)


def _address_difference(wanted: str, found: str) -> str:
    """Return in which parts two addresses differ."""
    ours, theirs = urlsplit(wanted), urlsplit(found)
    parts = [
        ("another scheme", ours.scheme != theirs.scheme),
        ("another host", ours.netloc != theirs.netloc),
        ("another path", ours.path != theirs.path),
    ]
    names = [part for part, differs in parts if differs]
    if ours.query != theirs.query:
        names.append(_query_difference(ours.query, theirs.query))
    return _AND.join(names) or "another form"


def _query_difference(wanted: str, found: str) -> str:
    ours, theirs = _pairs(wanted), _pairs(found)
    if ours == theirs:
        return "another encoding"
    if sorted(ours) == sorted(theirs):
        return "another order of parameters"
    if sorted(name for name, _ in ours) == sorted(name for name, _ in theirs):
        return "another value of a parameter"
    return "other parameters"


def _pairs(query: str) -> list[tuple[str, str]]:
    # A + of a moment stands in links as it is.
    return parse_qsl(re.sub(r"\+", "%2B", unquote(query)), keep_blank_values=True)


def _filtering(
    name: str, filters: Mapping[str, Mapping[str, str]], meta: Mapping[str, Any], data: list[Any]
) -> Iterator[Observation]:
    if filters or "filtered_by" in meta:
        ours = "the filters as they were understood" if filters else "absent without a filter"
        difference = _filtered_by(filters, meta)
        yield _observation(name, "filters", "_meta.filtered_by", ours, difference)
    for field, values in filters.items():
        rows = [row[field] for row in data if isinstance(row, dict) and field in row]
        wanted = values.get("eq")
        texts = [str(value).casefold() for value in rows if isinstance(value, (str, int))]
        if wanted is not None and texts:
            differs = any(text != wanted.casefold() for text in texts)
            found = "rows that do not match" if differs else ""
            place = f"filter[{field}][eq]"
            yield _observation(name, "filters", place, "only rows that match", found)


def _filtered_by(filters: Mapping[str, Mapping[str, str]], meta: Mapping[str, Any]) -> str:
    if not filters:
        return "there without a filter"
    if "filtered_by" not in meta:
        return "missing"
    return "" if meta["filtered_by"] == filters else "something else"
