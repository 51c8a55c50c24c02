"""Which agents print what comes through the hub for each printer, and that somebody hears of it when one is left.

- Counted again and again. How many there were is kept, so that a webhook is told once when it changes, by whichever
  process saw it first.
- An agent that begins to serve a printer is told to look; all are, when a printer that nobody served is served again:
  jobs wait for that.
"""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence

from tympan_hub.domain.ids import AgentId, PrinterId, TenantId
from tympan_hub.domain.limits.tunnel import FEW, SERVES_SILENT
from tympan_hub.domain.people import Act, Actor
from tympan_hub.domain.printers import Printer
from tympan_hub.domain.serving import Hindrance, Served, Server
from tympan_hub.domain.wakes import LookAgain
from tympan_hub.domain.webhooks import Happening
from tympan_hub.ports import Clock, Unit, Units, WakeUps
from tympan_hub.service.happenings import Told, announce
from tympan_hub.service.known import known_printer
from tympan_hub.service.presence import PresenceService
from tympan_hub.service.tunnel_readers import Meant, meant_for
from tympan_hub.service.tunnel_use import tunnel_on, tunneled


class ServingService:
    """Who serves the printers of a tenant."""

    def __init__(self, units: Units, clock: Clock, wakeups: WakeUps, presence: PresenceService) -> None:
        self._units = units
        self._clock = clock
        self._wakeups = wakeups
        self._presence = presence
        self._known: dict[TenantId, Mapping[PrinterId, frozenset[AgentId]]] = {}

    async def of(self, tenant: TenantId, by: Actor, printer: PrinterId) -> Served:
        """Who prints for a printer, and why others that are beside it do not.

        Raises:
            NotFound: There is no such printer.
        """
        by.require(Act.SEE_AGENTS, tenant)
        async with self._units.reading() as unit:
            known = await known_printer(unit, tenant, printer)
            on = await tunnel_on(unit)
            return (await _served(unit, self._presence, tenant, [known], on, self._clock.now()))[0]

    async def settle(self) -> None:
        """Counts for all tenants, and tells what changed."""
        async with self._units.reading() as unit:
            tenants = [tenant.id for tenant in await unit.directory.tenants()]
        for tenant in tenants:
            await self._settle(tenant)

    async def _settle(self, tenant: TenantId) -> None:
        now = self._clock.now()
        async with self._units.reading() as unit:
            every = await served_all(unit, self._presence, tenant, now)
            levels = await unit.serving.levels(tenant)
        ended = levels.keys() - {one.printer for one in every}
        if ended or any(levels.get(one.printer) != one.alive for one in every):
            await self._keep(tenant, every, ended, now)
        await self._wake(tenant, every, levels)

    async def _keep(
        self, tenant: TenantId, every: Sequence[Served], ended: Collection[PrinterId], now: dt.datetime
    ) -> None:
        """Keeps how many there are now; webhooks are told of few, when that is news."""
        async with self._units.writing() as unit:
            levels = await unit.serving.levels(tenant)  # another process may have been first
            there = {printer.id for printer in await unit.printers.tunneled(tenant)}
            for printer in ended:
                await unit.serving.forget(tenant, printer)
            for one in every:
                before = levels.get(one.printer)
                if before == one.alive or one.printer not in there:
                    continue
                await unit.serving.keep(tenant, one.printer, one.alive, now)
                if one.alive <= FEW:
                    await announce(unit, tenant, now, [_few(one)])

    async def _wake(self, tenant: TenantId, every: Sequence[Served], levels: Mapping[PrinterId, int]) -> None:
        before = self._known.get(tenant, {})
        serve = {one.printer: frozenset(_able(one)) for one in every}
        self._known[tenant] = serve
        if any(one.alive and levels.get(one.printer) == 0 for one in every):
            await self._wakeups.send(tenant, LookAgain())
            return
        fresh = {agent for printer, agents in serve.items() for agent in agents - before.get(printer, agents)}
        for agent in sorted(fresh):
            await self._wakeups.send(tenant, LookAgain(agent=agent))


async def served_all(unit: Unit, presence: PresenceService, tenant: TenantId, now: dt.datetime) -> tuple[Served, ...]:
    """Who prints for each printer whose jobs may go through the hub now, by name.

    Queues that hold jobs are left out, and those an agent shares: they never have more than that one.
    """
    printers = [one for one in (await tunneled(unit, tenant)).values() if one.share is None]
    return await _served(unit, presence, tenant, printers, True, now) if printers else ()


async def _served(
    unit: Unit, presence: PresenceService, tenant: TenantId, printers: Sequence[Printer], on: bool, now: dt.datetime
) -> tuple[Served, ...]:
    meant = await meant_for(unit, tenant, printers, now)
    near = await unit.serving.near(tenant, [printer.id for printer in printers], now)
    agents = {one.receiver.agent for every in meant.values() for one in every}
    here = await presence.connected_of(unit, tenant, agents)
    return tuple(
        Served(
            printer=printer.id,
            name=printer.name,
            on=on,
            choice=printer.tunnel,
            shared=printer.share is not None,
            servers=_servers(meant[printer.id], here, near.get(printer.id, frozenset()), now),
        )
        for printer in printers
    )


def _servers(
    meant: Collection[Meant], here: Collection[AgentId], near: Collection[AgentId], now: dt.datetime
) -> tuple[Server, ...]:
    """Those that can print first, then by name."""
    servers = [_server(one, here, near, now) for one in meant]
    return tuple(sorted(servers, key=lambda one: (not one.alive, one.receiver.name, one.receiver.agent)))


def _server(one: Meant, here: Collection[AgentId], near: Collection[AgentId], now: dt.datetime) -> Server:
    receiver, connected = one.receiver, one.receiver.agent in here
    heard = connected or receiver.seen_at >= now - SERVES_SILENT
    return Server(
        receiver=receiver,
        hindrance=one.hindrance,
        connected=connected,
        reaches=receiver.agent in near,
        alive=heard and one.hindrance is Hindrance.NONE,
    )


def _able(served: Served) -> set[AgentId]:
    return {one.receiver.agent for one in served.servers if one.hindrance is Hindrance.NONE}


def _few(served: Served) -> Told:
    left = [one.receiver.agent for one in served.servers if one.alive]
    data = {"printer": served.printer, "name": served.name, "agents": served.alive, "left": left}
    return Told(happening=Happening.PRINTER_FEW_AGENTS, data=data)
