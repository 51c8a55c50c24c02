"""This computer's addresses in private networks: where the page may listen, and nowhere else.

- A public address would offer the page to the internet; a link-local one cannot be written into a link.
- What is set is taken only as far as it is an address.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address

import ifaddr

from tympan_release_nearby._limits import ADDRESSES
from tympan_wire.networks import PRIVATE, is_in


def own_addresses() -> tuple[str, ...]:
    """All of them, IPv4 first."""
    found = [ip.ip if ip.is_IPv4 else ip.ip[0] for adapter in ifaddr.get_adapters() for ip in adapter.ips]
    return chosen(
        address for address in map(_address, map(str, found)) if address is not None and is_in(address, PRIVATE)
    )


def set_addresses(texts: Iterable[str]) -> tuple[str, ...]:
    """Those an administrator set."""
    return chosen(address for address in map(_address, texts) if address is not None)


def chosen(addresses: Iterable[IPv4Address | IPv6Address]) -> tuple[str, ...]:
    """As many as are listened on, always in one order."""
    ordered = sorted(set(addresses), key=lambda one: (one.version, int(one)))
    return tuple(str(address) for address in ordered[:ADDRESSES])


def door(address: str, port: int) -> str:
    """Where a phone finds the page."""
    return f"http://[{address}]:{port}" if ":" in address else f"http://{address}:{port}"


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text.strip())
    except ValueError:
        return None
    return None if address.is_unspecified or address.is_multicast or "%" in text else address
