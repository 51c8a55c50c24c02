"""A tenant whose service owner has the tunnel on, with a printer, for tests of the tunnel at the hub."""

from __future__ import annotations

from hub_rig import Bench, RemoteAgent, report

from tympan_hub.domain.ids import SERVICE, GroupId, TenantId
from tympan_hub.domain.people import CONSOLE, Actor
from tympan_hub.domain.policy import Verdict
from tympan_hub.domain.printers import Printer
from tympan_hub.domain.tunnel_use import TunnelChoice, TunnelUse
from tympan_wire.hub import (
    AgentReport,
    DeviceReport,
    PluginStanding,
    PrinterWanted,
    TunnelRules,
)

FALLBACK = TunnelChoice(use=TunnelUse.FALLBACK)


class Site:
    """A tenant whose service owner has the tunnel on, with a printer."""

    def __init__(self, hub: Bench, tenant: TenantId, admin: Actor, printer: Printer) -> None:
        self.hub, self.tenant, self.admin, self.printer = hub, tenant, admin, printer

    async def choose(self, choice: TunnelChoice = FALLBACK) -> Printer:
        """Chooses for the printer."""
        return await self.hub.services.tunnel_use.choose(self.tenant, self.admin, self.printer.id, choice)

    async def agent(self, name: str) -> RemoteAgent:
        """One with a key for envelopes, which is its name."""
        agent = await self.hub.agent(self.tenant, name)
        await agent.rekey(name.encode())
        return agent

    async def looks(self, agent: RemoteAgent, *, reachable: bool = True) -> None:
        """An agent looks at the device."""
        seen = DeviceReport(printer=self.printer.id, reachable=reachable, observed_at=self.hub.clock.now())
        await agent.report(report(seen))

    async def tells(self, agent: RemoteAgent, *capabilities: str) -> None:
        """An agent tells what runs there."""
        plugin = PluginStanding(id="tunnel", status="running", capabilities=capabilities)
        await agent.report(report(AgentReport(release="1", plugins=(plugin,)), at=self.hub.clock.now()))

    async def switch(
        self, key: str, verdict: Verdict, tenant: TenantId = SERVICE, group: GroupId | None = None
    ) -> None:
        """Switches a key."""
        await self.hub.services.policy.switch(tenant, CONSOLE, key, verdict, group=group)

    async def rules(self, agent: RemoteAgent) -> TunnelRules | None:
        """What an agent is told of the printer."""
        [wanted] = [one for one in (await agent.desired()).printers if one.id == self.printer.id]
        assert isinstance(wanted, PrinterWanted)
        return wanted.tunnel

    async def readers(self, agent: RemoteAgent) -> list[str]:
        """For whom an agent is to make envelopes."""
        rules = await self.rules(agent)
        assert rules is not None
        return [reader.agent for reader in rules.readers]


async def new_site(hub: Bench) -> Site:
    """A site whose agents print for whoever uses their computer."""
    tenant = await hub.tenant()
    admin = (await hub.person(tenant)).actor
    printer = await hub.services.printers.add(tenant, admin, name="Lobby", uri="ipp://printer.example/ipp/print")
    site = Site(hub, tenant, admin, printer)
    await site.switch("tunnel.send", Verdict.ON)
    await site.switch("agent.require-sign-in", Verdict.OFF)
    return site
