"""The addresses that the control API gives: those by which its client reaches the server."""

from collections.abc import Mapping

from starlette.requests import Request

from talentlms_mock.api.operation import PREFIX as API
from talentlms_mock.control import PREFIX
from talentlms_mock.control.parsing import host_of
from talentlms_mock.hosts import domain_of
from talentlms_mock.portal.portal import Portal


def origins(request: Request) -> tuple[str, str]:
    """Return where the client of a request reaches the API, and where the control API.

    Both are scheme and host, without a slash at the end. They are the server's public address if it
    has one, else those by which the client asked. The API is served over HTTPS, so that a client
    that asked over plain HTTP gets the HTTPS port that the server itself listens on.
    """
    address = host_of(request).address
    if address.public_url is not None:
        return address.public_url, address.public_url
    host = request.headers["host"]
    here = f"{request.url.scheme}://{host}"
    if request.url.scheme == "https":
        return here, here
    name = host[: host.index("]") + 1] if host.startswith("[") else host.partition(":")[0]
    return f"https://{name}:{address.https_port}", here


def addresses_of(portal: Portal, request: Request) -> Mapping[str, str]:
    """Return the addresses of a portal in the API, the control API and the console."""
    api, control = origins(request)
    scheme, _, host = api.partition("://")
    if domain_of(host) is not None:  # the name of some portal
        api = f"{scheme}://{portal.domain}.{host.partition('.')[2]}"
    return {
        "base_url": f"{api}{API}",
        "control_url": f"{control}{PREFIX}/portals/{portal.domain}",
        "console_url": f"{control}{PREFIX}/console/portals/{portal.domain}",
    }
