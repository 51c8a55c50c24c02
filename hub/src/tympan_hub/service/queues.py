"""Queues: a person puts a printer on a computer of theirs, or takes it away; an administrator does so anywhere."""

import datetime as dt
from collections.abc import Collection, Mapping

import attrs
from attrs import frozen

from tympan_hub.domain.agents import Agent, AgentFilter, makes_queues, sought
from tympan_hub.domain.commands import Command, CommandState, Order, QueueStanding, Refusal, queue_standing
from tympan_hub.domain.errors import NotFound
from tympan_hub.domain.ids import SERVICE, AgentId, CommandId, PrinterId, TenantId
from tympan_hub.domain.limits.commands import COMMAND
from tympan_hub.domain.limits.pages import COMPUTERS, PLACES_LOOKED_AT
from tympan_hub.domain.people import Act, Actor
from tympan_hub.domain.policy import REQUIRE_SIGN_IN, Verdict, binding
from tympan_hub.domain.printers import Printer, QueueSeen
from tympan_hub.domain.wakes import LookAgain
from tympan_hub.ports import Clock, Unit, Units, WakeUps
from tympan_hub.service.asking import ask
from tympan_hub.service.audit import record
from tympan_hub.service.presence import PresenceService
from tympan_hub.service.usable import check_reaches, reach, seen, visible

_ORDERS = (Order.INSTALL, Order.REMOVE)
_TO_BE_INSTALLED = (QueueStanding.ABSENT, QueueStanding.NOT_INSTALLED, QueueStanding.GIVEN_UP)


@frozen(kw_only=True)
class Place:
    """A computer, and how a printer stands there.

    Attributes:
        agent: The agent on it.
        connected: Whether it is connected now.
        standing: How the printer stands there.
        queue: As the agent told it last.
        last: The last command about it.
        refusal: Why the computer would not install it; None where nothing is known against it.
    """

    agent: Agent
    connected: bool
    standing: QueueStanding
    queue: QueueSeen | None = None
    last: Command | None = None
    refusal: Refusal | None = None


@frozen(kw_only=True)
class PlacesFound:
    """How printers stand at some computers.

    Attributes:
        of: By printer; one that whoever asks may not see stands nowhere.
        total: How many computers there are that fit, shown or not.
    """

    of: Mapping[PrinterId, tuple[Place, ...]]
    total: int


