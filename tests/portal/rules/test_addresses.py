"""Addresses of the portal's pages, as the request's client can follow them."""

import pytest

from talentlms_mock import Portal
from talentlms_mock.portal.rules import addresses
from talentlms_mock.portal.store.row_types import BranchRow
from tests.conftest import NewPortal


@pytest.fixture
def acme(new_portal: NewPortal) -> Portal:
    portal = new_portal(domain="acme", dataset="empty")
    portal.add_branch("north")
    portal.add_branch("Far East")
    return portal


@pytest.mark.parametrize(
    ("origin", "main", "north", "far_east"),
    [
        (
            "",
            "https://acme.talentlms.com",
            "https://north-acme.talentlms.com",
            "https://far-east-2-acme.talentlms.com",
        ),
        (
            "https://acme.talentlms.com",
            "https://acme.talentlms.com",
            "https://north-acme.talentlms.com",
            "https://far-east-2-acme.talentlms.com",
        ),
        (
            "https://north-acme.talentlms.com",
            "https://acme.talentlms.com",
            "https://north-acme.talentlms.com",
            "https://far-east-2-acme.talentlms.com",
        ),
        (
            "https://ACME.localhost:8443",
            "https://acme.localhost:8443",
            "https://north-acme.localhost:8443",
            "https://far-east-2-acme.localhost:8443",
        ),
        *(
            (address, address, address, address)
            for address in (
                "https://127.0.0.1:8443",
                "https://[::1]:8443",
                "http://localhost:8080",
                "https://localhost",
            )
        ),
    ],
)
def test_an_address_leads_where_the_client_came_from(
    origin: str, main: str, north: str, far_east: str, acme: Portal
) -> None:
    with acme.transaction() as transaction:
        transaction.origin = origin
        branches = [transaction.find(BranchRow, id) for id in (1, 2)]
        found = [addresses.home(transaction, branch) for branch in (None, *branches)]
    assert found == [main, north, far_east]


def test_a_page_may_be_that_of_a_branch(acme: Portal) -> None:
    with acme.transaction() as transaction:
        branch = transaction.find(BranchRow, 1)
        address = addresses.page(transaction, "index/x", branch, a="b c", d=None)
    assert address == "https://north-acme.talentlms.com/index/x?a=b+c"
