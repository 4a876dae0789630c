import pytest

from talentlms_mock import Portal
from talentlms_mock.errors import NotFound
from talentlms_mock.portal.rules import branches, groups
from talentlms_mock.portal.store.models import events
from talentlms_mock.portal.store.row_types import GroupRow


def test_a_group_of_a_branch(empty: Portal) -> None:
    with empty.transaction() as transaction:
        branch_id = branches.create_branch(transaction, {"name": "Oslo"})
        group_id = groups.create_group(transaction, {"name": "Class", "branch_id": branch_id})
        row = transaction.find(GroupRow, group_id)
        assert (row.name, row.branch_id) == ("Class", branch_id)


def test_a_group_of_a_branch_that_is_not_there_is_refused(empty: Portal) -> None:
    with empty.transaction() as transaction:
        with pytest.raises(NotFound, match="Branch not found"):
            groups.create_group(transaction, {"name": "Class", "branch_id": 9})
        assert transaction.connection.execute(events.select()).first() is None
