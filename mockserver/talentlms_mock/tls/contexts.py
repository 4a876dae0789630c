"""The certificates of this machine, and the TLS contexts made of them.

Three files stand in the directory `tls` of the data directory:

authority.pem   the certificate authority with its private key, which nothing else ever holds
ca.pem          its certificate alone: what clients are told to trust
server-*.pem    a certificate that it signed, with its key

The authority may sign for NAMES alone, and for what `--host` named. All of them are good for a year
and made anew before it ends; the authority keeps its key then, so that servers which run meanwhile
are trusted by those who read ca.pem again. One that could sign for any name gets a new key.

Reading them takes the standard library alone; `talentlms_mock.tls.authority`, which makes them, is
imported only when one is missing.
"""

import hashlib
import re
import ssl
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from talentlms_mock.errors import SetupError
from talentlms_mock.hosts import EVERY_ADDRESS, LOCAL_SUFFIX, VENDOR_SUFFIX
from talentlms_mock.paths import cannot_write, data_dir, exclusive, private_directory
from talentlms_mock.portal.state.clock import Clock

NAMES = (f"*{VENDOR_SUFFIX}", f"*{LOCAL_SUFFIX}", "localhost", "127.0.0.1", "::1")
"""The host names and addresses that every server certificate is good for."""

RENEW_BEFORE = timedelta(days=30)
"""How long before its end a certificate is made anew."""

_PORTAL_ON_LOCALHOST = re.compile(rf"[a-z0-9-]{{1,63}}{re.escape(LOCAL_SUFFIX)}")


def ca_file() -> Path:
    """Return the path of the authority's certificate, made when it is missing or about to end.

    Raises:
        SetupError: the authority cannot be read or written.
    """
    directory = _directory()
    if not _is_good(directory / "authority.pem", directory):
        _make(directory, NAMES)
    return directory / "ca.pem"


def server_context(host: str = "127.0.0.1") -> ssl.SSLContext:
    """Return the context of a server that answers to NAMES and to `host`.

    It renews its certificates by itself, also while the server runs.

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
        self._made: dict[tuple[str, ...], tuple[ssl.SSLContext, datetime]] = {}

    def of(self, names: tuple[str, ...]) -> ssl.SSLContext:
        """Return the context for `names`, made anew before its certificate ends."""
        made = self._made.get(names)
        if made is None or not _is_far(made[1]):
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
        """Give a connection its context, when the client has said which name it wants."""
        name = (name or "").lower()
        # OpenSSL takes no wildcard right below a top-level name, so `*.localhost` alone
        # makes no client of it trust `acme.localhost`; that name gets its own certificate.
        if _PORTAL_ON_LOCALHOST.fullmatch(name):
            names = (*NAMES, name)
        try:
            connection.context = self.of(names)
        except SetupError:
            return ssl.ALERT_DESCRIPTION_INTERNAL_ERROR
        return None


def _context(names: tuple[str, ...]) -> tuple[ssl.SSLContext, datetime]:
    """Return a context with the certificate for `names`, and when that ends."""
    directory = _directory()
    path = directory / server_file_name(names)
    if not _is_good(path, directory):
        _make(directory, names)
    try:
        return _load(path)
    except (ssl.SSLError, OSError):
        _make(directory, names, afresh=True)
        return _load(path)


def client_context(ca_file: Path) -> ssl.SSLContext:
    """Return the context of a client that trusts the authority in `ca_file` and no other."""
    return ssl.create_default_context(cafile=str(ca_file))


def server_file_name(names: tuple[str, ...]) -> str:
    """Return the name of the file with the server certificate for `names`."""
    return f"server-{hashlib.sha256(' '.join(names).encode()).hexdigest()[:12]}.pem"


def label(good_until: datetime, ca_pem: bytes) -> bytes:
    """Return the first line of a file that holds a key: its end, and of which authority it is.

    OpenSSL skips what stands before the first block of a PEM file, so that this is read without
    taking the certificate apart.
    """
    return f"until {good_until.isoformat()} by {hashlib.sha256(ca_pem).hexdigest()}\n".encode()


def _is_good(path: Path, directory: Path) -> bool:
    """Whether a file with a key, and the authority, exist, belong together, and do not end soon."""
    try:
        ca_pem = (directory / "ca.pem").read_bytes()
        return _is_labelled(directory / "authority.pem", ca_pem) and _is_labelled(path, ca_pem)
    except (OSError, ValueError, IndexError):
        return False


def _is_labelled(path: Path, ca_pem: bytes) -> bool:
    good_until = _good_until(path)
    with path.open("rb") as file:
        return file.readline() == label(good_until, ca_pem) and _is_far(good_until)


def _good_until(path: Path) -> datetime:
    with path.open("rb") as file:
        good_until = datetime.fromisoformat(file.readline().split()[1].decode())
    if good_until.tzinfo is None:
        raise ValueError("a moment without an offset")
    return good_until


def _is_far(end: datetime) -> bool:
    return end - Clock().now() > RENEW_BEFORE


def _load(path: Path) -> tuple[ssl.SSLContext, datetime]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    context.set_alpn_protocols(["http/1.1"])
    return context, _good_until(path)


def _directory() -> Path:
    return private_directory(data_dir() / "tls")


def _make(directory: Path, names: tuple[str, ...], *, afresh: bool = False) -> None:
    """Make what is missing, once, however many processes ask for it at the same time."""
    from talentlms_mock.tls.authority import make  # noqa: PLC0415  # imports cryptography

    path = directory / server_file_name(names)
    try:
        with exclusive(directory / "lock"):
            if afresh or not _is_good(path, directory):
                make(directory, names, path, renew_before=RENEW_BEFORE, label=label)
    except OSError as error:
        raise cannot_write(directory, error) from None
    except ValueError as error:
        raise SetupError(
            f"The certificate authority in {directory / 'authority.pem'} cannot be used ({error}): "
            "delete that file, and a new one is made, which clients then have to trust anew."
        ) from None
