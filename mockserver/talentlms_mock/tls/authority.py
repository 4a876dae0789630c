"""Making the certificates that `talentlms_mock.tls.contexts` reads."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network
from pathlib import Path

import trustme
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from talentlms_mock.hosts import is_loopback
from talentlms_mock.paths import write_whole
from talentlms_mock.portal.state.clock import Clock

LIFETIME = timedelta(days=365)
"""How long the authority is valid; what it signs expires with it."""

AUTHORITY_NAME = "talentlms-mock authority"
"""The common name under which a browser or a system lists the authority."""

Label = Callable[[datetime, bytes], bytes]
Key = ec.EllipticCurvePrivateKey


def make(
    directory: Path,
    names: tuple[str, ...],
    server_file: Path,
    *,
    renew_before: timedelta,
    label: Label,
) -> None:
    """Write a server certificate for `names`, and the authority where it must be made again.

    Args:
        directory: of the authority.
        names: the host names and addresses.
        server_file: where the server certificate goes.
        renew_before: how long before it expires the authority is made again.
        label: returns the first line of a file, from its expiry and the authority's certificate.

    Raises:
        ValueError: the authority's file does not hold a certificate and its key.
        OSError: a file cannot be read or written.
    """
    certificate, key = _authority(directory / "authority.pem", names, renew_before, label)
    ca_pem = certificate.public_bytes(Encoding.PEM)
    valid_until = certificate.not_valid_after_utc
    leaf = _leaf(certificate, key, names)
    write_whole(directory / "ca.pem", ca_pem, mode=0o644)
    write_whole(
        server_file, label(valid_until, ca_pem) + leaf.private_key_and_cert_chain_pem.bytes()
    )


def issue(path: Path, names: tuple[str, ...]) -> tuple[trustme.Blob, datetime]:
    """Return a server certificate for `names` with its key, as PEM, and its expiry.

    Args:
        path: of the authority's file.
        names: the host names and addresses.

    Raises:
        ValueError: that file does not hold a certificate and its key.
        OSError: it cannot be read.
    """
    certificate, key = _read(path.read_bytes())
    leaf = _leaf(certificate, key, names)
    return leaf.private_key_and_cert_chain_pem, certificate.not_valid_after_utc


def _leaf(certificate: x509.Certificate, key: Key, names: tuple[str, ...]) -> trustme.LeafCert:
    authority = trustme.CA.from_pem(certificate.public_bytes(Encoding.PEM), _key_pem(key))
    return authority.issue_cert(
        *names,
        organization_name="talentlms-mock",
        organization_unit_name="server",
        not_before=Clock().now() - timedelta(days=1),
        not_after=certificate.not_valid_after_utc,
    )


def _authority(
    path: Path, names: tuple[str, ...], renew_before: timedelta, label: Label
) -> tuple[x509.Certificate, Key]:
    """Return the authority; make it if it is missing, about to expire, or not for all the names."""
    try:
        pem = path.read_bytes()
    except FileNotFoundError:
        return _write(path, _new_key(), _permitted(names), label)
    certificate, key = _read(pem)
    before = _constraints(certificate)
    if before is None:
        # With its key, anyone could impersonate any host to those who trust it.
        return _write(path, _new_key(), _permitted(names), label)
    wanted = [*before, *(name for name in _permitted(names) if name not in before)]
    expires_soon = certificate.not_valid_after_utc - Clock().now() <= renew_before
    if expires_soon or wanted != before or not pem.startswith(_first_line(certificate, label)):
        # With the same key, so that running servers are trusted by the new certificate.
        return _write(path, key, wanted, label)
    return certificate, key


def _read(pem: bytes) -> tuple[x509.Certificate, Key]:
    try:
        certificate = x509.load_pem_x509_certificate(pem)
        key = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ValueError("it does not hold a certificate and its private key") from None
    if not isinstance(key, Key) or key.public_key() != certificate.public_key():
        raise ValueError("its private key is not that of its certificate")
    return certificate, key


def _constraints(certificate: x509.Certificate) -> list[x509.GeneralName] | None:
    """Return the names that an authority may sign for; None if it may sign for any."""
    try:
        found = certificate.extensions.get_extension_for_class(x509.NameConstraints)
    except x509.ExtensionNotFound:
        return None
    return list(found.value.permitted_subtrees or ()) if found.critical else None


def _permitted(names: Iterable[str]) -> list[x509.GeneralName]:
    """Return the narrowest constraints that allow `names`, all loopback addresses included."""
    found: list[x509.GeneralName] = []
    for name in names:
        constraint = _constraint(name)
        if constraint not in found:
            found.append(constraint)
    return found


def _constraint(name: str) -> x509.GeneralName:
    try:
        address = ip_address(name)
    except ValueError:
        pass
    else:
        loopback = address.is_loopback and address.version == 4
        return x509.IPAddress(ip_network("127.0.0.0/8" if loopback else name))
    if is_loopback(name):
        return x509.DNSName("localhost")
    return x509.DNSName(name.removeprefix("*.").encode("idna").decode())


def _write(
    path: Path, key: Key, permitted: list[x509.GeneralName], label: Label
) -> tuple[x509.Certificate, Key]:
    certificate = _self_signed(key, permitted)
    pem = certificate.public_bytes(Encoding.PEM)
    write_whole(path, _first_line(certificate, label) + _key_pem(key) + pem)
    return certificate, key


def _first_line(certificate: x509.Certificate, label: Label) -> bytes:
    return label(certificate.not_valid_after_utc, certificate.public_bytes(Encoding.PEM))


def _new_key() -> Key:
    return ec.generate_private_key(ec.SECP256R1())


def _key_pem(key: Key) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _self_signed(key: Key, permitted: list[x509.GeneralName]) -> x509.Certificate:
    now = Clock().now().replace(microsecond=0)
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "talentlms-mock"),
            x509.NameAttribute(NameOID.COMMON_NAME, AUTHORITY_NAME),
        ]
    )
    usage = x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    server_auth = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    return (
        x509.CertificateBuilder(issuer_name=name, subject_name=name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + LIFETIME)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(server_auth, critical=False)
        .add_extension(x509.NameConstraints(permitted, None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, SHA256())
    )
