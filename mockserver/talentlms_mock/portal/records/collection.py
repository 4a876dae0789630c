"""Reading a portal back: collections that read the database whenever they are used."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from functools import cached_property
from typing import Any, Generic, TypeVar, get_args, get_origin, get_type_hints, overload

import orjson
from sqlalchemy import (
    ColumnElement,
    FromClause,
    Row,
    Select,
    String,
    Table,
    false,
    func,
    or_,
    select,
)
from sqlalchemy.sql.selectable import Subquery

from talentlms_mock.errors import (
    InvalidValue,
    MockError,
    NotFound,
    NotOne,
    PortalGone,
    about,
)
from talentlms_mock.portal.contract.suggest import suggest
from talentlms_mock.portal.state.clock import parse_moment, timestamp
from talentlms_mock.portal.store.mapping import ROW_TYPES
from talentlms_mock.portal.store.transaction import LARGEST_ID, OpenTransaction, Transaction

R = TypeVar("R")
Order = Sequence[ColumnElement[Any]]
RecordRow = Row[*tuple[Any, ...]]
"""A row of a record's fields; they differ from record to record."""

_NAMES_COMPARED = 10_000
_NAMES_SHOWN = 10
_NAMES_PRINTED = 5


@dataclass(frozen=True)
class Source(Generic[R]):
    """Where the records of one kind are: a dataclass, and a column for each of its fields.

    Args:
        record: the dataclass; its last field, `_open`, is given the portal's `transaction`.
        one: the word for one of them.
        many: the word for several.
        table: the table they are in.
        name: the field by which one can be named; "" where only an id names one.
        rows: what is selected from, when it is more than the table.
        columns: of the fields that are no columns of the table.
        folded: columns that hold a field in lower case.
        shorter: the fields among these that name one too, before `name`.
        order: of the records; by id when left out.
        links: the records that fields `x_id` refer to, by `x`.
        key: the fields that identify one; those of the table's key when left out.
    """

    record: type[R]
    one: str
    many: str
    table: Table
    name: str = "name"
    rows: FromClause | None = None
    columns: Mapping[str, ColumnElement[Any]] = field(default_factory=dict)
    folded: Mapping[str, ColumnElement[Any]] = field(default_factory=dict)
    shorter: tuple[str, ...] = ()
    order: Order = ()
    links: Mapping[str, type[Any]] = field(default_factory=dict)
    key: tuple[str, ...] = ()

    @cached_property
    def fields(self) -> dict[str, ColumnElement[Any]]:
        """The column of each field, by its name."""
        record: Any = self.record
        names = [item.name for item in fields(record) if not item.name.startswith("_")]
        return {
            name: self.columns[name] if name in self.columns else self.table.c[name]
            for name in names
        }

    @cached_property
    def statement(self) -> Select[Any]:
        """Selects every record, in order."""
        columns = [column.label(name) for name, column in self.fields.items()]
        rows = self.table if self.rows is None else self.rows
        return select(*columns).select_from(rows).order_by(*self._order)

    @property
    def _order(self) -> Order:
        return self.order or (self.table.c.id,)

    @cached_property
    def _readers(self) -> list[Callable[[Any], object] | None]:
        hints = get_type_hints(self.record)
        return [_reader(hints[name]) for name in self.fields]

    def read(self, row: RecordRow, open_: OpenTransaction) -> R:
        """Return the record of a row that `statement` gave."""
        values = [
            value if reader is None or value is None else reader(value)
            for value, reader in zip(row, self._readers, strict=True)
        ]
        make: Callable[..., R] = self.record
        return make(*values, open_)

    def condition(self, transaction: Transaction, name: str, value: object) -> ColumnElement[bool]:
        """Return the condition that the field `name` is `value`.

        Raises:
            MockError: there is no such field.
            InvalidValue, NotFound: `name` is a link, and `value` does not name such a record.
        """
        if name in self.links and (value is None or name not in self.fields):
            with about(name):
                id = None if value is None else SOURCES[self.links[name]].id_of(transaction, value)
            return _equals(self.fields[f"{name}_id"], id)
        if name not in self.fields:
            known = {*self.fields, *self.links}
            raise MockError(f"No {self.one} has a field {name!r}{suggest(name, known)}.")
        if name in self.folded and isinstance(value, str):
            return self.folded[name] == value.casefold()
        if isinstance(value, datetime):
            value = timestamp(value)
        return _equals(self.fields[name], value)

    def mentions(self, text: str) -> ColumnElement[bool]:
        """Return the condition that a text stands in a field, or names what a field refers to."""
        wanted = text.casefold()
        found = [
            func.instr(self.folded.get(name, func.casefold(column)), wanted) > 0
            for name, column in self.fields.items()
            if isinstance(column.type, String)
        ]
        found += [
            self.fields[f"{link}_id"].in_(SOURCES[record].ids_called(wanted))
            for link, record in self.links.items()
        ]
        if text.isascii() and text.isdecimal() and "id" in self.fields:
            found.append(func.cast(self.fields["id"], String) == text)
        return or_(*found)

    def ids_called(self, wanted: str) -> Select[tuple[int]]:
        """Return the ids of those in whose name a casefolded text stands."""
        search_key = self.table.c.get("search_key")
        key = func.casefold(self.fields[self.name]) if search_key is None else search_key
        return select(self.table.c.id).where(func.instr(key, wanted) > 0)

    def ordered_by(self, name: str, *, descending: bool) -> Order:
        """Return the order by a field, and then by that which is the order without it.

        Raises:
            MockError: there is no such field.
        """
        if name not in self.fields:
            raise MockError(f"No {self.one} has a field {name!r}{suggest(name, self.fields)}.")
        column = self.folded.get(name, self.fields[name])
        return (column.desc() if descending else column.asc(), *self._order)

    def id_of(self, transaction: Transaction, which: object, *among: ColumnElement[bool]) -> int:
        """Return the id that an id, a name or an object with an `id` refers to.

        An id is returned unchanged, without a look whether it exists.

        Args:
            transaction: to read in.
            which: the id, name or object.
            among: conditions on the records that a name may refer to.

        Raises:
            InvalidValue: it is none of these, or the name of several records.
            NotFound: nothing has this name; the text suggests a similar one.
        """
        if not isinstance(which, str):
            return self._own_id(which)
        named = self.condition(transaction, self.name, which)
        for condition in (*self._aliases(which), named):
            found = self._ids(transaction, condition, *among)
            if len(found) > 1:
                ids = ", ".join(map(str, found))
                raise InvalidValue(
                    f"{which!r} names more than one {self.one}; give one of the ids {ids}"
                )
            if found:
                return found[0]
        raise NotFound(self.one, suggest(which, self._names(transaction, *among), most=0))

    def _own_id(self, which: object) -> int:
        id = which if isinstance(which, int) else getattr(which, "id", None)
        is_other = type(which) in SOURCES and not isinstance(which, self.record)
        if not isinstance(id, int) or isinstance(which, bool) or is_other:
            name = "a login" if self.name == "login" else "a name"
            raise InvalidValue(
                f"a {self.one} is given by an id, {name} or an object with an id, "
                f"not by a {type(which).__name__}"
            )
        return id

    def _aliases(self, name: str) -> list[ColumnElement[bool]]:
        """Return the conditions of what names a record before its name does: a course's code."""
        others = [column for field, column in self.folded.items() if field in self.shorter]
        return [column == name.casefold() for column in others]

    def _ids(self, transaction: Transaction, *where: ColumnElement[bool]) -> list[int]:
        ids = self.statement.where(*where).with_only_columns(self.table.c.id)
        return list(transaction.connection.execute(ids).scalars())

    def _names(self, transaction: Transaction, *among: ColumnElement[bool]) -> list[str]:
        names = self.statement.where(*among).with_only_columns(self.fields[self.name])
        return list(transaction.connection.execute(names.limit(_NAMES_COMPARED)).scalars())

    def labels(
        self, transaction: Transaction, where: Sequence[ColumnElement[bool]], count: int
    ) -> list[object]:
        """Return what names each of the first `count` records: its name, else its id, if any."""
        label = self.name or "id"
        if label not in self.fields:
            return []
        labels = self.statement.where(*where).with_only_columns(self.fields[label]).limit(count)
        return list(transaction.connection.execute(labels).scalars())

    def existing(self, transaction: Transaction, which: object) -> int:
        """Return the id that an id, a record or a name refers to, if it exists.

        Raises:
            NotFound: it does not exist, or no longer.
            InvalidValue: as for `id_of`.
        """
        id = self.id_of(transaction, which)
        transaction.find(ROW_TYPES[self.table], id)
        return id

    def one_row(
        self,
        transaction: Transaction,
        conditions: Sequence[ColumnElement[bool]],
        which: Mapping[str, object],
    ) -> RecordRow:
        """Return the one row that has these values of fields.

        Raises:
            NotOne: there is none, or more than one; the text suggests similar values.
        """
        among = self.statement.where(*conditions)
        asked = [self.condition(transaction, name, value) for name, value in which.items()]
        found = transaction.connection.execute(among.where(*asked).limit(_NAMES_SHOWN + 1)).all()
        if len(found) == 1:
            return found[0]
        words = " and ".join(f"{name} {_said(value)}" for name, value in which.items())
        what = f" with {words}" if which else ""
        if found:
            raise NotOne(f"There is more than one {self.one}{what}{_which(found)}.")
        near = ""
        if len(which) == 1:
            (pair,) = which.items()
            near = _near_value(transaction, among, *pair)
        raise NotOne(f"There is no {self.one}{what}{near}.")


SOURCES: dict[type[Any], Source[Any]] = {}
"""The source of each kind of record; `sources.py` fills it."""


class Collection(Sequence[R]):
    """The records of a portal of one kind, or some of them, in a fixed order.

    Nothing is kept: each use reads the current data, after what the portal's clock has brought
    about. Moments are datetimes in UTC.

    Args:
        record: their dataclass.
        open_: the portal's `transaction`.
        conditions: select some of them.
        order: of the records, when it differs from the source's.
    """

    def __init__(
        self,
        record: type[R],
        open_: OpenTransaction,
        *conditions: ColumnElement[bool],
        order: Order = (),
    ) -> None:
        source: Source[R] = SOURCES[record]
        self._source = replace(source, order=order) if order else source
        self._open = open_
        self._conditions = conditions

    @property
    def record(self) -> type[R]:
        """The class of the records."""
        return self._source.record

    def get(self, which: int | str | None = None, /, **fields: object) -> R:
        """Return the one record with this id or name, or with these values of its fields.

        `portal.users.get(3)`, `.get("ada")` and `.get(login="ada")` are the same user. Where a
        field ends in `_id`, the name without it takes a record, an id or a name:
        `portal.enrollments.get(user="ada", course="Algebra")`.

        Raises:
            NotOne: there is none, or more than one; the text suggests similar values.
            MockError, InvalidValue, NotFound: as for `filter`.
        """
        with self._open() as transaction:
            row = self._source.one_row(transaction, self._conditions, self._asked(which) | fields)
        return self._source.read(row, self._open)

    def filter(self, **fields: object) -> "Collection[R]":
        """Return the records with these values of their fields, which are given as in `get`.

        Raises:
            MockError: the records have no such field.
            InvalidValue, NotFound: a field refers to something that does not exist.
        """
        with self._open() as transaction:
            asked = [self._source.condition(transaction, *pair) for pair in fields.items()]
        return self._with(*asked)

    def _with(self, *conditions: ColumnElement[bool], order: Order = ()) -> "Collection[R]":
        return Collection(
            self._source.record,
            self._open,
            *self._conditions,
            *conditions,
            order=order or self._source.order,
        )

    def search(self, text: str) -> "Collection[R]":
        """Return the records in which a text stands, in any case.

        It may stand in a field, or in the name of a user, a course and so on that a field refers
        to; digits also find the record of that id.
        """
        return self._with(self._source.mentions(text))

    def order_by(self, field: str, *, descending: bool = False) -> "Collection[R]":
        """Return the records in the order of a field.

        Raises:
            MockError: the records have no such field.
        """
        return self._with(order=self._source.ordered_by(field, descending=descending))

    def first(self) -> R:
        """Return the first record.

        Raises:
            NotOne: there is none.
        """
        found = self._read(slice(0, 1))
        if not found:
            such = " such" if self._conditions else ""
            raise NotOne(f"There is no{such} {self._source.one}.")
        return found[0]

    def __len__(self) -> int:
        with self._open() as transaction:
            return self._count(transaction)

    def __iter__(self) -> Iterator[R]:
        return iter(self._read(slice(None)))

    @overload
    def __getitem__(self, index: int) -> R: ...
    @overload
    def __getitem__(self, index: slice) -> list[R]: ...
    def __getitem__(self, index: int | slice) -> R | list[R]:
        if isinstance(index, slice):
            return self._read(index)
        found = self._read(slice(index, index + 1 or None))
        if not found:
            raise IndexError(f"there are {len(self)} {self._source.many}, no index {index}")
        return found[0]

    def batches(self, start: int, count: int | None, size: int) -> Iterator[list[R]]:
        """Give the records from `start` in lists of `size`, all of one moment.

        A list of everything would keep the interpreter, and with it all other threads, busy for
        longer at a time.

        Args:
            start: how many to leave out.
            count: of the records at most; None is all.
            size: of a list.
        """
        limit = LARGEST_ID if count is None else count
        statement = self._source.statement.where(*self._conditions).limit(limit).offset(start)
        with self._open() as transaction:
            rows = transaction.connection.execute(statement)
            while found := rows.fetchmany(size):
                yield [self._source.read(row, self._open) for row in found]

    def __contains__(self, item: object) -> bool:
        """Return whether a record is among them now, even if it has changed since it was read."""
        source: Source[Any] = self._source
        if not isinstance(item, source.record):
            return False
        names = source.key or source.table.primary_key.columns.keys()
        same = [source.fields[name] == vars(item)[name] for name in names]
        with self._open() as transaction:
            among = source.statement.where(*self._conditions, *same)
            return transaction.connection.execute(among).first() is not None

    def __repr__(self) -> str:
        many = self._source.many
        try:
            with self._open() as transaction:
                count = self._count(transaction)
                names = self._source.labels(transaction, self._conditions, _NAMES_PRINTED)
        except PortalGone:
            return f"<{many} of a portal that is gone>"
        more = [] if len(names) in (0, count) else ["..."]
        listed = ", ".join([*map(repr, names), *more])
        return f"<{count} {many}: {listed}>" if listed else f"<{count} {many}>"

    def _asked(self, which: int | str | None) -> dict[str, object]:
        if which is None:
            return {}
        by_id = isinstance(which, int) or not self._source.name
        return {"id" if by_id else self._source.name: which}

    def _count(self, transaction: Transaction) -> int:
        among = self._source.statement.where(*self._conditions).order_by(None).subquery()
        return transaction.connection.execute(select(func.count()).select_from(among)).scalar_one()

    def _read(self, window: slice) -> list[R]:
        with self._open() as transaction:
            start, stop, step = 0, None, window.step or 1
            if window != slice(None):
                start, stop, step = window.indices(self._count(transaction))
            statement = self._source.statement.where(*self._conditions)
            if step > 0:
                size = LARGEST_ID if stop is None else max(stop - start, 0)
                rows = transaction.connection.execute(statement.limit(size).offset(start)).all()[
                    ::step
                ]
            else:
                rows = transaction.connection.execute(statement).all()[window]
        return [self._source.read(row, self._open) for row in rows]


