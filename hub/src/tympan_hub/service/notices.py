"""Notice streams of agents in this process: who is connected, and what is said to whom.

- A stream has one bounded queue. "Look again" waits in it once at most: saying it twice means no more.
- A reader that is too slow is hung up on; it comes back and looks at everything, so nothing is missed.
- Agents are spread when they come back, the wider the more of them there are: a small office is back at once.
- An agent has few streams; one more ends the oldest, which is likely dead and not known to be.
"""

import asyncio
from collections.abc import AsyncIterator

from tympan_hub.domain.errors import BadInput
from tympan_hub.domain.ids import SERVICE, AgentId, TenantId, new_id
from tympan_hub.domain.limits import NONCE_CHARS, PACE_MOST_S, RETURNS_PER_S, STREAM_LINES, STREAMS_PER_AGENT
from tympan_hub.domain.wakes import EndAgent, LookAgain, SayEcho, Wake
from tympan_hub.ports import Bearer, WakeUps
from tympan_wire.hub import Echo, EchoRequest, Hello, Look, News, Topic, encode


def _line(news: Hello | Look | Echo) -> bytes:
    return encode(news, News) + b"\n"


_LOOK = _line(Look(topic=Topic.DESIRED))


class Stream:
    """One open notice stream; iterate its lines."""

    __slots__ = ("_lines", "_look_waits", "bearer", "id")

    def __init__(self, bearer: Bearer, pace_s: int) -> None:
        self.id = new_id()
        self.bearer = bearer
        self._look_waits = False
        self._lines: asyncio.Queue[bytes | None] = asyncio.Queue(STREAM_LINES)
        self._lines.put_nowait(_line(Hello(stream=self.id, pace_s=pace_s)))

    def look(self) -> None:
        """Says "look again", unless that waits to be read already."""
        if not self._look_waits:
            self._look_waits = True
            self.say(_LOOK)

    def say(self, line: bytes) -> None:
        """Lets a line follow, or hangs up when the reader is too slow."""
        try:
            self._lines.put_nowait(line)
        except asyncio.QueueFull:
            self.end()

    def end(self) -> None:
        """Hangs up; lines that wait are not sent any more."""
        while not self._lines.empty():
            self._lines.get_nowait()
        self._lines.put_nowait(None)

    async def lines(self) -> AsyncIterator[bytes]:
        """Its lines, until somebody hangs up."""
        while (line := await self._lines.get()) is not None:
            if line is _LOOK:
                self._look_waits = False
            yield line


class NoticeService:
    """All streams of this process."""

    def __init__(self, wakeups: WakeUps) -> None:
        self._streams: dict[TenantId, dict[AgentId, list[Stream]]] = {}
        self._open = self._most = 0
        self._closed = False
        self._wakeups = wakeups
        wakeups.listen(self._heard)

    def open(self, bearer: Bearer) -> Stream:
        """Opens a stream for an agent; it must be given to `close` in the end."""
        stream = Stream(bearer, min(self._most // RETURNS_PER_S, PACE_MOST_S))
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
                for stream in self._of(tenant) if wake.agent is None else self._of_agent(tenant, wake.agent):
                    stream.look()
            case SayEcho():
                for stream in self._of_agent(tenant, wake.agent):
                    if stream.id == wake.stream:
                        stream.say(_line(Echo(nonce=wake.nonce)))
            case EndAgent():
                for stream in self._of_agent(tenant, wake.agent):
                    self._forget(stream)
                    stream.end()

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
