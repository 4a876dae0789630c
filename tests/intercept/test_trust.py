"""Verification stays on: the mock's authority is trusted for the vendor's names alone."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest
import requests
import trustme
import truststore

from talentlms_mock import HostUnanswered, MockServer, Portal
from talentlms_mock.hosts import ServerAddress
from talentlms_mock.intercept import intercept
from talentlms_mock.tls import contexts as tls
from tests.intercept.conftest import users_of

_TIME_LIMIT = 10


@contextmanager
def _connected(host: str, port: int = 443) -> Iterator[socket.socket]:
    with socket.create_connection((host, port), _TIME_LIMIT) as connection:
        yield connection


def _version(context: ssl.SSLContext, portal: Portal) -> str | None:
    with (
        _connected(portal.host) as plain,
        context.wrap_socket(plain, server_hostname=portal.host) as secure,
    ):
        return secure.version()


def test_the_clients_context_is_not_touched(acme: Portal) -> None:
    context = ssl.create_default_context()
    before = context.get_ca_certs()

    with acme.intercept():
        assert _version(context, acme) == "TLSv1.3"

    assert context.get_ca_certs() == before


def test_a_context_that_reached_the_mock_trusts_no_other_host_for_it(
    acme: Portal, server: MockServer
) -> None:
    context = ssl.create_default_context()
    with acme.intercept():
        _version(context, acme)
        with (
            _connected("127.0.0.1", server.https_port) as plain,
            pytest.raises(ssl.SSLCertVerificationError, match="local issuer"),
        ):
            context.wrap_socket(plain, server_hostname="localhost")


def test_another_address_of_the_mock_is_not_trusted(acme: Portal) -> None:
    with acme.intercept(), pytest.raises(requests.exceptions.SSLError, match="verify failed"):
        requests.get(f"{acme.base_url}/users", timeout=_TIME_LIMIT)


def test_the_name_is_still_checked(acme: Portal) -> None:
    context = ssl.create_default_context()
    with (
        acme.intercept(),
        _connected("deep.acme.talentlms.com") as plain,
        pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"),
    ):
        context.wrap_socket(plain, server_hostname="deep.acme.talentlms.com")


@pytest.mark.parametrize("flag", [ssl.VerifyFlags.VERIFY_X509_STRICT, ssl.VerifyFlags(0x80000)])
def test_flags_of_the_clients_context_hold(acme: Portal, flag: ssl.VerifyFlags) -> None:
    context = ssl.create_default_context()
    context.verify_flags |= flag
    with acme.intercept():
        assert _version(context, acme) == "TLSv1.3"


def test_what_else_the_clients_context_asks_for_holds(acme: Portal) -> None:
    context = ssl.create_default_context()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["h2", "http/1.1"])
    with (
        acme.intercept(),
        _connected(acme.host) as plain,
        context.wrap_socket(plain, server_hostname=acme.host) as secure,
    ):
        assert (secure.version(), secure.selected_alpn_protocol()) == ("TLSv1.2", "http/1.1")


def test_a_client_that_does_not_verify_reaches_the_mock(acme: Portal) -> None:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with acme.intercept():
        assert _version(context, acme) == "TLSv1.3"


class _NoPortals:
    def find(self, host: str, api_key: str | None) -> None:
        """Know no portal."""


@contextmanager
def _another_tls_server(context: ssl.SSLContext) -> Iterator[int]:
    """Shake hands with one client on a port of its own."""

    def answer() -> None:
        connection, _ = listener.accept()
        with connection, suppress(OSError):
            connection.settimeout(_TIME_LIMIT)
            context.wrap_socket(connection, server_side=True).close()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(_TIME_LIMIT)
        thread = threading.Thread(target=answer)
        thread.start()
        yield listener.getsockname()[1]
        thread.join(_TIME_LIMIT)


def test_an_authority_that_the_client_trusts_is_not_enough_for_the_vendors_names() -> None:
    other = trustme.CA()
    theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    other.issue_cert("acme.talentlms.com").configure_cert(theirs)
    client = ssl.create_default_context()
    other.configure_trust(client)
    with _another_tls_server(theirs) as port:
        address = ServerAddress("127.0.0.1", port, port, tls.ca_file())
        with (
            intercept(_NoPortals(), lambda: address),
            _connected("acme.talentlms.com") as plain,
            pytest.raises(ssl.SSLCertVerificationError, match="local issuer"),
        ):
            client.wrap_socket(plain, server_hostname="acme.talentlms.com")


def test_a_socket_that_is_wrapped_first_and_connected_later(acme: Portal) -> None:
    context = ssl.create_default_context()
    with (
        acme.intercept(),
        socket.socket() as plain,
        context.wrap_socket(plain, server_hostname=acme.host) as secure,
    ):
        secure.settimeout(_TIME_LIMIT)
        secure.connect((acme.host, 443))
        assert secure.version() == "TLSv1.3"


def test_sessions_are_resumed(acme: Portal) -> None:
    context = ssl.create_default_context()
    context.maximum_version = ssl.TLSVersion.TLSv1_2  # a later one sends its tickets when it likes
    session: ssl.SSLSession | None = None
    reused = []
    with acme.intercept():
        for _ in range(2):
            with (
                _connected(acme.host) as plain,
                context.wrap_socket(plain, server_hostname=acme.host, session=session) as secure,
            ):
                reused.append(secure.session_reused)
                session = secure.session
    assert reused == [False, True]


def test_a_session_of_another_server_is_left_out(acme: Portal, server: MockServer) -> None:
    context = server.ssl_context()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with (
        _connected("127.0.0.1", server.https_port) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as secure,
    ):
        session = secure.session
    with (
        acme.intercept(),
        _connected(acme.host) as plain,
        context.wrap_socket(plain, server_hostname=acme.host, session=session) as secure,
    ):
        assert not secure.session_reused


def test_truststore_in_place_of_the_standard_librarys(acme: Portal) -> None:
    truststore.inject_into_ssl()
    try:
        with acme.intercept():
            answer = requests.get(users_of(acme), headers=acme.headers, timeout=_TIME_LIMIT)
            assert answer.status_code == 200
            assert _version(ssl.create_default_context(), acme) == "TLSv1.3"
    finally:
        truststore.extract_from_ssl()


def test_a_truststore_context_finds_the_mocks_authority(acme: Portal) -> None:
    context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    with (
        acme.intercept(),
        _connected(acme.host) as plain,
        context.wrap_socket(plain, server_hostname=acme.host) as secure,
    ):
        assert secure.version() == "TLSv1.3"
        # Where the system verifies, truststore takes further authorities from here.
        (trusted,) = secure.context.get_ca_certs(binary_form=True)
        assert trusted == ssl.PEM_cert_to_DER_cert(acme.ca_file.read_text())


def test_a_renewed_authority_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TALENTLMS_MOCK_DATA_DIR", str(tmp_path))
    for _ in range(2):
        with MockServer() as server:
            portal = server.create_portal(domain="acme", users=1)
            with portal.intercept():
                assert _version(ssl.create_default_context(), portal) == "TLSv1.3"
        for file in (tmp_path / "tls").iterdir():
            file.unlink()


def test_the_guard_lets_a_client_reach_the_mock_by_its_own_means(
    acme: Portal, server: MockServer
) -> None:
    context = acme.ssl_context()
    with (
        _connected("127.0.0.1", server.https_port) as plain,
        context.wrap_socket(plain, server_hostname=acme.host) as secure,
    ):
        assert secure.version() == "TLSv1.3"


def _pretend_peer(monkeypatch: pytest.MonkeyPatch, *peer: object) -> None:
    monkeypatch.setattr(ssl.SSLSocket, "getpeername", lambda self: peer, raising=False)


def test_a_proxy_on_another_machine_is_refused(
    acme: Portal, server: MockServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with _connected("127.0.0.1", server.https_port) as plain:
        _pretend_peer(monkeypatch, "192.0.2.1", 3128)
        with pytest.raises(HostUnanswered) as refused:
            acme.ssl_context().wrap_socket(plain, server_hostname=acme.host)

    assert str(refused.value).endswith(
        ": the connection leads to 192.0.2.1 port 3128, a proxy perhaps."
    )


def test_a_server_that_listens_elsewhere_is_not_taken_for_a_proxy(
    acme: Portal, server: MockServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    _pretend_peer(monkeypatch, "192.0.2.1", 443)
    address = ServerAddress("192.0.2.1", server.https_port, server.http_port, server.ca_file)
    with (
        intercept(_NoPortals(), lambda: address),
        _connected("127.0.0.1", server.https_port) as plain,
        closing(
            ssl.create_default_context().wrap_socket(plain, server_hostname=acme.host)
        ) as secure,
    ):
        assert secure.version() == "TLSv1.3"


@pytest.mark.parametrize("host", ["::1", "::ffff:127.0.0.1", "fe80::1%lo"])
def test_peers_on_ipv6(
    acme: Portal, server: MockServer, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    with _connected("127.0.0.1", server.https_port) as plain:
        _pretend_peer(monkeypatch, host, 443, 0, 0)
        if host.startswith("fe80"):
            with pytest.raises(HostUnanswered, match="leads to fe80"):
                acme.ssl_context().wrap_socket(plain, server_hostname=acme.host)
        else:
            acme.ssl_context().wrap_socket(plain, server_hostname=acme.host).close()
