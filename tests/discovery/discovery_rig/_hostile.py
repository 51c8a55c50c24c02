"""Hostile devices: HTTP servers that never end, lead astray or crawl, and WS-Discovery answers made to hurt."""

from __future__ import annotations

import itertools
import random
import socket
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial

import attrs
import trio

from discovery_rig._responder import envelope
from discovery_rig._world import Host

_GONE = (trio.BrokenResourceError, trio.ClosedResourceError, OSError)
_BLOCK = b"x" * 65_536
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/ipp\r\n"
_PIECE = 65_536
_ASKS = (b"POST ", b"GET ")
_HOLDS_S = 300.0
"""Longer than anybody should hold out."""
Way = Callable[[trio.SocketStream], Awaitable[None]]


async def endless_body(stream: trio.SocketStream) -> None:
    """An answer without end."""
    await stream.send_all(_HEAD + b"Connection: close\r\n\r\n\x02\x00\x00\x00\x00\x00\x00\x01\x01")
    while True:
        await stream.send_all(_BLOCK)


async def endless_head(stream: trio.SocketStream) -> None:
    """Headers without end."""
    await stream.send_all(_HEAD)
    for number in itertools.count():
        await stream.send_all(b"X-%d: %s\r\n" % (number, b"y" * 200))


async def byte_a_second(stream: trio.SocketStream) -> None:
    """One byte, then another a second later."""
    for byte in _HEAD * 1000:
        await stream.send_all(bytes((byte,)))
        await trio.sleep(1)


async def says_nothing(stream: trio.SocketStream) -> None:
    """Takes all, answers nothing."""
    await trio.sleep_forever()


async def hangs_up(stream: trio.SocketStream) -> None:
    """Takes the request, and ends."""


async def noise(stream: trio.SocketStream) -> None:
    """Neither HTTP nor TLS."""
    await stream.send_all(random.Random(4).randbytes(5000))


def redirects(to: str) -> Way:
    """Leads elsewhere."""

    async def answer(stream: trio.SocketStream) -> None:
        await stream.send_all(b"HTTP/1.1 307 Look there\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n" % to.encode())

    return answer


WAYS: tuple[Way, ...] = (endless_body, endless_head, byte_a_second, says_nothing, hangs_up, noise)


@attrs.define
class Asked:
    """What came to each port.

    Attributes:
        by_port: Connections.
        requests: Those that asked something by HTTP, so whoever asked met the way.
        held: Those that held out for as long as `_HOLDS_S`.
    """

    by_port: Counter[int] = attrs.field(factory=Counter)
    requests: Counter[int] = attrs.field(factory=Counter)
    held: Counter[int] = attrs.field(factory=Counter)


@asynccontextmanager
async def hostile(host: Host, ways: dict[int, Way]) -> AsyncIterator[Asked]:
    """A host that has these ways at these TCP ports."""
    asked = Asked()
    async with trio.open_nursery() as nursery:
        for port, way in ways.items():
            listener = trio.SocketListener(trio.socket.from_stdlib_socket(host.namespace.inside(partial(_door, port))))
            nursery.start_soon(trio.serve_listeners, partial(_serve, asked, port, way), [listener])
        try:
            yield asked
        finally:
            nursery.cancel_scope.cancel()


async def _serve(asked: Asked, port: int, way: Way, stream: trio.SocketStream) -> None:
    asked.by_port[port] += 1
    async with stream:
        try:
            asked.requests[port] += (await stream.receive_some(_PIECE)).startswith(_ASKS)
            with trio.move_on_after(_HOLDS_S) as holds:
                await _until_gone(stream, way)
            asked.held[port] += holds.cancelled_caught
        except* _GONE:
            pass


async def _until_gone(stream: trio.SocketStream, way: Way) -> None:
    """Goes the way to its end, or until whoever asked has gone."""
    async with trio.open_nursery() as nursery:

        async def gone() -> None:
            while await stream.receive_some(_PIECE):
                pass
            nursery.cancel_scope.cancel()

        nursery.start_soon(gone)
        await way(stream)
        nursery.cancel_scope.cancel()


def _door(port: int) -> socket.socket:
    made = socket.create_server(("", port))
    made.setblocking(False)
    return made


_BOMB = (
    '<!DOCTYPE lolz [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(10))
    + "]>"
)
_OUTSIDE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


def breaks(dice: random.Random, request: bytes, usual: bytes) -> list[bytes]:
    """What is sent in place of a well-made message; another way each time."""
    return dice.choice(_ANSWERS)(dice, request, usual)


def _bomb(dice: random.Random, request: bytes, usual: bytes) -> list[bytes]:
    return [_with_entity(usual, _BOMB, "&k;")]


def _outside(dice: random.Random, request: bytes, usual: bytes) -> list[bytes]:
    return [_with_entity(usual, _OUTSIDE, "&a;")]


def _with_entity(usual: bytes, doctype: str, entity: str) -> bytes:
    head, _, rest = usual.decode().partition("?>")
    return f"{head}?>{doctype}{rest.replace('<d:XAddrs>', f'<d:XAddrs>{entity} ')}".encode()


def _deep(dice: random.Random, request: bytes, usual: bytes) -> list[bytes]:
    return [envelope("x", "<d:a>" * 4000 + "</d:a>" * 4000, to="x")]


def _cut(dice: random.Random, request: bytes, usual: bytes) -> list[bytes]:
    return [usual[: dice.randrange(len(usual))]]


def _flipped(dice: random.Random, request: bytes, usual: bytes) -> list[bytes]:
    text = bytearray(usual)
    for _ in range(dice.randint(1, 20)):
        text[dice.randrange(len(text))] = dice.randrange(256)
    return [bytes(text)]


def _many(dice: random.Random, request: bytes, usual: bytes) -> list[bytes]:
    """One device, answered again and again."""
    return [usual] * 50


def _wide(dice: random.Random, request: bytes, usual: bytes) -> list[bytes]:
    """Addresses without end."""
    return [usual.replace(b"<d:XAddrs>", b"<d:XAddrs>" + b"http://10.9.9.9/ " * 2000)]


def _noise(dice: random.Random, request: bytes, usual: bytes) -> list[bytes]:
    return [dice.randbytes(dice.randrange(1, 1400))]


_ANSWERS = (_bomb, _outside, _deep, _cut, _flipped, _wide, _noise, _many)
