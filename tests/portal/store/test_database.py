"""Portals in files: they go on after a restart, and no other file is touched."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import func, select

from talentlms_mock.errors import SetupError
from talentlms_mock.portal.portal import Portal
from talentlms_mock.portal.rules.users import create_user
from talentlms_mock.portal.state.settings import Settings
from talentlms_mock.portal.store.models import users
from talentlms_mock.portal.store.schema import APPLICATION_ID
from tests.portal.crash import crash

ADA = {
    "name": "Ada",
    "surname": "Lovelace",
    "login": "ada.l",
    "email": "ada.l@example.com",
    "password": "Passw0rd",
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "portal.sqlite"


@pytest.fixture
def opened(file: Path) -> Iterator[Portal]:
    portal = Portal(Settings(), users=5, database=file)
    yield portal
    portal.close()


def count(portal: Portal) -> int:
    with portal.transaction() as transaction:
        number: int = transaction.scalar(select(func.count()).select_from(users))
        return number


def refused(file: Path) -> str:
    before = file.read_bytes() if file.is_file() else None
    with pytest.raises(SetupError) as error:
        Portal(Settings(), users=5, database=file)
    assert (file.read_bytes() if file.is_file() else None) == before
    assert list(file.parent.glob("*")) == ([file] if before is not None else [])
    return str(error.value)


def test_a_portal_goes_on_from_its_file(file: Path) -> None:
    portal = Portal(Settings(), users=5, database=file)
    assert count(portal) == 5
    with portal.transaction() as transaction:
        create_user(transaction, ADA, {})
    portal.close()
    again = Portal(Settings(), users=500, database=file)
    assert count(again) == 6
    again.close()
    assert list(file.parent.iterdir()) == [file]


def test_a_failed_transaction_leaves_nothing(opened: Portal) -> None:
    def fail() -> None:
        with opened.transaction() as transaction:
            create_user(transaction, ADA, {})
            assert 1 / 0

    with pytest.raises(ZeroDivisionError):
        fail()
    assert count(opened) == 5


def test_a_file_in_use_is_refused(file: Path, opened: Portal) -> None:
    assert "is another mock using it?" in refused(file)
    assert count(opened) == 5


@pytest.mark.parametrize("content", [b"", b"hello", b"x" * 5000])
def test_a_file_that_is_no_portal_is_refused(content: bytes, file: Path) -> None:
    file.write_bytes(content)
    assert refused(file) == (
        f"The file {file} is not a portal made by talentlms-mock; name another, or move it away."
    )


def test_somebody_elses_database_is_refused(file: Path) -> None:
    connection = sqlite3.connect(file)
    connection.execute("CREATE TABLE users (id INTEGER)")
    connection.close()
    assert "is not a portal made by talentlms-mock" in refused(file)


def test_another_schema_is_refused(file: Path) -> None:
    connection = sqlite3.connect(file)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute("PRAGMA user_version = 1")
    connection.execute("CREATE TABLE users (id INTEGER)")
    connection.close()
    assert "was made by another version of talentlms-mock" in refused(file)


def test_a_corrupt_file_is_refused(file: Path) -> None:
    Portal(Settings(), users=5, database=file).close()
    content = bytearray(file.read_bytes())
    content[4096:40960] = b"\x55" * (40960 - 4096)
    file.write_bytes(content)
    assert f"The database {file} is corrupt" in refused(file)


def test_a_cut_file_is_refused(file: Path) -> None:
    Portal(Settings(), users=5, database=file).close()
    file.write_bytes(file.read_bytes()[:20000])
    assert f"The database {file} is corrupt" in refused(file)


def test_a_directory_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="cannot be read: Is a directory"):
        Portal(Settings(), users=5, database=tmp_path)


def test_a_missing_directory_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "missing" / "portal.sqlite"
    with pytest.raises(SetupError, match="cannot be made: No such file or directory"):
        Portal(Settings(), users=5, database=file)


def test_what_a_crash_left_half_done_is_put_back_and_not_restored(file: Path) -> None:
    portal = Portal(Settings(), users=300, database=file)
    enrollments = len(portal.enrollments)
    portal.close()
    crash(file)
    portal = Portal(Settings(), database=file)
    assert len(portal.enrollments) == enrollments
    portal.add_user("ada")
    portal.reset()
    assert (len(portal.enrollments), count(portal)) == (enrollments, 300)
    portal.close()
    with closing(sqlite3.connect(file)) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_the_journal_of_a_file_that_is_gone_spoils_no_new_one(file: Path) -> None:
    Portal(Settings(), users=300, database=file).close()
    crash(file)
    file.unlink()
    portal = Portal(Settings(), users=5, database=file)
    assert count(portal) == 5
    portal.close()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such pipes")
def test_a_pipe_is_refused_at_once(file: Path) -> None:
    os.mkfifo(file)
    with pytest.raises(SetupError, match="is not a regular file; name another"):
        Portal(Settings(), users=5, database=file)


def test_a_file_without_a_table_is_refused(file: Path) -> None:
    Portal(Settings(), users=5, database=file).close()
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("DROP TABLE coupons")
    assert f"The database {file} is corrupt (it has no table 'coupons')" in refused(file)


def test_a_file_with_a_value_of_another_type_is_refused(file: Path) -> None:
    Portal(Settings(), users=5, database=file).close()
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("UPDATE users SET points = 'many'")
    assert "is corrupt (users.points has a value that it cannot have)" in refused(file)


def test_a_killed_process_loses_nothing(file: Path) -> None:
    script = f"""
import os, sys
from pathlib import Path
from talentlms_mock.portal.portal import Portal
from talentlms_mock.portal.state.settings import Settings
from talentlms_mock.portal.rules.users import create_user
portal = Portal(Settings(), users=5, database=Path({str(file)!r}))
with portal.transaction() as session:
    create_user(session, {ADA!r}, {{}})
with portal.transaction() as session:
    create_user(session, {ADA!r} | {{"login": "b", "email": "b@example.com"}}, {{}})
    os._exit(9)
"""
    done = subprocess.run([sys.executable, "-c", script], timeout=60, check=False)
    assert done.returncode == 9
    portal = Portal(Settings(), database=file)
    assert count(portal) == 6
    portal.close()
