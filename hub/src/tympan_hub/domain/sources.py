"""Where somebody comes from, as tries are counted."""

import ipaddress
from typing import Final

_CHARS: Final = 100
"""Of what is no address: a name that a proxy made up."""

_IPV6_BITS: Final = 64
"""Of an IPv6 address: one machine has all that begin with them, and may come from another with every try."""


def source_key(source: str) -> str:
    """What stands for a network address where tries are counted: of IPv6 its /64, of IPv4 the address."""
    try:
        address = ipaddress.ip_address(source.partition("%")[0])
    except ValueError:
        return source[:_CHARS]
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    mapped = address.ipv4_mapped
    return str(mapped) if mapped else str(ipaddress.ip_network((address, _IPV6_BITS), strict=False))
