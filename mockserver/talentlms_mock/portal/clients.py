"""Ready clients of a portal, where the package that makes them is installed.

None of them reads the environment: a proxy or an authority named there is meant for the real
world, and the portal is on this machine.
"""

import ssl
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import rich  # noqa: F401  # of httpx, and it asks for the directory, which blocks an event loop

from talentlms_mock.errors import SetupError

if TYPE_CHECKING:
    import httpx
    import requests


class Endpoint(Protocol):
    """Where a portal answers, and what a client must send and trust."""

    @property
    def base_url(self) -> str: ...
    @property
    def headers(self) -> dict[str, str]: ...
    @property
    def ca_file(self) -> Path: ...
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


def _httpx_options(portal: Endpoint) -> dict[str, Any]:
    return {
        "base_url": portal.base_url,
        "headers": portal.headers,
        "verify": portal.ssl_context(),
        "trust_env": False,
    }


def requests_session(portal: Endpoint) -> "requests.Session":
    """Return a session that takes paths below the portal's API as well as whole addresses.

    Raises:
        SetupError: requests is not installed.
    """
    try:
        import requests  # noqa: PLC0415  # an optional dependency
        from requests.adapters import HTTPAdapter  # noqa: PLC0415  # an optional dependency
    except ImportError:
        raise _missing("requests") from None

    base_url = portal.base_url
    context = portal.ssl_context()

    class Adapter(HTTPAdapter):
        def init_poolmanager(self, *args: Any, **options: Any) -> None:
            super().init_poolmanager(*args, **options, ssl_context=context)

    class Session(requests.Session):
        def request(self, method: Any, url: Any, *args: Any, **options: Any) -> requests.Response:
            if isinstance(url, str) and url.startswith("/"):
                url = base_url + url
            return super().request(method, url, *args, **options)

    session = Session()
    session.trust_env = False
    session.headers.update(portal.headers)
    session.verify = str(portal.ca_file)
    session.mount("https://", Adapter())
    return session


def _missing(package: str) -> SetupError:
    return SetupError(f"The package {package} is not installed: install it, or use another client.")
