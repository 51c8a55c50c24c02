"""What all parts of an estate stand on: a tenant, its administrator, an agent, a printer and a group."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

import attrs
from hub_rig import BIRTH, Bench, RemoteAgent

from tympan_hub.domain.groups import Group
from tympan_hub.domain.ids import AgentId, TenantId
from tympan_hub.domain.people import Person
from tympan_hub.domain.printers import Printer
from tympan_hub.ports import Bearer

LATER: Final = BIRTH + dt.timedelta(days=3650)


@attrs.frozen
class Ground:
    """A tenant with one of what is most asked for."""

    hub: Bench
    tenant: TenantId
    admin: Person
    agent: RemoteAgent
    printer: Printer
    group: Group

    @property
    def agent_id(self) -> AgentId:
        """The agent's id."""
        return AgentId(self.agent.id)

    @property
    def bearer(self) -> Bearer:
        """The agent, as its token says."""
        return Bearer(tenant=self.tenant, agent=self.agent_id)


@attrs.frozen
class Goods:
    """A part of an estate: what an argument is by its type, and by its name where that says more."""

    by_type: Mapping[Any, Any] = attrs.field(factory=dict)
    by_name: Mapping[str, Any] = attrs.field(factory=dict)


async def new_ground(hub: Bench) -> Ground:
    """A new tenant; the printer is given to the administrator and to the group, in which also the agent is."""
    tenant = await hub.tenant("Acme")
    admin = await hub.person(tenant)
    agent = await hub.agent(tenant)
    services = hub.services
    printer = await services.printers.add(tenant, admin.actor, name="Lobby", uri="ipp://p.example/ipp")
    await services.assignments.give_person(tenant, admin.actor, printer.id, admin.id)
    group = await services.groups.add(tenant, admin.actor, name="Post")
    await services.groups.join(tenant, admin.actor, group.id, admin.id)
    await services.groups.join_agent(tenant, admin.actor, group.id, AgentId(agent.id))
    await services.assignments.give_group(tenant, admin.actor, printer.id, group.id)
    return Ground(hub, tenant, admin, agent, printer, group)
