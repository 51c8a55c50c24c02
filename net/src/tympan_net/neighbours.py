"""Hardware addresses of hosts on this computer's links: what the operating system knows of them anyway.

On Linux the kernel's table is read over netlink (rtnetlink(7)); elsewhere nothing is known.
"""

from __future__ import annotations

import ipaddress
import socket
import struct
import sys
from collections.abc import Iterator, Sequence
from typing import Final

import trio

__all__ = ["mac_of"]

_HEADER: Final = struct.Struct("=IHHII")
"""Length, type, flags, sequence, port of a netlink message."""
_NEIGHBOUR: Final = struct.Struct("=BxxxiHBB")
"""Family, interface, state, flags, type of ``ndmsg``."""
_ATTRIBUTE: Final = struct.Struct("=HH")
_GET_NEIGHBOURS: Final = 30
_NEW_NEIGHBOUR: Final = 28
_DONE: Final = 3
_DUMP: Final = 0x301
"""A request for all of them."""
_ADDRESS, _LINK_ADDRESS = 1, 2
_ANSWER_BYTES: Final = 1 << 16
_ANSWERS: Final = 256
"""Datagrams of one table: 16 MiB, more neighbours than any link has."""
_WAIT_S: Final = 1.0
"""The kernel answers within the call that asks; this only guards against one that does not."""
_MAC_OCTETS: Final = 6


async def mac_of(addresses: Sequence[str]) -> str:
    """The hardware address of the first of these IP addresses that has one, ``00:11:22:aa:bb:cc``; "" when not known.

    Asks nobody on the network: only who was spoken to lately is known.
    """
    asked = (ipaddress.ip_address(address.partition("%")[0]) for address in addresses)
    wanted = [address.packed for address in asked if not address.is_loopback]  # which is on no link
    if sys.platform != "linux" or not wanted:
        return ""
    table = await trio.to_thread.run_sync(_table)
    return next((table[address] for address in wanted if address in table), "")


def _table() -> dict[bytes, str]:
    try:
        return dict(_neighbours())
    except OSError:
        return {}


def _neighbours() -> Iterator[tuple[bytes, str]]:
    if sys.platform != "linux":
        return
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as kernel:
        kernel.settimeout(_WAIT_S)
        body = _NEIGHBOUR.pack(socket.AF_UNSPEC, 0, 0, 0, 0)
        kernel.sendto(_HEADER.pack(_HEADER.size + len(body), _GET_NEIGHBOURS, _DUMP, 1, 0) + body, (0, 0))
        for _ in range(_ANSWERS):
            for kind, message in _messages(kernel.recv(_ANSWER_BYTES)):
                if kind == _DONE:
                    return
                found = _entry(message) if kind == _NEW_NEIGHBOUR else None
                if found is not None:
                    yield found


def _messages(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + _HEADER.size <= len(data):
        length, kind, *_ = _HEADER.unpack_from(data, at)
        if length < _HEADER.size:
            return
        yield kind, data[at + _HEADER.size : at + length]
        at += length + 3 & ~3


def _entry(message: bytes) -> tuple[bytes, str] | None:
    attributes: dict[int, bytes] = {}
    at = _NEIGHBOUR.size
    while at + _ATTRIBUTE.size <= len(message):
        length, kind = _ATTRIBUTE.unpack_from(message, at)
        if length < _ATTRIBUTE.size:
            break
        attributes[kind] = message[at + _ATTRIBUTE.size : at + length]
        at += length + 3 & ~3
    mac = attributes.get(_LINK_ADDRESS, b"")
    if _ADDRESS not in attributes or len(mac) != _MAC_OCTETS or not any(mac):
        return None
    return attributes[_ADDRESS], mac.hex(":")
