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
        (
            {"default_timezone": "Oslo"},
            "'default_timezone' must be the name of a timezone",
        ),
        ({"default_user_type_id": 9}, "User type not found"),
        ({"default_group_id": 9}, "Group not found"),
        ({"owner_id": 9}, "User not found"),
    ],
)
def test_what_a_branch_cannot_be(values: dict[str, object], problem: str, empty: Portal) -> None:
    with empty.transaction() as transaction, pytest.raises(RequestRefused, match=problem):
        branches.create_branch(transaction, {"name": "Oslo"} | values)


def test_a_host_label_is_looked_up_by_an_index(empty: Portal) -> None:
    with empty.transaction() as transaction:
        branches.create_branch(transaction, {"name": "Oslo"})
        statements: list[str] = []
        transaction.sqlite.set_trace_callback(statements.append)
        assert branches.has_host_label(transaction, "oslo")
        transaction.sqlite.set_trace_callback(None)
        plan = transaction.sqlite.execute(f"EXPLAIN QUERY PLAN {statements[-1]}").fetchall()
    assert [step[3] for step in plan if step[3].startswith("SCAN")] == []
