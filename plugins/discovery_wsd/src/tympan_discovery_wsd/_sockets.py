"""UDP sockets of one interface: one from a port of its own for questions, one on 3702 for who comes and goes.

Port 3702 is shared with whatever else listens there. Questions leave by their interface and go no further than its
link.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import sys
from collections.abc import Iterator
from socket import AddressFamily
from typing import Final

import attrs
import trio

from tympan_discovery_wsd._interfaces import Interface

PORT: Final = 3702
GROUP4: Final = "239.255.255.250"
GROUP6: Final = "ff02::c"
_IP_MULTICAST_ALL: Final = 49
"""linux/in.h: 0 keeps away what other programs joined on other interfaces."""
_WAITING_BYTES: Final = 1 << 20
"""Kept by the system until it is read: some hundred answers that come at once."""


@attrs.frozen(kw_only=True, eq=False)
class Ear:
    """A socket that is read.

    Attributes:
        interface: Whose.
        socket: To read.
        family: IPv4 or IPv6.
        asks: Whether questions go out here.
    """

    interface: Interface
    socket: trio.socket.SocketType
    family: AddressFamily
    asks: bool

    async def ask(self, packet: bytes) -> None:
        """Sends a question to the link.

        Raises:
            OSError: It cannot.
        """
        if self.family is socket.AF_INET:
            await self.socket.sendto(packet, (GROUP4, PORT))
        else:
            await self.socket.sendto(packet, (GROUP6, PORT, 0, self.interface.index))


def ears(interface: Interface, problems: list[str]) -> Iterator[Ear]:
    """Sockets of an interface; what cannot be opened is named in ``problems``."""
    kinds = []
    if interface.address4:
        kinds += [(socket.AF_INET, True), (socket.AF_INET, False)]
    if interface.address6 and socket.has_ipv6:
        kinds += [(socket.AF_INET6, True), (socket.AF_INET6, False)]
    for family, asks in kinds:
        try:
            yield Ear(interface=interface, socket=_opened(interface, family, asks=asks), family=family, asks=asks)
        except OSError as error:
            version = 4 if family is socket.AF_INET else 6
            problems.append(f"{interface.name}, IPv{version}: {error.strerror or error}")


def _opened(interface: Interface, family: AddressFamily, *, asks: bool) -> trio.socket.SocketType:
    plain = socket.socket(family, socket.SOCK_DGRAM)
    with contextlib.ExitStack() as undo:
        undo.callback(plain.close)
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _WAITING_BYTES)
        if family is socket.AF_INET:
            _set_up4(plain, interface, asks=asks)
        else:
            _set_up6(plain, interface, asks=asks)
        undo.pop_all()
    return trio.socket.from_stdlib_socket(plain)


def _set_up4(plain: socket.socket, interface: Interface, *, asks: bool) -> None:
    own = socket.inet_aton(interface.address4)
    if asks:
        plain.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, own)
        plain.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 1)
        plain.bind((interface.address4, 0))
        return
    _share(plain)
    plain.bind(("" if sys.platform == "win32" else GROUP4, PORT))
    if sys.platform == "linux":
        plain.setsockopt(socket.IPPROTO_IP, _IP_MULTICAST_ALL, 0)
    plain.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton(GROUP4) + own)


def _set_up6(plain: socket.socket, interface: Interface, *, asks: bool) -> None:
    plain.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    if asks:
        plain.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, interface.index)
        plain.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 1)
        plain.bind((interface.address6, 0, 0, interface.index))
        return
    _share(plain)
    plain.bind(("::" if sys.platform == "win32" else GROUP6, PORT, 0, interface.index))
    group = socket.inet_pton(socket.AF_INET6, GROUP6) + struct.pack("@I", interface.index)
    plain.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, group)


def _share(plain: socket.socket) -> None:
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if hasattr(socket, "SO_REUSEPORT"):
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
