"""The files of authorities: everybody's and ours, and never out of date."""

import ssl
import subprocess
import sys
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path

import certifi
import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives.serialization import pkcs12

from talentlms_mock import SetupError
from talentlms_mock.tls.bundle import STORE_PASSWORD, trust_files
from talentlms_mock.tls.contexts import ca_file
from tests.interleaving import at_every_point

Hide = Callable[[str], None]


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TALENTLMS_MOCK_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def without_certifi(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "certifi", None)  # an import of it fails then


def _authority(directory: Path, name: str) -> tuple[Path, str]:
    pem = trustme.CA(organization_name=name).cert_pem.bytes()
    path = directory / f"{name}.pem"
    path.write_bytes(b"# " + name.encode() + b"\n" + pem)
    return path, pem.decode().strip()


def _public() -> int:
    return Path(certifi.where()).read_text().count("BEGIN CERTIFICATE")


def test_bundle_holds_the_public_authorities_and_ours() -> None:
    bundle, _ = trust_files({})

    text = bundle.read_text()
    assert text.count("BEGIN CERTIFICATE") == _public() + 1
    assert text.endswith(ca_file().read_text())
    assert "PRIVATE KEY" not in text
    context = ssl.create_default_context(cafile=str(bundle))
    assert len(context.get_ca_certs()) == _public() + 1


def test_bundle_keeps_the_authorities_that_the_environment_names(tmp_path: Path) -> None:
    corporate, pem = _authority(tmp_path, "corporate")
    corporate.write_text(pem, encoding="utf-8-sig")
    other, other_pem = _authority(tmp_path, "other")

    bundle, _ = trust_files(
        {
            "SSL_CERT_FILE": str(corporate),
            "REQUESTS_CA_BUNDLE": str(corporate),
            "NODE_EXTRA_CA_CERTS": str(other),
            "CURL_CA_BUNDLE": str(tmp_path / "missing"),
        }
    )

    text = bundle.read_text()
    assert (text.count(pem), text.count(other_pem)) == (1, 1)
    assert "\ufeff" not in text


def test_bundle_named_in_the_environment_is_kept_but_for_a_former_authority_of_ours(
    tmp_path: Path,
) -> None:
    corporate, pem = _authority(tmp_path, "corporate")
    bundle, _ = trust_files({"SSL_CERT_FILE": str(corporate)})
    former = ca_file().read_text().strip()
    (ca_file().parent / "authority.pem").unlink()

    bundle, _ = trust_files({"SSL_CERT_FILE": str(bundle)})

    text = bundle.read_text()
    ours = ca_file().read_text().strip()
    assert ours != former
    assert (text.count(pem), text.count(ours), text.count(former)) == (1, 1, 0)


def test_files_are_written_when_something_changed_and_only_then(tmp_path: Path) -> None:
    corporate, _ = _authority(tmp_path, "corporate")
    files = trust_files({})
    before = [path.stat().st_ino for path in files]

    assert [path.stat().st_ino for path in trust_files({})] == before
    changed = [path.stat().st_ino for path in trust_files({"SSL_CERT_FILE": str(corporate)})]
    assert all(one != other for one, other in zip(before, changed, strict=True))


@pytest.mark.parametrize("number", [0, 1])
def test_missing_file_is_made_again(number: int) -> None:
    files = trust_files({})
    files[number].unlink()

    assert trust_files({}) == files
    assert files[number].exists()


def _stored(store: Path) -> set[x509.Certificate]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of public authorities that break newer rules
        found = pkcs12.load_pkcs12(store.read_bytes(), STORE_PASSWORD.encode())
    assert found.key is None
    return {entry.certificate for entry in found.additional_certs}


def test_java_store_holds_the_same_authorities() -> None:
    bundle, store = trust_files({})

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        in_bundle = set(x509.load_pem_x509_certificates(bundle.read_bytes()))
    assert x509.load_pem_x509_certificate(ca_file().read_bytes()) in in_bundle
    assert _stored(store) == in_bundle


def test_authority_that_cannot_be_read_is_left_out_for_java(tmp_path: Path) -> None:
    broken = tmp_path / "broken.pem"
    broken.write_text("-----BEGIN CERTIFICATE-----\nQUJD\n-----END CERTIFICATE-----\n")

    _, store = trust_files({"SSL_CERT_FILE": str(broken)})

    assert len(_stored(store)) == _public() + 1


@pytest.mark.usefixtures("without_certifi")
def test_without_certifi_the_authorities_of_the_system_are_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    system, pem = _authority(tmp_path, "ca-certificates")
    system.rename(tmp_path / "ca-certificates.crt")
    in_store, in_store_pem = _authority(tmp_path, "in-store")
    paths = ssl.DefaultVerifyPaths("", "", "X", str(tmp_path / "none"), "Y", str(tmp_path))
    monkeypatch.setattr(ssl, "get_default_verify_paths", lambda: paths)
    monkeypatch.setenv("SSL_CERT_FILE", str(in_store))

    bundle, _ = trust_files({})

    text = bundle.read_text()
    assert text.count("BEGIN CERTIFICATE") >= 3
    assert pem in text
    assert "".join(in_store_pem.split()) in "".join(text.split())


def test_directory_that_cannot_be_written_is_named(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write_whole(path: Path, content: bytes, *, mode: int = 0) -> None:
        raise OSError(28, "No space left on device")

    ca_file()
    monkeypatch.setattr("talentlms_mock.tls.bundle.write_whole", write_whole)
    with pytest.raises(SetupError) as refused:
        trust_files({})
    assert str(refused.value).startswith(
        f"Cannot write {data_dir / 'trust'} (No space left on device): make it writable"
    )


def test_processes_that_make_them_at_once_do_not_meet(data_dir: Path) -> None:
    script = (
        "import os; from talentlms_mock.tls.bundle import trust_files; print(trust_files({})[0])"
    )
    processes = [
        subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    outputs = [process.communicate(timeout=60)[0] for process in processes]

    assert outputs == [f"{data_dir / 'trust' / 'authorities.pem'}\n"] * 3
    assert (data_dir / "trust/authorities.pem").read_text().endswith(ca_file().read_text())


def test_both_files_have_the_same_authorities_whoever_writes_them_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "certifi", None)
    monkeypatch.setattr("talentlms_mock.tls.bundle._system_authorities", list)
    corporate, _ = _authority(tmp_path, "corporate")
    bundle, store = trust_files({})

    def arrange() -> tuple[Callable[[], object], Callable[[], object], Callable[[], None]]:
        bundle.write_bytes(b"")

        def check() -> None:
            in_store = pkcs12.load_pkcs12(store.read_bytes(), STORE_PASSWORD.encode())
            assert len(in_store.additional_certs) == bundle.read_text().count("BEGIN CERT")

        corporately = partial(trust_files, {"SSL_CERT_FILE": str(corporate)})
        return corporately, partial(trust_files, {}), check

    at_every_point(arrange, trust_files, blocked=0.03)
