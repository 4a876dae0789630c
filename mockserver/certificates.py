"""Making the certificates that `mockserver.tls` reads."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import trustme
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from mockserver.paths import write_whole
from mockserver.portal.clock import Clock

LIFETIME = timedelta(days=397)
"""How long a server certificate is good for; some clients refuse more."""


def make(
    directory: Path,
    names: tuple[str, ...],
    server_file: Path,
    *,
    renew_before: timedelta,
    label: Callable[[datetime, bytes], bytes],
) -> None:
    """Write a server certificate for `names`, and the authority where it is missing or ends.

    Args:
        directory: of the authority.
        names: the host names and addresses.
        server_file: where the server certificate goes.
        renew_before: how long before its end the authority is made anew.
        label: makes the first line of the file from the end and the authority's certificate.

    Raises:
        ValueError: the authority's file does not hold a certificate and its key.
        OSError: a file cannot be read or written.
    """
    authority = _authority(directory / "authority.pem", renew_before)
    ca_pem = authority.cert_pem.bytes()
    now = Clock().now()
    good_until = min(now + LIFETIME, x509.load_pem_x509_certificate(ca_pem).not_valid_after_utc)
    good_until = good_until.replace(microsecond=0)
    leaf = authority.issue_cert(
        *names,
        organization_name="talentlms-mock",
        organization_unit_name="server",
        not_before=now - timedelta(days=1),
        not_after=good_until,
    )
    write_whole(directory / "ca.pem", ca_pem, mode=0o644)
    write_whole(
        server_file, label(good_until, ca_pem) + leaf.private_key_and_cert_chain_pem.bytes()
    )


def _authority(path: Path, renew_before: timedelta) -> trustme.CA:
    try:
        pem = path.read_bytes()
    except FileNotFoundError:
        return _new_authority(path)
    certificate = _certificate(pem)
    if certificate.not_valid_after_utc - Clock().now() <= renew_before:
        return _new_authority(path)
    return trustme.CA.from_pem(pem, pem)


def _certificate(pem: bytes) -> x509.Certificate:
    try:
        certificate = x509.load_pem_x509_certificate(pem)
        key = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ValueError("it does not hold a certificate and its private key") from None
    if key.public_key() != certificate.public_key():
        raise ValueError("its private key is not that of its certificate")
    return certificate


def _new_authority(path: Path) -> trustme.CA:
    authority = trustme.CA(
        path_length=0, organization_name="talentlms-mock", organization_unit_name="authority"
    )
    write_whole(path, authority.private_key_pem.bytes() + authority.cert_pem.bytes())
    return authority
