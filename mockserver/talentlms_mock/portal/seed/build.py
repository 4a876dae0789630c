"""Filling a portal with believable data, the same for the same seed.

All rows are a function of the definition, the number of users, the seed and the date. The
seed alone decides what is drawn, row by row: another number of users only takes rows away
or adds some behind, and another date shifts every moment and nothing else. Only the numbers
of events depend on all of them, because they count in the order of time.
"""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, create_engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import StaticPool
from sqlalchemy.schema import CreateTable

from talentlms_mock.errors import SetupError
from talentlms_mock.paths import replacing
from talentlms_mock.portal.seed import catalogue as seed_catalogue
from talentlms_mock.portal.seed import definition as definitions
from talentlms_mock.portal.seed import origin
from talentlms_mock.portal.seed.definition import Definition
from talentlms_mock.portal.seed.origin import Origin
from talentlms_mock.portal.seed.rows import Calendar, Rows
from talentlms_mock.portal.state.clock import Clock
from talentlms_mock.portal.store.models import events, metadata
from talentlms_mock.portal.store.schema import APPLICATION_ID, SCHEMA_VERSION

Progress = Callable[[int, int], None]
"""Called with the number of users that are done, and the number of all."""

_USERS_AT_ONCE = 1_000


def build(
    connection: Connection,
    definition: Definition,
    *,
    users: int,
    seed: int,
    at: datetime,
    progress: Progress | None = None,
) -> None:
    """Make the tables of a portal in an empty database, and all rows; the caller commits.

    Args:
        connection: an empty SQLite database, not yet enforcing foreign keys.
        definition: what the portal contains.
        users: how many users it has.
        seed: decides everything that is drawn by chance.
        at: the portal's time; every moment is relative to the midnight (UTC) before it.
        progress: called from time to time with the number of users done.
    """
    # The one module that imports Faker: a portal that comes from the cache does without.
    from talentlms_mock.portal.seed.people import People  # noqa: PLC0415

    connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.exec_driver_sql(f"PRAGMA user_version = {SCHEMA_VERSION}")
    for table in metadata.tables.values():
        connection.execute(CreateTable(table))
    # Events are written here user by user, under the name of their table, and sorted at the end.
    connection.exec_driver_sql("CREATE TEMP TABLE events AS SELECT * FROM main.events LIMIT 0")
    calendar, rows = Calendar(at), Rows()
    catalogue = seed_catalogue.build(definition, rows, calendar, seed=seed, users=users)
    people = People(definition, catalogue, rows, calendar, seed)
    rows.write(connection)
    origin.write(connection, Origin(definition.fingerprint, users, seed))
    for first in range(1, users + 1, _USERS_AT_ONCE):
        last = min(first + _USERS_AT_ONCE - 1, users)
        for id in range(first, last + 1):
            people.add(id)
        rows.write(connection)
        if progress is not None:
            progress(last, users)
    _sort_events(connection)
    # Sorting all rows once is cheaper than keeping an index in order row by row.
    for table in metadata.tables.values():
        for index in sorted(table.indexes, key=lambda index: str(index.name)):
            index.create(connection)


def _sort_events(connection: Connection) -> None:
    """Number the events in the order of time, over all and within their type."""
    names = [column.name for column in events.columns]
    rest = ", ".join(name for name in names if name not in ("id", "type_number"))
    order = "ORDER BY created_at, id"
    connection.exec_driver_sql(
        f"INSERT INTO main.events (id, type_number, {rest}) "  # noqa: S608  # our own names
        f"SELECT row_number() OVER ({order}), "
        f"row_number() OVER (PARTITION BY event_type {order}), {rest} FROM temp.events {order}"
    )
    connection.exec_driver_sql("DROP TABLE temp.events")


def build_in(
    database: sqlite3.Connection,
    definition: Definition,
    *,
    users: int,
    seed: int,
    at: datetime,
    progress: Progress | None = None,
) -> None:
    """Do as `build` in a plain SQLite connection, and commit; the connection stays open."""
    engine = create_engine("sqlite://", creator=lambda: database, poolclass=StaticPool)
    with engine.connect() as connection:
        build(connection, definition, users=users, seed=seed, at=at, progress=progress)
        connection.commit()


def build_file(
    path: Path,
    *,
    dataset: str = "demo",
    users: int | None,
    seed: int,
    progress: Progress | None = None,
) -> None:
    """Make a portal in a new file, which appears only when it is complete.

    Args:
        path: the file.
        dataset: the name of a dataset, or the path of its file.
        users: how many users it has; None takes the dataset's own number.
        seed: decides everything that is drawn by chance.
        progress: called from time to time with the number of users done.

    Raises:
        SetupError: the file exists, cannot be written, or the dataset does not exist.
    """
    definition = definitions.load(dataset)
    if path.exists():
        raise SetupError(f"The file {path} exists already; remove it, or name another.")
    if not path.parent.is_dir():
        raise SetupError(f"The directory {path.parent} does not exist.")
    count = definition.users if users is None else users
    try:
        with replacing(path) as temporary:
            _build_file(temporary, definition, count, seed, progress)
    except (OSError, OperationalError) as error:
        raise _cannot_write(path, error) from None


def _build_file(
    path: Path, definition: Definition, users: int, seed: int, progress: Progress | None
) -> None:
    with closing(sqlite3.connect(path)) as database:
        # Nobody else sees the file before it is whole, so nothing need survive a crash.
        database.execute("PRAGMA journal_mode = OFF")
        database.execute("PRAGMA synchronous = OFF")
        database.execute("PRAGMA locking_mode = EXCLUSIVE")
        database.execute("PRAGMA temp_store = MEMORY")
        database.execute("PRAGMA cache_size = -200000")  # KiB
        now = Clock().now()
        build_in(database, definition, users=users, seed=seed, at=now, progress=progress)


def _cannot_write(path: Path, error: Exception) -> SetupError:
    reason = error.strerror if isinstance(error, OSError) else getattr(error, "orig", None)
    return SetupError(f"The database {path} cannot be written: {reason or error}.")
