"""The database of the portal: all rows, checked, in a new file."""

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import create_engine
from sqlalchemy.pool import StaticPool

from talentlms_mock.errors import SetupError
from talentlms_mock.portal.seed.build import create_indexes, create_tables
from talentlms_mock.portal.store.files import write_file
from talentlms_mock.portal.store.inspection import Damaged, check_values
from talentlms_mock.verify.importing.kept import Kept
from talentlms_mock.verify.importing.making.courses import add_courses, add_paths, add_prerequisites
from talentlms_mock.verify.importing.making.learning import (
    add_badges,
    add_certificates,
    add_enrollments,
    add_unit_progress,
)
from talentlms_mock.verify.importing.making.people import (
    add_groups,
    add_members,
    add_types,
    add_users,
)
from talentlms_mock.verify.importing.making.repairing import repair
from talentlms_mock.verify.importing.making.site import (
    add_branch_courses,
    add_branches,
    add_categories,
    add_fields,
    add_site,
)
from talentlms_mock.verify.importing.making.source import Source
from talentlms_mock.verify.importing.making.timeline import add_timeline
from talentlms_mock.verify.importing.making.units import add_units
from talentlms_mock.verify.importing.notes import Notes
from talentlms_mock.verify.importing.tokens import Tokens


def make(
    kept: Kept,
    path: Path,
    tokens: Tokens | None,
    *,
    now: str,
    domain: str,
    is_whole: bool,
    notes: Notes,
) -> None:
    """Make the database of what was read.

    Args:
        path: of the new file.
        kept, tokens, now, domain, is_whole, notes: as for `Source`.

    Raises:
        SetupError: the file cannot be written.
    """
    kept.read_notes(notes)
    source = Source(kept, tokens, now=now, domain=domain, is_whole=is_whole, notes=notes)
    _add_all(source)
    try:
        write_file(path, _content(source))
    except OSError as error:
        raise SetupError(f"Cannot write {path}: {error.strerror}.") from None


def _add_all(source: Source) -> None:
    add_site(source)
    types = add_types(source)
    add_categories(source)
    add_branches(source, types)
    add_fields(source)
    add_courses(source)
    add_prerequisites(source)
    add_users(source, types)
    add_groups(source)
    add_members(source)
    add_branch_courses(source)
    add_paths(source)
    units = add_units(source)
    seats = add_enrollments(source)
    add_unit_progress(source, seats, units)
    add_certificates(source)
    add_badges(source)
    add_timeline(source)


def _content(source: Source) -> bytes:
    """Return the bytes of a database with all rows.

    Raises:
        SetupError: they are not those of a portal, which is a mistake of ours.
    """
    with closing(sqlite3.connect(":memory:")) as database:
        engine = create_engine("sqlite://", creator=lambda: database, poolclass=StaticPool)
        with engine.connect() as connection:
            create_tables(connection)
            source.rows.write(connection)
            create_indexes(connection)
            connection.commit()
        repair(database, source.notes)
        try:
            check_values(database)
        except Damaged as error:
            raise SetupError(
                f"What was read cannot be made into a portal ({error}); please report this.",
                at=error.at,
            ) from None
        return database.serialize()
