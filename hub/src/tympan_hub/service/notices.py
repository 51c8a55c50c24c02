"""Notice streams of agents in this process: who is connected, and what is said to whom.

- A line goes out at once where the reader's connection has room, without waking a task: thousands are one loop.
  Otherwise it waits in the stream's bounded queue; "look again" waits there once at most: twice means no more.
- What concerns thousands is said in slices, so that the first of them has heard it before the last one's turn, and
  others are served in between.
- A reader that is too slow is hung up on; it comes back and looks at everything, so nothing is missed.
- Agents are spread when they come back, the wider the more of them there are: a small office is back at once.
- An agent has few streams; one more ends the oldest, which is likely dead and not known to be.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from itertools import islice

from tympan_hub.domain.errors import BadInput
from tympan_hub.domain.ids import SERVICE, AgentId, TenantId, new_id
from tympan_hub.domain.limits.notices import (
    NONCE_CHARS,
    PACE_MOST_S,
    RETURNS_PER_S,
    STREAM_LINES,
    STREAMS_AT_ONCE,
    STREAMS_PER_AGENT,
)
from tympan_hub.domain.wakes import (
    EndAgent,
    LookAgain,
    LookAtKeys,
    LookAtReleases,
    LookAtShares,
    LookAtTunnel,
    LookAtUpdates,
    SayEcho,
    Wake,
)
from tympan_hub.ports import Bearer, WakeUps
from tympan_wire.hub import Echo, EchoRequest, Hello, Look, News, Topic, encode

Write = Callable[[bytes], bool]
"""Sends a line now, or tells that there is no room for it: then nothing of it is sent."""


def _no_room(_: bytes) -> bool:
    return False


def _line(news: Hello | Look | Echo) -> bytes:
    return encode(news, News) + b"\n"


_LOOK = _line(Look(topic=Topic.DESIRED))
_LOOK_AT_RELEASES = _line(Look(topic=Topic.RELEASES))
_LOOK_AT_KEYS = _line(Look(topic=Topic.KEYS))
_LOOK_AT_SHARES = _line(Look(topic=Topic.SHARES))
_LOOK_AT_TUNNEL = _line(Look(topic=Topic.TUNNEL))
_LOOK_AT_UPDATES = _line(Look(topic=Topic.UPDATES))


class Stream:
    """One open notice stream; iterate those of its lines that could not go out at once."""

    __slots__ = ("_behind", "_lines", "_waits", "_write", "bearer", "id")

    def __init__(self, bearer: Bearer, pace_s: int, write: Write) -> None:
        self.id = new_id()
        self.bearer = bearer
        self._write = write
        self._behind = True
        self._waits: set[bytes] = set()
        self._lines: asyncio.Queue[bytes | None] = asyncio.Queue(STREAM_LINES)
        self._lines.put_nowait(_line(Hello(stream=self.id, pace_s=pace_s)))

    def look(self, line: bytes = _LOOK) -> None:
        """Says "look again", unless that waits to be read already."""
        if line not in self._waits and not self.say(line):
            self._waits.add(line)

    def say(self, line: bytes) -> bool:
        """Lets a line follow, and tells whether it is gone already; hangs up when the reader is too slow."""
        if not self._behind and self._write(line):
            return True
        self._behind = True
        try:
            self._lines.put_nowait(line)
        except asyncio.QueueFull:
            self.end()
        return False

    def end(self) -> None:
        """Hangs up; lines that wait are not sent any more."""
        self._behind = True
        while not self._lines.empty():
            self._lines.get_nowait()
        self._lines.put_nowait(None)

    async def lines(self) -> AsyncIterator[bytes]:
        """What waits, until somebody hangs up; none may go out at once before all that waits is sent."""
        while (line := await self._next()) is not None:
            self._waits.discard(line)
            yield line

    async def _next(self) -> bytes | None:
        self._behind = not self._lines.empty()
        return await self._lines.get()


class NoticeService:
    """All streams of this process."""

    def __init__(self, wakeups: WakeUps) -> None:
        self._streams: dict[TenantId, dict[AgentId, list[Stream]]] = {}
        self._open = self._most = 0
        self._closed = False
        self._wakeups = wakeups
        wakeups.listen(self._heard)

    def open(self, bearer: Bearer, write: Write = _no_room) -> Stream:
        """Opens a stream for an agent; it must be given to `close` in the end."""
        stream = Stream(bearer, min(self._most // RETURNS_PER_S, PACE_MOST_S), write)
        if self._closed:
            stream.end()
            return stream
        self._open += 1
        self._most = max(self._most, self._open)
        mine = self._streams.setdefault(bearer.tenant, {}).setdefault(bearer.agent, [])
        mine.append(stream)
        for oldest in mine[:-STREAMS_PER_AGENT]:
            self._forget(oldest)
            oldest.end()
        return stream

    def close(self, stream: Stream) -> None:
        """Forgets a stream whose reader is gone."""
        self._forget(stream)

    def agents(self, tenant: TenantId) -> frozenset[AgentId]:
        """Who has a stream open in this process."""
        return frozenset(self._streams.get(tenant, ()))

    def tenants(self) -> frozenset[TenantId]:
        """Whose agents have streams open in this process."""
        return frozenset(self._streams)

    @property
    def count(self) -> int:
        """How many streams are open here."""
        return self._open

    async def echo(self, bearer: Bearer, request: EchoRequest) -> None:
        """Says a nonce on a stream of this agent, in whichever process it is."""
        if len(request.nonce) > NONCE_CHARS:
            raise BadInput(f"a nonce has at most {NONCE_CHARS} characters")
        await self._wakeups.send(bearer.tenant, SayEcho(agent=bearer.agent, stream=request.stream, nonce=request.nonce))

    def end_all(self) -> None:
        """Hangs up on everybody and takes nobody any more: the hub is stopping."""
        self._closed = True
        for stream in self._of(SERVICE):
            stream.end()

    def _heard(self, tenant: TenantId, wake: Wake) -> None:
        match wake:
            case LookAgain():
                _look(iter(self._of(tenant) if wake.agent is None else self._of_agent(tenant, wake.agent)))
            case LookAtReleases():
                self._look_at(tenant, wake.agents, _LOOK_AT_RELEASES)
            case LookAtTunnel():
                self._look_at(tenant, wake.agents, _LOOK_AT_TUNNEL)
            case LookAtKeys():
                _look(iter(self._of(tenant)), _LOOK_AT_KEYS)
            case LookAtShares():
                streams = self._of(tenant) if wake.agent is None else self._of_agent(tenant, wake.agent)
                _look(iter(streams), _LOOK_AT_SHARES)
            case LookAtUpdates():
                _look(iter(self._of(tenant)), _LOOK_AT_UPDATES)
            case SayEcho():
                for stream in self._of_agent(tenant, wake.agent):
                    if stream.id == wake.stream:
                        stream.say(_line(Echo(nonce=wake.nonce)))
            case EndAgent():
                for stream in self._of_agent(tenant, wake.agent):
                    self._forget(stream)
                    stream.end()

    def _look_at(self, tenant: TenantId, agents: tuple[AgentId, ...], line: bytes) -> None:
        for agent in agents:
            for stream in self._of_agent(tenant, agent):
                stream.look(line)

    def _of(self, tenant: TenantId) -> list[Stream]:
        agents = [self._streams.get(tenant, {})] if tenant != SERVICE else list(self._streams.values())
        return [stream for each in agents for streams in each.values() for stream in streams]

    def _of_agent(self, tenant: TenantId, agent: AgentId) -> list[Stream]:
        return list(self._streams.get(tenant, {}).get(agent, ()))

    def _forget(self, stream: Stream) -> None:
        agents = self._streams.get(stream.bearer.tenant, {})
        known = agents.get(stream.bearer.agent, [])
        left = [other for other in known if other is not stream]
        self._open -= len(known) - len(left)
        if left:
            agents[stream.bearer.agent][:] = left
        else:
            agents.pop(stream.bearer.agent, None)
            if not agents:
                self._streams.pop(stream.bearer.tenant, None)


def _look(streams: Iterator[Stream], line: bytes = _LOOK) -> None:
    """Says "look again" on some, and on the rest as soon as others had their turn."""
    for stream in (some := tuple(islice(streams, STREAMS_AT_ONCE))):
        stream.look(line)
    if len(some) == STREAMS_AT_ONCE:
        asyncio.get_running_loop().call_soon(_look, streams, line)