def _equals(column: ColumnElement[Any], value: object) -> ColumnElement[bool]:
    """Return the condition that a column has a value; no column has an integer beyond 64 bits."""
    if isinstance(value, int) and abs(value) > LARGEST_ID:
        return false()
    return column == value


def _reader(hint: Any) -> Callable[[Any], object] | None:
    """Return the function that turns a column's value into one of the type `hint`."""
    kinds, origin = {hint, *get_args(hint)}, get_origin(hint)
    if datetime in kinds:
        return parse_moment
    if float in kinds:
        return float  # the database keeps 80.0 as 80
    if origin is tuple:
        return _tuple
    return orjson.loads if origin is Mapping else None


def _tuple(text: str) -> tuple[object, ...]:
    return tuple(orjson.loads(text))


def _said(value: object) -> str:
    for name in ("login", "name"):
        if hasattr(value, name):
            return repr(getattr(value, name))
    return repr(value)


def _which(rows: Sequence[RecordRow]) -> str:
    if not hasattr(rows[0], "id"):
        return ""
    ids = [str(row.id) for row in rows[:_NAMES_SHOWN]]
    more = " and more" if len(rows) > _NAMES_SHOWN else ""
    return f": say which by its id, one of {', '.join(ids)}{more}"


def _near_value(transaction: Transaction, among: Select[Any], name: str, value: object) -> str:
    """Return a hint in brackets: values of the field similar to `value`."""
    rows: Subquery = among.order_by(None).subquery()
    if isinstance(value, str) and name in rows.c:
        names = select(rows.c[name]).distinct().limit(_NAMES_COMPARED)
        known = transaction.connection.execute(names).scalars()
        texts = [text for text in known if isinstance(text, str)]
        return suggest(value, texts, most=_NAMES_SHOWN)
    if name == "id":
        ends = select(func.min(rows.c.id), func.max(rows.c.id))
        first, last = transaction.connection.execute(ends).one()
        return "" if first is None else f" (the ids go from {first} to {last})"
    return ""
