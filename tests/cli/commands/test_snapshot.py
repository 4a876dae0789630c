"""talentlms-mock snapshot."""

import json

from talentlms_mock import Portal
from tests.cli.commands.conftest import Run, table


def test_snapshot_is_taken_compared_restored_and_deleted(of_empty: Run, empty: Portal) -> None:
    none = f"The portal {empty.domain} has no snapshots.\n"
    assert of_empty("snapshot", "list") == none
    took = of_empty("snapshot", "take", "before", "--journal")
    assert took == f"Took the snapshot before of the portal {empty.domain}.\n"
    heads, (name, _, size, journal) = table(of_empty("snapshot", "list"))
    assert heads == ["Snapshot", "Taken", "Bytes", "Requests"]
    assert (name, journal) == ("before", "yes")
    assert size == f"{empty.snapshots['before'].as_data()['bytes']:,}"
    assert json.loads(of_empty("snapshot", "list", "--json"))[0]["name"] == "before"

    same = of_empty("snapshot", "compare", "before")
    assert same == "Nothing differs from the snapshot before.\n"
    empty.add_user("ada")
    of_empty("snapshot", "take", "after")
    for to in ((), ("--to", "after")):
        heads, *rows = table(of_empty("snapshot", "compare", "before", *to))
        assert heads == ["Change", "Table", "Row", "Fields"]
        assert ["added", "users", "ada"] in [row[:3] for row in rows]
    empty.change_user("ada", name="Grace")
    changes = json.loads(of_empty("snapshot", "compare", "after", "--json"))
    (changed,) = (each for each in changes if each["table"] == "users")
    rows = table(of_empty("snapshot", "compare", "after"))[1:]
    before = changed["fields"]["name"]["before"]
    assert ["changed", "users", "ada", f"name {before!r} -> 'Grace'"] in rows

    restored = of_empty("snapshot", "restore", "before")
    assert restored == f"Restored the portal {empty.domain} from the snapshot before.\n"
    assert len(empty.users) == 0
    assert of_empty("snapshot", "delete", "before") == "Deleted the snapshot before.\n"
    assert json.loads(of_empty("snapshot", "delete", "after", "--json")) == {}
    assert of_empty("snapshot", "list") == none
    assert of_empty("snapshot", "restore", "before", status=2) == (
        "Error: There is no snapshot 'before'.\n"
    )
