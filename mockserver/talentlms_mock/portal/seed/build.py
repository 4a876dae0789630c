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

from talentlms_mock.errors import SetupError
from talentlms_mock.portal.seed import catalogue as seed_catalogue
from talentlms_mock.portal.seed import definition as definitions
from talentlms_mock.portal.seed import origin
from talentlms_mock.portal.seed.archiving import put_away
from talentlms_mock.portal.seed.definition import Definition
from talentlms_mock.portal.seed.origin import Origin
from talentlms_mock.portal.seed.plans import Catalogue
from talentlms_mock.portal.seed.rows import Calendar, Rows
from talentlms_mock.portal.seed.timeline import Timeline
from talentlms_mock.portal.state.clock import Clock
from talentlms_mock.portal.store.files import file_to_replace
from talentlms_mock.portal.store.listed import create_table
from talentlms_mock.portal.store.models import metadata
from talentlms_mock.portal.store.schema import APPLICATION_ID, SCHEMA_VERSION

Progress = Callable[[int, int], None]
"""Called with the number of users that are done, and the number of all."""

_USERS_AT_ONCE = 200


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
        users: how many users it has, besides those in the archive; these are there once all
            people of the definition are.
        seed: decides everything that is drawn by chance.
        at: the portal's time; every moment is relative to the midnight (UTC) before it.
        progress: called from time to time with the number of users done.
    """
    # The one module that imports Faker: a portal that comes from the cache does without.
    from talentlms_mock.portal.seed.people import People  # noqa: PLC0415

    create_tables(connection)
    calendar, rows = Calendar(at), Rows()
    timeline = Timeline(calendar)
    catalogue = seed_catalogue.build(definition, rows, calendar, timeline, seed=seed, users=users)
    people = People(definition, catalogue, rows, calendar, timeline, seed)
    rows.write(connection)
    origin.write(connection, Origin(definition.fingerprint, users, seed))
    for first in range(1, users + 1, _USERS_AT_ONCE):
        last = min(first + _USERS_AT_ONCE - 1, users)
        for id in range(first, last + 1):
            people.add(id)
        rows.write(connection)
        if progress is not None:
            progress(last, users)
    archived = list(catalogue.archived)
    if users >= len(definition.visible_people()):
        archived += people.add_archived(users + 1)
    rows.write(connection)
    timeline.write(connection)
    _write_counts(connection, catalogue)
    create_indexes(connection)
    if archived:
        put_away(connection, calendar, archived)


def create_tables(connection: Connection) -> None:
    """Make the tables of a portal in an empty database, without their indexes."""
    connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.exec_driver_sql(f"PRAGMA user_version = {SCHEMA_VERSION}")
    for table in metadata.tables.values():
        connection.exec_driver_sql(create_table(table))


def create_indexes(connection: Connection) -> None:
    """Make the indexes, once the rows are there."""
    # Sorting all rows once is cheaper than keeping an index in order row by row.
    for table in metadata.tables.values():
        for index in sorted(table.indexes, key=lambda index: str(index.name)):
            index.create(connection)


def _write_counts(connection: Connection, catalogue: Catalogue) -> None:
    """Say how many users came in by the keys of groups, and how many subscribe to branches."""
    used = "UPDATE groups SET key_redemptions = ? WHERE id = ?"
    subscribed = (
        "UPDATE branches SET ecommerce = "
        "json_set(ecommerce, '$.subscription.active_subscriptions', ?) WHERE id = ?"
    )
    for statement, plans in ((used, catalogue.groups), (subscribed, catalogue.branches)):
        counts = [(plan.counted, plan.id) for plan in plans if plan.counted]
        if counts:
            connection.exec_driver_sql(statement, counts)


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
    definitions.check_users(count)
    try:
        with file_to_replace(path) as temporary:
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
