"""Looking at an address before a printer is made of it: agents that may reach the device ask it what it is."""

import datetime as dt

from attrs import frozen

from tympan_hub.domain.agents import Agent
from tympan_hub.domain.commands import Command, CommandState, Order, about
from tympan_hub.domain.errors import Conflict, NotFound
from tympan_hub.domain.ids import AgentId, TenantId
from tympan_hub.domain.limits.commands import CHECKERS, CHECKERS_SHOWN, CHECKS_SHOWN, DEVICE_CHECK
from tympan_hub.domain.limits.pages import PAGE
from tympan_hub.domain.people import Act, Actor
from tympan_hub.domain.printers import DeviceSeen, Printer, check_device
from tympan_hub.domain.wakes import LookAgain
from tympan_hub.ports import Clock, Unit, Units, WakeUps
from tympan_hub.service.asking import ask
from tympan_hub.service.audit import record
from tympan_hub.service.known import known_agent
from tympan_hub.service.presence import PresenceService


@frozen(kw_only=True)
class Check:
    """What an agent found at an address, or that it still looks.

    Attributes:
        agent: Who looks.
        command: The command, with what was found.
        standing: Where it stands now.
    """

    agent: Agent
    command: Command
    standing: CommandState


class CheckService:
    """Looks at devices through a tenant's agents."""

    def __init__(self, units: Units, clock: Clock, wakeups: WakeUps, presence: PresenceService) -> None:
        self._units = units
        self._clock = clock
        self._wakeups = wakeups
        self._presence = presence

    async def ask(self, tenant: TenantId, by: Actor, uri: str, agent: AgentId | None = None) -> tuple[Command, ...]:
        """Asks an agent, or the few that answer soonest, to look at an address.

        Raises:
            BadInput: It is no address of a device.
            NotFound: There is no such agent.
            Conflict: There is no agent at all.
        """
        by.require(Act.MANAGE_PRINTERS, tenant)
        check_device(uri)
        now = self._clock.now()
        async with self._units.writing() as unit:
            asked = [
                await ask(unit, tenant, by, each, Order.CHECK, uri, now=now, lasts=DEVICE_CHECK)
                for each in await self._askable(unit, tenant, agent)
            ]
            await record(unit, tenant, by, "device.check", uri, at=now)
        for command in asked:
            await self._wakeups.send(tenant, LookAgain(agent=command.agent))
        return tuple(asked)

    async def of(self, tenant: TenantId, by: Actor, uri: str) -> tuple[Check, ...]:
        """What agents found there lately, one word of each, those that reached it first."""
        by.require(Act.MANAGE_PRINTERS, tenant)
        now = self._clock.now()
        async with self._units.reading() as unit:
            newest = {command.agent: command for command in reversed(await _lately(unit, tenant, uri, now))}
            agents = {name: await known_agent(unit, tenant, name) for name in newest}
        checks = [Check(agent=agents[name], command=one, standing=one.standing(now)) for name, one in newest.items()]
        return tuple(sorted(checks, key=lambda check: (check.standing is not CommandState.DONE, check.agent.name)))

    async def _askable(self, unit: Unit, tenant: TenantId, agent: AgentId | None) -> list[AgentId]:
        if agent is not None:
            if (await known_agent(unit, tenant, agent)).revoked_at is not None:
                raise NotFound("there is no such agent")
            return [agent]
        latest = await unit.agents.latest(tenant, CHECKERS_SHOWN)
        if not latest:
            raise Conflict("there is no agent that could look", next_step="Add an agent first.")
        connected = await self._presence.connected_of(unit, tenant, latest)
        return [each for each in latest if each in connected][:CHECKERS] or list(latest[:CHECKERS])


async def keep_findings(unit: Unit, tenant: TenantId, printer: Printer, now: dt.datetime) -> None:
    """A printer that was just made begins with what agents found at its address."""
    for command in await _lately(unit, tenant, printer.uri, now):
        if command.state is not CommandState.DONE or command.found is None or command.ended_at is None:
            continue
        found = command.found
        seen = DeviceSeen(
            printer=printer.id,
            agent=command.agent,
            reachable=True,
            observed_at=command.ended_at,
            make_and_model=found.make_and_model,
            formats=found.formats,
            color=found.color,
            duplex=found.duplex,
            media=found.media,
        )
        await unit.printers.saw_device(tenant, seen)


async def _lately(unit: Unit, tenant: TenantId, uri: str, now: dt.datetime) -> tuple[Command, ...]:
    """The newest first."""
    found = await unit.commands.about(tenant, about(Order.CHECK, uri), PAGE)
    return tuple(one for one in found if one.order is Order.CHECK and now - one.asked_at < CHECKS_SHOWN)
