"""A fleet on a served hub: enrolled, listening, half of it in a group."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import attrs
import httpx
from hub_rig import PASSWORD, AgentKey, RemoteAgent
from portal_rig import served

from fleet_rig._agent import FleetAgent
from fleet_rig._switches import Switches
from tympan_hub.adapters.clock import SystemClock
from tympan_hub.cli.home import Home
from tympan_hub.cli.hub import hub
from tympan_hub.domain.ids import SERVICE, AgentId, GroupId, TenantId
from tympan_hub.domain.people import CONSOLE, Person, Role
from tympan_hub.service import Services

_LIFE = dt.timedelta(days=1)
_OBEYED_S = 60.0
_AT_ONCE = 20


@attrs.frozen(kw_only=True)
class Place:
    """A hub's state folder, with what a fleet needs in it."""

    home: Path
    tenant: TenantId
    group: GroupId
    administrator: Person
    tokens: tuple[str, ...]
    tenant_token: str
    owner_token: str


@attrs.frozen(kw_only=True)
class Fleet:
    """Agents that listen; the first half of them is in the group."""

    agents: tuple[FleetAgent, ...]
    tenants: Switches
    groups: Switches
    owners: Switches

    @property
    def grouped(self) -> tuple[FleetAgent, ...]:
        """Those in the group."""
        return self.agents[: len(self.agents) // 2]

    @property
    def others(self) -> tuple[FleetAgent, ...]:
        """Those outside."""
        return self.agents[len(self.agents) // 2 :]

    async def obeys(self, agents: tuple[FleetAgent, ...], wanted: Callable[[FleetAgent], bool], since: float) -> float:
        """Waits until each of these agents is as wanted; tells how many seconds after ``since`` the last one was."""
        async with asyncio.timeout(_OBEYED_S):
            while not all(map(wanted, agents)):
                await asyncio.sleep(0.005)
        return max(agent.obeyed_at for agent in agents) - since


async def furnished(folder: Path, size: int) -> Place:
    """Makes a hub with a tenant, a group, and as many enrolment tokens as the fleet is large."""
    async with hub(Home(folder)) as services:
        tenant = (await services.tenants.add(CONSOLE, "Fleet")).id
        admin = await _person(services, tenant, "administrator@fleet.example", Role.ADMINISTRATOR)
        owner = await _person(services, SERVICE, "owner@hub.example", Role.OWNER)
        group = await services.groups.add(tenant, admin.actor, name="Site")
        tokens = [await services.agents.make_token(tenant, CONSOLE) for _ in range(size)]
        return Place(
            home=folder,
            tenant=tenant,
            group=group.id,
            administrator=admin,
            tokens=tuple(tokens),
            tenant_token=await _api_token(services, admin, Role.ADMINISTRATOR),
            owner_token=await _api_token(services, owner, Role.OWNER),
        )


async def _person(services: Services, tenant: TenantId, email: str, role: Role) -> Person:
    return await services.people.add(tenant, CONSOLE, email=email, name="Ada", role=role, password=PASSWORD)


async def _api_token(services: Services, person: Person, role: Role) -> str:
    made, _ = await services.api_tokens.make(person.tenant, person.actor, name="fleet", role=role, validity=_LIFE)
    return made


@asynccontextmanager
async def fleet(place: Place) -> AsyncIterator[Fleet]:
    """Serves the hub and lets the fleet run; each agent has a connection for its stream and one for the rest."""
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
    with served(place.home) as running:
        async with (
            httpx.AsyncClient(base_url=running.url, limits=limits, timeout=60) as client,
            asyncio.TaskGroup() as group,
        ):
            agents = tuple(_agent(client, number) for number in range(len(place.tokens)))
            gate = asyncio.Semaphore(_AT_ONCE)
            await asyncio.gather(*(_enrol(gate, *pair, running.url) for pair in zip(agents, place.tokens, strict=True)))
            await _put_in(client, place, agents[: len(agents) // 2])
            tasks = [group.create_task(agent.run()) for agent in agents]
            await asyncio.gather(*(agent.streaming.wait() for agent in agents))
            yield Fleet(
                agents=agents,
                tenants=Switches(client, place.tenant_token),
                groups=Switches(client, place.tenant_token, place.group),
                owners=Switches(client, place.owner_token),
            )
            for task in tasks:
                task.cancel()


def _agent(client: httpx.AsyncClient, number: int) -> FleetAgent:
    return FleetAgent(RemoteAgent(client=client, clock=SystemClock(), key=AgentKey.new(), name=f"desk-{number:03}"))


async def _enrol(gate: asyncio.Semaphore, agent: FleetAgent, token: str, address: str) -> None:
    async with gate:
        await agent.enrol(token, address)


async def _put_in(client: httpx.AsyncClient, place: Place, agents: tuple[FleetAgent, ...]) -> None:
    headers = {"Authorization": f"Bearer {place.tenant_token}"}
    for agent in agents:
        path = f"/api/v1/groups/{place.group}/agents/{AgentId(agent.remote.id)}"
        answer = await client.put(path, headers=headers)
        assert answer.status_code == 204, answer.text