class QueueService:
    """Queues of a tenant's computers."""

    def __init__(self, units: Units, clock: Clock, wakeups: WakeUps, presence: PresenceService) -> None:
        self._units = units
        self._clock = clock
        self._wakeups = wakeups
        self._presence = presence

    async def places(
        self, tenant: TenantId, by: Actor, printers: Collection[PrinterId], *, text: str = "", limit: int = COMPUTERS
    ) -> PlacesFound:
        """How printers stand at the computers of this person.

        Args:
            tenant: Whose.
            by: Who asks; who manages agents has all that are welcome, others those they are signed in at.
            printers: The printers.
            text: Words in the names of the computers; with "" those come first where something goes on with a printer
                that is asked for alone.
            limit: So many computers at most.
        """
        by.require(Act.INSTALL_PRINTERS, tenant)
        now = self._clock.now()
        async with self._units.reading() as unit:
            agents, total = await _computers(unit, tenant, by, printers, AgentFilter(text=text, limit=limit), now)
            return PlacesFound(of=await self._stand(unit, tenant, by, printers, agents, now), total=total)

    async def following(
        self, tenant: TenantId, by: Actor, printer: PrinterId, after: tuple[str, AgentId] | None, limit: int
    ) -> tuple[Place, ...]:
        """How a printer stands at those of them that come after a name and id, by name; None is before the first."""
        by.require(Act.INSTALL_PRINTERS, tenant)
        now = self._clock.now()
        async with self._units.reading() as unit:
            agents = await _following(unit, tenant, by, after, limit, now)
            return (await self._stand(unit, tenant, by, [printer], agents, now))[printer]

    async def _stand(
        self,
        unit: Unit,
        tenant: TenantId,
        by: Actor,
        printers: Collection[PrinterId],
        agents: Collection[Agent],
        now: dt.datetime,
    ) -> Mapping[PrinterId, tuple[Place, ...]]:
        every = await unit.printers.some(tenant, printers)
        theirs = {known.id for known in await visible(unit, tenant, by, every)}
        names = [agent.id for agent in agents]
        queues = {(seen.printer, seen.agent): seen for seen in await unit.printers.queues_at(tenant, names)}
        last = _last(await unit.commands.at(tenant, names, printers))
        here = await self._presence.connected_of(unit, tenant, names)
        refusals = await _refusals(unit, tenant, every, agents, now)

        def place(printer: PrinterId, agent: Agent) -> Place:
            about = printer, agent.id
            queue, asked = queues.get(about), last.get(about)
            standing = queue_standing(queue, asked, here=agent.id in here, now=now)
            refusal = refusals.get(about) if standing in _TO_BE_INSTALLED else None
            return Place(
                agent=agent, connected=agent.id in here, standing=standing, queue=queue, last=asked, refusal=refusal
            )

        return {printer: tuple(place(printer, agent) for agent in agents if printer in theirs) for printer in printers}

    async def install(self, tenant: TenantId, by: Actor, printer: PrinterId, agent: AgentId) -> Command:
        """Asks a computer to make the queue of a printer.

        Raises:
            NotFound: There is no such printer or computer for whoever asks.
            NotMeant: Nobody who is signed in there may use the printer, so the computer does not know it.
        """
        return await self._ask(tenant, by, printer, agent, Order.INSTALL)

    async def uninstall(self, tenant: TenantId, by: Actor, printer: PrinterId, agent: AgentId) -> Command:
        """Asks a computer to take the queue of a printer away."""
        return await self._ask(tenant, by, printer, agent, Order.REMOVE)

    async def withdraw(self, tenant: TenantId, by: Actor, command: CommandId) -> None:
        """What was asked for is not wanted any more; raises ``Conflict`` when it is done already."""
        by.require(Act.INSTALL_PRINTERS, tenant)
        now = self._clock.now()
        async with self._units.writing() as unit:
            known = await unit.commands.get(tenant, command)
            if known is None or known.order not in _ORDERS or not await _may(unit, tenant, by, known.agent, now):
                raise NotFound("there is no such command")
            if known.standing(now) is not CommandState.WITHDRAWN:
                await unit.commands.keep(tenant, known.withdrawn(now))
                await record(unit, tenant, by, "queue.withdraw", known.subject, known.agent, at=now)
        await self._wakeups.send(tenant, LookAgain(agent=known.agent))

    async def _ask(self, tenant: TenantId, by: Actor, printer: PrinterId, agent: AgentId, order: Order) -> Command:
        by.require(Act.INSTALL_PRINTERS, tenant)
        now = self._clock.now()
        async with self._units.writing() as unit:
            known = await seen(unit, tenant, by, printer)
            if not await _may(unit, tenant, by, agent, now):
                raise NotFound("there is no such agent")
            if order is Order.INSTALL:
                await check_reaches(unit, tenant, known, agent, now)
            command = await ask(unit, tenant, by, agent, order, printer, now=now, lasts=COMMAND)
            if command.asked_at == now:
                await record(unit, tenant, by, f"queue.{order.value}", printer, agent, at=now)
        await self._wakeups.send(tenant, LookAgain(agent=agent))
        return command


async def _refusals(
    unit: Unit, tenant: TenantId, printers: Collection[Printer], agents: Collection[Agent], now: dt.datetime
) -> Mapping[tuple[PrinterId, AgentId], Refusal]:
    """Why computers would not install printers."""
    present = await unit.sign_ins.people_at(tenant, [agent.id for agent in agents], now)
    reached = await reach(unit, tenant, tuple(printers), present)
    owner, own = await unit.policies.current(SERVICE), await unit.policies.current(tenant)
    anybody = (binding(owner, REQUIRE_SIGN_IN) or binding(own, REQUIRE_SIGN_IN)) is Verdict.OFF

    def why(printer: Printer, agent: Agent) -> Refusal | None:
        if agent.revoked_at is not None:
            return Refusal.REVOKED
        if not makes_queues(agent):
            return Refusal.UNABLE
        if agent.id not in present and not (anybody and printer.everybody):
            return Refusal.NOT_SIGNED_IN
        if not printer.everybody and agent.id not in reached[printer.id]:
            return Refusal.NOT_MEANT
        return None

    found = {(printer.id, agent.id): why(printer, agent) for printer in printers for agent in agents}
    return {about: refusal for about, refusal in found.items() if refusal is not None}


