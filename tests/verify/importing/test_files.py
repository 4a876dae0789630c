"""A portal made of files: a recording, or a table of users."""

import json
from pathlib import Path

import pytest

from talentlms_mock import Portal
from talentlms_mock.errors import SetupError
from talentlms_mock.portal.journal.har import archive
from talentlms_mock.verify.importing.kept import Kept
from talentlms_mock.verify.importing.notes import Notes
from talentlms_mock.verify.importing.recording import take_recording
from talentlms_mock.verify.importing.run import Import
from talentlms_mock.verify.importing.table import mapping_of, take_table
from tests.conftest import NewPortal
from tests.verify.importing.compare import Comparison
from tests.verify.importing.vendor import NO_LIMITS, compared, left_in, read
from tests.verify.vendor import academy


def _import(*, keep_names: bool = False, names: bool = False) -> Import:
    return Import(Kept(), "acme", names=names, keep_names=keep_names, is_whole=False)


def _recorded(portal: Portal, path: Path) -> Path:
    path.write_text(json.dumps(archive(portal.requests, host=portal.host)), encoding="utf-8")
    return path


def test_a_recording_of_everything(new_portal: NewPortal, tmp_path: Path) -> None:
    vendor = academy(new_portal, **NO_LIMITS)
    read(vendor, tmp_path / "live.sqlite").kept.close()
    found = _import()
    take_recording(found, _recorded(vendor, tmp_path / "a.har"))
    database = tmp_path / "acme.sqlite"
    comparison = Comparison(replaced=True)
    clock = {"clock": vendor.clock.now().isoformat()}
    differences, notes = compared(new_portal, vendor, found, database, comparison, settings=clock)
    assert differences == []
    assert len(notes) == 0
    assert left_in(database.read_bytes(), comparison) == []


def test_a_recording_of_some_requests(new_portal: NewPortal, tmp_path: Path) -> None:
    vendor = academy(new_portal, **NO_LIMITS)
    with vendor.httpx_client() as client:
        client.get("/groups/1/users", params={"page[size]": 1, "page[number]": 2})
        client.get("/users/1/courses")
        client.get("/groups/1/courses")
        client.get("/users/1/groups")
        client.get("/users/7")
        client.post("/groups", json={"name": "Others"})
        client.get("/nosuchpath")
    found = _import(keep_names=True)
    take_recording(found, _recorded(vendor, tmp_path / "a.har"))
    notes = found.make(tmp_path / "acme.sqlite")
    copy = new_portal(database=tmp_path / "acme.sqlite")
    assert [(user.id, user.login) for user in copy.users] == [(2, "bob")]
    assert [(course.id, course.name) for course in copy.courses] == [(1, "Fire drill")]
    assert [(group.id, group.name) for group in copy.groups] == [(1, "Wardens")]
    assert [line for line in notes.lines() if "missing" not in line] == [
        "enrollments.user: leads to a user that there is not, left out (1x)",
        "group_users: leads to a user that there is not, left out (1x)",
        "recording: a request that is no read of the API, left out (2x)",
    ]


def test_a_recording_without_reads(new_portal: NewPortal, tmp_path: Path) -> None:
    vendor = academy(new_portal, **NO_LIMITS)
    with vendor.httpx_client() as client:
        client.get("/users/99")
    path = _recorded(vendor, tmp_path / "a.har")
    with pytest.raises(SetupError, match="has no read of the API that succeeded"):
        take_recording(_import(), path)


