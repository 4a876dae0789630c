"""A portal in a file of its own: written by `Portal.save`, read by `MockServer.open`.

The file is the portal's database with one more table, which holds the rest as JSON. So it can also
be given to `--database`, which ignores that table.
"""

import sqlite3
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, closing
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any, Protocol, TypeVar, get_type_hints

import orjson
from pydantic import TypeAdapter, ValidationError

from talentlms_mock.errors import MockError, SetupError, about, below
from talentlms_mock.portal.faults.rule import make_rule
from talentlms_mock.portal.journal.journal import Exchange
from talentlms_mock.portal.records.collection import SOURCES
from talentlms_mock.portal.rules import tasks
from talentlms_mock.portal.snapshots import Parts, State, put_back, state_of
from talentlms_mock.portal.state.clock import FASTEST, Clock, moment_at, timestamp
from talentlms_mock.portal.state.rate_limit import LONGEST_WINDOW, RateLimit, Window
from talentlms_mock.portal.state.settings import Settings, check_key
from talentlms_mock.portal.store.database import in_memory
from talentlms_mock.portal.store.files import read_file, write_file
from talentlms_mock.portal.store.inspection import SAVED, Damaged
from talentlms_mock.portal.store.transaction import Transaction

_DROP = "DROP TABLE IF EXISTS mock_portal"
_INSERT = "INSERT INTO mock_portal VALUES (?, ?)"
_EXISTS = "SELECT count(*) FROM sqlite_schema WHERE name = 'mock_portal'"
_SELECT = "SELECT name, value FROM mock_portal"
FORMAT = 1
_BYTES = ("body", "response")
_HEADERS = ("raw_headers", "raw_response_headers")
_KEPT = tuple(one.name for one in fields(Exchange) if one.name != "secrets")
_MOST_DRAWS = 1_000_000

T = TypeVar("T")


class Rehearsed(Protocol):
    """A portal, as far as its data is read back."""

    def transaction(self) -> AbstractContextManager[Transaction]: ...


def write(portal: Parts, path: Path, *, api_key: str | None = None) -> None:
    """Write the whole portal into a file, without the keys and passwords of requests.

    Args:
        portal: is not changed.
        path: of the file.
        api_key: written in place of the portal's keys.

    Raises:
        SetupError: the file cannot be written, is not a portal's, or is the one that the portal
            is kept in.
        PortalGone: the portal is gone.
    """
    kept = portal.database.path
    if kept is not None and path.exists() and path.samefile(kept):
        raise SetupError(f"The portal is kept in {path} itself: save it in another file.")
    content = whole(portal, api_key=api_key)
    try:
        write_file(path, content)
    except OSError as error:
        raise SetupError(f"The portal cannot be saved in {path}: {error.strerror}.") from None


def whole(portal: Parts, *, api_key: str | None = None) -> bytes:
    """Return the content of such a file; the arguments are those of `write`.

    Raises:
        PortalGone: the portal is gone.
    """
    state = state_of(portal)
    values = {
        "format": FORMAT,
        "settings": {**state.settings, "api_key": api_key or portal.settings.api_key},
        "keys": state.keys if api_key is None else [api_key],
        "clock": state.clock,
        "rate_limit": state.rate_limit,
        "faults": state.faults,
        "journal": [_exchange_data(item.redacted()) for item in state.journal],
    }
    content = portal.database.content() if state.data is None else state.data
    with closing(in_memory(content)) as database:
        database.execute(_DROP)
        database.execute(SAVED)
        insert(database, values)
        database.commit()
        return database.serialize()


def insert(database: sqlite3.Connection, values: Mapping[str, Any]) -> None:
    """Write values into the table, which is empty."""
    rows = [(name, orjson.dumps(value).decode()) for name, value in values.items()]
    database.executemany(_INSERT, rows)


