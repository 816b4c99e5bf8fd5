"""Network addresses, and what counts as one place that somebody comes from."""

from collections.abc import Iterable
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    collapse_addresses,
    ip_address,
    ip_network,
)
from typing import Final

Network = IPv4Network | IPv6Network

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


PRIVATE: Final = tuple(
    map(
        ip_network,
        (
            *("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"),
            *("100.64.0.0/10", "169.254.0.0/16", "::1/128", "fc00::/7", "fe80::/10"),
        ),
    )
)
"""Networks of one machine or one house (RFC 1918, 6598, 3927, 4193): nobody outside has such an
address. `ip_network.is_private` takes 0.0.0.0/0 for one.
"""

MOST_IPV4: Final = 2**24
"""Addresses of a /8, the largest block that one organisation was ever given."""

MOST_IPV6: Final = 2**96
"""Addresses of a /32, what a whole provider is given."""


def beyond_one_owner(networks: Iterable[Network]) -> tuple[Network, ...]:
    """The networks outside PRIVATE, where together they hold more addresses of their version than one
    organisation has; empty where they do not. What lies in two of them is counted once.
    """
    public = [one for one in networks if not any(_lies_in(one, house) for house in PRIVATE)]
    old = [one for one in public if isinstance(one, IPv4Network)]
    new = [one for one in public if isinstance(one, IPv6Network)]
    return (
        *(old if sum(one.num_addresses for one in collapse_addresses(old)) > MOST_IPV4 else ()),
        *(new if sum(one.num_addresses for one in collapse_addresses(new)) > MOST_IPV6 else ()),
    )


def _lies_in(network: Network, other: Network) -> bool:
    return (
        network.version == other.version
        and network.prefixlen >= other.prefixlen
        and network[0] in other
    )
