"""Proxies are gone around for the vendor's names, and for no other."""

import socket
import urllib.request
from typing import Any

import httpx
import pytest
import requests

from talentlms_mock import Portal
from talentlms_mock.intercept import proxies
from tests.intercept.conftest import users_of

_PROXY = "http://127.0.0.1:9"  # nothing listens there


def _bypass(host: str) -> bool:
    return bool(urllib.request.proxy_bypass(host))


@pytest.mark.parametrize(
    ("before", "direct"),
    [("", ".talentlms.com"), ("localhost", "localhost,.talentlms.com"), ("*", "*")],
)
def test_the_vendors_names_go_direct(
    acme: Portal, monkeypatch: pytest.MonkeyPatch, before: str, direct: str
) -> None:
    monkeypatch.setenv("https_proxy", _PROXY)
    monkeypatch.setenv("no_proxy", before)
    with acme.intercept():
        assert urllib.request.getproxies()["no"] == direct
        assert urllib.request.getproxies()["https"] == _PROXY
        assert _bypass(acme.host)
        assert _bypass("example.com") == (before == "*")
        assert _bypass("localhost") == (before != "")


def test_where_no_proxy_is_set_none_is_made_up(acme: Portal) -> None:
    with acme.intercept():
        assert urllib.request.getproxies_environment() == {}


def test_other_hosts_still_go_through_the_proxy(acme: Portal, dead_proxy: socket.socket) -> None:
    with acme.intercept(), httpx.Client(timeout=0.2) as client:
        with pytest.raises(requests.exceptions.ReadTimeout):
            requests.get("https://other.test", timeout=0.2)
        dead_proxy.accept()[0].close()
        with pytest.raises(httpx.ReadTimeout):
            client.get("https://other.test")
        dead_proxy.accept()[0].close()


def test_httpx_with_a_proxy_of_its_own_goes_direct(acme: Portal) -> None:
    with httpx.Client(proxy=_PROXY) as client, acme.intercept():
        assert client.get(users_of(acme), headers=acme.headers).status_code == 200


def test_httpx_with_a_transport_for_the_name_keeps_it(acme: Portal) -> None:
    mine = httpx.MockTransport(lambda request: httpx.Response(418))
    with httpx.Client(mounts={"https://acme.talentlms.com": mine}) as client, acme.intercept():
        assert client.get(users_of(acme)).status_code == 418


def test_the_settings_of_the_system_are_gone_around(acme: Portal) -> None:
    asked = []

    def system(host: str) -> Any:
        asked.append(host)
        return False

    bypass = proxies.bypass(system)
    with acme.intercept():
        assert bypass("acme.talentlms.com:443") is True
        assert bypass("example.com:443") is False
    assert asked == ["example.com:443"]
