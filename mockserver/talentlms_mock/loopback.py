"""Which addresses lead nowhere but to this machine."""

from ipaddress import ip_address


def is_loopback(host: str) -> bool:
    """Return whether `host`, an address or a name, leads nowhere but to this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
