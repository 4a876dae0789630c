"""The certificates of this machine, and the TLS contexts made of them.

Three files stand in the directory `tls` of the data directory:

authority.pem   the certificate authority with its private key, made once
ca.pem          its certificate alone: what clients are told to trust
server-*.pem    a certificate that it signed, with its key; made anew before it ends

Reading them takes the standard library alone; `mockserver.certificates`, which makes them, is
imported only when one is missing.
"""

import hashlib
import re
import ssl
from datetime import datetime, timedelta
from importlib import import_module
from pathlib import Path

from mockserver.errors import SetupError
from mockserver.paths import cannot_write, data_dir, exclusive, private_directory
from mockserver.portal.clock import Clock

NAMES = ("*.talentlms.com", "*.localhost", "localhost", "127.0.0.1", "::1")
"""The host names and addresses that every server certificate is good for."""

RENEW_BEFORE = timedelta(days=30)
"""How long before its end a certificate is made anew."""

EVERY_ADDRESS = ("0.0.0.0", "::")  # noqa: S104 - compared with, never bound

_PORTAL_ON_LOCALHOST = re.compile(r"[a-z0-9-]{1,63}\.localhost")


def ca_file() -> Path:
    """Return the path of the authority's certificate, made when it is missing.

    Raises:
        SetupError: the authority cannot be read or written.
    """
    directory = _directory()
    path = directory / "ca.pem"
    if not (path.exists() and (directory / "authority.pem").exists()):
        _make(directory, NAMES)
    return path


def server_context(host: str = "127.0.0.1") -> ssl.SSLContext:
    """Return the context of a server that answers to NAMES and to `host`.

    Raises:
        SetupError: the authority cannot be read or written.
    """
    context = _context(NAMES if host in (*NAMES, *EVERY_ADDRESS) else (*NAMES, host))
    others: dict[str, ssl.SSLContext] = {}

    def choose(connection: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> int | None:
        name = (name or "").lower()
        if not _PORTAL_ON_LOCALHOST.fullmatch(name):
            return None
        try:
            if name not in others:
                others[name] = _context((*NAMES, name))
        except SetupError:
            return ssl.ALERT_DESCRIPTION_INTERNAL_ERROR
        connection.context = others[name]
        return None

    # OpenSSL takes no wildcard right below a top-level name, so `*.localhost` alone
    # makes no client of it trust `acme.localhost`; that name gets its own certificate.
    context.sni_callback = choose
    return context


def _context(names: tuple[str, ...]) -> ssl.SSLContext:
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
    """Return the first line of a server certificate's file: its end, and who signed it.

    OpenSSL skips what stands before the first block of a PEM file, so that this is read without
    taking the certificate apart.
    """
    return f"until {good_until.isoformat()} by {hashlib.sha256(ca_pem).hexdigest()}\n".encode()


def _is_good(path: Path, directory: Path) -> bool:
    """Whether the server certificate exists, is not about to end, and is of the authority."""
    try:
        first_line = path.read_bytes().partition(b"\n")[0] + b"\n"
        good_until = datetime.fromisoformat(first_line.split()[1].decode())
        of_authority = first_line == label(good_until, (directory / "ca.pem").read_bytes())
    except (OSError, ValueError, IndexError):
        return False
    if good_until.tzinfo is None or not (directory / "authority.pem").exists():
        return False
    return of_authority and good_until - Clock().now() > RENEW_BEFORE


def _load(path: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    context.set_alpn_protocols(["http/1.1"])
    return context


def _directory() -> Path:
    return private_directory(data_dir() / "tls")


def _make(directory: Path, names: tuple[str, ...], *, afresh: bool = False) -> None:
    """Make what is missing, once, however many processes ask for it at the same time."""
    certificates = import_module("mockserver.certificates")
    path = directory / server_file_name(names)
    try:
        with exclusive(directory / "lock"):
            if afresh or not _is_good(path, directory):
                certificates.make(directory, names, path, renew_before=RENEW_BEFORE, label=label)
    except OSError as error:
        raise cannot_write(directory, error) from None
    except ValueError as error:
        raise SetupError(
            f"The certificate authority in {directory / 'authority.pem'} cannot be used ({error}): "
            "delete that file, and a new one is made, which clients then have to trust anew."
        ) from None
