"""The switches of a portal, while it runs."""

import httpx
import pytest

from talentlms_mock import Portal
from talentlms_mock.errors import SetupError
from talentlms_mock.portal.portal import Portal as PlainPortal
from talentlms_mock.portal.state.settings import QUIRKS, Settings
from tests.conftest import NewClient, NewPortal


def status(client: httpx.Client, key: str) -> int:
    return client.get("/users", headers={"X-API-Key": key}).status_code


def by_address(portal: Portal, key: str) -> int:
    """Ask without a host name that says which portal."""
    headers = {**portal.headers, "X-API-Key": key}
    url = f"{portal.base_url}/users"
    return httpx.get(url, headers=headers, verify=portal.ssl_context()).status_code


def reason(portal: Portal) -> str:
    return portal.requests[-1].reason


def test_a_revoked_key_is_401_until_another_is_there(portal: Portal, client: httpx.Client) -> None:
    old = portal.api_key
    portal.revoke_key()
    assert (status(client, old), reason(portal)) == (401, "the X-API-Key was revoked")
    assert portal.headers["X-API-Key"] == old
    assert portal.rotate_key("new") == "new"
    assert status(client, "new") == 200
    assert status(client, old) == 401


def test_a_revoked_key_can_be_put_in_force_again(portal: Portal, client: httpx.Client) -> None:
    portal.revoke_key()
    portal.rotate_key(portal.api_key)
    assert status(client, portal.api_key) == 200
    assert portal.keys.all == (portal.api_key,)


def test_a_rotated_key_is_refused_by_name_and_by_address(
    portal: Portal, client: httpx.Client, new_portal: NewPortal
) -> None:
    new_portal()  # so that an address does not say which portal
    old = portal.api_key
    new = portal.rotate_key()
    assert new == f"{old}-2"
    assert portal.headers["X-API-Key"] == new
    because = "the X-API-Key is an old one: the key was rotated"
    assert (status(client, old), reason(portal)) == (401, because)
    assert (by_address(portal, old), reason(portal)) == (401, because)
    assert (by_address(portal, new), reason(portal)) == (200, "")
    assert portal.rotate_key() == f"{old}-3"
    assert (status(client, "nobody's"), reason(portal)) == (
        401,
        "the X-API-Key is not the portal's",
    )


def test_a_key_is_not_rotated_to_one_in_use(new_portal: NewPortal) -> None:
    ada, bob = new_portal(), new_portal()
    before = ada.api_key
    with pytest.raises(SetupError, match="Another portal of this server has the API key"):
        ada.rotate_key(bob.api_key)
    with pytest.raises(SetupError, match=f"'{before}' is the API key of '{ada.domain}' already"):
        ada.rotate_key(before)
    with pytest.raises(SetupError, match="must be printable ASCII without spaces"):
        ada.rotate_key("a b")
    assert (ada.api_key, ada.keys.all) == (before, (before,))


def test_a_key_that_was_rotated_away_can_be_anothers(
    new_portal: NewPortal, new_client: NewClient
) -> None:
    ada, bob = new_portal(), new_portal()
    old = ada.api_key
    ada.rotate_key()
    bob.rotate_key(old)
    assert by_address(bob, old) == 200
    assert bob.requests[-1].status == 200
    with pytest.raises(SetupError, match="Another portal"):
        ada.rotate_key(old)


def test_a_portal_on_no_server_rotates_its_key_too() -> None:
    portal = PlainPortal(Settings(api_key="key-9"), dataset="empty")
    assert [portal.rotate_key(), portal.rotate_key("x")] == ["key-10", "x"]
    assert portal.keys.all == ("key-9", "key-10", "x")


def test_the_plan_decides_on_the_limit_at_once(empty: Portal, api: httpx.Client) -> None:
    assert api.get("/users").headers["x-ratelimit-remaining"] == "1999"
    empty.set_plan("grow")
    response = api.get("/users")
    assert response.headers["x-ratelimit-limit"] == "10000"
    assert response.headers["x-ratelimit-remaining"] == "9998"
    empty.set_plan("custom", 7)
    assert api.get("/users").headers["x-ratelimit-limit"] == "7"
    with pytest.raises(SetupError, match="did you mean 'grow'"):
        empty.set_plan("gro")  # type: ignore[arg-type]  # who has no type checker
    with pytest.raises(SetupError, match="'custom' has no limit of its own"):
        empty.set_plan("custom")
    assert (empty.settings.plan, empty.rate_limit.hourly.limit) == ("custom", 7)


def test_quirks_are_checked(portal: Portal) -> None:
    with pytest.raises(SetupError, match=r"There is no quirk 'error_shap'.*'error_shape'"):
        portal.quirks["error_shap"] = "flat"  # type: ignore[index]  # who has no type checker
    with pytest.raises(SetupError, match=r"has no value 'flatt' .did you mean 'flat'"):
        portal.set_quirk("error_shape", "flatt")  # type: ignore[arg-type]  # the same
    assert portal.quirks["error_shape"] == "wrapped"
    assert (len(portal.quirks), "accept" in portal.quirks) == (len(QUIRKS), True)
    assert repr(portal.quirks).startswith("Quirks({'error_shape': 'wrapped', ")


def test_switches_change_while_it_runs(portal: Portal, client: httpx.Client) -> None:
    seen = []
    for switch in (portal.disable_api, portal.enable_api, portal.deactivate, portal.activate):
        switch()
        seen.append((client.get("/users").status_code, reason(portal)))
    off, inactive = "the API is switched off", "the domain is inactive"
    assert seen == [(403, off), (200, ""), (403, inactive), (200, "")]