class Saved:
    """A portal as it was saved in a file; one that has only data gets the default settings.

    Raises:
        SetupError: the file cannot be read, is not a portal's, is corrupt, or of another version.
    """

    def __init__(self, path: Path) -> None:
        content = read_file(path)
        try:
            self.data, self._values = _parts(content)
            check_format(path, self._values)
            self._settings = settings_of(self._values)
            self._journal = _journal(self._values)
            check_state(self._values)
        except (sqlite3.Error, Damaged) as error:
            at = getattr(error, "at", "mock_portal")
            raise SetupError(f"The portal {path} is corrupt ({error}).", at=at) from None
        self._path = path

    def settings(self, *, domain: str | None, api_key: str | None) -> Settings:
        """Return the settings, with another domain or key where one is given.

        Raises:
            SetupError: the domain or key is invalid.
        """
        given = {"domain": domain, "api_key": api_key}
        changed = {name: value for name, value in given.items() if value is not None}
        return Settings(**{**self._settings.save(), **changed})

    def revive(self, portal: Parts) -> None:
        """Restore clock, limits, faults and journal of a portal made with the data and settings.

        Raises:
            SetupError: as for `put_back`.
        """
        now = state_of(portal, beginning=True)
        former = [
            key for key in self._values.get("keys", [])[:-1] if key != portal.settings.api_key
        ]
        state = State(
            data=None,
            settings=now.settings,
            keys=(*former, portal.settings.api_key),
            clock=self._values.get("clock", now.clock),
            rate_limit=self._values.get("rate_limit", now.rate_limit),
            faults=self._values.get("faults") or now.faults,
            journal=self._journal,
        )
        put_back(portal, state, journal=True)


def read_back(portal: Rehearsed, path: Path) -> None:
    """Read every record of a portal that was opened, and rehearse what waits to be done in it.

    Nothing of it stays.

    Raises:
        SetupError: something cannot be read or done.
    """
    at = ""
    try:
        with portal.transaction() as transaction:
            for source in SOURCES.values():
                at = source.table.name
                for row in transaction.connection.execute(source.statement):
                    source.read(row, portal.transaction)
            at = "tasks"
            tasks.rehearse(transaction)
    except Exception as error:
        raise SetupError(
            f"The portal {path} is corrupt ({at} cannot be used: {error!r}).", at=at
        ) from None


def _parts(content: bytes) -> tuple[bytes, dict[str, Any]]:
    """Return the data of a saved portal, and the values of the table that `write` adds."""
    with closing(in_memory(content)) as database:
        if database.execute(_EXISTS).fetchone() == (0,):
            return content, {}
        values = values_in(database)
        database.execute(_DROP)
        database.commit()
        return database.serialize(), values


def values_in(database: sqlite3.Connection) -> dict[str, Any]:
    """Return the values of the table that `write` adds; none where it is missing.

    Raises:
        Damaged: one is no JSON.
    """
    if database.execute(_EXISTS).fetchone() == (0,):
        return {}
    return {name: _loaded(name, value) for name, value in database.execute(_SELECT).fetchall()}


def check_format(path: Path, values: Mapping[str, Any]) -> None:
    """Refuse the values of another version.

    Raises:
        SetupError: they are.
    """
    if values.get("format", FORMAT) != FORMAT:
        raise SetupError(f"The portal {path} was saved by another version of the mock.")


def _loaded(name: object, value: object) -> Any:
    if not isinstance(name, str) or not isinstance(value, str):
        raise Damaged("mock_portal has a value that is no text", "mock_portal")
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError as error:
        raise Damaged(f"{name} is no JSON: {error}", f"mock_portal.{name}") from None


def settings_of(values: Mapping[str, Any]) -> Settings:
    """Return the settings that were saved, or those by default.

    Raises:
        SetupError, Damaged: they are none.
    """
    keys = values.get("keys", [])
    if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
        raise Damaged("keys must be an array of texts", "mock_portal.keys")
    with about("mock_portal.keys"):
        for key in keys:
            check_key(key)
    with below("mock_portal.settings"):
        return _made("settings", Settings, values.get("settings", {}))


def check_state(values: Mapping[str, Any]) -> None:
    """Raise what restoring clock, rate limits and faults would raise, and for what is out of range.

    Raises:
        SetupError, Damaged: one of them cannot be restored.
    """
    for name, restore in _RESTORE.items():
        if name in values:
            try:
                restore(values[name])
            except MockError as error:
                error.at = f"mock_portal.{name}"
                raise
            except (AttributeError, LookupError, TypeError, ValueError, ArithmeticError) as error:
                raise Damaged(f"{name}: {error!r}", f"mock_portal.{name}") from None


