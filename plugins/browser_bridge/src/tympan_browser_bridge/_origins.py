"""Origins: where a page came from, written as browsers write it (RFC 6454 section 6.2). Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

from tympan.plugin import Member

_PORTS: Final = {"http": 80, "https": 443}


def origin_of(address: str) -> str:
    """The origin of pages at an address; "" when the address is none a browser opens."""
    try:
        parts = urlsplit(address.strip())
        host, port = parts.hostname or "", parts.port
        name = host if ":" in host else host.encode("idna").decode("ascii")
    except ValueError:  # UnicodeError is one
        return ""
    if parts.scheme not in _PORTS or not name:
        return ""
    shown = f"[{name}]" if ":" in name else name
    return f"{parts.scheme}://{shown}" + ("" if port in (None, _PORTS[parts.scheme]) else f":{port}")


def trusted_origins(member: Member | None, settings: Iterable[str]) -> frozenset[str]:
    """Origins of the portal: of the addresses set, else of where this agent reaches its hub; none without a hub."""
    if member is None:
        return frozenset()
    return frozenset(filter(None, map(origin_of, tuple(settings) or (member.address,))))
