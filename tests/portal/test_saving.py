"""A portal goes into a file and goes on elsewhere."""

import sqlite3
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from talentlms_mock import MockServer, Portal
from talentlms_mock.errors import SetupError
from talentlms_mock.portal.saving import Saved
from tests.conftest import NOW, NewClient, NewPortal
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
    ("name", "value", "problem"),
    [
        ("format", 2, "was saved by another version of the mock."),
        ("settings", {"colour": "red"}, "is corrupt (Settings.__init__() got an unexpected"),
        ("settings", {"plan": "gro"}, "There is no plan 'gro'"),
        ("settings", [], "is corrupt ("),
        ("journal", [{}], "is corrupt ('body')."),
        ("clock", {"shown": "x", "factor": 1}, "is corrupt (could not convert string to float"),
        ("rate_limit", {"hour": {}, "burst": {}}, "is corrupt (Window.__init__() missing 2"),
        ("clock", {}, "is corrupt ('shown')."),
        ("rate_limit", {}, "is corrupt ('hour')."),
    ],
)
def test_wrong_values_are_refused(
    name: str, value: Any, problem: str, portal: Portal, server: MockServer, file: Path
) -> None:
    portal.save(file)
    _changed(file, name, value)
    with pytest.raises(SetupError) as refused:
        server.open_portal(file, domain="opened", api_key="opened")
    assert problem in str(refused.value)
    assert server.portals.of_domain("opened") is None


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
        with pytest.raises(SetupError, match=r"The portal .* is corrupt"):
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
