"""The networks this computer is in, so that the hub knows which addresses this agent can look at."""

from __future__ import annotations

import ipaddress

import ifaddr

from tympan_hub_sync._limits import NETWORKS


def networks() -> tuple[str, ...]:
    """CIDRs, the widest first; none of loopback, none that is link-local, no single hosts."""
    found = {_network(str(ip.ip if ip.is_IPv4 else ip.ip[0]), ip.network_prefix) for ip in _addresses()}
    told = [one for one in found if one.num_addresses > 1 and not (one.is_loopback or one.is_link_local)]
    told.sort(key=lambda one: (one.version, one.prefixlen, int(one.network_address)))
    return tuple(str(one) for one in told[:NETWORKS])


def _addresses() -> list[ifaddr.IP]:
    return [ip for adapter in ifaddr.get_adapters() for ip in adapter.ips]


def _network(address: str, bits: int) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    return ipaddress.ip_network(f"{address.partition('%')[0]}/{bits}", strict=False)
