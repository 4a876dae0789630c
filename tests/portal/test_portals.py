from collections.abc import Iterator
from typing import Any

import pytest

from talentlms_mock import MockServer
from talentlms_mock.errors import MockError, SetupError
from talentlms_mock.portal.contract.operations import Catalogue, Entry
from talentlms_mock.portal.portal import Portal
from talentlms_mock.portal.portals import Portals
from talentlms_mock.portal.seed import templates
from talentlms_mock.portal.state.settings import Settings
from tests.conftest import NewPortal


def portal(domain: str, api_key: str = "") -> Portal:
    return Portal(Settings(domain=domain, api_key=api_key or f"key-{domain}"), dataset="empty")


@pytest.fixture
def portals() -> Iterator[Portals]:
    portals = Portals()
    yield portals
    portals.close()
    assert len(portals) == 0


def test_a_domain_and_a_key_name_one_portal(portals: Portals) -> None:
    portals.add(portal("ada"))
    with pytest.raises(SetupError, match="has a portal 'ada' already"):
        portals.add(portal("ada", "other"))
    with pytest.raises(SetupError, match="has the API key of 'bob'"):
        portals.add(portal("bob", "key-ada"))
    assert [item.domain for item in portals] == ["ada"]


def test_a_removed_portal_answers_no_more(portals: Portals) -> None:
    ada = portal("ada")
    portals.add(ada)
    portals.remove(ada)
    assert portals.find("ada.talentlms.com", "key-ada") is None
    with pytest.raises(SetupError, match="has no portal 'ada'"):
        portals.remove(ada)


@pytest.mark.parametrize(
    ("host", "key", "found"),
    [
        ("ada.talentlms.com", None, "ada"),
        ("ADA.talentlms.com:443", "key-bob", "ada"),
        ("bob.localhost:8443", None, "bob"),
        ("bob.talentlms.com.", None, "bob"),
        ("carl.talentlms.com", "key-bob", None),
        ("a.ada.talentlms.com", "key-ada", None),
        ("example.com", "key-ada", None),
        ("127.0.0.1:8443", "key-bob", "bob"),
        ("[::1]:8443", "key-ada", "ada"),
        ("localhost", "key-ada", "ada"),
        ("", "key-ada", "ada"),
        ("localhost", "nobody's", None),
        ("localhost", None, None),
    ],
)
def test_finding(host: str, key: str | None, found: str | None, portals: Portals) -> None:
    portals.add(portal("ada"))
    portals.add(portal("bob"))
    answer = portals.find(host, key)
    assert (answer and answer.domain) == found


@pytest.mark.parametrize(
    ("host", "found"),
    [
        ("sales-acme.talentlms.com", "acme"),
        ("Sales-ACME.TalentLMS.com:443", "acme"),
        ("sales-acme.localhost:8443", "acme"),
        ("north-sea-acme.talentlms.com", "acme"),
        ("big-acme.talentlms.com", "big-acme"),
        ("sales-big-acme.talentlms.com", "big-acme"),
        ("only-big-acme.talentlms.com", "acme"),
        ("nowhere-acme.talentlms.com", None),
        ("big-nowhere.talentlms.com", None),
        ("-acme.talentlms.com", None),
        ("sales-.talentlms.com", None),
        ("sales.talentlms.com", None),
        ("sales.acme.talentlms.com", None),
        ("sales-acme.example.com", None),
    ],
)
def test_a_branch_has_a_host_of_its_own(host: str, found: str | None, portals: Portals) -> None:
    acme, big = portal("acme"), portal("big-acme")
    for one in (acme, big):
        portals.add(one)
        one.add_branch("Sales")
    for name in ("big", "sales-big", "only-big", "north-sea"):
        acme.add_branch(name)
    answer = portals.find(host, "key-acme")
    assert (answer and answer.domain) == found


def test_a_branch_whose_name_is_no_label_is_found_with_its_id(portals: Portals) -> None:
    acme = portal("acme")
    portals.add(acme)
    for number, name in enumerate(("Oslo & Bergen", "دبي", "oslo-bergen-2"), 1):
        assert acme.add_branch(name).id == number
    found = {
        label: portals.find(f"{label}-acme.talentlms.com", None) is acme
        for label in ("oslo-bergen-1", "2", "oslo-bergen-2", "oslo-bergen", "1", "3", "9" * 30)
    }
    assert [label for label, is_found in found.items() if is_found] == [
        "oslo-bergen-1",
        "2",
        "oslo-bergen-2",
    ]


def test_an_address_leads_to_the_only_portal(portals: Portals) -> None:
    portals.add(portal("ada"))
    answer = portals.find("127.0.0.1:8443", None)
    assert answer is not None
    assert answer.domain == "ada"


def test_portals_share_the_catalogue(portals: Portals) -> None:
    ada, bob = portal("ada"), portal("bob")
    portals.add(ada)
    known = Catalogue([Entry("GET", "/users", "getUsers")])
    portals.catalogue = known
    portals.add(bob)
    assert [portals.catalogue, ada.catalogue, bob.catalogue] == [known, known, known]


def test_a_portal_without_a_server_has_no_address() -> None:
    with pytest.raises(MockError, match="The portal 'ada' is on no running server"):
        print(portal("ada").base_url)
    with pytest.raises(SetupError, match="with 0 to 1,000,000 users, not -1"):
        Portal(Settings(), users=-1)


def test_portal_is_found_by_its_domain(portals: Portals) -> None:
    for one in portals:
        assert portals.of_domain(one.domain) is one
    assert portals.of_domain("nobody") is None


def test_a_portal_is_seeded_before_it_is_handed_out(
    server: MockServer, new_portal: NewPortal, monkeypatch: pytest.MonkeyPatch
) -> None:
    seeded: list[int] = []

    def make(*arguments: Any, users: int, **others: Any) -> bytes:
        seeded.append(users)
        return made(*arguments, users=users, **others)

    made = templates._made
    monkeypatch.setattr(templates, "_made", make)
    portal = new_portal(users=17, seed=1717)
    assert seeded == [17]
    assert len(portal.users) == 17
    portal.add_user()
    portal.reset()
    assert len(portal.users) == 17
    assert seeded == [17]


def test_it_is_said_what_takes_so_long(
    new_portal: NewPortal, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(templates, "_SLOW", -1.0)
    new_portal(users=401, seed=1717)
    assert [record.getMessage() for record in caplog.records if "Seeding" in record.msg] == [
        "Seeding a portal of 401 users, 200 of which are done; the next one like it is ready at "
        "once."
    ]
