"""A name server on a host: right for the names it knows, and for every other an answer made to hurt, seeded.

After each broken answer it says that there is no such name, so that nobody waits for what was too broken to be taken.
"""

from __future__ import annotations

import random
import socket
import struct
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from ipaddress import IPv4Address
from pathlib import Path

import attrs
import trio

from discovery_rig._mdns import MARKUP, name
from discovery_rig._world import Host

PORT = 53
_A, _CNAME, _AAAA, _ANY = 1, 5, 28, 255
_ANSWER, _TRUNCATED, _NO_SUCH_NAME = 0x8180, 0x8380, 0x8183
_ASKED = b"\xc0\x0c"
"""The name that was asked for, as a pointer."""
_LIFE_S = 60
_DATAGRAM = 65_535
_STEP_S = 2.0
"""For whoever asks by TCP to say what."""
Way = Callable[[random.Random, "Question"], bytes]


@attrs.frozen(kw_only=True)
class Question:
    """What a resolver asks.

    Attributes:
        id: Which answer is the one to it.
        words: Name, type and class, as they are repeated in an answer.
        name: In text.
        kind: The type of record.
        leads: The address that is told to who asks for a name that is not known.
    """

    id: bytes
    words: bytes
    name: str
    kind: int
    leads: IPv4Address

    def answer(self, *records: bytes, flags: int = _ANSWER) -> bytes:
        """A well-made one."""
        return self.id + struct.pack("!5H", flags, 1, len(records), 0, 0) + self.words + b"".join(records)

    def whole(self) -> bytes:
        """One that leads somewhere, by an alias."""
        alias = name(b"alias", b"example")
        return self.answer(_record(_ASKED, _CNAME, alias), _record(alias, _A, self.leads.packed))


def question(request: bytes, leads: IPv4Address) -> Question:
    """Reads what a well-behaved resolver sent."""
    labels, at = [], 12
    while length := request[at]:
        labels.append(request[at + 1 : at + 1 + length].decode())
        at += 1 + length
    (kind,) = struct.unpack_from("!H", request, at + 1)
    return Question(id=request[:2], words=request[12 : at + 5], name=".".join(labels), kind=kind, leads=leads)


@attrs.define(kw_only=True)
class NameServer:
    """What it knows, and what it did.

    Attributes:
        host: Where it is.
        known: Names it answers rightly.
        dice: Picks what is broken, and how.
        broken: Broken answers it gave by UDP.
        by_tcp: Those by TCP, to who was told to come there.
    """

    host: Host
    known: Mapping[str, IPv4Address]
    dice: random.Random
    broken: int = 0
    by_tcp: int = 0

    def answers(self, request: bytes) -> Iterator[bytes]:
        """The datagrams that answer a request."""
        asked = question(request, self.host.address)
        if asked.name in self.known:
            yield asked.answer(*([_record(_ASKED, _A, self.known[asked.name].packed)] * (asked.kind == _A)))
            return
        self.broken += 1
        yield self.dice.choice(_WAYS)(self.dice, asked)
        yield asked.answer(flags=_NO_SUCH_NAME)

    def at_length(self, request: bytes) -> bytes:
        """What is said by TCP, the length before it."""
        self.by_tcp += 1
        asked = question(request, self.host.address)
        said = self.dice.choice((*_WAYS, _very_many))(self.dice, asked)
        return struct.pack("!H", self.dice.choice((len(said), 0, 1, 12, 65_535))) + said


def resolv_conf(folder: Path, server: Host) -> Path:
    """A ``resolv.conf`` that names this server, and waits for it no longer than it has to."""
    made = folder / f"resolv-{server.name}.conf"
    made.write_text(f"nameserver {server.address}\noptions timeout:1 attempts:1\n")
    return made


@asynccontextmanager
async def name_server(host: Host, known: Mapping[str, IPv4Address], *, seed: int) -> AsyncIterator[NameServer]:
    """A name server at a host's port 53, UDP and TCP, until the block ends."""
    server = NameServer(host=host, known=known, dice=random.Random(seed))
    ears = trio.socket.from_stdlib_socket(host.namespace.inside(_ears))
    door = trio.SocketListener(trio.socket.from_stdlib_socket(host.namespace.inside(_door)))
    with ears:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_answer, server, ears)
            nursery.start_soon(trio.serve_listeners, partial(_answer_at_length, server), [door])
            yield server
            nursery.cancel_scope.cancel()


async def _answer(server: NameServer, ears: trio.socket.SocketType) -> None:
    while True:
        request, sender = await ears.recvfrom(_DATAGRAM)
        for datagram in server.answers(request):
            await ears.sendto(datagram, sender)


async def _answer_at_length(server: NameServer, stream: trio.SocketStream) -> None:
    async with stream:
        try:
            with trio.move_on_after(_STEP_S):
                request = await stream.receive_some(_DATAGRAM)
                if len(request) > 14:
                    await stream.send_all(server.at_length(request[2:]))
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            pass


