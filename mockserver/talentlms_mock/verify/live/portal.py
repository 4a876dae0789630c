"""A live portal in the place of a mocked one, for a test that runs against both."""

import ssl
from pathlib import Path
from typing import TYPE_CHECKING, Any

from talentlms_mock.errors import MockError, SetupError
from talentlms_mock.hosts import VENDOR_SUFFIX
from talentlms_mock.portal import clients
from talentlms_mock.portal.core import API_VERSION

if TYPE_CHECKING:
    import httpx
    import requests


class NotLive(MockError, AttributeError):
    """A live portal cannot do what the mock's can; the text says so in a sentence."""


class LivePortal:
    """What of a `Portal` a live one has: its address, its headers, and clients of it.

    Anything else of a `Portal` raises NotLive: a live portal has no clock, no faults and no
    journal, and its data is somebody's.

    Args:
        domain: the label of the portal.
        api_key: of the portal.
    """

    def __init__(self, domain: str, api_key: str) -> None:
        self.domain = domain
        self.host = f"{domain}{VENDOR_SUFFIX}"
        self.base_url = f"https://{self.host}/api/v2"
        self.api_key = api_key

    @property
    def connections(self) -> None:
        """Nothing: each client has connections of its own."""

    @property
    def headers(self) -> dict[str, str]:
        """The headers that a well-behaved client sends with every request."""
        return {
            "X-API-Key": self.api_key,
            "X-API-Version": API_VERSION,
            "Accept": "application/json",
        }

    @property
    def ca_file(self) -> Path:
        """The certificates that this machine trusts, a PEM file.

        Raises:
            SetupError: it has no such file.
        """
        file = ssl.get_default_verify_paths().cafile
        if file is None:
            raise SetupError("This machine has no file of certificates: name one in SSL_CERT_FILE.")
        return Path(file)

    def ssl_context(self) -> ssl.SSLContext:
        """Return a context that trusts what this machine trusts."""
        return ssl.create_default_context()

    def httpx_client(self, **options: Any) -> "httpx.Client":
        """Return a client as `Portal.httpx_client` does; it uses the environment's proxy."""
        return clients.httpx_client(self, **{"trust_env": True, **options})

    def httpx_async_client(self, **options: Any) -> "httpx.AsyncClient":
        """Return a client as `Portal.httpx_async_client` does, with the environment's proxy."""
        return clients.httpx_async_client(self, **{"trust_env": True, **options})

    def requests_session(self) -> "requests.Session":
        """Return a session as `Portal.requests_session` does, with the environment's proxy."""
        session = clients.requests_session(self)
        session.trust_env = True
        return session

    def __getattr__(self, name: str) -> Any:
        raise NotLive(
            f"The live portal {self.__dict__.get('domain', '')} has no `{name}`: it has base_url, "
            "host, domain, headers, ssl_context() and clients. Leave the rest to tests that are "
            "not marked talentlms_live."
        )

    def __repr__(self) -> str:
        return f"<LivePortal {self.host}>"
