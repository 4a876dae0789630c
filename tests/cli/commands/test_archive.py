"""talentlms-mock archive."""

import json

from talentlms_mock import Portal
from tests.cli.commands.conftest import Run, table
from tests.conftest import NOW


def test_user_is_archived_and_restored(of_empty: Run, empty: Portal) -> None:
    empty.add_user("ada.lovelace")
    assert of_empty("archive", "list") == (f"Nothing is archived in the portal {empty.domain}.\n")
    printed = of_empty("archive", "add", "user", "ada.lovelace")
    assert printed == "The user 1, Ada Lovelace, is archived.\n"
    assert table(of_empty("archive", "list")) == [
        ["Kind", "Id", "Name", "Archived"],
        ["user", "1", "Ada Lovelace", NOW],
    ]
    assert json.loads(of_empty("archive", "list", "--json")) == [
        {"kind": "user", "id": 1, "name": "Ada Lovelace", "archived_at": NOW}
    ]
    assert of_empty("archive", "restore", "user", "ADA.lovelace") == "The user 1 is restored.\n"
    assert [user.login for user in empty.users] == ["ada.lovelace"]


def test_restoring_is_refused_in_one_sentence(of_empty: Run, empty: Portal) -> None:
    empty.archive_user(empty.add_user("ada"))
    empty.add_user("ada")
    assert of_empty("archive", "restore", "user", "1", status=2) == (
        "Error: A user with the same login already exists.\n"
    )
    assert of_empty("archive", "restore", "user", "2", status=2) == (
        "Error: User is not archived.\n"
    )
    assert of_empty("archive", "restore", "user", "9", status=2) == "Error: User not found\n"
