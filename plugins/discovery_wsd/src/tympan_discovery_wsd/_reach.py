"""Where metadata is asked for. Pure.

A device gives addresses; a liar gives those of others. So that nobody makes this computer call somebody else, only
hosts that spoke for the device themselves are called: an address that names another host is asked at its port and path
on the host that spoke. A name is no address, and never looked up.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence
from typing import Final
from urllib.parse import urlsplit

from tympan_discovery_wsd._limits import ADDRESSES_TRIED

_LOW_PORTS: Final = frozenset({80, 443, 631})
"""Below 1024 only where HTTP is at home: other services there are not spoken to by a device's leave."""
_LAST_LOW_PORT: Final = 1023
_PATH_CHARS: Final = 500


def places(addresses: Iterable[str], spoke: Sequence[str]) -> tuple[str, ...]:
    """URLs to ask, best first.

    Args:
        addresses: As the device gave them, best first.
        spoke: Hosts that spoke for it, with their zones, the one to prefer first.
    """
    own = {_plain(host): host for host in spoke}
    found: list[str] = []
    for address in addresses:
        parts = _parts(address)
        if parts is None or not spoke:
            continue
        scheme, host, port, path = parts
        found.append(f"{scheme}://{bracketed(own.get(host, spoke[0]))}:{port}{path}")
    return tuple(dict.fromkeys(found))[:ADDRESSES_TRIED]


def hosts(addresses: Iterable[str]) -> frozenset[str]:
    """Addresses of hosts in what a device gave."""
    read = [_parts(address) for address in addresses]
    return frozenset(parts[1] for parts in read if parts is not None and parts[1])


def bracketed(host: str) -> str:
    """A host as it stands in a URL."""
    return f"[{host}]" if ":" in host else host


def _parts(address: str) -> tuple[str, str, int, str] | None:
    """Scheme, host ("" for a name), port and path; None for what is asked nowhere."""
    try:
        parts = urlsplit(address)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        host = parts.hostname or ""
    except ValueError:
        return None
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if parts.scheme not in ("http", "https") or not host or "@" in parts.netloc:
        return None
    if (port <= _LAST_LOW_PORT and port not in _LOW_PORTS) or len(path) > _PATH_CHARS:
        return None
    if not path.isascii() or not path.isprintable() or " " in path:
        return None
    return parts.scheme, _literal(host), port, path


def _literal(host: str) -> str:
    try:
        return str(ipaddress.ip_address(_plain(host)))
    except ValueError:
        return ""


def _plain(host: str) -> str:
    return host.partition("%")[0]
