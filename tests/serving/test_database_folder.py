"""A server that keeps its portals in a folder: each in a file of its own, over its next start."""

import re
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from talentlms_mock import MockServer, Portal, SetupError
from talentlms_mock.control.route import SQLITE
from tests.serving import kept_server

FROZEN = "2025-05-07T09:30:00Z"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "portals"


def files(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir() if each.name != ".lock")


def of(server: MockServer, domain: str) -> Portal:
    portal = server.portals.of_domain(domain)
    assert portal is not None
    return portal


def create(folder: Path, *domains: str) -> None:
    """Make portals of one user in the folder."""
    with MockServer(databases=folder) as server:
        for domain in domains:
            server.create_portal(domain=domain, dataset="empty").add_user("owner")


@pytest.fixture
def server(folder: Path) -> Iterator[MockServer]:
    with MockServer(databases=folder) as server:
        yield server


def test_portals_continue_with_all_that_was_set(folder: Path) -> None:
    quirks = {"error_shape": "flat"}
    with MockServer(databases=folder) as server:
        acme = server.create_portal(
            domain="acme", plan="grow", quirks={"error_shape": "flat"}, clock=FROZEN, users=3
        )
        beta = server.create_portal(domain="beta", dataset="empty", hourly_limit=7)
        acme.rotate_key("second")
        acme.set_tasks("manual")
        acme.disable_api()
        user = acme.add_user("ada")
        beta.set_preset("recorded")
        beta.revoke_key()
        settings = acme.settings.save(), beta.settings.save()
        keys = acme.keys.all, beta.keys.all
    with MockServer(databases=folder) as server:
        assert [portal.domain for portal in server.portals] == ["acme", "beta"]
        acme, beta = server.portals
        assert (acme.settings.save(), beta.settings.save()) == settings
        assert (acme.keys.all, beta.keys.all) == keys
        assert acme.quirks["error_shape"] == quirks["error_shape"]
        assert (acme.clock.timestamp(), acme.clock.frozen) == ("2025-05-07T09:30:00+00:00", True)
        assert beta.clock.as_data()["follows_system"] is True
        assert acme.users.get(login="ada").id == user.id
        assert beta.rate_limit.as_data()["hour"]["limit"] == 7


def test_a_clock_runs_on_while_the_server_does_not(folder: Path) -> None:
    create(folder, "acme", "beta")
    with MockServer(databases=folder) as server:
        of(server, "acme").clock.travel("2040-01-01T00:00:00Z")
        rules = of(server, "acme").clock.rule(), of(server, "beta").clock.rule()
    with MockServer(databases=folder) as server:
        assert (of(server, "acme").clock.rule(), of(server, "beta").clock.rule()) == rules
        assert "2040" in repr(of(server, "acme").clock)
        of(server, "acme").clock.reset()
        of(server, "beta").clock.freeze(FROZEN, backwards=True)
        of(server, "beta").clock.advance(hours=1)
    with MockServer(databases=folder) as server:
        assert of(server, "acme").clock.as_data()["follows_system"] is True
        assert of(server, "beta").clock.timestamp() == "2025-05-07T10:30:00+00:00"


def test_the_start_of_a_kept_portal_is_what_reset_restores(folder: Path) -> None:
    with MockServer(databases=folder) as server:
        portal = server.create_portal(domain="acme", dataset="empty", plan="grow")
        portal.add_user("ada")
        portal.set_plan("core")
        portal.reset()
        assert (portal.settings.plan, [user.login for user in portal.users]) == ("grow", [])
        portal.add_user("bob")
    with MockServer(databases=folder) as server:
        portal = of(server, "acme")
        assert portal.settings.plan == "grow"
        portal.set_plan("pro")
        portal.add_user("eve")
        portal.reset()
        assert [user.login for user in portal.users] == ["bob"]
    with MockServer(databases=folder) as server:
        assert of(server, "acme").settings.plan == "grow"


def test_a_snapshot_leaves_what_is_kept_beside_the_data_out(server: MockServer) -> None:
    portal = server.create_portal(domain="acme", dataset="empty")
    before = portal.snapshot()
    portal.set_quirk("coercion", "recorded")
    portal.add_category("Algebra")
    assert [change.table for change in portal.diff(before)] == ["settings", "categories"]
    before.restore()
    assert not list(portal.diff(before))
    assert portal.quirks["coercion"] == "strict"