def _ears() -> socket.socket:
    ears = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    ears.bind(("", PORT))
    return ears


def _door() -> socket.socket:
    door = socket.create_server(("", PORT))
    door.setblocking(False)
    return door


def _record(owner: bytes, kind: int, data: bytes) -> bytes:
    return owner + struct.pack("!HHIH", kind, 1, _LIFE_S, len(data) & 0xFFFF) + data


def _cut(dice: random.Random, asked: Question) -> bytes:
    whole = asked.whole()
    return whole[: dice.randrange(len(whole))]


def _flipped(dice: random.Random, asked: Question) -> bytes:
    text = bytearray(asked.whole())
    for _ in range(dice.randint(1, 8)):
        text[dice.randrange(2, len(text))] = dice.randrange(256)
    return bytes(text)


def _loops(dice: random.Random, asked: Question) -> bytes:
    """Names that point at themselves, at one another, or behind the end."""
    at = 12 + len(asked.words)
    to = struct.pack("!H", 0xC000 | dice.choice((at, at + 12, at + 1, 0x3FFF)))
    return asked.answer(_record(to, _CNAME, to), _record(to, asked.kind, asked.leads.packed))


def _counts(dice: random.Random, asked: Question) -> bytes:
    """Says it has more, or fewer, than it has."""
    counts = (dice.choice((0, 1, 2, 255, 65_535)) for _ in range(4))
    return asked.id + struct.pack("!5H", _ANSWER, *counts) + asked.whole()[12:]


def _lengths(dice: random.Random, asked: Question) -> bytes:
    """Addresses too long or too short, or told to be."""
    data = dice.randbytes(dice.randrange(40))
    said = struct.pack("!HHIH", asked.kind, 1, _LIFE_S, dice.choice((len(data), 0, 4, 16, 65_535)))
    return asked.answer(_ASKED + said + data)


def _chain(dice: random.Random, asked: Question) -> bytes:
    """Aliases of aliases, which may lead back to the first."""
    hops = [name(b"hop-%d" % number, b"example") for number in range(dice.randint(2, 40))]
    ends = [*hops, dice.choice((_ASKED, hops[0]))]
    records = [_record(owner, _CNAME, data) for owner, data in zip([_ASKED, *hops], ends, strict=True)]
    return asked.answer(*records)


def _odd_names(dice: random.Random, asked: Question) -> bytes:
    """Aliases that are markup, control characters, no text at all, or too long."""
    label = dice.choice([*(each.encode()[:63] for each in MARKUP), dice.randbytes(63), b"a\0b"])
    alias = name(*[label] * dice.choice((1, 2, 5)), b"example")
    return asked.answer(_record(_ASKED, _CNAME, alias), _record(alias, _A, asked.leads.packed))


def _astray(dice: random.Random, asked: Question) -> bytes:
    """Addresses nobody should be sent to."""
    where = dice.choice(("127.0.0.1", "0.0.0.0", "255.255.255.255", "224.0.0.251", "169.254.169.254"))
    return asked.answer(_record(_ASKED, _A, IPv4Address(where).packed))


def _many(dice: random.Random, asked: Question) -> bytes:
    """More addresses than a host has."""
    return asked.answer(*[_record(_ASKED, _A, bytes((10, 71, 255, number % 250 + 2))) for number in range(200)])


def _very_many(dice: random.Random, asked: Question) -> bytes:
    """As many as an answer holds."""
    size = 16 if asked.kind == _AAAA else 4
    return asked.answer(*[_record(_ASKED, asked.kind, dice.randbytes(size)) for _ in range(2000)])


def _truncated(dice: random.Random, asked: Question) -> bytes:
    """Come by TCP."""
    return asked.answer(flags=_TRUNCATED)


def _stranger(dice: random.Random, asked: Question) -> bytes:
    """Answers what was not asked."""
    return dice.randbytes(2) + attrs.evolve(asked, words=name(b"other", b"example") + b"\0\1\0\1").whole()[2:]


def _odd_codes(dice: random.Random, asked: Question) -> bytes:
    """Any flags and any error, over an answer."""
    return asked.id + dice.randbytes(2) + asked.whole()[4:]


def _odd_kinds(dice: random.Random, asked: Question) -> bytes:
    """Records nobody asked for, of any size."""
    kinds = (dice.choice((_ANY, 2, 6, 12, 33, 39, 41, 46, 250)) for _ in range(4))
    return asked.answer(*(_record(_ASKED, kind, dice.randbytes(dice.randrange(300))) for kind in kinds))


def _noise(dice: random.Random, asked: Question) -> bytes:
    return asked.id + dice.randbytes(dice.randrange(1400))


_WAYS: tuple[Way, ...] = (
    _cut,
    _flipped,
    _loops,
    _counts,
    _lengths,
    _chain,
    _odd_names,
    _astray,
    _many,
    _truncated,
    _stranger,
    _odd_codes,
    _odd_kinds,
    _noise,
)
