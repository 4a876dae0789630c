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
import tempfile
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta
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

_KEPT_CONTEXTS = 256
"""The number of portals below `.localhost` whose context is kept; others are made again."""

Validity = tuple[datetime, datetime]
"""From when and until when a certificate is valid."""
_Dated = tuple[ssl.SSLContext, Validity]
"""A context, and when its certificate is valid."""

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


def server_context(
    host: str = "127.0.0.1",
    public_host: str | None = None,
    *,
    is_served: Callable[[str], bool] = lambda name: True,
) -> ssl.SSLContext:
    """Return the context of a server for NAMES, `host` and `public_host`.

    It renews its certificates, also while the server runs.

    Args:
        host: the address, or the name of one, that is listened on.
        public_host: the name or address by which clients reach it from elsewhere.
        is_served: whether a name below `.localhost` is that of a portal. Each such name has a
            certificate of its own, in memory.

    Raises:
        SetupError: the authority cannot be read or written.
    """
    further = (each for each in (host, public_host) if each and each not in EVERY_ADDRESS)
    names = (*NAMES, *(each for each in dict.fromkeys(further) if not _is_named(each)))
    contexts = _Contexts(names, is_served)
    context = contexts.common()
    context.sni_callback = contexts.choose
    return context


def _is_named(host: str) -> bool:
    """Return whether a certificate for NAMES is valid for `host` too."""
    label, _, rest = host.partition(".")
    return host in NAMES or (bool(label) and f"*.{rest}" == f"*{VENDOR_SUFFIX}")


class _Contexts:
    """The contexts of one server: one for its names, and one for each portal below `.localhost`."""

    def __init__(self, names: tuple[str, ...], is_served: Callable[[str], bool]) -> None:
        self._names = names
        self._is_served = is_served
        self._common: _Dated | None = None
        self._of_portals: OrderedDict[str, _Dated] = OrderedDict()

    def common(self) -> ssl.SSLContext:
        """Return the context for the server's names; make it again before its certificate expires.

        Raises:
            SetupError: the authority cannot be read or written.
        """
        if self._common is None or not _is_current(self._common[1]):
            try:
                self._common = _context(self._names)
            except SetupError:
                if self._common is None:
                    raise
        return self._common[0]

    def choose(self, connection: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> int | None:
        """Set the context of a connection when the client has named the host."""
        name = (name or "").lower().removesuffix(".")
        # OpenSSL accepts no wildcard directly below a top-level name: its clients do not trust
        # `*.localhost` for `acme.localhost`, which gets a certificate of its own.
        is_portal = _PORTAL_ON_LOCALHOST.fullmatch(name) and self._is_served(name)
        try:
            connection.context = self._of_portal(name) if is_portal else self.common()
        except SetupError:
            return ssl.ALERT_DESCRIPTION_INTERNAL_ERROR
        return None

    def _of_portal(self, name: str) -> ssl.SSLContext:
        made = self._of_portals.get(name)
        if made is None or not _is_current(made[1]):
            try:
                made = _portal_context(name)
            except SetupError:
                if made is None:
                    raise
        self._of_portals[name] = made
        self._of_portals.move_to_end(name)
        while len(self._of_portals) > _KEPT_CONTEXTS:
            self._of_portals.popitem(last=False)
        return made[0]


def _portal_context(name: str) -> _Dated:
    """Return a context whose certificate is in no file once this returns, and when it is valid."""
    from talentlms_mock.tls.authority import issue  # noqa: PLC0415  # imports cryptography

    directory = _directory()
    if not _is_valid(directory / "authority.pem", directory):
        _make(directory, NAMES)
    try:
        pem, validity = issue(directory / "authority.pem", (*NAMES, name))
        with tempfile.TemporaryDirectory(dir=directory) as scratch:
            file = Path(scratch, "server.pem")  # OpenSSL reads only files
            file.write_bytes(pem)
            return _with_certificate(file), validity
    except OSError as error:
        raise cannot_write(directory, error) from None
    except ValueError as error:
        raise _unusable(directory, error) from None


def _context(names: tuple[str, ...]) -> _Dated:
    """Return a context with the certificate for `names`, and when it is valid."""
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


def _load(path: Path) -> _Dated:
    return _with_certificate(path), _validity(path)


def _with_certificate(path: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    context.set_alpn_protocols(["http/1.1"])
    return context


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
        raise _unusable(directory, error) from None


def _unusable(directory: Path, error: ValueError) -> SetupError:
    return SetupError(
        f"The certificate authority in {directory / 'authority.pem'} cannot be used ({error}): "
        "delete that file to have a new one made, which clients then have to trust again."
    )
