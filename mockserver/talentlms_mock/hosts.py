"""Host names and addresses: the vendor's, this machine's, and where a server listens."""

from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from talentlms_mock.errors import SetupError

VENDOR_SUFFIX = ".talentlms.com"
"""The end of the host name of every site of the vendor."""

LOCAL_SUFFIX = ".localhost"
"""The end of host names that resolve to this machine (RFC 6761)."""

EVERY_ADDRESS = ("0.0.0.0", "::")  # noqa: S104  # compared with, never bound
"""The addresses that mean all addresses of a machine."""


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """Where a server listens, and what a client needs to talk to it.

    Args:
        host: as a URL names it, an IPv6 address in brackets.
        https_port: the TLS port.
        http_port: the plain port.
        ca_file: the certificate of the authority that a client must trust.
        proxy_port: the port of the proxy; None if there is none.
        token: the token of the control API; None if it needs none.
        public_url: the address at which clients reach it through a proxy or a container's port,
            without a slash at the end; None is where it listens.
    """

    host: str
    https_port: int
    http_port: int
    ca_file: Path
    proxy_port: int | None = None
    token: str | None = field(default=None, repr=False)
    public_url: str | None = None

    @property
    def socket_host(self) -> str:
        """The host as a socket connects to it, without brackets."""
        return self.host.strip("[]")

    @property
    def https_url(self) -> str:
        """The URL of the TLS port, without a slash at the end."""
        return f"https://{self.host}:{self.https_port}"

    @property
    def http_url(self) -> str:
        """The URL of the plain port, without a slash at the end."""
        return f"http://{self.host}:{self.http_port}"

    @property
    def api_origin(self) -> str:
        """Where clients reach the API, without a slash at the end."""
        return self.public_url or self.https_url

    @property
    def control_origin(self) -> str:
        """Where clients reach the control API and the console, without a slash at the end."""
        return self.public_url or self.http_url

    @property
    def required_proxy_port(self) -> int:
        """The port of the proxy.

        Raises:
            SetupError: the server has no proxy.
        """
        if self.proxy_port is None:
            raise SetupError("The server has no proxy: give it a proxy_port; 0 picks a free one.")
        return self.proxy_port


def check_public_url(url: str | None) -> str | None:
    """Return `url` without a slash at the end; an empty text is none.

    Raises:
        SetupError: it is not the address of a server.
    """
    if not url:
        return None
    try:
        parts = urlsplit(url)
        is_address = parts.port != 0 and parts.netloc.isascii() and "@" not in parts.netloc
    except ValueError:  # "https://[" or a port of letters
        is_address = False
    if not is_address or parts.scheme not in ("http", "https") or not parts.hostname:
        raise _no_public_url(url)
    if parts.path.strip("/") or parts.query or parts.fragment or not url.isprintable():
        raise _no_public_url(url)
    return f"{parts.scheme}://{parts.netloc.lower()}"


def _no_public_url(url: str) -> SetupError:
    return SetupError(
        f"The public URL {url!r} is not the address of a server: write it like "
        "https://talentlms.example.com:8443, without a path.",
        at="public_url",
    )


def host_name(host: str) -> str:
    """Return the name or address in `host`, the value of a Host header, in lower case.

    The port, the brackets of an IPv6 address and the dot at the end of a name are removed.
    """
    host = host.lower()
    if host.startswith("["):
        return host[1:].partition("]")[0]
    if host.count(":") > 1:  # an IPv6 address without brackets
        return host
    return host.partition(":")[0].removesuffix(".")


@lru_cache(maxsize=1024)
def domain_of(host: str) -> str | None:
    """Return the part of `host` before the vendor's suffix or `.localhost`; None without either."""
    name = host_name(host)
    for suffix in (VENDOR_SUFFIX, LOCAL_SUFFIX):
        if name.endswith(suffix):
            return name.removesuffix(suffix)
    return None


def names_a_portal(host: str) -> bool:
    """Return whether `host` could name a portal: it is not an address, nor plain localhost."""
    name = host_name(host)
    return name not in ("", "localhost") and not _is_address(name)


def is_loopback(host: str) -> bool:
    """Return whether `host`, an address or a name without a port, leads only to this machine."""
    if _is_address(host):
        return ip_address(host).is_loopback
    return host == "localhost" or host.endswith(LOCAL_SUFFIX)


def in_url(address: str) -> str:
    """Return how a URL names a server that listens on `address`."""
    if address in EVERY_ADDRESS:
        return "127.0.0.1"
    return f"[{address}]" if ":" in address else address


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
