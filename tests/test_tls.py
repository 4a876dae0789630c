"""The certificates: made once, readable by their owner alone, renewed before they end."""

import errno
import hashlib
import ipaddress
import multiprocessing
import ssl
import stat
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
import trustme
from cryptography import x509

from mockserver import tls
from mockserver.errors import SetupError
from mockserver.paths import data_dir
from mockserver.portal.clock import Clock


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


def test_host_that_is_listened_on_is_in_the_certificate() -> None:
    client = tls.client_context(tls.ca_file())
    _shakes_hands(tls.server_context("192.0.2.7"), client, "192.0.2.7")
    _shakes_hands(tls.server_context("0.0.0.0"), client, "127.0.0.1")


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
    monkeypatch.setattr("mockserver.portal.system_time.SYSTEM.seconds", later.timestamp)
    tls.server_context()
    assert _certificate(directory).not_valid_after_utc > first.not_valid_after_utc


def test_authority_that_ends_is_made_anew(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    directory.mkdir(parents=True)
    monkeypatch.setattr(trustme, "DEFAULT_EXPIRY", Clock().now() + timedelta(days=1))
    old = trustme.CA()
    monkeypatch.undo()
    monkeypatch.setenv("TALENTLMS_MOCK_DATA_DIR", str(directory.parent))
    pem = old.private_key_pem.bytes() + old.cert_pem.bytes()
    (directory / "authority.pem").write_bytes(pem)
    server = tls.server_context()
    assert tls.ca_file().read_bytes() != old.cert_pem.bytes()
    _shakes_hands(server, tls.client_context(tls.ca_file()), "localhost")


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        (lambda pem: b"", "it does not hold a certificate and its private key"),
        (lambda pem: pem[:300], "it does not hold a certificate and its private key"),
        (
            lambda pem: trustme.CA().private_key_pem.bytes() + pem[pem.index(b"-----BEGIN CERT") :],
            "its private key is not that of its certificate",
        ),
    ],
    ids=["empty", "cut off", "another key"],
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
        f"The certificate authority in {path} cannot be used ({why}): delete that file, and a new "
        "one is made, which clients then have to trust anew."
    )
    assert path.read_bytes() == damaged
    path.unlink()
    tls.server_context()


@pytest.mark.parametrize("content", [b"", b"until never by nobody\n", b"\xff\xfe\n"])
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
    barrier.wait(20)
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
    digests = {answers.get(timeout=20) for _ in processes}
    for process in processes:
        process.join(20)
        process.close()
    answers.close()
    assert len(digests) == 1


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
