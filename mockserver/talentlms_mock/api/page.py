"""Pages of lists: which rows, the links around them, and the counts."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

import orjson
from sqlalchemy import (
    ColumnElement,
    FromClause,
    LargeBinary,
    Select,
    UnaryExpression,
    bindparam,
    cast,
    func,
    literal_column,
    select,
)
from sqlalchemy.sql.operators import desc_op

from talentlms_mock.api.rows import Expression, Query
from talentlms_mock.api.values import Kind, integer, read
from talentlms_mock.errors import InvalidValue
from talentlms_mock.portal.contract.refusals import attribute
from talentlms_mock.portal.store.transaction import Transaction

DEFAULT_SIZE = 10
LARGEST_SIZE = 100
NUMBER, SIZE = "page[number]", "page[size]"


def _positive(text: str) -> int:
    value = integer(text)
    if value < 1:
        raise ValueError("must be at least 1")
    return value


PAGE_NUMBER = Kind(_positive, {"type": "integer", "minimum": 1, "default": 1}, 1)
PAGE_SIZE = Kind(
    _positive,
    {"type": "integer", "minimum": 1, "maximum": LARGEST_SIZE, "default": DEFAULT_SIZE},
    DEFAULT_SIZE,
)


@dataclass(frozen=True, slots=True)
class Filters:
    """The filters of a request.

    Args:
        conditions: on the rows, each under the name of its parameter.
        values: of these parameters.
        filtered_by: the filters as they were understood: values by operator, by field.
    """

    conditions: Mapping[str, ColumnElement[bool]] = field(default_factory=dict)
    values: Mapping[str, object] = field(default_factory=dict)
    filtered_by: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which page is asked for, and the filters on its rows.

    Args:
        number: from 1.
        size: how many rows.
        filters: on the rows.
        others: the query's other parameters, which the links carry on; filters come first.
    """

    number: int
    size: int
    filters: Filters = Filters()
    others: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """The rows of a page as JSON with commas between, how many they are, and how many match."""

    items: bytes
    count: int
    total: int

    def last(self, size: int) -> int:
        """Return the number of the last page of `size` rows each; an empty list has one."""
        return max(-(-self.total // size), 1)


class Listing:
    """A list in the database, each row of it one JSON text.

    SQLite joins the texts of a page: one text is fetched sooner than a hundred.

    Args:
        items: selects the one column of JSON; without order and limit.
        rows: the table or join that is counted.
        order: the column that orders the rows, or several expressions of an order.
        where: conditions that hold for every call; they may have parameters.
        counts: how many rows there are, by the parameters of the filters, where that can be told
            without counting; () is without filters.
    """

    def __init__(
        self,
        items: Select[str],
        rows: FromClause,
        order: Expression | tuple[Expression, ...],
        *where: ColumnElement[bool],
        counts: Mapping[tuple[str, ...], Select[int]] | None = None,
    ) -> None:
        self._orders = order if isinstance(order, tuple) else (order,)
        self._items = items.where(*where)
        self._total = select(func.count()).select_from(rows).where(*where)
        self._counts = counts or {}
        # By the names of the filters: compiling costs more than SQLite's work.
        self._queries: dict[tuple[str, ...], _Queries] = {}

    def fetch(self, transaction: Transaction, page: PageRequest, **parameters: object) -> Page:
        """Return the page of the rows that match; `parameters` are those of the conditions."""
        queries = self._filtered(page.filters.conditions)
        parameters |= page.filters.values
        offset = (page.number - 1) * page.size
        if offset >= _FAR:
            total = queries.total.remembered(transaction, **parameters)[0]
            return _far(transaction, queries, page.size, offset, total, parameters)
        window = {"page_size": page.size, "page_offset": offset}
        count, items = queries.page.one(transaction, **window, **parameters)
        if page.number == 1 and count < page.size:
            return Page(items, count, count)
        return Page(items, count, queries.total.remembered(transaction, **parameters)[0])

    def _filtered(self, conditions: Mapping[str, ColumnElement[bool]]) -> "_Queries":
        """Return the queries of the rows that match conditions, which are by their parameters."""
        names = tuple(sorted(conditions))
        queries = self._queries.get(names)
        if queries is None:
            where = [conditions[name] for name in names]
            items = self._items.where(*where)
            queries = self._queries[names] = _Queries(
                page=Query(_joined(_window(items, self._orders))),
                page_from_end=Query(_joined(_window_from_end(items, self._orders))),
                total=Query(self._counts.get(names, self._total.where(*where))),
            )
        return queries


_FAR = 1000
"""Rows before a page from which on it is worth to ask whether it is nearer to the end."""


@dataclass(frozen=True, slots=True)
class _Queries:
    """What is asked for a list with some filters: a page of it, and how many rows it has."""

    page: Query[int, bytes]
    page_from_end: Query[int, bytes]
    """The same with an offset from the end, before which SQLite goes through no row."""
    total: Query[int]


def _far(
    transaction: Transaction,
    queries: _Queries,
    size: int,
    offset: int,
    total: int,
    parameters: Mapping[str, object],
) -> Page:
    """Return a page that begins far from the start: from the end, where that is nearer."""
    count = min(size, total - offset)
    if count <= 0:
        return Page(b"", 0, total)
    after = total - offset - count
    near_end = after < offset
    query, skipped = (queries.page_from_end, after) if near_end else (queries.page, offset)
    window = {"page_size": count, "page_offset": skipped}
    found, items = query.one(transaction, **window, **parameters)
    return Page(items, found, total)


def _window(items: Select[str], orders: tuple[Expression, ...]) -> Select[str]:
    return items.order_by(*orders).limit(bindparam("page_size")).offset(bindparam("page_offset"))


def _window_from_end(items: Select[str], orders: tuple[Expression, ...]) -> Select[str]:
    """Return the rows of a window that is counted from the end, in their order."""
    keys = [_key(order)[0].label(f"key_{place}") for place, order in enumerate(orders)]
    backwards = tuple(key.asc() if descends else key.desc() for key, descends in map(_key, orders))
    window = _window(items.add_columns(*keys), backwards).subquery()
    text, *found = window.c
    forwards = [
        column.desc() if _key(order)[1] else column.asc()
        for column, order in zip(found, orders, strict=True)
    ]
    return select(text).order_by(*forwards)


def _key(order: Expression) -> tuple[Expression, bool]:
    """Return what an order is by, and whether the largest comes first."""
    if isinstance(order, UnaryExpression) and order.modifier is desc_op:
        return order.element, True
    return order, False


def _joined(items: Select[str]) -> Select[int, bytes]:
    text = items.subquery().c[0]
    joined = func.coalesce(func.group_concat(text), literal_column("''"))
    return select(func.count(), cast(joined, LargeBinary))


def page_request(query: Mapping[str, str], filters: Filters, over_limit: str) -> PageRequest:
    """Return the page that `query` asks for.

    Args:
        query: the request's parameters, each filter with its operator.
        filters: those in the query.
        over_limit: the value of the quirk `page_size_over_limit`.

    Raises:
        InvalidValue: a number that is no integer, below 1, or a size over 100.
    """
    number = read(PAGE_NUMBER, NUMBER, query[NUMBER]) if NUMBER in query else 1
    size = read(PAGE_SIZE, SIZE, query[SIZE]) if SIZE in query else DEFAULT_SIZE
    others = [(name, value) for name, value in query.items() if name not in (NUMBER, SIZE)]
    others.sort(key=lambda pair: not pair[0].startswith("filter["))
    return PageRequest(number, allowed_size(size, over_limit), filters, tuple(others))


def allowed_size(size: int, over_limit: str) -> int:
    """Return `size`, or the largest there is where the quirk `page_size_over_limit` clamps it.

    Raises:
        InvalidValue: it is over the limit, and the quirk rejects that.
    """
    if size > LARGEST_SIZE and over_limit == "reject":
        raise InvalidValue(attribute(SIZE, f"must be at most {LARGEST_SIZE}"))
    return min(size, LARGEST_SIZE)


def envelope(page: Page, asked: PageRequest, url: str, quirks: Mapping[str, str]) -> bytes:
    """Return the JSON of a page.

    Args:
        page: its rows.
        asked: what was asked for.
        url: the address that the client used, without a query.
        quirks: the portal's, for the links.
    """
    last = page.last(asked.size)
    pagination = {
        "page": asked.number,
        "page_size": asked.size,
        "total_items": page.count,
        "total_pages": last,
        "total_results": page.total,
    }
    filtered_by = asked.filters.filtered_by
    filtered = {"filtered_by": filtered_by} if filtered_by else {}
    return orjson.dumps(
        {
            "_data": orjson.Fragment(b"[" + page.items + b"]"),
            "_links": _links(asked, last, url, quirks),
            "_meta": {**filtered, "pagination": pagination},
        }
    )


def _links(
    asked: PageRequest, last: int, url: str, quirks: Mapping[str, str]
) -> dict[str, str | None]:
    encode = _decoded if quirks["next_page_encoding"] == "literal" else _encoded
    kept = "".join(f"{encode(name)}={encode(value)}&" for name, value in asked.others)
    start = f"{url}?{kept}{encode(NUMBER)}="
    end = f"&{encode(SIZE)}={asked.size}"
    pages = {
        "self": asked.number,
        "first": 1,
        "last": last,
        "prev": min(max(asked.number - 1, 1), last),
        "next": min(asked.number + 1, last),
    }
    links: dict[str, str | None] = {name: f"{start}{page}{end}" for name, page in pages.items()}
    _mark_edges(links, asked.number, last, quirks["edge_links"])
    return links


def _encoded(text: str) -> str:
    return quote(text, safe="")


def _decoded(text: str) -> str:
    """Return `text` as links were recorded: only what would end it in an address is encoded."""
    return _ENDS_A_VALUE.sub(lambda match: quote(match[0]), text)


_ENDS_A_VALUE = re.compile(r"[\x00-\x20#%&\x7f]")


def _mark_edges(links: dict[str, str | None], number: int, last: int, edge: str) -> None:
    """Treat `prev` of the first and `next` of the last page as the quirk `edge_links` says."""
    beyond = [name for name, out in (("prev", number <= 1), ("next", number >= last)) if out]
    for name in beyond:
        if edge == "null":
            links[name] = None
        elif edge == "omit":
            del links[name]
