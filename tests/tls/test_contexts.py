"""The certificates: made once, readable by their owner alone, renewed before they end."""

import errno
import hashlib
import ipaddress
import multiprocessing
import ssl
import stat
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

from talentlms_mock.errors import SetupError
from talentlms_mock.paths import data_dir
from talentlms_mock.portal.state.clock import Clock
from talentlms_mock.tls import authority
from talentlms_mock.tls import contexts as tls
from tests.interleaving import at_every_point


@pytest.fixture(autouse=True)
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TALENTLMS_MOCK_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data" / "tls"


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def _server_file(directory: Path) -> Path:
    return directory / tls.server_file_name(tls.NAMES)


def _certificate(directory: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(_server_file(directory).read_bytes())


def _shakes_hands(server: ssl.SSLContext, client: ssl.SSLContext, name: str) -> None:
    """Let a client and a server agree on TLS in memory."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    sides = [
        client.wrap_bio(to_client, to_server, server_hostname=name),
        server.wrap_bio(to_server, to_client, server_side=True),
    ]
    for side in sides * 3:
        with suppress(ssl.SSLWantReadError):
            side.do_handshake()
    assert sides[0].version() == "TLSv1.3"


def test_authority_is_made_once(directory: Path) -> None:
    first = tls.ca_file()
    content = first.read_bytes()
    assert first == directory / "ca.pem"
    assert tls.ca_file().read_bytes() == content
    tls.server_context()
    assert tls.ca_file().read_bytes() == content


def test_private_keys_are_readable_by_their_owner_alone(directory: Path) -> None:
    tls.server_context()
    modes = {path.name: _mode(path) for path in directory.iterdir() if path.name != "lock"}
    assert modes == {
        "authority.pem": 0o600,
        "ca.pem": 0o644,
        _server_file(directory).name: 0o600,
    }
    assert _mode(directory) == 0o700
    assert b"PRIVATE" not in (directory / "ca.pem").read_bytes()


@pytest.mark.parametrize(
    "name", ["samples.talentlms.com", "acme.localhost", "localhost", "127.0.0.1", "::1"]
)
def test_client_trusts_server_by_every_name(name: str) -> None:
    _shakes_hands(tls.server_context(), tls.client_context(tls.ca_file()), name)


def test_contexts_of_portals_are_bounded_and_made_again(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tls, "_KEPT_CONTEXTS", 2)
    server, client = tls.server_context(), tls.client_context(tls.ca_file())
    before = sorted(directory.iterdir())
    for name in ("a.localhost", "b.localhost", "c.localhost", "a.localhost"):
        _shakes_hands(server, client, name)
    assert sorted(directory.iterdir()) == before


def test_portal_below_localhost_needs_an_authority_and_gets_one(directory: Path) -> None:
    server = tls.server_context()
    (directory / "authority.pem").unlink()
    with pytest.raises(ssl.SSLCertVerificationError):  # by another key than this client knows
        _shakes_hands(server, tls.client_context(directory / "ca.pem"), "acme.localhost")
    _shakes_hands(server, tls.client_context(tls.ca_file()), "acme.localhost")


def test_portal_that_cannot_renew_goes_on_with_what_it_has(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, client = tls.server_context(), tls.client_context(tls.ca_file())
    _shakes_hands(server, client, "acme.localhost")
    _set_clock(monkeypatch, _days_before_the_end(29))
    (directory / "authority.pem").write_bytes(b"")
    _shakes_hands(server, client, "acme.localhost")


def test_directory_that_cannot_be_read_refuses_a_portal(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, client = tls.server_context(), tls.client_context(tls.ca_file())

    def issue(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("talentlms_mock.tls.authority.issue", issue)
    with pytest.raises(ssl.SSLError, match=r"(?i)callback.failed"):
        _shakes_hands(server, client, "acme.localhost")


def test_portal_below_localhost_is_refused_when_the_authority_is_damaged(directory: Path) -> None:
    server, client = tls.server_context(), tls.client_context(tls.ca_file())
    (directory / "authority.pem").write_bytes(b"")
    with pytest.raises(ssl.SSLError, match=r"(?i)callback.failed"):
        _shakes_hands(server, client, "acme.localhost")


def test_client_context_checks_names_and_trusts_nobody_else() -> None:
    server = tls.server_context()
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        _shakes_hands(server, tls.client_context(tls.ca_file()), "example.com")
    with pytest.raises(ssl.SSLCertVerificationError, match="local issuer"):
        _shakes_hands(server, ssl.create_default_context(), "localhost")
    assert len(tls.client_context(tls.ca_file()).get_ca_certs()) == 1


@pytest.mark.parametrize("host", ["192.0.2.7", "2001:db8::7", "mock.lan", "müller.lan"])
def test_host_that_is_listened_on_is_in_the_certificate(host: str) -> None:
    server = tls.server_context(host)
    _shakes_hands(server, tls.client_context(tls.ca_file()), host)
    _shakes_hands(server, tls.client_context(tls.ca_file()), "samples.talentlms.com")


def test_listening_on_every_address_adds_no_name() -> None:
    _shakes_hands(tls.server_context("0.0.0.0"), tls.client_context(tls.ca_file()), "127.0.0.1")
    assert _constraints() == ["talentlms.com", "localhost", "127.0.0.0/8", "::1/128"]


def test_server_certificate_is_short_lived_and_kept(directory: Path) -> None:
    tls.server_context()
    first = _certificate(directory)
    tls.server_context()
    assert _certificate(directory) == first
    lifetime = first.not_valid_after_utc - first.not_valid_before_utc
    assert lifetime <= timedelta(days=398)
    names = first.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == list(tls.NAMES[:3])
    assert names.get_values_for_type(x509.IPAddress) == [
        ipaddress.ip_address("127.0.0.1"),
        ipaddress.ip_address("::1"),
    ]


def test_server_certificate_is_renewed_before_it_ends(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tls.server_context()
    first = _certificate(directory)
    later = first.not_valid_after_utc - timedelta(days=29)
    monkeypatch.setattr("talentlms_mock.portal.state.system_time.SYSTEM.seconds", later.timestamp)
    tls.server_context()
    assert _certificate(directory).not_valid_after_utc > first.not_valid_after_utc


def test_server_certificate_is_for_servers_alone(directory: Path) -> None:
    tls.server_context()
    extensions = _certificate(directory).extensions
    usage = extensions.get_extension_for_class(x509.KeyUsage)
    assert usage.critical
    assert [name for name, used in vars(usage.value).items() if used is True] == [
        "_digital_signature"
    ]
    assert list(extensions.get_extension_for_class(x509.ExtendedKeyUsage).value) == [
        ExtendedKeyUsageOID.SERVER_AUTH
    ]
    assert not extensions.get_extension_for_class(x509.BasicConstraints).value.ca


def test_what_a_clock_that_was_ahead_has_made_is_made_again(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as ahead:
        _set_clock(ahead, Clock().now() + timedelta(days=400))
        running = tls.server_context()
        key = _authority().public_key()
    assert _certificate(directory).not_valid_before_utc > Clock().now()
    server = tls.server_context()
    _shakes_hands(server, tls.client_context(tls.ca_file()), "localhost")
    _shakes_hands(running, tls.client_context(tls.ca_file()), "localhost")  # it renews its own
    assert _authority().not_valid_before_utc < Clock().now()
    assert _authority().public_key() == key


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
@pytest.mark.parametrize("name", ["authority.pem", "server"])
def test_a_key_that_others_can_read_is_taken_from_them(directory: Path, name: str) -> None:
    tls.server_context()
    file = _server_file(directory) if name == "server" else directory / name
    before = file.read_bytes()
    file.chmod(0o644)
    tls.server_context()
    assert (_mode(file), file.read_bytes()) == (0o600, before)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_a_key_of_somebody_else_that_others_can_read_is_refused(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, mode: int) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    tls.server_context()
    (directory / "authority.pem").chmod(0o640)
    monkeypatch.setattr(Path, "chmod", refuse)
    with pytest.raises(SetupError) as refused:
        tls.server_context()
    assert str(refused.value) == (
        f"Other users can read the private key in {directory / 'authority.pem'}: let its owner run "
        "chmod 600, or name another directory with the environment variable "
        "TALENTLMS_MOCK_DATA_DIR."
    )


def _authority() -> x509.Certificate:
    return x509.load_pem_x509_certificate(tls.ca_file().read_bytes())


def _constraints() -> list[str]:
    found = _authority().extensions.get_extension_for_class(x509.NameConstraints)
    assert found.critical
    assert found.value.excluded_subtrees is None
    return [str(name.value) for name in found.value.permitted_subtrees or ()]


def _set_clock(monkeypatch: pytest.MonkeyPatch, moment: datetime) -> None:
    monkeypatch.setattr("talentlms_mock.portal.state.system_time.SYSTEM.seconds", moment.timestamp)


def _days_before_the_end(days: int) -> datetime:
    return _authority().not_valid_after_utc - timedelta(days=days)


def test_authority_has_an_ec_key_and_is_good_for_a_year() -> None:
    authority = _authority()
    assert isinstance(authority.public_key(), ec.EllipticCurvePublicKey)
    assert authority.not_valid_after_utc - Clock().now() > timedelta(days=364)
    assert authority.not_valid_after_utc - authority.not_valid_before_utc <= timedelta(days=366)


def _signed_by_the_authority(directory: Path, *names: str) -> ssl.SSLContext:
    pem = (directory / "authority.pem").read_bytes()
    leaf = trustme.CA.from_pem(pem, pem).issue_cert(*names)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    leaf.configure_cert(context)
    return context


@pytest.mark.parametrize(
    "name", ["example.com", "nottalentlms.com", "192.0.2.7", "localhost.example.com"]
)
def test_nobody_trusts_what_the_authority_signs_for_other_names(directory: Path, name: str) -> None:
    client = tls.client_context(tls.ca_file())
    _shakes_hands(
        _signed_by_the_authority(directory, "acme.talentlms.com"), client, "acme.talentlms.com"
    )
    with pytest.raises(ssl.SSLCertVerificationError, match="permitted subtree violation"):
        _shakes_hands(_signed_by_the_authority(directory, name), client, name)


def test_a_host_that_is_new_widens_the_authority_which_keeps_its_key() -> None:
    running = tls.server_context()
    key = _authority().public_key()
    tls.server_context("mock.lan")
    tls.server_context("192.0.2.7")
    assert _constraints() == [
        *("talentlms.com", "localhost", "127.0.0.0/8", "::1/128"),
        *("mock.lan", "192.0.2.7/32"),
    ]
    assert _authority().public_key() == key
    _shakes_hands(running, tls.client_context(tls.ca_file()), "localhost")
    content = tls.ca_file().read_bytes()
    tls.server_context("mock.lan")
    assert tls.ca_file().read_bytes() == content


def test_authority_is_renewed_with_its_key_so_that_servers_that_run_stay_trusted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tls.server_context("mock.lan")
    path, before, names = tls.ca_file(), _authority(), _constraints()
    _set_clock(monkeypatch, _days_before_the_end(31))
    assert _authority() == before
    _set_clock(monkeypatch, _days_before_the_end(29))
    renewed = _authority()
    assert tls.ca_file() == path
    assert renewed.not_valid_after_utc > before.not_valid_after_utc + timedelta(days=300)
    assert renewed.public_key() == before.public_key()
    assert _constraints() == names


def _shown(server: ssl.SSLContext) -> x509.Certificate:
    """Return the certificate that a server shows, to a client that does not look at the time."""
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname, client.verify_mode = False, ssl.CERT_NONE
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    asking = client.wrap_bio(to_client, to_server, server_hostname="localhost")
    sides = [asking, server.wrap_bio(to_server, to_client, server_side=True)]
    for side in sides * 3:
        with suppress(ssl.SSLWantReadError):
            side.do_handshake()
    shown = asking.getpeercert(binary_form=True)
    assert shown is not None
    return x509.load_der_x509_certificate(shown)


def test_server_that_runs_renews_its_certificate(monkeypatch: pytest.MonkeyPatch) -> None:
    server = tls.server_context()
    first = _shown(server)
    assert _shown(server) == first
    _set_clock(monkeypatch, _days_before_the_end(29))
    second = _shown(server)
    assert second.not_valid_after_utc > first.not_valid_after_utc
    assert second.not_valid_after_utc == _authority().not_valid_after_utc


def test_server_that_cannot_renew_goes_on_with_what_it_has(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = tls.server_context()
    first = _shown(server)
    _set_clock(monkeypatch, _days_before_the_end(29))
    (directory / "authority.pem").write_bytes(b"")
    assert _shown(server) == first


def test_authority_that_may_sign_for_any_name_is_replaced_with_its_key(directory: Path) -> None:
    directory.mkdir(parents=True)
    old = trustme.CA()
    pem = old.private_key_pem.bytes() + old.cert_pem.bytes()
    (directory / "authority.pem").write_bytes(pem)
    (directory / "ca.pem").write_bytes(old.cert_pem.bytes())
    new = _authority()
    assert new.public_key() != x509.load_pem_x509_certificate(pem).public_key()
    assert _constraints()
    _shakes_hands(tls.server_context(), tls.client_context(tls.ca_file()), "localhost")


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        (lambda pem: b"", "it does not hold a certificate and its private key"),
        (lambda pem: pem[:300], "it does not hold a certificate and its private key"),
        (
            lambda pem: trustme.CA().private_key_pem.bytes() + pem[pem.index(b"-----BEGIN CERT") :],
            "its private key is not that of its certificate",
        ),
        (
            lambda pem: trustme.CA(key_type=trustme.KeyType.RSA).private_key_pem.bytes() + pem,
            "its private key is not that of its certificate",
        ),
    ],
    ids=["empty", "cut off", "another key", "another kind of key"],
)
def test_damaged_authority_is_refused_and_left_alone(
    directory: Path, damage: Callable[[bytes], bytes], why: str
) -> None:
    tls.ca_file()
    path = directory / "authority.pem"
    damaged = damage(path.read_bytes())
    path.write_bytes(damaged)
    _server_file(directory).unlink()
    with pytest.raises(SetupError) as refused:
        tls.server_context()
    assert str(refused.value) == (
        f"The certificate authority in {path} cannot be used ({why}): delete that file to have a "
        "new one made, which clients then have to trust again."
    )
    assert path.read_bytes() == damaged
    path.unlink()
    tls.server_context()


@pytest.mark.parametrize(
    "content", [b"", b"until never by nobody\n", b"until 2999-01-01 by nobody\n", b"\xff\xfe\n"]
)
def test_damaged_server_certificate_is_made_anew(directory: Path, content: bytes) -> None:
    tls.server_context()
    _server_file(directory).write_bytes(content)
    _shakes_hands(tls.server_context(), tls.client_context(tls.ca_file()), "localhost")


def test_server_certificate_without_its_key_is_made_anew(directory: Path) -> None:
    tls.server_context()
    path = _server_file(directory)
    path.write_bytes(path.read_bytes().partition(b"\n")[0] + b"\n")
    _shakes_hands(tls.server_context(), tls.client_context(tls.ca_file()), "localhost")


def test_damaged_public_certificate_is_written_anew(directory: Path) -> None:
    content = tls.ca_file().read_bytes()
    (directory / "ca.pem").write_bytes(b"nonsense")
    tls.server_context()
    assert tls.ca_file().read_bytes() == content


def _digest(barrier: "threading.Barrier") -> str:
    barrier.wait(120)
    tls.server_context()
    return hashlib.sha256(tls.ca_file().read_bytes()).hexdigest()


def _put_digest(barrier: "threading.Barrier", answers: "multiprocessing.Queue[str]") -> None:
    answers.put(_digest(barrier))


def test_processes_that_start_at_once_share_one_authority() -> None:
    context = multiprocessing.get_context("spawn")
    barrier, answers = context.Barrier(3), context.Queue()
    processes = [context.Process(target=_put_digest, args=(barrier, answers)) for _ in range(3)]
    for process in processes:
        process.start()
    digests = {answers.get(timeout=120) for _ in processes}
    for process in processes:
        process.join(120)
        process.close()
    answers.close()
    assert len(digests) == 1


def test_one_authority_is_made_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    directories = count()

    def arrange() -> tuple[Callable[[], object], Callable[[], object], Callable[[], None]]:
        monkeypatch.setenv("TALENTLMS_MOCK_DATA_DIR", str(tmp_path / str(next(directories))))
        made: list[ssl.SSLContext] = []

        def make(host: str) -> None:
            made.append(tls.server_context(host))

        def check() -> None:
            client = tls.client_context(tls.ca_file())
            for server in made:
                _shakes_hands(server, client, "localhost")
            assert sorted(_constraints()[-2:]) == ["a.lan", "b.lan"]

        return partial(make, "a.lan"), partial(make, "b.lan"), check

    at_every_point(arrange, authority._authority, blocked=0.1)


def test_directory_that_cannot_be_made_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("TALENTLMS_MOCK_DATA_DIR", str(tmp_path / "file" / "data"))
    with pytest.raises(SetupError) as refused:
        data_dir()
    assert str(refused.value) == (
        f"Cannot write {tmp_path}/file/data (Not a directory): make it writable, or name another "
        "directory with the environment variable TALENTLMS_MOCK_DATA_DIR."
    )


def test_directory_that_cannot_be_written_is_refused(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*arguments: object, **options: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(SetupError) as refused:
        tls.ca_file()
    assert str(refused.value) == (
        f"Cannot write {directory} (No space left on device): make it writable, or name another "
        "directory with the environment variable TALENTLMS_MOCK_DATA_DIR."
    )
    assert [path.name for path in directory.iterdir()] == ["lock"]
