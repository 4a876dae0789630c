"""Snapshots put a portal back; reset makes it what it was at first."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from talentlms_mock import MockServer, Portal
from talentlms_mock.errors import PortalGone, SetupError
from talentlms_mock.portal.store import database
from tests.conftest import NOW, NewClient, NewPortal
from tests.portal.journal.test_journal import ADA

BOB = {**ADA, "login": "bob", "email": "bob@example.com"}

Kept = Callable[[], Portal]


@pytest.fixture(params=["in memory", "in a file"])
def kept(request: Any, new_portal: NewPortal, tmp_path: Path) -> Portal:
    """An empty portal whose clock stands at NOW, in memory and in a file."""
    file = None if request.param == "in memory" else tmp_path / "portal.sqlite"
    return new_portal(dataset="empty", clock=NOW, database=file)


@pytest.fixture
def asker(kept: Portal, new_client: NewClient) -> httpx.Client:
    return new_client(kept)


def logins(client: httpx.Client) -> list[str]:
    return [user["login"] for user in client.get("/users").json()["_data"]]


def test_a_block_puts_the_data_and_the_ids_back(kept: Portal, asker: httpx.Client) -> None:
    asker.post("/users", json=ADA)
    for _ in range(2):
        with kept.snapshot():
            assert asker.post("/users", json=BOB).json()["_data"]["id"] == 2
            assert asker.delete("/users/1").status_code == 204
            assert logins(asker) == ["bob"]
        assert logins(asker) == ["ada"]
    assert asker.post("/users", json=BOB).json()["_data"]["id"] == 2
    with kept.transaction() as transaction:
        assert transaction.connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_a_portal_nobody_asked_is_put_back_too(kept: Portal, asker: httpx.Client) -> None:
    with kept.snapshot() as snapshot:
        asker.post("/users", json=ADA)
    assert logins(asker) == []
    snapshot.restore()
    assert logins(asker) == []


def test_everything_is_put_back(kept: Portal, asker: httpx.Client) -> None:
    asker.get("/users")
    with kept.snapshot():
        kept.clock.advance(days=3)
        kept.rate_limit.set(limit=5, window=60)
        kept.rate_limit.exhaust("burst")
        kept.set_plan("grow")
        kept.settings.set_preset("recorded")
        kept.quirks["error_shape"] = "flat"
        kept.disable_api()
        kept.deactivate()
        key = kept.rotate_key()
        kept.revoke_key()
        assert asker.get("/users").status_code == 403
    assert kept.clock.timestamp() == NOW
    assert kept.rate_limit.as_data()["hour"]["remaining"] == 1999
    assert kept.rate_limit.burst_remaining == 199
    assert (kept.settings.plan, kept.settings.limit) == ("core", 2000)
    assert kept.settings.preset == "documented"
    assert (kept.quirks["error_shape"], kept.quirks["coercion"]) == ("wrapped", "strict")
    assert key not in kept.keys.all
    assert asker.get("/users").status_code == 200


def test_a_block_that_fails_is_put_back(kept: Portal, asker: httpx.Client) -> None:
    def fail() -> None:
        with kept.snapshot():
            asker.post("/users", json=ADA)
            assert 1 / 0

    with pytest.raises(ZeroDivisionError):
        fail()
    assert logins(asker) == []


def test_named_snapshots(kept: Portal, asker: httpx.Client) -> None:
    kept.snapshot("none")
    asker.post("/users", json=ADA)
    kept.snapshot("ada")
    asker.post("/users", json=BOB)
    kept.restore("none")
    assert logins(asker) == []
    kept.restore("ada")
    assert logins(asker) == ["ada"]
    asker.post("/users", json=BOB)
    kept.snapshot("none")
    kept.restore("none")
    assert logins(asker) == ["ada", "bob"]
    assert list(kept.snapshots) == ["ada", "none"]
    assert ("ada" in kept.snapshots, len(kept.snapshots)) == (True, 2)
    data = kept.snapshots["ada"].as_data()
    assert data.pop("bytes") > 50_000
    assert data == {"name": "ada", "taken_at": NOW, "journal": False}
    kept.snapshots.drop("none")
    with pytest.raises(SetupError, match=r"There is no snapshot 'none' \(known are ada\)."):
        kept.restore("none")
    kept.snapshots.drop("ada")
    with pytest.raises(SetupError, match=r"There is no snapshot 'ada'."):
        kept.snapshots.drop("ada")


def test_the_journal_goes_on_unless_asked(kept: Portal, asker: httpx.Client) -> None:
    asker.get("/users")
    with kept.snapshot():
        asker.get("/courses")
    assert [item.number for item in kept.requests] == [1, 2]
    with kept.snapshot(journal=True):
        asker.get("/courses")
        assert len(kept.requests) == 3
    assert [item.number for item in kept.requests] == [1, 2]
    asker.get("/courses")
    assert [item.number for item in kept.requests] == [1, 2, 4]


def test_what_is_due_by_time_is_due_again(kept: Portal, asker: httpx.Client) -> None:
    asker.post("/users", json={**ADA, "deactivation_date": "2025-05-08"})

    def status() -> str:
        found: str = asker.get("/users/1").json()["_data"]["status"]
        return found

    for _ in range(2):
        with kept.snapshot():
            kept.clock.advance(days=1)
            assert status() == "inactive"
        assert status() == "active"


def test_reset_makes_it_what_it_was_at_first(kept: Portal, asker: httpx.Client) -> None:
    kept.snapshot("before")
    asker.post("/users", json=ADA)
    kept.clock.advance(days=3)
    kept.set_plan("grow")
    kept.rotate_key()
    kept.reset()
    assert (kept.clock.timestamp(), kept.settings.plan, len(kept.requests)) == (NOW, "core", 0)
    assert logins(asker) == []
    assert kept.rate_limit.remaining == 1999
    assert "before" in kept.snapshots
    assert kept.requests[0].number == 2


def test_reset_of_a_portal_that_went_on_from_a_file(
    server: MockServer, new_portal: NewPortal, new_client: NewClient, tmp_path: Path
) -> None:
    file = tmp_path / "portal.sqlite"
    first = server.create_portal(domain="first", api_key="1", dataset="empty", database=file)
    new_client(first).post("/users", json=ADA)
    server.remove_portal(first)
    portal = new_portal(database=file)
    client = new_client(portal)
    client.post("/users", json=BOB)
    portal.reset()
    assert logins(client) == ["ada"]


def test_a_large_file_is_not_remembered(
    monkeypatch: pytest.MonkeyPatch, server: MockServer, new_portal: NewPortal, tmp_path: Path
) -> None:
    file = tmp_path / "portal.sqlite"
    first = server.create_portal(domain="first", api_key="1", dataset="empty", database=file)
    server.remove_portal(first)
    monkeypatch.setattr(database, "KEPT_ORIGINAL_BYTES", 1000)
    portal = new_portal(database=file)
    key = portal.rotate_key()
    with pytest.raises(SetupError, match=r"How the database .* began was not kept"):
        portal.reset()
    assert portal.api_key == key


def test_a_key_that_another_has_by_now_is_not_put_back(new_portal: NewPortal) -> None:
    ada, bob = new_portal(), new_portal()
    old = ada.api_key
    snapshot = ada.snapshot()
    new = ada.rotate_key()
    ada.quirks["error_shape"] = "flat"
    bob.rotate_key(old)
    with pytest.raises(SetupError, match="Another portal of this server has the API key"):
        snapshot.restore()
    assert (ada.api_key, ada.quirks["error_shape"]) == (new, "flat")


def test_a_portal_that_is_gone_is_not_put_back(server: MockServer) -> None:
    portal = server.create_portal(domain="going", api_key="going", dataset="empty")
    snapshot = portal.snapshot()
    server.remove_portal(portal)
    with pytest.raises(PortalGone):
        snapshot.restore()
    with pytest.raises(PortalGone):
        portal.snapshot()


def test_restoring_while_requests_come(portal: Portal, client: httpx.Client) -> None:
    from threading import Event, Thread

    portal.snapshot("full")
    done = Event()
    statuses: list[int] = []

    def ask() -> None:
        while not done.is_set():
            statuses.append(client.get("/users").status_code)

    thread = Thread(target=ask)
    thread.start()
    portal.wait_for_request(timeout=30)
    for _ in range(50):
        portal.restore("full")
    done.set()
    thread.join(30)
    assert set(statuses) <= {200, 429}
