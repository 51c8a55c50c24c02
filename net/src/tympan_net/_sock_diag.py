"""Asks the Linux kernel for one TCP socket and its owner (sock_diag(7)): some ten microseconds, however many there are.

The tables in /proc/net say the same, but the kernel writes them whole: milliseconds each on a busy machine.
"""

import ipaddress
import socket
import struct
import sys
from typing import Final

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

_HEADER: Final = struct.Struct("=IHHII")
"""Length, type, flags, sequence, port of a netlink message (netlink(7))."""
_ASK: Final = struct.Struct("=BBBBI")
"""Family, protocol, extensions, padding, states of ``inet_diag_req_v2``; the socket's id follows."""
_PORTS: Final = struct.Struct(">HH")
_ANY_DEVICE_NO_COOKIE: Final = struct.pack("=I8s", 0, b"\xff" * 8)
_STATE: Final = struct.Struct("=BBBB")
_OWNER: Final = struct.Struct("=II")
"""User id and inode at ``_OWNER_AT``."""
_PORTS_AT: Final = _HEADER.size + _STATE.size
_OWNER_AT: Final = _PORTS_AT + 48 + 12
"""Behind the id of 48 bytes, and timer and queue lengths."""
_NETLINK_SOCK_DIAG: Final = 4
_SOCK_DIAG_BY_FAMILY: Final = 20
_REQUEST: Final = 1
_ANSWER_BYTES: Final = 8192
_WAIT_S: Final = 1.0
"""The kernel answers within the call that asks; this only guards against one that does not."""


def owner_of(near: tuple[IPAddress, int], far: tuple[IPAddress, int]) -> int | None:
    """The uid owning the socket at `near` connected to `far`; None when the kernel names none, or cannot be asked.

    A listening socket on the same port, and one that no process holds (inode 0), are nobody's connection.
    """
    if sys.platform != "linux":
        return None
    try:
        answer = _asked(_request(near, far))
    except OSError:
        return None
    if len(answer) < _OWNER_AT + _OWNER.size or _HEADER.unpack_from(answer)[1] != _SOCK_DIAG_BY_FAMILY:
        return None
    uid, inode = _OWNER.unpack_from(answer, _OWNER_AT)
    same = _PORTS.unpack_from(answer, _PORTS_AT) == (near[1], far[1])
    return int(uid) if same and inode else None


def _request(near: tuple[IPAddress, int], far: tuple[IPAddress, int]) -> bytes:
    family = socket.AF_INET if near[0].version == 4 else socket.AF_INET6
    body = b"".join(
        (
            _ASK.pack(family, socket.IPPROTO_TCP, 0, 0, 0xFFFFFFFF),
            _PORTS.pack(near[1], far[1]),
            near[0].packed.ljust(16, b"\0"),
            far[0].packed.ljust(16, b"\0"),
            _ANY_DEVICE_NO_COOKIE,
        )
    )
    return _HEADER.pack(_HEADER.size + len(body), _SOCK_DIAG_BY_FAMILY, _REQUEST, 1, 0) + body


def _asked(request: bytes) -> bytes:
    if sys.platform != "linux":
        return b""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETLINK_SOCK_DIAG) as kernel:
        kernel.settimeout(_WAIT_S)
        kernel.sendto(request, (0, 0))
        return kernel.recv(_ANSWER_BYTES)
