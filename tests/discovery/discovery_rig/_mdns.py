"""Multicast DNS by hand: packets of somebody who announces what there may not be, well made or broken on purpose."""

from __future__ import annotations

import random
import socket
import struct
from collections.abc import Iterable, Iterator, Mapping
from ipaddress import IPv4Address

import trio

from discovery_rig._world import Host

PORT = 5353
GROUP = "224.0.0.251"
A, PTR, TXT, SRV, ANY = 1, 12, 16, 33, 255
_RESPONSE = 0x8400
_FLUSH = 0x8001
_LIFE_S = 4500
_AT_ONCE, _PAUSE_S = 8, 0.002
MARKUP = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(2)>',
    "'-alert(3)-'",
    "{{7*7}}${7*7}",
    "\x1b[2J\x1b]0;owned\x07",
    "right\u202eto-left",
    "a\x00b\r\nSet-Cookie: x=1",
    "<svg/onload=fetch('/account')>",
)
"""Names that would do something where they are shown without care."""


def name(*labels: bytes) -> bytes:
    """A name, uncompressed."""
    return b"".join(bytes((len(label),)) + label for label in labels) + b"\0"


def record(owner: bytes, kind: int, data: bytes, *, life_s: int = _LIFE_S) -> bytes:
    """A resource record."""
    where = _FLUSH if kind != PTR else 1
    return owner + struct.pack("!HHIH", kind, where, life_s, len(data)) + data


def message(*records: bytes) -> bytes:
    """An answer nobody asked for."""
    return struct.pack("!6H", 0, _RESPONSE, 0, len(records), 0, 0) + b"".join(records)


def announced(
    instance: str,
    address: IPv4Address,
    *,
    port: int = 631,
    service: bytes = b"_ipp",
    host: bytes = b"liar",
    txt: Mapping[str, str] | None = None,
    life_s: int = _LIFE_S,
) -> tuple[bytes, ...]:
    """The records of one device of one service."""
    kind = (service, b"_tcp", b"local")
    mine = name(instance.encode()[:63], *kind)
    told = {"txtvers": "1", "rp": "ipp/print", "ty": instance, "note": instance, **(txt or {})}
    pairs = b"".join(bytes((len(pair),)) + pair for pair in (f"{k}={v}".encode()[:255] for k, v in told.items()))
    where = name(host, b"local")
    return (
        record(name(*kind), PTR, mine, life_s=life_s),
        record(mine, SRV, struct.pack("!3H", 0, 0, port) + where, life_s=life_s),
        record(mine, TXT, pairs, life_s=life_s),
        record(where, A, address.packed, life_s=life_s),
    )


def crowd(count: int, address: IPv4Address, *, a_packet: int = 8) -> Iterator[bytes]:
    """Packets that announce so many devices, all on one host."""
    for first in range(0, count, a_packet):
        records: list[bytes] = []
        for number in range(first, min(first + a_packet, count)):
            records += announced(f"Fake {number}", address, port=10_000 + number % 50_000, host=b"crowd")
        yield message(*records)


def broken(dice: random.Random, address: IPv4Address) -> Iterator[bytes]:
    """Packets without end, hardly one of them right."""
    while True:
        whole = message(*announced(dice.choice(MARKUP), address, port=dice.randrange(65_536), host=b"broken"))
        yield dice.choice(_WAYS)(dice, whole)


def _cut(dice: random.Random, whole: bytes) -> bytes:
    return whole[: dice.randrange(len(whole))]


def _flipped(dice: random.Random, whole: bytes) -> bytes:
    text = bytearray(whole)
    for _ in range(dice.randint(1, 12)):
        text[dice.randrange(len(text))] = dice.randrange(256)
    return bytes(text)


def _loops(dice: random.Random, whole: bytes) -> bytes:
    """Names that point at themselves, or at one another."""
    at = dice.randrange(12, len(whole))
    back = 0xC000 | dice.choice((at, 12, at + 2))
    return whole[:at] + struct.pack("!H", back & 0xFFFF) + struct.pack("!H", 0xC000 | at) + whole[at:]


def _counts(dice: random.Random, whole: bytes) -> bytes:
    """Says it has more records than it has."""
    return whole[:4] + struct.pack("!4H", *(dice.choice((0, 1, 255, 65_535)) for _ in range(4))) + whole[12:]


def _long(dice: random.Random, whole: bytes) -> bytes:
    """As large as a datagram may be."""
    owner = name(*(bytes((dice.randrange(256),)) * 63 for _ in range(4)))
    return message(*(record(owner, dice.choice((PTR, TXT, SRV, A, ANY)), b"\xff" * 1000) for _ in range(8)))


def _noise(dice: random.Random, whole: bytes) -> bytes:
    return dice.randbytes(dice.randrange(1, 1400))


_WAYS = (_cut, _flipped, _loops, _counts, _long, _noise)


def mouth(host: Host) -> socket.socket:
    """A socket that speaks to everybody on a host's link as mDNS responders do."""

    def made() -> socket.socket:
        here = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        here.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        here.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 255)
        link = struct.pack("4s4si", bytes(4), bytes(4), socket.if_nametoindex("eth0"))
        here.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, link)
        here.bind(("", PORT))
        return here

    return host.namespace.inside(made)


async def shouted(host: Host, datagrams: Iterable[bytes], group: str = GROUP, port: int = PORT) -> None:
    """Sends datagrams to everybody on a host's link, a few at a time so that those who listen get to hear them."""
    with trio.socket.from_stdlib_socket(mouth(host)) as here:
        for number, datagram in enumerate(datagrams):
            await here.sendto(datagram, (group, port))
            if number % _AT_ONCE == 0:
                await trio.sleep(_PAUSE_S)
