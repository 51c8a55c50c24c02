"""Where a device is asked: its URI taken apart, and the IPPS address it offers beside a plain one. Pure."""

from __future__ import annotations

import ipaddress
from typing import Final, Self
from urllib.parse import urlsplit, urlunsplit

import attrs

SCHEMES: Final = {"ipp": (631, False), "ipps": (631, True), "http": (80, False), "https": (443, True)}
"""Default port, and whether TLS is spoken (RFC 3510, RFC 7472, RFC 9110)."""


@attrs.frozen(kw_only=True)
class Address:
    """A device's URI.

    Attributes:
        host: Name or address.
        port: TCP port.
        path: From ``/`` on, with a query.
        secure: Whether TLS is spoken.
    """

    host: str
    port: int
    path: str
    secure: bool

    @classmethod
    def parse(cls, uri: str) -> Self:
        """Takes a URI of one of ``SCHEMES`` apart; raises ``ValueError`` for any other, and for a port that is none."""
        parts = urlsplit(uri)
        if parts.scheme.lower() not in SCHEMES or not parts.hostname or parts.port == 0:
            raise ValueError(f"{uri!r} is no address of an IPP device, such as ipp://printer.example/ipp/print")
        port, secure = SCHEMES[parts.scheme.lower()]
        path = urlunsplit(("", "", parts.path or "/", parts.query, ""))
        return cls(host=parts.hostname, port=parts.port or port, path=path, secure=secure)

    @property
    def uri(self) -> str:
        """As an ``ipp`` or ``ipps`` URI."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'ipps' if self.secure else 'ipp'}://{host}:{self.port}{self.path}"

    @property
    def loopback(self) -> bool:
        """Whether it is this machine."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host.lower() in ("localhost", "localhost.")


def secured(address: Address) -> Address:
    """The same place over TLS, for a device that gave no other: IPPS shares IPP's port (RFC 7472)."""
    return attrs.evolve(address, secure=True)


def offered(address: Address, uris: tuple[str, ...]) -> Address | None:
    """The IPPS address among ``printer-uri-supported`` that serves what the plain ``address`` serves.

    The host stays ours: a device names itself as it likes, and another host in its answer would lead jobs astray.
    """
    found = [parsed for parsed in map(_parsed, uris) if parsed is not None and parsed.secure]
    same = [parsed for parsed in found if parsed.path == address.path]
    chosen = next(iter(same or found), None)
    return attrs.evolve(chosen, host=address.host) if chosen else None


def _parsed(uri: str) -> Address | None:
    try:
        return Address.parse(uri)
    except ValueError:
        return None
