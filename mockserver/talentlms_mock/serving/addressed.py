"""Where a server is, in every form that somebody asks for it."""

import os
import ssl
from pathlib import Path

from talentlms_mock import console
from talentlms_mock.control import PREFIX
from talentlms_mock.hosts import ServerAddress
from talentlms_mock.serving.environment import variables
from talentlms_mock.tls.contexts import client_context


class Addressed:
    """A server whose addresses are asked for; `MockServer` adds what runs it."""

    def _opened(self) -> ServerAddress:
        """Return where the server listens.

        Raises:
            SetupError: the server is not running.
        """
        raise NotImplementedError

    @property
    def control_url(self) -> str:
        """The address of the control API over plain HTTP, without a slash at the end."""
        return f"{self._opened().control_origin}{PREFIX}"

    @property
    def console_url(self) -> str:
        """The address of the console, for a browser, over plain HTTP."""
        return f"{self._opened().control_origin}{console.PREFIX}/"

    @property
    def address(self) -> ServerAddress:
        """Where the server listens.

        Raises:
            SetupError: the server is not running.
        """
        return self._opened()

    @property
    def host(self) -> str:
        """The address that a URL names."""
        return self._opened().host

    @property
    def https_port(self) -> int:
        """The TLS port listened on."""
        return self._opened().https_port

    @property
    def http_port(self) -> int:
        """The plain port listened on."""
        return self._opened().http_port

    @property
    def proxy_port(self) -> int:
        """The port of the proxy.

        Raises:
            SetupError: the server is not running, or has no proxy.
        """
        return self._opened().required_proxy_port

    @property
    def ca_file(self) -> Path:
        """The certificate of the authority that clients are to trust."""
        return self._opened().ca_file

    def environment(self) -> dict[str, str]:
        """Return the environment variables that make another program use this server's proxy.

        Add them to `os.environ`; they keep its settings for other hosts.

        Raises:
            SetupError: as `proxy_port`, or files in the data directory cannot be written.
        """
        return variables(self._opened(), os.environ)

    def ssl_context(self) -> ssl.SSLContext:
        """Return the context of a client that trusts this server."""
        return client_context(self.ca_file)
