"""The files that make other programs trust the mock in addition to their own authorities.

A variable like SSL_CERT_FILE replaces a program's own authorities, so the mock's alone would make
all other hosts untrusted. Two files in the directory `trust` of the data directory are written
again when their sources have changed:

authorities.pem   the public authorities, those that the environment names, and the mock's
authorities.p12   the same for Java
"""

import re
import ssl
from collections.abc import Iterable, Mapping
from pathlib import Path

from talentlms_mock.paths import cannot_write, data_dir, exclusive, private_directory, write_whole
from talentlms_mock.tls.contexts import ca_file

STORE_PASSWORD = "changeit"  # noqa: S105 - the password that Java expects of a file without secrets
"""The password of authorities.p12."""

BUNDLE_VARIABLES = (
    "SSL_CERT_FILE",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "NODE_EXTRA_CA_CERTS",
)
"""The variables that name a PEM file of authorities."""

_OURS = "# The authority of talentlms-mock on this machine\n"
_DEBIAN_BUNDLE = "ca-certificates.crt"
_CERTIFICATE = re.compile(
    r"-{5}BEGIN CERTIFICATE-{5}[A-Za-z0-9+/=\s]+-{5}END CERTIFICATE-{5}", re.ASCII
)


def trust_files(environment: Mapping[str, str]) -> tuple[Path, Path]:
    """Return the paths of authorities.pem and authorities.p12, made or renewed where needed.

    Args:
        environment: the variables that name the authorities to keep.

    Raises:
        SetupError: they cannot be written.
    """
    ours = ca_file().read_text(encoding="utf-8")
    others = _others(environment)
    content = "\n".join([*others, f"{_OURS}{ours}"]).encode()
    directory = private_directory(data_dir() / "trust")
    bundle, store = directory / "authorities.pem", directory / "authorities.p12"
    try:
        with exclusive(directory / "lock"):
            if not store.exists() or not bundle.exists() or bundle.read_bytes() != content:
                # The bundle last: if it is up to date, so is the other file.
                write_whole(store, _java_store([ours, *others]), mode=0o644)
                write_whole(bundle, content, mode=0o644)
    except OSError as error:
        raise cannot_write(directory, error) from None
    return bundle, store


def _java_store(certificates: list[str]) -> bytes:
    # It imports cryptography, and is seldom needed.
    from talentlms_mock.tls.java_store import pkcs12_store  # noqa: PLC0415

    return pkcs12_store(certificates, password=STORE_PASSWORD)


def _others(environment: Mapping[str, str]) -> list[str]:
    """Return the certificates of every authority except ours, each once."""
    named = [_read(Path(environment[name])) for name in BUNDLE_VARIABLES if environment.get(name)]
    # A former authority of ours follows the mark: `env` was used before.
    texts = [text.partition(_OURS)[0] for text in (*_public(), *named)]
    return list(dict.fromkeys(pem for text in texts for pem in _CERTIFICATE.findall(text)))


def _public() -> Iterable[str]:
    try:
        import certifi  # noqa: PLC0415  # need not be installed
    except ImportError:
        return _system_authorities()
    return [_read(Path(certifi.where()))]


def _system_authorities() -> Iterable[str]:
    paths = ssl.get_default_verify_paths()
    found = [_read(Path(paths.openssl_cafile)), _read(Path(paths.openssl_capath, _DEBIAN_BUNDLE))]
    # Windows has no such files, but a store.
    in_store = ssl.create_default_context().get_ca_certs(binary_form=True)
    return [*found, *map(ssl.DER_cert_to_PEM_cert, in_store)]


def _read(path: Path) -> str:
    """Return a file's text, or nothing: a program reports a missing file itself."""
    try:
        # A byte order mark would hide the first certificate behind the others.
        return path.read_text(encoding="utf-8-sig", errors="replace")
    except OSError:
        return ""
