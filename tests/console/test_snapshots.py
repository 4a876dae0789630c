"""The snapshots of a portal in the console, and comparing two."""

import pytest

from talentlms_mock import Portal, SetupError
from tests.console.conftest import Open


def test_snapshot_is_taken_restored_and_deleted(empty: Portal, see: Open) -> None:
    page = see("/snapshots").send("Take snapshot", name="a/b <c>", journal="true")
    assert page.done == "The snapshot is taken."
    assert page.table()[0][:2] + page.table()[0][3:4] == ["a/b <c>", "2025-05-07 09:30:00", "yes"]
    empty.add_user("ada")

    page = page.send("Restore")
    assert page.done == "Restored."
    assert list(empty.users) == []
    page = page.send("Delete")
    assert page.table() == [["No snapshot yet."]]
    assert page.send("Take snapshot", name="").status == 422


def test_snapshots_are_compared(empty: Portal, see: Open) -> None:
    empty.add_user("ada.lovelace")
    empty.add_user("eve")
    empty.snapshot("before")
    empty.change_user("ada.lovelace", surname="Byron")
    empty.archive_user("eve")
    empty.add_course("Algebra")
    empty.clock.advance(hours=1)
    empty.set_quirk("accept", "strict")
    empty.snapshot("after")

    page = see("/snapshots").send("Compare", before="before", after="after")
    assert page.heading == "From before to after"
    rows = {
        region.attributes["aria-label"]: region.one("table").rows()
        for region in page.main.all("div", role="region")
    }
    assert rows["Settings"] == [["settings", "changed", "quirks.accept : lenient → strict"]]
    assert rows["Clock"] == [["clock", "changed", "shown : 1746610200.0 → 1746613800.0"]]
    assert rows["Courses"] == [["1 Algebra", "added", ""]]
    assert rows["Users"] == [
        ["1 ada.lovelace", "changed", "surname : Lovelace → Byron"],
        ["2 eve", "removed", ""],
    ]
    same = see("/snapshots/compare", before="after", after="after")
    assert "Nothing changed." in same.main.text


def test_snapshot_is_compared_with_now(empty: Portal, see: Open) -> None:
    empty.snapshot("one")
    empty.add_group("Staff")
    page = see("/snapshots").follow("Compare with now")
    assert page.heading == "From one to now"
    tables = [table.rows() for table in page.main.all("table")]
    assert [["1 Staff", "added", ""]] in tables

    page = see("/snapshots/compare", before="two")
    assert (page.status, page.problem) == (
        404,
        "There is no snapshot 'two' (known are one). name",
    )


def test_what_changed_is_read_from_python(empty: Portal) -> None:
    empty.snapshot("untouched")
    empty.add_user("ada")
    empty.snapshot("later")

    changes = empty.compare("untouched", "later")
    assert [(each.kind, each.key, each.name) for each in changes if each.table == "users"] == [
        ("added", "1", "ada")
    ]
    assert empty.compare("later") == []
    empty.change_user("ada", name="Augusta")
    (change,) = [each for each in empty.compare("later") if each.table == "users"]
    assert change.as_data() == {
        "table": "users",
        "kind": "changed",
        "key": "1",
        "name": "ada",
        "fields": {"name": {"before": "Ada", "after": "Augusta"}},
    }
    with pytest.raises(SetupError, match="There is no snapshot 'x'"):
        empty.compare("later", "x")
