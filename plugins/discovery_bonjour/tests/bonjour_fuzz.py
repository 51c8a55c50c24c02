"""What strangers may send, seeded: ``python bonjour_fuzz.py SEED PACKETS FAKES`` in a network of its own, on loopback.

Sends packets to a discoverer that listens, half of them malformed, then announcements of fake devices at one address,
and at last one real device. Prints what became of the discoverer as JSON.
"""

from __future__ import annotations

import json
import random
import socket
import struct
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import trio
from bonjour_stage import QUICK, discovering, street, until

from tympan_discovery_bonjour._announcement import ServiceType

GROUP = ("224.0.0.251", 5353)
PTR, TXT, AAAA, SRV, NSEC, A = 12, 16, 28, 33, 47, 1
TYPES = [one.value for one in ServiceType]


def name(*labels: bytes) -> bytes:
    return b"".join(bytes((len(label) & 0xFF,)) + label[:255] for label in labels) + b"\0"


def record(owner: bytes, kind: int, data: bytes, *, ttl: int = 4500, unique: bool = False) -> bytes:
    return owner + struct.pack(">HHIH", kind, 0x8001 if unique else 1, ttl & 0xFFFFFFFF, len(data) & 0xFFFF) + data


def response(*records: bytes, counts: tuple[int, int, int, int] | None = None, flags: int = 0x8400) -> bytes:
    return struct.pack(">HHHHHH", 0, flags, *(counts or (0, len(records), 0, 0))) + b"".join(records)


def device(number: int, kind: str = "_ipp._tcp", ttl: int = 4500, mark: str = "fake") -> bytes:
    service = tuple(part.encode() for part in kind.split("."))
    type_ = name(*service, b"local")
    instance = f"{mark} {number} <script>".encode()[:63]
    full = name(instance, *service, b"local")
    host = name(f"{mark}{number}".encode(), b"local")
    txt = b"".join(bytes((len(pair),)) + pair for pair in (b"rp=ipp/print", b"ty=Fake\x1b[2J", b"note=</td>"))
    return response(
        record(type_, PTR, full, ttl=ttl),
        record(full, SRV, struct.pack(">HHH", 0, 0, 9) + host, ttl=ttl, unique=True),
        record(full, TXT, txt, ttl=ttl, unique=True),
        record(host, A, socket.inet_aton("127.0.0.1"), ttl=ttl, unique=True),
    )


def malformed(chance: random.Random) -> bytes:
    """One packet that no device would send."""
    kind = chance.choice(TYPES)
    service = tuple(part.encode() for part in kind.split("."))
    type_, whole = name(*service, b"local"), bytearray(device(chance.randrange(50), kind, mark="odd"))
    match chance.randrange(12):
        case 0:
            return chance.randbytes(chance.randrange(0, 9000))
        case 1:
            for _ in range(chance.randrange(1, 20)):
                whole[chance.randrange(len(whole))] = chance.randrange(256)
            return bytes(whole)
        case 2:
            return bytes(whole[: chance.randrange(len(whole))])
        case 3:  # a name that points at itself
            return response(b"\xc0\x0c" + struct.pack(">HHIH", PTR, 1, 1, 2) + b"\xc0\x0c")
        case 4:  # counts that lie
            return response(bytes(whole[12:]), counts=(0, 65535, 65535, 65535))
        case 5:  # labels that are no text
            odd = name(chance.randbytes(chance.randrange(1, 63)), *service, b"local")
            return response(
                record(type_, PTR, odd), record(odd, SRV, struct.pack(">HHH", 0, 0, 1) + name(b"h", b"local"))
            )
        case 6:  # many labels
            return response(record(type_, PTR, name(*[b"x"] * chance.randrange(1, 200), *service, b"local")))
        case 7:  # times to live
            return device(chance.randrange(50), kind, ttl=chance.choice((0, 1, 2**31 - 1, 2**32 - 1)), mark="ttl")
        case 8:  # TXT of any size and shape
            full = name(b"txt", *service, b"local")
            return response(record(type_, PTR, full), record(full, TXT, chance.randbytes(chance.randrange(8000))))
        case 9:  # ports and hosts
            full = name(f"port {chance.randrange(50)}".encode(), *service, b"local")
            target = chance.choice((b"\0", name(b""), name(b"a" * 63, b"b" * 63, b"c" * 63, b"d" * 60)))
            data = struct.pack(">HHH", 0, 0, chance.choice((0, 1, 65535))) + target
            return response(record(type_, PTR, full), record(full, SRV, data))
        case 10:  # questions, truncated or with many known answers
            question = type_ + struct.pack(">HH", PTR, chance.choice((1, 0x8001)))
            return struct.pack(">HHHHHH", 0, chance.choice((0, 0x0200)), 1, 0, 0, 0) + question * chance.randrange(1, 5)
        case _:  # addresses of the wrong length, an NSEC of nothing
            host = name(b"h", b"local")
            kind_ = chance.choice((A, AAAA, NSEC, SRV, PTR))
            return response(record(host, kind_, chance.randbytes(chance.randrange(0, 40))))


def packets(seed: int, count: int) -> Iterator[bytes]:
    chance = random.Random(seed)
    for number in range(count):
        yield malformed(chance) if number % 2 else device(chance.randrange(200), chance.choice(TYPES), mark="known")


async def send(every: Iterator[bytes]) -> int:
    """Sends them in the pace of a listener: a burst, then a breath."""
    sent = 0
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        out.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("127.0.0.1"))
        out.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        out.bind(("127.0.0.1", 5353))
        for packet in every:
            out.sendto(packet, GROUP)
            sent += 1
            if sent % 20 == 0:
                await trio.sleep(0.004)
    return sent


def resident_mib() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 >> 20


async def main(seed: int, count: int, fakes: int) -> dict[str, Any]:
    async with street() as here, discovering(attrs.evolve(QUICK, sweep_s=3.0)) as bonjour:
        with trio.fail_after(30):
            while bonjour.standing.swept_at is None:
                await bonjour.wait_changed()
                await bonjour.sightings()
        before = resident_mib()
        sent = await send(packets(seed, count))
        sent += await send(device(number) for number in range(fakes))
        await here.announce(here.info("_ipp._tcp", "Real", host="real", address="127.0.0.2"))
        (real,) = await until(bonjour, lambda seen: bool(seen), here)
        seen = await bonjour.sightings()
        unclean = [one for one in seen if not one.description.make_and_model.isprintable()]
        return {
            "sent": sent,
            "in_view": len(seen),
            "dropped": bonjour.standing.dropped,
            "real": real.host,
            "unclean": len(unclean),
            "grown_mib": resident_mib() - before,
        }


if __name__ == "__main__":
    SEED, PACKETS, FAKES = map(int, sys.argv[1:])
    print(json.dumps(trio.run(main, SEED, PACKETS, FAKES)))
