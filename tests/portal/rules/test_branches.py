import pytest

from talentlms_mock import Portal
from talentlms_mock.errors import RequestRefused
from talentlms_mock.portal.rules import branches
from talentlms_mock.portal.store.row_types import BranchRow


def test_a_branch_takes_what_is_not_said_from_the_portal(empty: Portal) -> None:
    with empty.transaction() as transaction:
        id = branches.create_branch(transaction, {"name": "Oslo"})
        row = transaction.find(BranchRow, id)
    assert (row.active, row.default_locale, row.default_timezone) == (True, "en-US", "UTC")
    assert (row.signup_method, row.signup_verification) == ("direct", "email")


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"default_timezone": "Oslo"}, "default_timezone must be the name of a timezone"),
        ({"default_user_type_id": 9}, "The requested user type does not exist."),
        ({"default_group_id": 9}, "The requested group does not exist."),
        ({"owner_id": 9}, "The requested user does not exist."),
    ],
)
def test_what_a_branch_cannot_be(values: dict[str, object], problem: str, empty: Portal) -> None:
    with empty.transaction() as transaction, pytest.raises(RequestRefused, match=problem):
        branches.create_branch(transaction, {"name": "Oslo"} | values)
