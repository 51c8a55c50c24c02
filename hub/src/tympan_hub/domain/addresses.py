"""Network addresses: which of them are of the whole internet, and which lead inside."""

import ipaddress
from typing import Final

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")
_OTHERS: Final = tuple(map(ipaddress.ip_network, ("192.0.0.0/24", "192.88.99.0/24", "3fff::/20")))
"""Of IANA's registries of special addresses, what not every Python knows: protocol assignments (RFC 6890), the old
anycast to 6to4 relays (RFC 7526), documentation (RFC 9637)."""


def is_public(address: Address) -> bool:
    """Whether an address is one of the whole internet; addresses within addresses are looked at too."""
    if isinstance(address, ipaddress.IPv6Address):
        if address in _NAT64:
            return is_public(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
        inner = address.ipv4_mapped or address.sixtofour
        if inner is not None:
            return is_public(inner)
        if address.teredo is not None or address.is_site_local:
            return False
    if any(address in each for each in _OTHERS):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved
