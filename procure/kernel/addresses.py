"""Network addresses, and what counts as one place that somebody comes from."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final

IPV6_PREFIX: Final = 64
"""What one customer is given: each may use 2^64 addresses of their own."""

LONGEST: Final = 64


def address_of(text: str) -> IPv4Address | IPv6Address | None:
    """The address a text names, an IPv4 one also where it comes wrapped as IPv6; None for others."""
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def network_of(address: str) -> str:
    """The network that counts as one client: an IPv4 address, or an IPv6 customer's prefix.

    An IPv4 address already stands for a whole office; its neighbours belong to others.
    """
    found = address_of(address)
    if found is None:
        return address[:LONGEST]
    if isinstance(found, IPv6Address):
        return str(ip_network((found, IPV6_PREFIX), strict=False))
    return str(found)
