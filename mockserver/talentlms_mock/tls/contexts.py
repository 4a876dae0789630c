"""The certificates of this machine, and the TLS contexts made of them.

The directory `tls` of the data directory has three kinds of files:

authority.pem   the certificate authority with its private key, which is stored nowhere else
ca.pem          its certificate alone, which clients must trust
server-*.pem    a certificate that it signed, with its key

The authority can sign only for NAMES and for the host given with `--host`. All of them are valid
for a year and made again before they expire. The authority keeps its key then, so that clients that
read ca.pem again trust the servers that are running. An authority that could sign for any name is
replaced with a new key.

Reading the files needs only the standard library; `talentlms_mock.tls.authority`, which makes them,
is imported only when one is missing.
"""

import hashlib
import re
import ssl
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from talentlms_mock.errors import SetupError
from talentlms_mock.hosts import EVERY_ADDRESS, LOCAL_SUFFIX, VENDOR_SUFFIX
from talentlms_mock.paths import (
    cannot_write,
    data_dir,
    exclusive,
    keep_private,
    private_directory,
)
from talentlms_mock.portal.state.clock import Clock

NAMES = (f"*{VENDOR_SUFFIX}", f"*{LOCAL_SUFFIX}", "localhost", "127.0.0.1", "::1")
"""The host names and addresses that every server certificate is valid for."""

RENEW_BEFORE = timedelta(days=30)
"""How long before it expires a certificate is made again."""

Validity = tuple[datetime, datetime]
"""From when and until when a certificate is valid."""

_PORTAL_ON_LOCALHOST = re.compile(rf"[a-z0-9-]{{1,63}}{re.escape(LOCAL_SUFFIX)}")


def ca_file() -> Path:
    """Return the path of the authority's certificate; make it if it is missing or about to expire.

    Raises:
        SetupError: the authority cannot be read or written.
    """
    directory = _directory()
    if not _is_valid(directory / "authority.pem", directory):
        _make(directory, NAMES)
    return directory / "ca.pem"


def server_context(host: str = "127.0.0.1") -> ssl.SSLContext:
    """Return the context of a server for NAMES and `host`.

    It renews its certificates, also while the server runs.

    Raises:
        SetupError: the authority cannot be read or written.
    """
    names = NAMES if host in (*NAMES, *EVERY_ADDRESS) else (*NAMES, host)
    contexts = _Contexts()
    context = contexts.of(names)
    context.sni_callback = partial(contexts.choose, names)
    return context


class _Contexts:
    """The contexts of one server, each with a certificate for its names."""

    def __init__(self) -> None:
        self._made: dict[tuple[str, ...], tuple[ssl.SSLContext, Validity]] = {}

    def of(self, names: tuple[str, ...]) -> ssl.SSLContext:
        """Return the context for `names`; make it again before its certificate expires."""
        made = self._made.get(names)
        if made is None or not _is_current(made[1]):
            try:
                made = self._made[names] = _context(names)
            except SetupError:
                if made is None:
                    raise
        return made[0]

    def choose(
        self,
        names: tuple[str, ...],
        connection: ssl.SSLObject,
        name: str | None,
        _: ssl.SSLContext,
    ) -> int | None:
        """Set the context of a connection when the client has named the host."""
        name = (name or "").lower()
        # OpenSSL accepts no wildcard directly below a top-level name: its clients do not trust
        # `*.localhost` for `acme.localhost`, which gets a certificate of its own.
        if _PORTAL_ON_LOCALHOST.fullmatch(name):
            names = (*NAMES, name)
        try:
            connection.context = self.of(names)
        except SetupError:
            return ssl.ALERT_DESCRIPTION_INTERNAL_ERROR
        return None


def _context(names: tuple[str, ...]) -> tuple[ssl.SSLContext, Validity]:
    """Return a context with the certificate for `names`, and when that is valid."""
    directory = _directory()
    path = directory / server_file_name(names)
    if not _is_valid(path, directory):
        _make(directory, names)
    try:
        return _load(path)
    except (ssl.SSLError, OSError):
        _make(directory, names, replace=True)
        return _load(path)


def client_context(ca_file: Path) -> ssl.SSLContext:
    """Return the context of a client that trusts only the authority in `ca_file`."""
    return ssl.create_default_context(cafile=str(ca_file))


def server_file_name(names: tuple[str, ...]) -> str:
    """Return the name of the file with the server certificate for `names`."""
    return f"server-{hashlib.sha256(' '.join(names).encode()).hexdigest()[:12]}.pem"


def label(valid_from: datetime, valid_until: datetime, ca_pem: bytes) -> bytes:
    """Return the first line of a file with a key: its validity, and a digest of its authority.

    OpenSSL skips everything before the first block of a PEM file; this line is read without parsing
    the certificate.
    """
    digest = hashlib.sha256(ca_pem).hexdigest()
    return f"from {valid_from.isoformat()} until {valid_until.isoformat()} by {digest}\n".encode()


def _is_valid(path: Path, directory: Path) -> bool:
    """Return whether a key file and the authority exist, match, and are valid for a while.

    Raises:
        SetupError: other users of the machine may read one of them, and it is not this user's.
    """
    try:
        ca_pem = (directory / "ca.pem").read_bytes()
        files = (directory / "authority.pem", path)
        return all(keep_private(file) and _has_label(file, ca_pem) for file in files)
    except (OSError, ValueError, IndexError):
        return False


def _has_label(path: Path, ca_pem: bytes) -> bool:
    validity = _validity(path)
    with path.open("rb") as file:
        return file.readline() == label(*validity, ca_pem) and _is_current(validity)


def _validity(path: Path) -> Validity:
    """Return from when and until when the certificate of a file with a key is valid."""
    with path.open("rb") as file:
        words = file.readline().decode().split()
    first, last = datetime.fromisoformat(words[1]), datetime.fromisoformat(words[3])
    if first.tzinfo is None or last.tzinfo is None:
        raise ValueError("a moment without an offset")
    return first, last


def _is_current(validity: Validity) -> bool:
    """Return whether a certificate is valid now, and for a while: a clock may have been wrong."""
    now = Clock().now()
    return validity[0] <= now and validity[1] - now > RENEW_BEFORE


def _load(path: Path) -> tuple[ssl.SSLContext, Validity]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    context.set_alpn_protocols(["http/1.1"])
    return context, _validity(path)


def _directory() -> Path:
    return private_directory(data_dir() / "tls")


def _make(directory: Path, names: tuple[str, ...], *, replace: bool = False) -> None:
    """Make what is missing, once, even if several processes ask at the same time."""
    from talentlms_mock.tls.authority import make  # noqa: PLC0415  # imports cryptography

    path = directory / server_file_name(names)
    try:
        with exclusive(directory / "lock"):
            if replace or not _is_valid(path, directory):
                make(directory, names, path, renew_before=RENEW_BEFORE, label=label)
    except OSError as error:
        raise cannot_write(directory, error) from None
    except ValueError as error:
        raise SetupError(
            f"The certificate authority in {directory / 'authority.pem'} cannot be used ({error}): "
            "delete that file to have a new one made, which clients then have to trust again."
        ) from None