def _last(commands: tuple[Command, ...]) -> dict[tuple[str, AgentId], Command]:
    """The newest command about each queue."""
    found: dict[tuple[str, AgentId], Command] = {}
    for command in commands:
        if command.order in _ORDERS and command.state is not CommandState.WITHDRAWN:
            found.setdefault((command.subject, command.agent), command)
    return found


async def _computers(
    unit: Unit, tenant: TenantId, by: Actor, printers: Collection[PrinterId], wanted: AgentFilter, now: dt.datetime
) -> tuple[tuple[Agent, ...], int]:
    """Some of a person's computers, and how many there are."""
    if not by.may(Act.MANAGE_AGENTS, tenant):
        own = await _own(unit, tenant, by, now)
        fitting = [agent for agent in own if all(word in sought(agent.name) for word in wanted.words)]
        return tuple(fitting[: wanted.limit]), len(fitting)
    wanted = attrs.evolve(wanted, revoked=False)
    one = len(printers) == 1 and not wanted.words
    busy = await _busy(unit, tenant, printers, wanted.limit) if one else ()
    found = {agent.id: agent for agent in (*busy, *await unit.agents.find(tenant, wanted))}
    return tuple(found.values())[: wanted.limit], await unit.agents.tally(tenant, wanted)


async def _busy(unit: Unit, tenant: TenantId, printers: Collection[PrinterId], limit: int) -> tuple[Agent, ...]:
    """Computers that were asked to install or remove one of these printers lately, then those that have it."""
    asked = [one for each in printers for one in await unit.commands.about(tenant, each, PLACES_LOOKED_AT)]
    have = [one for each in printers for one in await unit.printers.queues(tenant, each, PLACES_LOOKED_AT)]
    names = dict.fromkeys([*(one.agent for one in _last(tuple(asked)).values()), *(one.agent for one in have)])
    known = [await unit.agents.get(tenant, name) for name in tuple(names)[:limit]]
    return tuple(agent for agent in known if agent is not None and agent.revoked_at is None)


async def _following(
    unit: Unit, tenant: TenantId, by: Actor, after: tuple[str, AgentId] | None, limit: int, now: dt.datetime
) -> tuple[Agent, ...]:
    if by.may(Act.MANAGE_AGENTS, tenant):
        return await unit.agents.following(tenant, AgentFilter(revoked=False, limit=limit), after)
    own = sorted(await _own(unit, tenant, by, now), key=lambda agent: (sought(agent.name), agent.id))
    begin = None if after is None else (sought(after[0]), after[1])
    return tuple(agent for agent in own if begin is None or (sought(agent.name), agent.id) > begin)[:limit]


async def _own(unit: Unit, tenant: TenantId, by: Actor, now: dt.datetime) -> tuple[Agent, ...]:
    """Those a person is signed in at, by name; those that were revoked come last."""
    known = [await unit.agents.get(tenant, agent) for agent in await _signed_in_at(unit, tenant, by, now)]
    return tuple(
        sorted(filter(None, known), key=lambda agent: (agent.revoked_at is not None, sought(agent.name), agent.id))
    )


async def _may(unit: Unit, tenant: TenantId, by: Actor, agent: AgentId, now: dt.datetime) -> bool:
    return by.may(Act.MANAGE_AGENTS, tenant) or agent in await _signed_in_at(unit, tenant, by, now)


async def _signed_in_at(unit: Unit, tenant: TenantId, by: Actor, now: dt.datetime) -> frozenset[AgentId]:
    if by.person is None:
        return frozenset()
    return frozenset(sign_in.agent for sign_in in await unit.sign_ins.of_person(tenant, by.person, now))
