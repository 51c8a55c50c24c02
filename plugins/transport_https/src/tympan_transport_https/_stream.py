"""``NoticeSource``: one stream of notices, kept open for as long as the agent belongs to a hub.

- Alive means: an echo asked for beside the stream came back on it. A connection that only looks open is broken.
- Whoever listens hears "look at everything" when a stream opens, and an end when it breaks.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from typing import TypeVar

import attrs
import trio

from tympan.plugin import Notice, TympanError
from tympan_net.http_client import NetError
from tympan_transport_https._errors import AgentRevoked, HubAway, HubGarbled, NotSignedIn, StreamSilent
from tympan_transport_https._limits import HELLO_S, LINE_BYTES, LISTENERS, PENDING, REVOKED_S
from tympan_transport_https._link import HttpsLink
from tympan_transport_https._membership import HubMembership, Standing
from tympan_transport_https._model import LinkSettings
from tympan_transport_https._rules import understood
from tympan_wire.hub import Echo, EchoRequest, Hello, Look, News, Operation, Topic, encode

_E = TypeVar("_E", bound=BaseException)


@attrs.define(eq=False)
class _Stream:
    """An open stream: its name once the hub said hello, the echo it is proved by, and those somebody asked for."""

    name: str = ""
    open: trio.Event = attrs.field(factory=trio.Event)
    nonce: str = ""
    echoed: trio.Event = attrs.field(factory=trio.Event)
    asked: dict[str, trio.Event] = attrs.field(factory=dict)


class NoticeStream:
    """Notices of the hub. Owns: the stream, in ``run``."""

    def __init__(self, membership: HubMembership, link: HttpsLink) -> None:
        self._membership = membership
        self._link = link
        self._settings = LinkSettings()
        self._was_open = False
        self._stream = _Stream()
        self._listeners: set[trio.MemorySendChannel[Notice]] = set()

    @property
    def is_open(self) -> bool:
        """Whether the hub said hello on it, and it did not break since."""
        return self._was_open

    async def round_trip(self, within_s: float) -> float | None:
        """Seconds the hub's echo took on the open stream; None where none is open, or none came back in time.

        Raises:
            HubError: The hub does not take the question.
        """
        stream, nonce, echoed = self._stream, secrets.token_hex(8), trio.Event()
        if not self._was_open:
            return None
        stream.asked[nonce] = echoed
        began = trio.current_time()
        try:
            await self._link.at_once(Operation.ECHO, encode(EchoRequest(stream=stream.name, nonce=nonce)))
            with trio.move_on_after(within_s):
                await echoed.wait()
        finally:
            stream.asked.pop(nonce, None)
        return trio.current_time() - began if echoed.is_set() else None

    async def notices(self) -> AsyncIterator[Notice]:
        """Notices until cancelled; ends when the stream breaks."""
        send, receive = trio.open_memory_channel[Notice](PENDING)
        if len(self._listeners) >= LISTENERS:
            raise TympanError(f"{LISTENERS} listen to the hub already", next_step="Look for a leak.")
        self._listeners.add(send)
        try:
            async for notice in receive:
                yield notice
        finally:
            self._listeners.discard(send)

    async def run(self, settings: LinkSettings) -> None:
        """Keeps a stream open while there is a hub, until cancelled."""
        self._settings = settings
        while True:
            if self._membership.member is None:
                await self._membership.wait_changed()
                continue
            await self._once(self._membership.standing)
            self._end()

    async def _once(self, standing: Standing) -> None:
        await self._link.pace.until_due()
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._leave_with, standing, nursery.cancel_scope)
                await self._listen(standing)
                nursery.cancel_scope.cancel()
        except* AgentRevoked as group:
            self._link.revoked(standing, _first(group, AgentRevoked))
            await self._rest_while_revoked(standing)
        except* HubAway as group:
            self._link.failed(_first(group, HubAway))

    async def _leave_with(self, standing: Standing, scope: trio.CancelScope) -> None:
        while self._membership.holds(standing):
            await self._membership.wait_changed()
        scope.cancel()

    async def _rest_while_revoked(self, standing: Standing) -> None:
        with trio.move_on_after(REVOKED_S):
            while self._membership.holds(standing):
                await self._membership.wait_changed()

    async def _listen(self, standing: Standing) -> None:
        token = await standing.tokens.get()
        try:
            async with standing.calls.stream(standing.enrolment.address, token) as http:
                stream = self._stream = _Stream()
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(self._prove, stream)
                    async for line in _lines(http.pieces):
                        self._hear(stream, line)
                    raise HubAway("the hub ended the stream of notices")
        except* NotSignedIn:
            standing.tokens.drop(token)
            raise

    async def _prove(self, stream: _Stream) -> None:
        settings = self._settings
        with trio.move_on_after(HELLO_S):
            await stream.open.wait()
        if not stream.open.is_set():
            raise StreamSilent(HELLO_S)
        while True:
            await trio.sleep(settings.echo_interval_s)
            stream.nonce, stream.echoed = secrets.token_hex(8), trio.Event()
            request = encode(EchoRequest(stream=stream.name, nonce=stream.nonce))
            await self._link.request(Operation.ECHO, request)
            with trio.move_on_after(settings.echo_wait_s):
                await stream.echoed.wait()
            if not stream.echoed.is_set():
                raise StreamSilent(settings.echo_wait_s)

    def _hear(self, stream: _Stream, line: bytes) -> None:
        news: News = understood(News, line)  # type: ignore[arg-type]  # a union is no class, and cattrs takes it
        if isinstance(news, Hello):
            stream.name = news.stream
            self._link.pace.well()
            self._link.pace.asked(news.pace_s)
            self._membership.trouble("")
            stream.open.set()
            self._was_open = True
            self._tell(Topic.DESIRED)
        elif isinstance(news, Echo) and news.nonce == stream.nonce:
            stream.echoed.set()
        elif isinstance(news, Echo) and news.nonce in stream.asked:
            stream.asked[news.nonce].set()
        elif isinstance(news, Look):
            self._tell(news.topic)

    def _tell(self, topic: str) -> None:
        for listener in self._listeners:
            try:
                listener.send_nowait(Notice(topic=topic))
            except trio.WouldBlock:
                continue  # what waits says already: look again

    def _end(self) -> None:
        if self._was_open:
            self._was_open = False
            for listener in self._listeners:
                listener.close()
            self._listeners.clear()


async def _lines(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    rest = b""
    try:
        async for piece in pieces:
            *whole, rest = (rest + piece).split(b"\n")
            for line in whole:
                if line.strip():
                    yield line
            if len(rest) > LINE_BYTES:
                raise HubGarbled(f"a line of more than {LINE_BYTES} bytes")
    except NetError as error:
        raise HubAway(str(error).rstrip(".")) from error


def _first(group: BaseExceptionGroup[BaseException], kind: type[_E]) -> _E:
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    if not isinstance(error, kind):
        raise TypeError(f"{error!r} is no {kind.__name__}")
    return error
