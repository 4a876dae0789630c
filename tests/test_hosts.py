"""Host names: what a Host header holds, and whose name it is."""

from pathlib import Path

import pytest

from talentlms_mock.errors import SetupError
from talentlms_mock.hosts import (
    ServerAddress,
    domain_of,
    host_name,
    in_url,
    is_loopback,
    names_a_portal,
)


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("Ada.TalentLMS.com:443", "ada.talentlms.com"),
        ("ada.talentlms.com.", "ada.talentlms.com"),
        ("127.0.0.1:8443", "127.0.0.1"),
        ("[::1]:8443", "::1"),
        ("[::1]", "::1"),
        ("::1", "::1"),
        ("", ""),
    ],
)
def test_the_name_in_a_host_header(host: str, name: str) -> None:
    assert host_name(host) == name


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("ada.talentlms.com", "ada"),
        ("ada.localhost:8080", "ada"),
        ("a.ada.talentlms.com", "a.ada"),
        ("talentlms.com", None),
        ("localhost", None),
        ("example.com", None),
    ],
)
def test_the_domain_in_a_host_name(host: str, domain: str | None) -> None:
    assert domain_of(host) == domain


def test_which_hosts_name_a_portal() -> None:
    names = ["ada.talentlms.com", "example.com", "localhost", "127.0.0.1:80", "[::1]", ""]
    assert [names_a_portal(name) for name in names] == [True, True, False, False, False, False]


def test_which_hosts_lead_to_this_machine() -> None:
    ours = ["127.0.0.1", "127.8.8.8", "::1", "localhost", "ada.localhost"]
    others = ["192.0.2.1", "::", "ada.talentlms.com", "notlocalhost", ""]
    assert all(map(is_loopback, ours))
    assert not any(map(is_loopback, others))


def test_how_a_url_names_an_address_that_is_listened_on() -> None:
    addresses = ["127.0.0.1", "0.0.0.0", "::", "::1", "192.0.2.1"]
    urls = ["127.0.0.1", "127.0.0.1", "127.0.0.1", "[::1]", "192.0.2.1"]
    assert list(map(in_url, addresses)) == urls


def test_where_a_server_listens() -> None:
    address = ServerAddress("[::1]", 8443, 8080, Path("ca.pem"), token="secret")

    assert (address.https_url, address.http_url) == ("https://[::1]:8443", "http://[::1]:8080")
    assert address.socket_host == "::1"
    assert "secret" not in repr(address)
    with pytest.raises(SetupError, match="has no proxy"):
        print(address.required_proxy_port)
