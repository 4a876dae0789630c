"""What marks a SQLite file as a portal, and tells one version of the tables from another."""

from zlib import crc32

from talentlms_mock.portal.store.listed import LISTED
from talentlms_mock.portal.store.models import metadata

APPLICATION_ID = 0x544C4D53
"""Marks a SQLite file as ours ("TLMS"), by `PRAGMA application_id`."""


def _schema_version() -> int:
    """Return a number that is another when a column, a reference or an index is."""
    columns = [
        (str(column), type(column.type).__name__, column.nullable, column.unique)
        for table in metadata.tables.values()
        for column in table.columns
    ]
    references = [
        (str(column), key.target_fullname, key.ondelete)
        for table in metadata.tables.values()
        for column in table.columns
        for key in column.foreign_keys
    ]
    indexes = [
        (str(index.name), index.unique, *(column.name for column in index.columns))
        for table in metadata.tables.values()
        for index in table.indexes
    ]
    facts = columns, references, sorted(indexes), LISTED
    return crc32(repr(facts).encode()) & 0x7FFFFFFF


SCHEMA_VERSION = _schema_version()
"""A number made from the tables themselves, kept in a file's `PRAGMA user_version`."""
