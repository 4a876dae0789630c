"""What is kept of a portal in the file of its data: settings, keys, and how the clock runs.

It stands in the table that `Portal.save` adds. Each change is written at once, in one transaction:
a process that is killed loses none. Rate limits, faults and the journal begin again at each start.
"""

import sqlite3
from functools import partial
from pathlib import Path
from typing import Any

import orjson

from talentlms_mock.errors import MockError, SetupError
from talentlms_mock.portal.portal import Portal
from talentlms_mock.portal.saving import (
    FORMAT,
    check_format,
    check_state,
    insert,
    settings_of,
    values_in,
)
from talentlms_mock.portal.state.settings import Settings
from talentlms_mock.portal.store.files import reading
from talentlms_mock.portal.store.inspection import SAVED

_CREATE = SAVED.replace("TABLE", "TABLE IF NOT EXISTS", 1)
_DELETE = "DELETE FROM mock_portal"


class KeptPortal:
    """A portal in a file, before it is opened; its domain is the name of the file.

    Args:
        path: of the file.

    Raises:
        SetupError: it cannot be read, is in use, is not a portal, is corrupt, or of another
            version.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with reading(path) as connection:
            self._values = values_in(connection)
            check_format(path, self._values)
            try:
                saved = settings_of(self._values)
                check_state(self._values)
                self._settings = Settings(**{**saved.save(), "domain": path.stem})
            except MockError as error:
                raise SetupError(
                    f"The portal {path} cannot be opened: {error}", at=error.at
                ) from None

    @property
    def has_key(self) -> bool:
        """Whether the file says which key the portal has."""
        return bool(self._values)

    def open(self) -> Portal:
        """Return the portal, which writes each further change into the file.

        Raises:
            SetupError: as for `Portal`.
        """
        portal = Portal(self._settings, database=self._path)
        try:
            former = self._values.get("keys", [])[:-1]
            portal.keys.replace([*former, self._settings.api_key])
            if "clock" in self._values:
                portal.clock.restore(self._values["clock"])
            _watch(portal)
            portal.database.keep_beside(partial(_write, portal))
        except BaseException:
            portal.close()
            raise
        portal.remember_start()
        return portal


def keep(portal: Portal, path: Path) -> None:
    """Move a portal from memory into a new file, into which it writes each further change.

    Raises:
        SetupError: the file exists, or cannot be made.
        PortalGone: the portal is gone.
    """
    portal.database.move_to(path, partial(_write, portal))
    _watch(portal)


def _watch(portal: Portal) -> None:
    portal.settings.on_change = portal.clock.on_change = portal.database.write_beside


def _write(portal: Portal, connection: sqlite3.Connection) -> None:
    """Write the values in place of those that are there, unless they are the same."""
    values = {
        "format": FORMAT,
        "settings": portal.settings.save(),
        "keys": portal.keys.all,
        "clock": portal.clock.rule(),
    }
    if not connection.in_transaction:
        connection.execute("BEGIN")
    connection.execute(_CREATE)
    if _as_text(values) != _as_text(values_in(connection)):
        connection.execute(_DELETE)
        insert(connection, values)


def _as_text(values: dict[str, Any]) -> bytes:
    return orjson.dumps(values, option=orjson.OPT_SORT_KEYS)
