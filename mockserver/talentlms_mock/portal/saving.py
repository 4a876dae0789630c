"""A portal in a file of its own: written by `Portal.save`, read by `MockServer.open`.

The file is the portal's database with one more table, which holds the rest as JSON. So it can also
be given to `--database`, which ignores that table.
"""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import fields
from pathlib import Path
from typing import Any

import orjson

from talentlms_mock.errors import SetupError
from talentlms_mock.paths import write_whole
from talentlms_mock.portal.journal.journal import Exchange
from talentlms_mock.portal.snapshots import Parts, State, put_back, state_of
from talentlms_mock.portal.state.clock import Clock
from talentlms_mock.portal.state.rate_limit import RateLimit
from talentlms_mock.portal.state.settings import Settings
from talentlms_mock.portal.store.database import check_header, in_memory

_DROP = "DROP TABLE IF EXISTS mock_portal"
_CREATE = "CREATE TABLE mock_portal (name TEXT PRIMARY KEY, value TEXT NOT NULL)"
_INSERT = "INSERT INTO mock_portal VALUES (?, ?)"
_EXISTS = "SELECT count(*) FROM sqlite_schema WHERE name = 'mock_portal'"
_SELECT = "SELECT name, value FROM mock_portal"
_FORMAT = 1
_BYTES = ("body", "response")


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
    if path.exists():
        if portal.database.path is not None and path.samefile(portal.database.path):
            raise SetupError(f"The portal is kept in {path} itself: save it in another file.")
        check_header(path)
    content = whole(portal, api_key=api_key)
    try:
        write_whole(path, content)
    except OSError as error:
        raise SetupError(f"The portal cannot be saved in {path}: {error.strerror}.") from None


def whole(portal: Parts, *, api_key: str | None = None) -> bytes:
    """Return the content of such a file; the arguments are those of `write`.

    Raises:
        PortalGone: the portal is gone.
    """
    state = state_of(portal)
    values = {
        "format": _FORMAT,
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
        database.execute(_CREATE)
        rows = [(name, orjson.dumps(value).decode()) for name, value in values.items()]
        database.executemany(_INSERT, rows)
        database.commit()
        return database.serialize()


class Saved:
    """A portal as it was saved in a file; one that has only data gets the default settings.

    Raises:
        SetupError: the file cannot be read, is not a portal's, is corrupt, or of another version.
    """

    def __init__(self, path: Path) -> None:
        check_header(path)
        try:
            self.data, values = _read(path)
            if values.get("format", _FORMAT) != _FORMAT:
                raise SetupError(f"The portal {path} was saved by another version of the mock.")
            self._values = values
            self._settings = Settings(**values.get("settings", {}))
            self._journal = [_exchange(item) for item in values.get("journal", [])]
            _check_clock_and_limits(values)
        except OSError as error:
            raise SetupError(f"The portal {path} cannot be read: {error.strerror}.") from None
        except (sqlite3.DatabaseError, TypeError, KeyError, ValueError) as error:
            raise SetupError(f"The portal {path} is corrupt ({error}).") from None

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


def _read(path: Path) -> tuple[bytes, dict[str, Any]]:
    with closing(in_memory(path.read_bytes())) as database:
        ((verdict,),) = database.execute("PRAGMA quick_check(1)")
        if verdict != "ok":
            raise sqlite3.DatabaseError(verdict)
        if database.execute(_EXISTS).fetchone() == (0,):
            return database.serialize(), {}
        rows = database.execute(_SELECT).fetchall()
        database.execute(_DROP)
        database.commit()
        return database.serialize(), {name: orjson.loads(value) for name, value in rows}


def _check_clock_and_limits(values: Mapping[str, Any]) -> None:
    """Raise what restoring them would raise."""
    if "clock" in values:
        Clock().restore(values["clock"])
    if "rate_limit" in values:
        RateLimit(1, 1, Clock().seconds).restore(values["rate_limit"])


def _exchange_data(exchange: Exchange) -> dict[str, Any]:
    data: dict[str, Any] = {
        one.name: getattr(exchange, one.name) for one in fields(exchange) if one.name != "secrets"
    }
    for name in _BYTES:
        data[name] = None if data[name] is None else data[name].decode("latin-1")
    pairs = exchange.raw_headers
    data["raw_headers"] = [
        [name.decode("latin-1"), value.decode("latin-1")] for name, value in pairs
    ]
    return data


def _exchange(data: Mapping[str, Any]) -> Exchange:
    values = dict(data)
    for name in _BYTES:
        values[name] = None if values[name] is None else values[name].encode("latin-1")
    values["raw_headers"] = [
        (name.encode("latin-1"), value.encode("latin-1")) for name, value in values["raw_headers"]
    ]
    values["changes"] = [(entity, id) for entity, id in values["changes"]]
    values["faults"] = tuple(values.get("faults", ()))
    return Exchange(**values)