def test_portals_over_http_are_kept_and_removed(folder: Path, tmp_path: Path) -> None:
    with MockServer(databases=folder) as server, httpx.Client(base_url=server.control_url) as http:
        for domain in ("acme", "beta"):
            created = http.post("/portals", json={"domain": domain, "dataset": "empty"})
            assert created.status_code == 201
        saved = http.get("/portals/acme/save").content
        where, kind = "/portals/open?domain=opened&api_key=other", {"Content-Type": SQLITE}
        assert http.post(where, content=saved, headers=kind).json()["domain"] == "opened"
        assert files(folder) == ["acme.sqlite", "beta.sqlite", "opened.sqlite"]
        assert http.delete("/portals/acme").status_code == 204
        assert files(folder) == ["beta.sqlite", "opened.sqlite"]
    with MockServer(databases=folder) as server:
        assert [portal.domain for portal in server.portals] == ["beta", "opened"]
        assert of(server, "opened").api_key == "other"
        server.create_portal(domain="acme", dataset="empty")
    assert files(folder) == ["acme.sqlite", "beta.sqlite", "opened.sqlite"]


def test_a_portal_with_a_file_of_its_own_stays_in_it(
    server: MockServer, folder: Path, tmp_path: Path
) -> None:
    portal = server.create_portal(domain="acme", dataset="empty", database=tmp_path / "own.sqlite")
    assert files(folder) == []
    server.remove_portal(portal)
    assert (tmp_path / "own.sqlite").exists()


def test_a_portal_that_cannot_be_created_leaves_no_file(server: MockServer, folder: Path) -> None:
    server.create_portal(domain="acme", dataset="empty")
    with pytest.raises(SetupError, match="Another portal of this server has the API key"):
        server.create_portal(domain="beta", dataset="empty", api_key="mock-api-key")
    with pytest.raises(SetupError, match="There is no scenario"):
        server.create_portal(domain="beta", dataset="empty", scenario="nothing")
    (folder / "beta.sqlite").write_bytes(b"not ours")
    with pytest.raises(SetupError) as refused:
        server.create_portal(domain="beta", dataset="empty")
    file = folder / "beta.sqlite"
    assert str(refused.value) == f"The file {file} exists already: move it away."
    assert file.read_bytes() == b"not ours"
    assert [portal.domain for portal in server.portals] == ["acme"]


def test_what_cannot_be_written_is_one_sentence(server: MockServer, folder: Path) -> None:
    portal = server.create_portal(domain="acme", dataset="empty")
    file = folder / "acme.sqlite"
    with portal.transaction() as transaction:
        transaction.connection.exec_driver_sql("PRAGMA query_only = ON")
    with pytest.raises(SetupError) as refused:
        portal.set_plan("grow")
    readonly = "attempt to write a readonly database"
    assert str(refused.value) == f"The database {file} cannot be written: {readonly}."

    file.rename(folder / "moved")
    file.mkdir()
    with pytest.raises(SetupError, match=rf"The file {re.escape(str(file))} cannot be removed: "):
        server.remove_portal(portal)
    assert not list(server.portals)

    shutil.rmtree(folder)
    with pytest.raises(SetupError) as refused:
        server.create_portal(domain="acme", dataset="empty")
    assert str(refused.value) == f"The database {file} cannot be made: No such file or directory."
    assert not list(server.portals)


def _change_and_fail(portal: Portal) -> None:
    with portal.transaction() as transaction:
        transaction.connection.exec_driver_sql("UPDATE users SET login = 'other'")
        portal.set_quirk("coercion", "recorded")
        raise ZeroDivisionError


def test_a_change_inside_of_a_transaction_is_a_part_of_it(folder: Path) -> None:
    create(folder, "acme")
    with MockServer(databases=folder) as server:
        portal = of(server, "acme")
        with pytest.raises(ZeroDivisionError):
            _change_and_fail(portal)
    with MockServer(databases=folder) as server:
        portal = of(server, "acme")
        assert [user.login for user in portal.users] == ["owner"]
        assert portal.quirks["coercion"] == "strict"


def test_files_that_come_from_elsewhere(folder: Path) -> None:
    """The name of a file is the domain, and data without a key gets one."""
    create(folder, "acme")
    file = folder / "acme.sqlite"
    with closing(sqlite3.connect(file)) as database:
        database.execute("DROP TABLE mock_portal")
    (folder / "copy.sqlite").write_bytes(file.read_bytes())
    (folder / "notes.txt").write_text("left alone")
    for _ in range(2):
        with MockServer(databases=folder) as server:
            found = [(portal.domain, portal.api_key) for portal in server.portals]
            assert found == [("acme", "mock-api-key"), ("copy", "mock-api-key-2")]


def refusal(folder: Path) -> str:
    """Return what a server says that cannot start."""
    with pytest.raises(SetupError) as refused:
        MockServer(databases=folder).bind()
    return str(refused.value)


def change(file: Path, statement: str) -> None:
    with closing(sqlite3.connect(file)) as database:
        database.execute(statement)
        database.commit()


