"""Networks whose addresses mean something near by alone: the same for the hub and for agents. Pure."""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from typing import Final

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


def _networks(*texts: str) -> tuple[Network, ...]:
    return tuple(map(ip_network, texts))


PRIVATE: Final = _networks("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")
"""Of offices and homes: RFC 1918, RFC 6598 (shared by providers and their customers) and RFC 4193 (unique local)."""

LINK_LOCAL: Final = _networks("169.254.0.0/16", "fe80::/10")
"""Of one link: RFC 3927 and RFC 4291."""

LOOPBACK: Final = _networks("127.0.0.0/8", "::1/128")
"""The computer itself."""

INSIDE: Final = (*PRIVATE, *LINK_LOCAL, *LOOPBACK)
"""All of these: no packet to one of them goes out into the internet."""


def is_in(address: Address, networks: Iterable[Network]) -> bool:
    """Whether an address lies in one of some networks; one of IPv6 that stands for one of IPv4 lies in none."""
    return any(address.version == network.version and address in network for network in networks)
