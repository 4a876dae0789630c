"""A portal goes into a file and goes on elsewhere."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from talentlms_mock import MockServer, Portal
from talentlms_mock.errors import SetupError
from talentlms_mock.portal.rules import groups
from talentlms_mock.portal.saving import Saved
from tests.conftest import NOW, NewClient, NewPortal
from tests.portal.crash import crash
from tests.portal.journal.test_journal import ADA

BOB = {**ADA, "login": "bob", "email": "bob@example.com"}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "saved.sqlite"


def client_of(portal: Portal) -> httpx.Client:
    return httpx.Client(
        base_url=portal.base_url, headers=portal.headers, verify=portal.ssl_context()
    )


def logins(client: httpx.Client) -> list[str]:
    return [user["login"] for user in client.get("/users").json()["_data"]]


def test_a_portal_goes_on_elsewhere(empty: Portal, api: httpx.Client, file: Path) -> None:
    api.post("/users", json=ADA)
    api.post("/users", json=BOB)
    api.delete("/users/2")
    empty.set_plan("grow")
    empty.settings.set_preset("recorded")
    empty.quirks["error_shape"] = "flat"
    old = empty.api_key
    empty.rotate_key("rotated")
    empty.rate_limit.remaining = 7
    empty.clock.advance(hours=1)
    empty.save(file)
    api.delete("/users/1")

    with MockServer.open(file) as server:
        (portal,) = server.portals
        assert (portal.domain, portal.api_key) == (empty.domain, "rotated")
        assert (portal.settings.plan, portal.clock.timestamp()) == (
            "grow",
            "2025-05-07T10:30:00+00:00",
        )
        assert portal.settings.preset == "recorded"
        assert (portal.quirks["error_shape"], portal.quirks["coercion"]) == ("flat", "recorded")
        assert [item.method for item in portal.requests] == ["POST", "POST", "DELETE"]
        assert portal.requests[0].json == {**ADA, "password": "***"}
        assert portal.requests[0].headers["x-api-key"] == "***"
        assert portal.requests[2].changes == [("user", 2)]
        with client_of(portal) as client:
            assert logins(client) == ["ada"]
            answer = client.get("/users/9", headers={"X-API-Key": old})
            assert sorted(answer.json()) == ["message", "type"]
            assert portal.requests[-1].reason.endswith("the key was rotated")
            assert portal.requests[-1].number == 5
            assert client.post("/users", json=BOB).json()["_data"]["id"] == 3
            portal.reset()
            assert logins(client) == ["ada"]
            assert portal.clock.timestamp() == "2025-05-07T10:30:00+00:00"


def test_limits_go_on(empty: Portal, api: httpx.Client, file: Path, server: MockServer) -> None:
    api.get("/users")
    empty.rate_limit.set(limit=7, window=60)
    api.get("/users")
    empty.save(str(file))
    portal = server.open_portal(str(file), domain="opened", api_key="opened")
    assert portal.rate_limit.save() == empty.rate_limit.save()
    assert (portal.domain, portal.keys.all) == ("opened", (empty.api_key, "opened")[1:])
    server.remove_portal(portal)


def test_a_portal_in_a_file_is_saved_and_the_saved_one_serves_as_database(
    new_portal: NewPortal, new_client: NewClient, file: Path, tmp_path: Path
) -> None:
    kept = tmp_path / "kept.sqlite"
    portal = new_portal(dataset="empty", clock=NOW, database=kept)
    new_client(portal).post("/users", json=ADA)
    with pytest.raises(SetupError, match=r"is kept in .* itself: save it in another file"):
        portal.save(kept)
    portal.save(file)
    portal.save(file)
    assert [path.name for path in tmp_path.glob("*saved*")] == ["saved.sqlite"]
    again = new_portal(database=file)
    assert logins(new_client(again)) == ["ada"]


def test_a_file_with_data_alone_gets_the_usual_settings(tmp_path: Path, server: MockServer) -> None:
    file = tmp_path / "seeded.sqlite"
    portal = server.create_portal(domain="seeded", api_key="seeded", users=3, database=file)
    server.remove_portal(portal)
    with MockServer.open(file) as another:
        (opened,) = another.portals
        assert (opened.domain, opened.api_key) == ("samples", "mock-api-key")
        with client_of(opened) as client:
            assert len(logins(client)) == 3
    assert opened.keys.all == ("mock-api-key",)


def test_a_running_clock_goes_on(new_portal: NewPortal, server: MockServer, file: Path) -> None:
    portal = new_portal(dataset="empty")
    portal.save(file)
    opened = server.open_portal(file, domain="opened", api_key="opened")
    assert opened.clock.as_data()["follows_system"] is True
    server.remove_portal(opened)
    portal.clock.travel("2199-01-01")
    portal.save(file)
    opened = server.open_portal(file, domain="opened", api_key="opened")
    assert opened.clock.timestamp().startswith("2199-01-01T00:0")
    server.remove_portal(opened)


def test_what_is_taken_is_refused(portal: Portal, server: MockServer, file: Path) -> None:
    portal.save(file)
    with pytest.raises(SetupError, match="has a portal"):
        server.open_portal(file)
    with pytest.raises(SetupError, match="Another portal of this server has the API key"):
        server.open_portal(file, domain="another")
    with pytest.raises(SetupError, match="is not one label of a host name"):
        server.open_portal(file, domain="a.b")


def _changed(file: Path, name: str, value: Any) -> None:
    with sqlite3.connect(file) as database:
        database.execute(
            "UPDATE mock_portal SET value = ? WHERE name = ?", (orjson.dumps(value).decode(), name)
        )
    database.close()


@pytest.mark.parametrize(
    ("name", "value", "problem", "at"),
    [
        ("format", 2, "was saved by another version of the mock.", ""),
        ("settings", {"colour": "red"}, "got an unexpected keyword argument 'colour'", "settings"),
        ("settings", {"plan": "gro"}, "There is no plan 'gro'", "settings.plan"),
        ("settings", {"domain": 5}, "settings.domain: Input should be a valid string", "domain"),
        ("settings", [], "settings must be an object", "settings"),
        ("keys", 5, "keys must be an array of texts", "keys"),
        ("keys", [5], "keys must be an array of texts", "keys"),
        ("keys", ["a b", "key"], "must be printable ASCII", "keys"),
        ("journal", {}, "journal must be an array", "journal"),
        ("journal", [{}], "journal[0]: KeyError('body')", "journal[0]"),
        ("journal", [5], "journal[0]: TypeError", "journal[0]"),
        ("clock", {"shown": "x", "factor": 1}, "could not convert string to float", "clock"),
        ("clock", {"shown": 1e300, "factor": 1}, "the years 1 to 9999", "clock"),
        ("clock", {"shown": 0, "factor": -1}, "factor -1.0", "clock"),
        ("clock", [1, 2], "clock: AttributeError", "clock"),
        ("clock", {}, "clock: KeyError('shown')", "clock"),
        ("rate_limit", {"hour": {}, "burst": {}}, "Window.__init__() missing 2", "hour"),
        ("rate_limit", {}, "rate_limit: KeyError('hour')", "rate_limit"),
        ("rate_limit", {"hour": {"limit": 0, "length": 5}}, "hour Window(limit=0", "rate_limit"),
        (
            "rate_limit",
            {"hour": {"limit": 1, "length": 5, "started": 1e300}},
            "rate_limit: OverflowError",
            "rate_limit",
        ),
        ("faults", [1], "faults: TypeError", "faults"),
        ("faults", {"x": 1}, "faults: KeyError('seed')", "faults"),
        ("faults", {"seed": 1, "count": -1, "faults": []}, "-1 is no number that counts", "faults"),
        (
            "faults",
            {
                "seed": 1,
                "count": 1,
                "faults": [
                    {"number": 1, "calls": 0, "fired": 0, "draws": 10**12, "rule": {"status": 500}}
                ],
            },
            "more than 1,000,000 random numbers drawn",
            "faults",
        ),
    ],
)
def test_wrong_values_are_refused(
    name: str,
    value: Any,
    problem: str,
    at: str,
    portal: Portal,
    server: MockServer,
    file: Path,
) -> None:
    portal.save(file)
    _changed(file, name, value)
    with pytest.raises(SetupError) as refused:
        server.open_portal(file, domain="opened", api_key="opened")
    assert problem in str(refused.value)
    assert refused.value.at.startswith("mock_portal." if at else "")
    assert refused.value.at.endswith(at)
    assert server.portals.of_domain("opened") is None


def test_an_exchange_of_another_time_is_refused(
    empty: Portal, api: httpx.Client, server: MockServer, file: Path
) -> None:
    api.get("/users")
    empty.save(file)
    with closing(sqlite3.connect(file)) as database, database:
        database.execute(
            "UPDATE mock_portal SET value = json_set(value, '$[0].time', 1e300) "
            "WHERE name = 'journal'"
        )
    with pytest.raises(SetupError, match=r"journal\[0\]: OverflowError") as refused:
        server.open_portal(file, domain="opened", api_key="opened")
    assert refused.value.at == "mock_portal.journal[0]"


@pytest.mark.parametrize(
    ("damage", "problem", "at"),
    [
        ("DROP TABLE units", "it has no table 'units'", "units"),
        ("DROP INDEX units_by_course", "it has no index 'units_by_course'", "units_by_course"),
        ("ALTER TABLE users ADD COLUMN x", "its table 'users' is not that of a portal", "users"),
        ("CREATE TABLE notes (a)", "it has the table 'notes', which", "notes"),
        (
            "CREATE TRIGGER t AFTER INSERT ON users BEGIN DELETE FROM courses; END",
            "it has the trigger 't', which",
            "t",
        ),
        (
            "DROP TABLE coupons; CREATE VIEW coupons AS WITH RECURSIVE c(id) AS "
            "(SELECT 1 UNION ALL SELECT id + 1 FROM c) SELECT id, id AS code FROM c",
            "it has the view 'coupons', which",
            "coupons",
        ),
        ("CREATE INDEX i ON users (abs(id))", "it has the index 'i', which", "i"),
        ("UPDATE users SET status = 'x'", "users.status has a value", "users.status"),
        ("UPDATE users SET last_updated = 'x'", "users.last_updated has", "users.last_updated"),
        (
            "UPDATE users SET last_updated = '2025-02-30T00:00:00+00:00'",
            "users.last_updated has",
            "users.last_updated",
        ),
        ("UPDATE users SET timezone = 'x'", "users.timezone has a value", "users.timezone"),
        ("UPDATE users SET level = 'x'", "users.level has a value", "users.level"),
        ("UPDATE users SET level = 9e18", "users.level has a value", "users.level"),
        ("UPDATE users SET email_notifications = 2", "email_notifications has", "notifications"),
        ("UPDATE users SET credits = 9e999", "users.credits has a value", "users.credits"),
        ("UPDATE users SET name = CAST(x'ff' AS TEXT)", "Could not decode to UTF-8", ""),
        ("UPDATE questions SET answers = '[1]'", "questions.answers has", "questions.answers"),
        ("UPDATE branches SET theme = '{'", "branches.theme has a value", "branches.theme"),
        ("UPDATE courses SET time_limit = 10000000", "courses.time_limit has", "time_limit"),
        (
            "UPDATE enrollments SET user_id = id + 99",
            "refers to a missing row of users",
            "enrollments",
        ),
        ("DELETE FROM site", "site has not exactly one row", "site"),
        ("UPDATE sqlite_sequence SET seq = 'x'", "no last id of a table", "sqlite_sequence"),
        (
            "INSERT INTO archive (kind, entity_id, name, archived_at, content) "
            "VALUES ('user', 9, 'x', '2025-01-01T00:00:00+00:00', '{}')",
            "row 2 of archive cannot be restored",
            "archive.content",
        ),
        (
            "INSERT INTO archive (kind, entity_id, name, archived_at, content) VALUES ('user', 9, "
            "'x', '2025-01-01T00:00:00+00:00', '{\"rows\": [[\"users\", {}]], \"places\": []}')",
            "row 2 of archive cannot be restored",
            "archive.content",
        ),
        (
            "INSERT INTO archive (kind, entity_id, name, archived_at, content) VALUES ('user', 9, "
            "'x', '2025-01-01T00:00:00+00:00', '{\"rows\": [[\"y\", {}]], \"places\": [5]}')",
            "row 2 of archive cannot be restored",
            "archive.content",
        ),
        (
            "INSERT INTO tasks (code, type, status, payload, started_at, total, errors, created_at)"
            " VALUES ('x', 'y', 'pending', '[{}]', 0, 1, '[]', '2025-01-01T00:00:00+00:00')",
            "tasks cannot be used: KeyError('y')",
            "tasks",
        ),
    ],
)
def test_a_file_that_is_not_a_portals_is_refused(
    damage: str,
    problem: str,
    at: str,
    new_portal: NewPortal,
    server: MockServer,
    file: Path,
) -> None:
    new_portal(users=3).save(file)
    with closing(sqlite3.connect(file)) as database, database:
        database.executescript(damage)
    with pytest.raises(SetupError) as refused:
        server.open_portal(file, domain="opened", api_key="opened")
    assert problem in str(refused.value)
    assert refused.value.at.endswith(at)
    uploaded = httpx.post(
        f"{server.control_url}/portals/open?domain=opened&api_key=opened",
        content=file.read_bytes(),
        headers={"Content-Type": "application/vnd.sqlite3"},
    )
    assert uploaded.status_code == 400
    assert problem in uploaded.json()["error"]["message"]
    assert uploaded.json()["error"]["at"] == (refused.value.at or None)
    assert server.portals.of_domain("opened") is None


def test_a_portal_with_an_archive_and_tasks_goes_on_elsewhere(
    new_portal: NewPortal, server: MockServer, file: Path
) -> None:
    portal = new_portal(users=5, tasks="manual")
    group = portal.add_group("Crew", users=[2])
    with portal.transaction() as transaction:
        course = portal.add_course("Safety")
        groups.add_course(transaction, group.id, course.id)
    portal.archive_user(3)
    portal.save(file)
    opened = server.open_portal(file, domain="opened", api_key="opened")
    (task,) = opened.tasks.filter(status="pending")
    assert len(opened.enrollments.filter(course=course.id)) == 0
    opened.complete_task(task)
    assert opened.enrollments.get(course=course.id).user_id == 2
    assert opened.restore_user(3).id == 3
    server.remove_portal(opened)


def test_what_a_crash_left_half_done_is_not_opened_nor_saved_over(
    new_portal: NewPortal, server: MockServer, file: Path
) -> None:
    portal = new_portal(users=300)
    portal.save(file)
    enrollments = len(portal.enrollments)
    crash(file)
    opened = server.open_portal(file, domain="opened", api_key="opened")
    assert len(opened.enrollments) == enrollments
    server.remove_portal(opened)
    crash(file)
    small = new_portal(dataset="empty")
    small.add_user("ada")
    small.save(file)
    assert not Path(f"{file}-journal").exists()
    opened = server.open_portal(file, domain="opened", api_key="opened")
    assert [user.login for user in opened.users] == ["ada"]
    server.remove_portal(opened)
    crash(file)
    file.unlink()  # and its journal stays
    small.save(file)
    opened = server.open_portal(file, domain="opened", api_key="opened")
    assert [user.login for user in opened.users] == ["ada"]
    server.remove_portal(opened)


def test_a_file_with_a_write_ahead_log_is_opened(
    empty: Portal, server: MockServer, new_portal: NewPortal, file: Path
) -> None:
    empty.add_user("ada")
    empty.save(file)
    with closing(sqlite3.connect(file)) as database:
        database.execute("PRAGMA journal_mode = WAL")
        with database:
            database.execute("UPDATE users SET name = 'Grace'")
        opened = server.open_portal(file, domain="opened", api_key="opened")
    assert [user.name for user in opened.users] == ["Grace"]
    server.remove_portal(opened)
    kept = new_portal(database=file)
    kept.add_user("bob")
    kept.reset()
    assert [user.name for user in kept.users] == ["Grace"]


def test_a_portal_that_cannot_be_revived_is_not_there(
    portal: Portal, server: MockServer, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(saved: Saved, portal: Portal) -> None:
        raise SetupError("A fault is for what does not exist.")

    portal.save(file)
    monkeypatch.setattr(Saved, "revive", refuse)
    with pytest.raises(SetupError, match="A fault is"):
        server.open_portal(file, domain="opened", api_key="opened")
    assert server.portals.of_domain("opened") is None


def test_a_table_that_is_no_json_is_refused(portal: Portal, file: Path) -> None:
    portal.save(file)
    with sqlite3.connect(file) as database:
        database.execute("UPDATE mock_portal SET value = '{' WHERE name = 'clock'")
    database.close()
    with pytest.raises(SetupError, match=r"The portal .* is corrupt"):
        MockServer.open(file)


def test_corrupt_and_foreign_files_are_refused(portal: Portal, file: Path, tmp_path: Path) -> None:
    portal.save(file)
    whole = file.read_bytes()
    for content in (whole[:20_000], whole[:4096] + b"\x55" * 40_000 + whole[44_096:]):
        file.write_bytes(content)
        with pytest.raises(SetupError, match=r"The database .* is corrupt"):
            MockServer.open(file)
    file.write_text("hello")
    with pytest.raises(SetupError, match="is not a portal made by talentlms-mock"):
        MockServer.open(file)
    with pytest.raises(SetupError, match="is not a portal made by talentlms-mock"):
        portal.save(file)
    assert file.read_text() == "hello"
    with pytest.raises(SetupError, match="cannot be read: No such file"):
        MockServer.open(tmp_path / "missing.sqlite")
    with pytest.raises(SetupError, match=r"cannot be saved in .*: No such file or directory"):
        portal.save(tmp_path / "missing" / "file.sqlite")


def test_a_server_that_is_not_running_opens_nothing(portal: Portal, file: Path) -> None:
    portal.save(file)
    with pytest.raises(SetupError, match="The server is not running"):
        MockServer().open_portal(file)
