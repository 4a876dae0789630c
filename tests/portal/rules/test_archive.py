from typing import Any

import pytest

from talentlms_mock import Portal
from talentlms_mock.portal.rules import archive
from tests.conftest import NewPortal
from tests.state.dump import take

Json = dict[str, Any]


@pytest.fixture
def demo(new_portal: NewPortal) -> Portal:
    return new_portal(dataset="demo", users=50)


def _without_archive(portal: Portal) -> Json:
    tables = take(portal).tables
    return {name: rows for name, rows in tables.items() if name != "archive"}


def put_away(portal: Portal, kind: archive.Kind, *ids: int) -> None:
    with portal.transaction() as transaction:
        for id in ids:
            archive.put_away(transaction, kind, id, f"the {kind} {id}")


def take_out(portal: Portal, kind: archive.Kind, *ids: int) -> None:
    with portal.transaction() as transaction:
        for id in ids:
            archive.take_out(transaction, kind, id)


@pytest.mark.parametrize("kind", ["user", "course"])
def test_everything_comes_back_as_it_was(demo: Portal, kind: archive.Kind) -> None:
    before, archived = _without_archive(demo), take(demo).rows("archive")
    ids = [row["id"] for row in take(demo).rows(f"{kind}s")]

    for id in ids:
        put_away(demo, kind, id)
        assert take(demo).row(f"{kind}s", id) is None
        assert take(demo).dangling == []
        take_out(demo, kind, id)

    assert _without_archive(demo) == before
    assert take(demo).rows("archive") == archived


def test_what_lies_between_two_archived_things_waits_for_the_second(demo: Portal) -> None:
    before = _without_archive(demo)
    users = [row["id"] for row in take(demo).rows("users")]
    courses = [row["id"] for row in take(demo).rows("courses")]

    put_away(demo, "user", *users)
    put_away(demo, "course", *courses)
    assert take(demo).rows("enrollments") == []
    take_out(demo, "user", *users)
    assert take(demo).rows("enrollments") == []
    take_out(demo, "course", *courses)

    assert _without_archive(demo) == before


def test_the_other_order_gives_the_same(demo: Portal) -> None:
    before = _without_archive(demo)
    (user, *_), (course, *_) = take(demo).rows("users"), take(demo).rows("courses")

    put_away(demo, "course", course["id"])
    put_away(demo, "user", user["id"])
    take_out(demo, "user", user["id"])
    put_away(demo, "user", user["id"])
    take_out(demo, "course", course["id"])
    take_out(demo, "user", user["id"])

    assert _without_archive(demo) == before


def test_what_was_deleted_meanwhile_stays_away(empty: Portal) -> None:
    group = empty.add_group("Night shift")
    user = empty.add_user(login="ada", groups=[group])
    put_away(empty, "user", user.id)
    with empty.httpx_client() as client:
        assert client.delete(f"/groups/{group.id}").status_code == 204

    take_out(empty, "user", user.id)

    assert list(empty.users.get("ada").groups) == []
    assert take(empty).dangling == []


def test_what_is_archived_is_told_from_what_is_not_there(empty: Portal) -> None:
    user = empty.add_user(login="ada")
    put_away(empty, "user", user.id)

    with empty.transaction() as transaction:
        assert archive.is_archived(transaction, "user", user.id)
        assert not archive.is_archived(transaction, "course", user.id)
        assert not archive.is_archived(transaction, "user", 99)
        row = archive.archived_row(transaction, "user", user.id)
        assert row is not None
        assert row["login"] == "ada"
        assert archive.archived_row(transaction, "user", 99) is None
