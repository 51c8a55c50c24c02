"""A hub that lies: it stands where agents reach theirs, asks the real one, and says what it likes.

- It sees all that a hub sees, since TLS ends at it. What it lies in is the message, never the protocol.
- The stream of notices goes through as it is: notices carry no truth.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Final

import attrs
import h11
import trio
from discovery_rig import Host
from rig import connected, standing_on

from tunnel_rig._doors import GONE, PIECE, pass_on, tls_listener
from tympan_wire.hub import NOTICES_PATH

_HEAD_BYTES: Final = 65_536


@attrs.frozen
class Asked:
    """A request of an agent.

    Attributes:
        by: The host it came from.
        method: Of HTTP.
        path: What is asked for.
        headers: As they came.
        body: All of it.
    """

    by: str
    method: str
    path: str
    headers: list[tuple[bytes, bytes]] = attrs.field(repr=False)
    body: bytes = attrs.field(repr=False)


@attrs.frozen
class Answered:
    """An answer."""

    status: int
    headers: list[tuple[bytes, bytes]] = attrs.field(repr=False)
    body: bytes = attrs.field(repr=False)


Onward = Callable[[Asked], Awaitable[Answered]]
"""Asks the real hub."""
Play = Callable[[Asked, Onward], Awaitable[Answered]]
"""What the hub that lies answers."""


async def honest(asked: Asked, onward: Onward) -> Answered:
    """Says what the real one says."""
    return await onward(asked)


@attrs.define(eq=False)
class Attacker:
    """The hub that lies.

    Attributes:
        play: What it does now.
    """

    _host: Host
    _port: int
    _context: ssl.SSLContext
    _by_address: dict[str, str]
    play: Play = honest

    async def serve(self, near: trio.SocketStream) -> None:
        """One connection."""
        by = self._by_address.get(near.socket.getpeername()[0], "")
        stream = trio.SSLStream(near, self._context, server_side=True, https_compatible=True)
        try:
            await self._answer_all(by, stream)
        except (*GONE, h11.ProtocolError):
            pass
        finally:
            await trio.aclose_forcefully(stream)

    async def _answer_all(self, by: str, stream: trio.abc.Stream) -> None:
        talk = h11.Connection(h11.SERVER, max_incomplete_event_size=_HEAD_BYTES)
        while (asked := await _request(by, talk, stream)) is not None:
            if asked.path.startswith(NOTICES_PATH):
                await self._stream(asked, stream)
                return
            answer = await self.play(asked, self._onward)
            if answer.status == 0:
                return
            await _send(talk, stream, h11.Response(status_code=answer.status, headers=_sized(answer)), answer.body)
            if talk.our_state is not h11.DONE or talk.their_state is not h11.DONE:
                return
            talk.start_next_cycle()

    async def _stream(self, asked: Asked, near: trio.abc.Stream) -> None:
        with standing_on(self._host):
            far = await connected("127.0.0.1", self._port)
        talk = h11.Connection(h11.CLIENT)
        await _send(talk, far, h11.Request(method=asked.method, target=asked.path, headers=asked.headers), b"")
        await pass_on(near, far)

    async def _onward(self, asked: Asked) -> Answered:
        with standing_on(self._host):
            far = await connected("127.0.0.1", self._port)
        async with far:
            talk = h11.Connection(h11.CLIENT)
            await _send(
                talk, far, h11.Request(method=asked.method, target=asked.path, headers=asked.headers), asked.body
            )
            head, body = await _whole(talk, far)
        assert isinstance(head, h11.Response)
        return Answered(head.status_code, [(bytes(name), bytes(value)) for name, value in head.headers], body)


def _sized(answer: Answered) -> list[tuple[bytes, bytes]]:
    """The headers, with the length the answer has now."""
    kept = [each for each in answer.headers if each[0] not in (b"content-length", b"transfer-encoding", b"connection")]
    return [*kept, (b"content-length", str(len(answer.body)).encode())]


async def _request(by: str, talk: h11.Connection, stream: trio.abc.Stream) -> Asked | None:
    head, body = await _whole(talk, stream)
    if not isinstance(head, h11.Request):
        return None
    headers = [(bytes(name), bytes(value)) for name, value in head.headers]
    return Asked(by, head.method.decode(), head.target.decode(), headers, body)


async def _whole(talk: h11.Connection, stream: trio.abc.Stream) -> tuple[h11.Event | None, bytes]:
    head: h11.Event | None = None
    body = bytearray()
    while True:
        event = talk.next_event()
        if event is h11.NEED_DATA:
            if talk.they_are_waiting_for_100_continue:
                await _tell(talk, stream, h11.InformationalResponse(status_code=100, headers=[]))
            talk.receive_data(bytes(await stream.receive_some(PIECE)))
        elif isinstance(event, h11.Request | h11.Response):
            head = event
        elif isinstance(event, h11.Data):
            body += event.data
        elif isinstance(event, h11.EndOfMessage | h11.ConnectionClosed):
            return head, bytes(body)


async def _tell(talk: h11.Connection, stream: trio.abc.Stream, event: h11.Event) -> None:
    await stream.send_all(talk.send(event) or b"")


async def _send(talk: h11.Connection, stream: trio.abc.Stream, head: h11.Event, body: bytes) -> None:
    said = (talk.send(head) or b"") + (talk.send(h11.Data(data=body)) or b"" if body else b"")
    await stream.send_all(said + (talk.send(h11.EndOfMessage()) or b""))


@asynccontextmanager
async def attacked_door(
    host: Host, port: int, context: ssl.SSLContext, hosts: Mapping[str, Host]
) -> AsyncIterator[tuple[str, Attacker]]:
    """A hub that lies before the real one's port; gives its URL and it."""
    made = Attacker(host, port, context, {str(each.address): name for name, each in hosts.items()})
    async with tls_listener(host, made.serve) as url:
        yield url, made
