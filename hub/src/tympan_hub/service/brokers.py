"""Notices through a broker: the second way, for agents that go it; and their pings, answered on it.

- What the hub says is said once, by the process in which it happened; what is lost costs time, never truth.
- A ping is answered where the topic says who pings, if that agent is known and not revoked; so a path that carries
  nothing, or a hub that hears nothing, is found out by the agent, and a revoked one is alone.
- What concerns a whole tenant goes to all its agents, one page of them after the other, and waits once at most.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from typing import Final

import attrs

from tympan_hub.domain.agents import AgentFilter
from tympan_hub.domain.brokers import BrokerPlace, look_topic, ping_topic, pinging
from tympan_hub.domain.errors import HubError
from tympan_hub.domain.ids import SERVICE, AgentId, TenantId
from tympan_hub.domain.limits.brokers import BROKER_ARRIVALS, KNOWN_AGENTS, KNOWN_S, PINGS, PINGS_AT_ONCE, PINGS_S
from tympan_hub.domain.limits.notices import NONCE_CHARS
from tympan_hub.domain.wakes import (
    EndAgent,
    LookAgain,
    LookAtKeys,
    LookAtReleases,
    LookAtShares,
    LookAtTunnel,
    LookAtUpdates,
    Wake,
)
from tympan_hub.ports import Bearer, Clock, Secrets, Units, WakeUps
from tympan_hub.ports.publisher import Publisher
from tympan_hub.ports.wakeups import Heard
from tympan_wire.hub import Broker, Echo, EchoRequest, HubMessageError, Look, News, Topic, decode, encode

_log: Final = logging.getLogger("tympan_hub")
_LOOK: Final = encode(Look(topic=Topic.DESIRED), News)
_LOOK_AT_RELEASES: Final = encode(Look(topic=Topic.RELEASES), News)
_LOOK_AT_KEYS: Final = encode(Look(topic=Topic.KEYS), News)
_LOOK_AT_SHARES: Final = encode(Look(topic=Topic.SHARES), News)
_LOOK_AT_UPDATES: Final = encode(Look(topic=Topic.UPDATES), News)
_LOOK_AT_TUNNEL: Final = encode(Look(topic=Topic.TUNNEL), News)
_PAGE: Final = 500
"""Agents read at once to be told something: a few milliseconds of the database."""


@attrs.define(kw_only=True, eq=False)
class _Known:
    """An agent at the broker: until when it is believed to be welcome, and how often it pinged of late."""

    welcome: bool
    until: float
    counted_from: float = 0.0
    pings: int = 0


@attrs.define(kw_only=True, eq=False)
class _Asked:
    """An agent that is looked up: what its pings want to hear, and whether it was revoked meanwhile."""

    nonces: list[str]
    ended: bool = False


class BrokerService:
    """What the hub says and hears at its broker.

    Args:
        units: Storage.
        clock: The time.
        secrets: Whose authority the broker's certificate is of, where nobody else's is named.
        publisher: The way there; None where there is no broker.
        place: Where it is, for agents; None where there is none.
    """

    def __init__(
        self, units: Units, clock: Clock, secrets: Secrets, publisher: Publisher | None, place: BrokerPlace | None
    ) -> None:
        self._units = units
        self._clock = clock
        self._secrets = secrets
        self._publisher = publisher
        self._place = place
        self._authority = ""
        self._ended: list[Callable[[], None]] = []
        self._known: dict[AgentId, _Known] = {}
        self._asked: dict[AgentId, _Asked] = {}
        self._telling: set[tuple[TenantId, bytes]] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._looking = asyncio.Semaphore(PINGS_AT_ONCE)
        if publisher is not None:
            publisher.listen(self._arrived)

    async def of(self, bearer: Bearer) -> Broker:
        """Where an agent can hear notices too."""
        if self._place is None:
            return Broker()
        self._authority = self._authority or self._place.authority or self._secrets.authority(self._clock.now())
        return Broker(
            host=self._place.host,
            port=self._place.port,
            authority=self._authority,
            look=look_topic(bearer.agent),
            ping=ping_topic(bearer.agent),
        )

    def on_end(self, ended: Callable[[], None]) -> None:
        """Lets somebody hear when an agent was revoked, by whichever process; or when such a word may be lost."""
        self._ended.append(ended)

    def heard(self, tenant: TenantId, wake: Wake) -> None:
        """What is told to all processes: a revoked agent is answered no more."""
        if isinstance(wake, EndAgent):
            self._known.pop(wake.agent, None)
            if (asked := self._asked.get(wake.agent)) is not None:
                asked.ended = True  # it may have been read before it was revoked
        if isinstance(wake, EndAgent) or (isinstance(wake, LookAgain) and tenant == SERVICE):
            for ended in self._ended:
                ended()

    def tell(self, tenant: TenantId, wake: Wake) -> None:
        """Says at the broker what this process tells all others."""
        if self._publisher is None:
            return
        match wake:
            case LookAtReleases() | LookAtTunnel():
                line = _LOOK_AT_TUNNEL if isinstance(wake, LookAtTunnel) else _LOOK_AT_RELEASES
                for agent in wake.agents:
                    self._publisher.publish(look_topic(agent), line)
            case LookAgain(agent=None):
                self._tell_everybody(self._publisher, tenant, _LOOK)
            case LookAtKeys():
                self._tell_everybody(self._publisher, tenant, _LOOK_AT_KEYS)
            case LookAtUpdates():
                self._tell_everybody(self._publisher, tenant, _LOOK_AT_UPDATES)
            case LookAtShares(agent=None):
                self._tell_everybody(self._publisher, tenant, _LOOK_AT_SHARES)
            case LookAtShares(agent=str(agent)):
                self._publisher.publish(look_topic(AgentId(agent)), _LOOK_AT_SHARES)
            case LookAgain(agent=str(agent)):
                self._publisher.publish(look_topic(AgentId(agent)), _LOOK)

    def _tell_everybody(self, publisher: Publisher, tenant: TenantId, line: bytes) -> None:
        if (tenant, line) not in self._telling:
            self._telling.add((tenant, line))
            self._start(self._tell_all(publisher, tenant, line))

    async def _tell_all(self, publisher: Publisher, tenant: TenantId, line: bytes) -> None:
        await asyncio.sleep(0)  # whoever says the same meanwhile is heard with it
        self._telling.discard((tenant, line))
        async with self._units.reading() as unit:
            tenants = [each.id for each in await unit.directory.tenants()] if tenant == SERVICE else [tenant]
        for each in tenants:
            wanted, after = AgentFilter(revoked=False, limit=_PAGE), None
            while True:
                async with self._units.reading() as unit:
                    found = await unit.agents.following(each, wanted, after)
                for agent in found:
                    publisher.publish(look_topic(agent.id), line)
                if len(found) < _PAGE:
                    break
                after = (found[-1].name, found[-1].id)

    def _arrived(self, topic: str, payload: bytes) -> None:
        agent, nonce = pinging(topic), _nonce(payload)
        if agent is None or not nonce:
            return
        known, now = self._known.get(agent), time.monotonic()
        if known is not None and known.until > now:
            self._answer(agent, known, nonce, now)
        elif (asked := self._asked.get(agent)) is not None:
            if len(asked.nonces) < PINGS:
                asked.nonces.append(nonce)
        elif len(self._asked) < BROKER_ARRIVALS:
            self._asked[agent] = _Asked(nonces=[nonce])
            self._start(self._look_up(agent))

    async def _look_up(self, agent: AgentId) -> None:
        """Once for all pings of an agent that come meanwhile: a slow database and a flood hold no more than those."""
        try:
            async with self._looking:
                welcome = await self._welcome(agent)
        finally:
            asked = self._asked.pop(agent)
        if asked.ended:
            return
        now = time.monotonic()
        if len(self._known) >= KNOWN_AGENTS:
            self._known.clear()
        before = self._known.get(agent)
        known = _Known(welcome=welcome, until=now + KNOWN_S)
        if before is not None:
            known.counted_from, known.pings = before.counted_from, before.pings
        self._known[agent] = known
        for nonce in asked.nonces:
            self._answer(agent, known, nonce, now)

    async def _welcome(self, agent: AgentId) -> bool:
        async with self._units.reading() as unit:
            tenant = await unit.directory.of_agent(agent)
            known = None if tenant is None else await unit.agents.get(tenant, agent)
        return known is not None and known.revoked_at is None

    def _answer(self, agent: AgentId, known: _Known, nonce: str, now: float) -> None:
        if now - known.counted_from > PINGS_S:
            known.counted_from, known.pings = now, 0
        known.pings += 1
        if self._publisher is not None and known.welcome and known.pings <= PINGS:
            self._publisher.publish(look_topic(agent), encode(Echo(nonce=nonce), News))

    def _start(self, doing: Coroutine[object, object, None]) -> None:
        task = asyncio.create_task(_quietly(doing))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


class BrokeredWakeUps:
    """``WakeUps`` that also reach agents through the broker."""

    def __init__(self, wakeups: WakeUps, brokers: BrokerService) -> None:
        self._wakeups = wakeups
        self._brokers = brokers
        wakeups.listen(brokers.heard)

    async def send(self, tenant: TenantId, wake: Wake) -> None:
        """As the port says."""
        self._brokers.tell(tenant, wake)
        await self._wakeups.send(tenant, wake)

    def listen(self, heard: Heard) -> None:
        """As the port says."""
        self._wakeups.listen(heard)


def _nonce(payload: bytes) -> str:
    """What a ping wants to hear again; "" for what is none."""
    try:
        request = decode(EchoRequest, payload)
    except HubMessageError:
        return ""
    return request.nonce if len(request.nonce) <= NONCE_CHARS else ""


async def _quietly(doing: Coroutine[object, object, None]) -> None:
    """Agents that hear nothing look by themselves: whatever fails here, the hub goes on."""
    try:
        await doing
    except HubError as error:
        _log.warning("nothing was said at the broker: %s", error)
