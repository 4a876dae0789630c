"""Ready clients of a portal, where the package that makes them is installed.

None of them reads the environment: a proxy or an authority named there is meant for the real
world, and the portal is on this machine.
"""

import ssl
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from weakref import WeakSet

import rich  # noqa: F401  # of httpx, and it asks for the directory, which blocks an event loop

from talentlms_mock.errors import SetupError

if TYPE_CHECKING:
    import httpx
    import requests
    from requests.adapters import BaseAdapter, HTTPAdapter


class Connections:
    """What the clients of a server's portals share: what they trust, and open connections.

    A connection takes longer than a request. Its host is the same for all portals, which the key of
    each request tells apart. Closing a client leaves the connections to the next one.

    Args:
        ca_file: the authority of the server.
    """

    def __init__(self, ca_file: Path) -> None:
        self._ca_file = ca_file
        self._close = ExitStack()

    @cached_property
    def context(self) -> ssl.SSLContext:
        """The TLS context."""
        return ssl.create_default_context(cafile=str(self._ca_file))

    @cached_property
    def transport(self) -> "httpx.HTTPTransport":
        """The transport of clients of httpx."""
        import httpx  # noqa: PLC0415  # an optional dependency

        # No limit: a client that leaves its responses unread is to hold up no other.
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=20)
        transport = httpx.HTTPTransport(verify=self.context, trust_env=False, limits=limits)
        self._close.callback(transport.close)
        return transport

    @cached_property
    def adapter(self) -> "HTTPAdapter":
        """The adapter of sessions of requests."""
        adapter = tls_adapter(self.context)
        self._close.callback(adapter.close)
        return adapter

    def close(self) -> None:
        """Close all connections."""
        self._close.close()


class Endpoint(Protocol):
    """Where a portal answers, and what a client must send and trust."""

    @property
    def base_url(self) -> str: ...
    @property
    def headers(self) -> dict[str, str]: ...
    @property
    def ca_file(self) -> Path: ...
    @property
    def connections(self) -> Connections | None: ...
    def ssl_context(self) -> ssl.SSLContext: ...


def httpx_client(portal: Endpoint, **options: Any) -> "httpx.Client":
    """Return a client whose paths are below the portal's API, `client.get("/users")`.

    Args:
        portal: the portal to call.
        options: those of `httpx.Client`, which override our own.

    Raises:
        SetupError: httpx is not installed.
    """
    try:
        import httpx  # noqa: PLC0415  # an optional dependency
    except ImportError:
        raise _missing("httpx") from None
    shared = portal.connections
    if shared is not None and _OF_TRANSPORTS.isdisjoint(options):
        options["transport"] = kept_transport(shared.transport)
    return httpx.Client(**_httpx_options(portal) | options)


def httpx_async_client(portal: Endpoint, **options: Any) -> "httpx.AsyncClient":
    """Return the same as `httpx_client` for async code; options are those of `httpx.AsyncClient`.

    Raises:
        SetupError: httpx is not installed.
    """
    try:
        import httpx  # noqa: PLC0415  # an optional dependency
    except ImportError:
        raise _missing("httpx") from None
    return httpx.AsyncClient(**_httpx_options(portal) | options)


_OF_TRANSPORTS = frozenset(
    ("transport", "verify", "cert", "trust_env", "http1", "http2", "proxy", "mounts", "limits")
)
"""The options of a client that needs connections of its own."""


def _context(portal: Endpoint) -> ssl.SSLContext:
    return portal.ssl_context() if portal.connections is None else portal.connections.context


def kept_transport(shared: "httpx.BaseTransport") -> "httpx.BaseTransport":
    """Return a transport that sends through another one, and leaves that open at its end.

    The responses that were not read to their end are closed, with their connections.
    """
    import httpx  # noqa: PLC0415  # an optional dependency

    class Kept(httpx.BaseTransport):
        def __init__(self) -> None:
            self._streams: WeakSet[Any] = WeakSet()

        def handle_request(self, request: httpx.Request) -> httpx.Response:
            response = shared.handle_request(request)
            self._streams.add(response.stream)
            return response

        def close(self) -> None:
            for stream in list(self._streams):
                stream.close()

    return Kept()


def _httpx_options(portal: Endpoint) -> dict[str, Any]:
    return {
        "base_url": portal.base_url,
        "headers": portal.headers,
        "verify": _context(portal),
        "trust_env": False,
    }


def requests_session(portal: Endpoint) -> "requests.Session":
    """Return a session that takes paths below the portal's API as well as whole addresses.

    Raises:
        SetupError: requests is not installed.
    """
    try:
        import requests  # noqa: PLC0415  # an optional dependency
    except ImportError:
        raise _missing("requests") from None

    base_url = portal.base_url

    class Session(requests.Session):
        def request(self, method: Any, url: Any, *args: Any, **options: Any) -> requests.Response:
            if isinstance(url, str) and url.startswith("/"):
                url = base_url + url
            return super().request(method, url, *args, **options)

    session = Session()
    session.trust_env = False
    session.headers.update(portal.headers)
    session.verify = str(portal.ca_file)
    shared = portal.connections
    adapter = tls_adapter(_context(portal)) if shared is None else kept_adapter(shared.adapter)
    session.mount("https://", adapter)
    return session


def tls_adapter(context: ssl.SSLContext) -> "HTTPAdapter":
    """Return an adapter of requests whose connections have this context."""
    from requests.adapters import HTTPAdapter  # noqa: PLC0415  # an optional dependency

    class Adapter(HTTPAdapter):
        def init_poolmanager(self, *args: Any, **options: Any) -> None:
            super().init_poolmanager(*args, **options, ssl_context=context)

    return Adapter()


def kept_adapter(shared: "HTTPAdapter") -> "BaseAdapter":
    """Return an adapter that sends through another one, and leaves that open at its end."""
    from requests.adapters import BaseAdapter  # noqa: PLC0415  # an optional dependency

    class Kept(BaseAdapter):
        def send(self, *args: Any, **options: Any) -> "requests.Response":
            return shared.send(*args, **options)

        def close(self) -> None:
            pass

    return Kept()


def _missing(package: str) -> SetupError:
    return SetupError(f"The package {package} is not installed: install it, or use another client.")
