"""The gauge: what a broker sends is looked at as it is read, and hung up on where it is none of ours.

- paho asks for as many bytes as a packet claims to have, up to 256 MiB, before anybody else sees it; that a client
  takes less is told to the broker (MQTT 5 section 3.1.2.11.4), and a hostile one need not care.
- Notices have QoS 0. What else paho would keep or answer, it would keep and answer without a bound.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable
from typing import Final

from paho.mqtt.packettypes import PacketTypes

_WELCOME: Final = frozenset(
    {PacketTypes.CONNACK, PacketTypes.PUBLISH, PacketTypes.SUBACK, PacketTypes.PINGRESP, PacketTypes.DISCONNECT}
)
"""Packets that answer something of ours, and notices."""

_QOS_BITS: Final = 0b0110
_LENGTH_BYTES: Final = 4
"""Of the length of a packet, at most (MQTT 5 section 2.1.4)."""


class PacketRefused(OSError):
    """A packet that no broker of ours sends; for paho the connection is lost. Never leaves the session."""


class Gauge:
    """Follows the packets of one connection. Pure.

    Args:
        most: Bytes of a packet behind its fixed header.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._left = 0
        self._length = self._length_bytes = 0
        self._in_header = False

    def took(self, data: bytes) -> None:
        """These bytes were read.

        Raises:
            PacketRefused: With them begins a packet that is too long, or of a kind that is not taken.
        """
        at = 0
        while at < len(data):
            if self._left:
                passed = min(self._left, len(data) - at)
                self._left -= passed
                at += passed
            else:
                self._head(data[at])
                at += 1

    def _head(self, byte: int) -> None:
        if not self._in_header:
            _check_kind(byte)
            self._in_header, self._length, self._length_bytes = True, 0, 0
            return
        self._length += (byte & 0x7F) << (7 * self._length_bytes)
        self._length_bytes += 1
        ends = not byte & 0x80
        if self._length > self._most or (self._length_bytes == _LENGTH_BYTES and not ends):
            raise PacketRefused(f"it sent a packet of more than {self._most} bytes")
        if ends:
            self._in_header, self._left = False, self._length


def _check_kind(byte: int) -> None:
    kind, flags = byte >> 4, byte & 0x0F
    if kind not in _WELCOME:
        raise PacketRefused(f"it sent a packet of kind {kind}, which nobody asked for")
    if kind == PacketTypes.PUBLISH and flags & _QOS_BITS:
        raise PacketRefused("it sent a message that wants an answer, and notices want none")


def gauged(most: int, refused: Callable[[str], None]) -> type[ssl.SSLSocket]:
    """A kind of TLS socket whose reader meets no packet that the gauge refuses; ``refused`` is told why."""

    class GaugedSocket(ssl.SSLSocket):
        """Of one connection."""

        _gauge: Gauge | None = None

        def recv(self, buflen: int = 1024, flags: int = 0) -> bytes:
            """As ever."""
            data = super().recv(buflen, flags)
            self._gauge = self._gauge or Gauge(most)
            try:
                self._gauge.took(data)
            except PacketRefused as error:
                refused(str(error))
                raise
            return data

    return GaugedSocket