def test_a_broken_file_refuses_the_start_and_is_named(folder: Path) -> None:
    create(folder, "acme", "beta")
    file = folder / "beta.sqlite"
    whole = file.read_bytes()
    is_not_ours = (
        f"The file {file} is not a portal made by talentlms-mock; name another, or move it away."
    )
    for content in (b"", b"text", whole[:50]):
        file.write_bytes(content)
        assert refusal(folder) == is_not_ours
    file.write_bytes(whole[:8192])
    assert refusal(folder).startswith(f"The database {file} is corrupt (")
    file.write_bytes(whole)
    change(file, "UPDATE mock_portal SET value = '[' WHERE name = 'clock'")
    assert refusal(folder).startswith(f"The database {file} is corrupt (clock is no JSON: ")
    file.write_bytes(whole)
    change(file, "UPDATE users SET status = 'unknown'")
    assert refusal(folder) == (
        f"The database {file} is corrupt (users.status has a value that it cannot have); restore "
        "it or name another."
    )
    file.write_bytes(whole)
    assert [portal.domain for portal in _opened(folder)] == ["acme", "beta"]


def _opened(folder: Path) -> list[Portal]:
    with MockServer(databases=folder) as server:
        return list(server.portals)


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        (
            """UPDATE mock_portal SET value = json_set(value, '$.plan', 'none')
               WHERE name = 'settings'""",
            "The portal {} cannot be opened: There is no plan 'none' (known are basic, core, "
            "custom, grow, plus, premium, pro, small).",
        ),
        (
            "UPDATE mock_portal SET value = '2' WHERE name = 'format'",
            "The portal {} was saved by another version of the mock.",
        ),
        (
            """UPDATE mock_portal SET value = '{"since": 1e300, "shown": 0, "factor": 1}'
               WHERE name = 'clock'""",
            "The portal {} cannot be opened: A portal's clock shows the years 1 to 9999, and "
            "nothing beyond.",
        ),
    ],
)
def test_settings_that_no_portal_has(folder: Path, statement: str, sentence: str) -> None:
    create(folder, "acme")
    change(folder / "acme.sqlite", statement)
    assert refusal(folder) == sentence.format(folder / "acme.sqlite")


def test_names_and_keys_that_no_two_portals_have(folder: Path) -> None:
    create(folder, "acme")
    content = (folder / "acme.sqlite").read_bytes()
    copy = folder / "copy.sqlite"
    copy.write_bytes(content)
    assert refusal(folder) == (
        f"The portal {copy} cannot be opened: Another portal of this server has the API key of "
        "'copy'; a key must name one portal."
    )
    copy.rename(folder / "no label.sqlite")
    assert refusal(folder) == (
        f"The portal {folder / 'no label.sqlite'} cannot be opened: The domain 'no label' is not "
        "one label of a host name: use up to 63 letters, digits and hyphens, like 'acme'."
    )


def test_a_folder_is_of_one_server(server: MockServer, folder: Path) -> None:
    assert server.portals.of_domain("acme") is None
    text = refusal(folder)
    assert text.startswith(f"The folder {folder} cannot be held (")
    assert text.endswith("); is another mock using it?")
    server.stop()
    with MockServer(databases=folder):
        pass


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    folder = tmp_path / "file" / "portals"
    assert refusal(folder) == f"The folder {folder} cannot be made: Not a directory."


def test_a_server_that_starts_again_opens_them_again(folder: Path) -> None:
    server = MockServer(databases=folder)
    with server:
        server.create_portal(domain="acme", dataset="empty").add_user("owner")
    assert len(server.portals) == 0
    with server:
        assert of(server, "acme").users.get(login="owner")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signal")
def test_a_killed_process_loses_nothing_that_it_acknowledged(folder: Path) -> None:
    with kept_server.started(folder) as (process, http):
        http.post("/portals", json={"domain": "acme", "dataset": "empty"}).raise_for_status()
        http.post("/portals/acme/rotate-key", json={"api_key": "second"}).raise_for_status()
        changes = {"plan": "grow", "quirks": {"coercion": "recorded"}, "tasks": "manual"}
        http.patch("/portals/acme", json=changes).raise_for_status()
        http.post("/portals/acme/clock/freeze", json={"at": "2041-01-01"}).raise_for_status()
        http.post("/portals/acme/users", json={"login": "ada"}).raise_for_status()
        before = http.get("/portals/acme").json()
        process.kill()
    with kept_server.started(folder) as (_, http):
        after = http.get("/portals/acme").json()
        users = http.get("/portals/acme/users").json()
    same = ("domain", "api_key", "plan", "quirks", "tasks", "clock", "hourly_limit")
    assert {name: after.get(name) for name in same} == {name: before.get(name) for name in same}
    assert "ada" in [user["login"] for user in users]
