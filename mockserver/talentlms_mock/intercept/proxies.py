"""Proxies of the environment or the system: connections to the vendor bypass them.

The functions of `urllib.request` that every client calls are patched. NO_PROXY would also reach
child processes, which nothing intercepts.
"""

from typing import Any

from talentlms_mock.hosts import VENDOR_SUFFIX, host_name
from talentlms_mock.intercept.routes import ROUTES
from talentlms_mock.intercept.sockets import Original


def getproxies(original: Original) -> Original:
    """Return `urllib.request.getproxies` that lists the vendor's names as direct."""

    def getproxies() -> dict[str, str]:
        proxies: dict[str, str] = original()
        direct = proxies.get("no", "")
        if not proxies or direct == "*" or ROUTES.vendor_name(f"any{VENDOR_SUFFIX}") is None:
            return proxies
        return {**proxies, "no": f"{direct},{VENDOR_SUFFIX}" if direct else VENDOR_SUFFIX}

    return getproxies


def bypass(original: Original) -> Original:
    """Return a function that returns whether the system's settings exclude a host from proxies."""

    def bypass(host: str, *arguments: Any) -> Any:
        if ROUTES.vendor_name(host_name(host)) is not None:
            return True
        return original(host, *arguments)

    return bypass


def transport_for_url(original: Original) -> Original:
    """Return the method by which an httpx client chooses one of the transports made with it."""

    def transport_for_url(self: Any, url: Any) -> Any:
        transport = original(self, url)
        if ROUTES.vendor_name(url.host) is None or not _is_proxy(transport):
            return transport
        return self._transport

    return transport_for_url


def _is_proxy(transport: Any) -> bool:
    """Return whether a transport uses a proxy; one that the user made for the name is kept."""
    return type(getattr(transport, "_pool", None)).__name__.endswith("Proxy")
