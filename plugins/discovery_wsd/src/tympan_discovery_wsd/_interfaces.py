"""This computer's interfaces: where questions are sent from, and who is on their links."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence
from typing import Final

import attrs
import ifaddr

_Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_MOST: Final = 32
"""Interfaces used: a container host has hundreds, and printers on none of them."""


@attrs.frozen(kw_only=True)
class Interface:
    """One.

    Attributes:
        name: Of the system.
        index: Of the system.
        address4: Its first IPv4 address; "" when it has none.
        address6: Its link-local IPv6 address, or else its first; "" when it has none.
        networks: What its link holds.
    """

    name: str
    index: int
    address4: str = ""
    address6: str = ""
    networks: tuple[_Network, ...] = ()

    def zoned(self, address: str) -> str:
        """An address of its link as this computer can use it: a link-local one means nothing without a zone."""
        plain = address.partition("%")[0]
        found = ipaddress.ip_address(plain)
        return f"{plain}%{self.name}" if found.version == 6 and found.is_link_local else plain

    def has(self, address: str) -> bool:
        """Whether an address is on its link."""
        plain, _, zone = address.partition("%")
        found = ipaddress.ip_address(plain)
        if zone and zone not in (self.name, str(self.index)):
            return False
        return any(found.version == network.version and found in network for network in self.networks)


def interfaces(wanted: Sequence[str] = ()) -> tuple[Interface, ...]:
    """Those named by a name or an address of theirs; none named: all but loopback."""
    made = [_interface(adapter) for adapter in ifaddr.get_adapters()]
    usable = [one for one in made if one is not None and _is_wanted(one, wanted)]
    return tuple(sorted(usable, key=lambda one: one.index)[:_MOST])


def _interface(adapter: ifaddr.Adapter) -> Interface | None:
    if adapter.index is None:
        return None
    four = [ip for ip in adapter.ips if ip.is_IPv4]
    six = [ip for ip in adapter.ips if not ip.is_IPv4]
    addresses6 = [str(ip.ip[0]).partition("%")[0] for ip in six]
    local = [address for address in addresses6 if ipaddress.ip_address(address).is_link_local]
    networks = [(str(ip.ip), ip.network_prefix) for ip in four]
    networks += list(zip(addresses6, [ip.network_prefix for ip in six], strict=True))
    return Interface(
        name=adapter.nice_name,
        index=adapter.index,
        address4=next((str(ip.ip) for ip in four), ""),
        address6=next(iter([*local, *addresses6]), ""),
        networks=_networks(networks),
    )


def _networks(found: Iterable[tuple[str, int]]) -> tuple[_Network, ...]:
    return tuple(ipaddress.ip_network(f"{address}/{bits}", strict=False) for address, bits in found)


def _is_wanted(one: Interface, wanted: Sequence[str]) -> bool:
    addresses = {address for address in (one.address4, one.address6) if address}
    if wanted:
        return bool({one.name, *addresses} & set(wanted))
    return any(not ipaddress.ip_address(address).is_loopback for address in addresses)
