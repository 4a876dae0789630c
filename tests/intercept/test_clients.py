"""Unmodified Python clients reach the mock at the vendor's address, and verify who it is."""

import socket

import pytest

from talentlms_mock import HostUnanswered, Portal
from tests.intercept.conftest import users_of
from tests.intercept.python_clients import CLIENTS, NewClient

each_client = pytest.mark.parametrize("new", CLIENTS.values(), ids=CLIENTS.keys())


@each_client
def test_a_client_made_before_reaches_the_portal(new: NewClient, acme: Portal) -> None:
    with new() as call, acme.intercept():
        assert call(users_of(acme), acme.headers) == 200

    (exchange,) = acme.journal
    sent_to = (exchange.path, exchange.headers["host"])
    assert sent_to == ("/api/v2/users", "acme.talentlms.com")


@each_client
def test_a_client_made_after_reaches_the_portal(new: NewClient, acme: Portal) -> None:
    with acme.intercept(), new() as call:
        assert call(users_of(acme), acme.headers) == 200


@each_client
def test_a_proxy_of_the_environment_is_not_asked(
    new: NewClient, acme: Portal, dead_proxy: socket.socket
) -> None:
    with new() as call, acme.intercept(), new() as later:
        assert call(users_of(acme), acme.headers) == 200
        assert later(users_of(acme), acme.headers) == 200

    with pytest.raises(BlockingIOError):
        dead_proxy.accept()


@each_client
def test_the_plain_port_asks_for_https(new: NewClient, acme: Portal) -> None:
    with acme.intercept(), new() as call:
        assert call(users_of(acme).replace("https", "http"), acme.headers) == 400


@each_client
def test_a_domain_without_a_portal_is_answered_as_the_vendor_does(
    new: NewClient, acme: Portal
) -> None:
    with acme.intercept(), new() as call:
        assert call("https://nobody.talentlms.com/api/v2/users", acme.headers) == 403


@each_client
def test_nothing_escapes(new: NewClient, acme: Portal, dead_proxy: socket.socket) -> None:
    with new() as call, pytest.raises(Exception, match=r"acme\.talentlms\.com") as refused:
        call(users_of(acme), acme.headers)

    error = _cause(refused.value)
    assert error.host == "acme.talentlms.com"
    assert error.call_site is not None
    assert error.call_site.partition(":")[0] == "tests/intercept/python_clients.py"
    assert str(error) in str(refused.value)
    with pytest.raises(BlockingIOError):
        dead_proxy.accept()


def _cause(error: BaseException | None) -> HostUnanswered:
    """Return the refusal that a client's own error was made of."""
    seen = error
    while seen is not None:
        if isinstance(seen, HostUnanswered):
            return seen
        for found in (getattr(seen, "reason", None), *getattr(seen, "args", ())):
            if isinstance(found, BaseException):
                return _cause(found)
        seen = seen.__cause__ or seen.__context__
    raise AssertionError(f"no refusal in {error!r}")
