"""Interfaces of this computer: where it is on a link."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Sequence

import ifaddr


def addresses_of(wanted: Sequence[str]) -> tuple[str, ...]:
    """One address a family and interface, sorted: of those named by name or address, else of all but loopback."""
    found = {each for adapter in ifaddr.get_adapters() for each in _of(adapter, frozenset(wanted))}
    return tuple(sorted(found))


def _of(adapter: ifaddr.Adapter, wanted: frozenset[str]) -> Iterator[str]:
    every = [ip.ip if isinstance(ip.ip, str) else ip.ip[0] for ip in adapter.ips]
    named = bool(wanted & {adapter.name, adapter.nice_name})
    chosen = [ip for ip in every if (named or ip in wanted if wanted else not ipaddress.ip_address(ip).is_loopback)]
    yield from (ip for ip in chosen if ":" not in ip)
    # All addresses of IPv6 share the interface's one group; the link-local one is always there.
    yield from sorted((ip for ip in chosen if ":" in ip), key=lambda ip: not ip.lower().startswith("fe80"))[:1]
