"""The truststore for Java."""

import warnings
from collections.abc import Iterable

from cryptography import x509
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12


def pkcs12_store(certificates: Iterable[str], *, password: str) -> bytes:
    """Return a PKCS #12 file whose certificates Java trusts.

    Args:
        certificates: as PEM; those that cannot be read are left out.
        password: of the file; it protects nothing, but Java requires one.
    """
    entries = []
    for number, pem in enumerate(certificates):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # about old authorities that violate newer rules
                certificate = x509.load_pem_x509_certificate(pem.encode())
        except ValueError:
            continue
        entries.append(pkcs12.PKCS12Certificate(certificate, b"authority-%d" % number))
    encryption = BestAvailableEncryption(password.encode())
    return pkcs12.serialize_java_truststore(entries, encryption)