def _restore_clock(state: Any) -> None:
    clock = Clock()
    clock.restore(state)
    if not 0 <= clock.factor <= FASTEST:
        raise ValueError(f"factor {clock.factor}")


def _restore_rate_limit(state: Any) -> None:
    for name, window in state.items():
        made = _made(f"rate_limit.{name}", Window, window)
        if made.limit < 1 or not 0 < made.length <= LONGEST_WINDOW:
            raise ValueError(f"{name} {made}")
        if made.started is not None:
            timestamp(moment_at(made.started + made.length))
    RateLimit(1, 1, Clock().seconds).restore(state)


def _restore_faults(state: Any) -> None:
    _check_whole(abs(state["seed"]), state["count"])
    draws = 0
    for saved in state["faults"]:
        _check_whole(*(saved[name] for name in ("number", "calls", "fired", "draws")))
        make_rule(saved["rule"])
        draws += saved["draws"]
    if draws > _MOST_DRAWS:
        raise ValueError(f"more than {_MOST_DRAWS:,} random numbers drawn")


def _check_whole(*values: object) -> None:
    for value in values:
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise TypeError(f"{value!r} is no number that counts")


_RESTORE: Mapping[str, Callable[[Any], None]] = {
    "clock": _restore_clock,
    "rate_limit": _restore_rate_limit,
    "faults": _restore_faults,
}


def _made(name: str, kind: type[T], values: object) -> T:
    """Return an object of a dataclass with these values.

    Raises:
        Damaged: it has no such fields, or others, or a value is of another type.
    """
    at = f"mock_portal.{name}"
    if not isinstance(values, dict):
        raise Damaged(f"{name} must be an object", at)
    for field, hint in get_type_hints(kind).items():
        if field in values:
            try:
                TypeAdapter(hint).validate_python(values[field], strict=True)
            except ValidationError as error:
                wrong = error.errors(include_url=False)[0]["msg"]
                raise Damaged(f"{name}.{field}: {wrong}", f"{at}.{field}") from None
    try:
        return kind(**values)
    except TypeError as error:
        raise Damaged(f"{name}: {error}", at) from None


def _journal(values: Mapping[str, Any]) -> list[Exchange]:
    """Return the exchanges that were saved.

    Raises:
        Damaged: one is none.
    """
    items = values.get("journal", [])
    if not isinstance(items, list):
        raise Damaged("journal must be an array", "mock_portal.journal")
    found = []
    for number, item in enumerate(items):
        try:
            exchange = _exchange(item)
            timestamp(moment_at(exchange.time))
        except (AttributeError, LookupError, TypeError, ValueError, OverflowError) as error:
            at = f"mock_portal.journal[{number}]"
            raise Damaged(f"journal[{number}]: {error!r}", at) from None
        found.append(exchange)
    return found


def _exchange_data(exchange: Exchange) -> dict[str, Any]:
    data: dict[str, Any] = {name: getattr(exchange, name) for name in _KEPT}
    for name in _BYTES:
        data[name] = None if data[name] is None else data[name].decode("latin-1")
    for name in _HEADERS:
        pairs = getattr(exchange, name)
        data[name] = [[key.decode("latin-1"), value.decode("latin-1")] for key, value in pairs]
    return data


def _exchange(data: Mapping[str, Any]) -> Exchange:
    values = dict(data)
    for name in _BYTES:
        values[name] = None if values[name] is None else values[name].encode("latin-1")
    for name in _HEADERS:
        pairs = values.get(name, ())
        values[name] = [(key.encode("latin-1"), value.encode("latin-1")) for key, value in pairs]
    values["changes"] = [(entity, id) for entity, id in values["changes"]]
    values["faults"] = tuple(values.get("faults", ()))
    adapters = _adapters()
    checked = {name: adapters[name].validate_python(value) for name, value in values.items()}
    return Exchange(**checked)


@cache
def _adapters() -> dict[str, TypeAdapter[Any]]:
    """Return what checks each part of an exchange, by its name."""
    hints = get_type_hints(Exchange)
    return {name: TypeAdapter(hints[name]) for name in _KEPT}
