"""talentlms-mock learner."""

from talentlms_mock import Portal
from tests.cli.commands.conftest import Run


def test_user_joins_a_group_by_its_key(of_empty: Run, empty: Portal) -> None:
    group = empty.add_group("Sales", key="SELL")
    empty.add_user("ada.lovelace")

    printed = of_empty("learner", "join-group", "ada.lovelace", "SELL")

    assert printed == "The user ada.lovelace has joined the group with the key SELL.\n"
    assert [user.login for user in group.users] == ["ada.lovelace"]
    assert empty.groups.get(group.id).key_redemptions == 1


def test_a_key_of_no_group_is_refused_in_one_sentence(of_empty: Run, empty: Portal) -> None:
    empty.add_user("ada")

    printed = of_empty("learner", "join-group", "ada", "NONE", status=2)

    assert printed == "Error: The requested group key does not exist.\n"
