"""What the pages need to know of their server."""

from dataclasses import dataclass

from talentlms_mock.portal.portals import Portals


@dataclass(frozen=True)
class PagesSettings:
    """What the pages need to know of their server.

    Args:
        portals: whose pages they are.
        allow_http: show them over plain HTTP too.
        behind_tls_proxy: believe `X-Forwarded-Proto` of a client on the loopback address.
        console: the path of the console; "" where there is none.
    """

    portals: Portals
    allow_http: bool = False
    behind_tls_proxy: bool = False
    console: str = ""
