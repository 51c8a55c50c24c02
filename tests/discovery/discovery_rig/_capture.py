"""A capture: every UDP packet that comes into a bridge from any of its ports, once each, with who sent it."""

from __future__ import annotations

import ctypes
import socket
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import cast

import attrs
import trio

from discovery_rig._namespaces import Namespace

_ALL = 0x0003
_OUTGOING = 4
_UDP = 17
_V6, _V4, _VLAN_NONE = 0x86DD, 0x0800, 14
_FRAME = 65_536
_NOTES = 256
_BUFFER = 32 << 20
"""A sweep of 500 devices that 20 agents hear is some ten thousand packets at once."""
_PACKET_TYPE = 0xFFFFF000 + 4
_ONLY_UDP = (
    (0x20, 0, 0, _PACKET_TYPE),  # what a port sends is what another has brought
    (0x15, 8, 0, _OUTGOING),
    (0x28, 0, 0, 12),  # EtherType
    (0x15, 0, 2, _V4),
    (0x30, 0, 0, _VLAN_NONE + 9),  # IPv4's protocol
    (0x15, 3, 4, _UDP),
    (0x15, 0, 3, _V6),
    (0x30, 0, 0, _VLAN_NONE + 6),  # IPv6's next header
    (0x15, 0, 1, _UDP),
    (0x06, 0, 0, 0xFFFFFFFF),
    (0x06, 0, 0, 0),
)
"""Sorted by the kernel (classic BPF: code, jump if true, jump if false, number): what is printed and read meanwhile by
TCP is a hundred times as much, and would take the room.
"""


@attrs.frozen(kw_only=True)
class Packet:
    """A UDP packet.

    Attributes:
        at: When the kernel saw it, on the clock of `time.time`: whoever reads may be late.
        port: The bridge's port it came in by, so who sent it.
        size: Bytes of the frame.
        source: Its UDP port of origin.
        target: Its UDP port of destination.
        payload: What the UDP packet says.
    """

    at: float
    port: str
    size: int
    source: int
    target: int
    payload: bytes = attrs.field(repr=False)

    def of(self, number: int) -> bool:
        """Whether it goes to or comes from a UDP port."""
        return number in (self.source, self.target)


@attrs.define
class Capture:
    """What was captured so far.

    Attributes:
        packets: In order.
        lost: Frames the kernel had no room for.
    """

    packets: list[Packet] = attrs.field(factory=list)
    lost: int = 0

    def udp(self, number: int, *, since: float = 0.0, ports: frozenset[str] = frozenset()) -> list[Packet]:
        """Packets to or from a UDP port, from these ports of the bridge (all of them if none is named)."""
        return [one for one in self.packets if one.of(number) and one.at >= since and (not ports or one.port in ports)]


@asynccontextmanager
async def capture(router: Namespace, wanted: Callable[[Packet], bool] = lambda _: True) -> AsyncIterator[Capture]:
    """Captures on all ports of all bridges until the block ends."""
    raw = router.inside(_opened)
    taken = Capture()
    with trio.socket.from_stdlib_socket(raw) as ears:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_listen, ears, taken, wanted)
            try:
                yield taken
            finally:
                nursery.cancel_scope.cancel()


def _opened() -> socket.socket:
    made = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ALL))
    made.setsockopt(socket.SOL_SOCKET, 33, _BUFFER)  # SO_RCVBUFFORCE
    made.setsockopt(socket.SOL_SOCKET, 35, 1)  # SO_TIMESTAMPNS
    lines = b"".join(struct.pack("HBBI", *line) for line in _ONLY_UDP)
    program = ctypes.create_string_buffer(lines)
    told = struct.pack("HP", len(_ONLY_UDP), ctypes.addressof(program))
    made.setsockopt(socket.SOL_SOCKET, 26, told)  # SO_ATTACH_FILTER
    return made


async def _listen(ears: trio.socket.SocketType, taken: Capture, wanted: Callable[[Packet], bool]) -> None:
    while True:
        frame, notes, _, sender = await ears.recvmsg(_FRAME, _NOTES)
        port, _, kind, *_ = cast("tuple[str, int, int, int, bytes]", sender)
        if kind != _OUTGOING and port.startswith("p"):
            packet = _read(frame, port, _moment(notes[0][2]))
            if wanted(packet):
                taken.packets.append(packet)
        dropped = struct.unpack("II", ears.getsockopt(263, 6, 8))[1]  # SOL_PACKET, PACKET_STATISTICS; reads and clears
        taken.lost += dropped


def _moment(stamp: bytes) -> float:
    seconds, nanoseconds = struct.unpack("qq", stamp[:16])
    return float(seconds + nanoseconds / 1e9)


def _read(frame: bytes, port: str, at: float) -> Packet:
    kind = int.from_bytes(frame[12:14], "big")
    ip = frame[_VLAN_NONE:]
    if kind == _V4 and len(ip) > 20 and ip[9] == _UDP:
        udp = ip[(ip[0] & 15) * 4 :]
    elif kind == _V6 and len(ip) > 40 and ip[6] == _UDP:
        udp = ip[40:]
    else:
        udp = b""
    source, target = (int.from_bytes(udp[at : at + 2], "big") for at in (0, 2))
    return Packet(
        at=at, port=port, size=len(frame), source=source, target=target, payload=udp[8:]
    )  # fmt: skip
