"""Where a printer URI leads: host, port, TLS or not, and how it is named in messages."""

from typing import Final, Self
from urllib.parse import urlsplit

import attrs

_SCHEMES: Final = {"ipp": (631, False), "ipps": (631, True), "http": (80, False), "https": (443, True)}
"""Default port and TLS from the first byte, or not (RFC 8010 section 4, RFC 7472)."""


@attrs.frozen(kw_only=True)
class Endpoint:
    """The target of one URI.

    Attributes:
        host: name or address, IPv6 without brackets; a link-local one with its zone, which is for this machine alone.
        port: TCP port.
        secure: TLS from the first byte.
        path: the request target, beginning with "/".
        printer_uri: for IPP's printer-uri, always of scheme ipp or ipps.
    """

    host: str
    port: int
    secure: bool
    path: str
    printer_uri: str

    @classmethod
    def parse(cls, uri: str) -> Self:
        """Reads an ipp, ipps, http or https URI; credentials in it are dropped.

        Raises:
            ValueError: another scheme, no host, or a bad port.
        """
        parts = urlsplit(uri)
        known = _SCHEMES.get(parts.scheme.lower())
        if known is None or not parts.hostname:
            raise ValueError(f"not a printer URI: {uri!r}; it reads like ipp://host/ipp/print")
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        if not path.isascii() or not path.isprintable() or " " in path:
            raise ValueError(f"not a printer URI: {uri!r}; its path holds a character that must be percent-encoded")
        default, secure = known
        host = parts.hostname.replace("%25", "%", 1)  # the zone of an IPv6 address (RFC 6874)
        port = default if parts.port is None else parts.port
        shown = "" if port == _SCHEMES["ipp"][0] else f":{port}"
        printer_uri = f"{'ipps' if secure else 'ipp'}://{_bracketed(without_zone(host))}{shown}{path}"
        return cls(host=host, port=port, secure=secure, path=path, printer_uri=printer_uri)

    @property
    def authority(self) -> str:
        """For the Host header (RFC 9110 section 7.2); the port is HTTP's, so 631 is spelt out."""
        usual = 443 if self.secure else 80
        return _bracketed(without_zone(self.host)) + ("" if self.port == usual else f":{self.port}")


def authority(host: str, port: int) -> str:
    """Host and port as people know them from URIs: an IPv6 address in brackets."""
    return f"{_bracketed(host)}:{port}"


def without_zone(host: str) -> str:
    """A host as the other side knows it: the zone of a link-local address says nothing there (RFC 4007 section 11)."""
    return host.partition("%")[0] if ":" in host else host


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
