"""Making the certificates that `talentlms_mock.tls.contexts` reads."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network
from pathlib import Path

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
from talentlms_mock.paths import keep_private, write_whole
from talentlms_mock.portal.state.clock import Clock

LIFETIME = timedelta(days=365)
"""How long the authority is valid; what it signs expires with it."""

AUTHORITY_NAME = "talentlms-mock authority"
"""The common name under which a browser or a system lists the authority."""

ONE_DAY = timedelta(days=1)

_SERVER_AUTH = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
_USAGES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)

Label = Callable[[datetime, datetime, bytes], bytes]
Key = ec.EllipticCurvePrivateKey
Validity = tuple[datetime, datetime]
"""From when and until when a certificate is valid."""


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
        label: returns the first line of a file, from its validity and the authority's certificate.

    Raises:
        ValueError: the authority's file does not hold a certificate and its key.
        OSError: a file cannot be read or written.
    """
    certificate, key = _authority(directory / "authority.pem", names, renew_before, label)
    ca_pem = certificate.public_bytes(Encoding.PEM)
    write_whole(directory / "ca.pem", ca_pem, mode=0o644)
    pem, validity = _leaf(certificate, key, names)
    write_whole(server_file, label(*validity, ca_pem) + pem)


def issue(path: Path, names: tuple[str, ...]) -> tuple[bytes, Validity]:
    """Return a server certificate for `names` with its key, as PEM, and when it is valid.

    Args:
        path: of the authority's file.
        names: the host names and addresses.

    Raises:
        ValueError: that file does not hold a certificate and its key.
        OSError: it cannot be read.
    """
    certificate, key = _read(path.read_bytes())
    return _leaf(certificate, key, names)


def _leaf(authority: x509.Certificate, key: Key, names: tuple[str, ...]) -> tuple[bytes, Validity]:
    """Return a certificate for a server of these names with its key, and when it is valid."""
    own_key = _new_key()
    since, until = _from_yesterday(), authority.not_valid_after_utc
    certificate = (
        x509.CertificateBuilder(issuer_name=authority.subject, subject_name=_name("server"))
        .public_key(own_key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(since)
        .not_valid_after(until)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(digital_signature=True), critical=True)
        .add_extension(_SERVER_AUTH, critical=False)
        .add_extension(x509.SubjectAlternativeName(map(_general_name, names)), critical=True)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False
        )
        .sign(key, SHA256())
    )
    return _key_pem(own_key) + certificate.public_bytes(Encoding.PEM), (since, until)


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        star = "*." if name.startswith("*.") else ""
        return x509.DNSName(star + name.removeprefix("*.").encode("idna").decode())


def _authority(
    path: Path, names: tuple[str, ...], renew_before: timedelta, label: Label
) -> tuple[x509.Certificate, Key]:
    """Return the authority; make it if it is missing, not valid, or not for all the names."""
    try:
        keep_private(path)
        pem = path.read_bytes()
    except FileNotFoundError:
        return _write(path, _new_key(), _permitted(names), label)
    certificate, key = _read(pem)
    before = _constraints(certificate)
    if before is None:
        # With its key, anyone could impersonate any host to those who trust it.
        return _write(path, _new_key(), _permitted(names), label)
    wanted = [*before, *(name for name in _permitted(names) if name not in before)]
    now = Clock().now()
    # A machine whose clock was wrong has made one that begins in the future.
    is_current = (
        certificate.not_valid_before_utc <= now < certificate.not_valid_after_utc - renew_before
    )
    if not is_current or wanted != before or not pem.startswith(_first_line(certificate, label)):
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
    validity = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    return label(*validity, certificate.public_bytes(Encoding.PEM))


def _new_key() -> Key:
    return ec.generate_private_key(ec.SECP256R1())


def _key_pem(key: Key) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _self_signed(key: Key, permitted: list[x509.GeneralName]) -> x509.Certificate:
    since, name = _from_yesterday(), _name(AUTHORITY_NAME)
    return (
        x509.CertificateBuilder(issuer_name=name, subject_name=name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(since)
        .not_valid_after(since + ONE_DAY + LIFETIME)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)
        .add_extension(_SERVER_AUTH, critical=False)
        .add_extension(x509.NameConstraints(permitted, None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, SHA256())
    )


def _from_yesterday() -> datetime:
    """Return from when a new certificate is valid: clocks of one network differ."""
    return Clock().now().replace(microsecond=0) - ONE_DAY


def _name(common: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "talentlms-mock"),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


def _usage(**used: bool) -> x509.KeyUsage:
    """Return what a key may be used for: what is named, and nothing else."""
    return x509.KeyUsage(**{**dict.fromkeys(_USAGES, False), **used})