def test_refusals_in_a_recording_say_something(new_portal: NewPortal, tmp_path: Path) -> None:
    vendor = academy(new_portal, **NO_LIMITS)
    vendor.disable_gamification()
    questions = {"text": "Why?", "answers": ["a", "b"], "correct": ["a"]}
    quiz = {"name": "Quiz", "type": "test", "questions": [questions]}
    course = vendor.add_course("Quizzes", units=[quiz, "Read this"])
    test, text = course.units
    vendor.enroll(vendor.users.get(id=1), course)
    learner = vendor.learner(vendor.users.get(id=1))
    learner.open_unit(test)
    learner.open_unit(text)
    with vendor.httpx_client() as client:
        for path in ("/users", "/courses", f"/courses/{course.id}/users", "/users/1/gamification"):
            client.get(path)
        client.get("/course-progress", params={"course_id": course.id, "user_id": 1})
        for unit in (test, text):
            client.get("/unit-progress", params={"unit_id": unit.id, "user_id": 1})
            client.get("/results", params={"unit_id": unit.id, "user_id": 1})
    found = _import(keep_names=True)
    take_recording(found, _recorded(vendor, tmp_path / "a.har"))
    found.make(tmp_path / "acme.sqlite")
    with new_portal(database=tmp_path / "acme.sqlite").httpx_client() as client:
        assert client.get("/users/1/gamification").status_code == 404
        answered = client.get("/results", params={"unit_id": text.id, "user_id": 1})
        assert answered.status_code == 400


_USERS = """\
First name;Last name;E-mail address;Login;Department;Shoe size;Status;Registration
Ada;Lovelace;ada@acme.example;ada.l;Engines;38;active;2024-02-29T10:00:00+01:00
Grace;Hopper;grace@acme.example;;Engines;;Inactive;2024-03-01
;;;;Nobody;;;
"""
_MAP = ("Department=custom:Department", "E-mail address=email")


def _table(tmp_path: Path, found: Import, text: str = _USERS, *columns: str) -> Notes:
    path = tmp_path / "users.csv"
    path.write_text(text, encoding="utf-8-sig")
    take_table(found, path, mapping_of(columns or _MAP))
    return found.make(tmp_path / "acme.sqlite")


def test_a_table_of_users(new_portal: NewPortal, tmp_path: Path) -> None:
    notes = _table(tmp_path, _import(keep_names=True))
    assert notes.lines() == [
        "a row: without a login and an email, left out (1x)",
        "column Shoe size: unknown, left out (1x)",
    ]
    copy = new_portal(database=tmp_path / "acme.sqlite")
    ada, grace = copy.users
    assert (ada.name, ada.surname, ada.login, ada.email) == (
        "Ada",
        "Lovelace",
        "ada.l",
        "ada@acme.example",
    )
    assert (grace.login, grace.status) == ("grace@acme.example", "inactive")
    with copy.httpx_client() as client:
        (field,) = client.get("/users/1").json()["_data"]["custom_fields"]
        listed = client.get("/users").json()["_data"][0]
    assert field == {"id": 1, "name": "Department", "value": "Engines", "type": "text"}
    assert listed["registration"] == "2024-02-29T09:00:00+00:00"


def test_a_table_has_nobody_left(new_portal: NewPortal, tmp_path: Path) -> None:
    _table(tmp_path, _import())
    content = (tmp_path / "acme.sqlite").read_bytes()
    for value in (b"Lovelace", b"ada@", b"ada.l", b"Engines", b"Hopper", b"grace"):
        assert value not in content
    with new_portal(database=tmp_path / "acme.sqlite").httpx_client() as client:
        ada, grace = (client.get(f"/users/{id}").json()["_data"] for id in (1, 2))
    assert ada["custom_fields"] == grace["custom_fields"]
    assert grace["login"] == grace["email"]


@pytest.mark.parametrize(
    ("text", "columns", "problem"),
    [
        ("Name\nAda\n", (), "has no column of logins or emails"),
        ("email\na@b.c\n", ("Mail=email",), "has no column 'Mail'"),
        ('email\n"a"b\n', (), "is not a CSV file"),
    ],
)
def test_tables_that_are_none(
    text: str, columns: tuple[str, ...], problem: str, tmp_path: Path
) -> None:
    path = tmp_path / "users.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SetupError, match=problem):
        take_table(_import(), path, mapping_of(columns))


def test_a_table_in_another_encoding(tmp_path: Path) -> None:
    path = tmp_path / "users.csv"
    path.write_bytes(b"email\nj\xf6rg@acme.example\n")
    with pytest.raises(SetupError, match="is not UTF-8"):
        take_table(_import(), path, {})
